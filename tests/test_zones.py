"""The hours of a zone: the written ones, the rules of the installed package, and the calendars that count by them."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fenji.errors import Damaged
from fenji.model.worktime.calendar import Calendar
from fenji.model.worktime.offsets import format_change, format_offset, parse_offset
from fenji.model.worktime.zone import Zone, installed_offsets, known_zones
from minutes import EXAMPLES_FACTOR, TURNS, MinuteCalendar, instants, mappings, offset_mappings, packaged_zone

often = settings(max_examples=30 * EXAMPLES_FACTOR, deadline=None, suppress_health_check=[HealthCheck.too_slow])
turns = st.sampled_from(TURNS)
ROUND_THE_CLOCK = {"mon-sun": ["00:00-24:00"]}
HOUR = timedelta(hours=1)


def make_calendar(offsets: Mapping[str, Any], zone: str = "Africa/Cairo", **more: Any) -> Calendar:
    return Calendar.from_policy({"tz": zone, "week": {"mon-sun": ["08:00-17:00"]}, "offsets": offsets, **more}, "x")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def second(text: str) -> int:
    return int(instant(text).timestamp())


def refuse(offsets: object) -> str:
    with pytest.raises(Damaged) as refusal:
        make_calendar(offsets)  # type: ignore[arg-type]
    return str(refusal.value)


# --- laws -------------------------------------------------------------------------------------------------------


@often
@given(st.data(), turns)
def test_written_hours_count_as_the_minutes_say(data: st.DataObject, turn: tuple[str, str]) -> None:
    mapping = {**data.draw(mappings(turn=turn)), "offsets": data.draw(offset_mappings(turn))}
    start, end = data.draw(instants(turn)), data.draw(instants(turn))
    quick, slow = Calendar.from_policy({"x": mapping}, "x"), MinuteCalendar(mapping)
    assert quick.is_open(start) == slow.is_open(start)
    assert quick.between(start, end) == slow.between(start, end)
    most = int(slow.between(start, start + timedelta(days=9)).total_seconds())
    working = timedelta(seconds=data.draw(st.integers(0, most)))
    assert quick.add(start, working).timestamp() == slow.add(start, working).timestamp()


@often
@given(st.sampled_from(sorted(known_zones())), st.integers(1900, 2200), st.integers(0, 12), st.data())
def test_hours_written_from_the_package_are_those_that_it_says(
    key: str, first: int, length: int, data: st.DataObject
) -> None:
    last = min(first + length, 2200)
    written, rules = Zone(key, installed_offsets(key, first, last)), packaged_zone(key)
    moments = st.integers(second(f"{first}-01-01T00:00Z") - 10**7, second(f"{last}-12-31T00:00Z") + 10**7)
    near_changes = st.sampled_from([at + step for at, _ in written.offsets for step in (-1, 0, 1)])
    for at in data.draw(st.lists(st.one_of(moments, near_changes), min_size=1, max_size=20)):
        moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=at)
        assert written.offset_at(at) == moment.astimezone(rules).utcoffset().total_seconds()  # type: ignore[union-attr]
        assert moment.astimezone(written).replace(tzinfo=None) == moment.astimezone(rules).replace(tzinfo=None)
        assert moment.astimezone(written).utcoffset() == moment.astimezone(rules).utcoffset()
        assert moment.astimezone(written).astimezone(UTC) == moment


@pytest.mark.parametrize("at", ["1900-01-01T00:00:00+00:00", "2200-12-31T23:59:59+00:00"])
def test_the_first_and_the_last_instant_that_count(at: str) -> None:
    calendar = make_calendar({at: "+05:45"}, week=ROUND_THE_CLOCK)
    assert calendar.is_open(instant(at))
    assert calendar.add(instant(at), HOUR) == instant(at) + HOUR


# --- which hours hold when --------------------------------------------------------------------------------------


def test_each_holds_until_the_next_and_the_last_to_the_end_of_its_year() -> None:
    zone = Zone("Africa/Cairo", ((second("2026-04-24T00:00+02:00"), 3 * 3600), (second("2027-10-01T00:00Z"), 5 * 3600)))
    hours = {
        "2026-04-23T21:59:59Z": 2,  # before the first the rules are asked
        "2026-04-23T22:00:00Z": 3,
        "2026-12-15T00:00:00Z": 3,  # where the rules say 2
        "2027-09-30T23:59:59Z": 3,
        "2027-12-31T23:59:59Z": 5,
        "2028-01-01T00:00:00Z": 2,  # the rules again
        "2028-07-01T00:00:00Z": 3,
    }
    assert {text: zone.offset_at(second(text)) // 3600 for text in hours} == hours


def test_a_skipped_hour_never_counts_and_a_repeated_one_counts_twice() -> None:
    night = {"mon-sun": ["00:00-04:00"]}
    calendar = make_calendar({"2026-05-01T02:00:00+02:00": "+03:00", "2026-06-01T02:00:00+03:00": "+02:00"}, week=night)
    assert calendar.between(instant("2026-05-01T00:00+02:00"), instant("2026-05-02T00:00+03:00")) == 3 * HOUR
    assert calendar.between(instant("2026-06-01T00:00+03:00"), instant("2026-06-02T00:00+02:00")) == 5 * HOUR
    due = calendar.add(instant("2026-06-01T00:00+03:00"), 5 * HOUR)
    assert due.isoformat() == "2026-06-01T04:00:00+02:00"


def test_an_entry_may_repeat_the_hours_to_carry_on() -> None:
    calendar = make_calendar({"2026-01-01T00:00:00Z": "+02:00", "2030-01-01T00:00:00Z": "+02:00"})
    assert calendar.is_open(instant("2028-07-01T06:30Z"))  # 8:30 by what is written, 9:30 by the rules
    assert not calendar.is_open(instant("2028-07-01T05:30Z"))
    assert calendar.is_open(instant("2031-07-01T05:30Z")), "after the year of the last one the rules are asked"


def test_round_the_clock_nothing_is_written() -> None:
    assert Calendar.always().add(instant("2026-04-24T00:00Z"), 24 * HOUR) == instant("2026-04-25T00:00Z")


# --- how they are written ---------------------------------------------------------------------------------------

SPELLINGS = {
    "+03:00": 10800,
    "03:00": 10800,
    "3": 10800,
    "+3": 10800,
    "-3": -10800,
    "5.5": 19800,
    "5:45": 20700,
    "-03:30": -12600,
    "+02:05:09": 7509,
    "0": 0,
    "5.75": 20700,
}


@pytest.mark.parametrize(("text", "seconds"), SPELLINGS.items())
def test_an_offset_may_be_written_in_several_ways(text: str, seconds: int) -> None:
    assert parse_offset(text) == seconds
    assert parse_offset(format_offset(seconds)) == seconds


def test_an_offset_as_other_yaml_readers_make_it() -> None:
    assert (parse_offset(3), parse_offset(-3), parse_offset(5.5)) == (10800, -10800, 19800)
    assert (parse_offset(600), parse_offset(345), parse_offset(-600)) == (36000, 20700, -36000)
    assert [parse_offset(value) for value in (True, None, 19, 20 * 60)] == [None] * 4


@pytest.mark.parametrize("text", ["", "east", "+19:00", "3:60", "5.3333", "+3h", "²", "--3", "18.5", "9" * 5000])
def test_what_is_no_offset_is_refused_with_its_value(text: str) -> None:
    refusal = refuse({"2026-04-24T00:00:00+02:00": text})
    assert "offsets.2026-04-24T00:00:00+02:00" in refusal
    assert "write it like +03:00" in refusal


@pytest.mark.parametrize(
    "key", ["2026-04-24", "2026-04-24T00:00:00", "1899-12-31T00:00:00+00:00", "2201-01-01T00:00:00Z", "spring"]
)
def test_what_is_no_instant_is_refused_with_its_value(key: str) -> None:
    assert "is not an instant with an offset" in refuse({key: "+03:00"})


def test_two_ways_to_write_one_instant_stand_twice() -> None:
    assert "appears twice" in refuse({"2026-04-24T00:00:00+02:00": "+03:00", "2026-04-23T22:00:00+00:00": "+03:00"})


def test_a_list_of_offsets_is_refused() -> None:
    assert "expected instants with their hours from UTC" in refuse(["+03:00"])


def test_a_change_is_written_by_the_clocks_that_were_in_force() -> None:
    assert format_change(second("2026-04-23T22:00Z"), 7200) == "2026-04-24T00:00:00+02:00"
    assert format_change(second("1947-03-13T20:53:08Z"), 11212) == "1947-03-13T20:53:08+00:00"


# --- the package, and no file of the machine --------------------------------------------------------------------


def test_the_rules_come_from_the_package_whatever_the_machine_has(tmp_path: Path) -> None:
    planted = tmp_path / "Asia"
    planted.mkdir()
    (planted / "Riyadh").write_bytes(_package_file("Pacific/Apia").read_bytes())
    program = """
