"""A long text being written where it stands in a page: its lines with the cursor in them. Knows no widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.tui import cells
from fenji.tui.page import PageLine
from fenji.tui.writing import Writing

if TYPE_CHECKING:
    from fenji.ticket import Ticket
    from fenji.tui.look import Line

MARGIN = 3


class TextEdit:
    """The text of `leaf` while it is written: begun on the ticket `seen`, or on what was typed before (`draft`)."""

    def __init__(self, leaf: str, seen: Ticket, draft: str | None) -> None:
        held = seen.word(leaf)
        self.leaf = leaf
        self.seen = seen
        self.resumed = draft is not None and draft != held
        self.writing = Writing(held if draft is None else draft, many=True)
        self._held = held

    @property
    def text(self) -> str:
        """What would be saved."""
        return self.writing.text.rstrip()

    @property
    def changed(self) -> bool:
        return self.text != self._held

    def lines(self, title: str, width: int) -> list[PageLine]:
        """The head, and the rows of the text with the cursor, for a page of that width."""
        room = max(width - MARGIN - 3, 8)
        self.writing.width = room
        spot = self.writing.spot(room)
        found = [PageLine([(" ", ""), (f"{title}:", "title")], self.leaf)]
        for n, row in enumerate(self.writing.rows(room)):
            found.append(PageLine(with_cursor(row, spot.cell if n == spot.row else -1), self.leaf))
        return found

    @property
    def place(self) -> tuple[int, int]:
        """The line (0 is the head) and cell of the cursor."""
        spot = self.writing.spot(self.writing.width)
        return spot.row + 1, spot.cell + MARGIN + 1


def with_cursor(row: str, cursor: int) -> Line:
    """A row of text with the grapheme at cell `cursor` standing out; a negative one leaves it as it is."""
    margin = (" " * MARGIN, "")
    if cursor < 0:
        return [margin, (row, "")]
    before, under, after, passed = "", "", "", 0
    for piece, size in cells.graphemes(row):
        if passed < cursor:
            before += piece
        elif not under:
            under = piece
        else:
            after += piece
        passed += size
    return [margin, (before, ""), (under or " ", "cursor"), (after, "")]
