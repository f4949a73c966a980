"""What stands beside the verdicts, each sign by stories that have it and stories that do not (clock rules 28)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fenji.model import sla as clocks
from stories import instant, make_event, report_event, response, rules, solution, ticket_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fenji.model.sla import Sign
    from fenji.model.ticket import Event, Ticket, Value

READ_AT = "04-20 08:00"
ANSWERED = make_event("03-01 09:30", "respond", by="he.qi", note="On our way.")
OWNED = [report_event(owner="li.wei"), ANSWERED]  # response due on the 2nd at 08:00, solution on the 15th
LATE_ANSWER: Mapping[str, Value] = {"note": "By phone.", "logged": instant("03-03 09:00")}


def log_signs(*events: Event) -> list[Sign]:
    return list(clocks.log_signs(ticket_with(*events), rules(), instant(READ_AT)))


def sign_names(*events: Event) -> list[str]:
    return [sign.name for sign in log_signs(*events)]


# --- beside a clock ---------------------------------------------------------------------------------------------


def test_an_answer_written_after_the_due_it_saves_is_a_late_entry() -> None:
    late = ticket_with(report_event(), make_event("03-01 09:30", "respond", LATE_ANSWER, by="he.qi"))
    reading = response(late, READ_AT)
    assert reading.met is True
    assert [(sign.name, sign.by, sign.due) for sign in reading.signs] == [
        ("late_entry", "he.qi", instant("03-02 08:00"))
    ]


@pytest.mark.parametrize(
    ("owner", "by", "names"),
    [
        ("he.qi", "he.qi", ["late_entry", "late_entry_own"]),
        ("li.wei", "he.qi", ["late_entry"]),
        ("", "zhao.min", ["late_entry", "late_entry_own"]),  # who leads the site answers for its queue
        ("", "he.qi", ["late_entry"]),
    ],
)
def test_a_late_entry_by_the_one_whom_it_saves_stands_apart(owner: str, by: str, names: list[str]) -> None:
    ticket = ticket_with(report_event(owner=owner), make_event("03-01 09:30", "respond", LATE_ANSWER, by=by))
    assert [sign.name for sign in response(ticket, READ_AT).signs] == names


@pytest.mark.parametrize(
    "answer",
    [
        make_event("03-01 09:30", "respond", by="he.qi", note="x", logged=instant("03-02 08:00")),  # written in time
        make_event("03-02 08:00:01", "respond", LATE_ANSWER, by="he.qi"),  # too late anyhow
    ],
)
def test_what_was_written_in_time_or_saves_nothing_is_no_late_entry(answer: Event) -> None:
    assert [sign.name for sign in response(ticket_with(report_event(), answer), READ_AT).signs] == []


def test_a_wait_written_after_the_due_it_saves_is_a_late_entry_of_the_solution() -> None:
    wait = make_event("03-14 08:00", "wait", reason="customer", logged=instant("03-16 08:00"), n=8)
    solved = make_event("03-20 08:00", "solve", n=9)
    ticket = ticket_with(*OWNED, wait, solved)
    assert solution(ticket, READ_AT).met is True
    assert [sign.name for sign in solution(ticket, READ_AT).signs] == ["late_entry", "late_entry_own"]
    assert response(ticket, READ_AT).signs == ()


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (make_event("03-01 09:30", "respond", by="he.qi"), ["without_a_word"]),
        (make_event("03-01 09:30", "respond", by="he.qi", note="On our way."), []),
        (make_event("03-01 08:59:59", "respond", note="On our way."), ["reported_by_ourselves"]),
        (make_event("03-01 08:59:59", "respond"), ["without_a_word", "reported_by_ourselves"]),
        (make_event("03-01 09:00", "respond", note="On our way."), []),
        (make_event("03-01 08:30", "solve", by="he.qi"), []),
    ],
)
def test_how_it_was_answered_stands_beside_the_response(answer: Event, names: list[str]) -> None:
    ticket = ticket_with(report_event(), answer)
    assert [sign.name for sign in response(ticket, READ_AT).signs] == names
    assert response(ticket, READ_AT).met is True
    assert solution(ticket, READ_AT).signs == ()


def test_an_answer_just_after_a_late_written_report_is_reported_by_ourselves() -> None:
    report = make_event("03-01 08:00", "report", {"kind": "quality", "priority": "P4"}, logged=instant("03-01 12:00"))
    ticket = ticket_with(report, make_event("03-01 12:05", "respond", note="On our way."))
    assert [sign.name for sign in response(ticket, READ_AT).signs] == ["reported_by_ourselves"]


LET_OFF = make_event("03-10 08:00", "classify", by="he.qi", kind="project", reason="A project it is.")


def test_a_change_that_takes_a_running_clock_to_no_promise_lets_it_off() -> None:
    reading = solution(ticket_with(*OWNED, LET_OFF), READ_AT)
    assert (reading.state, reading.counts, reading.charged_to) == ("none", False, None)
    [sign] = reading.signs
    assert (sign.name, sign.by, sign.at, sign.due) == (
        *("let_off", "he.qi", instant("03-10 08:00")),
        instant("03-15 08:00"),
    )
    assert sign.answerer is not None
    assert (sign.answerer.owner, sign.answerer.unit) == ("li.wei", "HQ-TECH")


def test_let_off_stays_when_it_is_solved_and_ends_when_it_is_changed_back() -> None:
    solved = make_event("03-12 08:00", "solve")
    assert [sign.name for sign in solution(ticket_with(*OWNED, LET_OFF, solved), READ_AT).signs] == ["let_off"]
    back = make_event("03-11 08:00", "classify", kind="quality")
    assert solution(ticket_with(*OWNED, LET_OFF, back), READ_AT).signs == ()


def test_letting_off_lifts_no_miss_and_a_project_from_the_start_is_not_let_off() -> None:
    late = make_event("03-16 08:00", "classify", kind="project", reason="A project it is.")
    missed = solution(ticket_with(*OWNED, late), READ_AT)
    assert (missed.met, missed.signs) == (False, ())
    assert solution(ticket_with(report_event(kind="project"), ANSWERED), READ_AT).signs == ()


def test_a_held_clock_can_be_let_off_too() -> None:
    wait = make_event("03-09 08:00", "wait", reason="customer")
    [sign] = solution(ticket_with(*OWNED, wait, LET_OFF), READ_AT).signs
    assert (sign.name, sign.due) == ("let_off", instant("03-15 08:00"))


# --- of the ticket as a whole -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "near"), [("03-13 22:24:01", True), ("03-13 22:24", False), ("03-15 09:00", False)])
def test_a_wait_begun_with_under_a_tenth_left(at: str, *, near: bool) -> None:
    signs = log_signs(*OWNED, make_event(at, "wait", by="he.qi", reason="customer"))
    assert [(sign.name, sign.by) for sign in signs] == ([("wait_near_due", "he.qi")] if near else [])


def test_a_wait_that_holds_nothing_is_no_sign() -> None:
    assert sign_names(*OWNED, make_event("03-14 08:00", "wait", reason="parts")) == []


def test_an_owner_taken_off_before_a_miss() -> None:
    off = make_event("03-14 08:00", "edit", by="he.qi", owner=None)
    [sign] = log_signs(*OWNED, off)
    assert (sign.name, sign.by, sign.clock, sign.due) == (
        *("owner_taken_off", "he.qi", "solution"),
        instant("03-15 08:00"),
    )
    assert sign_names(*OWNED, off, make_event("03-14 09:00", "solve")) == []  # no miss
    assert sign_names(*OWNED, make_event("03-16 08:00", "edit", owner=None)) == []  # after it


@pytest.mark.parametrize(
    ("at", "names"),
    [
        ("03-12 08:00", ["reopened", "reopened_soon"]),  # Thursday: solved on Tuesday
        ("03-15 16:00", ["reopened", "reopened_soon"]),  # Sunday, after a weekend: the third open date
        ("03-16 08:00", ["reopened"]),
    ],
)
def test_a_reopening_within_three_open_dates_stands_apart(at: str, names: list[str]) -> None:
    assert sign_names(*OWNED, make_event("03-10 10:00", "solve"), make_event(at, "reopen")) == names


def test_what_undo_reopens_and_closes_in_one_instant_is_no_reopening() -> None:
    same = [make_event("03-11 08:00", do) for do in ("reopen", "solve")]
    assert sign_names(*OWNED, make_event("03-10 10:00", "solve"), *same) == []


def test_grading_anew_what_had_been_judged() -> None:
    judged = make_event("03-02 08:00", "classify", impact="minor", occurrence="common", priority="P4")
    assert sign_names(*OWNED, judged) == []
    again = make_event("03-03 08:00", "classify", by="he.qi", impact="minor", occurrence="rare", priority="P3")
    assert [(sign.name, sign.by) for sign in log_signs(*OWNED, judged, again)][:1] == [("regraded", "he.qi")]
    same = make_event("03-03 08:00", "classify", impact="minor", note="Still so.")
    assert sign_names(*OWNED, judged, same) == []


@pytest.mark.parametrize(
    ("at", "names"),
    [
        ("03-05 08:00", ["withdrawn"]),
        ("03-14 08:00", ["withdrawn", "withdrawn_near_due"]),
        ("03-16 08:00", ["withdrawn"]),
    ],
)
def test_withdrawn_with_under_a_tenth_left_stands_apart(at: str, names: list[str]) -> None:
    assert sign_names(*OWNED, make_event(at, "withdraw", reason="sent in error")) == names


def test_duplicates_parts_and_excuses_with_who_gave_them() -> None:
    link = make_event("03-02 08:00", "link", by="he.qi", rewrote=["links.KSA-2026-0001/duplicate"])
    excuse = make_event("03-20 08:00", "excuse", by="zhao.min", clock="solution", reason="force majeure", note="storm")
    ticket: Ticket = ticket_with(*OWNED, link, excuse, links=[{"to": "KSA-2026-0001", "as": "duplicate"}])
    signs = clocks.log_signs(ticket, rules(), instant(READ_AT))
    assert [(sign.name, sign.by) for sign in signs] == [("duplicate", "he.qi"), ("excused", "zhao.min")]
