"""The axis of a plan, which maps days to cells, and the mark of an item in each cell. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from fenji.model.plan import PlannedItem

TRACK, DONE, AHEAD, DUE, TODAY, PLANNED, BLANK = "track", "done", "ahead", "due", "today", "planned", ""
_DAY = timedelta(days=1)
_STEPS = (1, 2, 7, 14, 28, 56, 91, 182, 364)  # days between two dates above the axis
_LABEL_CELLS, _LABEL_GAP = 5, 3
_MIN_DAYS = 7  # the least that an axis shows


class DayAxis(Struct, frozen=True):
    """The days from `first` to `last`, spread over `cells` cells."""

    first: date
    last: date
    cells: int

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def start_cell(self, day: date) -> int:
        """Return the cell in which a day begins; it may be off the axis."""
        return (day - self.first).days * self.cells // self.days

    def end_cell(self, day: date) -> int:
        """Return the cell in which a day ends; it may be off the axis."""
        return max(self.start_cell(day + _DAY) - 1, self.start_cell(day))

    def fill(self, marks: list[str], first: date, last: date, mark: str) -> None:
        """Set a mark on the cells of some days, as far as they are on the axis."""
        begin, end = self.start_cell(first), self.end_cell(last)
        for cell in range(max(begin, 0), min(end, self.cells - 1) + 1):
            marks[cell] = mark

    def point(self, marks: list[str], cell: int, mark: str, *, over: Sequence[str] = ()) -> None:
        """Set a mark on one cell, if it is on the axis; with `over` only in place of one of these marks."""
        if 0 <= cell < self.cells and (not over or marks[cell] in over):
            marks[cell] = mark

    def labels(self) -> str:
        """Return the dates above the axis, at equal steps; none goes beyond its end."""
        wide = self.days > _STEPS[-1]
        room = (_LABEL_CELLS + 2 if wide else _LABEL_CELLS) + _LABEL_GAP
        step = next((days for days in _STEPS if days * self.cells >= room * self.days), _STEPS[-1])
        text = ""
        for ahead in range(0, self.days, step):
            day = self.first + ahead * _DAY
            label = f"{day:{'%Y-%m' if wide else '%m-%d'}}"
            place = min(self.start_cell(day), self.cells - len(label))
            if place > len(text) or not text:
                text = f"{text:<{place}}{label}"
        return text


def fit_axis(days: Iterable[date], cells: int) -> DayAxis:
    """Return the axis from the first to the last of these days."""
    known = sorted(days)
    first, last = known[0], known[-1]
    return DayAxis(first, max(last, first + (_MIN_DAYS - 1) * _DAY), cells)


def zoom_axis(axis: DayAxis, centre: date, steps: int) -> DayAxis:
    """Return an axis around a day: each step halves the number of days, each negative step doubles it.

    An axis with fewer days stays inside the given one.
    """
    span = max(int(axis.days * 2.0**-steps), _MIN_DAYS)
    first = centre - span // 2 * _DAY
    if span <= axis.days:
        first = max(min(first, axis.last - (span - 1) * _DAY), axis.first)
    return DayAxis(first, first + (span - 1) * _DAY, axis.cells)


def due_of(item: PlannedItem) -> date | None:
    """Return the due date that an item is judged by, which includes its waits; else the one that was typed."""
    return item.clock.due if item.clock and item.clock.due else item.due


def item_days(item: PlannedItem) -> list[date]:
    """Return the days of an item that an axis should show."""
    return [day for day in (item.begins, item.ends, due_of(item), item.first_due) if day]


def mark_item(item: PlannedItem, axis: DayAxis, today: date, planned: tuple[date, date] | None = None) -> list[str]:
    """Return an item's mark in each cell: done or ahead, its due, today, and its baseline where nothing else is."""
    marks = [TRACK] * axis.cells
    if planned:
        axis.fill(marks, *planned, PLANNED)
    axis.fill(marks, item.begins, item.ends, DONE if item.done else AHEAD)
    due = due_of(item)
    if due and (not item.done or item.done > due):
        axis.point(marks, axis.end_cell(due), DUE)
    axis.point(marks, axis.start_cell(today), TODAY, over=(TRACK, PLANNED))
    return marks


def mark_project(items: Sequence[PlannedItem], axis: DayAxis, today: date, due: date | None) -> list[str]:
    """Return a project's mark in each cell: ahead where an item is, else done; and its last due."""
    marks = [TRACK] * axis.cells
    for item in sorted(items, key=lambda item: not item.done):
        axis.fill(marks, item.begins, item.ends, DONE if item.done else AHEAD)
    if due and not all(item.done for item in items):
        axis.point(marks, axis.end_cell(due), DUE)
    axis.point(marks, axis.start_cell(today), TODAY, over=(TRACK,))
    return marks


def mark_below(axis: DayAxis, today: date, planned: tuple[date, date] | None = None) -> list[str]:
    """Return the marks of the line below an item: today, and the days of its baseline."""
    marks = [BLANK] * axis.cells
    if planned:
        axis.fill(marks, *planned, PLANNED)
    axis.point(marks, axis.start_cell(today), TODAY, over=(BLANK,))
    return marks
