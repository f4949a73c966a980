"""Holidays and hours written from the installed packages: what is written, what is left, and that nothing moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commandline import fenji
from desks import git, make_desk
from fenji.desk.policy_dates import PolicyDates, parse_country, parse_years
from fenji.errors import Damaged, InvalidUsage, NotFound, Refused
from fenji.model.worktime import upkeep
from fenji.model.worktime import zone as zones
from fenji.model.worktime.calendar import Calendar
from fenji.model.worktime.holidays import holidays_in_year, public_holidays
from fenji.model.worktime.zone import Zone, known_zones
from fenji.storage import yaml_codec
from minutes import EXAMPLES_FACTOR
from stories import make_event, report_event, site_rules, solution, ticket_with

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
POLICY = """\
format: 2
language: en
calendars:
  # the desert
  ksa:
    tz: Asia/Riyadh
    week: {sun-thu: ["08:00-12:00", "13:00-17:00"]}
    holidays: {country: SA, add: [2026-09-24]}
  cairo:
    tz: Africa/Cairo
    week: {sun-thu: ["08:00-17:00"]}
    holidays: [2026-07-23]  # by hand
"""
SA = ("SA", "")


def write_holidays(text: str, years: str, *, now: datetime = NOW, country: str = "SA", calendar: str = "") -> str:
    dates, place = PolicyDates(text.encode(), now), parse_country(country)
    plans = dates.plan_holidays(place, parse_years(years), calendar)
    return dates.write_holidays(plans, place).decode()


def write_zones(text: str, years: str, *, now: datetime = NOW, calendar: str = "") -> str:
    dates = PolicyDates(text.encode(), now)
    return dates.write_zones(dates.plan_zones(parse_years(years), calendar)).decode()


def calendar_of(text: str, name: str) -> Any:
    policy: Any = yaml_codec.load(text.encode(), "p")
    return policy["calendars"][name]


def read_calendar(text: str, name: str) -> Calendar:
    policy: Any = yaml_codec.load(text.encode(), "p")
    return Calendar.from_policy(policy, name)


def replant(monkeypatch: pytest.MonkeyPatch, moved: Mapping[date, date]) -> None:
    """Another release of the package `holidays`, in which some dates lie elsewhere."""
    released = holidays_in_year.__wrapped__

    def other(country: str, subdiv: str, year: int) -> frozenset[date]:
        return frozenset(moved.get(day, day) for day in released(country, subdiv, year))

    monkeypatch.setattr("fenji.model.worktime.holidays.holidays_in_year", other)


# --- holidays ---------------------------------------------------------------------------------------------------


def test_a_calendar_that_has_none_yet_gets_its_past_too() -> None:
    written = write_holidays(POLICY, "2026-2027")
    dates = calendar_of(written, "ksa")["holidays"]["dates"]
    assert {"2026-02-22", "2026-09-23", "2027-02-22"} <= dates.keys()
    assert dates["2026-09-23"] == "National Day Holiday"
    assert min(dates) >= "2026-01-01"
    assert max(dates) < "2028-01-01"
    assert "  # the desert\n" in written
    assert calendar_of(written, "cairo") == calendar_of(POLICY, "cairo")
    assert write_holidays(written, "2026-2027") == written


def test_what_is_written_counts_as_the_package_did_and_the_country_alone_as_nothing() -> None:
    written, bare = read_calendar(write_holidays(POLICY, "2026-2028"), "ksa"), read_calendar(POLICY, "ksa")
    by_package = read_calendar(POLICY.replace("format: 2", "format: 1"), "ksa")
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 12, 31, tzinfo=UTC)
    assert written.between(begin, end) == by_package.between(begin, end) < bare.between(begin, end)


def test_what_has_begun_is_never_touched_and_what_has_not_follows_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    text = write_holidays(POLICY, "2026-2027")
    replant(monkeypatch, {date(2026, 9, 23): date(2026, 9, 22), date(2027, 9, 23): date(2027, 9, 22)})
    changed = write_holidays(text, "2026-2027")
    before, after = (calendar_of(policy, "ksa")["holidays"]["dates"] for policy in (text, changed))
    assert before.keys() - after.keys() == {"2027-09-23"}
    assert after.keys() - before.keys() == {"2027-09-22"}


@pytest.mark.parametrize(("hour", "kept"), [(20, False), (21, True)])
def test_a_date_begins_at_its_local_midnight(monkeypatch: pytest.MonkeyPatch, hour: int, *, kept: bool) -> None:
    text = write_holidays(POLICY, "2026")
    replant(monkeypatch, {date(2026, 9, 23): date(2026, 12, 1)})
    changed = write_holidays(text, "2026", now=datetime(2026, 9, 22, hour, tzinfo=UTC))
    assert ("2026-09-23" in calendar_of(changed, "ksa")["holidays"]["dates"]) is kept


def test_other_years_stay() -> None:
    text = write_holidays(write_holidays(POLICY, "2026"), "2029")
    years = {day[:4] for day in calendar_of(text, "ksa")["holidays"]["dates"]}
    assert years == {"2026", "2029"}


def test_a_calendar_with_dates_of_its_own_keeps_them_and_its_past() -> None:
    changed = write_holidays(POLICY, "2026-2027", country="EG", calendar="cairo")
    holidays = calendar_of(changed, "cairo")["holidays"]
    assert (holidays["country"], holidays["add"]) == ("EG", ["2026-07-23"])
    assert min(holidays["dates"]) >= "2026-11-30"
    assert "holidays:  # by hand\n" in changed


def test_a_new_calendar_that_lists_nothing_gets_a_country() -> None:
    text = POLICY.replace("[2026-07-23]", "[]")
    changed = write_holidays(text, "2026", country="de-by", calendar="cairo")
    holidays = calendar_of(changed, "cairo")["holidays"]
    assert (holidays["country"], holidays["subdiv"]) == ("DE", "BY")
    assert "2026-01-06" in holidays["dates"]
    assert write_holidays(changed, "2027", country="DE-BY") != changed, "from now on it is found by its country"


def test_names_are_in_the_language_of_the_desk() -> None:
    text = POLICY.replace("language: en", "language: zh-Hans").replace("country: SA", "country: CN")
    assert calendar_of(write_holidays(text, "2026", country="CN"), "ksa")["holidays"]["dates"]["2026-10-01"] == "国庆节"


def test_the_pure_function_gives_what_format_1_counts() -> None:
    named = public_holidays("US", [2021, 2022, 2023])
    asked = set().union(*(holidays_in_year("US", "", year) for year in range(2020, 2025)))
    assert set(named) == {day for day in asked if 2021 <= day.year <= 2023}
    assert all(named.values())
    assert list(named) == sorted(named)
    assert public_holidays("US", []) == {}


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: write_holidays(POLICY, "2026", country="EG"), Refused, "No calendar has the holidays of EG"),
        (lambda: write_holidays(POLICY, "2026", country="EG", calendar="ksa"), Refused, "not of EG"),
        (lambda: write_holidays(POLICY, "2026", calendar="x"), NotFound, "no calendar x"),
        (lambda: write_holidays(POLICY.replace("format: 2", "format: 1"), "2026"), Refused, "amend --format 2"),
        (lambda: write_holidays(POLICY.replace("Asia", "Asla"), "2026"), Damaged, "Asla/Riyadh is not a known zone"),
        (lambda: write_zones(POLICY, "2026", calendar="x"), NotFound, "no calendar x"),
        (lambda: parse_country("Q²"), InvalidUsage, "No holidays are known for"),
        (lambda: parse_country("QQ"), InvalidUsage, "No holidays are known for"),
        (lambda: parse_country("DE-QQ"), InvalidUsage, "No holidays are known for"),
    ],
)
def test_what_cannot_be_done_is_said(call: Callable[[], object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("text", ["", "26", "2028-2026", "1899", "2026-2201", "2026-", "²026", "2026-2027-2028"])
def test_what_is_no_span_of_years_is_refused(text: str) -> None:
    with pytest.raises(InvalidUsage):
        parse_years(text)


def test_two_releases_read_one_verdict_where_the_dates_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = {**calendar_of(write_holidays(POLICY, "2026"), "ksa"), "day": "8h"}
    asked = {**calendar, "holidays": {"country": "SA"}}
    ticket = ticket_with(report_event("02-22 09:00", "P2"), make_event("02-23 14:00", "solve"))
    policies = site_rules(format=2, calendars={"ksa": calendar}), site_rules(calendars={"ksa": asked})
    before = [solution(ticket, "03-01 08:00", policy).mapping() for policy in policies]
    replant(monkeypatch, {date(2026, 2, 22): date(2026, 2, 24)})
    policies = site_rules(format=2, calendars={"ksa": calendar}), site_rules(calendars={"ksa": asked})
    after = [solution(ticket, "03-01 08:00", policy).mapping() for policy in policies]
    assert before[0] == after[0]
    assert before[0]["met"] is before[1]["met"] is True
    assert after[1]["met"] is False, "format 1 asks the package, which says otherwise"


# --- the hours of zones -----------------------------------------------------------------------------------------


def test_the_changes_of_a_zone_that_has_any_are_written() -> None:
    written = write_zones(POLICY, "2026-2027")
    assert "offsets" not in calendar_of(written, "ksa")
    assert calendar_of(written, "cairo")["offsets"] == {
        "2026-01-01T02:00:00+02:00": "+02:00",
        "2026-04-24T00:00:00+02:00": "+03:00",
        "2026-10-30T00:00:00+03:00": "+02:00",
        "2027-04-30T00:00:00+02:00": "+03:00",
        "2027-10-29T00:00:00+03:00": "+02:00",
    }
    assert write_zones(written, "2026-2027") == written
    assert write_zones(POLICY, "2026", calendar="ksa") == POLICY


def test_more_years_are_added_without_a_gap_between_them() -> None:
    text = write_zones(write_zones(POLICY, "2026"), "2029")
    zone, rules = read_calendar(text, "cairo").zone, Zone("Africa/Cairo")
    begin = datetime(2025, 6, 1, tzinfo=UTC)
    instants = [int((begin + timedelta(days=days)).timestamp()) for days in range(2000)]
    assert [zone.offset_at(at) for at in instants] == [rules.offset_at(at) for at in instants]
    years = [key[:4] for key in calendar_of(text, "cairo")["offsets"]]
    assert [years.count(year) for year in ("2026", "2027", "2028", "2029")] == [3, 2, 2, 2]


def test_hours_that_have_begun_stay_and_a_new_law_holds_from_tomorrow(monkeypatch: pytest.MonkeyPatch) -> None:
    text = write_zones(POLICY, "2026-2027")
    monkeypatch.setattr(zones, "load_rules", lambda _: ZoneInfo("UTC"))
    changed = calendar_of(write_zones(text, "2026-2027"), "cairo")["offsets"]
    assert list(changed)[:3] == list(calendar_of(text, "cairo")["offsets"])[:3]
    assert list(changed.items())[3:] == [
        ("2026-11-30T00:00:00+02:00", "+00:00"),
        ("2027-01-01T00:00:00+00:00", "+00:00"),
    ]


def test_hours_in_any_spelling_are_kept_as_they_were_typed() -> None:
    typed = POLICY + "    offsets:\n      2026-04-24T00:00:00+02:00: 3  # by law\n      2026-10-29T21:00:00Z: 2\n"
    written = write_zones(typed, "2026-2027")
    assert "2026-04-24T00:00:00+02:00: 3  # by law\n" in written
    assert "2026-10-29T21:00:00Z: 2\n" in written
    assert write_zones(written, "2026-2027") == written


@settings(max_examples=20 * EXAMPLES_FACTOR, deadline=None)
@given(
    st.sampled_from(sorted(known_zones())),
    st.lists(st.tuples(st.integers(1970, 2060), st.integers(0, 3)), min_size=1, max_size=4),
    st.datetimes(datetime(1970, 1, 2), datetime(2060, 1, 1), timezones=st.just(UTC)),
)
def test_whatever_is_written_in_whatever_order_moves_nothing(
    key: str, spans: list[tuple[int, int]], now: datetime
) -> None:
    zone, rules = Zone(key), Zone(key)
    for first, length in spans:
        zone = Zone(key, upkeep.plan_offsets(zone, (first, first + length), now) or zone.offsets)
        assert upkeep.plan_offsets(zone, (first, first + length), now) == zone.offsets
        now += timedelta(days=200)
    begin, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (1969, 2065))
    assert list(zone.changes(begin, end)) == list(rules.changes(begin, end))


# --- what runs out, and what differs ----------------------------------------------------------------------------


def test_what_runs_out_and_what_another_release_says(monkeypatch: pytest.MonkeyPatch) -> None:
    text = write_zones(write_holidays(POLICY, "2026-2027"), "2026-2027")
    ksa, cairo = (read_calendar(text, name).hours for name in ("ksa", "cairo"))
    assert ksa
    assert cairo
    assert upkeep.last_holiday(ksa) == date(2027, 9, 23)
    assert upkeep.last_written_hour(cairo) == date(2027, 12, 31)
    assert upkeep.last_written_hour(ksa) is None
    assert upkeep.differing_holidays(ksa, NOW) == ([], [])
    assert upkeep.differing_hours(cairo, NOW) is None
    replant(monkeypatch, {date(2027, 9, 23): date(2027, 9, 22)})
    assert upkeep.differing_holidays(ksa, NOW) == ([date(2027, 9, 22)], [date(2027, 9, 23)])
    moved = text.replace("2027-04-30T00:00:00+02:00: +03:00", "2027-05-30T00:00:00+02:00: +03:00")
    differing = read_calendar(moved, "cairo").hours
    assert differing
    assert upkeep.differing_hours(differing, NOW) == datetime.fromisoformat("2027-04-30T00:00:00+02:00")


# --- the commands -----------------------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A desk of format 2 whose calendars name a country, and lie in a zone that changes its hours."""
    desk = make_desk(tmp_path)
    text = (desk / "policy.yaml").read_text("utf-8")
    text = text.replace("tz: Africa/Algiers", "tz: Africa/Cairo")
    start, end = text.index("    holidays:\n"), text.index("    # 齋月")
    (desk / "policy.yaml").write_text(text[:start] + "    holidays: {country: SA}\n" + text[end:], "utf-8")
    git(desk, "commit", "-qam", "a country")
    git(desk, "config", "fenji.user", "sun.yu")  # who may change the rules
    return desk


