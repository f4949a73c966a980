"""Convert text and values for a screen or for JSON."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from fenji.model.values import Value

# C0 except tab and newline, DEL, C1, line and paragraph separators, bidi controls, and everything that Unicode lets a
# display ignore: soft hyphens, fillers, joiners, zero-width, tag and format characters, variation selectors.
_UNSEEN = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"
)
_PLAIN_EMOJI = "#*0123456789\u203c\u2049\u3030\u303d"  # emoji that Unicode counts as punctuation or digits
_UNSAFE = re.compile(f"[{_UNSEEN}]")


def sanitize(text: str) -> str:
    """Make text safe for a terminal: control, escape, bidi and invisible characters become marks such as `<1B>`.

    The variation selectors for the coloured and the plain form are kept after an emoji, where they have an effect.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_mark, text)


def _mark(match: re.Match[str]) -> str:
    letter, before = match[0], match.string[max(match.start() - 1, 0) : match.start()]
    if letter in "\ufe0e\ufe0f" and before and (before in _PLAIN_EMOJI or unicodedata.category(before).startswith("S")):
        return letter
    return f"<{ord(letter):02X}>"


JsonValue: TypeAlias = "str | int | float | list[JsonValue] | dict[str, JsonValue] | None"


def to_json_value(value: Value) -> JsonValue:
    """Convert a value for JSON: instants as ISO text, decimals as numbers."""
    if isinstance(value, Mapping):
        return {key: to_json_value(item) for key, item in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, str | int) else list(map(to_json_value, value))
