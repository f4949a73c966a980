"""The signs drawn between words. Each takes one cell in every terminal: its East Asian width is Neutral or Narrow.

A Chinese font may still draw `▸ ▴ ▾ ‹ › ✓ ✕ ∙ ⋯` two cells wide, so each of these is followed by a blank or the end
of the line.
"""

from __future__ import annotations

import os

from msgspec import Struct


class Signs(Struct, frozen=True):
    """One set of signs."""

    late: str = "!"
    risk: str = "~"
    held: str = "="
    met: str = "✓"
    question: str = "?"
    bar: str = "▐"  # the first cell of the selected row
    mark: str = "*"
    full: str = "╍"  # of a meter
    half: str = "╾"
    track: str = "╌"
    more: str = "▸"  # closed, more to come
    below: str = "▾"
    above: str = "▴"
    up: str = "▴"  # to be sent to the hub
    down: str = "▾"  # came in
    previous: str = "‹"
    next: str = "›"
    rate: str = "◉"
    expected: str = "╏"
    edge: str = "╎"  # today; the edge of a column
    done: str = "░"
    dot: str = "∙"  # between words; zero in a table
    ellipsis: str = "⋯"
    off: str = "✕"
    dash: str = "-"
    arrow: str = "▸"


UNICODE_SIGNS = Signs()
ASCII_SIGNS = Signs(
    met="x",
    bar=">",
    full="#",
    half="+",
    track=".",
    more=">",
    below="v",
    above="^",
    up="^",
    down="v",
    previous="<",
    next=">",
    rate="o",
    expected="|",
    edge=":",
    done="=",
    dot="-",
    ellipsis="~",
    off="x",
    arrow=">",
)
_TERMINALS_WITHOUT_SIGNS = ("", "dumb", "linux", "vt100")


def choose_signs(choice: str = "auto", *, plain: bool = False) -> Signs:
    """Return the signs for the setting `auto`, `fine` or `ascii`; `auto` is ASCII if terminal or locale needs it."""
    if plain or choice == "ascii":
        return ASCII_SIGNS
    if choice == "fine":
        return UNICODE_SIGNS
    locale = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := os.environ.get(name))), "")
    is_utf8 = "utf-8" in locale.lower() or "utf8" in locale.lower()
    has_signs = os.environ.get("TERM", "") not in _TERMINALS_WITHOUT_SIGNS
    return UNICODE_SIGNS if is_utf8 and has_signs else ASCII_SIGNS
