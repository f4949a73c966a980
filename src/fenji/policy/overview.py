"""A policy as plain values to show: what `policy show` prints, as tables or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from fenji.hours import WEEKDAYS, Hours, Spans, day_number
from fenji.policy.durations import NONE, written
from fenji.policy.values import CLOCKS, ROLES, Policy, Version

if TYPE_CHECKING:
    from fenji.calendars import Calendar

_AHEAD_DAYS = 2 * 366  # how far holidays are looked for
_SHOWN = 10  # holidays of a calendar


def describe(policy: Policy, today: date | None = None) -> dict[str, object]:
    """The newest version and everything undated, in mappings, lists and text that JSON holds as they are.

    Each calendar carries `holidays`: the next ten dates from `today` on that are closed though their weekday is open;
    empty where no date is given. Asking for those of a country imports the package `holidays`.
    """
    version = policy.versions[-1]
    return {
        "since": version.since.isoformat(),
        "earlier": [one.since.isoformat() for one in policy.versions[-2::-1]],
        "language": policy.language,
        "levels": _levels(version),
        "kinds": {
            kind: {clock: duration.text if duration else NONE for clock, duration in exceptions.items()}
            for kind, exceptions in version.kinds.items()
        },
        "impact": list(policy.impact),
        "occurrence": list(policy.occurrence),
        "matrix": {row: dict(cells) for row, cells in version.matrix.items()},
        "calendars": [_calendar(one, today) for one in version.calendars.values()],
        **_who(policy),
        "waiting": {reason: sorted(clocks) for reason, clocks in policy.waiting.items()},
        "at_risk": f"{policy.at_risk * 100}%",
        "backdate": written(policy.backdate),
        "excuses": list(policy.excuses),
        **_steps(policy),
        "views": dict(policy.views),
        "require_signed": list(policy.require_signed),
    }


def _levels(version: Version) -> list[dict[str, str]]:
    found = []
    for name, level in version.priorities.items():
        promises = {clock: level.promise(clock) for clock in CLOCKS}
        texts = {clock: duration.text if duration else NONE for clock, duration in promises.items()}
        found.append({"level": name, **texts, "calendar": level.calendar})
    return found


def _who(policy: Policy) -> dict[str, object]:
    return {
        "sites": [
            {"site": code, "name": one.name, "calendar": one.calendar, "lead": one.lead}
            for code, one in policy.sites.items()
        ],
        "units": [{"unit": key, "name": one.name} for key, one in policy.units.items()],
        "people": [
            {
                "person": key,
                "name": one.name,
                "unit": one.unit,
                "email": one.email,
                "roles": [role for role in ROLES if role in policy.roles(key)],
                "key": one.key,
            }
            for key, one in policy.people.items()
        ],
    }


def _steps(policy: Policy) -> dict[str, object]:
    return {
        "requires": {kind: _needs(by_level) for kind, by_level in policy.requires.items()},
        "may": {step: list(roles) for step, roles in policy.may.items()},
        "routes": [
            {
                "when": {leaf: list(wanted) for leaf, wanted in one.when.items()},
                "owner": one.owner,
                "units": list(one.units),
            }
            for one in policy.routes
        ],
    }


def _needs(by_level: Mapping[str, Mapping[str, tuple[str, ...]]]) -> dict[str, object]:
    """As the policy writes it: the steps of any priority, then those of single priorities under their name."""
    found: dict[str, object] = {}
    for level, steps in by_level.items():
        listed = {step: list(fields) for step, fields in steps.items()}
        found |= {level: listed} if level else listed
    return found


def _calendar(calendar: Calendar, today: date | None) -> dict[str, object]:
    hours = calendar.hours
    return {
        "name": calendar.name,
        "zone": str(calendar.zone),
        "day": written(calendar.day) if calendar.day else "",
        "week": list(_week(hours.week)) if hours else [],
        "country": " ".join(filter(None, (hours.country, hours.subdiv))) if hours else "",
        "holidays": [day.isoformat() for day in _holidays(hours, today)] if hours and today else [],
    }


def _week(week: tuple[Spans, ...]) -> Iterator[str]:
    """The open days of a week, neighbours with the same spans together: `sun-thu 08:00-12:00 13:00-17:00`."""
    breaks = [day for day in range(7) if week[day] != week[day - 1]]
    if not breaks:
        yield f"{WEEKDAYS[0]}-{WEEKDAYS[-1]} {_spans(week[0])}"
    for first, after in zip(breaks, [*breaks[1:], breaks[0] + 7] if breaks else [], strict=True):
        last = (after - 1) % 7
        days = WEEKDAYS[first] if first == last else f"{WEEKDAYS[first]}-{WEEKDAYS[last]}"
        if week[first]:
            yield f"{days} {_spans(week[first])}"


def _spans(spans: Spans) -> str:
    return " ".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"


def _holidays(hours: Hours, today: date) -> list[date]:
    first = day_number(today)
    open_days = {day for day, _ in hours.spans(first, first + _AHEAD_DAYS)}
    shifts = dict(hours.shifts)
    found = []
    for ahead in range(_AHEAD_DAYS):
        day = today + timedelta(days=ahead)
        declared = shifts.get(first + ahead, hours.week[day.weekday()])
        if declared and first + ahead not in open_days:
            found.append(day)
        if len(found) == _SHOWN:
            break
    return found
