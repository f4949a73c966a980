"""Additions per second on a working calendar, compared with stepping by weeks and by days and, if installed, with the
package `businesstimedelta`.

Run: python bench/calendars.py [--small]. All are measured in one process, one after the other; what counts are the
ratios.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from fenji.model.worktime.calendar import Calendar

KSA: dict[str, object] = {
    "tz": "Asia/Riyadh",
    "week": {"sun-thu": ["08:00-12:00", "13:00-17:00"]},
    "holidays": [
        *("2026-02-22", "2026-03-19", "2026-03-22", "2026-05-26", "2026-05-27", "2026-05-28", "2026-09-23"),
        *("2027-02-22", "2027-03-09", "2027-03-10", "2027-05-16", "2027-05-17", "2027-05-18", "2027-09-23"),
    ],
}
BERLIN = {**KSA, "tz": "Europe/Berlin"}
TARGETS = [timedelta(hours=hours) for hours in (1, 4, 8, 24, 56, 112)]  # the last two are 7 and 14 days of 8 hours
MONTH = timedelta(days=30)
STARTS = [datetime(2026, 1, 4, 6, tzinfo=UTC) + timedelta(minutes=397 * step) for step in range(1000)]
Adds = Callable[[datetime, timedelta], datetime]
Segment = tuple[datetime, datetime]


class Stepping:
    """Working time as libraries count it: the open segments in order, one by one, until the time is used up."""

    def __init__(self, mapping: dict[str, object]) -> None:
        self.zone = ZoneInfo(str(mapping["tz"]))
        self.spans = [(wall(8), wall(12)), (wall(13), wall(17))]
        self.holidays = holidays(mapping)

    def segments(self, start: datetime) -> Iterator[Segment]:
        raise NotImplementedError

    def instant(self, day: date, at: wall) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def add(self, start: datetime, working: timedelta) -> datetime:
        left = working
        for first, last in self.segments(start):
            if last - first >= left:
                return first + left
            left -= last - first
        raise AssertionError("the segments never end")

    def between(self, start: datetime, end: datetime) -> timedelta:
        total = timedelta(0)
        for first, last in self.segments(start):
            if first >= end:
                break
            total += min(last, end) - first
        return total


class DayByDay(Stepping):
    """The leanest way: one local date after the other, holidays looked up in a set, nothing but weekly spans."""

    def segments(self, start: datetime) -> Iterator[Segment]:
        day = start.astimezone(self.zone).date()
        while True:
            if day.weekday() not in (4, 5) and day not in self.holidays:
                for opens, closes in self.spans:
                    last = self.instant(day, closes)
                    if last > start:
                        yield max(self.instant(day, opens), start), last
            day += timedelta(days=1)


class WeekByWeek(Stepping):
    """The way of the Ruby library biz: each weekly span as instants, cut by all breaks, tested for all holidays."""

    def __init__(self, mapping: dict[str, object]) -> None:
        super().__init__(mapping)
        self.week = [(weekday, span) for weekday in (0, 1, 2, 3, 6) for span in self.spans]
        day = timedelta(days=1)
        self.closed = [
            (self.instant(holiday, wall(0)), self.instant(holiday + day, wall(0))) for holiday in sorted(self.holidays)
        ]
        self.breaks: list[Segment] = []

    def segments(self, start: datetime) -> Iterator[Segment]:
        monday = start.astimezone(self.zone).date()
        monday -= timedelta(days=monday.weekday())
        while True:
            for weekday, (opens, closes) in self.week:
                day = monday + timedelta(days=weekday)
                first, last = max(self.instant(day, opens), start), self.instant(day, closes)
                if first < last:
                    yield from (segment for segment in self.active(first, last) if not self.on_holiday(segment[0]))
            monday += timedelta(days=7)

    def active(self, first: datetime, last: datetime) -> list[Segment]:
        parts = [(first, last)]
        for closes, opens in self.breaks:
            cut = [piece for start, end in parts for piece in ((start, min(end, closes)), (max(start, opens), end))]
            parts = [(start, end) for start, end in cut if start < end]
        return parts

    def on_holiday(self, instant: datetime) -> bool:
        return any(first <= instant < last for first, last in self.closed)


def holidays(mapping: dict[str, object]) -> set[date]:
    written = mapping["holidays"]
    assert isinstance(written, list)
    return {date.fromisoformat(day) for day in written}


def business_timedelta(mapping: dict[str, object]) -> Adds | None:
    """Return an addition by the package businesstimedelta, with zones of its own kind; None if it is not installed."""
    if importlib.util.find_spec("businesstimedelta") is None:
        return None
    package: Any = importlib.import_module("businesstimedelta")
    zone = importlib.import_module("pytz").timezone(str(mapping["tz"]))
    days, closed = [0, 1, 2, 3, 6], sorted(holidays(mapping))
    spans = ((wall(8), wall(12)), (wall(13), wall(17)))
    rules = [package.WorkDayRule(start_time=first, end_time=last, working_days=days, tz=zone) for first, last in spans]
    together = package.Rules([*rules, package.HolidayRule(closed, tz=zone)])

    def add(start: datetime, working: timedelta) -> datetime:
        due: datetime = start + package.BusinessTimeDelta(together, timedelta=working)
        return due

    return add


def measure_rate(work: Callable[[datetime, timedelta], object], starts: list[datetime], *targets: timedelta) -> float:
    """Return the calls per second."""
    begun = time.perf_counter()
    for start in starts:
        for target in targets:
            work(start, target)
    return len(starts) * len(targets) / (time.perf_counter() - begun)


def print_row(label: str, quick: float, *others: float | None) -> None:
    beside = "".join(f"{other:10,.0f}{quick / other:7.1f}" if other else f"{'—':>10}{'—':>7}" for other in others)
    print(f"{label:32}{quick:10,.0f}{beside}")


def compare(label: str, mapping: dict[str, object], starts: list[datetime]) -> None:
    quick, days, weeks = Calendar.from_policy(mapping, "x"), DayByDay(mapping), WeekByWeek(mapping)
    package = business_timedelta(mapping)
    for slow in (days, weeks):
        assert all(quick.add(start, target) == slow.add(start, target) for start in starts[::9] for target in TARGETS)
        assert all(quick.between(start, start + MONTH) == slow.between(start, start + MONTH) for start in starts[::9])
    for targets in (*([target] for target in TARGETS), TARGETS):
        hours = ", ".join(f"{target.total_seconds() / 3600:g}" for target in targets)
        slow_rates = [measure_rate(slow.add, starts[::10], *targets) for slow in (weeks, days)]
        print_row(
            f"{label}, add {hours} h",
            measure_rate(quick.add, starts, *targets),
            *slow_rates,
            measure_rate(package, starts[::50], *targets) if package else None,
        )

    def month(calendar: Calendar | Stepping) -> float:
        return measure_rate(lambda start, length: calendar.between(start, start + length), starts[::10], MONTH)

    print_row(f"{label}, between, 30 days", month(quick), month(weeks), month(days), None)


def fresh(mapping: dict[str, object]) -> None:
    """Print the costs for a command that reads one calendar and judges the tickets of the last three months."""
    best = {"the calendar read": 9.0, "its first addition": 9.0, "1,000 more, 3 months": 9.0, "260 days laid out": 9.0}
    for _ in range(20):
        marks = [time.perf_counter()]
        calendar = Calendar.from_policy(mapping, "x")
        marks.append(time.perf_counter())
        calendar.add(STARTS[0], timedelta(hours=1))
        marks.append(time.perf_counter())
        for step in range(1000):
            calendar.add(STARTS[step % 300], timedelta(hours=1))
        marks.append(time.perf_counter())
        calendar.between(STARTS[0], STARTS[0] + timedelta(days=365))
        marks.append(time.perf_counter())
        for name, first, last in zip(best, marks, marks[1:], strict=False):
            best[name] = min(best[name], last - first)
    for name, seconds in best.items():
        print(f"{name:34}{seconds * 1000:8.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description="Additions a second on a working calendar.")
    parser.add_argument("--small", action="store_true", help="a small size, which only shows that it runs")
    starts = STARTS[:50] if parser.parse_args().small else STARTS
    heads = ("week by week", "day by day", "package")
    print(f"{'calls a second':32}{'fenji':>10}" + "".join(f"{head:>13}{'×':>4}" for head in heads))
    compare("Riyadh", KSA, starts)
    compare("Berlin", BERLIN, starts)
    print_row("always, add, all of these", measure_rate(Calendar.always().add, starts, *TARGETS))
    print("\na fresh calendar")
    fresh(BERLIN)


if __name__ == "__main__":
    main()
