"""Warnings about the written dates of calendars: those that run out, and those that installed packages contradict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Sentence
from fenji.model.worktime import upkeep

if TYPE_CHECKING:
    from fenji.model.values import JsonValue
    from fenji.model.worktime.calendar import Calendar
    from fenji.model.worktime.hours import Hours

AHEAD = timedelta(days=60)  # how long before the end of the written dates to warn
_MAX_NAMED = 6  # dates


class DateWarning(Struct, frozen=True):
    """A thing that needs attention; `past` if the date has gone by, so that only a correction can help."""

    check: str  # the doctor's check: holidays or zones
    calendar: str
    message: Sentence
    hint: Sentence
    past: bool = False


def find_date_warnings(calendars: Mapping[str, Calendar], now: datetime) -> Iterator[DateWarning]:
    """Yield the warnings for these calendars; imports the package `holidays` if any have written dates."""
    for name, calendar in calendars.items():
        if calendar.hours:
            yield from _find_endings(name, calendar.hours, now)
            yield from _find_differences(name, calendar.hours, now)


def _find_endings(name: str, hours: Hours, now: datetime) -> Iterator[DateWarning]:
    soon, values = now.date() + AHEAD, _values(name, hours)
    last, written = upkeep.last_holiday(hours), hours.written
    if written and written.country and not written.dates:
        message = Sentence("Calendar {name} names {country} but has no holiday dates, so none count.", values)
        yield DateWarning("holidays", name, message, _holidays_hint(values, now.year))
    elif last and last < soon:
        message = Sentence("The last holiday of calendar {name} is {date}.", {**values, "date": last.isoformat()})
        hint = Sentence("Have next year's added to policy.yaml.")
        if written and written.country:
            hint = _holidays_hint(values, last.year + 1)
        yield DateWarning("holidays", name, message, hint)
    yield from _find_zone_ending(name, hours, soon)


def _find_zone_ending(name: str, hours: Hours, soon: date) -> Iterator[DateWarning]:
    values, end = _values(name, hours), upkeep.last_written_hour(hours)
    if end and end < soon:
        template = "The UTC offsets of calendar {name} are written only until {date}."
        message = Sentence(template, {**values, "date": str(end)})
        yield DateWarning("zones", name, message, _zones_hint(values, end.year + 1))


def _find_differences(name: str, hours: Hours, now: datetime) -> Iterator[DateWarning]:
    missing, extra = upkeep.differing_holidays(hours, now)
    values, today = _values(name, hours), now.astimezone(hours.zone).date()
    for past in (False, True):
        dates = [f"+{day}" for day in missing if (day <= today) is past]
        dates += [f"-{day}" for day in extra if (day <= today) is past]
        if dates:
            dates = [*dates[:_MAX_NAMED], "…"] if len(dates) > _MAX_NAMED else dates
            message = Sentence(
                "The installed holidays package has other dates than calendar {name}: {dates}. The calendar's apply.",
                {**values, "dates": tuple(dates)},
            )
            yield DateWarning(
                "holidays", name, message, _past_hint() if past else _holidays_hint(values, now.year), past
            )
    differs = upkeep.differing_hours(hours, now)
    if differs:
        past = differs.date() <= today
        message = Sentence(
            "From {at} on, the installed tzdata package has other offsets than calendar {name}. The calendar's apply.",
            {**values, "at": differs.isoformat()},
        )
        yield DateWarning("zones", name, message, _past_hint() if past else _zones_hint(values, now.year), past)


def _values(name: str, hours: Hours) -> dict[str, JsonValue]:
    written = hours.written
    country = "-".join(filter(None, (written.country, written.subdiv))) if written else ""
    return {"name": name, "country": country}


def _holidays_hint(values: Mapping[str, object], first: int) -> Sentence:
    years = {"first": first, "last": first + 2}
    return Sentence(
        "Write them with: fenji policy holidays {country} {first}-{last} --calendar {name}", {**values, **years}
    )


def _zones_hint(values: Mapping[str, object], first: int) -> Sentence:
    return Sentence("Write them with: fenji policy zones {first}-{last}", {**values, "first": first, "last": first + 2})


def _past_hint() -> Sentence:
    return Sentence("The past is never rewritten; mistakes go under `corrections`.")
