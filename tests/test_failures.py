"""Failures of parts: what counts, what came again, and whether they come faster."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest

from fenji.model.appraisal.facts import Facts, LineFact, LinkFact, TicketFact, TicketFacts
from fenji.model.appraisal.failures import Failures
from fenji.model.appraisal.growth import chi_square, fit_growth
from fenji.model.periods import parse_period
from figure_facts import NOVEMBER, START, TODAY, make_ticket, tables_of, values_of

DAY = 86400
END = int(NOVEMBER.end.timestamp())
YEARS = parse_period("2025-12..2026-11", today=TODAY, zone=UTC)


def facts_of_tickets(*tickets: TicketFact) -> Facts:
    facts = Facts()
    facts.add(TicketFacts(ticket) for ticket in tickets)
    return facts


def numbers(tickets: list[TicketFact]) -> list[int]:
    return [int(ticket.uid[1:]) for ticket in tickets]


# --- what is a failure --------------------------------------------------------------------------------------------


def test_requests_what_was_withdrawn_and_linked_duplicates_are_no_failures() -> None:
    facts = Facts()
    facts.add(
        [
            TicketFacts(make_ticket(1)),
            TicketFacts(make_ticket(2, kind="request")),
            TicketFacts(make_ticket(3, state="withdrawn")),
            TicketFacts(make_ticket(4), links=[LinkFact("u4", "KSA-2026-0001", "duplicate")]),
            TicketFacts(make_ticket(5), links=[LinkFact("u5", "KSA-2026-0001", "related")]),
            TicketFacts(make_ticket(6, reported=END)),
        ]
    )
    assert numbers(Failures(facts, END).since(START)) == [1, 5]


@pytest.mark.parametrize(
    ("first", "second", "after_days", "again"),
    [
        ({"serial": "TT-3-008"}, {"serial": "tt3008"}, 89, True),
        ({"serial": "TT-3-008"}, {"serial": "tt3008"}, 91, False),
        ({"serial": "A1", "part": "XJ-4411"}, {"serial": "B2", "part": "XJ-4411"}, 1, False),  # another one
        ({"part": "XJ-4411"}, {"part": "xj 4411", "serial": "B2"}, 1, True),
        ({"part": "XJ-4411"}, {"part": "XJ-4411", "site": "DZA"}, 1, False),
        ({}, {}, 1, False),
        ({"serial": "A1"}, {"serial": "A1"}, -1, False),  # reported before the other was solved
    ],
)
def test_what_comes_again_is_the_same_thing_within_ninety_days_after_it_was_solved(
    first: dict[str, str], second: dict[str, str], after_days: int, *, again: bool
) -> None:
    solved = START - 200 * DAY
    facts = facts_of_tickets(
        make_ticket(1, reported=solved - 5 * DAY, solved=solved, **first),
        make_ticket(2, reported=solved + after_days * DAY, **second),
    )
    assert bool(list(Failures(facts, END).recurrences(0))) is again


# --- the course ---------------------------------------------------------------------------------------------------


def test_the_quantiles_of_chi_square_are_those_of_the_tables() -> None:
    for share, degrees, value in [(0.05, 10, 3.940), (0.95, 10, 18.307), (0.05, 60, 43.188), (0.95, 60, 79.082)]:
        assert chi_square(share, degrees) == pytest.approx(value, rel=4e-3)


@pytest.mark.parametrize("shape", [0.6, 1.0, 1.8])
def test_the_interval_of_a_course_holds_the_truth_nine_times_in_ten(shape: float) -> None:
    chance, inside, runs = Random(4), 0, 400
    for _ in range(runs):
        times = [700 * chance.random() ** (1 / shape) for _ in range(chance.randint(6, 20))]
        growth = fit_growth(times, 700)
        assert growth
        inside += growth.low <= shape <= growth.high
    assert 0.85 <= inside / runs <= 0.95


def test_under_five_failures_nothing_is_said_of_their_course() -> None:
    assert fit_growth([1, 2, 3, 4], 10) is None
    assert fit_growth([], 10) is None
    assert fit_growth([0] * 5, 10) is not None
    assert fit_growth([1] * 5, 0) is None


def test_failures_that_come_faster_are_said_to_get_worse() -> None:
    growth = fit_growth([400, 500, 560, 610, 650, 680, 700, 715], 730)
    assert growth
    assert growth.direction == 1
    assert growth.current_days < growth.overall_days == pytest.approx(91.25)
    steady = fit_growth([90 * number for number in range(1, 9)], 730)
    assert steady
    assert steady.direction == 0


# --- tables -------------------------------------------------------------------------------------------------------


def failing(number: int, days: int, **changes: object) -> TicketFact:
    """A failure so many days after the first of December 2025."""
    reported = int(datetime(2025, 12, 1, tzinfo=UTC).timestamp()) + days * DAY
    return make_ticket(number, **{"part": "XJ-4411", "reported": reported, "solved": reported + DAY, **changes})


def test_the_most_frequent_part_comes_first_however_it_is_written() -> None:
    facts = Facts()
    cost = LineFact("u3", "r1", 20260101, "", "", "material", "", "", "7.50", "USD", "")
    facts.add(
        [
            TicketFacts(failing(1, 0, part="AB-1", site="DZA")),
            TicketFacts(failing(2, 10)),
            TicketFacts(failing(3, 20, part="xj4411", site="DZA", solved=0), lines=[cost]),
            TicketFacts(failing(4, 30, part="")),
        ]
    )
    table = tables_of(facts, "parts", period=YEARS)["failures_part"]
    names = ("failures", "cumulative", "sites", "median_days", "cost_USD")
    rows = values_of(table, *names)
    assert [(row[0], row[1], row[2], row[3], str(row[4] or "")) for row in rows[:-1]] == [
        (2, 0.5, "DZA, KSA", 1.0, "7.50"),
        (1, 0.75, "DZA", 1.0, ""),
        (1, 1.0, "KSA", 1.0, ""),
    ]
    assert rows[-1][0] == 4
    assert table.rows[0]["failures"].query == "id:KSA-2026-0002,KSA-2026-0003"


def test_a_course_is_told_in_words_and_a_measure_by_what_came_before_and_after() -> None:
    days = [200, 250, 280, 305, 325, 340, 350, 358]
    measured = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())
    tickets = [failing(number, day, measured=measured if number == 3 else 0) for number, day in enumerate(days)]
    found = tables_of(facts_of_tickets(failing(99, 0, part="OTHER"), *tickets), "parts", period=YEARS)
    ((part, course, words),) = values_of(found["growth"], "part", "course", "words")
    assert (part, str(course)) == ("XJ-4411", "getting worse")
    assert str(words).startswith("8 failures in 12 months, getting worse, one each ")
    ((ticket, before, after, after_days),) = values_of(found["measures"], "ticket", "before", "after", "after_days")
    assert (ticket, before, after) == ("KSA-2026-0003", 7, 1)
    assert after_days == pytest.approx(11.0, abs=0.5)


def test_few_failures_have_no_course() -> None:
    found = tables_of(facts_of_tickets(*(failing(number, number * 30) for number in range(4))), "parts", period=YEARS)
    assert "growth" not in found
    assert "measures" not in found


def test_what_is_solved_after_the_period_has_lasted_at_least_until_its_end() -> None:
    """Else the failures of a closed month would say something else in each month that follows."""
    end = int(YEARS.end.timestamp())
    late = failing(1, 0, solved=end + DAY)
    found = tables_of(facts_of_tickets(late), "parts", period=YEARS)["failures_part"]
    assert values_of(found, "median_days", "median_days_at_least") == [(365.0, 1), (365.0, 1)]
