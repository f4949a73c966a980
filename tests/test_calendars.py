from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fenji.errors import Damaged, NotFound, Refused
from fenji.model.worktime import calendar as calendars
from fenji.model.worktime import holidays as public_holidays
from fenji.model.worktime.calendar import Calendar, DatedCalendar
from fenji.storage.yaml_codec import load, locate_faults
from minutes import EXAMPLES_FACTOR, TURNS, DatedMinuteCalendar, MinuteCalendar, instants, mappings

OFFICE = ["08:00-12:00", "13:00-17:00"]
KSA: dict[str, Any] = {
    "tz": "Asia/Riyadh",
    "week": {"sun-thu": OFFICE},
    "holidays": {"country": "SA", "add": ["2026-09-24"], "drop": []},
    "shifts": {"2026-02-14": ["09:00-12:00"]},
    "breaks": {"2026-03-01": ["10:00-11:30"]},
    "day": "8h",
}
HOUR = timedelta(hours=1)


def make_calendar(mapping: dict[str, Any]) -> Calendar:
    parsed, faults = calendars.parse_calendar(mapping, ("ksa",))
    assert parsed, faults
    return parsed


def office(zone: str, **more: Any) -> Calendar:
    return make_calendar({"tz": zone, "week": {"mon-fri": ["09:00-17:00"]}, **more})


def all_day(zone: str, **more: Any) -> Calendar:
    return make_calendar({"tz": zone, "week": {"mon-sun": ["00:00-24:00"]}, **more})


def parse_instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def list_faults(**changes: Any) -> dict[str, str]:
    mapping: dict[str, Any] = {"tz": "Asia/Riyadh", "week": {"sun-thu": OFFICE}, **changes}
    parsed, faults = calendars.parse_calendar(mapping, ("calendars", "ksa"))
    assert parsed is None
    assert all(fault.path[:2] == ("calendars", "ksa") for fault in faults)
    return {".".join(map(str, fault.path[2:])): str(fault.message) for fault in faults}


# --- laws, against the minute by minute count -------------------------------------------------------------------

often = settings(max_examples=30 * EXAMPLES_FACTOR, deadline=None, suppress_health_check=[HealthCheck.too_slow])
turns = st.sampled_from(TURNS)


@often
@given(st.data(), turns)
def test_open_and_between_are_what_the_minutes_say(data: st.DataObject, turn: tuple[str, str]) -> None:
    mapping = data.draw(mappings(turn=turn))
    start, end = data.draw(instants(turn)), data.draw(instants(turn))
    quick, slow = make_calendar(mapping), MinuteCalendar(mapping)
    assert quick.is_open(start) == slow.is_open(start)
    assert quick.between(start, end) == slow.between(start, end)


