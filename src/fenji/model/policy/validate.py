"""How the promises of one version must relate: within a level, from level to level, and to the calendars' days.

Durations are compared as the time they take to pass: a target round the clock as it stands, a target on a working
calendar stretched by the share of an ordinary week in which that calendar is open (56 working hours of a 40-hour week
pass in 9.8 days). Where all levels count on the same calendar this orders them just as their working time does. With
`calendar: site` every site's calendar is tried. A level without a target is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Fault, Sentence
from fenji.model.policy.durations import DAY, Duration
from fenji.model.policy.parts import ALWAYS, SITE
from fenji.model.ticket import CLOCKS

if TYPE_CHECKING:
    from fenji.model.policy.parse_helpers import Faults, KeyPath
    from fenji.model.policy.parse_versions import VersionDraft
    from fenji.model.policy.version import PolicyVersion
    from fenji.model.worktime.calendar import Calendar

_MINUTE = timedelta(minutes=1)
_WEEK = timedelta(days=7)


class _CalendarScope(Struct, frozen=True):
    """The calendar that `calendar: site` stands for at one site; None is round the clock."""

    site: str
    calendar_name: str
    calendar: Calendar | None


def check_promises(drafts: list[VersionDraft], faults: Faults) -> None:
    """Add what is wrong between the levels of each version to `faults` (clock rules 8), once per place in the file."""
    problems: Faults = []
    for draft in drafts:
        scopes = _calendar_scopes(draft.version)
        for scope in scopes:
            problems += _check_days(draft, scope)
            problems += _check_response_first(draft, scope)
            problems += _check_order(draft, scope)
    reported: set[tuple[KeyPath, str]] = set()
    for fault in problems:
        key = fault.path, fault.message.template
        if key not in reported:
            reported.add(key)
            faults.append(fault)


def _calendar_scopes(version: PolicyVersion) -> list[_CalendarScope]:
    if all(level.calendar == ALWAYS for level in version.priorities.values()):
        return [_CalendarScope("", ALWAYS, None)]
    scopes: dict[str, _CalendarScope] = {}
    for code, site in version.sites.items():
        if site.calendar == ALWAYS or site.calendar in version.calendars:
            scopes.setdefault(site.calendar, _CalendarScope(code, site.calendar, version.calendars.get(site.calendar)))
    return list(scopes.values()) or [_CalendarScope("", ALWAYS, None)]


def _iter_promises(draft: VersionDraft, kind: str = "") -> Iterator[tuple[str, str, Duration, KeyPath]]:
    """Yield every promise as level, clock, duration, key path; for a kind only those that differ from the level's."""
    exceptions = draft.version.kinds.get(kind, {})
    for level in draft.version.levels:
        for clock in CLOCKS:
            own = clock in exceptions
            duration = draft.version.promise(level, clock, kind)
            if duration and (own or not kind):
                path = (*draft.paths["kinds"], kind, clock) if own else (*draft.paths["priorities"], level, clock)
                yield level, clock, duration, path


def _check_days(draft: VersionDraft, scope: _CalendarScope) -> Iterator[Fault]:
    for kind in ("", *draft.version.kinds):
        for level, _, duration, path in _iter_promises(draft, kind):
            calendar = _scope_calendar(draft, scope, level)
            if duration.days and calendar and calendar.day is None:
                values = {"value": duration.text, "calendar": scope.calendar_name, "site": scope.site}
                message = Sentence(
                    "{value} counts days, but the calendar {calendar} of {site} declares no `day`: "
                    "give it one, as `day: 8h`, or promise hours",
                    values,
                )
                yield Fault(path, message)


def _scope_calendar(draft: VersionDraft, scope: _CalendarScope, level: str) -> Calendar | None:
    return scope.calendar if draft.version.priorities[level].calendar == SITE else None


def _passing_minutes(draft: VersionDraft, scope: _CalendarScope, level: str, duration: Duration) -> Fraction | None:
    """Return how many minutes pass for the duration in an ordinary week; None if its days have no length."""
    calendar = _scope_calendar(draft, scope, level)
    if calendar is None:
        return Fraction(duration.to_timedelta(DAY) // _MINUTE)
    if duration.days and calendar.day is None:
        return None
    working = duration.to_timedelta(calendar.day or DAY) // _MINUTE
    return Fraction(working) * Fraction(_WEEK // _MINUTE, _open_week_minutes(calendar))


def _open_week_minutes(calendar: Calendar) -> int:
    if calendar.hours is None:
        return _WEEK // _MINUTE
    return sum(end - start for spans in calendar.hours.week for start, end in spans) // 60


def _check_response_first(draft: VersionDraft, scope: _CalendarScope) -> Iterator[Fault]:
    for kind in ("", *draft.version.kinds):
        for level in draft.version.levels:
            response, solution = (draft.version.promise(level, clock, kind) for clock in CLOCKS)
            if not response or not solution:
                continue
            first, last = (_passing_minutes(draft, scope, level, duration) for duration in (response, solution))
            if first is not None and last is not None and first > last:
                own_response = "response" in draft.version.kinds.get(kind, {})
                own_solution = "solution" in draft.version.kinds.get(kind, {})
                if kind and not own_response and not own_solution:
                    continue
                path = (*draft.paths["kinds"], kind) if kind else (*draft.paths["priorities"], level)
                clock = "response" if own_response or not kind else "solution"
                values = {"level": level, "response": response.text, "solution": solution.text}
                message = Sentence(
                    "the response of {level}, {response}, is longer than its solution, {solution}", values
                )
                yield Fault((*path, clock), message)


def _check_order(draft: VersionDraft, scope: _CalendarScope) -> Iterator[Fault]:
    longest: dict[str, tuple[Fraction, str, Duration]] = {}
    for level, clock, duration, path in _iter_promises(draft):
        minutes = _passing_minutes(draft, scope, level, duration)
        if minutes is None:
            continue
        if clock in longest and minutes < longest[clock][0]:
            _, above_level, above_duration = longest[clock]
            yield Fault(path, _shorter_message(draft, scope, (level, duration), (above_level, above_duration)))
        else:
            longest[clock] = minutes, level, duration


def _shorter_message(
    draft: VersionDraft, scope: _CalendarScope, lower: tuple[str, Duration], upper: tuple[str, Duration]
) -> Sentence:
    names = [scope.calendar_name if _scope_calendar(draft, scope, level) else ALWAYS for level in (lower[0], upper[0])]
    values = {"value": lower[1].text, "other": upper[1].text, "level": upper[0]}
    if names[0] == names[1]:
        return Sentence(
            "{value} is shorter than the {other} of {level}, which stands above it and so is more urgent", values
        )
    values |= {"calendar": names[0], "calendar_above": names[1]}
    return Sentence(
        "{value} on the calendar {calendar} passes sooner than the {other} of {level} on {calendar_above}, "
        "which stands above it and so is more urgent",
        values,
    )
