"""Counting dates on which a calendar opens. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from fenji.model.worktime.hours import DAY_SECONDS
from fenji.model.worktime.zone import EPOCH

if TYPE_CHECKING:
    from fenji.model.worktime.calendar import Calendar, DatedCalendar

_FIRST_DAY = EPOCH.toordinal()
_FARTHEST = timedelta(days=5 * 366)  # within which a calendar opens, or never (clock rules 7)


class OpenDates:
    """The dates on which a calendar opens, each looked up once."""

    def __init__(self, calendar: Calendar | DatedCalendar) -> None:
        self._calendar = calendar
        self._is_open = _OpenDays(calendar)
        self._ends: dict[datetime, int] = {}  # the number of the date of each: many are counted up to one

    def is_open(self, day: date) -> bool:
        """Return whether the calendar opens on a date."""
        return self._is_open[day.toordinal()]

    def count(self, start: datetime, end: datetime, *, limit: int) -> int:
        """Count the dates with open hours after that of `start` up to that of `end`, at most `limit` of them."""
        if end not in self._ends:
            self._ends[end] = self._day_of(end)
        first, last = self._day_of(start), self._ends[end]
        return sum(islice(filter(None, map(self._is_open.__getitem__, range(first + 1, last + 1))), limit))

    def _day_of(self, instant: datetime) -> int:
        """Return the number of the date that the calendar's clocks show."""
        second = int(instant.timestamp())
        return (second + self._calendar.zone.offset_at(second)) // DAY_SECONDS + _FIRST_DAY


class _OpenDays(dict[int, bool]):
    """Whether a calendar opens, by the number of the date."""

    def __init__(self, calendar: Calendar | DatedCalendar) -> None:
        super().__init__()
        self._calendar = calendar

    def __missing__(self, day: int) -> bool:
        self[day] = is_open = is_open_date(self._calendar, date.fromordinal(day))
        return is_open


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
