"""Workload and fees: by whom, how much, beside what is usual, and who pays by the contracts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from fenji.errors import Sentence
from fenji.model.appraisal.facts import GOES_ON, Facts, InvolvedFact, LineFact, OutsideFact, StretchFact, TicketFacts
from fenji.model.appraisal.read_work import read_outside
from fenji.model.contracts import SettledLine
from fenji.publish.figure_table import render_markdown
from figure_facts import NOVEMBER, START, make_ticket, tables_of, values_of
from policies import make_policy
from samples import after_event, reported_ticket

DAY = 86400
TOTAL = Sentence("total")
LENGTH = 30 * DAY  # of November


def facts_with(*tickets: TicketFacts) -> Facts:
    facts = Facts()
    facts.add(tickets)
    return facts


def make_line(number: int, key: str = "r1", **changes: Any) -> LineFact:
    line = LineFact(f"u{number}", key, 20261103, "li.wei", "HQ-TECH", "people", "", "2", "", "USD", "")
    return line._replace(**changes)


# --- workload -----------------------------------------------------------------------------------------------------


def test_tickets_are_held_for_as_long_as_they_were_within_the_period() -> None:
    facts = facts_with(
        TicketFacts(
            make_ticket(1),
            stretches=[
                StretchFact("u1", START - 10 * DAY, 16 * DAY, "running", "li.wei", ""),
                StretchFact("u1", START + 6 * DAY, 6 * DAY, "waiting", "zhao.min", ""),
                StretchFact("u1", START + 12 * DAY, 13 * DAY, "solved", "zhao.min", ""),
            ],
        ),
        TicketFacts(make_ticket(2), stretches=[StretchFact("u2", START + 24 * DAY, GOES_ON, "running", "li.wei", "")]),
    )
    table = tables_of(facts, "workload")["workload"]
    assert values_of(table, "person", "tickets", "held") == [
        ("li.wei", 2, Decimal("0.40")),
        ("zhao.min", 1, Decimal("0.20")),
        (TOTAL, 2, Decimal("0.60")),
    ]
    assert table.rows[0]["tickets"].query == "id:KSA-2026-0001,KSA-2026-0002"


def test_work_outside_hours_is_that_of_whoever_did_it_also_of_nobody_in_the_rules() -> None:
    ticket = reported_ticket()
    for person in ("li.wei", "stranger", "mail", "import"):
        ticket = after_event(ticket, "note", minute=15 * 60, by=person, note="seen")  # at 23:00
    found = read_outside(ticket, make_policy(), ticket.log[-1].at)
    assert [fact.person for fact in found] == ["li.wei", "stranger"]


def test_what_is_usual_is_the_median_for_that_kind_and_priority() -> None:
    tickets = [
        TicketFacts(make_ticket(number, priority=level), lines=[make_line(number, person=person, hours=str(hours))])
        for number, (person, level, hours) in enumerate(
            [("li.wei", "P1", 10), ("wu", "P1", 2), ("sun", "P1", 4), ("li.wei", "P4", 1), ("wu", "P4", 3)]
        )
    ]
    table = tables_of(facts_with(*tickets), "workload")["workload"]
    rows = {str(row[0]): row[1:] for row in values_of(table, "person", "hours", "hours_usual")}
    assert rows["li.wei"] == (Decimal(11), Decimal(6))  # medians: 4 of P1, 2 of P4
    assert rows["wu"] == (Decimal(5), Decimal(6))
    assert rows["sun"] == (Decimal(4), Decimal(4))
    assert rows["total"] == (Decimal(20), None)


def test_work_outside_hours_is_counted_each_time_and_only_within_the_period() -> None:
    outside = [OutsideFact("u1", START + seconds, "li.wei", "HQ-TECH") for seconds in (-1, 0, 5, LENGTH)]
    table = tables_of(facts_with(TicketFacts(make_ticket(1), outside=outside)), "workload")["workload"]
    assert values_of(table, "person", "outside") == [("li.wei", 2), (TOTAL, 2)]


def test_units_involved_stand_apart_with_shares_and_no_total() -> None:
    involved = [
        InvolvedFact("u1", "response", START, "FACTORY-7", 500_000),
        InvolvedFact("u1", "solution", START + 5, "FACTORY-7", 1_000_000),
        InvolvedFact("u1", "solution", START + LENGTH, "FACTORY-7", 1_000_000),
    ]
    facts = facts_with(TicketFacts(make_ticket(1), involved=involved))
    table = tables_of(facts, "workload")["involved"]
    assert "do not add up" in str(table.title)
    assert values_of(table, "unit", "tickets", "clocks", "share") == [("FACTORY-7", 1, 2, 0.75)]
    assert table.total is None
    assert values_of(tables_of(facts, "workload", clock="response")["involved"], "clocks") == [(1,)]


# --- fees ---------------------------------------------------------------------------------------------------------


def settle(*lines: SettledLine) -> dict[tuple[str, str], list[SettledLine]]:
    found: dict[tuple[str, str], list[SettledLine]] = {}
    for line in lines:
        found.setdefault(line.name, []).append(line)
    return found


def make_settled(number: int, outcome: str, amount: str | None, *, key: str = "r1", **changes: Any) -> SettledLine:
    known: dict[str, Any] = {"currency": "USD", "why": Sentence("because"), **changes}
    return SettledLine(
        f"u{number}",
        f"KSA-2026-{number:04}",
        key,
        "hours",
        "",
        date(2026, 11, 3),
        "li.wei",
        "HQ-TECH",
        "",
        outcome,
        amount=None if amount is None else Decimal(amount),
        **known,
    )


def test_lines_go_by_what_they_say_and_what_nobody_settles_is_never_nothing() -> None:
    lines = [
        make_line(1),
        make_line(1, "r2", person="", cost="7.50", hours=""),
        make_line(1, "r3", person="", currency="EUR", cost="3", hours=""),
        make_line(1, "r4", on=20261201),
    ]
    settled = settle(
        make_settled(1, "pool", "40.00"),
        make_settled(1, "billable", "60.00"),
        make_settled(1, "unknown", None, key="r2"),
        make_settled(1, "warranty", "3.00", key="r3", currency="EUR"),
        make_settled(1, "billable", "999.00", key="r4"),
    )
    found = tables_of(facts_with(TicketFacts(make_ticket(1), lines=lines)), "fees", settle=lambda: settled)
    names = ("person", "hours", "billable_USD", "covered_USD", "covered_EUR", "unknown_lines", "unknown_USD")
    assert values_of(found["fees"], *names) == [
        ("li.wei", Decimal(2), Decimal("60.00"), Decimal("40.00"), None, None, None),
        ("", Decimal(0), None, None, Decimal("3.00"), 1, Decimal("7.50")),
        (TOTAL, Decimal(2), Decimal("60.00"), Decimal("40.00"), Decimal("3.00"), 1, Decimal("7.50")),
    ]
    assert values_of(found["unknown"], "why", "lines", "tickets") == [(Sentence("because"), 1, 1)]


def test_without_contracts_everything_is_unknown() -> None:
    found = tables_of(facts_with(TicketFacts(make_ticket(1), lines=[make_line(1)])), "fees")
    assert values_of(found["fees"], "unknown_lines", "unknown_hours")[-1] == (1, Decimal(2))
    assert [str(why) for (why,) in values_of(found["unknown"], "why")] == ["this desk has no contracts.yaml"]


def test_lines_without_a_date_are_named_where_they_were_written_down_or_their_ticket_was_reported() -> None:
    found = tables_of(
        facts_with(
            TicketFacts(make_ticket(1), lines=[make_line(1, on=0)]),
            TicketFacts(make_ticket(2, reported=START - 1), lines=[make_line(2, on=0)]),
            TicketFacts(make_ticket(3, reported=START - 1), lines=[make_line(3, on=0, recorded=START)]),
        ),
        "fees",
    )
    assert values_of(found["fees"], "hours")[-1] == (Decimal(0),)
    assert values_of(found["unknown"], "lines", "tickets") == [(2, 2)]
    assert NOVEMBER.holds(date(2026, 11, 30))


def test_what_lines_are_marked_as_and_what_contracts_say_have_names_of_their_own() -> None:
    """A line marked billable may be covered: one label for both would let them be added, or compared."""
    facts = facts_with(TicketFacts(make_ticket(1), lines=[make_line(1, cost="200.00", billable="yes")]))
    settled = settle(make_settled(1, "warranty", "200.00"))
    appraisal = tables_of(facts, "appraisal")["appraisal"]
    fees = tables_of(facts, "fees", settle=lambda: settled)["fees"]
    assert values_of(appraisal, "cost_USD", "fees_USD") == [(Decimal("200.00"), Decimal("200.00"))]
    assert values_of(fees, "billable_USD", "covered_USD")[-1] == (None, Decimal("200.00"))
    labels = [
        next(str(column.label) for column in table.columns if column.name == name)
        for table, name in ((appraisal, "fees_USD"), (fees, "billable_USD"))
    ]
    assert labels == ["marked billable", "to bill"]
    marked = "hours 2, lines marked billable USD 200.00: proposals; what contracts bill is under Hours and fees"
    assert marked in [str(note) for note in appraisal.notes]


def test_rows_that_share_tickets_say_why_they_add_to_more_than_the_total() -> None:
    shared = TicketFacts(make_ticket(1), lines=[make_line(1), make_line(1, "r2", person="zhao.min")])
    alone = TicketFacts(make_ticket(2), lines=[make_line(2)])
    fees = tables_of(facts_with(shared, alone), "fees")["fees"]
    assert values_of(fees, "tickets") == [(2,), (1,), (2,)]
    said = "tickets shared by rows count in each of them: 3 summed, 2 in all"
    assert [str(note) for note in fees.notes][1:] == [said]
    assert f"- {said}\n" in render_markdown([fees])
    assert fees.mapping()["notes"][1:] == [said]  # type: ignore[index]
    assert len(tables_of(facts_with(alone), "fees")["fees"].notes) == 1
