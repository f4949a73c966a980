"""Corrections as values, and the rules other than calendar hours that a correction names. Pure.

Levels, kinds, cells of the matrix, waiting reasons and sites are named one by one, each with the parts that were wrong;
all others stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from fenji.model.policy.document import DocumentNode, NodeByKey, suggest_names
from fenji.model.policy.parse_parts import parse_at_risk
from fenji.model.policy.parse_people import UNKNOWN_CALENDAR, UNKNOWN_PERSON
from fenji.model.policy.parse_versions import UNKNOWN_LEVEL, parse_calendar_choice, parse_kinds, parse_target
from fenji.model.policy.parts import ALWAYS, Grade, Moment, PolicyVersion, begin_of
from fenji.model.policy.waiting import WaitRule, parse_waiting
from fenji.model.ticket import CLOCKS

if TYPE_CHECKING:
    from fenji.model.policy.durations import Duration
    from fenji.model.worktime.calendar import Calendar
    from fenji.model.worktime.changes import HoursChanges

RULE_KEYS = ("priorities", "matrix", "kinds", "sites", "waiting", "at_risk")
_DAY = timedelta(days=1)
_SITE_PARTS = ("calendar", "lead")


class RuleChanges(Struct, frozen=True):
    """Replacements for parts of rules: of levels, kinds and sites by name, and the rules of reasons to wait.

    `sites` gives the calendar, the lead or both of each; `matrix` gives cells by impact and occurrence; `at_risk` is
    None if it was right.
    """

    priorities: Mapping[str, Mapping[str, Duration | str | None]] = field(default_factory=dict)
    kinds: Mapping[str, Mapping[str, Duration | None]] = field(default_factory=dict)
    sites: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    waiting: Mapping[str, WaitRule] = field(default_factory=dict)
    matrix: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    at_risk: Fraction | None = None

    @property
    def names(self) -> list[str]:
        """The rules that are named, such as `priorities.P1`."""
        names = [f"{key}.{name}" for key in RULE_KEYS if key != "at_risk" for name in getattr(self, key)]
        return [*names, *(["at_risk"] if self.at_risk else [])]

    @property
    def has_lead(self) -> bool:
        """Whether it names who should have led a site, which decides whose unit answers for a queue."""
        return any("lead" in parts for parts in self.sites.values())

    def apply(self, version: PolicyVersion) -> PolicyVersion:
        """Return a version with these parts replaced, except in levels, sites and cells that it does not have."""
        levels, sites = dict(version.priorities), dict(version.sites)
        for name in self.priorities.keys() & levels.keys():
            parts: dict[str, Any] = dict(self.priorities[name])
            levels[name] = replace(levels[name], **parts)
        for code in self.sites.keys() & sites.keys():
            site_parts: dict[str, Any] = dict(self.sites[code])
            sites[code] = replace(sites[code], **site_parts)
        kinds = {**version.kinds}
        for kind, exceptions in self.kinds.items():
            kinds[kind] = {**kinds.get(kind, {}), **exceptions}
        return replace(
            self._regrade(version),
            priorities=levels,
            sites=sites,
            kinds=kinds,
            waiting={**version.waiting, **self.waiting},
            at_risk=self.at_risk or version.at_risk,
        )

    def _regrade(self, version: PolicyVersion) -> PolicyVersion:
        """Return a version with these cells of the matrix, which records in `regraded` what each gave before."""
        matrix, regraded = {row: dict(cells) for row, cells in version.matrix.items()}, dict(version.regraded)
        for impact, cells in self.matrix.items():
            for occurrence, level in cells.items():
                given = matrix.get(impact, {}).get(occurrence)
                if given is None or level not in version.priorities:
                    continue
                formers = [former for former in regraded if former[:2] == (impact, occurrence)]
                regraded |= dict.fromkeys(formers or [Grade(impact, occurrence, given)], level)
                matrix[impact][occurrence] = level
        return replace(version, matrix=matrix, regraded=regraded)


class Correction(Struct, frozen=True):
    """The rules that a stretch of time should have had: the wrong parts of hours by calendar, and of other rules.

    The stretch is [`start`, `end`); a plain date begins at midnight in the zone of the calendar, for other rules at
    midnight in UTC. Targets apply to tickets reported in it, the rest to its minutes. `on` is when the correction was
    made, `by` who made it.
    """

    key: str
    on: datetime
    by: str
    why: str
    start: Moment
    end: Moment
    calendars: Mapping[str, HoursChanges]
    rules: RuleChanges = field(default_factory=RuleChanges)

    def stretch(self, calendar: Calendar) -> tuple[datetime, datetime]:
        """Return the stretch as instants of a calendar's zone."""
        start, end = (
            moment if isinstance(moment, datetime) else datetime.combine(moment, time(), calendar.zone)
            for moment in (self.start, self.end)
        )
        return start.astimezone(UTC), end.astimezone(UTC)

    def may_reach(self, start: datetime, end: datetime) -> bool:
        """Whether the stretch may share time with [start, end]; in every zone a date lies within a day of UTC's."""
        return begin_of(self.start) - _DAY < end and begin_of(self.end) + _DAY > start


