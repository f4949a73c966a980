"""Working time counted minute by minute, as a check of the calendars; and random calendars to check them with.

Shares no code with them: every UTC minute is converted to the zone's wall clock and judged by itself. Right for
calendars without faults, and for zones whose offsets are whole minutes at the time (all since 1972), written ones too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from hypothesis import strategies as st

NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_DAYS = 2000  # beyond this an addition gives up
EXAMPLES_FACTOR = int(os.environ.get("FENJI_NIGHTLY") or 1)

Spans = list[tuple[int, int]]


class MinuteCalendar:
    """A calendar from a valid mapping; from None, the one that is always open."""

    def __init__(self, mapping: Mapping[str, Any] | None) -> None:
        self.flags: dict[int, bytes] = {}
        self.round_the_clock = mapping is None
        if mapping is None:
            return
        self.zone = str(mapping["tz"])
        self.week = _parse_week(mapping["week"])
        self.closed, self.country, self.worked = _parse_holidays(mapping.get("holidays") or [])
        self.offsets = _parse_offsets(mapping.get("offsets"))
        self.shifts = _parse_dates(mapping.get("shifts"))
        self.breaks = _parse_dates(mapping.get("breaks"))

    @classmethod
    def from_policy(cls, mapping: Mapping[str, Any], name: str) -> MinuteCalendar:
        calendars = mapping.get("calendars", mapping)
        assert isinstance(calendars, Mapping)
        return cls(None if name == "always" else calendars[name])

    @classmethod
    def always(cls) -> MinuteCalendar:
        return cls(None)

    def is_open(self, instant: datetime) -> bool:
        return self.open_minute(_epoch_second(instant) // 60)

    def between(self, start: datetime, end: datetime) -> timedelta:
        first, last = _epoch_second(start), _epoch_second(end)
        if last <= first:
            return timedelta(0)
        if first // 60 == last // 60:
            return timedelta(seconds=(last - first) * self.open_minute(first // 60))
        head = (60 - first % 60) * self.open_minute(first // 60)
        tail = (last % 60) * (last % 60 > 0 and self.open_minute(last // 60))
        minutes_open = sum(self.open_minute(minute) for minute in range(first // 60 + 1, last // 60))
        return timedelta(seconds=head + 60 * minutes_open + tail)

    def add(self, start: datetime, working: timedelta) -> datetime:
        """Return the earliest instant with exactly `working` open since `start`. Raises LookupError after 5.5 years."""
        at, left = _epoch_second(start), int(working.total_seconds())
        limit = at + MOST_DAYS * 86_400
        while left > 0:
            if at >= limit:
                raise LookupError("no due found")
            step = 60 - at % 60
            if self.open_minute(at // 60):
                step = min(step, left)
                left -= step
            at += step
        return EPOCH + timedelta(seconds=at)

    def open_minute(self, minute: int) -> bool:
        day, rest = divmod(minute, 1440)
        flags = self.flags.get(day)
        if flags is None:
            flags = self.flags[day] = bytes(self.compute_open(day * 1440 + offset) for offset in range(1440))
        return bool(flags[rest])

    def local_minute(self, minute: int) -> tuple[date, int]:
        """Return local date and minute of the day: by the written offset in force, if any, else by the zone."""
        instant = EPOCH + timedelta(minutes=minute)
        passed = [written for written in self.offsets if written[0] <= instant]
        if not passed or (passed == self.offsets and instant.year > passed[-1][0].year):
            return _local_minute(self.zone, minute)
        wall = instant + passed[-1][1]
        return wall.date(), wall.hour * 60 + wall.minute

    def compute_open(self, minute: int) -> bool:
        if self.round_the_clock:
            return True
        day, at = self.local_minute(minute)
        if day in self.closed or (self.country is not None and day in self.country and day not in self.worked):
            return False
        spans = self.shifts[day] if day in self.shifts else self.week[day.weekday()]
        open_now = any(start <= at < end for start, end in spans)
        return open_now and not any(start <= at < end for start, end in self.breaks.get(day, []))


class DatedMinuteCalendar(MinuteCalendar):
    """Calendars in force one after the other, from whole minutes on; the first also before."""

    def __init__(self, versions: list[tuple[datetime, MinuteCalendar]]) -> None:
        super().__init__(None)
        self.versions = [(_epoch_second(since) // 60, calendar) for since, calendar in versions]

    def compute_open(self, minute: int) -> bool:
        in_force = self.versions[0][1]
        for since, calendar in self.versions:
            if since <= minute:
                in_force = calendar
        return in_force.compute_open(minute)


@lru_cache(maxsize=64)
def packaged_zone(key: str) -> ZoneInfo:
    """Return the zone as the installed package tzdata has it, whatever files the machine has."""
    with resources.files("tzdata").joinpath("zoneinfo", *key.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=key)


@lru_cache(maxsize=400_000)
def _local_minute(zone: str, minute: int) -> tuple[date, int]:
    """Return local date and minute of the day."""
    wall = (EPOCH + timedelta(minutes=minute)).astimezone(packaged_zone(zone))
    return wall.date(), wall.hour * 60 + wall.minute


def _epoch_second(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(seconds=1)


def _parse_spans(written: object) -> Spans:
    assert isinstance(written, list | None)
    return [(int(span[0:2]) * 60 + int(span[3:5]), int(span[6:8]) * 60 + int(span[9:11])) for span in written or []]


def _parse_week(written: object) -> list[Spans]:
    assert isinstance(written, Mapping)
    week: list[Spans] = [[], [], [], [], [], [], []]
    for key, spans in written.items():
        weekday, last = NAMES.index(key[:3]), NAMES.index(key[-3:])
        week[weekday] = _parse_spans(spans)
        while weekday != last:
            weekday = (weekday + 1) % 7
            week[weekday] = _parse_spans(spans)
    return week


def _parse_date(written: object) -> date:
    return date.fromisoformat(str(written))


def _parse_dates(written: object) -> dict[date, Spans]:
    assert isinstance(written, Mapping | None)
    return {_parse_date(day): _parse_spans(spans) for day, spans in (written or {}).items()}


def _parse_offsets(written: object) -> list[tuple[datetime, timedelta]]:
    assert isinstance(written, Mapping | None)
    return sorted(
        (
            datetime.fromisoformat(str(instant)).astimezone(UTC),
            (1 if offset[0] == "+" else -1) * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6])),
        )
        for instant, offset in (written or {}).items()
    )


def _parse_holidays(written: object) -> tuple[set[date], holidays.HolidayBase | None, set[date]]:
    if isinstance(written, Mapping):
        code, part = written.get("country"), written.get("subdiv")
        country = holidays.country_holidays(str(code), subdiv=str(part) if part else None) if code else None
        return (
            set(map(_parse_date, written.get("add") or [])),
            country,
            set(map(_parse_date, written.get("drop") or [])),
        )
    assert isinstance(written, list)
    return set(map(_parse_date, written)), None, set()


# --- random calendars -------------------------------------------------------------------------------------------

# Zones with an instant (UTC) near which their clocks, or nothing, change.
TURNS = [
    ("Asia/Riyadh", "2026-03-01T00:00"),
    ("Asia/Shanghai", "1991-09-14T17:00"),
    ("Europe/Berlin", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-10-25T01:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),  # half an hour back
    ("Australia/Lord_Howe", "2026-10-03T15:30"),  # half an hour on
    ("America/Sao_Paulo", "2018-02-18T02:00"),  # midnight back to 23:00
    ("America/Sao_Paulo", "2018-11-04T03:00"),  # midnight on to 01:00
    ("Africa/Cairo", "2024-04-25T22:00"),  # Friday begins at 01:00
    ("Africa/Cairo", "2024-10-31T21:00"),  # Thursday's last hour twice
    ("Asia/Beirut", "2022-03-26T22:00"),
    ("Asia/Beirut", "2022-10-29T21:00"),
    ("America/St_Johns", "2010-11-07T02:31"),  # one minute past midnight
    ("Antarctica/Troll", "2026-03-29T01:00"),  # two hours
    ("Asia/Pyongyang", "2018-05-04T15:00"),  # half an hour, 23:30 to midnight
    ("America/Caracas", "2016-05-01T07:00"),
    ("Asia/Kathmandu", "1985-12-31T18:30"),  # a quarter
    ("Pacific/Apia", "2011-12-30T10:00"),  # the date line: no 30 December
    ("Pacific/Kwajalein", "1993-08-21T12:00"),  # no 21 August
    ("Africa/Casablanca", "2026-02-15T02:00"),
]
_EDGES = [0, 1, 30, 59, 60, 90, 119, 120, 121, 150, 180, 480, 720, 780, 1020, 1380, 1410, 1439, 1440]


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def span_lists(draw: st.DrawFn, least: int = 0) -> list[str]:
    """Draw up to three spans of a day in order, apart or touching."""
    minute = st.one_of(st.sampled_from(_EDGES), st.integers(0, 1440))
    edges = sorted(draw(st.lists(minute, min_size=2 * least, max_size=6, unique=True)))
    if draw(st.booleans()) and len(edges) > 2:  # the second span begins where the first one ends
        edges.insert(2, edges[1])
    pairs = [(first, last) for first, last in zip(edges[::2], edges[1::2], strict=False) if last != 1439]
    return [f"{_time(first)}-{_time(last)}" for first, last in pairs or [(540, 1020)] * least]


@st.composite
def mappings(draw: st.DrawFn, *, turn: tuple[str, str] | None = None) -> dict[str, Any]:
    """Draw the mapping of a valid calendar, with dated exceptions around a turn of its zone (see `TURNS`)."""
    zone, instant = turn or draw(st.sampled_from(TURNS))
    around = date.fromisoformat(instant[:10])
    days = st.integers(-8, 8).map(lambda offset: str(around + timedelta(days=offset)))
    shape = draw(st.sampled_from([["sun-thu"], ["mon-fri", "sat"], ["mon-sun"], ["sat-mon", "wed"], NAMES]))
    week = {key: draw(span_lists(least=1 if key == shape[0] else 0)) for key in shape}
    return {
        "tz": zone,
        "week": week,
        "holidays": draw(st.lists(days, max_size=2, unique=True)),
        "shifts": draw(st.dictionaries(days, span_lists(), max_size=2)),
        "breaks": draw(st.dictionaries(days, span_lists(), max_size=3)),
    }


@st.composite
def offset_mappings(draw: st.DrawFn, turn: tuple[str, str]) -> dict[str, str]:
    """Draw written offsets of a zone around a turn: days apart or in the same minute, some without any change."""
    near = datetime.fromisoformat(turn[1]).replace(tzinfo=UTC)
    minutes = st.one_of(st.integers(-3, 3).map(lambda hour: hour * 30), st.integers(-1440 * 6, 1440 * 6))
    quarters = draw(st.dictionaries(minutes, st.integers(-12 * 4, 14 * 4), min_size=1, max_size=3))
    return {
        (near + timedelta(minutes=minute)).isoformat(): f"{'-' if quarter < 0 else '+'}{_time(abs(quarter) * 15)}"
        for minute, quarter in quarters.items()
    }


@st.composite
def instants(draw: st.DrawFn, turn: tuple[str, str], *, days: int = 5) -> datetime:
    """Draw an instant to the second, within `days` of a turn, in a zone drawn at random."""
    near = datetime.fromisoformat(turn[1]).replace(tzinfo=UTC)
    offset = draw(
        st.one_of(st.integers(-3, 3).map(lambda hour: hour * 1800), st.integers(-86_400 * days, 86_400 * days))
    )
    return (near + timedelta(seconds=offset)).astimezone(ZoneInfo(draw(st.sampled_from(["UTC", turn[0]]))))
