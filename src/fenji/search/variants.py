"""Words of the index near to what was typed, by beginning, sound or letters. Reads leaves, ranks nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from fenji.text import pinyin

if TYPE_CHECKING:
    from fenji.search.segment_reader import SegmentReader
    from fenji.text.pinyin import Spelling

_MAX_COMPLETIONS = 24  # words that an unfinished word may become
_MAX_CHARACTER_WORDS = 300  # words that a single character stands for
_MAX_SOUND_ALIKES = 60  # words that stand for one spelling
_MAX_WORD_SYLLABLES = 6  # syllables of one word
_MAX_COVERS = 3  # ways to make up a spelling of words
_MAX_MISHEARD = 3  # words that a misheard one may be
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
Slots = tuple[tuple[str, ...], ...]


class Vocabulary:
    """The words of all leaves, and how many pages hold each."""

    def __init__(self, segments: Sequence[SegmentReader]) -> None:
        self._segments = segments
        self._counts: dict[tuple[str, str], int] = {}

    def count(self, term: str, field: str = "body") -> int:
        """How many pages hold a term."""
        key = (term, field)
        if key not in self._counts:
            self._counts[key] = sum(
                entry.page_count for segment in self._segments if (entry := segment.find_entry(term, field))
            )
        return self._counts[key]

    def words_by_initials(self, initials: str) -> list[str]:
        """The Han words that are read with these first letters, the most frequent of each leaf first."""
        return list(dict.fromkeys(word for segment in self._segments for word in segment.words_by_initials(initials)))

    def words_with_character(self, character: str) -> set[str]:
        """The words in which a Han character stands."""
        return {word for segment in self._segments for word in segment.words_with_character(character)}


def complete_prefix(segments: Sequence[SegmentReader], prefix: str, field: str) -> list[str]:
    """The words that an unfinished one may become, the most frequent of them."""
    counts: Counter[str] = Counter()
    for segment in segments:
        counts.update({word: count for word, count in segment.terms_with_prefix(prefix, field) if word != prefix})
    return [word for word, _ in counts.most_common(_MAX_COMPLETIONS)]


def find_words_with_character(segments: Sequence[SegmentReader], character: str) -> list[str]:
    """The words in which a Han character stands, short ones first."""
    words = Vocabulary(segments).words_with_character(character)
    return sorted(words, key=lambda word: (len(word), word))[:_MAX_CHARACTER_WORDS]


def words_one_letter_away(word: str) -> set[str]:
    """Everything one letter away: one left out, two exchanged, one wrong, one too few."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    shortened = {left + right[1:] for left, right in cuts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    substituted = {left + letter + right[1:] for left, right in cuts if right for letter in _LETTERS}
    lengthened = {left + letter + right for left, right in cuts for letter in _LETTERS}
    return (shortened | swapped | substituted | lengthened) - {word}


# --- pinyin -----------------------------------------------------------------------------------------------------------


def group_syllables(words: Sequence[str]) -> list[list[str]]:
    """Latin words side by side, taken together where each is a syllable or some: `bei jian`."""
    groups: list[list[str]] = []
    after_syllables = False
    for word in words:
        syllables = pinyin.is_syllables(word)
        if after_syllables and (syllables or word is words[-1]):
            groups[-1].append(word)
        else:
            groups.append([word])
        after_syllables = syllables
    return groups


def find_covers(vocabulary: Vocabulary, spelling: Spelling) -> list[Slots]:
    """The words that make up a spelling, in a few ways: of each of its stretches those that are read so."""
    cache: dict[tuple[int, int], tuple[str, ...]] = {}

    def words_between(start: int, end: int) -> tuple[str, ...]:
        if (start, end) not in cache:
            cache[start, end] = _words_read_as(vocabulary, spelling[start:end])
        return cache[start, end]

    def cover_from(at: int) -> Iterator[Slots]:
        size = len(spelling)
        if at == size:
            yield ()
        elif at == size - 1 and at:
            if words := words_between(at - 1, size):
                yield (words,)
        else:
            for end in range(min(size, at + _MAX_WORD_SYLLABLES), at + 1, -1):
                if words := words_between(at, end):
                    yield from ((words, *rest) for rest in cover_from(end))

    return list(islice(cover_from(0), _MAX_COVERS))


def _words_read_as(vocabulary: Vocabulary, spelling: Spelling) -> tuple[str, ...]:
    candidates = vocabulary.words_by_initials("".join(unit[0] for unit in spelling))
    return tuple(islice((word for word in candidates if pinyin.matches_spelling(word, spelling)), _MAX_SOUND_ALIKES))


# --- misheard ---------------------------------------------------------------------------------------------------------


def find_misheard(vocabulary: Vocabulary, word: str) -> list[str]:
    """Words that a Chinese one may stand for: read alike, else with two characters exchanged, else with one wrong."""
    sound_alikes = {
        candidate for letters in pinyin.initials(word) for candidate in vocabulary.words_by_initials(letters)
    }
    tiers = (
        (candidate for candidate in sound_alikes if pinyin.may_read_alike(candidate, word)),
        (candidate for candidate in sound_alikes if pinyin.may_sound_alike(candidate, word)),
        (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)),
        _words_one_character_off(vocabulary, word),
    )
    for tier in tiers:
        counts = {
            candidate: count for candidate in tier if candidate != word and (count := vocabulary.count(candidate))
        }
        if counts:
            return sorted(counts, key=lambda candidate: (-counts[candidate], candidate))[:_MAX_MISHEARD]
    return []


def _words_one_character_off(vocabulary: Vocabulary, word: str) -> Iterator[str]:
    """Words of three characters or more that differ in one."""
    if len(word) > 2:
        same_length = {
            candidate
            for character in word
            for candidate in vocabulary.words_with_character(character)
            if len(candidate) == len(word)
        }
        yield from (
            candidate
            for candidate in same_length
            if sum(left != right for left, right in zip(candidate, word, strict=True)) == 1
        )
