"""The way of a ticket: the table, what a log comes to, and what is refused with which words."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fenji.errors import Refused
from fenji.model import workflow
from fenji.model.ticket import STATES, ZEROING_KEYS, Event, Ticket, Value
from stories import instant, make_event, report_event, rules, ticket_with

if TYPE_CHECKING:
    from fenji.model.policy import Policy

NOW = instant("03-02 12:00")
CLOSED = ("archived", "withdrawn")
FULL_LOG = [
    report_event(),
    make_event("03-01 09:00", "respond"),
    make_event("03-01 10:00", "assign", owner="li.wei"),
    make_event("03-01 11:00", "wait", reason="customer"),
    make_event("03-01 12:00", "resume"),
    make_event("03-01 13:00", "solve"),
    make_event("03-01 14:00", "confirm", by="zhao.min"),
    make_event("03-01 15:00", "archive", by="zhao.min"),
]


def in_state(state: str) -> Ticket:
    """A ticket in some state, reported on the 1st of March."""
    steps = {"new": 1, "responded": 2, "working": 3, "waiting": 4, "solved": 6, "confirmed": 7, "archived": 8}
    if state == "withdrawn":
        return ticket_with(*FULL_LOG[:3], make_event("03-01 11:00", "withdraw", reason="error"))
    return ticket_with(*FULL_LOG[: steps[state]])


def refusal_of(ticket: Ticket, event: Event, policy: Policy | None = None, now: datetime = NOW) -> Refused:
    with pytest.raises(Refused) as caught:
        workflow.check(ticket, number_event(ticket, event), policy or rules(), now=now)
    return caught.value


def assert_allowed(ticket: Ticket, event: Event, policy: Policy | None = None, now: datetime = NOW) -> None:
    workflow.check(ticket, number_event(ticket, event), policy or rules(), now=now)


def number_event(ticket: Ticket, event: Event) -> Event:
    return Event(event.n or ticket.next_n, event.at, event.by, event.do, event.body)


def states_along(*events: Event) -> list[str]:
    return [ticket_with(*events[:count]).state for count in range(1, len(events) + 1)]


# --- the table --------------------------------------------------------------------------------------------------


def test_the_way_from_report_to_archive() -> None:
    passed = ["new", "responded", "working", "waiting", "working", "solved", "confirmed", "archived"]
    assert states_along(*FULL_LOG) == passed


LEGAL = {
    "new": "classify respond assign wait resume solve withdraw excuse note edit attach link superseded",
    "responded": "classify respond assign wait resume solve withdraw excuse note edit attach link superseded",
    "working": "classify respond assign wait resume solve withdraw excuse note edit attach link superseded",
    "waiting": "classify respond assign wait resume solve withdraw excuse note edit attach link superseded",
    "solved": "confirm reopen excuse note edit attach link superseded",
    "confirmed": "confirm archive reopen excuse note edit attach link superseded",
    "archived": "confirm excuse note edit attach link superseded",
    "withdrawn": "excuse note edit attach link superseded",
    "": "report",
}


@pytest.mark.parametrize(("state", "do"), list(itertools.product([*STATES, ""], workflow.STEPS)))
def test_a_step_is_legal_where_the_method_has_it(state: str, do: str) -> None:
    assert workflow.is_legal(state, do) == (do in LEGAL[state].split())


def test_an_unknown_step_is_never_legal() -> None:
    assert not workflow.is_legal("new", "teleport")


def test_every_state_can_be_reached_and_the_closed_ones_have_no_way_out() -> None:
    led = {target for step in workflow.STEPS.values() for target in step.moves.values()}
    assert set(STATES) <= led | {"waiting"}
    assert not [step.do for step in workflow.STEPS.values() if set(CLOSED) & step.moves.keys()]


def test_assigning_a_new_ticket_leaves_it_new_and_answering_it_then_makes_it_responded() -> None:
    assert states_along(
        report_event(),
        make_event("03-01 09:00", "assign", owner="li.wei"),
        make_event("03-01 10:00", "respond"),
        make_event("03-01 11:00", "assign", owner="he.qi"),
    ) == ["new", "new", "responded", "working"]


def test_a_wait_returns_to_the_state_before_it() -> None:
    for count, state in ((1, "new"), (2, "responded"), (3, "working")):
        events = [*FULL_LOG[:count], make_event("03-01 11:00", "wait", reason="parts")]
        assert ticket_with(*events).state == "waiting"
        assert ticket_with(*events, make_event("03-01 12:00", "resume")).state == state


def test_answered_or_assigned_while_waiting_it_comes_back_as_that() -> None:
    events = [report_event(), make_event("03-01 09:00", "wait", reason="parts"), make_event("03-01 10:00", "respond")]
    assert ticket_with(*events).state == "waiting"
    assert ticket_with(*events, make_event("03-01 11:00", "resume")).state == "responded"
    assigned = [*events, make_event("03-01 11:00", "assign", owner="li.wei")]
    assert ticket_with(*assigned, make_event("03-01 12:00", "resume")).state == "working"


def test_a_note_from_the_requester_ends_a_wait_and_another_note_does_not() -> None:
    events = FULL_LOG[:4]
    assert ticket_with(*events, make_event("03-01 12:00", "note", note="x")).state == "waiting"
    assert ticket_with(*events, make_event("03-01 12:00", "note", note="x", sender="requester")).state == "working"
    assert ticket_with(report_event(), make_event("03-01 12:00", "note", note="x", sender="requester")).state == "new"


def test_repeating_a_state_counts_and_changes_nothing() -> None:
    again = ticket_with(*FULL_LOG[:4], make_event("03-01 11:30", "wait", reason="parts"))
    standing = workflow.current_state(again)
    assert (standing.state, standing.reason, standing.since) == ("waiting", "customer", instant("03-01 11:00"))
    assert not standing.uncounted
    running = ticket_with(*FULL_LOG[:3], make_event("03-01 11:30", "resume"))
    assert (running.state, workflow.current_state(running).uncounted) == ("working", ())


def test_what_a_repeated_state_is_told() -> None:
    hint = workflow.explain_no_effect(in_state("waiting"), make_event("03-01 11:30", "wait", reason="parts"))
    assert str(hint) == "It is already waiting for customer; resume it first to change the reason."
    assert (
        str(workflow.explain_no_effect(in_state("working"), make_event("03-01 11:30", "resume")))
        == "It is not waiting: nothing changes."
    )
    assert workflow.explain_no_effect(in_state("working"), make_event("03-01 11:30", "wait", reason="parts")) is None
    assert workflow.explain_no_effect(in_state("waiting"), make_event("03-01 11:30", "resume")) is None
    assert workflow.explain_no_effect(in_state("solved"), make_event("03-01 14:30", "resume")) is None


def test_reopened_it_is_being_worked_on() -> None:
    assert ticket_with(*FULL_LOG[:6], make_event("03-01 14:00", "reopen")).state == "working"
    assert ticket_with(*FULL_LOG[:7], make_event("03-01 15:00", "reopen", reason="it came back")).state == "working"


# --- replay -----------------------------------------------------------------------------------------------------


def test_the_log_is_replayed_by_instant_and_only_then_by_number() -> None:
    late_entry = make_event("03-01 09:00", "respond", n=9)
    solved = make_event("03-01 10:00", "solve", n=2)
    assert workflow.current_state(ticket_with(report_event(), solved, late_entry)).state == "solved"
    assert not workflow.current_state(ticket_with(report_event(), solved, late_entry)).uncounted
    first = ticket_with(
        report_event(), make_event("03-01 09:00", "wait", n=2, reason="parts"), make_event("03-01 09:00", "resume", n=3)
    )
    assert first.state == "new"


def test_what_is_no_longer_legal_after_a_merge_is_kept_and_not_counted() -> None:
    both = ticket_with(
        *FULL_LOG[:3],
        make_event("03-01 13:00", "solve", n=4),
        make_event("03-01 14:00", "solve", n=4, by="he.qi"),
        make_event("03-01 15:00", "assign", n=5, owner="he.qi"),
    )
    standing = workflow.current_state(both)
    assert standing.state == "solved"
    assert [(event.do, event.by) for event in standing.uncounted] == [("solve", "he.qi"), ("assign", "li.wei")]
    assert len(standing.counted) + len(standing.uncounted) == len(both.log)


def test_only_the_first_report_counts_and_nothing_before_it() -> None:
    standing = workflow.current_state(
        ticket_with(
            make_event("02-28 08:00", "note", note="?"),
            report_event(),
            make_event("03-01 09:00", "report", priority="P1"),
        )
    )
    assert [event.do for event in standing.counted] == ["report"]
    assert standing.since == instant("03-01 08:00")


def test_a_step_of_a_later_version_is_kept_and_not_counted() -> None:
    standing = workflow.current_state(ticket_with(report_event(), make_event("03-01 09:00", "transfer")))
    assert [event.do for event in standing.uncounted] == ["transfer"]


def test_a_confirmed_ticket_is_not_reopened_without_a_reason() -> None:
    again = workflow.current_state(ticket_with(*FULL_LOG[:7], make_event("03-01 15:00", "reopen")))
    assert (again.state, [event.do for event in again.uncounted]) == ("confirmed", ["reopen"])


def test_an_archived_ticket_takes_lessons_links_files_and_the_customers_word_and_no_more() -> None:
    taken: list[dict[str, Value]] = [
        {"feedback.rating": 5},
        {"rewrote": ["lessons", "links.A-2026-0001/related"]},
    ]
    for fields in taken:
        standing = workflow.current_state(ticket_with(*FULL_LOG, make_event("03-02 08:00", "edit", fields)))
        assert (standing.state, standing.uncounted) == ("archived", ())
    others: list[dict[str, Value]] = [
        {"priority": "P1"},
        {"owner": "he.qi"},
        {"tags": ["corrosion"]},
        {"rewrote": ["solution", "plan.m1"]},
    ]
    for fields in others:
        standing = workflow.current_state(ticket_with(*FULL_LOG, make_event("03-02 08:00", "edit", fields)))
        assert [event.do for event in standing.uncounted] == ["edit"]


def test_confirmation_settles_what_figures_are_grouped_by() -> None:
    for path in ("priority", "impact", "owner", "kind"):
        change: dict[str, Value] = {path: "P1"}
        assert workflow.current_state(ticket_with(*FULL_LOG[:7], make_event("03-02 08:00", "edit", change))).uncounted
        assert not workflow.current_state(
            ticket_with(*FULL_LOG[:6], make_event("03-02 08:00", "edit", change))
        ).uncounted
    assert not workflow.current_state(
        ticket_with(*FULL_LOG[:7], make_event("03-02 08:00", "edit", rewrote=["solution"]))
    ).uncounted


def test_standing_at_an_instant_sees_only_what_had_happened() -> None:
    full = ticket_with(*FULL_LOG)
    assert workflow.current_state(full, at=instant("03-01 11:30")).state == "waiting"
    assert workflow.current_state(full, at=instant("03-01 07:59")).state == ""
    assert workflow.current_state(full, at=instant("03-01 08:00")).state == "new"


ANY_EVENT = st.builds(
    make_event,
    st.integers(0, 30).map(lambda hour: f"03-{1 + hour // 24:02} {hour % 24:02}:00"),
    st.sampled_from([*workflow.STEPS, "unknown"]),
    n=st.integers(1, 12),
    reason=st.sampled_from(["", "customer"]),
    sender=st.sampled_from(["", "requester"]),
    clock=st.sampled_from(["", "solution"]),
    note=st.sampled_from(["", "x"]),
)


@given(st.lists(ANY_EVENT, max_size=14), st.integers(0, 30))
def test_no_later_event_changes_where_a_log_stood(events: list[Event], hour: int) -> None:
    full = ticket_with(*events)
    cut = instant("03-01 00:00") + timedelta(hours=hour)
    seen = Ticket(full.data, tuple(event for event in full.log if event.at <= cut))
    assert workflow.current_state(full, at=cut) == workflow.current_state(seen)
    standing = workflow.current_state(full)
    assert {event.digest for event in (*standing.counted, *standing.uncounted)} == {event.digest for event in full.log}


@given(st.lists(ANY_EVENT, max_size=10), ANY_EVENT)
def test_what_the_check_lets_through_counts_and_takes_nothing_away(events: list[Event], added: Event) -> None:
    before = ticket_with(report_event(), *events)
    added = Event(before.next_n, added.at, "zhao.min", added.do, added.body)
    try:
        workflow.check(before, added, rules(), now=instant("03-02 12:00"))
    except Refused:
        return
    after = before.with_events([added])
    counted = {event.digest for event in workflow.current_state(after).counted}
    assert counted >= {event.digest for event in workflow.current_state(before).counted} | {added.digest}


# --- what is refused --------------------------------------------------------------------------------------------


def test_an_illegal_step_names_the_steps_that_lead_to_it() -> None:
    assert str(refusal_of(in_state("new"), make_event("03-02 09:00", "confirm", by="zhao.min"))) == (
        "KSA-2026-0042 is new: confirm is not possible. First: solve."
    )
    assert "First: solve, confirm." in str(
        refusal_of(in_state("waiting"), make_event("03-02 09:00", "archive", by="zhao.min"))
    )
    assert "First: reopen." in str(refusal_of(in_state("solved"), make_event("03-02 09:00", "assign", owner="he.qi")))
    assert "report a new ticket and link it" in str(
        refusal_of(in_state("archived"), make_event("03-02 09:00", "reopen", reason="x"))
    )


@pytest.mark.parametrize(("state", "do"), [("solved", "solve"), ("archived", "archive"), ("new", "reopen")])
def test_a_step_already_done_says_so(state: str, do: str) -> None:
    assert "already" in str(refusal_of(in_state(state), make_event("03-02 09:00", do, by="zhao.min", reason="x")))


def test_a_second_report_and_anything_before_the_first_are_refused() -> None:
    assert "has already been reported" in str(refusal_of(in_state("new"), make_event("03-02 09:00", "report")))
    assert "before the report" in str(
        refusal_of(in_state("new"), make_event("03-01 07:59", "note", note="x", by="zhao.min"))
    )
    assert "begins with its report" in str(refusal_of(ticket_with(), make_event("03-02 09:00", "note", note="x")))
    assert_allowed(ticket_with(), make_event("03-02 09:00", "report", kind="quality"))


def test_an_unknown_step_is_refused_with_those_there_are() -> None:
    assert "withdraw" in str(refusal_of(in_state("new"), make_event("03-02 09:00", "teleport")))


def test_a_wait_needs_one_of_the_policys_reasons() -> None:
    error = refusal_of(in_state("working"), make_event("03-02 09:00", "wait"))
    assert str(error) == "wait needs a reason. Choose one of: customer, parts, access."
    assert error.sentence.values["asks"] == "reason"
    assert "customer, parts, access" in str(
        refusal_of(in_state("working"), make_event("03-02 09:00", "wait", reason="lunch"))
    )
    assert_allowed(in_state("working"), make_event("03-02 09:00", "wait", reason="parts"))
    assert_allowed(in_state("waiting"), make_event("03-02 09:00", "wait", reason="parts"))
    assert_allowed(in_state("working"), make_event("03-02 09:00", "resume"))


def test_an_excuse_needs_its_clock_a_reason_of_the_policy_and_a_text() -> None:
    def excuse(**more: Value) -> Event:
        return make_event("03-02 09:00", "excuse", more, by="zhao.min")

    working, reason = in_state("working"), "force majeure"
    assert "response, solution" in str(refusal_of(working, excuse(reason=reason, note="x")))
    assert refusal_of(working, excuse(clock="response", note="x")).sentence.values["asks"] == "reason"
    assert "export licence" in str(refusal_of(working, excuse(clock="response", reason="tired", note="x")))
    assert refusal_of(working, excuse(clock="response", reason=reason)).sentence.values["asks"] == "note"
    complete = excuse(clock="response", reason=reason, note="storm")
    assert_allowed(working, complete)
    for state in CLOSED:  # it comes late by nature
        assert_allowed(in_state(state), complete)


def test_withdrawing_and_reopening_what_was_confirmed_need_a_reason() -> None:
    assert refusal_of(in_state("new"), make_event("03-02 09:00", "withdraw")).sentence.values["asks"] == "reason"
    assert (
        refusal_of(in_state("confirmed"), make_event("03-02 09:00", "reopen", by="zhao.min")).sentence.values["asks"]
        == "reason"
    )
    assert_allowed(in_state("confirmed"), make_event("03-02 09:00", "reopen", by="zhao.min", reason="it came back"))
    assert_allowed(in_state("solved"), make_event("03-02 09:00", "reopen"))


def test_who_may_not_is_told_who_may() -> None:
    assert str(refusal_of(in_state("solved"), make_event("03-02 09:00", "confirm"))) == (
        "李偉 may not do this: confirm, KSA-2026-0042. Ask 趙敏."
    )
    assert "Ask 趙敏, 王芳." in str(refusal_of(in_state("confirmed"), make_event("03-02 09:00", "reopen", reason="x")))
    assert_allowed(in_state("solved"), make_event("03-02 09:00", "confirm", by="zhao.min"))


def test_required_fields_are_named_before_a_step() -> None:
    policy = rules(requires={"quality": {"solve": ["cause", "plan"], "P4": {"solve": ["product.part"]}}})
    error = refusal_of(in_state("working"), make_event("03-02 09:00", "solve"), policy)
    assert str(error) == "solve needs cause, plan, product.part. Fill them in, here or with edit."
    assert error.sentence.values["field_paths"] == ("cause", "plan", "product.part")
    complete = in_state("working").with_fields({"cause": "濕", "plan.m1": {"key": "m1"}, "product.part": "XJ-4411"})
    assert_allowed(complete, make_event("03-02 09:00", "solve"), policy)
    blank = refusal_of(complete.with_fields({"cause": " \n"}), make_event("03-02 09:00", "solve"), policy)
    assert blank.sentence.values["field_paths"] == ("cause",)


def test_a_group_of_points_is_filled_when_every_point_is_true() -> None:
    policy = rules(requires={"quality": {"archive": ["zeroing"]}})
    event = make_event("03-02 09:00", "archive", by="zhao.min")
    complete = in_state("confirmed").with_fields({"zeroing": dict.fromkeys(ZEROING_KEYS, True)})
    assert_allowed(complete, event, policy)
    refusal_of(complete.with_fields({"zeroing.rules": None}), event, policy)
    refusal_of(complete.with_fields({"zeroing.rules": False}), event, policy)


def test_a_priority_by_hand_needs_a_reason() -> None:
    judged = in_state("working").with_fields({"impact": "major", "occurrence": "rare"})
    error = refusal_of(judged, make_event("03-02 09:00", "classify", priority="P3"))
    assert str(error) == "A priority set by hand needs a reason. Say why with --reason, or leave it to the matrix: P1."
    assert_allowed(judged, make_event("03-02 09:00", "classify", priority="P3", reason="the customer agrees"))
    assert_allowed(judged, make_event("03-02 09:00", "classify", priority="P1", impact="major", occurrence="rare"))
    refusal_of(in_state("working"), make_event("03-02 09:00", "classify", priority="P3"))
    edited = make_event("03-02 09:00", "edit", priority="P3", note="as it was before")
    assert "which only classify changes" in str(refusal_of(judged, edited))
    assert_allowed(ticket_with(), report_event("03-02 09:00", "P4"))
    refusal_of(ticket_with(), report_event("03-02 09:00", "P1"))


@pytest.mark.parametrize(("path", "word"), [("priority", "P9"), ("impact", "huge"), ("occurrence", "never")])
def test_a_grade_that_the_policy_does_not_know_is_refused(path: str, word: str) -> None:
    change: dict[str, Value] = {path: word}
    error = refusal_of(in_state("working"), make_event("03-02 09:00", "classify", change, reason="x"))
    assert error.sentence.values["field_paths"] == (path,)


def test_what_is_settled_is_refused_with_the_fields() -> None:
    assert "owner can no longer be changed. Reopen it first." in str(
        refusal_of(in_state("confirmed"), make_event("03-02 09:00", "edit", owner="he.qi"))
    )
    assert "solution can no longer be changed. Report a new ticket" in str(
        refusal_of(in_state("archived"), make_event("03-02 09:00", "edit", rewrote=["solution"]))
    )
    assert_allowed(in_state("archived"), make_event("03-02 09:00", "edit", rewrote=["lessons"]))
    assert_allowed(in_state("archived"), make_event("03-02 09:00", "link", rewrote=["links.KSA-2026-0001/related"]))
    assert_allowed(in_state("archived"), make_event("03-02 09:00", "attach", rewrote=["files.letter.pdf"]))


def test_the_future_is_refused_but_for_a_second_place_beside_a_clock_that_runs_ahead() -> None:
    assert "is in the future" in str(refusal_of(in_state("new"), make_event("03-02 12:00:01", "note", note="x")))
    assert_allowed(in_state("new"), make_event("03-02 12:00", "note", note="x"))
    ahead = ticket_with(report_event(), make_event("03-02 12:40", "note", note="from a site whose clock is fast"))
    assert_allowed(ahead, make_event("03-02 12:40", "note", note="x"))
    refusal_of(ahead, make_event("03-02 12:41", "note", note="x"))
    far = ticket_with(report_event(), make_event("03-02 13:01", "note", note="from a site whose clock is wrong"))
    refusal_of(far, make_event("03-02 13:01", "note", note="x"))


def test_what_happened_long_ago_is_logged_by_a_lead_who_says_why() -> None:
    assert "Only a lead" in str(refusal_of(in_state("new"), make_event("03-01 11:59", "respond", note="by phone")))
    assert_allowed(in_state("new"), make_event("03-01 12:00", "respond"))
    assert (
        refusal_of(in_state("new"), make_event("03-01 11:59", "respond", by="zhao.min")).sentence.values["asks"]
        == "note"
    )
    assert_allowed(in_state("new"), make_event("03-01 11:59", "respond", by="zhao.min", note="the link was down"))
    late_wait = make_event("03-01 11:59", "wait", by="zhao.min", reason="parts")
    assert refusal_of(in_state("working"), late_wait).sentence.values["asks"] == "note"


def test_a_late_entry_may_not_take_the_ground_from_what_counts() -> None:
    error = refusal_of(in_state("solved"), make_event("03-01 12:30", "solve"))
    assert "would leave solve of 2026-03-01 13:00+03:00 without a basis" in str(error)
    refusal_of(
        ticket_with(*FULL_LOG[:5]),
        make_event("03-01 12:10", "withdraw", reason="x", n=9),
        now=instant("03-01 12:00") + timedelta(0),
    )
    assert_allowed(in_state("solved"), make_event("03-01 12:30", "note", note="x"))
    answered = ticket_with(report_event(), make_event("03-01 13:00", "solve"))
    assert_allowed(answered, make_event("03-01 12:30", "respond"))
