"""Periods of whole days: a month, a quarter, a year, or from one to another, both ends in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_PART = re.compile(r"([0-9]{4})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])))?")


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, both in, under the name that was asked for."""

    name: str
    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.first <= day <= self.last


def parse_period(text: str, today: date) -> Period | None:
    """Parse `2026-11`, `2026-Q4`, `2026`, `2026-10..2026-11` or `last-month`; None for other text."""
    if text == "last-month":
        last = today.replace(day=1) - timedelta(days=1)
        return Period(f"{last:%Y-%m}", last.replace(day=1), last)
    ends = [_parse_part(part) for part in text.split("..", 1)]
    known = [end for end in ends if end]
    if len(known) < len(ends) or known[-1].last < known[0].first:
        return None
    return Period(text, known[0].first, known[-1].last)


def _parse_part(text: str) -> Period | None:
    match = _PART.fullmatch(text)
    if match is None or not 1900 <= int(match[1]) <= 2200:
        return None
    year, month, quarter = int(match[1]), match[2], match[3]
    start, count = (int(month), 1) if month else (3 * int(quarter) - 2, 3) if quarter else (1, 12)
    after = start + count
    end = date(year + (after > 12), after - 12 * (after > 12), 1)
    return Period(text, date(year, start, 1), end - timedelta(days=1))