def test_the_commands_write_a_draft_that_is_sound(root: Path) -> None:
    year = datetime.now(UTC).year
    before = (root / "policy.yaml").read_bytes()
    shown = fenji("policy", "holidays", "SA", f"{year}-{year + 2}", "--dry-run", "--json", "--desk", root)
    assert shown.code == 0, shown.err
    assert (root / "policy.yaml").read_bytes() == before
    assert shown.json["written"] is False
    [planned] = shown.json["calendars"]
    assert planned["calendar"] == "ksa"
    assert f"{year}-09-23" in planned["added"]
    written = fenji("policy", "holidays", "SA", f"{year}-{year + 2}", "--desk", root)
    assert written.code == 0
    assert f"  + {year}-09-23 " in written.out
    assert "as a draft" in written.out
    zones_written = fenji("policy", "zones", f"{year}-{year + 2}", "--json", "--desk", root).json
    assert [planned["calendar"] for planned in zones_written["calendars"]] == ["dza"]
    again = fenji("policy", "zones", f"{year}-{year + 2}", "--desk", root)
    assert "Nothing to write" in again.out
    checked = fenji("policy", "check", "--json", "--desk", root, FENJI_USER="sun.yu")  # who may change the rules
    assert (checked.code, checked.json["problems"]) == (0, [])
    assert git(root, "status", "--porcelain").split() == ["M", "policy.yaml"]


