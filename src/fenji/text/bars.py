"""Bars, sparklines and rates within their intervals, drawn in the cells of a terminal. Pure.

Two sets of signs: those that take one cell in every terminal, and ASCII.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct


class BarSigns(Struct, frozen=True):
    """The signs of one set. `eighths`: the ends of a bar within a cell, the shortest first, the last one full."""

    track: str
    interval: str
    rate: str
    expected: str
    eighths: str
    levels: str  # of a sparkline, the least first; none where two points are drawn in a cell of dots


NEUTRAL = BarSigns("╌", "╍", "◉", "╏", "╾╍", "")
ASCII = BarSigns(".", "#", "o", "|", "=", "123456789")


def draw_rate(
    rate: float,
    signs: BarSigns,
    *,
    cells: int,
    interval: tuple[float, float] | None = None,
    expected: float | None = None,
) -> str:
    """Draw a rate between 0 and 1 on an axis of so many cells, with its interval and what is expected of it."""
    line = [signs.track] * cells
    if interval:
        low, high = (_cell(end, cells) for end in interval)
        line[low : high + 1] = signs.interval * (high + 1 - low)
    if expected is not None:
        line[_cell(expected, cells)] = signs.expected
    line[_cell(rate, cells)] = signs.rate
    return "".join(line)


def _cell(share: float, cells: int) -> int:
    return min(max(round(share * (cells - 1)), 0), cells - 1)


def draw_bar(share: float, signs: BarSigns, *, cells: int) -> str:
    """Draw a bar as long as `share` is of so many cells; what is more than nothing is never drawn as nothing."""
    steps = len(signs.eighths)
    length = min(round(max(share, 0) * cells * steps), cells * steps)
    whole, rest = divmod(max(length, 1) if share > 0 else 0, steps)
    return signs.eighths[-1] * whole + (signs.eighths[rest - 1] if rest else "")


_DOT_LEVELS = 4  # of dots in half a cell
_LEFT_DOTS, _RIGHT_DOTS = (0x00, 0x40, 0x44, 0x46, 0x47), (0x00, 0x80, 0xA0, 0xB0, 0xB8)  # by the level, 0 for none
_NO_DOTS = 0x2800


def draw_spark(values: Sequence[float | None], signs: BarSigns) -> str:
    """Draw the values from the least to the greatest of them, a cell for each, or for two in dots; a blank for None."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    least, span = min(known), max(known) - min(known)
    count = len(signs.levels) or _DOT_LEVELS

    def level(value: float) -> int:
        """Return the level of a value, from 1."""
        return 1 + (round((value - least) / span * (count - 1)) if span else (count - 1) // 2)

    levels = [0 if value is None else level(value) for value in values]
    return "".join(f" {signs.levels}"[n] for n in levels) if signs.levels else _draw_dots(levels)


def _draw_dots(levels: Sequence[int]) -> str:
    padded = [*levels, *[0] * (len(levels) % 2)]
    pairs = zip(padded[::2], padded[1::2], strict=True)
    return "".join(
        chr(_NO_DOTS + _LEFT_DOTS[left] + _RIGHT_DOTS[right]) if left or right else " " for left, right in pairs
    )
