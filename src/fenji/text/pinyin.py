"""Readings of Chinese characters: pinyin without tones, and the words that typed letters may spell.

The table `pinyin.tsv` gives the readings of simplified characters: the first of each, and those that occur in several
of its words. `ü` is written `v`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import product

from fenji.text.tables import read_table

_UMLAUT = re.compile("([jqxy])v")
_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_LONGEST_SYLLABLE = 6
UNFINISHED = "*"  # after a syllable that may continue
_MOST_UNITS = 12  # syllables and first letters in a typed text
_MOST_SPELLINGS = 4  # spellings tried for one word
# Sounds that many speakers do not distinguish are reduced to one of them.
_MERGED_SOUNDS = re.compile("^(zh|ch|sh)|ng$")

Spelling = tuple[str, ...]  # syllables (the last may be unfinished), and first letters that stand for a syllable


@cache
def _characters_by_syllable() -> dict[str, frozenset[str]]:
    """Return a mapping: syllable → the characters with that reading."""
    characters = {syllable: frozenset(letters) for syllable, letters in read_table("pinyin")}
    for syllable in [syllable for syllable in characters if "v" in syllable]:  # many write u for ü
        characters[syllable.replace("v", "u")] = characters[syllable] | characters.get(
            syllable.replace("v", "u"), frozenset()
        )
    return characters


@cache
def _syllables_by_character() -> dict[str, tuple[str, ...]]:
    """Return a mapping: character → its syllables."""
    syllables: dict[str, tuple[str, ...]] = {}
    for syllable, characters in _characters_by_syllable().items():
        for character in characters:
            syllables[character] = (*syllables.get(character, ()), syllable)
    return syllables


def readings(character: str) -> tuple[str, ...]:
    """Return the syllables of a folded character; none for an unknown one."""
    return _syllables_by_character().get(character, ())


@cache
def _initials_by_character() -> dict[str, str]:
    """Return a mapping: character → the first letters of its syllables."""
    return {
        character: "".join(dict.fromkeys(syllable[0] for syllable in syllables))
        for character, syllables in _syllables_by_character().items()
    }


def initials(word: str) -> list[str]:
    """Return the first letters of a word's readings: `备件` → `bj`, `重启` → `zq`, `cq`; none if one is unknown."""
    initials_by_character = _initials_by_character()
    letters = [initials_by_character.get(character, "") for character in word]
    plain = "".join(letters)
    if len(plain) == len(word):
        return [plain] if all(letters) else []
    return ["".join(combination) for combination in product(*letters)][:_MOST_SPELLINGS]


def may_read_alike(word: str, other: str) -> bool:
    """Tell whether two words may have the same reading."""
    return len(word) == len(other) and all(
        {*readings(left)} & {*readings(right)} for left, right in zip(word, other, strict=True)
    )


def may_sound_alike(word: str, other: str) -> bool:
    """Tell whether two words may sound alike from a speaker who says `z` for `zh` and `in` for `ing`."""
    return len(word) == len(other) and all(
        _sounds(left) & _sounds(right) for left, right in zip(word, other, strict=True)
    )


@lru_cache(maxsize=1 << 12)
def _sounds(character: str) -> frozenset[str]:
    return frozenset(_MERGED_SOUNDS.sub(lambda match: match[0][0], syllable) for syllable in readings(character))


@cache
def characters_for(unit: str) -> frozenset[str]:
    """Return the characters read as a syllable; for a prefix or with `*`, those whose reading begins with it."""
    exact = _characters_by_syllable().get(unit)
    if exact:
        return exact
    prefix = unit.rstrip(UNFINISHED)
    return frozenset().union(
        *(characters for syllable, characters in _characters_by_syllable().items() if syllable.startswith(prefix))
    )


def mark_unfinished(spelling: Spelling) -> Spelling:
    """Return the spelling with its last syllable marked as unfinished."""
    return (*spelling[:-1], spelling[-1] + UNFINISHED)


def parse_spellings(typed: str) -> list[Spelling]:
    """Return the ways to read lower-case letters as pinyin of two or more characters; at most 4, most likely first."""
    plain = _UMLAUT.sub(r"\1u", typed)
    candidates = (
        [spelling for spelling in _split_units(plain, _MOST_UNITS) if len(spelling) > 1]
        if plain.isascii() and plain.isalpha()
        else []
    )
    fewest = min(map(count_initials, candidates), default=0)
    return [spelling for spelling in candidates if count_initials(spelling) == fewest][:_MOST_SPELLINGS]


def is_syllables(typed: str) -> bool:
    """Tell whether letters are one or more whole syllables."""
    return (
        any(not count_initials(spelling) for spelling in _split_units(_UMLAUT.sub(r"\1u", typed), _MOST_UNITS))
        if typed.isascii()
        else False
    )


def count_initials(spelling: Spelling) -> int:
    """Count the parts of a spelling that are only the first letters of a syllable."""
    return sum(unit not in _characters_by_syllable() for unit in spelling)


@lru_cache(maxsize=256)
def _split_units(typed: str, max_units: int) -> list[Spelling]:
    """Return the ways to split letters into syllables and first letters; the last may be a syllable's beginning."""
    if not typed:
        return [()]
    if not max_units:
        return []
    beginnings = (typed[:size] for size in range(min(len(typed), _LONGEST_SYLLABLE), 0, -1))
    units = [beginning for beginning in beginnings if beginning in _characters_by_syllable()]
    units += [initial for initial in _INITIALS if typed.startswith(initial)]
    if len(typed) <= _LONGEST_SYLLABLE and typed not in units and characters_for(typed):
        units.append(typed)
    candidates = ((unit, *rest) for unit in units for rest in _split_units(typed[len(unit) :], max_units - 1))
    return sorted(candidates, key=lambda spelling: (count_initials(spelling), len(spelling)))[: 4 * _MOST_SPELLINGS]


def spelling_pattern(spelling: Spelling) -> str:
    """Return a regular expression that finds a spelling in folded text: a character class for each part."""
    return "".join(f"[{''.join(sorted(characters_for(unit)))}]" for unit in spelling)


def matches_spelling(word: str, spelling: Sequence[str]) -> bool:
    """Tell whether the characters of a word may have the readings in a spelling."""
    return len(word) == len(spelling) and all(
        character in characters_for(unit) for character, unit in zip(word, spelling, strict=True)
    )