class KnownRules(Struct, frozen=True):
    """The names that a correction may use: the names of any version."""

    calendars: Collection[str]
    levels: Collection[str]
    sites: Collection[str]
    people: Collection[str]
    cells: Mapping[str, Collection[str]]  # of the matrix: the occurrences of each impact


def know_rules(versions: Collection[PolicyVersion], people: Collection[str]) -> KnownRules:
    """Return the names that any of the versions has."""
    cells: dict[str, set[str]] = {}
    for version in versions:
        for impact, row in version.matrix.items():
            cells.setdefault(impact, set()).update(row)
    calendars, levels, sites = (
        tuple(dict.fromkeys(name for version in versions for name in getattr(version, key)))
        for key in ("calendars", "priorities", "sites")
    )
    return KnownRules(calendars, levels, sites, people, cells)


def parse_rule_changes(parts: NodeByKey, known: KnownRules) -> RuleChanges:
    """Parse the rules other than calendars in an entry, strictly."""
    return RuleChanges(
        dict(_parse_levels(parts["priorities"], known)),
        parse_kinds(parts["kinds"]),
        dict(_parse_sites(parts["sites"], known)),
        parse_waiting(parts["waiting"]),
        dict(_parse_matrix(parts["matrix"], known)),
        parse_at_risk(parts["at_risk"]) if parts["at_risk"].value is not None else None,
    )


def _parse_matrix(node: DocumentNode, known: KnownRules) -> Iterator[tuple[str, dict[str, str]]]:
    for impact, row in node.names().items():
        cells: dict[str, str] = {}
        for occurrence, cell in row.names().items():
            cells[occurrence] = level = cell.line()
            if occurrence not in known.cells.get(impact, ()):
                cell.add_fault("no matrix here has {impact} with {occurrence}", impact=impact, occurrence=occurrence)
            elif level not in known.levels:
                cell.add_fault(UNKNOWN_LEVEL, value=level, known=suggest_names(level, known.levels))
        yield impact, cells


def _parse_levels(node: DocumentNode, known: KnownRules) -> Iterator[tuple[str, dict[str, Duration | str | None]]]:
    for name, entry in node.names().items():
        entry.with_value(name).name_of(known.levels, UNKNOWN_LEVEL)
        stated = entry.keys((*CLOCKS, "calendar"))
        parts: dict[str, Duration | str | None] = {
            clock: parse_target(stated[clock]) for clock in CLOCKS if clock in stated
        }
        if "calendar" in stated:
            parts["calendar"] = parse_calendar_choice(stated["calendar"])
        yield name, parts


def _parse_sites(node: DocumentNode, known: KnownRules) -> Iterator[tuple[str, dict[str, str]]]:
    for code, entry in node.names().items():
        entry.with_value(code).name_of(known.sites, "no site is called {value}; known: {known}")
        site = entry.keys(_SITE_PARTS)
        parts = {part: site[part].line() for part in _SITE_PARTS if part in site}
        if not parts:
            entry.add_fault("names nothing: say which calendar or lead it should have had")
        if parts.get("calendar", ALWAYS) != ALWAYS:
            site["calendar"].name_of(known.calendars, UNKNOWN_CALENDAR)
        site["lead"].name_of(known.people, UNKNOWN_PERSON)
        yield code, parts
