"""The bar on the selected row. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.drawing.theme import StyledLine, StyledSpan, Theme


def put_bar(spans: list[StyledSpan], theme: Theme, *, words: slice = slice(None), is_whole: bool = True) -> StyledLine:
    """Return a row with the bar: its sign in the first cell, then `spans` on its ground, which keep their colours.

    Where the ground takes the colours away, only the spans `words` are on it. `is_whole`: to the end of the line.
    """
    is_flat = theme.palette.flat_grounds
    on_ground = range(len(spans))[words] if is_flat else range(len(spans))
    line: StyledLine = [(theme.signs.bar, "accent" if is_flat else "bar accent")]
    line += [(text, f"bar {role}".strip() if n in on_ground else role) for n, (text, role) in enumerate(spans)]
    return [*line, ("\n", "bar")] if is_whole and not is_flat else line
