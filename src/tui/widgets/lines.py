"""The base of all widgets: it is made of lines, and repaints only the cells that changed.

A stock widget repaints its whole region at any change; over a slow link that is kilobytes for one key.
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

from tui.drawing.cells import graphemes

if TYPE_CHECKING:
    from tui.drawing.theme import Palette, StyledLine, StyledSpan, Theme

StyledCell = tuple[str, Style | None]
_WIDE_TAIL: StyledCell = ("", None)  # the right half of a wide character


class LineWidget(Widget, can_focus=False):
    """A region of lines: a subclass returns them from `draw`; call `redraw` when they may have changed."""

    def __init__(self, *, theme: Theme, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.theme = theme
        self._strips: list[Strip] = []
        # Lines drawn over those of this widget, by their row on the screen.
        self.overlay_lines: Mapping[int, StyledLine] = {}

    def draw(self, width: int, height: int) -> Sequence[StyledLine]:
        """Return the current lines for a region of that size; missing ones are blank."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw the lines again, and repaint only what differs."""
        width, height = self.size
        if not width or not height or not self.is_attached:
            return
        previous, self._strips = self._strips, self._build_strips(self.size)
        if len(previous) != height or any(strip.cell_length != width for strip in previous[:1]):
            self.refresh()
            return
        regions = [changed_region(old, new, y) for y, (old, new) in enumerate(zip(previous, self._strips, strict=True))]
        changed = [region for region in regions if region]
        if changed:
            self.refresh(*changed)

    def _build_strips(self, size: Size) -> list[Strip]:
        lines = list(self.draw(size.width, size.height))[: size.height]
        blank: StyledLine = []
        strips = [
            render_strip(drawn_line, size.width, self.theme)
            for drawn_line in chain(lines, [blank] * (size.height - len(lines)))
        ]
        left, top = self.region.offset
        for y, line in self.overlay_lines.items():
            if 0 <= y - top < size.height:
                full_strip = render_strip(line, self.screen.size.width, self.theme)
                strips[y - top] = full_strip.crop(left, left + size.width)
        return strips

    def on_resize(self) -> None:
        """Redraw everything at a new size."""
        self._strips = []
        self.redraw()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines as they are, without Textual's styling of every cell."""
        if len(self._strips) != self.size.height:
            self._strips = self._build_strips(self.size)
        x1, x2 = crop.column_span
        return [self._strips[y].crop(x1, x2) for y in crop.line_range]


def render_strip(line: StyledLine, width: int, theme: Theme) -> Strip:
    """Render the line in exactly `width` cells; a last span that is a newline sets the style of the padding."""
    return _render_cached_strip(tuple(line), width, theme.palette)


@lru_cache(maxsize=4096)
def _render_cached_strip(line: tuple[StyledSpan, ...], width: int, palette: Palette) -> Strip:
    # Most lines are unchanged from one redraw to the next: cached, they are neither rendered nor compared again.
    segments, used, filler = [], 0, None
    for text, role in line:
        style = palette.style(role)
        if text == "\n":
            filler = style
            continue
        segment = Segment(text, style)
        segments.append(segment)
        used += segment.cell_length
    if used < width:
        segments.append(Segment(" " * (width - used), filler))
    return Strip(segments).crop(0, width).simplify()


def changed_region(old: Strip, new: Strip, y: int) -> Region | None:
    """Return the part of line `y` that differs, never half a wide character; None if nothing does."""
    if old is new or old == new:
        return None
    old_cells, new_cells = _split_cells(old), _split_cells(new)
    if len(old_cells) != len(new_cells):  # a joiner that joins nothing: libraries disagree about its width
        return Region(0, y, max(old.cell_length, new.cell_length), 1)
    differing = [
        x for x, (old_cell, new_cell) in enumerate(zip(old_cells, new_cells, strict=True)) if old_cell != new_cell
    ]
    if not differing:
        return None
    first, last = differing[0], differing[-1]
    # A cut right after a combining mark would lose it or draw it twice, one inside a wide character would halve it.
    while first and (_WIDE_TAIL in (old_cells[first], new_cells[first]) or _ends_in_mark(new_cells, first)):
        first -= 1
    while last + 1 < len(new_cells) and (
        _WIDE_TAIL in (old_cells[last + 1], new_cells[last + 1]) or len(new_cells[last][0]) > 1
    ):
        last += 1
    return Region(first, y, last - first + 1, 1)


def _ends_in_mark(cells: Sequence[StyledCell], end: int) -> bool:
    """Return whether the last character before a cell has a combining mark."""
    text = next((text for text, _ in reversed(cells[:end]) if text), "")
    return len(text) > 1


def _split_cells(strip: Strip) -> list[StyledCell]:
    cells: list[StyledCell] = []
    for segment in strip:
        for text, size in graphemes(segment.text):
            if size:
                cells += [(text, segment.style), *[_WIDE_TAIL] * (size - 1)]
            elif cells:
                cells[-1] = (cells[-1][0] + text, cells[-1][1])
    return cells
