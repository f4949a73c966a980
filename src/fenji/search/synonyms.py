"""Groups of words for one thing, indexed for lookup in typed text. Pure; knows no search index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from fenji.model.synonyms import SynonymGroup, synonym_key
from fenji.text import Term, fold, pinyin, tokenize

if TYPE_CHECKING:
    from fenji.text.pinyin import Spelling

TextRange = tuple[int, int]


class SynonymIndex:
    """The synonym groups by their words. A word in several groups has the other words of all of them as synonyms."""

    def __init__(self, groups: Iterable[SynonymGroup]) -> None:
        self._synonyms_by_key: dict[str, tuple[str, ...]] = {}
        synonyms: dict[str, dict[str, None]] = defaultdict(dict)
        for group in groups:
            folded_words = {synonym_key(word): fold(word) for word in group}
            for own_key in folded_words:
                synonyms[own_key] |= {word: None for other_key, word in folded_words.items() if other_key != own_key}
        self._synonyms_by_key = {own_key: tuple(words) for own_key, words in synonyms.items()}
        self._longest = max(map(len, self._synonyms_by_key), default=0) + 3  # an ending may be longer than in the stem

    def find_by_spelling(self, spelling: Spelling) -> Iterator[str]:
        """Yield the synonyms of words that a pinyin spelling matches."""
        for word, synonyms in self._synonyms_by_key.items():
            if pinyin.matches_spelling(word, spelling):
                yield from synonyms

    def find_ranges(self, text: str, query_terms: Sequence[Term]) -> dict[TextRange, tuple[str, ...]]:
        """Return the ranges of a folded text, from term to term, that are words of a group, with their synonyms."""
        ends = sorted({term.end for term in query_terms})
        ranges = (
            (start, end)
            for start in sorted({term.start for term in query_terms})
            for end in ends
            if start < end <= start + self._longest
        )
        synonyms_by_range = {
            text_range: self._synonyms_by_key.get(synonym_key(text[slice(*text_range)]), ()) for text_range in ranges
        }
        return {text_range: synonyms for text_range, synonyms in synonyms_by_range.items() if synonyms}


@lru_cache(maxsize=8)
def build_synonym_index(groups: tuple[SynonymGroup, ...]) -> SynonymIndex:
    """Return the index of these groups, which is built only once."""
    return SynonymIndex(groups)


@lru_cache(maxsize=1 << 12)
def word_slots(word: str) -> tuple[tuple[str, ...], ...]:
    """Return the terms that a page with `word` contains: the stem of inflected words, the longest of nested ones."""
    candidates = [term for term in tokenize(word) if term.kind != "piece"]
    stem_ranges = {(term.start, term.end) for term in candidates if term.kind == "stem"}
    kept = [term for term in candidates if term.kind == "stem" or (term.start, term.end) not in stem_ranges]
    longest = [term for term in kept if not any(_is_inside(term, other) for other in kept)]
    return tuple((term.text,) for term in longest)


def _is_inside(term: Term, other: Term) -> bool:
    return other.start <= term.start and term.end <= other.end and (other.start, other.end) != (term.start, term.end)
