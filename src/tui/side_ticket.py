"""The selected ticket beside a wide list: its clocks, what is open, timeline, texts, product. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.preview import render_preview

if TYPE_CHECKING:
    from tui.preview import Preview
    from tui.theme import StyledLine


def render_side_ticket(preview: Preview, width: int, height: int) -> list[StyledLine]:
    """Return the ticket in `height` lines."""
    return render_preview(preview, width, height)
