"""One-to-one folding of scripts, letter case and width: every character becomes exactly one, so offsets stay true.

Traditional and simplified characters stand in `simplified.tsv`, one simplified character for each, with variants that
matter for finding.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from fenji.text.tables import read_table


@cache
def simplified_characters() -> dict[str, str]:
    """Return traditional character or variant → the character that stands for both."""
    return dict(read_table("simplified"))


class _Table(dict[int, int]):
    """Code point → folded code point; characters are added as they occur."""

    def __missing__(self, code_point: int) -> int:
        self[code_point] = folded = ord(_fold_character(chr(code_point)))
        return folded


def _fold_character(character: str) -> str:
    """Fold a character to lower case and half width, without accents or CJK compatibility forms."""
    plain = unicodedata.normalize("NFKC", character).lower()
    if len(plain) != 1:
        plain = character
    base = unicodedata.normalize("NFD", plain)[0]
    if base.isascii() and base.isalpha():
        return base.lower()
    return simplified_characters().get(plain, plain)


_TABLE = _Table()


def fold(text: str) -> str:
    """Fold text for comparison: simplified, lower case, half width, no accents; the length stays the same."""
    return text.lower() if text.isascii() else text.translate(_TABLE)
