"""Which tickets the board shows, in which order, where the bar is, and which are marked. Pure.

Reading the desk anew changes what stands in the rows, never their order or the bar: what is new waits until it is
pulled in. Tickets are known by their uid throughout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from fenji.model.ticket import CLOSED_STATES
from tui.scroll import Scroll

if TYPE_CHECKING:
    from fenji.model.board import Board, Row, RowFilter


class BoardModel:
    """The list behind the board."""

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
        """The filter as it was written."""
        return self._filter.text

    @property
    def rows(self) -> list[Row]:
        """The rows in the order shown."""
        return [self._row_by_uid[uid] for uid in self.shown_uids]

    def row_at(self, index: int) -> Row:
        return self._row_by_uid[self.shown_uids[index]]

    @property
    def current_row(self) -> Row | None:
        """The row under the bar."""
        return self.row_at(self.scroll.selected_index) if self.shown_uids else None

    @property
    def selected_rows(self) -> tuple[Row, ...]:
        """What an act applies to: the marked rows in the order shown, else the one under the bar."""
        marked = tuple(self._row_by_uid[uid] for uid in self.shown_uids if uid in self.marked_uids)
        return marked or ((self.current_row,) if self.current_row else ())

    def find_row(self, uid: str) -> Row | None:
        return self._row_by_uid.get(uid)

    # --- what is known ------------------------------------------------------------------------------------------

    def replace_board(self, board: Board, closed_rows: Iterable[Row] = ()) -> None:
        """The desk was read anew; `moved` are shown tickets that are no longer open, as they are now."""
        self.board = board
        open_uids = {row.uid for row in board.rows}
        self.closed_uids = {uid for uid in self.shown_uids if uid not in open_uids}
        self._remember(board.rows)
        self._remember(closed_rows)
        self._update_counts()

    def update_rows(self, rows: Iterable[Row]) -> None:
        """Single tickets as they are after an act; those it closed stay in place until the next pull."""
        changed = {row.uid: row for row in rows}
        self._remember(changed.values())
        self.closed_uids |= {uid for uid, row in changed.items() if row.ticket.state in CLOSED_STATES}
        row_by_uid = {row.uid: row for row in self.board.rows} | changed
        self.board = replace(
            self.board, rows=tuple(row for uid, row in row_by_uid.items() if uid not in self.closed_uids)
        )
        self._update_counts()

    def _update_counts(self) -> None:
        """Count once for all drawings until something changes."""
        shown = set(self.shown_uids)
        self.counts_by_sign = Counter(row.sign for row in self.board.rows)
        self.pending_count = sum(row.uid not in shown and self._filter.matches(row) for row in self.board.rows)

    def _remember(self, rows: Iterable[Row]) -> None:
        self._row_by_uid.update((row.uid, row) for row in rows)

    # --- what a key changes -------------------------------------------------------------------------------------

    def apply_filter(self, query: str) -> None:
        """Show what fits the filter. Raises Misused where it cannot be read, and shows what it showed."""
        self._filter = self._parse(query)
        self.refresh()

    def refresh(self, select: str = "") -> None:
        """Show what is there now, in order; the bar stays on its ticket, or goes to the one with that uid."""
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
        """Mark what is under the bar, or take the mark back, and go one down."""
        if self.shown_uids:
            self.marked_uids ^= {self.shown_uids[self.scroll.selected_index]}
            self.scroll.move_by(1)

    def toggle_all_marks(self) -> None:
        """Mark all that are shown, or none where all are."""
        self.marked_uids = set() if self.marked_uids >= set(self.shown_uids) else set(self.shown_uids)