@often
@given(st.data(), turns)
def test_add_is_what_the_minutes_say(data: st.DataObject, turn: tuple[str, str]) -> None:
    mapping, start = data.draw(mappings(turn=turn)), data.draw(instants(turn, days=3))
    quick, slow = make_calendar(mapping), MinuteCalendar(mapping)
    most = int(slow.between(start, start + timedelta(days=9)).total_seconds())
    working = timedelta(seconds=data.draw(st.one_of(st.integers(0, most), st.just(most), st.just(most // 60 * 60))))
    assert quick.add(start, working).timestamp() == slow.add(start, working).timestamp()


@often
@given(st.data(), turns)
def test_what_is_added_is_between_and_no_earlier_instant_has_it(data: st.DataObject, turn: tuple[str, str]) -> None:
    quick, start = make_calendar(data.draw(mappings(turn=turn))), data.draw(instants(turn))
    working = timedelta(seconds=data.draw(st.integers(0, 400_000)))
    five_years = timedelta(seconds=calendars.FIVE_YEARS)
    if working > quick.between(start, start + five_years):  # a calendar that is open for minutes a week
        with pytest.raises(Refused):
            quick.add(start, working)
        return
    due = quick.add(start, working)
    assert due >= start
    assert quick.between(start, due) == working
    assert not working or quick.is_open(due - timedelta(seconds=1))


@often
@given(st.data(), turns)
def test_time_between_adds_up_and_is_never_overshot(data: st.DataObject, turn: tuple[str, str]) -> None:
    quick = make_calendar(data.draw(mappings(turn=turn)))
    first, middle, last = sorted(data.draw(instants(turn, days=400)).astimezone(UTC) for _ in range(3))
    assert quick.between(first, middle) + quick.between(middle, last) == quick.between(first, last)
    assert quick.between(last, first) == timedelta(0) or first == last
    due = quick.add(first, quick.between(first, last))
    assert due <= last
    assert quick.between(due, last) == timedelta(0)


@often
@given(st.data(), turns)
def test_dated_calendars_are_what_the_minutes_say(data: st.DataObject, turn: tuple[str, str]) -> None:
    written = data.draw(st.lists(mappings(turn=turn), min_size=2, max_size=3))
    since = data.draw(st.lists(instants(turn, days=3), min_size=len(written), max_size=len(written), unique=True))
    minutes = sorted(instant.astimezone(UTC).replace(second=0) for instant in since)
    assume(all(first < second for first, second in pairwise(minutes)))
    quick = DatedCalendar(tuple(zip(minutes, map(make_calendar, written), strict=True)))
    slow = DatedMinuteCalendar(list(zip(minutes, map(MinuteCalendar, written), strict=True)))
    start, end = data.draw(instants(turn)), data.draw(instants(turn))
    assert quick.is_open(start) == slow.is_open(start)
    assert quick.between(start, end) == slow.between(start, end)
    working = slow.between(start, start + timedelta(days=6)) * data.draw(st.sampled_from([0.0, 0.25, 0.5, 1.0]))
    working -= timedelta(microseconds=working.microseconds)
    assert quick.add(start, working).timestamp() == slow.add(start, working).timestamp()


@settings(max_examples=20 * EXAMPLES_FACTOR, deadline=None)
@given(st.sampled_from(sorted(available_timezones())), st.integers(1972, 2037), st.integers(0, 3))
def test_in_every_zone_a_day_round_the_clock_is_the_time_that_passes(zone: str, year: int, quarter: int) -> None:
    assume(not zone.startswith(("localtime", "posix", "right/")))
    start, end = datetime(year, 1 + 3 * quarter, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    assert all_day(zone).between(start, end) == end - start


@often
@given(st.datetimes(timezones=st.just(UTC)), st.timedeltas(timedelta(0), timedelta(days=1800)))
def test_always_is_plain_time(start: datetime, working: timedelta) -> None:
    assume(5 < start.year < 9990)
    start, working = start.replace(microsecond=0), timedelta(working.days, working.seconds)
    assert Calendar.always().add(start, working) == start + working
    assert Calendar.always().between(start, start + working) == working
    assert Calendar.always().is_open(start)


@settings(max_examples=15 * EXAMPLES_FACTOR, deadline=None)
@given(st.sampled_from(["SA", "CN", "DE", "EG"]), st.integers(2024, 2027), st.integers(0, 360))
def test_with_the_holidays_of_a_country(country: str, year: int, day: int) -> None:
    mapping: dict[str, Any] = {
        "tz": "Asia/Riyadh",
        "week": {"sun-thu": OFFICE},
        "holidays": {"country": country, "drop": [f"{year}-10-03"]},
    }
    start = datetime(year, 1, 1, 5, 30, tzinfo=UTC) + timedelta(days=day)
    quick, slow = make_calendar(mapping), MinuteCalendar(mapping)
    assert quick.add(start, 20 * HOUR) == slow.add(start, 20 * HOUR)


# --- cases by name ----------------------------------------------------------------------------------------------

CASES = [
    # a target that fills the day is due at closing, one second more is the next opening and a second
    ("Asia/Riyadh", "2026-03-02T08:00+03:00", 8 * HOUR, "2026-03-02T17:00+03:00"),
    ("Asia/Riyadh", "2026-03-02T08:00+03:00", 8 * HOUR + timedelta(seconds=1), "2026-03-03T08:00:01+03:00"),
    ("Asia/Riyadh", "2026-03-02T08:00+03:00", 4 * HOUR, "2026-03-02T12:00+03:00"),
    ("Asia/Riyadh", "2026-03-02T11:59:59+03:00", timedelta(seconds=2), "2026-03-02T13:00:01+03:00"),
    # over the weekend of Friday and Saturday
    ("Asia/Riyadh", "2026-03-05T16:00+03:00", 2 * HOUR, "2026-03-08T09:00+03:00"),
    ("Asia/Riyadh", "2026-03-06T10:00+03:00", HOUR, "2026-03-08T09:00+03:00"),
    # the same instants written with other offsets
    ("Asia/Riyadh", "2026-03-05T13:00Z", 2 * HOUR, "2026-03-08T06:00Z"),
]


@pytest.mark.parametrize(("zone", "start", "working", "due"), CASES)
def test_office_hours(zone: str, start: str, working: timedelta, due: str) -> None:
    assert make_calendar({"tz": zone, "week": {"sun-thu": OFFICE}}).add(parse_instant(start), working) == parse_instant(
        due
    )


def test_the_calendar_of_the_contract() -> None:
    ksa = make_calendar(KSA)
    assert ksa.day == 8 * HOUR
    assert str(ksa.zone) == "Asia/Riyadh"
    assert not ksa.is_open(parse_instant("2026-09-23T09:00+03:00")), "the country's holiday"
    assert not ksa.is_open(parse_instant("2026-09-24T09:00+03:00")), "an added holiday"
    assert ksa.is_open(parse_instant("2026-02-14T09:00+03:00")), "a Saturday worked"
    assert not ksa.is_open(parse_instant("2026-02-14T12:00+03:00"))
    assert ksa.between(parse_instant("2026-03-01T08:00+03:00"), parse_instant("2026-03-01T17:00+03:00")) == 6.5 * HOUR
    assert ksa.add(parse_instant("2026-03-01T09:30+03:00"), HOUR) == parse_instant("2026-03-01T12:00+03:00")


def test_a_dropped_holiday_is_worked_and_a_shift_on_a_holiday_is_not() -> None:
    day = parse_instant("2026-09-23T08:00+03:00"), parse_instant("2026-09-24T00:00+03:00")
    assert make_calendar({**KSA, "holidays": {"country": "SA", "drop": ["2026-09-23"]}}).between(*day) == 8 * HOUR
    assert make_calendar({**KSA, "shifts": {"2026-09-23": ["09:00-12:00"]}}).between(*day) == timedelta(0)
    made_up: dict[str, Any] = {
        "holidays": {"country": "SA", "drop": ["2026-09-23"]},
        "shifts": {"2026-09-23": ["09:00-12:00"]},
    }
    assert make_calendar({**KSA, **made_up}).between(*day) == 3 * HOUR


def test_an_empty_shift_closes_its_date_and_a_break_holds_on_a_shift() -> None:
    week = {"mon-fri": ["09:00-17:00"]}
    mapping: dict[str, Any] = {"tz": "UTC", "week": week, "shifts": {"2026-03-02": [], "2026-03-03": ["00:00-24:00"]}}
    calendar = make_calendar({**mapping, "breaks": {"2026-03-03": ["00:00-06:00", "10:00-24:00"]}})
    assert calendar.between(parse_instant("2026-03-02T00:00Z"), parse_instant("2026-03-03T00:00Z")) == timedelta(0)
    assert calendar.between(parse_instant("2026-03-03T00:00Z"), parse_instant("2026-03-04T00:00Z")) == 4 * HOUR


def test_a_dated_shift_belongs_to_the_local_date() -> None:
    calendar = office("Asia/Shanghai", shifts={"2026-03-02": ["10:00-11:00"]})
    assert calendar.between(parse_instant("2026-03-02T00:00+08:00"), parse_instant("2026-03-03T00:00+08:00")) == HOUR
    assert (
        calendar.between(parse_instant("2026-03-03T00:00+08:00"), parse_instant("2026-03-04T00:00+08:00")) == 8 * HOUR
    )


def test_work_over_midnight_is_two_spans_that_run_on() -> None:
    calendar = make_calendar({"tz": "UTC", "week": {"mon": ["22:00-24:00"], "tue": ["00:00-06:00"]}})
    assert calendar.between(parse_instant("2026-03-02T00:00Z"), parse_instant("2026-03-04T00:00Z")) == 8 * HOUR
    assert calendar.add(parse_instant("2026-03-02T23:30Z"), HOUR) == parse_instant("2026-03-03T00:30Z")
    assert calendar.add(parse_instant("2026-03-02T22:00Z"), 8 * HOUR) == parse_instant("2026-03-03T06:00Z")


def test_a_week_that_wraps_and_touching_spans() -> None:
    calendar = make_calendar({"tz": "UTC", "week": {"sat-mon": ["10:00-12:00", "09:00-10:00"]}})
    assert calendar.between(parse_instant("2026-03-02T00:00Z"), parse_instant("2026-03-09T00:00Z")) == 9 * HOUR


@pytest.mark.parametrize(
    ("zone", "date", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23.0),
        ("Europe/Berlin", "2026-10-25", 25.0),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("America/Sao_Paulo", "2018-11-04", 23.0),
        ("America/Sao_Paulo", "2018-02-17", 25.0),
        ("Africa/Cairo", "2024-04-26", 23.0),
        ("Africa/Cairo", "2024-10-31", 25.0),
        ("Asia/Beirut", "2022-03-27", 23.0),
        ("Asia/Beirut", "2022-10-29", 25.0),
        ("Antarctica/Troll", "2026-03-29", 22.0),
        ("Pacific/Apia", "2011-12-30", 0.0),
        ("Pacific/Apia", "2011-12-31", 24.0),
        ("Asia/Riyadh", "2026-03-29", 24.0),
    ],
)
def test_local_dates_have_the_hours_that_their_clocks_show(zone: str, date: str, hours: float) -> None:
    week = {"mon-sun": ["00:00-24:00"]}
    days = [datetime.fromisoformat(date) + timedelta(days=offset) for offset in (-3, -2, -1, 1, 2, 3)]
    only = make_calendar({"tz": zone, "week": week, "holidays": [str(day.date()) for day in days]})
    noon = parse_instant(f"{date}T12:00Z")
    assert only.between(noon - timedelta(days=2), noon + timedelta(days=2)) == timedelta(hours=hours)


def test_a_skipped_hour_never_counts() -> None:
    night = make_calendar({"tz": "Europe/Berlin", "week": {"mon-sun": ["02:00-03:00"]}})
    assert night.between(parse_instant("2026-03-28T12:00Z"), parse_instant("2026-03-29T12:00Z")) == timedelta(0)
    assert night.add(parse_instant("2026-03-28T12:00Z"), HOUR) == parse_instant("2026-03-30T03:00+02:00")
    half = make_calendar({"tz": "Europe/Berlin", "week": {"mon-sun": ["00:00-02:30"]}})
    assert half.between(parse_instant("2026-03-28T12:00Z"), parse_instant("2026-03-29T12:00Z")) == 2 * HOUR


def test_a_repeated_hour_counts_twice() -> None:
    night = make_calendar({"tz": "Europe/Berlin", "week": {"mon-sun": ["02:00-03:00"]}})
    assert night.between(parse_instant("2026-10-24T12:00Z"), parse_instant("2026-10-25T12:00Z")) == 2 * HOUR
    half = make_calendar({"tz": "Europe/Berlin", "week": {"mon-sun": ["02:00-02:30"]}})
    assert half.between(parse_instant("2026-10-24T12:00Z"), parse_instant("2026-10-25T12:00Z")) == HOUR
    assert half.add(parse_instant("2026-10-25T02:00+02:00"), timedelta(minutes=45)) == parse_instant(
        "2026-10-25T02:15+01:00"
    )
    assert not half.is_open(parse_instant("2026-10-25T02:45+02:00"))
    assert half.is_open(parse_instant("2026-10-25T02:15+01:00"))


def test_a_date_that_the_date_line_took_has_no_time() -> None:
    apia = office("Pacific/Apia")
    assert apia.add(parse_instant("2011-12-29T16:00-10:00"), 2 * HOUR) == parse_instant("2012-01-02T10:00+14:00")
    assert apia.between(parse_instant("2011-12-29T00:00-10:00"), parse_instant("2012-01-01T00:00+14:00")) == 8 * HOUR


def test_a_start_given_in_the_second_of_two_equal_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first, second = datetime(2026, 10, 25, 2, 30, tzinfo=berlin), datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=1)
    assert all_day("Europe/Berlin").add(first, HOUR) == parse_instant("2026-10-25T02:30+01:00")
    assert all_day("Europe/Berlin").add(second, HOUR) == parse_instant("2026-10-25T03:30+01:00")
    assert all_day("Europe/Berlin").between(first, second) == HOUR


def test_always_counts_real_hours_on_every_date() -> None:
    always = Calendar.from_policy({}, "always")
    assert always == Calendar.always()
    assert always.day == timedelta(hours=24)
    assert always.add(parse_instant("2026-03-29T00:00+01:00"), 24 * HOUR) == parse_instant("2026-03-30T01:00+02:00")
    assert always.between(parse_instant("2026-03-02T00:00Z"), parse_instant("2026-03-01T00:00Z")) == timedelta(0)


def test_answers_carry_the_fixed_offset_of_the_calendar_and_always_that_of_the_start() -> None:
    berlin = office("Europe/Berlin")
    start = parse_instant("2026-03-27T22:00+08:00")
    assert berlin.add(start, 2 * HOUR).isoformat() == "2026-03-27T17:00:00+01:00"
    assert berlin.add(start, 3 * HOUR).isoformat() == "2026-03-30T10:00:00+02:00"
    assert berlin.add(start, timedelta(0)).isoformat() == start.isoformat()
    assert Calendar.always().add(start, HOUR).isoformat() == "2026-03-27T23:00:00+08:00"
    assert isinstance(berlin.add(start, HOUR).tzinfo, timezone)


def test_seconds_are_kept_and_less_is_rounded_down() -> None:
    berlin = office("Europe/Berlin")
    assert berlin.add(
        parse_instant("2026-03-02T09:00:07.9+01:00"), HOUR + timedelta(milliseconds=900)
    ) == parse_instant("2026-03-02T10:00:07+01:00")
    assert berlin.between(
        parse_instant("2026-03-02T09:00:00.9+01:00"), parse_instant("2026-03-02T09:00:02.1+01:00")
    ) == 2 * timedelta(seconds=1)
    assert berlin.add(parse_instant("2026-03-02T09:00:00.9+01:00"), timedelta(0)) == parse_instant(
        "2026-03-02T09:00+01:00"
    )


def test_before_the_epoch_and_by_odd_old_offsets() -> None:
    riyadh = office("Asia/Riyadh")
    assert riyadh.between(parse_instant("1946-12-31T00:00Z"), parse_instant("1947-01-01T00:00Z")) == 8 * HOUR
    start = parse_instant("1946-12-30T09:00:00+03:06:52")
    assert riyadh.add(start, 8 * HOUR) == parse_instant("1946-12-30T17:00:00+03:06:52")


# --- refused ----------------------------------------------------------------------------------------------------


def test_times_that_cannot_be_counted_are_refused() -> None:
    berlin, now = office("Europe/Berlin"), parse_instant("2026-03-02T09:00Z")
    with pytest.raises(Refused, match=r"2026-03-02T09:00:00 has no UTC offset"):
        berlin.add(datetime(2026, 3, 2, 9), HOUR)
    with pytest.raises(Refused, match="no UTC offset"):
        berlin.between(now, datetime(2026, 3, 2, 9))
    with pytest.raises(Refused, match="no UTC offset"):
        Calendar.always().is_open(datetime(2026, 3, 2, 9))
    with pytest.raises(Refused, match="negative"):
        berlin.add(now, -HOUR)
    with pytest.raises(Refused, match="outside the supported years"):
        Calendar.always().add(datetime.max.replace(tzinfo=UTC), HOUR)
    with pytest.raises(Refused, match="outside the supported years"):
        berlin.between(datetime.min.replace(tzinfo=timezone(14 * HOUR)), now)


def test_a_calendar_that_does_not_open_for_five_years_says_so() -> None:
    days = [str((parse_instant("2026-01-02T00:00Z") + timedelta(weeks=week)).date()) for week in range(53 * 6)]
    friday = make_calendar({"tz": "UTC", "week": {"fri": ["09:00-10:00"]}, "holidays": days})
    with pytest.raises(Refused, match=r"The calendar ksa is not open .* 2026-01-01T00:00:00\+00:00"):
        friday.add(parse_instant("2026-01-01T00:00Z"), timedelta(seconds=1))
    weekly = make_calendar({"tz": "UTC", "week": {"fri": ["09:00-10:00"]}})
    assert weekly.add(parse_instant("2026-01-01T00:00Z"), 261 * HOUR) == parse_instant("2030-12-27T10:00Z")
    with pytest.raises(Refused, match="five years"):
        weekly.add(parse_instant("2026-01-01T00:00Z"), 262 * HOUR)
    with pytest.raises(Refused, match="five years"):
        DatedCalendar(((parse_instant("2026-01-01T00:00Z"), weekly), (parse_instant("2027-01-01T00:00Z"), friday))).add(
            parse_instant("2026-01-01T00:00Z"), 60 * HOUR
        )
    with pytest.raises(Refused, match="five years"):
        weekly.add(parse_instant("9998-01-01T00:00Z"), 200 * HOUR)
    with pytest.raises(Refused, match="five years"):
        DatedCalendar(((parse_instant("2026-01-01T00:00Z"), weekly),)).add(
            parse_instant("9998-01-01T00:00Z"), 200 * HOUR
        )


SPANS = {
    "9:00-17:00": "9:00 is not a time of day; write 09:00",
    "09:00-17:0": "17:0 is not a time of day; write 17:00",
    "09:00-25:00": "25:00 is not a time of day",
    "09:60-17:00": "09:60 is not a time of day",
    "09:00-24:01": "24:01 is not a time of day",
    "24:00-24:00": "24:00 may only end a span",
    "17:00-09:00": "17:00-09:00 runs past midnight; write 17:00-24:00, and 00:00-09:00 on the next day",
    "09:00-09:00": "09:00-09:00 is empty: it must end after it begins",
    "22:00-00:00": "22:00-00:00 does not end after it begins; the end of the day is 24:00",
    "09:00-23:59": "09:00-23:59 leaves out the last minute of the day; write 09:00-24:00",
    "09:00–17:00": "09:00–17:00 is not a span; write it like 08:00-12:00",
    "０９:00-17:00": "０９:00-17:00 is not a span; write it like 08:00-12:00",
    "morning": "morning is not a span; write it like 08:00-12:00",
}


@pytest.mark.parametrize("span", SPANS)
def test_a_bad_span_is_refused_with_what_to_write(span: str) -> None:
    assert list_faults(week={"mon": ["00:00-01:00", span]}) == {"week.mon.1": SPANS[span]}
    assert list_faults(shifts={"2026-03-01": [span]}) == {"shifts.2026-03-01.0": SPANS[span]}
    assert list_faults(breaks={"2026-03-01": [span]}) == {"breaks.2026-03-01.0": SPANS[span]}


BAD: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"tz": "Asia/Riad"}, {"tz": "Asia/Riad is not a known zone; write it like Asia/Riyadh"}),
    ({"tz": "Asia"}, {"tz": "Asia is not a known zone; write it like Asia/Riyadh"}),
    ({"tz": "../../etc/passwd"}, {"tz": "../../etc/passwd is not a known zone; write it like Asia/Riyadh"}),
    ({"tz": "right/UTC"}, {"tz": "right/UTC is not a known zone; write it like Asia/Riyadh"}),
    ({"tz": "x" * 5000}, {"tz": f"{'x' * 40}… is not a known zone; write it like Asia/Riyadh"}),
    ({"tz": None}, {"tz": "is missing"}),
    ({"week": {}}, {"week": "the week has no open minute"}),
    ({"week": None}, {"week": "the week has no open minute"}),
    ({"week": {"mon": [], "tue": None}}, {"week": "the week has no open minute"}),
    ({"week": ["mon"]}, {"week": 'expected weekdays with their spans, such as sun-thu: ["08:00-17:00"]'}),
    (
        {"week": {"mon": "08:00-12:00"}},
        {"week.mon": 'expected a list of spans, such as ["08:00-12:00", "13:00-17:00"]'},
    ),
    (
        {"week": {"Monday": OFFICE}},
        {"week.Monday": "Monday is not a weekday; write mon, tue, wed, thu, fri, sat, sun, or a range like sun-thu"},
    ),
    (
        {"week": {"mon-": OFFICE}},
        {"week.mon-": "mon- is not a weekday; write mon, tue, wed, thu, fri, sat, sun, or a range like sun-thu"},
    ),
    ({"week": {"mon-mon": OFFICE}}, {"week.mon-mon": "mon-mon may mean one day or seven; write mon, or mon-sun"}),
    ({"week": {"sat-mon": OFFICE, "sun": OFFICE}}, {"week.sun": "sun is already under sat-mon"}),
    ({"week": {"mon": ["08:00-12:00", "11:59-13:00"]}}, {"week.mon.1": "11:59-13:00 overlaps 08:00-12:00"}),
    (
        {"week": {"mon": ["08:00-18:00", "09:00-10:00", "11:00-12:00"]}},
        {"week.mon.1": "09:00-10:00 overlaps 08:00-18:00", "week.mon.2": "11:00-12:00 overlaps 08:00-18:00"},
    ),
    ({"week": {"mon": [750]}}, {"week.mon.0": '750 is not a span; write it in quotes, such as "08:00-12:00"'}),
    ({"holidays": ["2026-02-30"]}, {"holidays.0": "2026-02-30 is not a date; write it like 2026-09-23"}),
    ({"holidays": ["20260923"]}, {"holidays.0": "20260923 is not a date; write it like 2026-09-23"}),
    ({"holidays": ["2026-09-23", "2026-09-23"]}, {"holidays.1": "the date 2026-09-23 appears twice"}),
    ({"holidays": "2026-09-23"}, {"holidays": "expected a list of dates, such as [2026-09-23]"}),
    ({"holidays": {"add": ["2026-9-23"]}}, {"holidays.add.0": "2026-9-23 is not a date; write it like 2026-09-23"}),
    (
        {"holidays": {"drop": ["2026-09-23"]}},
        {"holidays.drop": "without a country there is no holiday to drop"},
    ),
    (
        {"holidays": {"country": "SA", "add": ["2026-09-23"], "drop": ["2026-09-23"]}},
        {"holidays.drop": "the date 2026-09-23 is under both add and drop"},
    ),
    (
        {"holidays": {"country": "ZZ"}},
        {"holidays.country": "ZZ is not a country whose holidays are known; write its two-letter code, such as SA"},
    ),
    ({"holidays": {"country": False}}, {"holidays.country": 'expected a country; write Norway as "NO", in quotes'}),
    ({"holidays": {"country": "DE", "subdiv": "XX"}}, {"holidays.subdiv": "XX is not a known subdivision of DE"}),
    (
        {"holidays": {"land": "SA"}},
        {"holidays.land": "the key land is not known here; known: country, subdiv, add, drop"},
    ),
    (
        {"shifts": ["2026-03-01"]},
        {"shifts": 'expected dates with their spans, such as 2026-02-14: ["09:00-12:00"]'},
    ),
    ({"breaks": {"soon": OFFICE}}, {"breaks.soon": "soon is not a date; write it like 2026-09-23"}),
    ({"day": "8"}, {"day": "8 is not the length of a day; write 8h or 7h30m, up to 24h"}),
    ({"day": 480}, {"day": "480 is not the length of a day; write 8h or 7h30m, up to 24h"}),
    ({"day": "0h"}, {"day": "0h is not the length of a day; write 8h or 7h30m, up to 24h"}),
    ({"day": "-8h"}, {"day": "-8h is not the length of a day; write 8h or 7h30m, up to 24h"}),
    ({"day": "1d"}, {"day": "1d is not the length of a day; write 8h or 7h30m, up to 24h"}),
    ({"day": "25h"}, {"day": "25h is not the length of a day; write 8h or 7h30m, up to 24h"}),
    ({"zone": "UTC"}, {"zone": "the key zone is not known here; known: tz, week, holidays, shifts, breaks, day"}),
]


