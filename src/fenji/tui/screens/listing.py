"""Moving in a list of lines, the same in every place that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.tui.screens.place import Place
from fenji.tui.scroll import Scroll
from fenji.tui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fenji.tui.kit import Kit
    from fenji.tui.look import Line


class Listing(Place):
    """A place with a bar to move. A subclass says which `scroll` the keys move."""

    @property
    def moving(self) -> Scroll:
        """What up and down move."""
        raise NotImplementedError

    def do_down(self) -> None:
        self.moving.move(1)

    def do_up(self) -> None:
        self.moving.move(-1)

    def do_half_down(self) -> None:
        self.moving.page(0.5)

    def do_half_up(self) -> None:
        self.moving.page(-0.5)

    def do_page_down(self) -> None:
        self.moving.page(1)

    def do_page_up(self) -> None:
        self.moving.page(-1)

    def do_top(self) -> None:
        self.moving.to(0)

    def do_bottom(self) -> None:
        self.moving.to(self.moving.count - 1)


class SheetListing(Listing):
    """A listing that draws its head and its list itself. A subclass says what stands in them."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.head = Sheet(self._head, look=kit.look, id="head")
        self.list = Sheet(self._list, look=kit.look, id="list")
        self._scroll = Scroll()

    def parts(self) -> ComposeResult:
        yield self.head
        yield self.list

    @property
    def moving(self) -> Scroll:
        return self._scroll

    def _head(self, width: int, height: int) -> list[Line]:
        """The three lines at the top."""
        raise NotImplementedError

    def _list(self, width: int, height: int) -> list[Line]:
        """The lines below, as many as are seen."""
        raise NotImplementedError
