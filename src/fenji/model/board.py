"""The rows of the board with their clocks read, their order, and the one filter language.

Pure: tickets, policy and an instant in, rows out. Board, list, report and search share the filter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from fenji.errors import InvalidUsage, Problem, Refused
from fenji.model import sla as clocks
from fenji.model.annotations import NO_ANNOTATIONS, Annotations
from fenji.model.conflicts import SupersededValue, list_superseded
from fenji.model.filter_values import check_choices
from fenji.model.ticket import CLOSED_STATES, FIELD_BY_LEAF, Ticket

if TYPE_CHECKING:
    from fenji.model.annotations import HeldAct, UnsignedStep
    from fenji.model.policy import Policy
    from fenji.model.sla import ClockReading, Reading

CLOCK_SIGNS = {"breached": "!", "at_risk": "~", "held": "="}
# What needs attention besides the clocks: a sign and the word for it.
UNSIGNED_ALERT, CONFLICT_ALERT, HELD_ALERT = ("#", "unsigned"), ("&", "two texts"), ("^", "held back")
_RUNNING_STATES = frozenset({"running", "at_risk", "breached"})


@dataclass(frozen=True)
class Row:
    """One ticket as a list shows it; `left_s` counts seconds of working time, negative once late."""

    ticket: Ticket
    reading: Reading
    path: str
    hand_edited: bool = False  # the header holds what no event explains yet
    annotations: Annotations = NO_ANNOTATIONS

    @property
    def id(self) -> str:
        return self.ticket.id

    @property
    def uid(self) -> str:
        return self.ticket.uid

    @property
    def unsigned(self) -> tuple[UnsignedStep, ...]:
        """The steps whose commits lack a demanded signature, as far as the history was scanned."""
        return self.annotations.unsigned.get(self.uid, ())

    @property
    def held(self) -> tuple[HeldAct, ...]:
        """The acts on this ticket that the hub refuses and that wait here."""
        return self.annotations.held.get(self.uid, ())

    @cached_property
    def superseded(self) -> tuple[SupersededValue, ...]:
        """The values that lost a merge, unless settled by somebody or dismissed by the person here."""
        return tuple(
            value
            for value in list_superseded(self.ticket)
            if not (value.settled or value.digest in self.annotations.dismissed)
        )

    @property
    def own_superseded(self) -> tuple[SupersededValue, ...]:
        """The superseded values that the person here wrote."""
        return tuple(value for value in self.superseded if value.by == self.annotations.person)

    @property
    def alerts(self) -> tuple[tuple[str, str], ...]:
        """What needs attention besides the clocks, as (sign, word)."""
        candidates = (
            (UNSIGNED_ALERT, self.unsigned),
            (CONFLICT_ALERT, self.own_superseded),
            (HELD_ALERT, self.held),
        )
        return tuple(alert for alert, present in candidates if present)

    @cached_property
    def next_clock(self) -> str:
        """The clock whose promise runs out next: `response`, `solution`, or `""` if neither runs nor is held."""
        due_clocks = [
            (reading.due, name)
            for name, reading in self._clock_readings()
            if reading.state in _RUNNING_STATES and reading.due
        ]
        if due_clocks:
            return min(due_clocks)[1]
        return next((name for name, reading in self._clock_readings() if reading.state == "held"), "")

    @cached_property
    def promise(self) -> ClockReading | None:
        """The reading of `next_clock`."""
        return dict(self._clock_readings()).get(self.next_clock)

    @property
    def sign(self) -> str:
        """`!` breached, `~` at risk, `=` held, a space otherwise."""
        return CLOCK_SIGNS.get(self.promise.state, " ") if self.promise else " "

    @property
    def left_s(self) -> int | None:
        """Seconds left on the next promise, negative when late, None without one."""
        if self.promise is None:
            return None
        return -(self.promise.late_s or 0) if self.promise.state == "breached" else self.promise.left_s

    @property
    def left_text(self) -> str:
        """What is left as people read it, in days of the promise's calendar."""
        return format_left(self.left_s, self.promise.day_s) if self.promise else ""

    def _clock_readings(self) -> Iterable[tuple[str, ClockReading]]:
        return ("response", self.reading.response), ("solution", self.reading.solution)

    def urgency_key(self, levels: Sequence[str]) -> tuple[int, float, int, str]:
        """The sort key that puts the promise that runs out next on top: running by due, held by left, then the rest."""
        promise = self.promise
        level = levels.index(self.ticket.priority) if self.ticket.priority in levels else len(levels)
        if promise and promise.due and promise.state in _RUNNING_STATES:
            return 0, promise.due.timestamp(), level, self.id
        if promise:
            return 1, float(promise.left_s or 0), level, self.id
        return (3 if self.ticket.state in CLOSED_STATES else 2), 0.0, level, self.id