@pytest.mark.parametrize(("changes", "wanted"), BAD, ids=lambda value: str(value)[:60])
def test_a_bad_calendar_is_refused_by_key(changes: dict[str, Any], wanted: dict[str, str]) -> None:
    assert list_faults(**changes) == wanted


def test_everything_that_is_wrong_is_said_at_once() -> None:
    faults = list_faults(
        tz="Mars",
        week={"mon": ["9:00-8:00", "x"], "day": []},
        holidays=["x"],
        breaks={"2026-01-01": ["x"]},
        day="x",
        y=1,
    )
    assert list(faults) == [
        "y",
        "tz",
        "week.mon.0",
        "week.mon.1",
        "week.day",
        "holidays.0",
        "breaks.2026-01-01.0",
        "day",
    ]


def test_no_mapping_at_all() -> None:
    for written in (None, "ksa", ["tz"], 5):
        assert calendars.parse_calendar(written, ("calendars", "ksa"))[1][0].path == ("calendars", "ksa")


WRITTEN = """\
calendars:
  ksa:
    tz: Asia/Riyadh
    week:
      sun-thu: [08:00-12:00, "13:00-17:00"]
      fri: ["22:00-06:00"]
    holidays: {country: NO, add: [2026-09-23]}
    shifts:
      2026-02-14: [09:00-12:00]
"""


