"""Moving in a list of lines, the same in every place that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.tui.screens.place import Place

if TYPE_CHECKING:
    from fenji.tui.scroll import Scroll


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
