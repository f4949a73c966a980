"""The filled line at the top of a screen: what it is at the left, where one stands at the right. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.drawing import cells

if TYPE_CHECKING:
    from tui.drawing.theme import StyledLine, StyledSpan, Theme


def render_head_line(left: Sequence[StyledSpan], right: Sequence[StyledSpan], width: int, theme: Theme) -> StyledLine:
    """Return a line on the ground of the head; the left is cut where both do not fit."""
    available = max(width - sum(cells.width(text) for text, _ in right), 0)
    line: StyledLine = []
    for text, role in left:
        shown = cells.truncate(text, available, theme.signs.ellipsis)
        line.append((shown, f"head {role}".rstrip()))
        available -= cells.width(shown)
    return [
        *line,
        (" " * available, "head"),
        *((text, f"head {role}".rstrip()) for text, role in right),
        ("\n", "head"),
    ]
