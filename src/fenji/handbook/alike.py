"""Groups of words for one thing, ready to be looked up in what was typed. Pure; knows no index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from fenji.analysis import Term, fold, pinyin, terms
from fenji.synonyms import Group, key

if TYPE_CHECKING:
    from fenji.analysis.pinyin import Spelling

Place = tuple[int, int]


class Alike:
    """The groups by their words. A word may stand in several groups; it then has the words of all of them beside it."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self._others: dict[str, tuple[str, ...]] = {}
        others: dict[str, dict[str, None]] = defaultdict(dict)
        for group in groups:
            folded = {key(word): fold(word) for word in group}
            for one in folded:
                others[one] |= {word: None for other, word in folded.items() if other != one}
        self._others = {one: tuple(words) for one, words in others.items()}
        self._longest = max(map(len, self._others), default=0) + 3  # an ending more than the stem has

    def read_as(self, spelling: Spelling) -> Iterator[str]:
        """The other words for those that are read as a spelling in pinyin says."""
        for word, others in self._others.items():
            if pinyin.spelt(word, spelling):
                yield from others

    def found(self, text: str, words: Sequence[Term]) -> dict[Place, tuple[str, ...]]:
        """The stretches of a (folded) text, from term to term, that are words of a group; the other words of each."""
        ends = sorted({one.end for one in words})
        places = (
            (start, end)
            for start in sorted({one.start for one in words})
            for end in ends
            if start < end <= start + self._longest
        )
        found = {place: self._others.get(key(text[slice(*place)]), ()) for place in places}
        return {place: others for place, others in found.items() if others}


@lru_cache(maxsize=8)
def alike(groups: tuple[Group, ...]) -> Alike:
    """The groups, made ready once."""
    return Alike(groups)


@lru_cache(maxsize=1 << 12)
def slots(word: str) -> tuple[tuple[str, ...], ...]:
    """The terms that a page which holds `word` holds: of inflected words the stem, of nested ones the longest."""
    found = [one for one in terms(word) if one.kind != "piece"]
    stems = {(one.start, one.end) for one in found if one.kind == "stem"}
    kept = [one for one in found if one.kind == "stem" or (one.start, one.end) not in stems]
    longest = [one for one in kept if not any(_within(one, other) for other in kept)]
    return tuple((one.text,) for one in longest)


def _within(one: Term, other: Term) -> bool:
    return other.start <= one.start and one.end <= other.end and (other.start, other.end) != (one.start, one.end)
