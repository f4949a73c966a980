"""The selected line of a list, and the part of the list in view. Pure.

The view jumps by half a page when the selection leaves it: a held key then causes nine times fewer repaints.
"""

from __future__ import annotations

from msgspec import Struct


class Scroll(Struct):
    """A list of `count` lines, with `selected_index`, and a view of `height` lines beginning at `top`."""

    count: int = 0
    selected_index: int = 0
    top: int = 0
    height: int = 1

    def resize(self, count: int, height: int) -> None:
        """Set the number of lines and the height of the view; the selection stays inside both."""
        was_drawn, self.count, self.height = self.height > 1, count, max(height, 1)
        if not was_drawn and self.selected_index < self.height:
            self.top = 0  # the first time there is a view, begin at the top if that shows the selection
        self.selected_index = max(min(self.selected_index, count - 1), 0)
        self._keep_visible()

    def move_by(self, delta: int) -> None:
        self.move_to(self.selected_index + delta)

    def move_to(self, index: int) -> None:
        """Select a line."""
        self.selected_index = max(min(index, self.count - 1), 0)
        self._keep_visible()

    def move_pages(self, pages: float) -> None:
        """Move selection and view by pages, or fractions of them."""
        delta = int(pages * self.height) or (1 if pages > 0 else -1)
        self.top += delta
        self.move_by(delta)

    def _keep_visible(self) -> None:
        half = max(self.height // 2, 1)
        if self.selected_index < self.top:
            self.top = max(self.selected_index - self.height + half, 0)
            self.top = min(self.top, self.selected_index)
        elif self.selected_index >= self.top + self.height:
            self.top = self.selected_index - half if self.height > 1 else self.selected_index
        self.top = max(min(self.top, self.count - self.height), 0)

    @property
    def visible_range(self) -> range:
        """The indexes of the lines in view."""
        return range(self.top, min(self.top + self.height, self.count))
