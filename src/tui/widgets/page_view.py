"""A page read line by line, with a bar on the line that keys act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.drawing.bar import render_bar
from tui.drawing.scroll import Scroll
from tui.widgets.lines import LineWidget

if TYPE_CHECKING:
    from tui.drawing.theme import StyledLine, Theme
    from tui.ticket.page_lines import PageLine


class PageView(LineWidget):
    """Lines with a selected one; `active` is False while the keys go to another column.

    `edge` is drawn left of every line, between this column and the one before it.
    """

    def __init__(self, *, theme: Theme, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(theme=theme, id=id)
        self.page_lines: list[PageLine] = []
        self.scroll = Scroll()
        self.active = True
        self.hides_bar = False  # while a text is edited here, which has the cursor
        self.edge = ""

    @property
    def current_line(self) -> PageLine | None:
        """The selected line, None on an empty page."""
        return self.page_lines[self.scroll.selected_index] if self.page_lines else None

    @property
    def page_width(self) -> int:
        """The width of the page's lines in cells."""
        return max((self.size.width or 80) - len(self.edge), 8)

    def draw(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - lines come wrapped
        self.scroll.resize(len(self.page_lines), height)
        lines = [self._format_line(n) for n in self.scroll.visible_range]
        if len(lines) == height > 1 and self.page_lines[self.scroll.visible_range[-1]].section:
            lines[-1] = []  # the head of a section is never shown without its first line
        if not self.edge:
            return lines
        return [[(self.edge, "faint"), *line] for line in [*lines, *[[]] * (height - len(lines))]]

    def _format_line(self, number: int) -> StyledLine:
        line = self.page_lines[number]
        is_selected = self.active and number == self.scroll.selected_index
        if is_selected and not self.hides_bar and not line.is_passed_over:
            return render_bar(line.spans, self.theme, words=slice(line.strip, None))
        return line.spans if line.section else [(line.mark, "info" if line.mark != " " else ""), *line.spans]

    # --- moving -----------------------------------------------------------------------------------------------------

    def move_by(self, delta: int) -> None:
        """Move by `delta` lines, and on over lines where the bar does not rest."""
        target = self.scroll.selected_index + delta
        while 0 <= target < len(self.page_lines) and self.page_lines[target].is_passed_over:
            target += 1 if delta > 0 else -1
        if 0 <= target < len(self.page_lines):
            self.scroll.move_to(target)
        elif target < 0:
            self.scroll.top = 0

    def rest(self, height: int = 0) -> None:
        """Move the bar down to the next line where it may rest, else up to the last one; `height` is the view's."""
        lines, scroll = self.page_lines, self.scroll
        scroll.resize(len(lines), height or scroll.height)
        resting = [n for n, line in enumerate(lines) if not line.is_passed_over]
        if not resting or scroll.selected_index in resting:
            return
        scroll.move_to(next((n for n in resting if n >= scroll.selected_index), resting[-1]))
        if scroll.selected_index == resting[0]:
            scroll.top = 0

    def move_section(self, delta: int) -> bool:
        """Move to the next section, or to the one before; return False at the ends."""
        heads = [n for n, line in enumerate(self.page_lines) if line.section]
        current = max((n for n in heads if n <= self.scroll.selected_index), default=-1)
        found = [n for n in heads if n > current] if delta > 0 else [n for n in reversed(heads) if n < current]
        if not found:
            return False
        head = found[0]
        self.scroll.move_to(min(head + 1, len(self.page_lines) - 1))
        self.scroll.top = max(min(head, len(self.page_lines) - self.scroll.height), 0)
        self.rest()
        return True
