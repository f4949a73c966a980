"""Lines of styled spans: their width, padding and cutting. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.drawing import cells

if TYPE_CHECKING:
    from tui.drawing.theme import StyledLine, Theme

_MAX_ROWS, _MAX_NARROW_ROWS = 3, 6  # rows of a wrapped text
_NARROW_WIDTH = 60


def line_width(line: StyledLine) -> int:
    """Return the width of a line in cells."""
    return sum(cells.width(text) for text, _ in line if text != "\n")


def pad_line(line: StyledLine, width: int) -> StyledLine:
    """Return the line filled with blanks to `width` cells; a newline span at its end gives them its role."""
    filler = line[-1][1] if line and line[-1][0] == "\n" else ""
    spans = [span for span in line if span[0] != "\n"]
    return [*spans, (" " * max(width - line_width(spans), 0), filler)]


def wrap_text(text: str, role: str, width: int, theme: Theme) -> list[StyledLine]:
    """Return a text in rows of `width` cells: at most three, or six on a narrow screen, the last one cut at a word."""
    limit = _MAX_ROWS if width >= _NARROW_WIDTH else _MAX_NARROW_ROWS
    room = max(width - 2, 8)
    rows = cells.wrap(text, room)
    if len(rows) > limit:
        ellipsis = theme.signs.ellipsis
        rows = [*rows[: limit - 1], f"{cells.wrap(rows[limit - 1], room - cells.width(ellipsis) - 1)[0]} {ellipsis}"]
    return [[(f" {row}", role)] for row in rows]


def cut_line(spans: StyledLine, width: int, theme: Theme) -> StyledLine:
    """Return the line cut to `width` cells, with an ellipsis if something was left out."""
    line: StyledLine = []
    for text, role in spans:
        room = width - line_width(line)
        if cells.width(text) > room:
            return [*line, (cells.truncate(text, room, theme.signs.ellipsis), role)] if room > 0 else line
        line.append((text, role))
    return line
