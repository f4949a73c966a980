"""Ranking: the best pages for a set of weighted terms, a term at a time. Reads leaves; knows nothing of what was typed.

Score of a page: over its terms, rarity x weight of the posting. Terms that stand in more than one page in twenty do not
find pages where a rarer one does; they only order what is found, and only for pages that may still come to the top.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import nlargest
from math import log
from typing import NamedTuple

from fenji.handbook.leaves import Entry, Leaf
from fenji.handbook.segments import FULL

_COMMON_SHARE = 20
_COMMON_PAGES = 1000  # below that many pages no term is too common


class Wanted(NamedTuple):
    """A term to rank by: in which field, and how much its full weight counts."""

    term: str
    rarity: float
    field: str = "body"


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
    held = [(one, [leaf.entry(one.term, one.field) for leaf in leaves]) for one in dict.fromkeys(wanted)]
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
    scores = [0.0] * leaf.pages
    pages: set[int] = set()
    for rarity_, entry in rare:
        share = rarity_ / FULL
        for numbers, weights in leaf.postings(entry):
            for number, weight in zip(numbers, weights, strict=True):
                scores[number] += share * weight
            pages.update(numbers)
    pages -= leaf.hidden
    if allowed is not None:
        pages &= allowed
    count = len(pages)
    if common and count:
        pages = _reordered(leaf, scores, pages, common, most)
    top = nlargest(most, pages, key=lambda number: (scores[number], number))
    return count, [Found(scores[number], leaf, number) for number in top]


def _reordered(leaf: Leaf, scores: list[float], pages: set[int], common: Weighted, most: int) -> set[int]:
    """Add the common terms to the scores of those pages that can still be among the best; gives these pages."""
    hope = sum(share * entry.heaviest / FULL for share, entry in common)
    top = nlargest(most, (scores[number] for number in pages))
    floor = top[-1] - hope if len(top) == most else 0.0
    close = sorted(number for number in pages if scores[number] >= floor)
    for rarity_, entry in common:
        for number, weight in leaf.weights(entry, close):
            scores[number] += rarity_ / FULL * weight
    return set(close)
