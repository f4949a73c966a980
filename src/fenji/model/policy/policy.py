"""The policy as a value, and the queries that the rest of the program makes.

`parse` refuses invalid policies; here everything is already valid. Pure: no file, no current time — every query about
a moment takes it as an argument.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING

from fenji.errors import NotFound
from fenji.model.policy.durations import DAY, Duration
from fenji.model.worktime.calendar import Calendar, DatedCalendar

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket

CLOCKS = ("response", "solution")
ROLES = ("engineer", "lead", "manager", "admin")
STEPS = (
    *("report", "classify", "respond", "assign", "note", "wait", "resume", "edit", "solve", "confirm", "excuse"),
    *("archive", "reopen", "withdraw", "attach", "link"),
)
ALWAYS, SITE = "always", "site"  # what a priority's `calendar:` may say; no calendar may take these names
DEFAULT_MAY: Mapping[str, tuple[str, ...]] = {
    "confirm": ("lead",),
    "archive": ("lead", "manager"),
    "excuse": ("lead", "manager"),
    "policy": ("admin",),
}
REOPENERS = frozenset({"lead", "manager"})  # may reopen a confirmed ticket, whatever `may` says (clock rules 14)


@dataclass(frozen=True)
class Site:
    """A place where tickets are reported: its calendar's name, and the key of the person who leads it."""

    name: str
    calendar: str = ALWAYS
    lead: str = ""


@dataclass(frozen=True)
class Unit:
    """A team or factory that works on tickets and is appraised."""

    name: str


@dataclass(frozen=True)
class Person:
    """Somebody who acts on tickets; `unit` is a key of `units`, or `""`."""

    name: str
    unit: str = ""
    email: str = ""
    roles: frozenset[str] = frozenset()
    key: str = ""  # an SSH public key, as one line


@dataclass(frozen=True)
class Route:
    """Where a new ticket goes: the leaves it must match, each with its accepted values."""

    when: Mapping[str, tuple[str, ...]]
    owner: str = ""
    units: tuple[str, ...] = ()

    def matches(self, ticket: Ticket) -> bool:
        """Whether every leaf of `when` has one of its values; letter case and outer blanks do not count."""
        return all(
            _fold_values(wanted) & _fold_values(_as_sequence(ticket.get(key))) for key, wanted in self.when.items()
        )


def _as_sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else (value,)


def _fold_values(values: Sequence[object]) -> set[str]:
    return {str(value).strip().casefold() for value in values if value is not None}


@dataclass(frozen=True)
class Level:
    """What one priority promises, and whether its hours are `always` or those of the ticket's `site`."""

    response: Duration | None
    solution: Duration | None
    calendar: str = ALWAYS

    def promise(self, clock: str) -> Duration | None:
        return self.response if clock == "response" else self.solution


@dataclass(frozen=True)
class Target:
    """A promised time: `duration` of working time on `calendar`; `text` is how the policy writes it (`14d`)."""

    duration: timedelta
    calendar: Calendar | DatedCalendar
    calendar_name: str
    text: str

    @property
    def key(self) -> tuple[timedelta, str]:
        """What tells it from another target of the same ticket."""
        return self.duration, self.calendar_name


@dataclass(frozen=True)
class PolicyVersion:
    """The rules that hold from `since` on. Priorities stand most urgent first; calendars by name."""

    since: date | datetime
    priorities: Mapping[str, Level]
    matrix: Mapping[str, Mapping[str, str]]
    calendars: Mapping[str, Calendar]
    kinds: Mapping[str, Mapping[str, Duration | None]] = field(default_factory=dict)

    @property
    def levels(self) -> tuple[str, ...]:
        return tuple(self.priorities)

    def begins(self, zone: tzinfo) -> datetime:
        """Return the instant of `since`; a plain date begins at its midnight in `zone`."""
        if isinstance(self.since, datetime):
            return self.since
        return datetime.combine(self.since, time(), zone)

    def promise(self, level: str, clock: str, kind: str = "") -> Duration | None:
        """Return the duration promised at `level`, or by the exception for `kind`; None if nothing is promised."""
        exceptions = self.kinds.get(kind, {})
        return exceptions[clock] if clock in exceptions else self.priorities[level].promise(clock)


