"""Periods of whole dates in the desk's zone, as reports and the filter language name them. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import InvalidUsage

PERIOD_HINT = "Write 2026-11, 2026-Q4, 2026, 2026-11-03..2026-11-09, today, yesterday, week, month or last-month."
_UNIT_MONTHS = {"M": 1, "Q": 3, "Y": 12}
_PART = re.compile(r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|(?P<month>\d\d)(?:-(?P<day>\d\d))?))?")
_DAYS_AGO = re.compile(r"(<=?|>=?)(\d{1,5})d")
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)


class Period(Struct, frozen=True):
    """The dates from `first` to `last`, both included, in one zone; `text` is how the period was asked for."""

    first: date
    last: date
    zone: tzinfo
    text: str

    @property
    def start(self) -> datetime:
        """The first instant of the period."""
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first instant after the period."""
        return self._midnight(self.last + timedelta(days=1))

    @property
    def query(self) -> str:
        """The period in a form that does not depend on today: `2026-11`, `2026-Q4`, a year, or two dates."""
        if self.first == self.last:
            return self.first.isoformat()
        if (self.first.month, self.first.day, self.last.month, self.last.day) == (1, 1, 12, 31):
            return str(self.first.year) if self.first.year == self.last.year else f"{self.first.year}..{self.last.year}"
        if self.first.day == 1 and self.last == _month_end(self.last):
            first, last = f"{self.first:%Y-%m}", f"{self.last:%Y-%m}"
            if self.last == _month_end(_add_months(self.first, 2)) and self.last.month % 3 == 0:
                return f"{self.first.year}-Q{self.last.month // 3}"
            return first if first == last else f"{first}..{last}"
        return f"{self.first}..{self.last}"

    def mapping(self) -> dict[str, str]:
        """Return the period for JSON: its first instant, the first one after it, and its zone."""
        return {"from": self.start.isoformat(), "to": self.end.isoformat(), "zone": str(self.zone)}

    def holds(self, day: date) -> bool:
        """Whether the period contains the date."""
        return self.first <= day <= self.last

    def before(self, *, months: int) -> Period:
        """Return the period of so many months that ends with the last date of this one."""
        year, month = divmod(self.last.year * 12 + self.last.month - 1 - months, 12)
        last_day = monthrange(year, month + 1)[1]
        day = last_day if self.last == _month_end(self.last) else min(self.last.day, last_day)
        return Period(date(year, month + 1, day) + timedelta(days=1), self.last, self.zone, self.text)

    @property
    def months(self) -> int:
        """The number of its months; 0 if it begins or ends within a month."""
        whole = self.first.day == 1 and self.last == _month_end(self.last)
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1 if whole else 0

    def shifted(self, steps: int) -> Period:
        """Return the period moved by `steps` times its own length: in whole months if it has them, else in dates."""
        if months := self.months * steps:
            first, last = _add_months(self.first, months), _month_end(_add_months(self.last, months))
        else:
            length = ((self.last - self.first).days + 1) * steps
            first, last = _add_days(self.first, length), _add_days(self.last, length)
        moved = Period(first, last, self.zone, "")
        return replace(moved, text=moved.query)

    def around(self, unit: str) -> Period:
        """Return the month, quarter or year of its last date; `unit` is one of M, Q, Y."""
        months = _UNIT_MONTHS[unit]
        first = date(self.last.year, (self.last.month - 1) // months * months + 1, 1)
        whole = Period(first, _month_end(_add_months(first, months - 1)), self.zone, "")
        return replace(whole, text=whole.query)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def parse_period(text: str, *, today: date, zone: tzinfo) -> Period:
    """Parse a period; `today` is the date in `zone` at which it is asked. Raises InvalidUsage for any other text."""
    words = text.strip()
    span = _parse_relative(words, today) or _parse_dates(words)
    if span is None or span[0] > span[1]:
        raise InvalidUsage("{value} is not a period.", hint=PERIOD_HINT, value=text)
    return Period(*span, zone, words)


def span_period(first: str, last: str, *, zone: tzinfo) -> Period:
    """Return the period from `first` to `last`, both included, as for `--from` and `--to`. Raises InvalidUsage."""
    text = f"{first}..{last}"
    spans = [_parse_part(part) for part in (first, last)]
    if spans[0] is None or spans[1] is None or spans[0][0] > spans[1][1]:
        raise InvalidUsage("{value} is not a period.", hint=PERIOD_HINT, value=text)
    return Period(spans[0][0], spans[1][1], zone, text)


def split_period(period: Period, unit: str) -> list[Period]:
    """Return the months, quarters or years that a period touches, cut at its ends; `unit` is one of M, Q, Y."""
    return list(_split(period, _UNIT_MONTHS[unit]))


def _split(period: Period, months: int) -> Iterator[Period]:
    year, month = period.first.year, (period.first.month - 1) // months * months + 1
    while (first := date(year, month, 1)) <= period.last:
        next_year, next_month = divmod(year * 12 + month - 1 + months, 12)
        last = date(next_year, next_month + 1, 1) - timedelta(days=1)
        text = {1: f"{year}-{month:02}", 3: f"{year}-Q{(month + 2) // 3}", 12: str(year)}[months]
        yield Period(max(first, period.first), min(last, period.last), period.zone, text)
        year, month = next_year, next_month + 1


def day_number(day: date) -> int:
    """Return a date as the number YYYYMMDD, which sorts as dates do."""
    return day.year * 10_000 + day.month * 100 + day.day


def _parse_relative(text: str, today: date) -> tuple[date, date] | None:
    """Parse a period relative to today: `today`, `week` (from Monday), `<7d` (the last seven dates)."""
    monday, month_start = today - timedelta(days=today.weekday()), today.replace(day=1)
    last_month_end = month_start - timedelta(days=1)
    named = {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1),) * 2,
        "week": (monday, monday + timedelta(days=6)),
        "month": (month_start, _month_end(today)),
        "last-month": (last_month_end.replace(day=1), last_month_end),
    }
    return named[text] if text in named else _parse_days_ago(text, today)


