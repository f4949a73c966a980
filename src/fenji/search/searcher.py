"""Run a query: filters and phrases select pages, words rank them, excerpts show why. Reads segments, writes nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from heapq import nlargest
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.search import excerpts
from fenji.search.expand import WHOLE_KINDS, QueryExpansion
from fenji.search.pages import FoundPage, HandbookPage
from fenji.search.rank import QueryTerm, RankedPage, rank_pages, rarity
from fenji.text import Term, fold

if TYPE_CHECKING:
    from fenji.search.query import Phrase, Query, QueryFilter
    from fenji.search.segment_reader import SegmentReader
    from fenji.search.synonyms import SynonymIndex

_MAX_PHRASE_READS = 1000  # pages that are read, best first, to check whether they contain a phrase
_MAX_EXTRA_PHRASE_READS = 50  # pages that are read although they lack one of its words
_MAX_RERANKED = 30  # best pages that are read to see which words are adjacent in them
_PAIR_WEIGHT = 1.2  # weight of an adjacent pair relative to the more common of its words


class SearchHit(FoundPage, frozen=True):
    """A page that was found. The matches are `spans`, offsets into `excerpt`, and `title_spans`, into the title.

    `place` names the text that the excerpt is from.
    """

    score: float
    excerpt: str
    spans: tuple[excerpts.MatchSpan, ...]
    place: str
    title_spans: tuple[excerpts.MatchSpan, ...]


class SearchHits(Struct, frozen=True):
    """The result of a search: total, duration, some of the hits, and what typed words were taken to mean."""

    total: int
    took_ms: float
    hits: tuple[SearchHit, ...] = ()
    meant: Mapping[str, str] | None = None


class Searcher:
    """One query, run against the segments of the current index."""

    def __init__(self, segments: Sequence[SegmentReader], query: Query, synonym_index: SynonymIndex) -> None:
        self._segments, self._query = segments, query
        self._expansion = QueryExpansion(segments, query, synonym_index)
        self._allowed: dict[str, set[int] | None] = {}
        self._page_cache: dict[tuple[str, int], HandbookPage] = {}
        self.meant: dict[str, str] = {}

    def find_hits(self, *, limit: int, offset: int) -> tuple[int, tuple[SearchHit, ...]]:
        """Return the number of matching pages, and `limit` hits from `offset` on, best first."""
        total, ranked = self._rank(limit + offset)
        hits = tuple(self._make_hit(ranked_page) for ranked_page in ranked[offset : offset + limit])
        self.meant = {typed: self._quote_reading(typed, hits) for typed in self._expansion.readings if hits}
        return total, hits

    def _rank(self, limit: int) -> tuple[int, list[RankedPage]]:
        if not self._expansion.query_terms:
            return self._newest(limit) if self._query.phrases or self._query.filters else (0, [])
        reranks = bool(self._pair_weights or self._expansion.patterns or self._query.preferred)
        reranked = _MAX_RERANKED * reranks
        total, ranked = rank_pages(
            self._segments, self._expansion.query_terms, limit=max(limit, reranked), allowed=self._allowed_pages
        )
        return total, [*self._rerank(ranked[:reranked]), *ranked[reranked:]][:limit]

    @cached_property
    def _pair_weights(self) -> dict[str, float]:
        return collect_pairs(self._query.text, self._query.words, self._expansion.rarity)

    def _rerank(self, ranked: Sequence[RankedPage]) -> list[RankedPage]:
        """Reorder the best pages by adjacent words; pages with one of the query's `preferred` texts come first."""
        bonuses = (
            proximity_score(self._read_page(page), self._pair_weights, self._expansion.patterns) for page in ranked
        )
        rescored = [page._replace(score=page.score + bonus) for page, bonus in zip(ranked, bonuses, strict=True)]
        quoting = [
            page
            for page in rescored
            if any(_contains_phrase(phrase, self._read_page(page)) for phrase in self._query.preferred)
        ]
        return sorted(rescored, key=lambda page: (page in quoting, page.score), reverse=True)

    def _read_page(self, ranked_page: RankedPage) -> HandbookPage:
        key = (ranked_page.segment.name, ranked_page.number)
        if key not in self._page_cache:
            self._page_cache[key] = ranked_page.segment.read_page(ranked_page.number)
        return self._page_cache[key]

    # --- filters and phrases ---

    def _allowed_pages(self, segment: SegmentReader) -> set[int] | None:
        if segment.name not in self._allowed:
            self._allowed[segment.name] = self._decide_allowed(segment)
        return self._allowed[segment.name]

    def _decide_allowed(self, segment: SegmentReader) -> set[int] | None:
        required = [
            self._pages_matching(segment, query_filter)
            for query_filter in self._query.filters
            if not query_filter.excluded
        ]
        required += [_pages_with_phrase(segment, phrase) for phrase in self._query.phrases if not phrase.excluded]
        excluded = [
            self._pages_matching(segment, query_filter) for query_filter in self._query.filters if query_filter.excluded
        ]
        excluded += [_pages_with_phrase(segment, phrase) for phrase in self._query.phrases if phrase.excluded]
        if not required and not excluded:
            return None
        allowed = set.intersection(*required) if required else set(range(segment.page_count))
        return allowed.difference(*excluded)

    def _pages_matching(self, segment: SegmentReader, query_filter: QueryFilter) -> set[int]:
        """Return the pages that pass a filter: by the exact value if any page has it, else by prefix."""
        pages: set[int] = set()
        for value in query_filter.values:
            terms = [value]
            if not self._expansion.count(value, query_filter.field):
                terms = [term for term, _ in segment.terms_with_prefix(value, query_filter.field)]
            for term in terms:
                pages |= segment.pages_with_value(term, query_filter.field)
        return pages

    def _newest(self, limit: int) -> tuple[int, list[RankedPage]]:
        """Return the number of matching pages and the newest of them, for a query without words to rank by."""
        total, ranked = 0, list[RankedPage]()
        for segment in reversed(self._segments):
            allowed = self._allowed_pages(segment)
            numbers = (set(range(segment.page_count)) if allowed is None else allowed) - segment.hidden
            youngest = nlargest(limit, zip(map(segment.created_seconds.__getitem__, numbers), numbers, strict=True))
            ranked += [RankedPage(float(seconds), segment, number) for seconds, number in youngest]
            total += len(numbers)
        ranked.sort(key=lambda page: -page.score)  # pages with equal scores keep their order, as in `rank_pages`
        return total, [page._replace(score=0.0) for page in ranked[:limit]]

    # --- hits ---

    @cached_property
    def _highlighting(self) -> tuple[re.Pattern[str] | None, dict[str, float]]:
        """The pattern to highlight, and the weight of each matched word: the sum for all words inside it."""
        weights = {term.term: term.rarity for term in self._expansion.query_terms if term.term and term.field == "body"}
        weights = {**self._expansion.synonym_weights, **weights}
        if self._query.character:
            weights = {self._query.character: 1.0}
        phrases = [phrase.text for phrase in self._query.phrases if phrase.exact and not phrase.excluded]
        word_weights = {word: sum(weights[part] for part in weights if part in word) for word in weights}
        return excerpts.compile_pattern([*word_weights, *phrases], self._expansion.patterns), word_weights

    def _make_hit(self, ranked_page: RankedPage) -> SearchHit:
        page, (pattern, weights) = self._read_page(ranked_page), self._highlighting
        excerpt = excerpts.select_excerpt(page.texts.items(), pattern, weights)
        title_spans = tuple(excerpts.find_spans(page.title, pattern))
        return SearchHit(page, round(ranked_page.score, 3), excerpt.text, excerpt.spans, excerpt.field, title_spans)

    def _quote_reading(self, typed: str, hits: Sequence[SearchHit]) -> str:
        """Return what a typed word was taken to mean, as it is written in the best hit that contains it."""
        guess = self._expansion.readings[typed]
        pattern = re.compile("|".join(self._expansion.patterns_by_word.get(typed, [re.escape(guess)])))
        for hit in hits:
            for text in (hit.title, hit.excerpt, *hit.page.texts.values()):
                if match := pattern.search(fold(text)):
                    return text[match.start() : match.end()]
        return guess


