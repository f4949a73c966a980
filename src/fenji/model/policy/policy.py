"""The policy as a value, and the queries that the rest of the program makes.

`parse` refuses invalid policies; here everything is already valid. Pure: no file, no current time — every query about
an instant takes it as an argument.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import NotFound
from fenji.model.policy.durations import DAY
from fenji.model.policy.parts import ALWAYS, Moment, Person, PolicyVersion, Route, Site, Unit, begin_of
from fenji.model.worktime.calendar import Calendar, DatedCalendar

if TYPE_CHECKING:
    from fenji.model.policy.rule_changes import Correction
    from fenji.model.policy.waiting import WaitRule
    from fenji.model.ticket import Ticket

STRANGERS = ("nothing", "note", "work")  # what a person unknown to the policy may do
DEFAULT_STRANGERS = "note"
DEFAULT_GRACE = 30 * DAY
_ROUND_THE_CLOCK = Calendar.always()
ALWAYS_LIMITED = {"issue": ("lead", "manager", "admin"), "import": ("lead", "admin")}  # unless `may` says otherwise
LEADERS = frozenset({"lead", "manager"})  # only they may excuse or reopen a confirmed ticket, whatever `may` says


class Target(Struct, frozen=True):
    """A promised time: `duration` of working time on `calendar`; `text` is how the policy writes it (`14d`)."""

    duration: timedelta
    calendar: Calendar | DatedCalendar
    calendar_name: str
    text: str

    @property
    def key(self) -> tuple[timedelta, str]:
        """What distinguishes it from another target of the same ticket."""
        return self.duration, self.calendar_name


@dataclass(frozen=True)
class Policy:
    """The rules of a desk (format 5).

    The rules by which verdicts are read are dated: they are in `versions`, oldest first, and queries take an instant;
    `since`, `levels`, `sites`, `waiting` and `at_risk` are those of the newest version. `requires` is kind → priority
    (`""`: any) → step → fields; `may` step → roles. `zone` is that of periods; `grace` how long after a role has ended
    its acts may still come in; `strangers` what a person unknown to the policy may do.
    """

    format: int
    language: str
    units: Mapping[str, Unit]
    people: Mapping[str, Person]
    impact: tuple[str, ...]
    occurrence: tuple[str, ...]
    backdate: timedelta
    excuses: tuple[str, ...]
    requires: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]]
    may: Mapping[str, tuple[str, ...]]
    routes: tuple[Route, ...]
    views: Mapping[str, str]
    require_signed: tuple[str, ...]
    versions: tuple[PolicyVersion, ...]
    zone: str = "UTC"
    grace: timedelta = DEFAULT_GRACE
    strangers: str = DEFAULT_STRANGERS
    corrections: tuple[Correction, ...] = ()
    newer_format: str = ""  # the policy's format if it is newer than this version; then nothing is promised
    _targets: dict[tuple[str, str, str, str, int], Target | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _calendars: dict[str, Calendar | DatedCalendar] = field(default_factory=dict, init=False, repr=False, compare=False)
    corrected: dict[tuple[str, ...], Policy] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def since(self) -> Moment:
        return self.versions[-1].since

    @property
    def levels(self) -> tuple[str, ...]:
        """The priorities of the newest version, most urgent first."""
        return self.versions[-1].levels

    @property
    def sites(self) -> Mapping[str, Site]:
        """The sites of the newest version, by code."""
        return self.versions[-1].sites

    @property
    def waiting(self) -> Mapping[str, WaitRule]:
        """The reasons to wait in the newest version, each with what waiting for it does."""
        return self.versions[-1].waiting

    @property
    def at_risk(self) -> Fraction:
        """The fraction of a target left at which a clock is at risk, in the newest version."""
        return self.versions[-1].at_risk

    # --- rules at an instant ------------------------------------------------------------------------------------

    @cached_property
    def _begins(self) -> tuple[datetime, ...]:
        return tuple(version.begins for version in self.versions)

    def _index(self, at: datetime | None) -> int:
        if at is None:
            return len(self.versions) - 1
        return max(bisect_right(self._begins, at) - 1, 0)

    def version(self, at: datetime | None = None) -> PolicyVersion:
        """Return the version in force at an instant, the oldest also before it; the newest if no instant is given."""
        return self.versions[self._index(at)]

    def _site_in(self, code: str, index: int) -> Site | None:
        """Return a site as a version has it; if that does not know it, as the first version that does."""
        return next((version.sites[code] for version in self._by_need(index) if code in version.sites), None)

    def _calendar_in(self, name: str, index: int) -> Calendar:
        """Return a calendar as a version has it; if that does not know it, as the first version that does."""
        if name == ALWAYS:
            return _ROUND_THE_CLOCK
        known = (version.calendars[name] for version in self._by_need(index) if name in version.calendars)
        calendar = next(known, None)
        if calendar is None:
            raise NotFound("No calendar is called {name}.", hint="Add it under calendars in policy.yaml.", name=name)
        return calendar

    def _by_need(self, index: int) -> Iterator[PolicyVersion]:
        yield self.versions[index]
        yield from self.versions

    def site(self, code: str, at: datetime | None = None) -> Site | None:
        """Return a site by the version at an instant; None if no version knows it."""
        return self._site_in(code, self._index(at))

    def calendar_at(self, site: str, at: datetime | None = None) -> Calendar:
        """Return the calendar of a site by the version at an instant; round the clock for an unknown site."""
        known = self.site(site, at)
        return self._calendar_in(known.calendar if known else ALWAYS, self._index(at))

    def lead_of(self, site: str, at: datetime | None = None) -> str:
        """Return the key of the person who led a site at an instant; `""` if nobody did."""
        known = self.site(site, at)
        return known.lead if known else ""

    def unit_of(self, person: str, at: datetime) -> str:
        """Return the key of a person's unit at an instant; `""` for none, and for an unknown person."""
        return self.people[person].unit_at(at) if person in self.people else ""

    def holds(self, reason: str, at: datetime) -> bool:
        """Whether waiting for `reason` holds the solution clock at an instant."""
        return self.version(at).holds(reason)

    def hold_changes(self, reason: str, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the instants in (start, end] at which waiting for `reason` begins or ceases to hold the solution."""
        for former, version in pairwise(self.versions):
            if start < version.begins <= end and former.holds(reason) != version.holds(reason):
                yield version.begins

    def at_risk_at(self, at: datetime) -> Fraction:
        """Return the fraction of a target left at which a clock is at risk, by the version at an instant."""
        return self.version(at).at_risk

    def next_edit(self, at: datetime) -> datetime | None:
        """Return the next instant after `at` at which the waiting rules or the at-risk fraction change, or None."""
        for former, version in pairwise(self.versions):
            if version.begins > at and (former.at_risk, former.waiting) != (version.at_risk, version.waiting):
                return version.begins
        return None

    def knows_level(self, level: str, at: datetime) -> bool:
        """Return whether a version that has begun by an instant, or the oldest, has a level."""
        return any(level in version.priorities for version in self.versions[: self._index(at) + 1])

    def ranked_levels(self, reported: datetime) -> tuple[str, ...]:
        """Return every level that a ticket reported then may have, most urgent first.

        They are the levels of the version at the report, then those that other versions added, in order of time, each
        before the next level that is already ranked; so a new version moves none of the former ones.
        """
        ranking = list(self.version(reported).levels)
        for version in self.versions:
            for index, level in reversed(list(enumerate(version.levels))):
                if level not in ranking:
                    follower = next((other for other in version.levels[index + 1 :] if other in ranking), None)
                    ranking.insert(ranking.index(follower) if follower else len(ranking), level)
        return tuple(ranking)

    def priority(self, impact: str, occurrence: str, at: datetime | None = None) -> str | None:
        """Return the priority that the matrix in force at `at` gives (clock rules 9); None if it has no such cell."""
        return self.version(at).matrix.get(impact, {}).get(occurrence)

    def target(
        self, level: str, clock: str, *, kind: str = "", site: str = "", reported: datetime | None = None
    ) -> Target | None:
        """Return what `level` promises on `clock` to a ticket reported at `reported` (clock rules 10), or None.

        The duration is that of the version in force when the ticket was reported, or of the first one that knows the
        level. The calendar is piecewise: an edit applies to the minutes after it. An unknown site counts round the
        clock, the strictest calendar. A policy of a newer format promises nothing.
        """
        if self.newer_format:
            return None
        key = level, clock, kind, site, self._index(reported)
        if key not in self._targets:
            self._targets[key] = self._target(*key)
        return self._targets[key]

    def _target(self, level: str, clock: str, kind: str, site: str, index: int) -> Target | None:
        version = next((candidate for candidate in self._by_need(index) if level in candidate.priorities), None)
        duration = version.promise(level, clock, kind) if version else None
        if version is None or duration is None:
            return None
        if version.priorities[level].calendar == ALWAYS:
            return Target(duration.to_timedelta(DAY), _ROUND_THE_CLOCK, ALWAYS, duration.text)
        calendar = self.calendar_at(site, self._begins[index])
        return Target(duration.to_timedelta(calendar.day or DAY), self.calendar_of(site), calendar.name, duration.text)

    def calendar_of(self, site: str) -> Calendar | DatedCalendar:
        """Return the calendar of a site: a `DatedCalendar` if it, or the site's choice, differs over the versions.

        An unknown site counts round the clock.
        """
        if site not in self._calendars:
            self._calendars[site] = _join_calendars((at, self.calendar_at(site, at)) for at in self._begins)
        return self._calendars[site]

    # --- steps, people, routes ----------------------------------------------------------------------------------

    def required_fields(self, kind: str, step: str, priority: str = "") -> tuple[str, ...]:
        """Return the fields that must be filled before `step`: for the kind, then for the kind at this priority."""
        by_priority = self.requires.get(kind, {})
        fields = [*by_priority.get("", {}).get(step, ()), *by_priority.get(priority, {}).get(step, ())]
        return tuple(dict.fromkeys(fields))

    def roles(self, person: str, at: datetime) -> frozenset[str]:
        """Return a person's roles at an instant, with `lead` if they led a site then; none for an unknown person.

        An end that the policy gives holds also for whoever is still named as a site's lead.
        """
        known = self.people.get(person)
        roles = known.roles_at(at) if known else frozenset()
        leads = person in (site.lead for site in self.version(at).sites.values())
        return roles | {"lead"} if leads and not (known and known.has_ended(at, "lead")) else roles

    def may_do(self, person: str, step: str, at: datetime, *, state: str = "") -> bool:
        """Whether one of the person's roles at an instant may do the step; anybody may do one that `may` does not list.

        In any case only a lead or manager may excuse, or `reopen` with `state="confirmed"` (clock rules 14 and 22).
        """
        roles = self.roles(person, at)
        for_leads = step == "excuse" or (step == "reopen" and state == "confirmed")
        if for_leads and not roles & LEADERS:
            return False
        allowed = self.may.get(step, ALWAYS_LIMITED.get(step))
        return allowed is None or not roles.isdisjoint(allowed)

    def list_permitted(self, step: str, at: datetime, *, state: str = "") -> list[str]:
        """Return the names of the people who may do a step at an instant, in the order of the policy."""
        return [self.display_name(key) for key in self.people if self.may_do(key, step, at, state=state)]

    def role_ends(self, person: str) -> list[datetime]:
        """Return the instants at which a role of a person may end, in order of time: `until`, and each new version."""
        dated = self.people[person].until.values() if person in self.people else ()
        return sorted({*map(begin_of, dated), *self._begins})

    def present_people(self, at: datetime) -> list[str]:
        """Return the people who had not left at an instant: those who may be given work."""
        return [key for key, person in self.people.items() if not person.has_ended(at)]

    def present_units(self, at: datetime) -> list[str]:
        """Return the units that had not ended at an instant."""
        return [key for key, unit in self.units.items() if not unit.has_ended(at)]

    def route(self, ticket: Ticket) -> Route | None:
        """Return the first route that the ticket matches."""
        return next((route for route in self.routes if route.matches(ticket)), None)

    def display_name(self, key: str) -> str:
        """Return the name of a person, unit or site; the key itself if it is none of them."""
        for group in (self.people, self.units, self.sites):
            if key in group:
                return group[key].name
        return key


def _join_calendars(pieces: Iterable[tuple[datetime, Calendar]]) -> Calendar | DatedCalendar:
    """Join calendars, each with the instant from which it applies, in order of time; equal neighbours become one."""
    distinct: list[tuple[datetime, Calendar]] = []
    for begins, calendar in pieces:
        if not distinct or calendar != distinct[-1][1]:
            distinct.append((begins, calendar))
    return DatedCalendar(tuple(distinct)) if len(distinct) > 1 else distinct[0][1]
