"""Figures counted from facts: what adds up, what is fair, and what a query behind a figure says."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from math import comb, sqrt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fenji.errors import InvalidUsage
from fenji.model.appraisal.appraise import FigureQuestion, appraise
from fenji.model.appraisal.facts import GOES_ON, Facts, LineFact, StretchFact, TicketFacts, VerdictFact
from fenji.model.appraisal.figures import CLOCKS
from fenji.model.appraisal.grouping import KEYS, parse_keys
from fenji.model.appraisal.intervals import SHOWN, Quantile, find_rank, lies_below, quantile_at, wilson
from fenji.model.periods import Period, parse_period, split_period
from fenji.storage import figures_cache
from fenji.storage.figures_cache import CacheStamp
from figure_facts import NOVEMBER, NOW, SHANGHAI, START, TODAY, facts_of, figures_of, make_ticket, make_verdict

# --- periods ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11", "2026-11-01", "2026-11-30"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("last-month", "2026-10-01", "2026-10-31"),
        ("month", "2026-11-01", "2026-11-30"),
        ("week", "2026-11-16", "2026-11-22"),
        ("today", "2026-11-18", "2026-11-18"),
        ("yesterday", "2026-11-17", "2026-11-17"),
        ("<7d", "2026-11-12", "2026-11-18"),
        (">7d", "1900-01-01", "2026-11-11"),
        ("2026-10..2026-11", "2026-10-01", "2026-11-30"),
        ("2026-11-03..2026-11-09", "2026-11-03", "2026-11-09"),
        ("2026-11-03..", "2026-11-03", "2199-12-31"),
    ],
)
def test_periods_are_whole_dates_with_both_ends_in(text: str, first: str, last: str) -> None:
    period = parse_period(text, today=TODAY, zone=SHANGHAI)
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)
    assert period.start == datetime.combine(period.first, datetime.min.time(), SHANGHAI)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-13",
        "2026-Q5",
        "November",
        "2026-02-30",
        "2026-11..2026-10",
        "..",
        "７d",
        "1899-12",
        "2200",
        "2026..9999",
    ],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(InvalidUsage, match=r"is not a period\. "):
        parse_period(text, today=TODAY, zone=SHANGHAI)


def test_the_end_of_a_period_is_the_instant_after_it_in_its_zone() -> None:
    zone = ZoneInfo("Europe/Berlin")
    march = parse_period("2026-03", today=TODAY, zone=zone)
    assert march.end - march.start == timedelta(days=31) - timedelta(hours=1)
    assert march.end.isoformat() == "2026-03-31T22:00:00+00:00"


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)), st.integers(0, 1500), st.sampled_from("MQY"))
def test_a_period_is_split_without_gap_or_overlap(first: date, days: int, unit: str) -> None:
    period = Period(first, first + timedelta(days=days), UTC, "x")
    parts = split_period(period, unit)
    assert (parts[0].first, parts[-1].last) == (period.first, period.last)
    assert all(left.end == right.start for left, right in pairwise(parts))


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)), st.integers(0, 1500))
def test_a_period_in_a_query_is_the_same_period(first: date, days: int) -> None:
    period = Period(first, first + timedelta(days=days), UTC, "x")
    again = parse_period(period.query, today=TODAY, zone=UTC)
    assert (again.first, again.last) == (period.first, period.last)


def test_the_twelve_months_up_to_a_period() -> None:
    year = NOVEMBER.before(months=12)
    assert (year.first, year.last) == (date(2025, 12, 1), date(2026, 11, 30))
    february = parse_period("2024-02", today=TODAY, zone=UTC).before(months=12)
    assert (february.first, february.last) == (date(2023, 3, 1), date(2024, 2, 29))


# --- rates and lengths --------------------------------------------------------------------------------------------


@given(st.integers(1, 500), st.data())
def test_the_ends_of_an_interval_are_the_rates_that_a_test_would_just_accept(decided: int, data: st.DataObject) -> None:
    met = data.draw(st.integers(0, decided))
    for rate in wilson(met, decided):
        assert abs(met / decided - rate) == pytest.approx(SHOWN * sqrt(rate * (1 - rate) / decided), abs=1e-6)


@given(st.integers(1, 60), st.floats(0.05, 1.0), st.data())
def test_a_rate_lies_below_where_so_few_are_rarer_than_one_in_two_hundred(
    decided: int, expected: float, data: st.DataObject
) -> None:
    met = data.draw(st.integers(0, decided))
    tail = sum(
        comb(decided, number) * expected**number * (1 - expected) ** (decided - number) for number in range(met + 1)
    )
    if abs(tail - 0.005) > 1e-9:
        assert lies_below(met, decided, expected) is (tail < 0.005)


def test_intervals_end_at_nothing_and_all() -> None:
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0


def quantile(lengths: Sequence[tuple[int, bool]], share: float) -> Quantile:
    """The quantile of lengths in seconds, each with whether it is over."""
    known = sorted(seconds for seconds, _ in lengths)
    running = sorted(seconds for seconds, is_over in lengths if not is_over)
    return quantile_at(find_rank(share, len(known)), known.__getitem__, partial(bisect_right, known), running)


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=12), st.data())
def test_a_quantile_is_never_more_than_what_it_may_become(lengths: list[tuple[int, bool]], data: st.DataObject) -> None:
    share = data.draw(st.sampled_from([0.5, 0.9]))
    found = quantile(lengths, share)
    grown = [(s if over else s + data.draw(st.integers(1, 99)), True) for s, over in lengths]
    later = quantile(grown, share)
    assert later.seconds >= found.seconds
    if not found.at_least:
        assert later.seconds == found.seconds


def test_spellings_are_alike_in_verdicts_too_that_no_ticket_has_any_more() -> None:
    spelled = {1: "第一阵地", 2: "第一阵地", 3: "第一陣地", 4: "RADAR 2", 5: "radar 2"}
    facts = Facts()
    facts.add(
        TicketFacts(make_ticket(number, customer="第一阵地"), [make_verdict(number, customer=name)])
        for number, name in spelled.items()
    )
    rows = {row.key["customer"]: row.clock("solution").met for row in figures_of(facts, "customer").rows}
    assert rows == {"第一阵地": 3, "RADAR 2": 2}


# --- counts -------------------------------------------------------------------------------------------------------

verdicts = st.builds(
    make_verdict,
    st.integers(0, 30),
    st.sampled_from(["met", "missed", "excused"]),
    clock=st.sampled_from(CLOCKS),
    at=st.integers(START - 40 * 86400, START + 40 * 86400),
    person=st.sampled_from(["li.wei", "zhao.min", "queue:KSA"]),
    unit=st.sampled_from(["HQ-TECH", "FACTORY-7", ""]),
    level=st.sampled_from(["P1", "P3"]),
    kind=st.sampled_from(["quality", "request"]),
    customer=st.sampled_from(["第一陣地", "a b", ""]),
)


@given(st.lists(verdicts, max_size=60), st.lists(st.sampled_from(KEYS), min_size=1, max_size=2, unique=True))
def test_counts_of_verdicts_add_up_over_any_key(found: list[VerdictFact], by: list[str]) -> None:
    figures = figures_of(facts_of(*found), *by)
    start, end = NOVEMBER.start.timestamp(), NOVEMBER.end.timestamp()
    counted = Counter((verdict.clock, verdict.answer) for verdict in found if start <= verdict.at < end)
    for clock in CLOCKS:
        for answer in ("met", "missed", "excused"):
            total = getattr(figures.total.clock(clock), answer)
            assert total == counted[clock, answer]
            assert total == sum(getattr(row.clock(clock), answer) for row in figures.rows)


@given(st.lists(verdicts, min_size=1, max_size=80), st.randoms())
def test_what_a_row_is_compared_with_does_not_hang_on_its_own_verdicts(found: list[VerdictFact], chance: Any) -> None:
    others = [make_verdict(number, "met" if number % 3 else "missed", person="sun.yu") for number in range(30)]
    mine = [replace_fact(verdict, person="li.wei", answer="met") for verdict in found]
    turned = [replace_fact(verdict, answer=chance.choice(["met", "missed"])) for verdict in mine]
    before, after = (figures_of(facts_of(*others, *own), "person") for own in (mine, turned))
    expected = [
        {clock: row.clock(clock).expected for clock in CLOCKS}
        for figures in (before, after)
        for row in figures.rows
        if row.key == {"person": "li.wei"}
    ]
    assert not expected or expected[0] == expected[1]


def replace_fact(verdict: VerdictFact, **changes: Any) -> VerdictFact:
    return verdict._replace(**changes)


def test_a_row_is_flagged_only_far_under_what_the_rest_reaches() -> None:
    rest = [make_verdict(number, "met" if number % 20 else "missed", person="sun.yu") for number in range(200)]
    bad = [make_verdict(200 + number, "met" if number % 2 else "missed") for number in range(40)]
    fair = [make_verdict(240 + number, "met" if number % 10 else "missed", person="wu") for number in range(40)]
    rows = {row.key["person"]: row.clock("solution") for row in figures_of(facts_of(*rest, *bad, *fair), "person").rows}
    assert rows["li.wei"].flagged
    assert not rows["wu"].flagged
    assert rows["li.wei"].expected is not None
    assert 0.93 < rows["li.wei"].expected < 0.96
    assert not rows["sun.yu"].flagged


def test_under_ten_nothing_is_said_and_the_total_is_compared_with_nothing() -> None:
    figures = figures_of(facts_of(*(make_verdict(number, "missed") for number in range(9))), "person")
    clock = figures.rows[0].clock("solution")
    assert clock.mapping() == {
        "rate": 0.0, "low": None, "high": None, "expected": None, "flag": False, "small": True
    }  # fmt: skip
    assert figures.total.clock("solution").expected is None


def test_a_rate_without_cases_is_no_rate() -> None:
    figures = figures_of(facts_of(make_verdict(1, "excused")), "person")
    assert figures.rows[0].clock("solution").mapping()["rate"] is None


def test_a_query_names_the_clock_the_answer_the_period_and_the_row() -> None:
    figures = figures_of(facts_of(make_verdict(1, customer="a b"), make_verdict(2, "missed")), "customer")
    queries = {row.key["customer"]: row.queries for row in figures.rows}
    assert queries["a b"] == {
        "tickets": 'clock.is:met,missed,excused clock.at:2026-11 clock.customer:"a b"',
        "solved_met": 'solution.is:met solution.at:2026-11 solution.customer:"a b"',
    }
    assert queries[""] == {
        "tickets": 'clock.is:met,missed,excused clock.at:2026-11 clock.customer:""',
        "solved_missed": 'solution.is:missed solution.at:2026-11 solution.customer:""',
    }


def test_keys_that_rows_cannot_go_by_are_named() -> None:
    assert parse_keys("person, kind") == ("person", "kind")
    for text in ("colour", "person,person"):
        with pytest.raises(InvalidUsage):
            parse_keys(text)


# --- backlog, lines -----------------------------------------------------------------------------------------------


def make_stretch(uid: str, span: tuple[int, int], state: str, person: str, unit: str, **others: bool) -> StretchFact:
    start, end = span
    return StretchFact(uid, start, GOES_ON if end == GOES_ON else end - start, state, person, unit, **others)


def test_backlog_is_that_of_the_periods_end_by_whoever_held_it() -> None:
    facts, day = Facts(), 86400
    end = int(NOVEMBER.end.timestamp())
    stretches = [
        make_stretch("u1", (START, end - 5 * day), "running", "li.wei", "HQ-TECH"),
        make_stretch("u1", (end - 5 * day, GOES_ON), "waiting", "zhao.min", "FACTORY-7"),
        make_stretch("u2", (START, end - day), "running", "li.wei", "HQ-TECH"),
        make_stretch("u2", (end - day, end + day), "solved", "li.wei", "HQ-TECH"),
        make_stretch("u3", (end, GOES_ON), "running", "li.wei", "HQ-TECH"),  # begins as the period ends
    ]
    for number in (1, 2, 3):
        uid = f"u{number}"
        facts.add([TicketFacts(make_ticket(number), stretches=[s for s in stretches if s.uid == uid])])
    figures = figures_of(facts, "person")
    rows = {row.key["person"]: row.backlog for row in figures.rows}
    assert (rows["zhao.min"].open, rows["zhao.min"].waiting[-1]) == (1, 1)
    assert (rows["li.wei"].open, rows["li.wei"].unconfirmed) == (0, 1)
    assert figures.total.backlog.open == 1


def test_the_rate_with_what_waits_to_be_confirmed_takes_it_as_it_would_be() -> None:
    facts, end = facts_of(make_verdict(1), make_verdict(2, "missed")), int(NOVEMBER.end.timestamp())
    for number, in_time, closed in [(3, True, GOES_ON), (4, False, GOES_ON), (5, True, end - 1), (6, True, end)]:
        stretch = make_stretch(f"u{number}", (START, closed), "solved", "li.wei", "", in_time=in_time)
        facts.add([TicketFacts(make_ticket(number), stretches=[stretch])])
    row = figures_of(facts).total
    assert (row.backlog.unconfirmed, row.backlog.unconfirmed_met) == (3, 2)
    assert row.mapping()["with_unconfirmed"] == {"met": 3, "decided": 4, "rate": 0.75}


def test_answers_are_counted_by_who_gave_them_whoever_answers_for_the_clock() -> None:
    facts = facts_of(
        make_verdict(1, person="queue:KSA", done_by="li.wei", stopped=START),
        make_verdict(2, "missed", person="zhao.min", done_by="li.wei", stopped=START),
        make_verdict(3, "missed", person="zhao.min"),
    )
    figures = figures_of(facts, "person")
    answers = {row.key["person"]: (row.answers, row.clock("solution").decided) for row in figures.rows}
    assert answers == {"li.wei": (2, 0), "queue:KSA": (0, 1), "zhao.min": (0, 2)}
    assert figures.total.answers == 2


def test_the_share_of_waiting_is_of_the_time_that_tickets_were_open_in_the_period() -> None:
    facts, day = Facts(), 86400
    stretches = [
        make_stretch("u1", (START - 9 * day, START + day), "running", "li.wei", ""),
        make_stretch("u1", (START + day, START + 4 * day), "waiting", "li.wei", ""),
        make_stretch("u1", (START + 4 * day, START + 9 * day), "solved", "li.wei", ""),
    ]
    facts.add([TicketFacts(make_ticket(1), [make_verdict(1)], stretches)])
    figures = figures_of(facts, "person")
    assert [row.waiting_share for row in figures.rows] == [0.75]
    assert figures.total.mapping()["waiting_share"] == 0.75
    assert figures_of(facts_of(make_verdict(1))).total.waiting_share is None


def test_hours_go_by_the_line_and_money_stays_exact_and_apart() -> None:
    facts = Facts()
    line = LineFact("u1", "r1", 20261103, "li.wei", "HQ-TECH", "people", "", "1.5", "0.10", "USD", "yes")
    lines = [
        line,
        line._replace(key="r2", cost="0.20"),
        line._replace(key="r3", currency="EUR", cost="7"),
        line._replace(key="r4", person="", billable="no", cost="5"),
        line._replace(key="r5", on=20261201),
        line._replace(key="r6", on=0),
    ]
    facts.add([TicketFacts(make_ticket(1), lines=lines)])
    figures = figures_of(facts, "person")
    rows = {row.key["person"]: row.mapping() for row in figures.rows}
    assert rows["li.wei"]["fees"] == {"EUR": "7", "USD": "0.30"}
    assert rows[""]["fees"] == {}
    assert rows[""]["costs"] == {"USD": "5"}
    assert figures.total.mapping()["hours"] == "6.0"
    assert [row.key["person"] for row in figures.rows] == ["li.wei", ""]


def test_rows_by_month_have_their_own_backlog() -> None:
    facts = Facts()
    facts.add([TicketFacts(make_ticket(1), stretches=[make_stretch("u1", (START, GOES_ON), "running", "li.wei", "")])])
    autumn = parse_period("2026-10..2026-12", today=TODAY, zone=SHANGHAI)
    figures = figures_of(facts, "month", period=autumn)
    assert {row.key["month"]: row.backlog.open for row in figures.rows} == {"2026-11": 1, "2026-12": 1}


def test_facts_that_are_kept_come_back_as_they_were(tmp_path: Path) -> None:
    facts = Facts()
    for number in (3, 1, 2):
        ticket = make_ticket(number, reported=START + number, solved=0, last=START * number)
        stretches = [
            make_stretch(ticket.uid, (START, end), "running", "li.wei", "") for end in (START + number, GOES_ON)
        ]
        facts.add([TicketFacts(ticket, [make_verdict(number, stopped=number)], stretches)])
    stamp = CacheStamp("commit", "policy", "release")
    figures_cache.save(tmp_path / "index", stamp, facts)
    kept = figures_cache.load(tmp_path / "index")
    assert kept
    for name in Facts.ROW_TYPES:
        assert sorted(getattr(kept.facts, name).rows()) == sorted(getattr(facts, name).rows())


def test_facts_that_are_taken_out_leave_the_others_as_they_were() -> None:
    facts = facts_of(make_verdict(1), make_verdict(2, "missed"), tickets=3)
    left = facts.without(["u2"])
    assert [verdict.uid for verdict in left.verdicts.rows()] == ["u1"]
    assert len(left.tickets) == 2
    assert replace(figures_of(left).total, queries={}).clock("solution").missed == 0


def test_a_date_that_begins_with_the_end_of_the_period_is_no_part_of_an_age() -> None:
    facts = Facts()
    stretch = make_stretch("u1", (START, GOES_ON), "running", "li.wei", "FIELD")
    facts.add([TicketFacts(make_ticket(1), stretches=[stretch])])
    asked: list[datetime] = []

    def count_age(_site: str, _reported: datetime, at: datetime) -> int:
        asked.append(at)
        return 0

    appraise(facts, FigureQuestion(NOVEMBER, NOW), count_age=count_age)
    assert {at.astimezone(SHANGHAI).date() for at in asked} == {NOVEMBER.last}
