"""Five things change what was known of a closed period, each is found; on random logs nothing else moves a verdict."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fenji.model.appraisal.changes import (
    ARRIVAL,
    BACK_DATED,
    CORRECTION,
    EXCUSE,
    REOPENING,
    TicketPast,
    find_cause,
    find_differences,
)
from fenji.model.appraisal.facts import Facts
from fenji.model.appraisal.issued import Verdicts, known_verdicts
from fenji.model.appraisal.read_facts import read_facts
from test_corrections import EID, SOLVED_NEXT_DAY, corrected
from test_sla_properties import FAR, POLICY, START, build_ticket, moments, quick, tickets

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event, Ticket

FIVE = {ARRIVAL, BACK_DATED, EXCUSE, CORRECTION, REOPENING}


def verdicts_of(ticket: Ticket | None, policy: Policy, at: datetime, past: TicketPast) -> Verdicts:
    facts = Facts()
    facts.add([read_facts(ticket, policy, at)] if ticket else [])
    return known_verdicts(facts, past.start, past.end)


def changes(ticket: Ticket, known: list[Event], policy: Policy, past: TicketPast) -> list[tuple[str, str, str]]:
    """What differs between the ticket of the known events, read then, and the ticket of all, read now; and why."""
    before = build_ticket(known) if known else None
    now = FAR + timedelta(days=400)
    found = find_differences(verdicts_of(before, policy, past.known_at, past), verdicts_of(ticket, policy, now, past))
    return [
        (difference.key.clock, difference.what, find_cause(difference, past, policy, now).because)
        for difference in found
    ]


@quick
@given(st.data(), tickets())
def test_every_change_is_because_of_one_of_the_five(data: st.DataObject, ticket: Ticket) -> None:
    at = data.draw(moments(ticket))
    log = list(ticket.log)
    hidden = {event.n for event in log if data.draw(st.integers(0, 4)) == 0}
    told_later = {event.n for event in log if event.at <= at and data.draw(st.integers(0, 6)) == 0}
    log = [
        replace(event, body={**event.body, "logged": at + timedelta(hours=1)}) if event.n in told_later else event
        for event in log
    ]
    known = [event for event in log if event.n not in hidden and (event.logged or event.at) <= at]
    known = known if any(event.do == "report" for event in known) else []
    whole = build_ticket(log)
    past = TicketPast(whole, frozenset(event.digest for event in known), at, START - timedelta(days=1), at)
    found = changes(whole, known, POLICY, past)
    assert {because for *_, because in found} <= FIVE
    for _, _, because in found:
        note(because)
    unseen = [event for event in log if event not in known]
    if all(event.at > at and event.do not in ("excuse", "reopen") for event in unseen):
        assert found == []
    if {because for *_, because in found} & {ARRIVAL}:
        assert any((event.logged or event.at) <= at for event in unseen)


def test_a_correction_is_found_as_the_cause() -> None:
    policy, ticket = corrected(EID), SOLVED_NEXT_DAY
    before = policy.corrections[0].on - timedelta(seconds=1)
    known = frozenset(event.digest for event in ticket.log)
    past = TicketPast(ticket, known, before, before - timedelta(days=40), before)
    assert changes(ticket, list(ticket.log), policy, past) == [("solution", "answer", CORRECTION)]


def test_a_correction_said_before_an_issue_and_brought_in_after_it_is_its_cause() -> None:
    """Rules may be an hour on their way to the hub, and a month may be issued meanwhile at a site that lacks them."""
    policy, ticket = corrected(EID), SOLVED_NEXT_DAY
    issued = policy.corrections[0].on + timedelta(minutes=20)
    known = frozenset(event.digest for event in ticket.log)
    past = TicketPast(ticket, known, issued, issued - timedelta(days=40), issued)
    before, after = (verdicts_of(ticket, rules, issued, past) for rules in (corrected(), policy))
    (difference,) = find_differences(before, after)
    assert find_cause(difference, past, policy, issued + timedelta(days=1)).because == CORRECTION
