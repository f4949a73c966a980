"""Counting dates on which a calendar opens. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.model.worktime.calendar import Calendar, DatedCalendar


def count_open_dates(calendar: Calendar | DatedCalendar, start: datetime, end: datetime, *, limit: int) -> int:
    """Count the dates with open hours after that of `start` up to that of `end`, at most `limit` of them."""
    first, last = (instant.astimezone(calendar.zone).date() for instant in (start, end))
    count = 0
    for day in range(1, (last - first).days + 1):
        midnight = datetime.combine(first + timedelta(days=day), time(), calendar.zone)
        count += calendar.between(midnight, midnight + timedelta(days=1)) > timedelta(0)
        if count == limit:
            break
    return count
