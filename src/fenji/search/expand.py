"""A query as weighted terms: its words with their rarity, their synonyms, and guesses for words that occur nowhere.

An unknown Latin word may be pinyin or misspelt, an unknown Chinese one misheard. Guesses count less than typed words,
and are reported with the hits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from fenji.search import variants
from fenji.search.alternatives import Alternative
from fenji.search.rank import QueryTerm, rarity
from fenji.search.synonyms import SynonymIndex, word_slots
from fenji.search.term_counts import number_key
from fenji.search.variants import Slots, Vocabulary
from fenji.text import HAN, Term, pinyin, stem
from fenji.text.tables import STOP_WORDS

if TYPE_CHECKING:
    from fenji.search.query import Query
    from fenji.search.segment_reader import SegmentReader
    from fenji.text.pinyin import Spelling

_GUESS_SHARE = 0.6  # weight of a guessed word relative to a typed one …
_UNSURE_SHARE = 0.3  # … if the typed one occurs as well
WHOLE_KINDS = ("word", "pair", "code", "character")  # kinds of terms, without pieces of words
_SYNONYM_SHARE = 0.8  # weight of a synonym relative to the typed word
_NUMBER_FACTOR = 3.0  # weight of a ticket or part number relative to a word
_NUMBER_FIELDS = ("code", "part")  # fields with whole numbers, not pieces of them
_CODE_FIELDS = ("body", *_NUMBER_FIELDS)
_RARE_PAGES = 3  # a Latin word in at most so many pages may still be pinyin …
_RARE_SHARE = 2000  # … and one page more for so many pages of the index
_MIN_MISSPELT_LETTERS = 5  # shorter words are not checked for misspelling
_MAX_UNKNOWN_WORDS = 8  # with more unknown Chinese words, none of them is guessed
_LATIN_RUN = re.compile(r"(?<![a-z0-9_.-])[a-z]+(?:[ '’][a-z]+)*(?![a-z0-9_-]|\.[a-z0-9])")
_HAN_WORD = re.compile(f"[{HAN}]{{2,4}}")


class QueryExpansion:
    """The terms of one query, weighted by the segments of the current index.

    `readings` maps a typed word to the word it was taken for; `patterns` are regular expressions for words as pinyin.
    """

    def __init__(self, segments: Sequence[SegmentReader], query: Query, synonym_index: SynonymIndex) -> None:
        self._segments, self._query, self._synonym_index = segments, query, synonym_index
        self._synonyms = synonym_index.find_ranges(query.text, query.words)
        self.vocabulary = Vocabulary(segments)
        self.page_count = sum(segment.page_count for segment in segments)
        self.readings: dict[str, str] = {}
        self.patterns: dict[str, float] = {}  # pattern → rarity
        self.patterns_by_word: dict[str, list[str]] = {}  # the patterns of each typed word that is pinyin
        query_terms = tuple(self._collect_terms())
        self.query_terms: tuple[QueryTerm, ...] = (*query_terms, *self._number_terms(query_terms))

    @cached_property
    def synonym_weights(self) -> dict[str, float]:
        """The synonyms of the typed words, with the weight of each."""
        weights: dict[str, float] = {}
        for (start, end), synonyms in self._synonyms.items():
            weight = self.rarity(self._query.text[start:end])
            weights |= {word: _SYNONYM_SHARE * weight for word in synonyms if self._is_used(word)}
        return weights

    def rarity(self, term: str, field: str = "body") -> float:
        """Return the rarity of a term (its idf)."""
        return rarity(self.count(term, field), self.page_count)

    def count(self, term: str, field: str = "body") -> int:
        """Return the number of pages that contain a term."""
        return self.vocabulary.count(term, field)

    def _collect_terms(self) -> Iterator[QueryTerm]:
        query = self._query
        phrase_terms = [term for phrase in query.phrases if not phrase.excluded for term in phrase.terms]
        for term in dict.fromkeys([*self._without_pieces(), *phrase_terms]):
            yield self._typed_term(term)
            number_fields = [
                number_field
                for number_field in _NUMBER_FIELDS
                if term.kind == "code" and self.count(term.text, number_field)
            ]
            yield from (
                QueryTerm(term.text, _NUMBER_FACTOR * self.rarity(term.text, number_field), number_field)
                for number_field in number_fields
            )
        yield from self._multi_term_synonyms()
        if query.character:
            yield from self._any_of_words(
                variants.find_words_with_character(self._segments, query.character), share=1.0
            )
        completions: list[str] = []
        for field in _CODE_FIELDS if query.unfinished else ():
            completed = variants.complete_prefix(self._segments, query.unfinished, field)
            completions += completed
            yield from self._any_of_words(completed, field)
        yield from self._pinyin_terms(typing=bool(query.unfinished), completions=completions)
        yield from self._misspelt_terms(completed_word=query.unfinished if completions else "")
        yield from self._misheard_terms()

    # --- what was typed -----------------------------------------------------------------------------------------------

    def _number_terms(self, others: Iterable[QueryTerm]) -> Iterator[QueryTerm]:
        """Yield a ticket number if nothing else was typed; it weighs more than all other terms together."""
        key = number_key(self._query.text.strip())
        if key and self.count(key, "code"):
            yield QueryTerm(key, 1 + sum(term.rarity for term in others), "code")

    def _without_pieces(self) -> list[Term]:
        """Return the words, leaving out the pieces of part numbers that some page contains whole."""
        words = self._query.words
        whole_codes = [
            term
            for term in words
            if term.kind == "code" and any(self.count(term.text, field) for field in _CODE_FIELDS)
        ]
        piece_ranges = {
            (term.start, term.end)
            for term in words
            for code in whole_codes
            if code.start <= term.start and term.end <= code.end
        }
        return [term for term in words if term.kind == "code" or (term.start, term.end) not in piece_ranges]

    def _typed_term(self, term: Term) -> QueryTerm:
        """Return a typed term with its synonyms as alternatives; for an inflected word the stem carries them."""
        text_range = (term.start, term.end)
        stem_ranges = {(word.start, word.end) for word in self._query.words if word.kind == "stem"}
        synonyms = self._synonyms.get(text_range, ()) if term in self._query.words else ()
        if not synonyms or (text_range in stem_ranges) != (term.kind == "stem"):
            return QueryTerm(term.text, self.rarity(term.text))
        count = self.count(term.text)
        alternatives, total = self._find_alternatives(synonyms, count)
        own_rarity = rarity(count or total, self.page_count)
        share = _SYNONYM_SHARE * min(1.0, rarity(total, self.page_count) / own_rarity) if own_rarity else _SYNONYM_SHARE
        return QueryTerm(
            term.text, own_rarity, alternatives=tuple(alternative._replace(share=share) for alternative in alternatives)
        )

    def _multi_term_synonyms(self) -> Iterator[QueryTerm]:
        """Yield the synonyms of typed words that consist of several terms (spare part)."""
        term_ranges = {(term.start, term.end) for term in self._query.words}
        for text_range, synonyms in self._synonyms.items():
            if text_range in term_ranges:
                continue
            inside = [term for term in self._query.words if text_range[0] <= term.start and term.end <= text_range[1]]
            alternatives, total = self._find_alternatives(synonyms, 0)
            summed_rarity = sum(self.rarity(term.text) for term in inside if term.kind in WHOLE_KINDS)
            weight = _SYNONYM_SHARE * min(summed_rarity, 2 * rarity(total, self.page_count))
            if alternatives:
                yield QueryTerm("", weight, alternatives=tuple(alternatives))

    def _find_alternatives(self, synonyms: Iterable[str], count: int) -> tuple[list[Alternative], int]:
        """Return the synonyms that occur in the index, and an upper bound of the pages that contain any of them."""
        alternatives = [Alternative(word_slots(word)) for word in synonyms if self._is_used(word)]
        return alternatives, count + sum(
            min(self.count(term) for (term,) in alternative.slots) for alternative in alternatives
        )

    def _is_used(self, word: str) -> bool:
        return bool(word_slots(word)) and all(self.count(term) for (term,) in word_slots(word))

    def _any_of_words(
        self, words: Sequence[str], field: str = "body", *, share: float = _GUESS_SHARE
    ) -> list[QueryTerm]:
        """Return terms that stand for one typed word; each gets the rarity of all of them together."""
        page_count = sum(self.count(word, field) for word in words)
        return [QueryTerm(word, share * rarity(page_count, self.page_count), field) for word in words]

    # --- guesses ------------------------------------------------------------------------------------------------------

    def _is_rare(self, word: str) -> bool:
        """Return whether a Latin word occurs in so few pages that it may mean something else."""
        return max(self.count(word), self.count(stem(word))) <= _RARE_PAGES + self.page_count // _RARE_SHARE

    def _is_known(self, word: str) -> bool:
        return bool(self.count(word) or self.count(stem(word)))

    def _latin_runs(self) -> list[list[str]]:
        """Return the runs of adjacent Latin words in the query."""
        return [re.split("[ '’]", run[0]) for run in _LATIN_RUN.finditer(self._query.text)]

    def _pinyin_terms(self, *, typing: bool, completions: Sequence[str]) -> Iterator[QueryTerm]:
        """Yield the Chinese words that Latin words spell (`beijian`, `bei jian`, `bj`), unless these are common."""
        last = self._query.unfinished
        for words in self._latin_runs():
            for run in variants.group_syllables(words):
                typed, is_known = " ".join(run), all(map(self._is_known, run)) or bool(completions and run[-1] == last)
                if not any(map(self._is_rare, run)) or set(run) <= STOP_WORDS:
                    continue
                is_unfinished = typing and run[-1] == last
                for spelling in pinyin.parse_spellings("".join(run)):
                    if not is_known or pinyin.count_initials(spelling) <= is_unfinished:
                        open_spelling = pinyin.mark_unfinished(spelling) if is_unfinished else spelling
                        yield from self._spelling_terms(
                            typed, open_spelling, _UNSURE_SHARE if is_known else _GUESS_SHARE
                        )

    def _spelling_terms(self, typed: str, spelling: Spelling, share: float) -> Iterator[QueryTerm]:
        covers = variants.find_covers(self.vocabulary, spelling)
        alternatives, pattern = [Alternative(cover) for cover in covers], pinyin.spelling_pattern(spelling)
        if not covers:  # perhaps a word for which the pages only have a synonym
            synonyms = [word for word in self._synonym_index.find_by_spelling(spelling) if self._is_used(word)]
            alternatives = [Alternative(word_slots(word)) for word in synonyms]
            pattern = "|".join(map(re.escape, synonyms))
        elif pinyin.count_initials(spelling):
            alternatives, pattern = self._side_by_side(covers, pattern)
        if not alternatives:
            return
        page_count = sum(map(self._count_pages, alternatives))
        weight = rarity(page_count, self.page_count)
        self.patterns[pattern] = weight
        self.patterns_by_word.setdefault(typed, []).append(pattern)
        self.readings.setdefault(typed, " ".join(slot[0] for slot in alternatives[0].slots))
        yield QueryTerm("", share * weight, alternatives=tuple(alternatives))

    def _side_by_side(self, covers: Sequence[Slots], pattern: str) -> tuple[list[Alternative], str]:
        """Return alternatives for typed initials, with their pattern: single words, and adjacent words in some text.

        Any long text has words that begin with a few given letters; only adjacent ones mean something.
        """
        single = [cover for cover in covers if len(cover) == 1]
        several = [cover for cover in covers if len(cover) > 1]
        found = variants.find_adjacent(self._segments, several, pattern)
        pages = frozenset(page for pages_found in found.values() for page in pages_found)
        alternatives = [Alternative(cover) for cover in single]
        alternatives += [Alternative(cover, pages=pages) for cover in several if pages]
        return alternatives, "|".join([*(word for (slot,) in single for word in slot), *found])

    def _count_pages(self, alternative: Alternative) -> int:
        """Return an upper bound of the number of pages that an alternative matches."""
        if alternative.pages is not None:
            return len(alternative.pages)
        return min(sum(map(self.count, slot)) for slot in alternative.slots)

    def _misspelt_terms(self, *, completed_word: str) -> Iterator[QueryTerm]:
        """Yield words one letter away from typed Latin words that occur nowhere; report the most frequent one."""
        read_words = {word for typed in self.readings for word in typed.split(" ")}
        for term in self._query.words:
            word = term.text
            is_latin = term.kind == "word" and word.isascii() and word.isalpha() and len(word) >= _MIN_MISSPELT_LETTERS
            if not is_latin or word == completed_word or word in read_words or self._is_known(word):
                continue
            counts = {candidate: self.count(candidate) for candidate in variants.words_one_letter_away(word)}
            candidates = {candidate: count for candidate, count in counts.items() if count}
            if candidates:
                self.readings[word] = max(candidates, key=lambda candidate: (candidates[candidate], candidate))
                yield from self._any_of_words(sorted(candidates))

    def _misheard_terms(self) -> Iterator[QueryTerm]:
        """Yield Chinese words that sound or look like typed ones that occur nowhere; report the most frequent one."""
        words = self._query.words
        known_terms = [term for term in words if term.kind != "character" and self._occurs(term)]
        unknown_terms = [term for term in words if _HAN_WORD.fullmatch(term.text) and not self._occurs(term)]
        unknown_terms = [term for term in unknown_terms if not _is_covered(term, known_terms)]
        for term in unknown_terms if len(unknown_terms) <= _MAX_UNKNOWN_WORDS else ():
            candidates = variants.find_misheard(self.vocabulary, term.text)
            if candidates:
                self.readings[term.text] = candidates[0]
                yield from self._any_of_words(candidates)

    def _occurs(self, term: Term) -> bool:
        return bool(self.count(term.text)) or any(map(self._is_used, self._synonyms.get((term.start, term.end), ())))


def _is_covered(term: Term, known_terms: Iterable[Term]) -> bool:
    """Return whether every character of a term belongs to a known word."""
    positions = {position for word in known_terms for position in range(word.start, word.end)}
    return positions >= set(range(term.start, term.end))