@dataclass(frozen=True)
class BadFile:
    """A file that cannot be read as a ticket, and why."""

    path: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Board:
    """The rows in order, the bad files, and the instant all clocks were read at."""

    rows: tuple[Row, ...]
    bad_files: tuple[BadFile, ...]
    at: datetime

    def count(self, sign: str = "") -> int:
        """Count the rows with this sign, or all rows if `sign` is empty."""
        return sum(not sign or row.sign == sign for row in self.rows)


def build_rows(
    tickets: Iterable[tuple[Ticket, str, bool]], policy: Policy, at: datetime, annotations: Annotations = NO_ANNOTATIONS
) -> tuple[Row, ...]:
    """Make rows of (ticket, path, edited by hand), both clocks read at `at`, the promise that runs out next on top."""
    built = [
        Row(ticket, _read_clocks(ticket, policy, at), path, hand_edited, annotations)
        for ticket, path, hand_edited in tickets
    ]
    return tuple(sorted(built, key=lambda row: row.urgency_key(policy.levels)))


def _read_clocks(ticket: Ticket, policy: Policy, at: datetime) -> Reading:
    """Read both clocks; without a promise where a calendar never opens (clock rules 7), which `check` reports."""
    try:
        return clocks.reading(ticket, policy, at)
    except Refused:
        no_clock = clocks.ClockReading(ticket.priority, "none")
        return clocks.Reading(ticket.id, at, no_clock, no_clock)


