"""A long text edited in place on a ticket page: its lines with the cursor. Uses no widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.drawing import cells
from tui.ticket.page_lines import PageLine, SectionHead, TicketPage
from tui.writing.text_input import TextInput

if TYPE_CHECKING:
    from fenji.model.ticket import FieldPath, Ticket
    from tui.drawing.theme import StyledLine

MARGIN_WIDTH = 2


class TextEdit:
    """The text of `field_path` while it is edited, starting from `base_ticket` or from an earlier `draft`."""

    def __init__(self, field_path: FieldPath, base_ticket: Ticket, draft: str | None) -> None:
        original = base_ticket.word(field_path)
        self.field_path = field_path
        self.base_ticket = base_ticket
        self.from_draft = draft is not None and draft != original
        self.text_input = TextInput(original if draft is None else draft, multiline=True)
        self._original = original

    @property
    def text(self) -> str:
        """The text as it would be saved."""
        return self.text_input.text.rstrip()

    @property
    def changed(self) -> bool:
        return self.text != self._original

    def render(self, page: TicketPage, title: str) -> list[PageLine]:
        """Return the heading, and the rows of the text with the cursor, for a page of that width."""
        max_width = max(page.width - MARGIN_WIDTH - 3, 8)
        self.text_input.width = max_width
        position = self.text_input.cursor_position(max_width)
        lines = [SectionHead(title, key=self.field_path, field_path=self.field_path).render(page)]
        for n, row in enumerate(self.text_input.rows(max_width)):
            lines.append(PageLine(render_with_cursor(row, position.cell if n == position.row else -1), self.field_path))
        return lines

    @property
    def cursor_position(self) -> tuple[int, int]:
        """The line (0 is the heading) and cell of the cursor."""
        position = self.text_input.cursor_position(self.text_input.width)
        return position.row + 1, position.cell + MARGIN_WIDTH + 1


def render_with_cursor(row: str, cursor_cell: int) -> StyledLine:
    """Return a row of text with the grapheme at `cursor_cell` highlighted; none if that is negative."""
    margin = (" " * MARGIN_WIDTH, "")
    if cursor_cell < 0:
        return [margin, (row, "")]
    before, under, after, cell = "", "", "", 0
    for piece, width in cells.graphemes(row):
        if cell < cursor_cell:
            before += piece
        elif not under:
            under = piece
        else:
            after += piece
        cell += width
    return [margin, (before, ""), (under or " ", "cursor"), (after, "")]
