"""The local hours of one calendar as values: its zone, weekly spans, holidays, shifts and breaks.

Says which spans a local date has; `parse` reads them from a policy. Knows only local dates and seconds of a day;
instants, and the counting between them, are in `calendar`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.worktime import holidays as public_holidays

if TYPE_CHECKING:
    from fenji.model.worktime.zone import Zone

DAY_SECONDS = 86_400
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TimeSpan = tuple[int, int]  # start and end in seconds of the local day, the end excluded
TimeSpans = tuple[TimeSpan, ...]  # in order, apart or touching

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()  # local dates are counted as days from here; it was a Thursday
_EPOCH_WEEKDAY = 3


class WrittenHolidays(Struct, frozen=True):
    """The public holidays that a policy lists by date, and their country; `Hours.closed` is what counts."""

    country: str
    subdiv: str
    dates: tuple[tuple[int, str], ...]  # day and name, in order
    added: frozenset[int]
    dropped: frozenset[int]

    @property
    def closed(self) -> frozenset[int]:
        """The days that these holidays close."""
        return self.added | (frozenset(day for day, _ in self.dates) - self.dropped)


@dataclass(frozen=True)
class Hours:
    """What one calendar declares (clock rules 2). Dates are days since 1970-01-01, spans seconds of the local day.

    Two are equal if all dates and instants count alike, however their holidays are written.
    """

    zone: Zone
    week: tuple[TimeSpans, ...]  # Monday first
    closed: frozenset[int] = frozenset()
    shifts: tuple[tuple[int, TimeSpans], ...] = ()
    breaks: tuple[tuple[int, TimeSpans], ...] = ()
    country: str = ""  # whose holidays the package `holidays` gives (format 1)
    subdiv: str = ""
    worked: frozenset[int] = frozenset()  # holidays of the country that are not observed here
    day: timedelta | None = None  # what `1d` means; None: not declared
    written: WrittenHolidays | None = field(default=None, compare=False)  # as format 2 has them; part of `closed`

    def open_spans(self, first: int, last: int) -> Iterator[tuple[int, TimeSpans]]:
        """Yield the dates from `first` to `last`, both included, that are open, with their spans (clock rules 3)."""
        shifts, breaks, closed = dict(self.shifts), dict(self.breaks), self._closed_days(first, last)
        for day in range(first, last + 1):
            if day in closed:
                continue
            spans = shifts[day] if day in shifts else self.week[(day + _EPOCH_WEEKDAY) % 7]
            if day in breaks:
                spans = tuple(_subtract_breaks(spans, breaks[day]))
            if spans:
                yield day, spans

    def _closed_days(self, first: int, last: int) -> frozenset[int]:
        if not self.country:
            return self.closed
        years = range(to_date(first).year, to_date(last).year + 1)
        dates = chain.from_iterable(public_holidays.holidays_in_year(self.country, self.subdiv, year) for year in years)
        return self.closed | (frozenset(map(day_number, dates)) - self.worked)


def day_number(day: date) -> int:
    """Return the days from 1970-01-01 to this local date."""
    return day.toordinal() - _EPOCH_ORDINAL


def to_date(day: int) -> date:
    """Return the local date `day` days after 1970-01-01."""
    return date.fromordinal(max(1, min(day + _EPOCH_ORDINAL, date.max.toordinal())))


def _subtract_breaks(spans: TimeSpans, breaks: TimeSpans) -> Iterator[TimeSpan]:
    for start, end in spans:
        open_from = start  # where the rest of the span begins that no break so far has closed
        for closes, opens in breaks:
            if open_from < closes < end:
                yield open_from, closes
            if closes < end:
                open_from = max(open_from, opens)
        if open_from < end:
            yield open_from, end