def format_left(seconds: int | None, day_s: int = 86_400) -> str:
    """Format as `9d 4h`, `1:52`, `-0:14`: days of `day_s` seconds, or hours and minutes, truncated; `""` for None."""
    if seconds is None:
        return ""
    sign, minutes = ("-" if seconds < 0 else ""), abs(seconds) // 60
    days, rest = divmod(minutes, day_s // 60)
    if days:
        return f"{sign}{days}d {rest // 60}h" if days < 100 else f"{sign}{days}d"
    return f"{sign}{minutes // 60}:{minutes % 60:02}"


# The built-in views, in the order of their keys 1 to 6.
VIEWS: tuple[tuple[str, str], ...] = (
    ("All", ""),
    ("Mine", "owner:me"),
    ("At risk", "is:late,risk"),
    ("New", "state:new"),
    ("Waiting", "state:waiting"),
    ("Projects", "kind:project"),
)

RowTest = Callable[[Row], bool]
_TOKEN = re.compile(r'(-?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))', re.IGNORECASE)
_LEAF_BY_FILTER_KEY = {
    "state": "state",
    "kind": "kind",
    "owner": "owner",
    "site": "site",
    "unit": "units",
    "tag": "tags",
    "impact": "impact",
    "occurrence": "occurrence",
    "part": "product.part",
    "system": "product.system",
    "subsystem": "product.subsystem",
    "serial": "product.serial",
    "requester": "requester.name",
    "customer": "requester.unit",
    "id": "id",
}
_PRIORITY_KEYS = ("p", "priority")
_IS_TESTS: Mapping[str, Callable[[Row], bool]] = {
    "late": lambda row: row.sign == "!",
    "risk": lambda row: row.sign == "~",
    "held": lambda row: row.sign == "=",
    "open": lambda row: row.ticket.state not in CLOSED_STATES,
    "closed": lambda row: row.ticket.state in CLOSED_STATES,
    "unowned": lambda row: not row.ticket.owner,
    "missed": lambda row: "missed" in _clock_states(row) or "breached" in _clock_states(row),
    "edited": lambda row: row.hand_edited,
    "unsigned": lambda row: bool(row.unsigned),
    "held-back": lambda row: bool(row.held),
    "superseded": lambda row: bool(row.superseded),
}
FILTER_KEYS = (*_PRIORITY_KEYS, *_LEAF_BY_FILTER_KEY, "left", "is", "year")
_LEFT = re.compile(r"([<>]=?)(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")


def _clock_states(row: Row) -> tuple[str, str]:
    return row.reading.response.state, row.reading.solution.state


@dataclass(frozen=True)
class RowFilter:
    """A filter of rows; every word must match. `p:1..2 state:waiting owner:me left:<4h -site:HQ "轉台"`."""

    text: str
    tests: tuple[RowTest, ...]
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()  # what is asked of whole words, as (key, folded values)

    def matches(self, row: Row) -> bool:
        return all(test(row) for test in self.tests)


def parse_filter(text: str, *, me: str = "", fold: Callable[[str], str] = str.casefold) -> RowFilter:
    """Parse the filter in `text`; `me` stands for the person, `fold` makes scripts and letter cases equal.

    Several values of one key are separated by commas; a leading `-` negates a word. Raises InvalidUsage at an unknown
    key or value.
    """
    tests: list[RowTest] = []
    values: list[tuple[str, tuple[str, ...]]] = []
    for negated, key, phrase, word in _TOKEN.findall(text):
        test = _build_test(key.lower(), phrase or word, me, fold)
        tests.append(_negate(test) if negated else test)
        if key and not negated:
            values.append((key.lower(), tuple(map(fold, (phrase or word).split(",")))))
    return RowFilter(text, tuple(tests), tuple(values))


def _negate(test: RowTest) -> RowTest:
    return lambda row: not test(row)


def _build_test(key: str, value: str, me: str, fold: Callable[[str], str]) -> RowTest:
    if not key:
        wanted = fold(value)
        return lambda row: wanted in fold(_searchable_text(row.ticket))
    if not value:
        raise InvalidUsage("Nothing stands behind {key}: in the filter.", key=key)
    if key in _PRIORITY_KEYS:
        return _priority_test(value)
    if key == "left":
        return _left_test(value)
    if key == "year":
        return lambda row: row.id.split("-")[1:2] == [value]
    if key == "is":
        return _is_test(value, _IS_TESTS)
    if key in _LEAF_BY_FILTER_KEY:
        check_choices(key, _LEAF_BY_FILTER_KEY[key], map(fold, value.split(",")), fold)
        return _leaf_test(_LEAF_BY_FILTER_KEY[key], value, me, fold)
    keys = ", ".join(FILTER_KEYS)
    hint = "It knows {keys}; plain words search the text."
    raise InvalidUsage("The filter does not know {key}:.", hint=hint, key=key, keys=keys)


def _searchable_text(ticket: Ticket) -> str:
    parts = [ticket.word(leaf) for leaf, field in FIELD_BY_LEAF.items() if field.type in ("word", "text")]
    return "\n".join([*parts, *ticket.units, *map(str, ticket.items("tags"))])


def _priority_test(value: str) -> RowTest:
    low, dots, high = value.upper().removeprefix("P").partition("..")
    high = high.removeprefix("P") if dots else low
    if not (low.isdecimal() and high.isdecimal()):
        raise InvalidUsage("{value} is no priority.", hint="Write p:1 or p:1..2.", value=value)
    numbers = range(int(low), int(high) + 1)
    return lambda row: row.ticket.priority[1:].isdecimal() and int(row.ticket.priority[1:]) in numbers


def _left_test(value: str) -> RowTest:
    match = _LEFT.fullmatch(value)
    if not match or not any(match.groups()[2:]):
        raise InvalidUsage("{value} is no time left.", hint="Write left:<4h or left:>2d.", value=value)
    days, hours, minutes = (int(part or 0) for part in match.groups()[2:])
    seconds = (days * 86400 + hours * 3600 + minutes * 60) * (-1 if match[2] else 1)
    less, or_equal = match[1][0] == "<", match[1].endswith("=")

    def test(row: Row) -> bool:
        if row.left_s is None:
            return False
        return (row.left_s < seconds if less else row.left_s > seconds) or (or_equal and row.left_s == seconds)

    return test


def _is_test(value: str, known: Mapping[str, RowTest]) -> RowTest:
    words = value.lower().split(",")
    unknown = [word for word in words if word not in known]
    if unknown:
        raise InvalidUsage(
            "is: does not know {word}.", hint="It knows {known}.", word=unknown[0], known=", ".join(known)
        )
    return lambda row: any(known[word](row) for word in words)


def _leaf_test(leaf: str, value: str, me: str, fold: Callable[[str], str]) -> RowTest:
    wanted = [fold(me if word == "me" and leaf == "owner" else word) for word in value.split(",")]
    exact = bool(FIELD_BY_LEAF[leaf].choices) or leaf in ("owner", "site", "units", "tags", "impact", "occurrence")

    def test(row: Row) -> bool:
        field_value = row.ticket.get(leaf)
        values = (
            [fold(str(item)) for item in field_value]
            if isinstance(field_value, list)
            else [fold(str(field_value or ""))]
        )
        if exact:
            return any(text in wanted for text in values)
        return any(word and word in text for text in values for word in wanted)

    return test


def complete_filter(text: str, values: Mapping[str, Sequence[str]]) -> list[str]:
    """Complete the last word of a filter: keys with their colon, or the known values of its key."""
    last = text.rsplit(" ", 1)[-1].removeprefix("-")
    key, colon, prefix = last.partition(":")
    if not colon:
        return [f"{candidate}:" for candidate in FILTER_KEYS if candidate.startswith(key) and key]
    known = {"is": tuple(_IS_TESTS), **values}.get(key, ())
    prefix = prefix.rsplit(",", 1)[-1]
    return [f"{key}:{candidate}" for candidate in known if candidate.startswith(prefix)]
