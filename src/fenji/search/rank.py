"""Ranking: the best pages for a set of weighted terms, a term at a time. Reads leaves; knows nothing of what was typed.

Score of a page: over its terms, rarity x weight of the posting. Terms that stand in more than one page in twenty do not
find pages where a rarer one does; they only order what is found, and only for pages that may still come to the top.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import nlargest
from math import log
from typing import NamedTuple

from fenji.search.alternatives import Alternative, merge_postings
from fenji.search.postings import TermEntry
from fenji.search.segment_reader import SegmentReader
from fenji.search.segment_writer import FULL_WEIGHT

_COMMON_SHARE = 20
_COMMON_PAGES = 1000  # below that many pages no term is too common
_MIN_PRUNED_PAGES = 1000  # pages of a term from which it pays to look whether they can still come to the top


class QueryTerm(NamedTuple):
    """A term to rank by: in which field, how much its full weight counts, and other `ways` to say it.

    Without a `term` the ways are all there is.
    """

    term: str
    rarity: float
    field: str = "body"
    alternatives: tuple[Alternative, ...] = ()

    def find_entry(self, segment: SegmentReader) -> TermEntry | None:
        """Where it stands in a leaf."""
        own_entry = segment.find_entry(self.term, self.field) if self.term else None
        return merge_postings(segment, own_entry, self.alternatives) if self.alternatives else own_entry


class RankedPage(NamedTuple):
    """A page by its place: which leaf, which number in it."""

    score: float
    segment: SegmentReader
    number: int


AllowedPages = Callable[[SegmentReader], set[int] | None]


def rarity(page_count: int, total: int) -> float:
    """How telling a term is that stands in `pages` of `of` pages (the idf of BM25, never negative)."""
    return log(1 + (max(total, page_count) - page_count + 0.5) / (page_count + 0.5))


def rank_pages(
    segments: Sequence[SegmentReader], query_terms: Iterable[QueryTerm], *, limit: int, allowed: AllowedPages
) -> tuple[int, list[RankedPage]]:
    """How many pages hold one of the terms, and the `most` best of them, best first.

    `allowed` gives the pages of a leaf that may be found, None for all. Later pages come first among equals.
    """
    total, ranked = 0, list[RankedPage]()
    term_entries = [(term, [term.find_entry(segment) for segment in segments]) for term in dict.fromkeys(query_terms)]
    page_count = sum(segment.page_count for segment in segments)
    ceiling = max(_COMMON_PAGES, page_count // _COMMON_SHARE)
    sizes = {term: sum(entry.page_count for entry in entries if entry) for term, entries in term_entries}
    telling_terms = {term for term, size in sizes.items() if 0 < size <= ceiling} or set(sizes)
    for at, segment in enumerate(segments):
        segment_entries = [(term, entries[at]) for term, entries in term_entries]
        rare = [(term.rarity, entry) for term, entry in segment_entries if entry and term in telling_terms]
        common = [(term.rarity, entry) for term, entry in segment_entries if entry and term not in telling_terms]
        count, top = _rank_segment(segment, rare, common, limit, allowed(segment))
        total += count
        ranked += top
    return total, nlargest(limit, ranked, key=lambda page: (page.score, page.segment.name, page.number))


WeightedEntries = Sequence[tuple[float, TermEntry]]


def _rank_segment(
    segment: SegmentReader, rare: WeightedEntries, common: WeightedEntries, limit: int, allowed: set[int] | None
) -> tuple[int, list[RankedPage]]:
    """The pages of one leaf. Terms that can no longer bring a page to the top only add to pages that are near it."""
    page_scores = _PageScores(segment, limit, allowed)
    pending = sorted(rare, key=lambda weighted: -weighted[0] * weighted[1].max_weight)
    remaining = [*pending, *common]
    while pending and not (pending[0][1].page_count > _MIN_PRUNED_PAGES and page_scores.floor() > _max_gain(remaining)):
        page_scores.add(*pending.pop(0))
        remaining.pop(0)
    candidates = page_scores.add_remaining(remaining)
    for _, entry in pending:
        page_scores.pages.update(segment.postings(entry)[0])
    scores, floor = page_scores.scores, page_scores.floor()
    top = sorted(((scores[number], number) for number in candidates if scores[number] >= floor), reverse=True)
    return len(page_scores.findable()), [RankedPage(score, segment, number) for score, number in top[:limit]]


def _max_gain(weighted_entries: WeightedEntries) -> float:
    """What these terms can add to the score of a page at most."""
    return sum(share * entry.max_weight / FULL_WEIGHT for share, entry in weighted_entries)


class _PageScores:
    """The scores of the pages of a leaf, while terms are added to them."""

    def __init__(self, segment: SegmentReader, limit: int, allowed: set[int] | None) -> None:
        self._segment, self._limit, self._allowed = segment, limit, allowed
        self.scores = [0.0] * segment.page_count
        self.pages: set[int] = set()
        self._multi_term_pages: set[int] = set()  # pages that hold two terms or more: mostly these come to the top

    def findable(self, subset: set[int] | None = None) -> set[int]:
        """The pages that may be found."""
        pages = self.pages if subset is None else subset
        visible = pages - self._segment.hidden if self._segment.hidden else pages
        return visible if self._allowed is None else visible & self._allowed

    def add(self, term_rarity: float, entry: TermEntry) -> None:
        """Add a term to every page that holds it."""
        share, scores = term_rarity / FULL_WEIGHT, self.scores
        numbers, weights = self._segment.postings(entry)
        for number, weight in zip(numbers, weights, strict=True):
            scores[number] += share * weight
        self._multi_term_pages.update(self.pages.intersection(numbers))
        self.pages.update(numbers)

    def floor(self) -> float:
        """A score that the last of the best pages has at least; 0 where there are too few."""
        pages = self.findable(self._multi_term_pages)
        top = nlargest(
            self._limit, map(self.scores.__getitem__, pages if len(pages) >= self._limit else self.findable())
        )
        return top[-1] if len(top) == self._limit else 0.0

    def add_remaining(self, weighted_entries: WeightedEntries) -> set[int]:
        """Add the last terms, but only to pages that can still be among the best; gives these pages."""
        candidates, scores = self.findable(), self.scores
        for at, (term_rarity, entry) in enumerate(weighted_entries):
            floor = self.floor() - _max_gain(weighted_entries[at:])
            candidates = {number for number in candidates if scores[number] >= floor}
            self._multi_term_pages &= candidates
            for number, weight in self._segment.weights_in(entry, sorted(candidates)):
                scores[number] += term_rarity / FULL_WEIGHT * weight
        return candidates
