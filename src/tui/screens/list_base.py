"""The base classes of screens with a list, which share the keys that move the selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.drawing.scroll import Scroll
from tui.screens.base import BaseScreen
from tui.widgets.canvas import Canvas

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.context import Context
    from tui.drawing.theme import StyledLine


class ListScreen(BaseScreen):
    """A screen with a movable selection; a subclass returns the scroll to move from `active_scroll`."""

    @property
    def active_scroll(self) -> Scroll:
        """The scroll that the moving keys act on."""
        raise NotImplementedError

    def do_down(self) -> None:
        self.active_scroll.move_by(1)

    def do_up(self) -> None:
        self.active_scroll.move_by(-1)

    def do_half_down(self) -> None:
        self.active_scroll.move_pages(0.5)

    def do_half_up(self) -> None:
        self.active_scroll.move_pages(-0.5)

    def do_page_down(self) -> None:
        self.active_scroll.move_pages(1)

    def do_page_up(self) -> None:
        self.active_scroll.move_pages(-1)

    def do_top(self) -> None:
        self.active_scroll.move_to(0)

    def do_bottom(self) -> None:
        self.active_scroll.move_to(self.active_scroll.count - 1)

    def do_history(self) -> None:
        """Show the history of the ticket in view or, without one, of the desk."""
        self.fenji_app.go_to("history", self.token)


class CanvasListScreen(ListScreen):
    """A list screen whose subclass draws the lines of header and list."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.header = Canvas(self._draw_head, theme=context.theme, id="head")
        self.list_view = Canvas(self._draw_list, theme=context.theme, id="list")
        self._scroll = Scroll()

    def compose_body(self) -> ComposeResult:
        yield self.header
        yield self.list_view

    @property
    def active_scroll(self) -> Scroll:
        return self._scroll

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:
        """Return the lines of the header."""
        raise NotImplementedError

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        """Return the lines in view below the header."""
        raise NotImplementedError
