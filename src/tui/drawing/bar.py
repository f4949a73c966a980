"""The bar on the selected line of a list or page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.drawing.theme import StyledLine, StyledSpan, Theme


def render_bar(
    spans: Sequence[StyledSpan], theme: Theme, *, words: slice = slice(None), to_edge: bool = True
) -> StyledLine:
    """Return a line with the bar: its sign in the first cell, then `spans` in their own colours on its ground.

    A bar drawn in reverse shows no colours, so it covers only the spans in `words`. With `to_edge` the ground extends
    to the end of the line.
    """
    is_flat = theme.palette.flat_grounds
    on_ground = range(len(spans))[words] if is_flat else range(len(spans))
    line: StyledLine = [(theme.signs.bar, "accent strong" if is_flat else "bar accent")]
    line += [(text, f"bar {role}".rstrip() if n in on_ground else role) for n, (text, role) in enumerate(spans)]
    fills = to_edge and (not is_flat or words.stop is None)
    return [*line, ("\n", "bar")] if fills else line
