"""Bars, sparklines and rates within their intervals, drawn in the cells of a terminal. Pure.

Two sets of signs: blocks, some of which take two cells in a Chinese terminal, and ASCII. Whoever draws has asked the
terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class BarSigns:
    """The signs of one set. `eighths`: bars that end within a cell, the shortest first, the last one full."""

    track: str
    interval: str
    rate: str
    expected: str
    eighths: str
    levels: str  # of a sparkline, the least first


BLOCKS = BarSigns("╌", "╍", "◉", "╏", "▏▎▍▌▋▊▉█", "▁▂▃▄▅▆▇█")
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


def draw_spark(values: Sequence[float | None], signs: BarSigns) -> str:
    """Draw a cell for each value, from the least to the greatest of them; a blank where there is none."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    least, greatest, top = min(known), max(known), len(signs.levels) - 1
    span = greatest - least
    return "".join(
        " " if value is None else signs.levels[round((value - least) / span * top) if span else top // 2]
        for value in values
    )
