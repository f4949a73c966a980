"""Meters, section lines and pills: the pieces that several screens draw. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.drawing import cells

if TYPE_CHECKING:
    from tui.drawing.signs import Signs
    from tui.drawing.theme import StyledLine, StyledSpan, Theme

_ROLE_BY_SIGN = {"!": "late", "~": "risk", "=": "dim"}


def split_meter(used: float, width: int, signs: Signs) -> tuple[str, str]:
    """Return the filled part and the track of a meter of `width` cells; `used` is the share of the promise used.

    It has two steps a cell, is never empty once the clock has started, and full only when the promise has run out.
    """
    steps = 2 * width
    filled = steps if used >= 1 else min(max(round(used * steps), 1 if used > 0 else 0), steps - 1)
    whole, half = divmod(filled, 2)
    return signs.full * whole + signs.half * half, signs.track * (width - whole - half)


def meter_role(sign: str, *, is_met: bool = False) -> str:
    """Return the role of a meter: `good` for a met promise, else by the sign of the row (`!`, `~`, `=`, or none)."""
    return "good" if is_met else _ROLE_BY_SIGN.get(sign, "accent")


def section_line(name: str, width: int, theme: Theme, *, count: int | None = None, right: str = "") -> StyledLine:
    """Return `Timeline 9            Y copies`, underlined over its whole width; `right` is never cut."""
    title = name if count is None else f"{name} {count}"
    room = max(width - cells.width(right) - bool(right), 0)
    title = cells.truncate(title, room, theme.signs.ellipsis)
    return [
        (title, "section"),
        (" " * (width - cells.width(title) - cells.width(right)), "rule"),
        *([(right, "rule")] if right else []),
    ]


def pill(text: str, role: str) -> StyledSpan:
    """Return the text with one blank on each side, all in the role's own ground."""
    return (f" {text} ", role)