def test_faults_point_to_line_and_column() -> None:
    document = load(WRITTEN.encode(), "policy.yaml")
    assert isinstance(document, dict)
    _, faults = calendars.parse_calendar(document["calendars"]["ksa"], ("calendars", "ksa"))
    (problem,) = locate_faults(WRITTEN.encode(), "policy.yaml", faults)
    assert (problem.line, problem.key) == (6, "calendars.ksa.week.fri.0")


def test_the_same_from_another_yaml_reader() -> None:
    text = WRITTEN.replace("22:00-06:00", "22:00-24:00").replace("NO", '"NO"')
    own = load(text.encode(), "policy.yaml")
    assert isinstance(own, dict)
    assert Calendar.from_policy(own, "ksa") == Calendar.from_policy(yaml.safe_load(text), "ksa")
    with pytest.raises(Damaged) as refused:
        Calendar.from_policy(yaml.safe_load(WRITTEN), "ksa")
    assert len(refused.value.problems) == 2
    assert "ksa.holidays.country" in str(refused.value)
    assert "runs past midnight" in str(refused.value)


def test_from_policy_takes_the_policy_or_its_calendars_or_one_of_them() -> None:
    wanted = Calendar.from_policy({"format": 1, "calendars": {"ksa": KSA}}, "ksa")
    assert Calendar.from_policy({"ksa": KSA}, "ksa") == wanted
    assert Calendar.from_policy(KSA, "ksa") == wanted
    assert len({wanted, Calendar.from_policy(KSA, "ksa"), Calendar.always()}) == 2, "a value, also as a key"
    for mapping in ({"calendars": {"ksa": KSA}}, {"ksa": KSA}):
        with pytest.raises(NotFound, match=r"no calendar hq.*always, ksa"):
            Calendar.from_policy(mapping, "hq")
    with pytest.raises(NotFound, match="no calendar"):
        Calendar.from_policy({"calendars": None}, "ksa")


