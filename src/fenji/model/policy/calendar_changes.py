"""Find what a new writing of a calendar changes in the hours that have run: dates that have begun, and the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import chain
from typing import TYPE_CHECKING

from fenji.model.worktime.hours import Hours, day_number, to_date
from fenji.model.worktime.zone import EPOCH, SECOND

if TYPE_CHECKING:
    from fenji.model.worktime.zone import Zone

_UNDATED = ("week", "day")


def find_calendar_changes(old: Hours, new: Hours, at: datetime, first_year: int) -> Iterator[tuple[str, str]]:
    """Yield the keys of a calendar whose change moves what has run before `at`, each with the date or instant moved.

    What has no date (`tz`, `week`, `day`) has `""`. Dates that have not begun in the calendar's zone, and written
    offsets to come, may differ. Where the holidays of a country are asked of a library, days from `first_year` on are
    compared.
    """
    if old.zone.key != new.zone.key:
        yield "tz", ""
        return
    yield from ((key, "") for key in _UNDATED if getattr(old, key) != getattr(new, key))
    instant = _first_offset_change(old.zone, new.zone, at, first_year)
    if instant is not None:
        yield "offsets", (EPOCH + SECOND * instant).isoformat()
    today = day_number(at.astimezone(new.zone).date())
    for key, days in _changed_days(old, new, first_year, today):
        for day in sorted(day for day in days if day <= today):
            if list(old.open_spans(day, day)) != list(new.open_spans(day, day)):
                yield key, to_date(day).isoformat()


def _changed_days(old: Hours, new: Hours, first_year: int, today: int) -> Iterator[tuple[str, set[int]]]:
    """Yield the keys of what is dated, each with the days that it may have changed."""
    closed = set(old.closed ^ new.closed | old.worked ^ new.worked)
    if (old.country, old.subdiv) != (new.country, new.subdiv):
        closed |= set(range(day_number(date(first_year, 1, 1)), today + 1))
    yield "holidays", closed
    for key, former, latter in (("shifts", old.shifts, new.shifts), ("breaks", old.breaks, new.breaks)):
        yield key, {day for day, _ in set(chain(former, latter)) - (set(former) & set(latter))}


def _first_offset_change(old: Zone, new: Zone, at: datetime, first_year: int) -> int | None:
    """Return the first second before `at` from which the clocks of two writings of a zone show different times."""
    if old.offsets == new.offsets:
        return None
    first = (datetime(first_year, 1, 1, tzinfo=UTC) - EPOCH) // SECOND
    first = min(first, *(instant for instant, _ in (*old.offsets, *new.offsets)))
    last = (at - EPOCH) // SECOND
    former, latter = (dict(zone.changes(first, last)) for zone in (old, new))
    return next((second for second in sorted({**former, **latter}) if former.get(second) != latter.get(second)), None)
