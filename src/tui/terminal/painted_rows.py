"""The present content of each terminal row, so that a screen painted again sends only the rows that differ.

Textual lays a screen out several times before it is settled, and paints it whole each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate

from tui.terminal.sgr import render_segments, shows_on_blanks

if TYPE_CHECKING:
    from rich.console import Console
    from textual.geometry import Size
    from textual.strip import Strip


_ERASE_TO_END = "\x1b[K"


class PaintedRows:
    """The rows as they were last sent, by line; an unknown row is always painted."""

    def __init__(self) -> None:
        self._rows: dict[int, str] = {}

    def forget(self) -> None:
        """Forget all rows, so that everything is painted next time: the terminal may show anything by now."""
        self._rows.clear()

    def take_over(self, rows: Sequence[str]) -> None:
        """Note rows that were sent before the interface ran."""
        self._rows = dict(enumerate(rows))

    def track(self, update: CompositorUpdate, size: Size) -> CompositorUpdate:
        """Return an update that sends only what differs; `size` is that of the screen."""
        if isinstance(update, LayoutUpdate):
            return _ChangedRows(self, update)
        return _ChangedSpans(self, update, size.width) if isinstance(update, ChopsUpdate) else update

    def render_changed(self, y: int, x: int, strips: Iterable[Strip], console: Console) -> str:
        """Return the data to send for a whole row; `""` if the terminal shows it already."""
        text = render_whole_row(strips, console)
        if self._rows.get(y) == text:
            return ""
        self._rows[y] = text
        return f"{move_to(y, x)}{text}"

    def forget_row(self, y: int) -> None:
        """Forget a row of which only a part was sent."""
        self._rows.pop(y, None)


class _ChangedRows(CompositorUpdate):
    """A screen painted whole; only the rows that differ are sent."""

    def __init__(self, painted: PaintedRows, update: LayoutUpdate) -> None:
        self._painted, self._update = painted, update

    def render_segments(self, console: Console) -> str:
        region, rows = self._update.region, enumerate(self._update.strips, self._update.region.y)
        return "".join(self._painted.render_changed(y, region.x, strips, console) for y, strips in rows)


class _ChangedSpans(CompositorUpdate):
    """Parts of a screen; a whole row is sent only if it differs, any other part always."""

    def __init__(self, painted: PaintedRows, update: ChopsUpdate, width: int) -> None:
        self._painted, self._update, self._width = painted, update, width

    def render_segments(self, console: Console) -> str:
        update, parts = self._update, []
        for y, x1, x2 in update.spans:
            if (x1, x2) == (0, self._width):
                strips = [strip for strip in update.chops[y].values() if strip is not None]
                parts.append(self._painted.render_changed(y, 0, strips, console))
            else:
                self._painted.forget_row(y)
                parts.append(self._render_part(y, x1, x2, console))
        return "".join(parts)

    def _render_part(self, y: int, x1: int, x2: int, console: Console) -> str:
        """Return the cells of a row from `x1` up to `x2`; Textual itself would begin with a whole segment."""
        parts = []
        for end, (x, strip) in zip(self._update.chop_ends[y], self._update.chops[y].items(), strict=False):
            first, last = max(x, x1), min(end, x2)
            if strip is not None and first < last:
                render = render_whole_row if last == self._width else render_row
                parts.append(f"{move_to(y, first)}{render([strip.crop(first - x, last - x)], console)}")
        return "".join(parts)


def move_to(y: int, x: int) -> str:
    """Return the sequence that moves the cursor to a cell; `y` and `x` count from 0."""
    return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"


def render_whole_row(strips: Iterable[Strip], console: Console) -> str:
    """Return a row up to the right edge as it is sent: the blanks at its end are erased instead of written."""
    segments = list(chain.from_iterable(strips))
    if segments and not shows_on_blanks(segments[-1].style):
        text, style, control = segments.pop()
        shown = text.rstrip(" ")
        segments += (Segment(shown, style, control), Segment(text[len(shown) :]))
    rendered = render_segments(segments, console._color_system)
    shown = rendered.rstrip(" ")
    return f"{shown}{_ERASE_TO_END}" if len(rendered) - len(shown) > len(_ERASE_TO_END) else rendered


def render_row(strips: Iterable[Strip], console: Console) -> str:
    """Return a part of a row as it is sent."""
    return render_segments(chain.from_iterable(strips), console._color_system)
