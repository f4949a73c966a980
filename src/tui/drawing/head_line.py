"""The filled line at the top of a screen: its subject at the left, position or status at the right. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.drawing import cells

if TYPE_CHECKING:
    from tui.drawing.theme import StyledLine, StyledSpan, Theme


def render_head_line(left: Sequence[StyledSpan], right: Sequence[StyledSpan], width: int, theme: Theme) -> StyledLine:
    """Return a line on the ground of the head; `left` is cut if both do not fit."""
    line = align_ends(left, right, width, theme)
    return [*((text, f"head {role}".rstrip()) for text, role in line), ("\n", "head")]


def align_ends(
    left: Sequence[StyledSpan], right: Sequence[StyledSpan], width: int, theme: Theme, *, ground: str = ""
) -> StyledLine:
    """Return a line with `left` and `right` at its ends and `ground` between; `left` is cut if both do not fit."""
    available = width - sum(cells.width(text) for text, _ in right)
    line: StyledLine = []
    for text, role in left:
        truncated = cells.truncate(text, max(available, 0), theme.signs.ellipsis)
        line.append((truncated, role))
        available -= cells.width(truncated)
    return [*line, (" " * max(available, 0), ground), *right]
