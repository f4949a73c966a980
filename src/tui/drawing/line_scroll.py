"""The scroll of a list in which some lines cannot be selected: the heads of its groups. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tui.drawing.scroll import Scroll


class LineScroll(Scroll):
    """The scroll of `count` entries, each on its own line among `line_count` lines; `top` and `height` are in lines.

    `line_numbers` has the line of each entry, in order.
    """

    line_numbers: Sequence[int] = ()
    line_count: int = 0

    def lay_out(self, line_numbers: Sequence[int], line_count: int) -> None:
        """Set the line of each entry, and the number of lines."""
        self.line_numbers, self.line_count = line_numbers, line_count
        self.resize(len(line_numbers), self.height)

    @property
    def selected_line(self) -> int:
        """The line of the selected entry."""
        return self.line_numbers[self.selected_index] if self.line_numbers else 0

    @property
    def _first_needed_line(self) -> int:
        """The line of the selected entry, or of the head right above it."""
        index = self.selected_index
        above = self.line_numbers[index - 1] if index else -1
        return above + 1 if self.line_numbers else 0

    def move_pages(self, pages: float) -> None:
        """Move selection and view by pages of lines, or fractions of them."""
        delta = int(pages * self.height) or (1 if pages > 0 else -1)
        self.top += delta
        wanted = self.selected_line + delta
        if pages > 0:
            index = next((n for n, line in enumerate(self.line_numbers) if line >= wanted), self.count - 1)
        else:
            index = next((n for n in range(self.count - 1, -1, -1) if self.line_numbers[n] <= wanted), 0)
        self.move_to(index)

    def _keep_visible(self) -> None:
        half = max(self.height // 2, 1)
        first, line = min(self._first_needed_line, self.selected_line), self.selected_line
        if first < self.top:
            self.top = min(max(line - self.height + half, 0), first)
        if line >= self.top + self.height:
            self.top = line - half if self.height > 1 else line
        self.top = max(min(self.top, self.line_count - self.height), 0)

    @property
    def visible_range(self) -> range:
        """The numbers of the lines in view."""
        return range(self.top, min(self.top + self.height, self.line_count))
