"""The state of the board: which tickets it shows in which order, which is selected, and which are marked. Pure.

Reading the desk again changes the contents of rows, never their order or the selection: new tickets wait until they
are pulled in by `refresh`. Tickets are identified by uid throughout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from fenji.model.ticket import CLOSED_STATES
from tui.scroll import Scroll

if TYPE_CHECKING:
    from fenji.model.board import Board, Row
    from fenji.model.filters import RowFilter


class BoardModel:
    """The rows of the board with their filter, marks and selection."""

    def __init__(self, board: Board, parse: Callable[[str], RowFilter], query: str = "") -> None:
        self.board = board
        self._parse = parse
        self._filter = parse(query)
        self._row_by_uid: dict[str, Row] = {}  # every ticket as it was last read
        self.shown_uids: list[str] = []
        self.marked_uids: set[str] = set()
        self.closed_uids: set[str] = set()  # shown, but no longer open
        self.scroll = Scroll()
        self.counts_by_sign: Mapping[str, int] = {}  # open tickets by sign
        self.pending_count = 0  # tickets that fit the filter and are not shown yet
        self._remember(board.rows)
        self.refresh()

    # --- what is shown ------------------------------------------------------------------------------------------

    @property
    def query(self) -> str:
        """The filter as it was typed."""
        return self._filter.text

    @property
    def rows(self) -> list[Row]:
        """The rows in the order shown."""
        return [self._row_by_uid[uid] for uid in self.shown_uids]

    def row_at(self, index: int) -> Row:
        return self._row_by_uid[self.shown_uids[index]]

    @property
    def current_row(self) -> Row | None:
        """The selected row, None if the list is empty."""
        return self.row_at(self.scroll.selected_index) if self.shown_uids else None

    @property
    def selected_rows(self) -> tuple[Row, ...]:
        """The rows an action applies to: the marked ones in the order shown, else the current one."""
        marked = tuple(self._row_by_uid[uid] for uid in self.shown_uids if uid in self.marked_uids)
        return marked or ((self.current_row,) if self.current_row else ())

    def find_row(self, uid: str) -> Row | None:
        return self._row_by_uid.get(uid)

    # --- updates from the desk ----------------------------------------------------------------------------------

    def replace_board(self, board: Board, closed_rows: Iterable[Row] = ()) -> None:
        """Take in the board read again; `closed_rows` are shown tickets that are no longer open, as they are now."""
        self.board = board
        open_uids = {row.uid for row in board.rows}
        self.closed_uids = {uid for uid in self.shown_uids if uid not in open_uids}
        self._remember(board.rows)
        self._remember(closed_rows)
        self._update_counts()

    def update_rows(self, rows: Iterable[Row]) -> None:
        """Take in single tickets changed by an action; those it closed stay in place until the next `refresh`."""
        changed = {row.uid: row for row in rows}
        self._remember(changed.values())
        self.closed_uids |= {uid for uid, row in changed.items() if row.ticket.state in CLOSED_STATES}
        row_by_uid = {row.uid: row for row in self.board.rows} | changed
        self.board = replace(
            self.board, rows=tuple(row for uid, row in row_by_uid.items() if uid not in self.closed_uids)
        )
        self._update_counts()

    def _update_counts(self) -> None:
        """Count once for all drawing until something changes."""
        shown = set(self.shown_uids)
        self.counts_by_sign = Counter(row.sign for row in self.board.rows)
        self.pending_count = sum(row.uid not in shown and self._filter.matches(row) for row in self.board.rows)

    def _remember(self, rows: Iterable[Row]) -> None:
        self._row_by_uid.update((row.uid, row) for row in rows)

    # --- changes by keys ----------------------------------------------------------------------------------------

    def apply_filter(self, query: str) -> None:
        """Show the tickets that match. Raises Misused if the filter cannot be parsed, and then changes nothing."""
        self._filter = self._parse(query)
        self.refresh()

    def refresh(self, select: str = "") -> None:
        """Show the present tickets in order; the selection stays on its ticket, or moves to the uid `select`."""
        selected_uid = select or (self.shown_uids[self.scroll.selected_index] if self.shown_uids else "")
        self._row_by_uid = {row.uid: self._row_by_uid[row.uid] for row in self.board.rows}
        self.shown_uids = [row.uid for row in self.board.rows if self._filter.matches(self._row_by_uid[row.uid])]
        self.marked_uids &= set(self.shown_uids)
        self.closed_uids = set()
        self._update_counts()
        self.scroll.resize(len(self.shown_uids), self.scroll.height)
        if selected_uid in self.shown_uids:
            self.scroll.move_to(self.shown_uids.index(selected_uid))

    def toggle_mark(self) -> None:
        """Mark or unmark the selected ticket, and move one down."""
        if self.shown_uids:
            self.marked_uids ^= {self.shown_uids[self.scroll.selected_index]}
            self.scroll.move_by(1)

    def toggle_all_marks(self) -> None:
        """Mark all shown tickets, or unmark all if they are all marked."""
        self.marked_uids = set() if self.marked_uids >= set(self.shown_uids) else set(self.shown_uids)
