"""Counting dates on which a calendar opens. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.model.worktime.calendar import Calendar, DatedCalendar

_INSTANTS = 4096  # whose dates are kept: many tickets are counted up to one instant
_FARTHEST = timedelta(days=5 * 366)  # within which a calendar opens, or never (clock rules 7)


class _KnownDates(dict[int, bool]):
    """Whether a calendar opens on each date, by the number of the date; each is looked up once."""

    def __init__(self, calendar: Calendar | DatedCalendar) -> None:
        super().__init__()
        self._calendar = calendar

    def __missing__(self, day: int) -> bool:
        self[day] = is_open = is_open_date(self._calendar, date.fromordinal(day))
        return is_open


class OpenDates:
    """The dates on which a calendar opens, each looked up once."""

    def __init__(self, calendar: Calendar | DatedCalendar) -> None:
        self._known = _KnownDates(calendar)
        zone = calendar.zone
        self._find_date = lru_cache(_INSTANTS)(lambda instant: instant.astimezone(zone).date().toordinal())

    def is_open(self, day: date) -> bool:
        """Return whether the calendar opens on a date."""
        return self._known[day.toordinal()]

    def count(self, start: datetime, end: datetime, *, limit: int) -> int:
        """Count the dates with open hours after that of `start` up to that of `end`, at most `limit` of them."""
        first, last = self._find_date(start), self._find_date(end)
        return sum(islice(filter(None, map(self._known.__getitem__, range(first + 1, last + 1))), limit))


def is_open_date(calendar: Calendar | DatedCalendar, day: date) -> bool:
    """Return whether a calendar opens on a date."""
    midnight = datetime.combine(day, time(), calendar.zone)
    return calendar.between(midnight, midnight + timedelta(days=1)) > timedelta(0)


def add_open_dates(calendar: Calendar | DatedCalendar, day: date, count: int) -> date:
    """Return the date so many open dates after `day`; `day` itself for none, and where the calendar never opens."""
    found = day
    while count > 0 and found - day < _FARTHEST:
        found += timedelta(days=1)
        count -= is_open_date(calendar, found)
    return found if count <= 0 else day


def count_open_days(calendar: Calendar | DatedCalendar, first: date, last: date) -> int:
    """Count the open dates after `first` up to `last`; none if it is not later."""
    return sum(is_open_date(calendar, first + timedelta(days=day)) for day in range(1, (last - first).days + 1))
