"""Describe a policy as plain values, which `policy show` prints as tables or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from fenji.model.policy.durations import NONE, format_duration
from fenji.model.policy.parts import ROLES, Moment, PolicyVersion
from fenji.model.ticket import CLOCKS
from fenji.model.worktime.hours import WEEKDAYS, Hours, TimeSpans, day_number

if TYPE_CHECKING:
    from fenji.model.policy.policy import Policy
    from fenji.model.values import JsonValue
    from fenji.model.worktime.calendar import Calendar

_AHEAD_DAYS = 2 * 366  # how far ahead holidays are looked up
_MAX_HOLIDAYS = 10  # per calendar


def describe_policy(policy: Policy, at: datetime | None = None) -> dict[str, JsonValue]:
    """Return the version in force at an instant and everything undated as mappings, lists and text that JSON can hold.

    Without an instant it is the newest version. Each calendar has `holidays`: the next ten dates from then on that are
    closed though their weekday is open; empty without an instant. Holidays of a country import the package `holidays`.
    """
    version, today = policy.version(at), at.date() if at else None
    begins = {other.begins: other.since.isoformat() for other in policy.versions}
    return {
        "format": policy.format,
        "since": version.since.isoformat(),
        "earlier": [since for begin, since in reversed(begins.items()) if begin < version.begins],
        "later": [since for begin, since in begins.items() if begin > version.begins],
        "language": policy.language,
        "zone": policy.zone,
        "levels": _describe_levels(version),
        "kinds": {
            kind: {clock: duration.text if duration else NONE for clock, duration in exceptions.items()}
            for kind, exceptions in version.kinds.items()
        },
        "impact": list(policy.impact),
        "occurrence": list(policy.occurrence),
        "matrix": {row: dict(cells) for row, cells in version.matrix.items()},
        "calendars": [_describe_calendar(calendar, today) for calendar in version.calendars.values()],
        **_describe_people(policy, version, at),
        "waiting": {reason: rule.describe() for reason, rule in version.waiting.items()},
        "at_risk": f"{version.at_risk * 100}%",
        "backdate": format_duration(policy.backdate),
        "grace": format_duration(policy.grace),
        "strangers": policy.strangers,
        "excuses": list(policy.excuses),
        **_describe_steps(policy),
        "views": dict(policy.views),
        "corrections": _describe_corrections(policy),
        "require_signed": list(policy.require_signed),
    }


def _describe_levels(version: PolicyVersion) -> list[dict[str, str]]:
    rows = []
    for name, level in version.priorities.items():
        promises = {clock: level.promise(clock) for clock in CLOCKS}
        texts = {clock: duration.text if duration else NONE for clock, duration in promises.items()}
        rows.append({"level": name, **texts, "calendar": level.calendar})
    return rows


def _describe_people(policy: Policy, version: PolicyVersion, at: datetime | None) -> dict[str, JsonValue]:
    return {
        "sites": [
            {
                "site": code,
                "name": policy.sites[code].name if code in policy.sites else site.name,
                "calendar": site.calendar,
                "lead": site.lead,
                "until": _format_moment(site.until),
            }
            for code, site in version.sites.items()
        ],
        "units": [
            {"unit": key, "name": unit.name, "until": _format_moment(unit.until)} for key, unit in policy.units.items()
        ],
        "people": [
            {
                "person": key,
                "name": person.name,
                "unit": person.unit_at(at) if at else person.units[-1][1] if person.units else "",
                "units": {since.isoformat(): unit for since, unit in person.units if since},
                "email": person.email,
                "roles": [role for role in ROLES if role in policy.roles(key, at or version.begins)],
                "until": {role: _format_moment(until) for role, until in person.until.items()},
                "key": person.key,
            }
            for key, person in policy.people.items()
        ],
    }


def _format_moment(moment: Moment | None) -> str:
    return moment.isoformat() if moment else ""


def _describe_steps(policy: Policy) -> dict[str, JsonValue]:
    return {
        "requires": {kind: _describe_requirements(by_level) for kind, by_level in policy.requires.items()},
        "may": {step: list(roles) for step, roles in policy.may.items()},
        "routes": [
            {
                "when": {key: list(wanted) for key, wanted in route.when.items()},
                "owner": route.owner,
                "units": list(route.units),
            }
            for route in policy.routes
        ],
    }


def _describe_requirements(by_level: Mapping[str, Mapping[str, tuple[str, ...]]]) -> dict[str, JsonValue]:
    """Describe required fields as the policy writes them: steps of any priority, then those of single priorities."""
    described: dict[str, JsonValue] = {}
    for level, steps in by_level.items():
        listed = {step: list(fields) for step, fields in steps.items()}
        described |= {level: listed} if level else listed
    return described


def _describe_calendar(calendar: Calendar, today: date | None) -> dict[str, JsonValue]:
    hours = calendar.hours
    return {
        "name": calendar.name,
        "zone": str(calendar.zone),
        "day": format_duration(calendar.day) if calendar.day else "",
        "week": list(_describe_week(hours.week)) if hours else [],
        "country": _describe_country(hours) if hours else "",
        "holidays": [day.isoformat() for day in _next_holidays(hours, today)] if hours and today else [],
    }


def _describe_country(hours: Hours) -> str:
    written = hours.written
    names = (written.country, written.subdiv) if written else (hours.country, hours.subdiv)
    return " ".join(filter(None, names))


def _describe_corrections(policy: Policy) -> list[dict[str, JsonValue]]:
    return [
        {
            "key": correction.key,
            "on": correction.on.isoformat(),
            "by": correction.by,
            "from": correction.start.isoformat(),
            "to": correction.end.isoformat(),
            "calendars": ", ".join(correction.calendars),
            "rules": ", ".join(correction.rules.names),
            "why": correction.why,
        }
        for correction in policy.corrections
    ]


def _describe_week(week: tuple[TimeSpans, ...]) -> Iterator[str]:
    """Yield the open days of a week, grouped while their spans are the same: `sun-thu 08:00-12:00 13:00-17:00`."""
    starts = [day for day in range(7) if week[day] != week[day - 1]]
    if not starts:
        yield f"{WEEKDAYS[0]}-{WEEKDAYS[-1]} {_format_spans(week[0])}"
    for first, next_start in zip(starts, [*starts[1:], starts[0] + 7] if starts else [], strict=True):
        last = (next_start - 1) % 7
        days = WEEKDAYS[first] if first == last else f"{WEEKDAYS[first]}-{WEEKDAYS[last]}"
        if week[first]:
            yield f"{days} {_format_spans(week[first])}"


def _format_spans(spans: TimeSpans) -> str:
    return " ".join(f"{_format_time(start)}-{_format_time(end)}" for start, end in spans)


def _format_time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"


def _next_holidays(hours: Hours, today: date) -> list[date]:
    first = day_number(today)
    open_days = {day for day, _ in hours.open_spans(first, first + _AHEAD_DAYS)}
    shifts = dict(hours.shifts)
    holidays = []
    for ahead in range(_AHEAD_DAYS):
        day = today + timedelta(days=ahead)
        declared = shifts.get(first + ahead, hours.week[day.weekday()])
        if declared and first + ahead not in open_days:
            holidays.append(day)
        if len(holidays) == _MAX_HOLIDAYS:
            break
    return holidays
