"""The state of the board: which tickets it shows in which groups and order, which is selected and marked. Pure.

Reading the desk again changes the contents of rows, never their order or the selection: new tickets wait until they
are pulled in by `refresh`. Tickets are identified by uid throughout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import FenjiError
from fenji.model.ticket import CLOSED_STATES
from tui.board.board_groups import Arrangement, Group, arrange
from tui.drawing.line_scroll import LineScroll

if TYPE_CHECKING:
    from fenji.model.board import Board, Row
    from fenji.model.filters import RowFilter


class GroupLine(Struct, frozen=True):
    """The heading line of a group; it can be selected only while the group is closed (its tickets are hidden)."""

    key: str
    count: int
    is_closed: bool = False


class BoardModel:
    """The rows of the board with their filter, groups, marks and selection."""

    def __init__(
        self,
        board: Board,
        parse: Callable[[str], RowFilter],
        query: str = "",
        arrangement: Arrangement | None = None,
    ) -> None:
        self.board = board
        self._parse = parse
        self._filter = parse(query)
        self.arrangement = arrangement or Arrangement()
        self._row_by_uid: dict[str, Row] = {}  # every ticket as it was last read
        self._groups: list[Group] = []
        self._matching_uids: list[str] = []  # of all groups, closed ones too
        self.shown_uids: list[str] = []
        self.lines: list[GroupLine | str] = []  # in display order, tickets by uid
        self._stops: list[GroupLine | str] = []  # the lines that can be selected
        self.marked_uids: set[str] = set()
        self.closed_uids: set[str] = set()  # shown, but no longer open
        self.scroll = LineScroll()
        self.counts_by_sign: Mapping[str, int] = {}  # open tickets by sign
        self._counts_by_query: dict[str, int | None] = {}
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
        """The rows that match the filter, in order, including those of closed groups."""
        return [self._row_by_uid[uid] for uid in self._matching_uids]

    def row_at(self, index: int) -> Row:
        return self._row_by_uid[self.shown_uids[index]]

    @property
    def _current_stop(self) -> GroupLine | str | None:
        return self._stops[self.scroll.selected_index] if self._stops else None

    @property
    def current_row(self) -> Row | None:
        """The selected row, None if there is none: an empty list, or the line of a closed group."""
        stop = self._current_stop
        return self._row_by_uid[stop] if isinstance(stop, str) else None

    def position_of(self, uid: str) -> tuple[int, int]:
        """Return a ticket's position among the matching tickets, from 1 (0: it does not match), and their count."""
        place = self._matching_uids.index(uid) + 1 if uid in self._matching_uids else 0
        return place, len(self._matching_uids)

    @property
    def selected_rows(self) -> tuple[Row, ...]:
        """The rows an action applies to: the marked ones in the order shown, else the current one."""
        marked = tuple(self._row_by_uid[uid] for uid in self._matching_uids if uid in self.marked_uids)
        return marked or ((self.current_row,) if self.current_row else ())

    def find_row(self, uid: str) -> Row | None:
        return self._row_by_uid.get(uid)

    def count_matches(self, query: str) -> int | None:
        """Return how many open tickets fit another filter; None if it cannot be parsed."""
        if query not in self._counts_by_query:
            try:
                row_filter = self._parse(query)
            except FenjiError:
                self._counts_by_query[query] = None
            else:
                self._counts_by_query[query] = sum(map(row_filter.matches, self.board.rows))
        return self._counts_by_query[query]

    # --- updates from the desk ----------------------------------------------------------------------------------

    def replace_board(self, board: Board, closed_rows: Iterable[Row] = ()) -> None:
        """Replace the board after a reload; `closed_rows` are the new rows of shown tickets that are no longer open."""
        self.board = board
        open_uids = {row.uid for row in board.rows}
        self.closed_uids = {uid for uid in self._matching_uids if uid not in open_uids}
        self._remember(board.rows)
        self._remember(closed_rows)
        self._update_counts()

    def update_rows(self, rows: Iterable[Row]) -> None:
        """Update the rows changed by an action; tickets that it closed stay in place until the next `refresh`."""
        changed = {row.uid: row for row in rows}
        self._remember(changed.values())
        self.closed_uids |= {uid for uid, row in changed.items() if row.ticket.state in CLOSED_STATES}
        row_by_uid = {row.uid: row for row in self.board.rows} | changed
        self.board = replace(
            self.board, rows=tuple(row for uid, row in row_by_uid.items() if uid not in self.closed_uids)
        )
        self._update_counts()

    def _update_counts(self) -> None:
        """Update the counts, which every redraw uses until something changes."""
        matching = set(self._matching_uids)
        self.counts_by_sign = Counter(row.sign for row in self.board.rows)
        self._counts_by_query = {}
        self.pending_count = sum(row.uid not in matching and self._filter.matches(row) for row in self.board.rows)

    def _remember(self, rows: Iterable[Row]) -> None:
        self._row_by_uid.update((row.uid, row) for row in rows)

    # --- changes by keys ----------------------------------------------------------------------------------------

    def apply_filter(self, query: str) -> None:
        """Show the tickets that match. Raises InvalidUsage, and changes nothing, if the filter cannot be parsed."""
        self._filter = self._parse(query)
        self.refresh()

    def arrange_by(self, arrangement: Arrangement) -> None:
        """Group and sort the tickets in a new way."""
        self.arrangement = arrangement
        self.refresh()

    def refresh(self, select: str = "") -> None:
        """Rebuild the list from the open tickets; the selection stays on its ticket, or moves to the uid `select`."""
        current = self.current_row
        selected_uid = select or (current.uid if current else "")
        self._row_by_uid = {row.uid: self._row_by_uid[row.uid] for row in self.board.rows}
        matching = (row for row in self._row_by_uid.values() if self._filter.matches(row))
        self._groups = arrange(matching, self.arrangement, self.board.at)
        self._matching_uids = [row.uid for group in self._groups for row in group.rows]
        self.marked_uids &= set(self._matching_uids)
        self.closed_uids = set()
        self._update_counts()
        if select:
            self._open_group_of(select)
        self._lay_out()
        self.select(selected_uid)

    def select(self, uid: str) -> None:
        """Move the selection to a ticket, if that is shown."""
        if uid in self.shown_uids:
            self.scroll.move_to(self._stops.index(uid))

    def _lay_out(self) -> None:
        """Rebuild the lines from the groups."""
        self.lines, line_numbers = [], []
        for group in self._groups:
            is_closed = group.key in self.arrangement.closed_groups
            if self.arrangement.grouping != "none":
                if is_closed:
                    line_numbers.append(len(self.lines))
                self.lines.append(GroupLine(group.key, len(group.rows), is_closed))
            if not is_closed:
                line_numbers += range(len(self.lines), len(self.lines) + len(group.rows))
                self.lines += [row.uid for row in group.rows]
        self._stops = [self.lines[n] for n in line_numbers]
        self.shown_uids = [stop for stop in self._stops if isinstance(stop, str)]
        self.scroll.lay_out(line_numbers, len(self.lines))

    # --- groups -------------------------------------------------------------------------------------------------

    @property
    def _current_group(self) -> str:
        """The key of the group that the selection is in; `""` if nothing is selected."""
        stop = self._current_stop
        if isinstance(stop, GroupLine):
            return stop.key
        return next((group.key for group in self._groups if stop in [row.uid for row in group.rows]), "")

    def toggle_group(self) -> None:
        """Collapse the group of the selection to its heading line, or open it again."""
        if self._stops and self.arrangement.grouping != "none":
            self._set_closed(self._current_group, self.arrangement.closed_groups ^ {self._current_group})

    def open_all_groups(self) -> None:
        """Open all closed groups."""
        self._set_closed(self._current_group, frozenset())

    def _open_group_of(self, uid: str) -> None:
        group = next((group.key for group in self._groups if uid in [row.uid for row in group.rows]), "")
        self.arrangement = replace(self.arrangement, closed_groups=self.arrangement.closed_groups - {group})

    def _set_closed(self, group_key: str, closed_groups: frozenset[str]) -> None:
        """Close these groups; the selection stays on its ticket, or goes to the line or first ticket of its group."""
        current = self.current_row
        self.arrangement = replace(self.arrangement, closed_groups=closed_groups)
        self._lay_out()
        if current and current.uid in self.shown_uids:
            self.select(current.uid)
        else:
            self._select_group(group_key)

    def _select_group(self, group_key: str) -> None:
        """Select the first entry of a group: its line if it is closed."""
        line = next(
            (n for n, line in enumerate(self.lines) if isinstance(line, GroupLine) and line.key == group_key), 0
        )
        self.scroll.move_to(next((n for n, number in enumerate(self.scroll.line_numbers) if number >= line), 0))

    def move_by_groups(self, step: int) -> None:
        """Move to the first entry of the next group, or back to that of the current or the previous group."""
        firsts = [
            next(n for n, number in enumerate(self.scroll.line_numbers) if number >= line_number)
            for line_number, line in enumerate(self.lines)
            if isinstance(line, GroupLine)
        ]
        selected = self.scroll.selected_index
        targets = [n for n in firsts if n > selected] if step > 0 else [n for n in firsts if n < selected][::-1]
        if targets:
            self.scroll.move_to(targets[0])

    # --- marks --------------------------------------------------------------------------------------------------

    def toggle_mark(self) -> None:
        """Mark or unmark the selected ticket, and move one down."""
        if self.current_row:
            self.marked_uids ^= {self.current_row.uid}
            self.scroll.move_by(1)

    def toggle_all_marks(self) -> None:
        """Mark all shown tickets, or unmark all if they are all marked."""
        self.marked_uids = set() if self.marked_uids >= set(self.shown_uids) else set(self.shown_uids)
