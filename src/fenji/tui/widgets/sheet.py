"""A region whose lines a screen draws itself: heads, previews, forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fenji.tui.look import Line, Look
from fenji.tui.widgets.lines import Lines

Drawing = Callable[[int, int], Sequence[Line]]


class Sheet(Lines):
    """Lines from a function of width and height."""

    def __init__(self, drawing: Drawing, *, look: Look, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(look=look, id=id)
        self._drawing = drawing

    def draw(self, width: int, height: int) -> Sequence[Line]:
        return self._drawing(width, height)
