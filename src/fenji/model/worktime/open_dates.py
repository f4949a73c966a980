"""Count the dates on which a calendar opens. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from fenji.model.worktime.hours import DAY_SECONDS
from fenji.model.worktime.zone import EPOCH

if TYPE_CHECKING:
    from fenji.model.worktime.calendar import Calendar, DatedCalendar

_FIRST_DAY = EPOCH.toordinal()
_FARTHEST = timedelta(days=5 * 366)  # a calendar that does not open within this never does (clock rules 7)


class OpenDates:
    """The dates on which a calendar opens, each looked up once."""

    def __init__(self, calendar: Calendar | DatedCalendar) -> None:
        self._calendar = calendar
        self._is_open = _OpenDays(calendar)
        self._until: dict[datetime, _Latest] = {}  # many counts share the same end

    def is_open(self, day: date) -> bool:
        """Return whether the calendar opens on a date."""
        return self._is_open[day.toordinal()]

    def count(self, start: datetime, end: datetime, *, limit: int) -> int:
        """Count the open dates after the date of `start` up to the date of `end`, at most `limit` of them."""
        if end not in self._until:
            self._until[end] = _Latest(self._is_open, self._day_of(end))
        return self._until[end].count_after(self._day_of(start), limit)

    def _day_of(self, instant: datetime) -> int:
        """Return the ordinal of the local date at an instant, in the calendar's zone."""
        second = int(instant.timestamp())
        return (second + self._calendar.zone.offset_at(second)) // DAY_SECONDS + _FIRST_DAY


class _Latest:
    """The open dates up to a last one, found backwards from it, only as far as needed so far."""

    def __init__(self, is_open: Mapping[int, bool], last: int) -> None:
        self._is_open, self._last = is_open, last
        self._first = last  # the dates after it have been looked up
        self._back: list[int] = []  # for each open date found, days before the last date; ascending

    def count_after(self, day: int, limit: int) -> int:
        """Count the open dates after a day, at most `limit` of them."""
        while self._first > day and len(self._back) < limit:
            if self._is_open[self._first]:
                self._back.append(self._last - self._first)
            self._first -= 1
        return min(bisect_left(self._back, self._last - day), limit)


class _OpenDays(dict[int, bool]):
    """A cache of whether a calendar opens, by the ordinal of the date."""

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
    """Return the date `count` open dates after `day`; `day` itself if `count` is 0 or the calendar never opens."""
    found = day
    while count > 0 and found - day < _FARTHEST:
        found += timedelta(days=1)
        count -= is_open_date(calendar, found)
    return found if count <= 0 else day


def count_open_days(calendar: Calendar | DatedCalendar, first: date, last: date) -> int:
    """Count the open dates after `first` up to `last`; 0 if `last` is not later."""
    return sum(is_open_date(calendar, first + timedelta(days=day)) for day in range(1, (last - first).days + 1))