# --- versions in force one after the other ----------------------------------------------------------------------


def test_an_edit_changes_the_minutes_after_it_and_none_before() -> None:
    before, after = office("UTC"), office("UTC", holidays=["2026-03-02", "2026-03-04"])
    edited = DatedCalendar(((parse_instant("2026-01-01T00:00Z"), before), (parse_instant("2026-03-02T12:00Z"), after)))
    assert edited.between(parse_instant("2026-03-02T00:00Z"), parse_instant("2026-03-03T00:00Z")) == 3 * HOUR
    assert edited.add(parse_instant("2026-03-02T09:00Z"), 3 * HOUR) == parse_instant("2026-03-02T12:00Z")
    assert edited.add(parse_instant("2026-03-02T09:00Z"), 12 * HOUR) == parse_instant("2026-03-05T10:00Z")
    assert edited.is_open(parse_instant("2026-03-02T11:59:59Z"))
    assert not edited.is_open(parse_instant("2026-03-02T12:00Z"))
    assert edited.is_open(parse_instant("2020-03-02T12:00Z")), "the first version also holds before it"
    assert edited.in_force(parse_instant("2026-03-02T12:00Z")) is after
    assert (edited.name, str(edited.zone), edited.day) == ("ksa", "UTC", None)


def test_an_edit_may_fall_on_any_second_and_change_the_zone() -> None:
    edited = DatedCalendar(
        (
            (parse_instant("2026-01-01T00:00Z"), office("UTC")),
            (parse_instant("2026-03-02T10:00:30Z"), office("Asia/Shanghai")),
        )
    )
    assert edited.between(parse_instant("2026-03-02T10:00Z"), parse_instant("2026-03-03T00:00Z")) == timedelta(
        seconds=30
    )
    assert (
        edited.add(parse_instant("2026-03-02T10:00Z"), timedelta(seconds=31)).isoformat() == "2026-03-03T09:00:01+08:00"
    )


