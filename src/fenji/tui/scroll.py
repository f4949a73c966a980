"""Where the bar is in a list, and which part of the list is seen. Pure.

The view jumps by half a page when the bar leaves it: a held key then repaints nine times less.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Scroll:
    """`count` lines, the bar on line `bar`, the view of `height` lines beginning at `top`."""

    count: int = 0
    bar: int = 0
    top: int = 0
    height: int = 1

    def fit(self, count: int, height: int) -> None:
        """A new number of lines, or a new height of the view; the bar stays inside both."""
        self.count, self.height = count, max(height, 1)
        self.bar = max(min(self.bar, count - 1), 0)
        self._follow()

    def move(self, by: int) -> None:
        self.to(self.bar + by)

    def to(self, line: int) -> None:
        """Put the bar on a line."""
        self.bar = max(min(line, self.count - 1), 0)
        self._follow()

    def page(self, pages: float) -> None:
        """Move bar and view by pages, or halves of them."""
        by = int(pages * self.height) or (1 if pages > 0 else -1)
        self.top += by
        self.move(by)

    def _follow(self) -> None:
        half = max(self.height // 2, 1)
        if self.bar < self.top:
            self.top = max(self.bar - self.height + half, 0)
            self.top = min(self.top, self.bar)
        elif self.bar >= self.top + self.height:
            self.top = self.bar - half if self.height > 1 else self.bar
        self.top = max(min(self.top, self.count - self.height), 0)

    @property
    def seen(self) -> range:
        """The lines in view."""
        return range(self.top, min(self.top + self.height, self.count))
