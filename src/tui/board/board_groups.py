"""The groups of the board (by due time, owner or system) and the order of the rows within a group. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from math import inf
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.model.ticket import CLOSED_STATES

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.sla import ClockReading

# The groups by due time in display order, each with its heading.
DUE_GROUPS: Mapping[str, str] = {
    "late": "late {count}",
    "today": "today {count}",
    "week": "this week {count}",
    "later": "later {count}",
    "projects": "projects {count}",
    "confirm": "to confirm {count}",
    "archive": "to archive {count}",
    "closed": "closed {count}",
}
GROUPINGS = ("due", "owner", "system", "none")
_DAY = timedelta(days=1)
_FINISHED = {"solved": "confirm", "confirmed": "archive"}

SortValue = tuple[object, ...]


def _text_key(text: str) -> SortValue:
    """Return a sort key that puts empty texts last."""
    return not text, text.casefold()


# The sort keys besides `left` (the time left). The column of the same key shows the sort sign.
SORT_VALUES: Mapping[str, Callable[[Row], SortValue]] = {
    "priority": lambda row: (row.ticket.priority,),
    "number": lambda row: (row.id.split("-")[1:], row.id),
    "title": lambda row: _text_key(row.ticket.title),
    "kind": lambda row: _text_key(row.ticket.kind),
    "system": lambda row: _text_key(row.ticket.word("product.system")),
    "state": lambda row: _text_key(row.ticket.state),
    "owner": lambda row: _text_key(row.ticket.owner),
}
SORT_KEYS = ("left", *SORT_VALUES)


class Arrangement(Struct, frozen=True):
    """How the board is grouped (one of `GROUPINGS`) and sorted (one of `SORT_KEYS`), and which groups are closed."""

    grouping: str = "due"
    sort_key: str = "left"
    is_descending: bool = False
    closed_groups: frozenset[str] = field(default_factory=frozenset)


def parse_arrangement(values: Mapping[str, str]) -> Arrangement:
    """Return the board's last arrangement from the saved state.

    `sort` is a sort key, with a leading `-` if descending; `closed_groups` is as `write_closed_groups` returns it.
    """
    sort, grouping = values.get("sort", "left"), values.get("grouping", "due")
    sort_key = sort.removeprefix("-")
    *closed_groups, rest = values.get("closed_groups", "").split("\n")
    return Arrangement(
        grouping=grouping if grouping in GROUPINGS else "due",
        sort_key=sort_key if sort_key in SORT_KEYS else "left",
        is_descending=sort.startswith("-"),
        closed_groups=frozenset([*closed_groups, *filter(None, [rest])]),  # states of old have no break at the end
    )


def write_closed_groups(arrangement: Arrangement) -> str:
    """Return the keys of the closed groups for the saved state, a line each; tickets without an owner have `""`."""
    return "".join(f"{key}\n" for key in sorted(arrangement.closed_groups))


class Group(Struct, frozen=True):
    """A group of rows: its key, and the rows in order."""

    key: str
    rows: tuple[Row, ...]


def arrange(rows: Iterable[Row], arrangement: Arrangement, at: datetime) -> list[Group]:
    """Return the non-empty groups in display order; `rows` must be sorted by `Row.urgency_key`."""
    by_group: dict[str, list[Row]] = {}
    for row in rows:
        by_group.setdefault(_group_of(row, arrangement.grouping, at), []).append(row)
    order = list(DUE_GROUPS) if arrangement.grouping == "due" else sorted(by_group, key=_text_key)
    return [Group(key, tuple(_sort(by_group[key], key, arrangement, at))) for key in order if key in by_group]


def _group_of(row: Row, grouping: str, at: datetime) -> str:
    if grouping == "owner":
        return row.ticket.owner
    if grouping == "system":
        return row.ticket.word("product.system")
    return due_group(row, at) if grouping == "due" else ""


def due_group(row: Row, at: datetime) -> str:
    """Return the key of a row's group in `DUE_GROUPS`: due within 24 hours is `today`, within 7 days `week`.

    A held clock has no due time: its row is grouped by the time that is left of its promise.
    """
    if row.ticket.state in CLOSED_STATES:
        return "closed"
    promise = row.promise
    if promise and promise.state == "breached":
        return "late"
    if promise:
        left = _expected_due(promise, at) - at
        return "today" if left < _DAY else "week" if left < 7 * _DAY else "later"
    return _FINISHED.get(row.ticket.state) or ("projects" if row.ticket.kind == "project" else "later")


def _expected_due(promise: ClockReading, at: datetime) -> datetime:
    return promise.due or at + timedelta(days=(promise.left_s or 0) / promise.day_s)


def _sort(rows: list[Row], key: str, arrangement: Arrangement, at: datetime) -> list[Row]:
    """Sort the rows of one group. By time left, late rows keep their order: by priority, the longest overdue first."""
    if arrangement.sort_key in SORT_VALUES:
        return sorted(rows, key=SORT_VALUES[arrangement.sort_key], reverse=arrangement.is_descending)
    if arrangement.grouping == "due" and key != "late":
        rows = sorted(rows, key=lambda row: _expected_due(row.promise, at).timestamp() if row.promise else inf)
    return rows[::-1] if arrangement.is_descending else rows
