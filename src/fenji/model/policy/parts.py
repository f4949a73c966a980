"""The parts of a policy as values: its versions, sites, units, people and routes, and the dates they apply from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from fenji.model.policy.waiting import NO_RULE, WaitRule

if TYPE_CHECKING:
    from fenji.model.policy.durations import Duration
    from fenji.model.ticket import Ticket
    from fenji.model.values import Value
    from fenji.model.worktime.calendar import Calendar

ROLES = ("engineer", "lead", "manager", "admin")
STEPS = (
    *("report", "classify", "respond", "assign", "note", "wait", "resume", "edit", "solve", "confirm", "excuse"),
    *("archive", "reopen", "withdraw", "attach", "link"),
)
DEFAULT_MAY: Mapping[str, tuple[str, ...]] = {
    "confirm": ("lead",),
    "archive": ("lead", "manager"),
    "excuse": ("lead", "manager"),
    "policy": ("admin",),
}
ALWAYS, SITE = "always", "site"  # what a priority's `calendar:` may say; no calendar may take these names
Moment = date | datetime  # as written: a date, or an instant with offset


def begin_of(moment: Moment) -> datetime:
    """Return the instant at which a date or instant begins; a plain date is its midnight in UTC (clock rules 10)."""
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), UTC)


class Site(Struct, frozen=True):
    """A place where tickets are reported: its calendar's name, and the key of the person who leads it."""

    name: str
    calendar: str = ALWAYS
    lead: str = ""
    until: Moment | None = None


class Unit(Struct, frozen=True):
    """A team or factory that works on tickets and is appraised."""

    name: str
    until: Moment | None = None

    def has_ended(self, at: datetime) -> bool:
        """Whether the unit had ended by an instant."""
        return self.until is not None and begin_of(self.until) <= at


class Person(Struct, frozen=True):
    """Somebody who acts on tickets.

    `units` are the keys of the units they belonged to, each with its beginning, in order of time (None: always).
    `until` is when each role ended; `""` stands for all roles.
    """

    name: str
    units: tuple[tuple[Moment | None, str], ...] = ()
    email: str = ""
    roles: frozenset[str] = frozenset()
    key: str = ""  # an SSH public key, as one line
    until: Mapping[str, Moment] = field(default_factory=dict)

    def unit_at(self, at: datetime) -> str:
        """Return the key of their unit at an instant, before the first date the first unit; `""` for none."""
        begun = (unit for since, unit in reversed(self.units) if since is None or begin_of(since) <= at)
        return next(begun, self.units[0][1] if self.units else "")

    def has_ended(self, at: datetime, role: str = "") -> bool:
        """Whether the person had left by an instant, or that role of theirs had ended."""
        return any(end in self.until and begin_of(self.until[end]) <= at for end in ("", role))

    def roles_at(self, at: datetime) -> frozenset[str]:
        """Return the roles that had not ended at an instant."""
        return frozenset(role for role in self.roles if not self.has_ended(at, role))


class Route(Struct, frozen=True):
    """Where a new ticket goes: the fields it must match, each with its accepted values."""

    when: Mapping[str, tuple[str, ...]]
    owner: str = ""
    units: tuple[str, ...] = ()

    def matches(self, ticket: Ticket) -> bool:
        """Whether every field of `when` has one of its values; letter case and outer blanks do not count."""
        return all(
            _fold_values(wanted) & _fold_values(_as_sequence(ticket.look_up(key))) for key, wanted in self.when.items()
        )


def _as_sequence(value: Value) -> Sequence[Value]:
    return value if isinstance(value, list | tuple) else (value,)


def _fold_values(values: Sequence[Value]) -> set[str]:
    return {str(value).strip().casefold() for value in values if value is not None}


class Grade(NamedTuple):
    """A cell of the matrix: the priority of an impact with an occurrence."""

    impact: str
    occurrence: str
    priority: str


class Level(Struct, frozen=True):
    """What one priority promises, and whether its hours are `always` or those of the ticket's `site`."""

    response: Duration | None
    solution: Duration | None
    calendar: str = ALWAYS

    def promise(self, clock: str) -> Duration | None:
        return self.response if clock == "response" else self.solution


class PolicyVersion(Struct, frozen=True):
    """The rules in force from `since` on. Priorities are sorted most urgent first.

    `waiting` is reason → what waiting for it does, `at_risk` the fraction of a target left at which a clock is at risk.
    `regraded` is what the matrix gave → what it should have given by a correction.
    """

    since: Moment
    priorities: Mapping[str, Level]
    matrix: Mapping[str, Mapping[str, str]]
    calendars: Mapping[str, Calendar]
    kinds: Mapping[str, Mapping[str, Duration | None]] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
    waiting: Mapping[str, WaitRule] = field(default_factory=dict)
    at_risk: Fraction = Fraction(1, 4)
    regraded: Mapping[Grade, str] = field(default_factory=dict)

    @property
    def levels(self) -> tuple[str, ...]:
        return tuple(self.priorities)

    @property
    def begins(self) -> datetime:
        """The instant of `since`."""
        return begin_of(self.since)

    def promise(self, level: str, clock: str, kind: str = "") -> Duration | None:
        """Return the duration promised at `level`, or by the exception for `kind`; None if nothing is promised."""
        exceptions = self.kinds.get(kind, {})
        return exceptions[clock] if clock in exceptions else self.priorities[level].promise(clock)

    def holds(self, reason: str) -> bool:
        """Whether waiting for `reason` holds the solution clock."""
        return self.waiting.get(reason, NO_RULE).holds_solution