def test_versions_out_of_order_are_an_error_of_the_caller() -> None:
    version = (parse_instant("2026-01-01T00:00Z"), Calendar.always())
    for versions in ((), (version, version)):
        with pytest.raises(ValueError, match="follow one another"):
            DatedCalendar(versions)


def test_always_may_become_a_working_calendar() -> None:
    edited = DatedCalendar(
        ((parse_instant("2026-01-01T00:00Z"), Calendar.always()), (parse_instant("2026-03-02T00:00Z"), office("UTC")))
    )
    assert edited.add(parse_instant("2026-03-01T20:00Z"), 5 * HOUR) == parse_instant("2026-03-02T10:00Z")


# --- holidays of countries --------------------------------------------------------------------------------------


def test_every_country_named_here_has_its_holidays() -> None:
    from holidays.registry import EntityLoader

    assert set(EntityLoader.get_country_codes()) >= public_holidays.COUNTRIES
    assert public_holidays.is_known("DE", "BY")
    assert public_holidays.is_known("USA")
    assert not public_holidays.is_known("QQ")


def test_the_days_of_a_part_of_a_country() -> None:
    bavaria = office("Europe/Berlin", holidays={"country": "DE", "subdiv": "BY"})
    assert not bavaria.is_open(parse_instant("2026-01-06T10:00+01:00"))
    assert office("Europe/Berlin", holidays={"country": "DE"}).is_open(parse_instant("2026-01-06T10:00+01:00"))


def test_the_package_of_holidays_is_loaded_only_where_a_date_of_a_country_is_asked_for() -> None:
    program = """
import sys
from datetime import datetime, timedelta, UTC
from fenji.model.worktime.calendar import Calendar
week = {"mon-fri": ["09:00-17:00"]}
plain = Calendar.from_policy({"x": {"tz": "UTC", "week": week, "holidays": ["2026-01-01"]}}, "x")
named = Calendar.from_policy({"x": {"tz": "UTC", "week": week, "holidays": {"country": "SA"}}}, "x")
plain.add(datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=9))
assert "holidays" not in sys.modules
named.add(datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=9))
assert "holidays" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONPATH": "src"})