def _pages_with_phrase(segment: SegmentReader, phrase: Phrase) -> set[int]:
    """Return the pages of a segment that contain a phrase.

    At most _MAX_PHRASE_READS pages are read, the most likely ones: those with all its words, and a few that lack one,
    because the ends of the phrase may be parts of longer words in them.
    """
    words = [term.text for term in phrase.terms if term.kind not in ("stem", "piece")]
    holders = set.intersection(*(segment.pages_with_value(word, "body") for word in words))
    if not phrase.exact:
        return holders
    query_terms = [
        QueryTerm(word, rarity(entry.page_count if (entry := segment.find_entry(word)) else 0, segment.page_count))
        for word in words
    ]
    _, likely = rank_pages([segment], query_terms, limit=_MAX_PHRASE_READS, allowed=lambda _: None)
    numbers = [page.number for page in likely if page.number in holders]
    numbers += [page.number for page in likely if page.number not in holders][:_MAX_EXTRA_PHRASE_READS]
    return {number for number in numbers if _contains_phrase(phrase.text, segment.read_page(number))}


def _contains_phrase(phrase: str, page: HandbookPage) -> bool:
    pattern = excerpts.phrase_pattern(phrase)
    return any(pattern.search(fold(text)) for _, text in page.passages())


def collect_pairs(text: str, query_terms: Sequence[Term], rarity: Callable[[str], float]) -> dict[str, float]:
    """Return the parts of a folded text that two neighbouring terms cover, with the weight of each."""
    terms_by_start: dict[int, list[Term]] = defaultdict(list)
    whole_terms = [term for term in query_terms if term.kind in WHOLE_KINDS]
    for term in whole_terms:
        terms_by_start[term.start].append(term)
    pair_weights: dict[str, float] = {}
    for term in whole_terms:
        for neighbour in terms_by_start[term.end + text.startswith(" ", term.end)]:
            pair_weights[text[term.start : neighbour.end]] = _PAIR_WEIGHT * min(
                rarity(term.text), rarity(neighbour.text)
            )
    return pair_weights


def proximity_score(page: HandbookPage, pair_weights: Mapping[str, float], patterns: Mapping[str, float]) -> float:
    """Return the summed weights of the word pairs and pinyin patterns that a page contains."""
    body = fold("\n".join(text for _, text in page.passages()))
    score = sum(weight for pair, weight in pair_weights.items() if pair in body)
    return score + sum(weight for pattern, weight in patterns.items() if re.search(pattern, body))