@dataclass(frozen=True)
class Policy:
    """The rules of a desk (format 5).

    `levels` and `since` are those of the newest of `versions`, which stand oldest first. `requires` is kind → priority
    (`""`: any) → step → fields; `waiting` reason → clocks that it holds; `may` step → roles.
    """

    language: str
    sites: Mapping[str, Site]
    units: Mapping[str, Unit]
    people: Mapping[str, Person]
    impact: tuple[str, ...]
    occurrence: tuple[str, ...]
    waiting: Mapping[str, frozenset[str]]
    at_risk: Fraction
    backdate: timedelta
    excuses: tuple[str, ...]
    requires: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]]
    may: Mapping[str, tuple[str, ...]]
    routes: tuple[Route, ...]
    views: Mapping[str, str]
    require_signed: tuple[str, ...]
    versions: tuple[PolicyVersion, ...]
    _targets: dict[tuple[str, str, str, str, int], Target | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _calendars: dict[str, Calendar | DatedCalendar] = field(default_factory=dict, init=False, repr=False, compare=False)
    _starts: dict[str, tuple[datetime, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def since(self) -> date | datetime:
        return self.versions[-1].since

    @property
    def levels(self) -> tuple[str, ...]:
        """The priorities of the newest version, most urgent first."""
        return self.versions[-1].levels

    # --- rules by their moment ----------------------------------------------------------------------------------

    def version(self, at: datetime | None = None, *, site: str = "") -> PolicyVersion:
        """Return the version in force at an instant, for a ticket of `site`; the newest if no instant is given.

        A `since` that is a plain date begins at midnight in the zone of the site's calendar, so that a version starts
        with the site's day; in UTC where the site counts round the clock or is unknown. What was reported before the
        oldest version falls under the oldest.
        """
        return self.versions[self._index(at, site)]

    def _index(self, at: datetime | None, site: str) -> int:
        if at is None or len(self.versions) == 1:
            return len(self.versions) - 1
        if site not in self._starts:
            zone = self._calendar_zone(self._site_calendar(site))
            # A date and an instant close together may swap their order in some zone: the later entry then wins at once.
            self._starts[site] = tuple(accumulate((version.begins(zone) for version in self.versions), max))
        return max(bisect_right(self._starts[site], at) - 1, 0)

    def _site_calendar(self, site: str) -> str:
        return self.sites[site].calendar if site in self.sites else ALWAYS

    def _calendar_zone(self, calendar: str) -> tzinfo:
        newest = next(
            (version.calendars[calendar] for version in reversed(self.versions) if calendar in version.calendars), None
        )
        return newest.zone if newest else UTC

    def priority(self, impact: str, occurrence: str, at: datetime | None = None, *, site: str = "") -> str | None:
        """Return the priority that the matrix in force at `at` gives (clock rules 9); None if it has no such cell."""
        return self.version(at, site=site).matrix.get(impact, {}).get(occurrence)

    def target(
        self, level: str, clock: str, *, kind: str = "", site: str = "", reported: datetime | None = None
    ) -> Target | None:
        """Return what `level` promises on `clock` to a ticket reported at `reported` (clock rules 10), or None.

        The duration is that of the version in force when the ticket was reported, or of the next version that knows
        the level. The calendar is piecewise: an edit applies to the minutes after it. An unknown site counts round the
        clock, the strictest calendar.
        """
        key = level, clock, kind, site, self._index(reported, site)
        if key not in self._targets:
            self._targets[key] = self._target(*key)
        return self._targets[key]

    def _target(self, level: str, clock: str, kind: str, site: str, index: int) -> Target | None:
        nearby = (*self.versions[index:], *reversed(self.versions[:index]))
        version = next((candidate for candidate in nearby if level in candidate.priorities), None)
        duration = version.promise(level, clock, kind) if version else None
        if version is None or duration is None:
            return None
        name = ALWAYS if version.priorities[level].calendar == ALWAYS else self._site_calendar(site)
        day = DAY if name == ALWAYS else version.calendars[name].day or DAY
        return Target(duration.to_timedelta(day), self.calendar(name), name, duration.text)

    def calendar(self, name: str) -> Calendar | DatedCalendar:
        """Return the calendar of that name; a `DatedCalendar` if its versions differ. Raises NotFound."""
        if name not in self._calendars:
            self._calendars[name] = Calendar.always() if name == ALWAYS else self._dated_calendar(name)
        return self._calendars[name]

    def _dated_calendar(self, name: str) -> Calendar | DatedCalendar:
        zone = self._calendar_zone(name)
        pieces = [
            (version.begins(zone), version.calendars[name]) for version in self.versions if name in version.calendars
        ]
        if not pieces:
            raise NotFound("No calendar is called {name}.", hint="Name it under calendars in policy.yaml.", name=name)
        distinct = [pieces[0]]
        for begins, piece in pieces[1:]:
            if begins <= distinct[-1][0]:  # as in `_index`, the later entry wins at once
                distinct[-1] = distinct[-1][0], piece
            elif piece != distinct[-1][1]:
                distinct.append((begins, piece))
        return DatedCalendar(tuple(distinct)) if len(distinct) > 1 else distinct[0][1]

    # --- steps, people, routes ----------------------------------------------------------------------------------

    def holds(self, reason: str, clock: str) -> bool:
        """Whether waiting for `reason` holds `clock`."""
        return clock in self.waiting.get(reason, ())

    def required_fields(self, kind: str, step: str, priority: str = "") -> tuple[str, ...]:
        """Return the fields that must be filled before `step`: those of the kind, then those of it at this priority."""
        by_priority = self.requires.get(kind, {})
        fields = [*by_priority.get("", {}).get(step, ()), *by_priority.get(priority, {}).get(step, ())]
        return tuple(dict.fromkeys(fields))

    def roles(self, person: str) -> frozenset[str]:
        """Return the roles of a person; a site's lead always has the role lead. Empty for an unknown person."""
        roles = self.people[person].roles if person in self.people else frozenset()
        return roles | {"lead"} if any(site.lead == person for site in self.sites.values()) else roles

    def may_do(self, person: str, step: str, *, state: str = "") -> bool:
        """Whether one of the person's roles may do the step; anybody may do a step that `may` does not list.

        With `state="confirmed"` a `reopen` is the lead's or a manager's in any case (clock rules 14).
        """
        roles = self.roles(person)
        if step == "reopen" and state == "confirmed" and not roles & REOPENERS:
            return False
        return step not in self.may or not roles.isdisjoint(self.may[step])

    def route(self, ticket: Ticket) -> Route | None:
        """Return the first route that the ticket matches."""
        return next((route for route in self.routes if route.matches(ticket)), None)

    def display_name(self, key: str) -> str:
        """Return the name of a person, unit or site; the key itself if it is none of them."""
        for group in (self.people, self.units, self.sites):
            if key in group:
                return group[key].name
        return key
