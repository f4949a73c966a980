"""A widget whose lines the screen draws itself: headers, previews, forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.drawing.theme import StyledLine, Theme
from tui.widgets.lines import LineWidget

DrawFunction = Callable[[int, int], Sequence[StyledLine]]


class Canvas(LineWidget):
    """A widget that shows the lines returned by a function of width and height."""

    def __init__(self, draw_lines: DrawFunction, *, theme: Theme, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(theme=theme, id=id)
        self._draw_lines = draw_lines

    def draw(self, width: int, height: int) -> Sequence[StyledLine]:
        return self._draw_lines(width, height)
