"""Words of the index near to what was typed, by beginning, sound or letters. Reads leaves, ranks nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from fenji.analysis import pinyin

if TYPE_CHECKING:
    from fenji.analysis.pinyin import Spelling
    from fenji.handbook.leaves import Leaf

_ENDINGS = 24  # words that an unfinished word may become
_KINDRED = 300  # words that a single character stands for
_READ_ALIKE = 60  # words that stand for one spelling
_LONGEST = 6  # syllables of one word
_COVERS = 3  # ways to make up a spelling of words
_NEAR = 3  # words that a misheard one may be
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
Slots = tuple[tuple[str, ...], ...]


class Vocabulary:
    """The words of all leaves, and how many pages hold each."""

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self._leaves = leaves
        self._counts: dict[tuple[str, str], int] = {}

    def count(self, term: str, field: str = "body") -> int:
        """How many pages hold a term."""
        held = (term, field)
        if held not in self._counts:
            self._counts[held] = sum(entry.pages for leaf in self._leaves if (entry := leaf.entry(term, field)))
        return self._counts[held]

    def sounding(self, initials: str) -> list[str]:
        """The Han words that are read with these first letters, the most frequent of each leaf first."""
        return list(dict.fromkeys(word for leaf in self._leaves for word in leaf.sounding(initials)))

    def holding(self, letter: str) -> set[str]:
        """The words in which a Han character stands."""
        return {word for leaf in self._leaves for word in leaf.holding(letter)}


def endings(leaves: Sequence[Leaf], beginning: str, field: str) -> list[str]:
    """The words that an unfinished one may become, the most frequent of them."""
    counts: Counter[str] = Counter()
    for leaf in leaves:
        counts.update({word: count for word, count in leaf.beginning(beginning, field) if word != beginning})
    return [word for word, _ in counts.most_common(_ENDINGS)]


def kindred(leaves: Sequence[Leaf], letter: str) -> list[str]:
    """The words in which a Han character stands, short ones first."""
    words = Vocabulary(leaves).holding(letter)
    return sorted(words, key=lambda word: (len(word), word))[:_KINDRED]


def one_away(word: str) -> set[str]:
    """Everything one letter away: one left out, two exchanged, one wrong, one too few."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    fewer = {left + right[1:] for left, right in cuts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    wrong = {left + letter + right[1:] for left, right in cuts if right for letter in _LETTERS}
    more = {left + letter + right for left, right in cuts for letter in _LETTERS}
    return (fewer | swapped | wrong | more) - {word}


# --- pinyin -----------------------------------------------------------------------------------------------------------


def runs(words: Sequence[str]) -> list[list[str]]:
    """Latin words side by side, taken together where each is a syllable or some: `bei jian`."""
    found: list[list[str]] = []
    before = False
    for word in words:
        syllables = pinyin.is_syllables(word)
        if before and (syllables or word is words[-1]):
            found[-1].append(word)
        else:
            found.append([word])
        before = syllables
    return found


def ways(vocabulary: Vocabulary, spelling: Spelling) -> list[Slots]:
    """The words that make up a spelling, in a few ways: of each of its stretches those that are read so."""
    held: dict[tuple[int, int], tuple[str, ...]] = {}

    def read(start: int, end: int) -> tuple[str, ...]:
        if (start, end) not in held:
            held[start, end] = _read_alike(vocabulary, spelling[start:end])
        return held[start, end]

    def covers(at: int) -> Iterator[Slots]:
        size = len(spelling)
        if at == size:
            yield ()
        elif at == size - 1 and at:
            if words := read(at - 1, size):
                yield (words,)
        else:
            for end in range(min(size, at + _LONGEST), at + 1, -1):
                if words := read(at, end):
                    yield from ((words, *rest) for rest in covers(end))

    return list(islice(covers(0), _COVERS))


def _read_alike(vocabulary: Vocabulary, spelling: Spelling) -> tuple[str, ...]:
    found = vocabulary.sounding("".join(unit[0] for unit in spelling))
    return tuple(islice((word for word in found if pinyin.spelt(word, spelling)), _READ_ALIKE))


# --- misheard ---------------------------------------------------------------------------------------------------------


def misheard(vocabulary: Vocabulary, word: str) -> list[str]:
    """Words that a Chinese one may stand for: read alike, else with two characters exchanged, else with one wrong."""
    alike = {one for letters in pinyin.initials(word) for one in vocabulary.sounding(letters)}
    tiers = (
        (one for one in alike if pinyin.reads_as(one, word)),
        (one for one in alike if pinyin.sounds_like(one, word)),
        (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)),
        _one_wrong(vocabulary, word),
    )
    for tier in tiers:
        counts = {one: count for one in tier if one != word and (count := vocabulary.count(one))}
        if counts:
            return sorted(counts, key=lambda one: (-counts[one], one))[:_NEAR]
    return []


def _one_wrong(vocabulary: Vocabulary, word: str) -> Iterator[str]:
    """Words of three characters or more that differ in one."""
    if len(word) > 2:
        near = {one for letter in word for one in vocabulary.holding(letter) if len(one) == len(word)}
        yield from (one for one in near if sum(a != b for a, b in zip(one, word, strict=True)) == 1)
