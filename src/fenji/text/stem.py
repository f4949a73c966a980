"""The stem of an English word, by M. F. Porter's algorithm (Program 14/3, 1980). Pure; knows no other language."""

from __future__ import annotations

import re
from functools import lru_cache

_STEP_2 = {
    "ational": "ate",
    "tional": "tion",
    "enci": "ence",
    "anci": "ance",
    "izer": "ize",
    "abli": "able",
    "alli": "al",
    "entli": "ent",
    "eli": "e",
    "ousli": "ous",
    "ization": "ize",
    "ation": "ate",
    "ator": "ate",
    "alism": "al",
    "iveness": "ive",
    "fulness": "ful",
    "ousness": "ous",
    "aliti": "al",
    "iviti": "ive",
    "biliti": "ble",
}
_STEP_3 = {"icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": ""}
_STEP_4 = (
    *("ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize"),
    *("ion", "al", "er", "ic", "ou"),
)
_SEQUENCES = re.compile("v+c+")


def _shape(word: str) -> str:
    """Return `c` or `v` for each letter; y is a vowel after a consonant."""
    shape = ""
    for letter in word:
        vowel = letter in "aeiou" or (letter == "y" and shape.endswith("c"))
        shape += "v" if vowel else "c"
    return shape


def _measure(word: str) -> int:
    return len(_SEQUENCES.findall(_shape(word)))


def _ends_short(word: str) -> bool:
    """Tell whether a word ends in consonant, vowel and a consonant other than w, x and y, as `hop` does."""
    return _shape(word).endswith("cvc") and word[-1] not in "wxy"


def _ends_doubled(word: str) -> bool:
    return word[-1:] == word[-2:-1] and _shape(word).endswith("cc")


def _strip_plural(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _strip_past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) else word
    stem = next((word[: -len(end)] for end in ("ed", "ing") if word.endswith(end)), word)
    if stem == word or "v" not in _shape(stem):
        return word
    if stem.endswith(("at", "bl", "iz")):
        return stem + "e"
    if _ends_doubled(stem) and stem[-1] not in "lsz":
        return stem[:-1]
    return stem + "e" if _measure(stem) == 1 and _ends_short(stem) else stem


def _replace_ending(word: str, endings: dict[str, str]) -> str:
    end = next((end for end in sorted(endings, key=len, reverse=True) if word.endswith(end)), "")
    stem = word[: len(word) - len(end)]
    return stem + endings[end] if end and _measure(stem) else word


def _cut_ending(word: str) -> str:
    end = next((end for end in _STEP_4 if word.endswith(end)), "")
    stem = word[: len(word) - len(end)]
    if not end or _measure(stem) < 2 or (end == "ion" and not stem.endswith(("s", "t"))):
        return word
    return stem


def _tidy(word: str) -> str:
    stem = word[:-1]
    if word.endswith("e") and (_measure(stem) > 1 or (_measure(stem) == 1 and not _ends_short(stem))):
        word = stem
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word


@lru_cache(maxsize=1 << 15)
def stem(word: str) -> str:
    """Return the stem of a word in lower-case ASCII letters; a word under three letters is its own stem."""
    if len(word) < 3:
        return word
    word = _strip_past(_strip_plural(word))
    if word.endswith("y") and "v" in _shape(word[:-1]):
        word = word[:-1] + "i"
    return _tidy(_cut_ending(_replace_ending(_replace_ending(word, _STEP_2), _STEP_3)))
