"""Bars, sparklines and rates with their intervals, drawn in terminal cells. Pure.

There are two sets of signs: one whose signs take one cell in every terminal, and ASCII.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct


class BarSigns(Struct, frozen=True):
    """A set of signs. `eighths` are the ends of a bar within a cell, shortest first; the last one is a full cell."""

    track: str
    interval: str
    rate: str
    expected: str
    eighths: str
    levels: str  # of a sparkline, lowest first; empty if it is drawn in Braille dots, two values per cell


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
    """Draw a rate between 0 and 1 on an axis of `cells` cells, with its interval and the expected rate."""
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
    """Draw a bar that fills `share` of `cells` cells; a share above 0 is drawn at least one step long."""
    steps = len(signs.eighths)
    length = min(round(max(share, 0) * cells * steps), cells * steps)
    whole, rest = divmod(max(length, 1) if share > 0 else 0, steps)
    return signs.eighths[-1] * whole + (signs.eighths[rest - 1] if rest else "")


_DOT_LEVELS = 4  # dots in half a cell
_LEFT_DOTS, _RIGHT_DOTS = (0x00, 0x40, 0x44, 0x46, 0x47), (0x00, 0x80, 0xA0, 0xB0, 0xB8)  # by level; 0: no dot
_NO_DOTS = 0x2800


def draw_spark(values: Sequence[float | None], signs: BarSigns) -> str:
    """Draw values scaled from the lowest to the highest, one per cell (two per cell in dots); a blank for None."""
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
