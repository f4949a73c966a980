"""A page to read line by line: a mark in the margin shows the line that keys act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.tui.scroll import Scroll
from fenji.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from fenji.tui.look import Line, Look
    from fenji.tui.page import PageLine


class PageView(Lines):
    """Lines with a bar. `active` is off while another column has the keys."""

    def __init__(self, *, look: Look, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(look=look, id=id)
        self.page: list[PageLine] = []
        self.scroll = Scroll()
        self.active = True

    @property
    def line(self) -> PageLine | None:
        """The line under the bar."""
        return self.page[self.scroll.bar] if self.page else None

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002 - lines come wrapped
        self.scroll.fit(len(self.page), height)
        return [self._drawn_line(n) for n in self.scroll.seen]

    def _drawn_line(self, number: int) -> Line:
        mark = ">" if self.active and number == self.scroll.bar else " "
        return [(mark, "title"), *self.page[number].spans]
