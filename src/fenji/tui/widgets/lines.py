"""The base of everything on the screen: a widget made of lines that repaints only the cells that changed.

A stock widget repaints its whole region at any change; over a thin link that is kilobytes for one key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from fenji.tui.cells import graphemes

if TYPE_CHECKING:
    from fenji.tui.look import Line, Look, Span

Cell = tuple[str, Style | None]
_TAIL: Cell = ("", None)  # the right half of a wide character


class Lines(Widget, can_focus=False):
    """A region of lines. A subclass says what stands in it (`draw`), and calls `show` when that may have changed."""

    def __init__(self, *, look: Look, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.look = look
        self._strips: list[Strip] = []
        self.over: Mapping[int, Line] = {}  # lines by their place on the screen that stand before what is drawn here

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """The lines that stand here now, in a region of that size; missing lines are blank."""
        raise NotImplementedError

    def show(self) -> None:
        """Bring the screen up to date with `draw`, sending only what differs."""
        width, height = self.size
        if not width or not height or not self.is_attached:
            return
        before, self._strips = self._strips, self._drawn(self.size)
        if len(before) != height or any(strip.cell_length != width for strip in before[:1]):
            self.refresh()
            return
        regions = [changed_part(old, new, y) for y, (old, new) in enumerate(zip(before, self._strips, strict=True))]
        changed = [region for region in regions if region]
        if changed:
            self.refresh(*changed)

    def _drawn(self, size: Size) -> list[Strip]:
        drawn = list(self.draw(size.width, size.height))[: size.height]
        blank: Line = []
        strips = [strip(one, size.width, self.look) for one in chain(drawn, [blank] * (size.height - len(drawn)))]
        left, top = self.region.offset
        for y, line in self.over.items():
            if 0 <= y - top < size.height:
                whole = strip(line, self.screen.size.width, self.look)
                strips[y - top] = whole.crop(left, left + size.width)
        return strips

    def on_resize(self) -> None:
        """A new size is drawn anew."""
        self._strips = []
        self.show()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they are, without the stock styling of every cell."""
        if len(self._strips) != self.size.height:
            self._strips = self._drawn(self.size)
        x1, x2 = crop.column_span
        return [self._strips[y].crop(x1, x2) for y in crop.line_range]


def strip(line: Line, width: int, look: Look) -> Strip:
    """The line in exactly `width` cells; the style of a last run that is a newline fills up the rest."""
    return _strip(tuple(line), width, look)


@lru_cache(maxsize=4096)
def _strip(line: tuple[Span, ...], width: int, look: Look) -> Strip:
    # Most lines of a screen are those of the screen before: kept, they are neither made nor compared again.
    segments, used, filler = [], 0, None
    for text, role in line:
        style = look.style(role)
        if text == "\n":
            filler = style
            continue
        segment = Segment(text, style)
        segments.append(segment)
        used += segment.cell_length
    if used < width:
        segments.append(Segment(" " * (width - used), filler))
    return Strip(segments).crop(0, width).simplify()


def changed_part(old: Strip, new: Strip, y: int) -> Region | None:
    """The part of line `y` that differs, never half a wide character."""
    if old is new or old == new:
        return None
    before, after = _cells(old), _cells(new)
    differing = [x for x, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    if not differing:
        return None
    first, last = differing[0], differing[-1]
    while first and _TAIL in (before[first], after[first]):
        first -= 1
    # A cut right behind a combining mark would lose it, and one in a wide character would halve it.
    while last + 1 < len(after) and (_TAIL in (before[last + 1], after[last + 1]) or len(after[last][0]) > 1):
        last += 1
    return Region(first, y, last - first + 1, 1)


def _cells(drawn: Strip) -> list[Cell]:
    found: list[Cell] = []
    for segment in drawn:
        for text, size in graphemes(segment.text):
            if size:
                found += [(text, segment.style), *[_TAIL] * (size - 1)]
            elif found:
                found[-1] = (found[-1][0] + text, found[-1][1])
    return found