def test_where_tickets_stand_the_first_past_is_written_in_a_version_that_counts_from_now(root: Path) -> None:
    year = datetime.now(UTC).year
    assert fenji("new", "--title", "rust", "--desk", root).code == 0
    assert fenji("policy", "holidays", "SA", f"{year - 1}-{year + 1}", "--desk", root).code == 0
    typed: Any = yaml_codec.load((root / "policy.yaml").read_bytes(), "policy.yaml")
    assert min(typed["calendars"]["ksa"]["holidays"]["dates"]) < typed["since"]
    assert any("dates" not in former["calendars"]["ksa"]["holidays"] for former in typed["earlier"]), "what has run"
    checked = fenji("policy", "check", "--json", "--desk", root)
    assert (checked.code, checked.json["problems"]) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("holidays", "QQ", "2026"), 2, "No holidays are known for QQ"),
        (("holidays", "SA", "26"), 2, "26 is not a year"),
        (("holidays", "EG", "2026"), 1, "No calendar has the holidays of EG"),
        (("holidays", "EG", "2026", "--calendar", "x"), 1, "There is no calendar x"),
        (("zones", "2028-2026"), 2, "not a year or range of years"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_the_commands_refuse_in_one_sentence(
    root: Path, arguments: tuple[str, ...], code: int, words: str, language: str
) -> None:
    refused = fenji("policy", *arguments, "--desk", root, FENJI_LANGUAGE=language)
    assert refused.code == code
    assert "Traceback" not in refused.err
    assert (words in refused.err) is (language == "en")


@pytest.mark.parametrize(
    ("zone", "country"), [("Africa/Cairo", "EG"), ("Asia/Riyadh", "SA"), ("UTC", ""), ("Antarctica/Troll", "AQ")]
)
def test_a_new_desk_has_the_dates_of_this_year_and_the_next_two(tmp_path: Path, zone: str, country: str) -> None:
    root = tmp_path / "new"
    git(tmp_path, "init", "-q", "new")
    done = fenji("init", root, "--site", "CAI", "--zone", zone, "--person", "li.wei", "--language", "en")
    assert done.code == 0, done.err
    text, year = (root / "policy.yaml").read_text("utf-8"), datetime.now(UTC).year
    for name in ("cai", "hq"):
        calendar = calendar_of(text, name)
        holidays = calendar["holidays"]
        assert (holidays["country"] if holidays else "") == country
        years = {int(day[:4]) for day in holidays["dates"]} if holidays else set()
        assert years == ({year, year + 1, year + 2} if country else set())
        assert ("offsets" in calendar) is (zone in ("Africa/Cairo", "Antarctica/Troll"))
    assert fenji("policy", "check", "--desk", root).code == 0