from datetime import datetime, timedelta, UTC
from fenji.calendars import Calendar
ksa = Calendar.from_policy({"tz": "Asia/Riyadh", "week": {"mon-sun": ["08:00-17:00"]}}, "x")
assert ksa.is_open(datetime(2026, 3, 1, 5, tzinfo=UTC))
assert not ksa.is_open(datetime(2026, 3, 1, 15, tzinfo=UTC))
"""
    env = {**os.environ, "PYTHONPATH": "src", "PYTHONTZPATH": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], check=True, env=env)


def _package_file(key: str) -> Path:
    return Path(str(resources.files("tzdata"))) / "zoneinfo" / key


def test_written_hours_read_the_same_under_another_release(monkeypatch: pytest.MonkeyPatch) -> None:
    written = {"2026-01-01T00:00:00+00:00": "+02:00", "2026-04-24T00:00:00+02:00": "+03:00"}
    start = instant("2026-04-23T10:00:00+02:00")
    before = make_calendar(written).add(start, 30 * HOUR)
    monkeypatch.setattr("fenji.model.worktime.zone.load_rules", lambda _: ZoneInfo("UTC"))
    assert make_calendar(written).add(start, 30 * HOUR) == before
    assert make_calendar({}).add(start, 30 * HOUR) != before, "the other release does say otherwise"


@pytest.mark.parametrize("name", ["zone.tab", "../zones", "Asia", "asia/riyadh", "posix/UTC", "localtime", ""])
def test_files_that_are_no_zones_are_none(name: str) -> None:
    with pytest.raises(Damaged):
        make_calendar({}, zone=name)


# --- as Python's own programs ask a zone ------------------------------------------------------------------------


def test_a_zone_is_a_value() -> None:
    zone = Zone("Africa/Cairo", ((0, 7200),))
    assert zone == Zone("Africa/Cairo", ((0, 7200),)) != Zone("Africa/Cairo")
    assert pickle.loads(pickle.dumps(zone)) == copy.deepcopy(zone) == zone
    assert str(zone) == "Africa/Cairo"


def test_the_wall_clock_of_a_repeated_and_of_a_skipped_hour() -> None:
    changes = ((second("2026-05-01T00:00Z"), 10800), (second("2026-06-01T00:00Z"), 7200))
    zone = Zone("Africa/Cairo", changes)
    first, again = datetime(2026, 6, 1, 2, 30, tzinfo=zone), datetime(2026, 6, 1, 2, 30, tzinfo=zone, fold=1)
    assert (first.astimezone(UTC).hour, again.astimezone(UTC).hour) == (23, 0)
    assert [datetime.fromtimestamp(second(at), zone).fold for at in ("2026-05-31T23:30Z", "2026-06-01T00:30Z")] == [
        0,
        1,
    ]
