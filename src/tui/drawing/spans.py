"""Lines of styled spans: their width, padding and cutting. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.drawing import cells

if TYPE_CHECKING:
    from tui.drawing.theme import StyledLine, Theme


def line_width(line: StyledLine) -> int:
    """Return the cells that a line takes."""
    return sum(cells.width(text) for text, _ in line if text != "\n")


def pad_line(line: StyledLine, width: int) -> StyledLine:
    """Return the line filled with blanks to `width` cells; a last newline gives them its role."""
    filler = line[-1][1] if line and line[-1][0] == "\n" else ""
    spans = [span for span in line if span[0] != "\n"]
    return [*spans, (" " * max(width - line_width(spans), 0), filler)]


def cut_line(spans: StyledLine, width: int, theme: Theme) -> StyledLine:
    """Return the line cut to `width` cells, with the sign of what was left out."""
    line: StyledLine = []
    for text, role in spans:
        room = width - line_width(line)
        if cells.width(text) > room:
            return [*line, (cells.truncate(text, room, theme.signs.ellipsis), role)] if room > 0 else line
        line.append((text, role))
    return line
