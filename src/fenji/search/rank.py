"""Ranking: the best pages for weighted terms, one term at a time. Reads segments; knows nothing of what was typed.

The score of a page is the sum of rarity x posting weight over its terms. If there are rarer terms, a term in more than
one page in twenty finds no pages: it only orders the pages found, and only those that may still come to the top.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import nlargest
from math import log
from typing import NamedTuple

from fenji.search.alternatives import Alternative, merge_postings
from fenji.search.posting_format import FULL_WEIGHT, TermEntry
from fenji.search.segment_reader import SegmentReader

_COMMON_SHARE = 20  # a term in more than one page out of so many is common …
_COMMON_PAGES = 1000  # … but a term in at most so many pages never is
_MIN_PRUNED_PAGES = 1000  # a term in at most so many pages is not worth pruning


class QueryTerm(NamedTuple):
    """A term to rank by: its field, its weight (`rarity`), and `alternatives` that count as the same term.

    If `term` is empty, only the alternatives count.
    """

    term: str
    rarity: float
    field: str = "body"
    alternatives: tuple[Alternative, ...] = ()

    def find_entry(self, segment: SegmentReader) -> TermEntry | None:
        """Return the postings of the term and its alternatives in a segment."""
        own_entry = segment.find_entry(self.term, self.field) if self.term else None
        return merge_postings(segment, own_entry, self.alternatives) if self.alternatives else own_entry


class RankedPage(NamedTuple):
    """A page with its score, identified by its segment and its number there."""

    score: float
    segment: SegmentReader
    number: int


AllowedPages = Callable[[SegmentReader], set[int] | None]


def rarity(page_count: int, total: int) -> float:
    """Return the rarity of a term in `page_count` of `total` pages (the idf of BM25, never negative)."""
    return log(1 + (max(total, page_count) - page_count + 0.5) / (page_count + 0.5))


def rank_pages(
    segments: Sequence[SegmentReader], query_terms: Iterable[QueryTerm], *, limit: int, allowed: AllowedPages
) -> tuple[int, list[RankedPage]]:
    """Return how many pages contain any of the terms, and the `limit` best of them, best first.

    `allowed` gives the pages of a segment that may be found, or None for all. Among pages with equal scores, those of
    later segments come first, and within a segment later pages; the random names of segments decide nothing.
    """
    total, ranked = 0, list[RankedPage]()
    term_entries = [(term, [term.find_entry(segment) for segment in segments]) for term in dict.fromkeys(query_terms)]
    page_count = sum(segment.page_count for segment in segments)
    ceiling = max(_COMMON_PAGES, page_count // _COMMON_SHARE)
    sizes = {term: sum(entry.page_count for entry in entries if entry) for term, entries in term_entries}
    telling_terms = {term for term, size in sizes.items() if 0 < size <= ceiling} or set(sizes)
    for at, segment in reversed(list(enumerate(segments))):
        segment_entries = [(term, entries[at]) for term, entries in term_entries]
        rare = [(term.rarity, entry) for term, entry in segment_entries if entry and term in telling_terms]
        common = [(term.rarity, entry) for term, entry in segment_entries if entry and term not in telling_terms]
        count, top = _rank_segment(segment, rare, common, limit, allowed(segment))
        total += count
        ranked += top
    return total, nlargest(limit, ranked, key=lambda page: page.score)  # pages with equal scores keep their order


WeightedEntries = Sequence[tuple[float, TermEntry]]


def _rank_segment(
    segment: SegmentReader, rare: WeightedEntries, common: WeightedEntries, limit: int, allowed: set[int] | None
) -> tuple[int, list[RankedPage]]:
    """Rank the pages of one segment; terms that cannot lift a new page to the top only add to pages near it."""
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
    """Return the most that these terms can add to the score of a page."""
    return sum(share * entry.max_weight / FULL_WEIGHT for share, entry in weighted_entries)


class _PageScores:
    """The scores of a segment's pages, while terms are added."""

    def __init__(self, segment: SegmentReader, limit: int, allowed: set[int] | None) -> None:
        self._segment, self._limit, self._allowed = segment, limit, allowed
        self.scores = [0.0] * segment.page_count
        self.pages: set[int] = set()
        self._multi_term_pages: set[int] = set()  # pages with two terms or more, which include most of the best ones

    def findable(self, subset: set[int] | None = None) -> set[int]:
        """Return the visible and allowed pages of `subset`, or of all pages so far."""
        pages = self.pages if subset is None else subset
        visible = pages - self._segment.hidden if self._segment.hidden else pages
        return visible if self._allowed is None else visible & self._allowed

    def add(self, term_rarity: float, entry: TermEntry) -> None:
        """Add a term to the score of every page that contains it."""
        share, scores = term_rarity / FULL_WEIGHT, self.scores
        numbers, weights = self._segment.postings(entry)
        for number, weight in zip(numbers, weights, strict=True):
            scores[number] += share * weight
        self._multi_term_pages.update(self.pages.intersection(numbers))
        self.pages.update(numbers)

    def floor(self) -> float:
        """Return a lower bound for the scores of the best pages; 0 if there are too few pages."""
        pages = self.findable(self._multi_term_pages)
        top = nlargest(
            self._limit, map(self.scores.__getitem__, pages if len(pages) >= self._limit else self.findable())
        )
        return top[-1] if len(top) == self._limit else 0.0

    def add_remaining(self, weighted_entries: WeightedEntries) -> set[int]:
        """Add the last terms, but only to pages that can still be among the best; return those pages."""
        candidates, scores = self.findable(), self.scores
        for at, (term_rarity, entry) in enumerate(weighted_entries):
            floor = self.floor() - _max_gain(weighted_entries[at:])
            candidates = {number for number in candidates if scores[number] >= floor}
            self._multi_term_pages &= candidates
            for number, weight in self._segment.weights_in(entry, sorted(candidates)):
                scores[number] += term_rarity / FULL_WEIGHT * weight
        return candidates
