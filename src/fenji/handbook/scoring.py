"""Ranking: the best pages for a set of weighted terms, a term at a time. Reads leaves; knows nothing of what was typed.

Score of a page: over its terms, rarity x weight of the posting. Terms that stand in more than one page in twenty do not
find pages where a rarer one does; they only order what is found, and only for pages that may still come to the top.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import nlargest
from math import log
from typing import NamedTuple

from fenji.handbook.clauses import Way, merged
from fenji.handbook.leaves import Leaf
from fenji.handbook.postings import Entry
from fenji.handbook.segments import FULL

_COMMON_SHARE = 20
_COMMON_PAGES = 1000  # below that many pages no term is too common
_MANY = 1000  # pages of a term from which it pays to look whether they can still come to the top


class Wanted(NamedTuple):
    """A term to rank by: in which field, how much its full weight counts, and other `ways` to say it.

    Without a `term` the ways are all there is.
    """

    term: str
    rarity: float
    field: str = "body"
    ways: tuple[Way, ...] = ()

    def entry(self, leaf: Leaf) -> Entry | None:
        """Where it stands in a leaf."""
        own = leaf.entry(self.term, self.field) if self.term else None
        return merged(leaf, own, self.ways) if self.ways else own


class Found(NamedTuple):
    """A page by its place: which leaf, which number in it."""

    score: float
    leaf: Leaf
    number: int


Allowed = Callable[[Leaf], set[int] | None]


def rarity(pages: int, of: int) -> float:
    """How telling a term is that stands in `pages` of `of` pages (the idf of BM25, never negative)."""
    return log(1 + (max(of, pages) - pages + 0.5) / (pages + 0.5))


def best(leaves: Sequence[Leaf], wanted: Iterable[Wanted], *, most: int, allowed: Allowed) -> tuple[int, list[Found]]:
    """How many pages hold one of the terms, and the `most` best of them, best first.

    `allowed` gives the pages of a leaf that may be found, None for all. Later pages come first among equals.
    """
    total, found = 0, list[Found]()
    held = [(one, [one.entry(leaf) for leaf in leaves]) for one in dict.fromkeys(wanted)]
    everything = sum(leaf.pages for leaf in leaves)
    ceiling = max(_COMMON_PAGES, everything // _COMMON_SHARE)
    sizes = {one: sum(entry.pages for entry in entries if entry) for one, entries in held}
    telling = {one for one, size in sizes.items() if 0 < size <= ceiling} or set(sizes)
    for at, leaf in enumerate(leaves):
        here = [(one, entries[at]) for one, entries in held]
        rare = [(one.rarity, entry) for one, entry in here if entry and one in telling]
        common = [(one.rarity, entry) for one, entry in here if entry and one not in telling]
        count, top = _best_here(leaf, rare, common, most, allowed(leaf))
        total += count
        found += top
    return total, nlargest(most, found, key=lambda one: (one.score, one.leaf.name, one.number))


Weighted = Sequence[tuple[float, Entry]]


def _best_here(
    leaf: Leaf, rare: Weighted, common: Weighted, most: int, allowed: set[int] | None
) -> tuple[int, list[Found]]:
    """The pages of one leaf. Terms that can no longer bring a page to the top only add to pages that are near it."""
    tally = _Tally(leaf, most, allowed)
    order = sorted(rare, key=lambda one: -one[0] * one[1].heaviest)
    late = [*order, *common]
    while order and not (order[0][1].pages > _MANY and tally.floor() > _hope(late)):
        tally.add(*order.pop(0))
        late.pop(0)
    near = tally.complete(late)
    for _, entry in order:
        tally.pages.update(leaf.postings(entry)[0])
    scores, floor = tally.scores, tally.floor()
    top = sorted(((scores[number], number) for number in near if scores[number] >= floor), reverse=True)
    return len(tally.found()), [Found(score, leaf, number) for score, number in top[:most]]


def _hope(terms: Weighted) -> float:
    """What these terms can add to the score of a page at most."""
    return sum(share * entry.heaviest / FULL for share, entry in terms)


class _Tally:
    """The scores of the pages of a leaf, while terms are added to them."""

    def __init__(self, leaf: Leaf, most: int, allowed: set[int] | None) -> None:
        self._leaf, self._most, self._allowed = leaf, most, allowed
        self.scores = [0.0] * leaf.pages
        self.pages: set[int] = set()
        self._twice: set[int] = set()  # pages that hold two terms or more: mostly these come to the top

    def found(self, of: set[int] | None = None) -> set[int]:
        """The pages that may be found."""
        pages = self.pages if of is None else of
        there = pages - self._leaf.hidden if self._leaf.hidden else pages
        return there if self._allowed is None else there & self._allowed

    def add(self, rarity_: float, entry: Entry) -> None:
        """Add a term to every page that holds it."""
        share, scores = rarity_ / FULL, self.scores
        numbers, weights = self._leaf.postings(entry)
        for number, weight in zip(numbers, weights, strict=True):
            scores[number] += share * weight
        self._twice.update(self.pages.intersection(numbers))
        self.pages.update(numbers)

    def floor(self) -> float:
        """A score that the last of the best pages has at least; 0 where there are too few."""
        pages = self.found(self._twice)
        top = nlargest(self._most, map(self.scores.__getitem__, pages if len(pages) >= self._most else self.found()))
        return top[-1] if len(top) == self._most else 0.0

    def complete(self, terms: Weighted) -> set[int]:
        """Add the last terms, but only to pages that can still be among the best; gives these pages."""
        near, scores = self.found(), self.scores
        for at, (rarity_, entry) in enumerate(terms):
            floor = self.floor() - _hope(terms[at:])
            near = {number for number in near if scores[number] >= floor}
            self._twice &= near
            for number, weight in self._leaf.weights(entry, sorted(near)):
                scores[number] += rarity_ / FULL * weight
        return near
