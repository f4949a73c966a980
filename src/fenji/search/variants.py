"""Find words of the index that are close to what was typed, by prefix, sound or letters. Reads segments only."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest
from itertools import islice
from typing import TYPE_CHECKING

from fenji.search.alternatives import pages_with_all_slots
from fenji.text import HAN, fold, pinyin, tokenize

if TYPE_CHECKING:
    from fenji.search.segment_reader import SegmentReader
    from fenji.text.pinyin import Spelling

_MAX_COMPLETIONS = 24  # words that an unfinished one is completed to
_MAX_CHARACTER_WORDS = 300  # words that a single character matches
_MAX_SOUND_ALIKES = 60  # words that match one spelling
_MAX_WORD_SYLLABLES = 6  # syllables of one word
_MAX_COVERS = 3  # ways to split a spelling into words
_MAX_MISHEARD = 3  # words that a misheard one may be meant for
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MAX_ADJACENT_READS = 2000  # pages that are read to see whether words with given initials are adjacent
_HAN_RUN = re.compile(f"[{HAN}]{{3,}}")
Slots = tuple[tuple[str, ...], ...]
PageKey = tuple[str, int]  # the name of a segment, and the number of a page in it


class Vocabulary:
    """The words of all segments, and how many pages contain each."""

    def __init__(self, segments: Sequence[SegmentReader]) -> None:
        self._segments = segments
        self._counts: dict[tuple[str, str], int] = {}

    def count(self, term: str, field: str = "body") -> int:
        """Return the number of pages that contain a term."""
        key = (term, field)
        if key not in self._counts:
            self._counts[key] = sum(
                entry.page_count for segment in self._segments if (entry := segment.find_entry(term, field))
            )
        return self._counts[key]

    def words_by_initials(self, initials: str) -> list[str]:
        """Return the Han words whose syllables begin with these letters, the most frequent of each segment first."""
        return list(dict.fromkeys(word for segment in self._segments for word in segment.words_by_initials(initials)))

    def words_with_character(self, character: str) -> set[str]:
        """Return the words that contain a Han character."""
        return {word for segment in self._segments for word in segment.words_with_character(character)}


def complete_prefix(segments: Sequence[SegmentReader], prefix: str, field: str) -> list[str]:
    """Return the most frequent words that begin with `prefix`."""
    counts: Counter[str] = Counter()
    for segment in segments:
        counts.update({word: count for word, count in segment.terms_with_prefix(prefix, field) if word != prefix})
    return [word for word, _ in counts.most_common(_MAX_COMPLETIONS)]


def find_words_with_character(segments: Sequence[SegmentReader], character: str) -> list[str]:
    """Return the words that contain a Han character, short ones first."""
    words = Vocabulary(segments).words_with_character(character)
    return sorted(words, key=lambda word: (len(word), word))[:_MAX_CHARACTER_WORDS]


def words_one_letter_away(word: str) -> set[str]:
    """Return all strings one edit away: a letter removed, two adjacent ones swapped, one replaced, one inserted."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    shortened = {left + right[1:] for left, right in cuts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    substituted = {left + letter + right[1:] for left, right in cuts if right for letter in _LETTERS}
    lengthened = {left + letter + right for left, right in cuts for letter in _LETTERS}
    return (shortened | swapped | substituted | lengthened) - {word}


# --- pinyin -----------------------------------------------------------------------------------------------------------


def group_syllables(words: Sequence[str]) -> list[list[str]]:
    """Group adjacent Latin words that consist of pinyin syllables: `bei jian`."""
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
    """Split a spelling into words in a few ways; each slot has the words that match one part of the spelling."""
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


def find_adjacent(segments: Sequence[SegmentReader], covers: Iterable[Slots], pattern: str) -> dict[str, set[PageKey]]:
    """Return the adjacent whole words that a spelling's `pattern` finds, and the pages where they are adjacent.

    At most _MAX_ADJACENT_READS of the pages that have a word of every slot are read, the most likely ones.
    """
    weights: dict[PageKey, float] = {}
    for cover in covers:
        for segment in segments:
            for number, weight in pages_with_all_slots(segment, cover).items():
                weights[segment.name, number] = max(weight, weights.get((segment.name, number), 0.0))
    pages_by_words: dict[str, set[PageKey]] = defaultdict(set)
    compiled, by_name = re.compile(f"(?=({pattern}))"), {segment.name: segment for segment in segments}
    for name, number in nlargest(_MAX_ADJACENT_READS, weights, key=weights.__getitem__):
        for _, text in by_name[name].read_page(number).passages():
            for words in _find_whole_words(fold(text), compiled):
                pages_by_words[words].add((name, number))
    return pages_by_words


def _find_whole_words(folded: str, pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield the matches of a pattern (its group 1) in a folded text that consist of whole words."""
    for run in _HAN_RUN.finditer(folded):
        for match in pattern.finditer(run[0]):
            start, end = match.span(1)
            reached = start
            for term in tokenize(run[0]):
                if term.kind == "pair" and term.start < start < term.end:
                    break  # the middle of an unknown word
                if start <= term.start <= reached and term.end <= end:
                    reached = max(reached, term.end)
            if reached == end:
                yield match[1]


def _words_read_as(vocabulary: Vocabulary, spelling: Spelling) -> tuple[str, ...]:
    candidates = vocabulary.words_by_initials("".join(unit[0] for unit in spelling))
    return tuple(islice((word for word in candidates if pinyin.matches_spelling(word, spelling)), _MAX_SOUND_ALIKES))


# --- misheard ---------------------------------------------------------------------------------------------------------


def find_misheard(vocabulary: Vocabulary, word: str) -> list[str]:
    """Return words that a Chinese one may be meant for: homophones, else two characters swapped, else one wrong."""
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
    """Yield words of the same length that differ in one character; none for words under three characters."""
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
