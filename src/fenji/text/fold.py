"""One-to-one folding of scripts, letter case and width: every character becomes exactly one, so offsets stay true.

The table `simplified.tsv` gives one simplified character for each traditional one, and for variants that matter in
search.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from fenji.text.tables import read_table


@cache
def simplified_characters() -> dict[str, str]:
    """Return a mapping: traditional character or variant → the simplified character that replaces it."""
    return dict(read_table("simplified"))


# Marks within a word that are not letters: accents, vowels of Hebrew and Arabic, tatweel; then also kana sound marks.
SILENT = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
)
MARKS = f"{SILENT}\u3099\u309a\uff9e\uff9f"
_DROPPED = re.compile(f"[{SILENT}]+")
# Letters without a Unicode decomposition, spelled out.
SPELLED = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
_SPELLED_TABLE = str.maketrans(SPELLED)
# Arabic letters that are often written for each other: alef with hamza or madda, teh marbuta, alef maksura.
_ARABIC_VARIANTS = {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ة": "ه", "ى": "ي", "ؤ": "و", "ئ": "ي", "ک": "ك", "ی": "ي"}


def spell_out(word: str) -> str:
    """Return the form in which a folded word is looked up: marks dropped, ligatures and the like spelled out.

    `㎏` is `kg`, `ﬁ` is `fi`, `ß` is `ss`, `œ` is `oe`; half-width kana join their sound marks. The length may change.
    """
    if word.isascii():
        return word
    return fold(_DROPPED.sub("", unicodedata.normalize("NFKC", word).casefold()).translate(_SPELLED_TABLE))


class _Table(dict[int, int]):
    """A table of code point → folded code point, filled as characters occur."""

    def __missing__(self, code_point: int) -> int:
        self[code_point] = folded = ord(_fold_character(chr(code_point)))
        return folded


def _fold_character(character: str) -> str:
    """Fold a character to lower case and half width, without accents or CJK compatibility forms; digits are ASCII."""
    plain = unicodedata.normalize("NFKC", character).lower()
    if len(plain) != 1:
        plain = character
    if plain.isdecimal():
        return str(unicodedata.decimal(plain))
    plain = _ARABIC_VARIANTS.get(plain, plain)
    base = unicodedata.normalize("NFD", plain)[0]
    if (base.isascii() or "α" <= base <= "ω") and base.isalpha():
        return base.lower()
    return simplified_characters().get(plain, plain)


_TABLE = _Table()


def fold(text: str) -> str:
    """Fold text for comparison: simplified, lower case, half width, no accents; the length stays the same."""
    return text.lower() if text.isascii() else text.translate(_TABLE)
