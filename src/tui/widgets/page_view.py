"""A page read line by line, with a marker in the margin at the line that keys act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.scroll import Scroll
from tui.widgets.lines import LineWidget

if TYPE_CHECKING:
    from tui.theme import StyledLine, Theme
    from tui.ticket_page import PageLine


class PageView(LineWidget):
    """Lines with a selected one; `active` is False while the keys go to another column."""

    def __init__(self, *, theme: Theme, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(theme=theme, id=id)
        self.page_lines: list[PageLine] = []
        self.scroll = Scroll()
        self.active = True

    @property
    def current_line(self) -> PageLine | None:
        """The selected line, None on an empty page."""
        return self.page_lines[self.scroll.selected_index] if self.page_lines else None

    def draw(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - lines come wrapped
        self.scroll.resize(len(self.page_lines), height)
        return [self._format_line(n) for n in self.scroll.visible_range]

    def _format_line(self, number: int) -> StyledLine:
        mark = ">" if self.active and number == self.scroll.selected_index else " "
        return [(mark, "strong"), *self.page_lines[number].spans]
