"""Which tickets the board shows, in which order, where the bar is, and which are marked. Pure.

Reading the desk anew changes what stands in the rows, never their order or the bar: what is new waits until it is
pulled in. Tickets are known by their uid throughout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from fenji.ticket import CLOSED
from fenji.tui.scroll import Scroll

if TYPE_CHECKING:
    from fenji.board import Board, Filter, Row


class Triage:
    """The list behind the board."""

    def __init__(self, board: Board, parse: Callable[[str], Filter], words: str = "") -> None:
        self.board = board
        self._parse = parse
        self._filter = parse(words)
        self._now: dict[str, Row] = {}  # every ticket as it was last read
        self.order: list[str] = []
        self.marks: set[str] = set()
        self.gone: set[str] = set()  # shown, but no longer open
        self.scroll = Scroll()
        self.counts: Mapping[str, int] = {}  # open tickets by sign
        self.waiting = 0  # tickets that fit the filter and are not shown yet
        self._know(board.rows)
        self.pull()

    # --- what is shown ------------------------------------------------------------------------------------------

    @property
    def words(self) -> str:
        """The filter as it was written."""
        return self._filter.text

    @property
    def rows(self) -> list[Row]:
        """The rows in the order shown."""
        return [self._now[uid] for uid in self.order]

    def row(self, line: int) -> Row:
        return self._now[self.order[line]]

    @property
    def selected(self) -> Row | None:
        """The row under the bar."""
        return self.row(self.scroll.bar) if self.order else None

    @property
    def chosen(self) -> tuple[Row, ...]:
        """What an act applies to: the marked rows in the order shown, else the one under the bar."""
        marked = tuple(self._now[uid] for uid in self.order if uid in self.marks)
        return marked or ((self.selected,) if self.selected else ())

    def find(self, uid: str) -> Row | None:
        return self._now.get(uid)

    # --- what is known ------------------------------------------------------------------------------------------

    def read(self, board: Board, moved: Iterable[Row] = ()) -> None:
        """The desk was read anew; `moved` are shown tickets that are no longer open, as they are now."""
        self.board = board
        open_uids = {row.uid for row in board.rows}
        self.gone = {uid for uid in self.order if uid not in open_uids}
        self._know(board.rows)
        self._know(moved)
        self._count()

    def change(self, rows: Iterable[Row]) -> None:
        """Single tickets as they are after an act; those it closed stay in place until the next pull."""
        changed = {row.uid: row for row in rows}
        self._know(changed.values())
        self.gone |= {uid for uid, row in changed.items() if row.ticket.state in CLOSED}
        held = {row.uid: row for row in self.board.rows} | changed
        self.board = replace(self.board, rows=tuple(row for uid, row in held.items() if uid not in self.gone))
        self._count()

    def _count(self) -> None:
        """Count once for all drawings until something changes."""
        shown = set(self.order)
        self.counts = Counter(row.sign for row in self.board.rows)
        self.waiting = sum(row.uid not in shown and self._filter.matches(row) for row in self.board.rows)

    def _know(self, rows: Iterable[Row]) -> None:
        self._now.update((row.uid, row) for row in rows)

    # --- what a key changes -------------------------------------------------------------------------------------

    def filter(self, words: str) -> None:
        """Show what fits the filter. Raises Misused where it cannot be read, and shows what it showed."""
        self._filter = self._parse(words)
        self.pull()

    def pull(self, select: str = "") -> None:
        """Show what is there now, in order; the bar stays on its ticket, or goes to the one with that uid."""
        kept = select or (self.order[self.scroll.bar] if self.order else "")
        self._now = {row.uid: self._now[row.uid] for row in self.board.rows}
        self.order = [row.uid for row in self.board.rows if self._filter.matches(self._now[row.uid])]
        self.marks &= set(self.order)
        self.gone = set()
        self._count()
        self.scroll.fit(len(self.order), self.scroll.height)
        if kept in self.order:
            self.scroll.to(self.order.index(kept))

    def mark(self) -> None:
        """Mark what is under the bar, or take the mark back, and go one down."""
        if self.order:
            self.marks ^= {self.order[self.scroll.bar]}
            self.scroll.move(1)

    def mark_all(self) -> None:
        """Mark all that are shown, or none where all are."""
        self.marks = set() if self.marks >= set(self.order) else set(self.order)
