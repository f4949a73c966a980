"""The selected line of a list or page: a ground under it, on which its colours stay. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.drawing.theme import StyledLine, StyledSpan, Theme


def render_bar(spans: Sequence[StyledSpan], theme: Theme, *, strip: int = 0) -> StyledLine:
    """Return a line with the bar on it, whose sign takes the first cell.

    Where the bar is drawn in reverse, the first `strip` spans keep their colours, and stay out of it.
    """
    kept = strip if theme.palette.flat_grounds else 0
    first = "accent strong" if theme.palette.flat_grounds else "bar accent"
    line: StyledLine = [(theme.signs.bar, first), *spans[:kept]]
    return [*line, *((text, f"bar {role}".rstrip()) for text, role in spans[kept:]), ("\n", "bar")]
