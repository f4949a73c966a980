"""The clocks of a ticket as figures count them (clock rules 25 and 26)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fenji.model import sla as clocks
from fenji.model.appraisal.behind import list_decided
from fenji.model.appraisal.facts import Facts
from fenji.model.appraisal.read_facts import read_facts
from stories import hours, instant, make_event, report_event, rules, ticket_with
from test_sla_properties import POLICY, moments, quick, tickets

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.sla import DecidedClock
    from fenji.model.ticket import Event, Ticket

READ_AT = "04-20 08:00"
FIRST = {"impact": "minor", "occurrence": "common", "requester.unit": "Position 1", "product.part": "XJ-1"}
REPORT = report_event(owner="li.wei", **FIRST)
ANSWER = make_event("03-01 09:30", "respond", by="he.qi", note="On our way.")


def both(*events: Event, at: str = READ_AT) -> list[DecidedClock]:
    return list(clocks.ticket_clocks(ticket_with(*events), rules(), instant(at)))


@pytest.mark.parametrize(
    ("events", "answers"),
    [
        ([REPORT], [("missed", "03-02 08:00"), ("missed", "03-15 08:00")]),
        ([REPORT, ANSWER], [("met", "03-01 09:30"), ("missed", "03-15 08:00")]),
        ([REPORT, ANSWER, make_event("03-05 08:00", "solve")], [("met", "03-01 09:30"), ("met", None)]),
        (
            [REPORT, ANSWER, make_event("03-05 08:00", "solve"), make_event("03-06 08:00", "confirm", by="zhao.min")],
            [("met", "03-01 09:30"), ("met", "03-06 08:00")],
        ),
        (
            [REPORT, ANSWER, make_event("03-05 08:00", "withdraw", reason="sent in error")],
            [("met", "03-01 09:30"), ("withdrawn", None)],
        ),
        (
            [REPORT, ANSWER, make_event("03-05 08:00", "classify", kind="project", reason="so it is")],
            [("met", "03-01 09:30"), ("let_off", None)],
        ),
        ([report_event(kind="project"), ANSWER], [("met", "03-01 09:30"), ("none", None)]),
        (
            [
                *(REPORT, ANSWER),
                make_event("03-20 08:00", "excuse", by="zhao.min", clock="solution", reason="x", note="storm"),
            ],
            [("met", "03-01 09:30"), ("excused", "03-15 08:00")],
        ),
    ],
)
def test_each_clock_has_one_answer_and_the_instant_at_which_it_became_final(
    events: list[Event], answers: list[tuple[str, str | None]]
) -> None:
    expected = [(answer, instant(at) if at else None) for answer, at in answers]
    assert [(clock.answer, clock.decided_at) for clock in both(*events)] == expected


def test_a_second_confirmation_moves_no_verdict_to_another_period() -> None:
    confirmations = [make_event(at, "confirm", by="zhao.min") for at in ("03-06 08:00", "04-02 08:00")]
    _, solved = both(REPORT, ANSWER, make_event("03-05 08:00", "solve"), *confirmations)
    assert solved.decided_at == instant("03-06 08:00")


def test_the_fields_are_those_at_the_stop_and_of_a_miss_those_at_its_due() -> None:
    before = make_event("03-14 08:00", "edit", {"product.part": "XJ-2"}, by="he.qi")
    after = make_event("03-16 08:00", "edit", {"product.part": "XJ-3", "requester.unit": "Position 2"}, impact="major")
    answered, missed = both(REPORT, ANSWER, before, after)
    assert (answered.fields.part, answered.fields.customer, answered.fields.impact) == ("XJ-1", "Position 1", "minor")
    assert (missed.fields.part, missed.fields.customer, missed.fields.impact) == ("XJ-2", "Position 1", "minor")
    assert (missed.fields.level, missed.fields.kind, missed.fields.site) == ("P4", "quality", "KSA")


def test_the_level_of_a_miss_is_that_at_its_due_and_of_a_success_that_at_its_stop() -> None:
    lowered = make_event("03-16 08:00", "classify", priority="P1")
    assert [clock.fields.level for clock in both(REPORT, ANSWER, lowered)] == ["P4", "P4"]
    raised = make_event("03-14 08:00", "classify", priority="P3")
    assert [clock.fields.level for clock in both(REPORT, ANSWER, raised)] == ["P4", "P3"]


def test_what_no_event_names_is_read_off_the_header() -> None:
    ticket = ticket_with(make_event("03-01 08:00", "report"), kind="quality", impact="major")
    clock = clocks.ticket_clocks(ticket, rules(), instant(READ_AT))[0]
    assert (clock.fields.kind, clock.fields.impact, clock.fields.part) == ("quality", "major", "")


def test_times_are_worked_elapsed_and_held() -> None:
    wait, resume = make_event("03-02 08:00", "wait", reason="customer"), make_event("03-03 08:00", "resume")
    _, solved = both(REPORT, ANSWER, wait, resume, make_event("03-04 08:00", "solve"))
    assert (solved.calendar, solved.used_s, solved.elapsed_s, solved.held_s) == (
        "always",
        hours(48),
        hours(48),
        hours(24),
    )


def test_an_open_clock_names_who_would_answer_now() -> None:
    [clock] = [clock for clock in both(REPORT, ANSWER, at="03-05 08:00") if clock.answer == "open"]
    assert (clock.answerer.owner, clock.charged_to, clock.decided_at) == ("li.wei", None, None)
    assert clocks.decided_clocks(ticket_with(REPORT), rules(), instant("03-01 08:00")) == ()


@quick
@given(st.data(), tickets())
def test_every_clock_agrees_with_its_reading(data: st.DataObject, ticket: Ticket) -> None:
    at = data.draw(moments(ticket))
    reading = clocks.reading(ticket, POLICY, at)
    for clock in clocks.ticket_clocks(ticket, POLICY, at):
        read = reading.clock(clock.clock)
        assert clock.in_rate == (read.met is not None and read.counts and read.decided is not None)
        assert (clock.charged_to, clock.decided_at, clock.used_s) == (read.charged_to, read.decided, read.used_s)
        assert clock.charged_to is None or clock.charged_to.key == clock.answerer.key


@quick
@given(st.data(), tickets())
def test_nothing_that_comes_later_moves_a_final_verdict_of_a_clock_that_is_not_reopened(
    data: st.DataObject, ticket: Ticket
) -> None:
    first, second = sorted([data.draw(moments(ticket)), data.draw(moments(ticket))])
    if any(event.do in ("reopen", "excuse") and first < event.at <= second for event in ticket.log):
        return
    later = {clock.clock: clock for clock in clocks.ticket_clocks(ticket, POLICY, second)}
    for clock in clocks.decided_clocks(ticket, POLICY, first):
        after = later[clock.clock]
        assert (after.answer, after.decided_at, after.due) == (clock.answer, clock.decided_at, clock.due)
        assert (after.fields, after.answerer) == (clock.fields, clock.answerer)


# --- as the list behind a figure says them ------------------------------------------------------------------------


def listed_lateness(ticket: Ticket, policy: Policy, at: datetime) -> dict[str, int | None]:
    """How late each missed clock is in the list behind a figure."""
    facts = Facts()
    facts.add([read_facts(ticket, policy, at)])
    years = [datetime(year, 1, 1, tzinfo=UTC) for year in (2025, 2100)]
    return {found.clock: found.seconds for found in list_decided(facts, *years, now=at) if found.answer == "missed"}


@pytest.mark.parametrize(
    "later",
    [
        [],
        [make_event("03-16 08:00", "wait", reason="customer")],
        [make_event("03-16 08:00", "respond"), make_event("03-18 08:00", "withdraw", reason="sent in error")],
        [make_event("03-18 08:00", "withdraw", reason="sent in error"), make_event("03-19 08:00", "edit", owner="x")],
        [make_event("03-16 08:00", "solve"), make_event("03-20 08:00", "reopen")],
        [make_event("03-02 07:00", "classify", priority="P4"), make_event("03-05 08:00", "classify", priority="P1")],
    ],
)
def test_the_list_behind_a_figure_says_as_much_lateness_as_the_ticket(later: list[Event]) -> None:
    ticket = ticket_with(
        report_event(priority="P1" if any(event.do == "classify" for event in later) else "P4"), *later
    )
    for at in map(instant, ("03-17 08:00", "04-20 08:00", "05-20 08:00")):
        reading = clocks.reading(ticket, rules(), at)
        missed = {name for name in clocks.CLOCKS if reading.clock(name).met is False}
        lateness = {name: reading.clock(name).late_elapsed_s for name in missed}
        assert listed_lateness(ticket, rules(), at) == lateness
        assert lateness


@quick
@given(st.data(), tickets())
def test_every_missed_clock_is_listed_as_late_as_its_reading_says(data: st.DataObject, ticket: Ticket) -> None:
    at = data.draw(moments(ticket))
    reading = clocks.reading(ticket, POLICY, at)
    for name, seconds in listed_lateness(ticket, POLICY, at).items():
        assert seconds == reading.clock(name).late_elapsed_s


@pytest.mark.parametrize(("units", "expected"), [([], "HQ-TECH"), (["FACTORY-7"], "FACTORY-7")])
def test_what_a_queue_hands_on_late_counts_for_the_unit_of_the_queue(units: list[str], expected: str) -> None:
    assigned = make_event("03-15 07:00", "assign", owner="he.qi", units=["NEW-UNIT"])
    facts = read_facts(ticket_with(report_event(units=units), assigned), rules(), instant(READ_AT))
    found = {(sign.sign, sign.person, sign.unit) for sign in facts.signs}
    assert ("handed_on_late", "queue:KSA", expected) in found
    assert ("received_late", "he.qi", "FACTORY-7") in found