def _parse_days_ago(text: str, today: date) -> tuple[date, date] | None:
    match = _DAYS_AGO.fullmatch(text)
    if not match:
        return None
    days = int(match[2]) - (match[1] in ("<", ">="))
    border = today - timedelta(days=min(days, (today - _FIRST).days))
    return (border, today) if match[1].startswith("<") else (_FIRST, border)


def _parse_dates(text: str) -> tuple[date, date] | None:
    """Parse a year, quarter, month or date, or two with `..` between; an open end reaches to the limit of dates."""
    first, dots, last = text.partition("..")
    if not dots:
        return _parse_part(first)
    start, end = (_parse_part(part) if part else (_FIRST, _LAST) for part in (first, last))
    return (start[0], end[1]) if start and end and (first or last) else None


def _parse_part(text: str) -> tuple[date, date] | None:
    match = _PART.fullmatch(text.strip())
    if not match:
        return None
    year, quarter, month, day = (int(part or 0) for part in match.group("year", "quarter", "month", "day"))
    if not _FIRST.year <= year <= _LAST.year:
        return None
    try:
        if day:
            return (date(year, month, day),) * 2
        if match["month"]:
            return date(year, month, 1), _month_end(date(year, month, 1))
        first_month = (quarter or 1) * 3 - 2
        last_month = first_month + 2 if quarter else 12
        return date(year, first_month, 1), _month_end(date(year, last_month, 1))
    except ValueError:
        return None


def _add_months(day: date, months: int) -> date:
    """Return the first day of the month so many months later, within the limits of dates."""
    year, month = divmod(min(max(day.year * 12 + day.month - 1 + months, _FIRST.year * 12), _LAST.year * 12 + 11), 12)
    return date(year, month + 1, 1)


def _add_days(day: date, days: int) -> date:
    return day + timedelta(days=min(max(days, (_FIRST - day).days), (_LAST - day).days))


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
