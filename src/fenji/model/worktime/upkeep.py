"""Compare a calendar's written dates with the installed packages: what to write next, what ends, what differs.

The written dates are the ones that count (clock rules 10a). Pure except for the packages `holidays` and `tzdata`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from fenji.model.worktime.holidays import public_holidays
from fenji.model.worktime.hours import Hours, to_date
from fenji.model.worktime.zone import EPOCH, SECOND, Zone, installed_offsets

if TYPE_CHECKING:
    from fenji.model.worktime.offsets import WrittenOffsets

Years = tuple[int, int]  # the first and the last


def next_midnight(zone: Zone, now: datetime) -> int:
    """Return the second at which the next local date begins; dates before it have begun."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return _second(datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone))


def plan_holidays(hours: Hours, installed: Mapping[date, str], years: Years, now: datetime) -> dict[date, str]:
    """Return all holidays to write for a calendar, with their names.

    In these years they are the `installed` ones, but dates that have begun stay as they are written. Past dates are
    added only if nothing is written yet.
    """
    written = hours.written
    present = {to_date(day): name for day, name in written.dates} if written else {}
    begun = date.min if has_none_written(hours) else now.astimezone(hours.zone).date()
    first, last = years
    kept = [day for day in present if day <= begun or day in installed or not first <= day.year <= last]
    planned = {day: name for day, name in installed.items() if day > begun} | {day: present[day] for day in kept}
    return dict(sorted(planned.items()))


def has_none_written(hours: Hours) -> bool:
    """Whether a calendar has no holidays of a country written yet, and no list of its own."""
    written = hours.written
    return written is not None and not written.dates and bool(written.country or not written.added)


def plan_offsets(zone: Zone, years: Years, now: datetime) -> WrittenOffsets:
    """Return all offsets to write for a zone; none if nothing is written and its offset is constant in these years.

    Written offsets that have begun stay. No year between the written ones and those asked for is left out, since each
    offset applies until the next; a stretch with nothing written gets the offsets by which it was counted.
    """
    if not zone.offsets:
        offsets = installed_offsets(zone.key, *years)
        return offsets if len({offset for _, offset in offsets}) > 1 else ()
    first, end = zone.offsets[0][0], zone.written_end or 0
    begin_year, end_year = min(years[0], _year(end)), max(years[1], _year(first) - 1)
    free, rules = next_midnight(zone, now), Zone(zone.key)
    kept = {at: offset for at, offset in zone.offsets if at < free or not begin_year <= _year(at) <= end_year}
    new = {
        at: offset
        for at, offset in installed_offsets(zone.key, begin_year, end_year)
        if not first <= at < min(free, end)
    }
    if begin_year <= _year(free) <= end_year:
        new[free] = rules.offset_at(free)
    return _without_repeats(kept, new)


def _without_repeats(kept: Mapping[int, int], new: Mapping[int, int]) -> WrittenOffsets:
    """Join offsets, leaving out new ones that repeat the offset before them, if that one reaches so far."""
    planned: list[tuple[int, int]] = []
    merged = sorted({**new, **kept}.items())
    for index, (at, offset) in enumerate(merged):
        repeats = bool(planned) and planned[-1][1] == offset
        reached = index + 1 < len(merged) or (bool(planned) and _year(planned[-1][0]) == _year(at))
        if at in kept or not (repeats and reached):
            planned.append((at, offset))
    return tuple(planned)


def last_holiday(hours: Hours) -> date | None:
    """Return the last date that a calendar lists as closed; None if it lists none, or uses a country's holidays."""
    return to_date(max(hours.closed)) if hours.closed and not hours.country else None


def last_written_hour(hours: Hours) -> date | None:
    """Return the last UTC date that the written offsets of a calendar's zone cover; None if none are written."""
    end = hours.zone.written_end
    return None if end is None else (EPOCH + SECOND * (end - 1)).date()


def differing_holidays(hours: Hours, now: datetime) -> tuple[list[date], list[date]]:
    """Return the dates that only the installed package has, and those that only the policy has, from this year on.

    Only for a calendar that names a country, in the years that are written; dates added or dropped by hand are not
    compared.
    """
    written = hours.written
    if written is None or not written.country or not written.dates:
        return [], []
    years = range(max(now.year, to_date(written.dates[0][0]).year), to_date(written.dates[-1][0]).year + 1)
    by_hand = {to_date(day) for day in written.added | written.dropped}
    installed = set(public_holidays(written.country, years, written.subdiv)) - by_hand
    present = {day for day in (to_date(number) for number, _ in written.dates) if day.year in years} - by_hand
    return sorted(installed - present), sorted(present - installed)


def differing_hours(hours: Hours, now: datetime) -> datetime | None:
    """Return the first instant, from this year on, at which a zone's written offset differs from the package's."""
    zone = hours.zone
    if zone.written_end is None:
        return None
    begin = max(_second(datetime(now.year, 1, 1, tzinfo=UTC)), zone.offsets[0][0])
    written, installed = (dict(known.changes(begin, zone.written_end)) for known in (zone, Zone(zone.key)))
    rules = Zone(zone.key)
    differing = (at for at in sorted({*written, *installed}) if zone.offset_at(at) != rules.offset_at(at))
    first = next(differing, None) if begin < zone.written_end else None
    return None if first is None else (EPOCH + SECOND * first).astimezone(zone)


def _second(instant: datetime) -> int:
    return (instant.astimezone(UTC) - EPOCH) // timedelta(seconds=1)


def _year(second: int) -> int:
    return (EPOCH + SECOND * second).year
