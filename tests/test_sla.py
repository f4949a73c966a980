"""The clock rules by name, dues and verdicts worked out by hand, and every row of the edge table of docs/clocks.md."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fenji.errors import Refused, Sentence
from fenji.model import sla as clocks
from fenji.model.sla.instants import format_instant, rewrite_instants, write_after
from stories import (
    KSA,
    ON_SITE_HOURS,
    RULES,
    days,
    hours,
    instant,
    make_event,
    report_event,
    response,
    rules,
    site_rules,
    solution,
    ticket_with,
)

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket

ROOT = Path(__file__).resolve().parents[1]


def make_level(duration: str, solution: str, calendar: str = "always") -> dict[str, str]:
    return {"response": duration, "solution": solution, "calendar": calendar}


RULES_PRIORITIES = {
    "P1": make_level("1h", "24h"),
    "P2": make_level("4h", "3d"),
    "P3": make_level("8h", "7d"),
    "P4": make_level("24h", "14d"),
}
RULE_4 = [report_event(), make_event("03-01 09:00", "respond")]  # P4, answered
WAITING = [*RULE_4, make_event("03-05 08:00", "wait", reason="customer")]  # 10 of 14 days left


def promise_on_all_levels(promise: dict[str, str]) -> dict[str, object]:
    """The same promise on every level."""
    return {"priorities": dict.fromkeys(("P1", "P2", "P3", "P4"), promise)}


def assert_due(ticket: Ticket, due: str) -> None:
    assert solution(ticket, due).due == instant(due)


# --- the worked example -----------------------------------------------------------------------------------------


RUST = ticket_with(
    make_event("03-01 08:00", "report"),  # nobody has judged it yet
    make_event("03-01 09:10", "respond", note="We look into it."),
    make_event("03-01 09:30", "edit", impact="minor", occurrence="common", priority="P4", kind="quality"),
    make_event("03-01 10:00", "assign", by="zhao.min", owner="li.wei", units=["HQ-TECH", "FACTORY-7"]),
    make_event("03-10 10:00", "solve", rewrote=["cause", "decision", "solution"]),
    make_event("03-11 09:00", "confirm", by="zhao.min"),
    make_event("03-11 09:05", "archive", by="zhao.min"),
    title="備件生鏽",
)


def test_rust_on_spare_parts_is_answered_and_solved_in_time() -> None:
    reading = clocks.reading(RUST, rules(), instant("03-20 00:00"))
    assert reading.response.mapping() == {
        "target_s": hours(24),
        "due": "2026-03-02T08:00:00+03:00",
        "done": "2026-03-01T09:10:00+03:00",
        "used_s": 4200,
        "held_s": 0,
        "left_s": hours(24) - 4200,
        "late_s": 0,
        "late_elapsed_s": 0,
        "state": "met",
        "met": True,
        "counts": True,
        "excuse": None,
        "correction": None,
        "signs": [],
        "charged_to": {
            "owner": None,
            "queue": "KSA",
            "unit": "HQ-TECH",
            "involved": {},
            "done_by": "li.wei",
            "received_from": None,
        },
    }
    assert reading.solution.mapping() == {
        "target_s": days(14),
        "due": "2026-03-15T08:00:00+03:00",
        "done": "2026-03-10T10:00:00+03:00",
        "used_s": days(9) + hours(2),
        "held_s": 0,
        "left_s": days(4) + hours(22),
        "late_s": 0,
        "late_elapsed_s": 0,
        "state": "met",
        "met": True,
        "counts": True,
        "excuse": None,
        "correction": None,
        "signs": [],
        "charged_to": {
            "owner": "li.wei",
            "queue": None,
            "unit": "HQ-TECH",
            "involved": {"FACTORY-7": 0.9908},
            "done_by": "li.wei",
            "received_from": None,
        },
    }
    assert list(reading.mapping()) == ["id", "at", "response", "solution"]
    assert (reading.id, reading.mapping()["at"]) == ("KSA-2026-0042", "2026-03-20T00:00:00+03:00")


def test_a_verdict_is_final_when_the_rules_say_so() -> None:
    assert response(RUST, "03-05 00:00").decided == instant("03-01 09:10")
    assert solution(RUST, "03-10 11:00").decided is None
    assert solution(RUST, "03-20 00:00").decided == instant("03-11 09:00")
    assert solution(ticket_with(*RULE_4), "04-01 00:00").decided == instant("03-15 08:00")


# --- 1 to 8: working time ---------------------------------------------------------------------------------------


def test_a_target_that_fills_the_day_is_due_at_closing() -> None:
    policy = site_rules()
    ticket = ticket_with(report_event("03-02 08:00"), make_event("03-02 17:00", "respond"))
    assert response(ticket, "03-02 18:00", policy).due == instant("03-02 17:00")
    assert response(ticket, "03-02 18:00", policy).met is True
    assert solution(ticket, "03-02 18:00", policy).due == instant("03-05 17:00")


def test_answered_the_evening_after_closing_is_late_by_no_working_time() -> None:
    ticket = ticket_with(report_event("03-02 08:00"), make_event("03-02 20:00", "respond"))
    reading = response(ticket, "03-03 09:00", site_rules())
    assert (reading.met, reading.late_s, reading.late_elapsed_s) == (False, 0, hours(3))


def test_reported_outside_hours_it_runs_from_opening() -> None:
    policy = site_rules()
    ticket = ticket_with(report_event("03-06 22:00", "P1"))  # Friday night; Sunday is the next working day
    assert response(ticket, "03-07 12:00", policy).due == instant("03-08 09:00")
    assert response(ticket, "03-07 12:00", policy).used_s == 0
    assert solution(ticket, "03-08 13:30", policy).used_s == hours(4.5)
    assert solution(ticket, "03-07 12:00", policy).due == instant("03-08 12:00")


SPRING = {"tz": "Europe/Berlin", "week": {"mon-sun": ["00:00-24:00"]}, "day": "24h"}


@pytest.mark.parametrize("calendar", ["always", "site"])
def test_24_hours_over_a_spring_night_are_24_real_hours(calendar: str) -> None:
    policy = rules(calendars={"ksa": SPRING}, **promise_on_all_levels(make_level("24h", "2d", calendar)))
    ticket = ticket_with(report_event("2026-03-28T20:00:00+01:00"))
    assert response(ticket, "2026-03-29T00:00:00+01:00", policy).due == instant("2026-03-29T21:00:00+02:00")
    assert solution(ticket, "2026-03-29T00:00:00+01:00", policy).due == instant("2026-03-30T21:00:00+02:00")


@pytest.mark.parametrize("calendar", ["always", "site"])
def test_24_hours_over_an_autumn_night_are_24_real_hours(calendar: str) -> None:
    policy = rules(calendars={"ksa": SPRING}, **promise_on_all_levels(make_level("24h", "2d", calendar)))
    ticket = ticket_with(report_event("2026-10-24T20:00:00+02:00"))
    assert response(ticket, "2026-10-25T00:00:00+02:00", policy).due == instant("2026-10-25T19:00:00+01:00")


def test_a_skipped_hour_of_night_work_never_counts() -> None:
    night = {"tz": "Europe/Berlin", "week": {"mon-sun": ["00:00-04:00"]}, "day": "4h"}
    policy = rules(calendars={"ksa": night}, **promise_on_all_levels(make_level("4h", "2d", "site")))
    ticket = ticket_with(report_event("2026-03-29T00:00:00+01:00"))
    assert response(ticket, "2026-03-29T00:00:00+01:00", policy).due == instant("2026-03-30T01:00:00+02:00")


def test_a_calendar_that_does_not_open_is_an_error_and_never_a_date() -> None:
    minute = {"tz": "Asia/Riyadh", "week": {"sun": ["08:00-08:01"]}, "day": "8h"}
    policy = rules(calendars={"ksa": minute}, **promise_on_all_levels(make_level("8h", "14d", "site")))
    with pytest.raises(Refused, match="is not open"):
        response(ticket_with(report_event()), "03-02 00:00", policy)


def test_a_time_without_offset_is_refused() -> None:
    for read in (clocks.reading, clocks.explain_clocks):
        with pytest.raises(Refused, match="has no UTC offset"):
            read(RUST, rules(), datetime(2026, 3, 1, 12))


def test_a_time_outside_the_years_that_count_is_refused() -> None:
    for text in ("0001-01-01T00:00:00+14:00", "1899-12-31T23:59:59+00:00", "9999-12-31T23:59:59-14:00"):
        for read in (clocks.reading, clocks.explain_clocks):
            with pytest.raises(Refused, match="outside the supported years"):
                read(ticket_with(*RULE_4), rules(), datetime.fromisoformat(text))
    assert solution(ticket_with(*RULE_4), "2200-12-31T00:00:00+00:00").state == "breached"


def test_instants_count_to_the_second() -> None:
    ticket = ticket_with(report_event("03-01 08:00:17", "P1"))
    assert response(ticket, "03-01 08:00:18").used_s == 1
    assert response(ticket, "03-01 08:00:18").due == instant("03-01 09:00:17")
    half = instant("03-01 09:00:17") + timedelta(microseconds=500_000)
    assert clocks.reading(ticket, rules(), half).response.met is None


# --- 9 and 10: policy and priority ------------------------------------------------------------------------------


def test_a_level_without_target_has_no_due_and_no_verdict() -> None:
    project = ticket_with(
        report_event(kind="project"), make_event("03-02 07:00", "respond"), make_event("05-01 08:00", "solve")
    )
    reading = solution(project, "06-01 08:00")
    assert (reading.state, reading.target_s, reading.due, reading.left_s) == ("none", None, None, None)
    assert (reading.met, reading.counts, reading.charged_to) == (None, False, None)
    assert reading.done == instant("05-01 08:00")
    assert reading.used_s == days(61)
    assert response(project, "06-01 08:00").met is True


OLD = {"since": "2026-01-01", **{key: RULES[key] for key in ("priorities", "matrix", "calendars")}}


def test_target_edits_hold_for_tickets_reported_after_them() -> None:
    edited = rules(since="2026-03-05", earlier=[OLD], **promise_on_all_levels(make_level("2h", "2d")))
    before, after = ticket_with(report_event("03-05 02:59")), ticket_with(report_event("03-05 03:00"))
    assert response(before, "03-05 03:30", edited).target_s == hours(24)
    assert response(after, "03-05 03:30", edited).target_s == hours(2)
    assert solution(before, "03-08 00:00", edited).state == "running"
    assert solution(after, "03-08 00:00", edited).state == "breached"


def test_calendar_edits_hold_for_the_minutes_after_them() -> None:
    short = {**KSA, "week": {"sun-thu": ["08:00-12:00"]}}
    old = {**OLD, "priorities": ON_SITE_HOURS}
    edited = site_rules(since="2026-03-04", earlier=[old], calendars={"ksa": short})
    ticket = ticket_with(report_event("03-02 08:00"))  # 32 h: Monday and Tuesday 16 by the old hours, then 4 a day
    assert solution(ticket, "03-03 17:00", edited).left_s == hours(16)
    assert solution(ticket, "03-04 17:00", edited).left_s == hours(12)
    assert solution(ticket, "03-04 17:00", edited).due == instant("03-09 12:00")
    assert solution(ticket, "03-09 12:00", site_rules()).due == instant("03-05 17:00")


def test_a_holiday_entered_late_changes_nothing_that_has_run() -> None:
    old = {**OLD, "priorities": ON_SITE_HOURS}
    late = site_rules(
        since="2026-03-08", earlier=[old], calendars={"ksa": {**KSA, "holidays": ["2026-03-03", "2026-03-09"]}}
    )
    ticket = ticket_with(report_event("03-02 08:00"), make_event("03-09 11:00", "solve"))
    assert solution(ticket, "03-10 00:00", late).due == instant("03-05 17:00")
    assert solution(ticket, "03-10 00:00", late).met is False
    assert solution(ticket, "03-10 00:00", late).late_s == hours(8)  # Sunday; Monday is the new holiday


def test_a_site_that_changes_its_zone_counts_each_minute_by_the_zone_then() -> None:
    moved = {**KSA, "tz": "Asia/Shanghai"}
    old = {**OLD, "priorities": ON_SITE_HOURS}
    policy = site_rules(since="2026-03-04T00:00:00+03:00", earlier=[old], calendars={"ksa": moved})
    ticket = ticket_with(report_event("03-03 08:00", "P3"))  # 16 h: 8 on Tuesday in Riyadh, then 8 in Shanghai
    due = solution(ticket, "03-03 09:00", policy).due
    assert due == instant("2026-03-04T17:00:00+08:00")


def test_an_edit_of_a_site_or_of_what_waiting_holds_counts_from_its_instant_on() -> None:
    hq = {"tz": "Asia/Riyadh", "week": {"mon-fri": ["08:00-10:00"]}, "day": "8h"}
    old = {**OLD, "priorities": ON_SITE_HOURS, "sites": {"KSA": {"calendar": "hq"}}, "waiting": {"parts": ["solution"]}}
    policy = site_rules(since="2026-03-04T12:00:00+03:00", earlier=[old], calendars={"ksa": KSA, "hq": hq})
    running = ticket_with(report_event("03-02 08:00", "P2"))  # 8 h: 2 on Monday and Tuesday, 2 on Wednesday, 2 more
    assert solution(running, "03-04 12:00", policy).left_s == hours(2)
    assert solution(running, "03-04 12:00", policy).due == instant("03-04 15:00")
    waits = ticket_with(report_event("03-02 08:00", "P2"), make_event("03-02 09:00", "wait", reason="parts"))
    held = solution(waits, "03-04 11:59", policy)
    assert (held.state, held.left_s, held.next_change) == ("held", hours(7), instant("03-04 12:00"))
    after = solution(waits, "03-04 14:00", policy)
    assert (after.state, after.left_s, after.due) == ("running", hours(6), instant("03-05 11:00"))
    story = clocks.explain_clocks(waits, policy, instant("03-04 14:00")).solution
    assert story is not None
    assert [stretch.mode for stretch in story.intervals] == ["running", "held", "running"]


def test_a_level_is_known_from_the_version_on_that_brings_it() -> None:
    levels = {**dict(RULES["priorities"]), "P5": {"response": "48h"}}  # type: ignore[call-overload]
    policy = rules(since="2026-03-02", earlier=[OLD], priorities=levels)
    early = ticket_with(report_event("03-01 08:00"), make_event("03-01 09:00", "classify", {"priority": "P5"}))
    assert response(early, "03-03 08:00", policy).level == "P4"
    after = ticket_with(report_event("03-01 08:00"), make_event("03-02 09:00", "classify", {"priority": "P5"}))
    assert response(after, "03-03 08:00", policy).level == "P5"
    assert response(after, "03-03 08:00", policy).target_s == hours(48)


def test_a_ticket_is_at_risk_by_the_share_of_the_instant() -> None:
    policy = rules(since="2026-03-02", earlier=[{**OLD, "at_risk": "90%"}], at_risk="50%")
    ticket = ticket_with(report_event("03-01 20:00"))
    before = response(ticket, "03-02 02:59", policy)
    assert (before.state, before.next_change) == ("at_risk", instant("03-02 03:00"))
    after = response(ticket, "03-02 03:00", policy)
    assert (after.state, after.next_change) == ("running", instant("03-02 08:00"))


# --- 11: the log ------------------------------------------------------------------------------------------------


def test_a_reading_sees_only_what_had_happened() -> None:
    ticket = ticket_with(*RULE_4, make_event("03-20 08:00", "solve"))
    assert solution(ticket, "03-10 08:00").done is None
    assert solution(ticket, "03-10 08:00").state == "running"
    assert response(ticket, "03-01 08:59").done is None
    assert response(ticket, "03-01 09:00").done == instant("03-01 09:00")


def test_before_its_report_a_ticket_has_no_clocks() -> None:
    reading = clocks.reading(ticket_with(report_event()), rules(), instant("03-01 07:59"))
    assert (reading.response.state, reading.solution.state, reading.next_change) == ("none", "none", None)
    empty = clocks.reading(ticket_with(), rules(), instant("03-01 07:59"))
    assert empty.response.mapping()["target_s"] is None


def test_the_future_is_read_as_if_nothing_more_happened() -> None:
    reading = solution(ticket_with(*RULE_4), "2030-01-01T00:00:00+03:00")
    assert (reading.state, reading.due) == ("breached", instant("03-15 08:00"))


def test_a_late_entry_counts_from_when_it_happened() -> None:
    phoned = make_event("03-02 07:00", "respond", n=9, logged=instant("03-02 15:00"))
    before = ticket_with(report_event(), make_event("03-02 09:00", "respond", n=2))
    assert response(before, "03-03 00:00").met is False
    assert response(before.with_events([phoned]), "03-03 00:00").met is True


def test_repeating_a_state_changes_nothing() -> None:
    again = ticket_with(
        *WAITING, make_event("03-06 08:00", "wait", reason="parts"), make_event("03-07 08:00", "wait", reason="access")
    )
    assert solution(again, "03-08 08:00").mapping() == solution(ticket_with(*WAITING), "03-08 08:00").mapping()
    running = ticket_with(*RULE_4, make_event("03-06 08:00", "resume"))
    assert solution(running, "03-08 08:00").mapping() == solution(ticket_with(*RULE_4), "03-08 08:00").mapping()


def test_what_a_merge_made_illegal_moves_no_clock() -> None:
    solved = [*RULE_4, make_event("03-10 08:00", "solve")]
    merged = ticket_with(
        *solved,
        make_event("03-11 08:00", "solve", by="he.qi"),
        make_event("03-11 09:00", "wait", reason="customer"),
        make_event("03-12 08:00", "report", priority="P1"),
    )
    assert solution(merged, "03-20 08:00").mapping() == solution(ticket_with(*solved), "03-20 08:00").mapping()


# --- 12: response -----------------------------------------------------------------------------------------------


def test_answered_exactly_at_due() -> None:
    ticket = ticket_with(report_event(), make_event("03-02 08:00", "respond"))
    assert response(ticket, "03-02 08:00").state == "met"
    late = ticket_with(report_event(), make_event("03-02 08:00:01", "respond"))
    reading = response(late, "03-02 09:00")
    assert (reading.state, reading.late_s, reading.late_elapsed_s) == ("missed", 1, 1)


def test_exactly_at_due_and_unanswered_is_undecided() -> None:
    ticket = ticket_with(report_event())
    at = response(ticket, "03-02 08:00")
    assert (at.state, at.met, at.left_s, at.late_s) == ("at_risk", None, 0, 0)
    after = response(ticket, "03-02 08:00:01")
    assert (after.state, after.met, after.left_s, after.late_s) == ("breached", False, 0, 1)


def test_the_response_clock_never_pauses() -> None:
    ticket = ticket_with(report_event(), make_event("03-01 09:00", "wait", reason="customer"))
    reading = clocks.reading(ticket, rules(), instant("03-03 08:00"))
    assert (reading.response.state, reading.response.held_s) == ("breached", 0)
    assert reading.solution.state == "held"


def test_notes_assignment_and_classification_do_not_answer() -> None:
    ticket = ticket_with(
        report_event(),
        make_event("03-01 09:00", "note", note="x", sender="requester"),
        make_event("03-01 10:00", "assign", owner="li.wei"),
        make_event("03-01 11:00", "classify", impact="minor"),
        make_event("03-01 12:00", "attach", rewrote=["files.a.jpg"]),
    )
    assert response(ticket, "03-02 08:00:01").state == "breached"


def test_solving_answers_where_nobody_had() -> None:
    ticket = ticket_with(report_event(), make_event("03-01 12:00", "solve"))
    assert response(ticket, "03-02 00:00").done == instant("03-01 12:00")
    again = ticket_with(
        report_event(),
        make_event("03-01 12:00", "solve"),
        make_event("03-03 08:00", "reopen"),
        make_event("03-04 08:00", "respond"),
    )
    assert response(again, "03-05 00:00").mapping() == response(ticket, "03-05 00:00").mapping()


# --- 13, 14 and 17: solution, waiting, reopening ----------------------------------------------------------------


def test_waiting_holds_what_the_policy_says_and_shows_no_due() -> None:
    reading = solution(ticket_with(*WAITING), "03-25 08:00")
    assert (reading.state, reading.due, reading.left_s, reading.held_s) == ("held", None, days(10), days(20))
    parts = ticket_with(*RULE_4, make_event("03-05 08:00", "wait", reason="parts"))
    assert solution(parts, "03-14 08:00").due == instant("03-15 08:00")
    unknown = ticket_with(*RULE_4, make_event("03-05 08:00", "wait", reason="lunch"))
    assert solution(unknown, "03-16 08:00").state == "breached"


def test_resumed_after_the_old_due_it_has_what_was_left() -> None:
    ticket = ticket_with(*WAITING, make_event("03-25 08:00", "resume"))
    assert solution(ticket, "03-25 08:00").due == instant("04-04 08:00")
    assert solution(ticket, "04-04 08:00").met is None
    assert solution(ticket, "04-04 08:00:01").met is False


def test_the_requesters_word_ends_a_wait() -> None:
    ticket = ticket_with(*WAITING, make_event("03-25 08:00", "note", note="here it is", sender="requester"))
    assert solution(ticket, "03-26 08:00").due == instant("04-04 08:00")


def test_a_wait_at_exactly_due_leaves_nothing_and_is_no_miss() -> None:
    events = [*RULE_4, make_event("03-15 08:00", "wait", reason="customer")]
    reading = solution(ticket_with(*events), "03-20 08:00")
    assert (reading.state, reading.left_s, reading.met, reading.due) == ("held", 0, None, None)
    resumed = ticket_with(*events, make_event("03-20 08:00", "resume"))
    assert solution(resumed, "03-20 08:00").due == instant("03-20 08:00")
    assert solution(resumed, "03-20 08:00").met is None
    assert solution(resumed, "03-20 08:00:01").due == instant("03-20 08:00")
    assert solution(resumed, "03-20 08:00:01").met is False
    solved = ticket_with(*events, make_event("03-20 08:00", "resume"), make_event("03-20 08:00", "solve"))
    assert solution(solved, "03-21 08:00").met is True


def test_a_wait_after_closing_with_nothing_left_comes_too_late() -> None:
    ticket = ticket_with(report_event("03-02 08:00", "P3"), make_event("03-03 20:00", "wait", reason="customer"))
    reading = solution(ticket, "03-10 00:00", site_rules())
    assert (reading.state, reading.due, reading.late_s) == ("breached", instant("03-03 17:00"), 0)


def test_solved_while_waiting_the_wait_ends_there() -> None:
    ticket = ticket_with(*WAITING, make_event("03-25 08:00", "solve"))
    reading = solution(ticket, "04-20 08:00")
    assert (reading.state, reading.due, reading.held_s) == ("met", instant("04-04 08:00"), days(20))
    assert reading.left_s == days(10)
    nothing_left = ticket_with(
        *RULE_4, make_event("03-15 08:00", "wait", reason="customer"), make_event("03-20 08:00", "solve")
    )
    assert solution(nothing_left, "04-20 08:00").due == instant("03-20 08:00")
    assert solution(nothing_left, "04-20 08:00").met is True


def test_a_holiday_in_the_middle_of_a_wait_is_not_waited() -> None:
    policy = site_rules(calendars={"ksa": {**KSA, "holidays": ["2026-03-03"]}})
    ticket = ticket_with(
        report_event("03-02 08:00"),
        make_event("03-02 12:00", "wait", reason="customer"),
        make_event("03-04 09:00", "resume"),
    )
    reading = solution(ticket, "03-04 09:00", policy)
    assert (reading.used_s, reading.held_s, reading.left_s) == (hours(4), hours(5), hours(28))
    assert reading.due == instant("03-09 14:00")


def test_while_solved_the_last_due_stays() -> None:
    ticket = ticket_with(*RULE_4, make_event("03-10 08:00", "solve"), make_event("03-12 08:00", "edit", priority="P1"))
    reading = solution(ticket, "05-01 08:00")
    assert (reading.due, reading.level, reading.state) == (instant("03-15 08:00"), "P4", "met")


def test_reopened_after_met_it_goes_on_with_what_was_left() -> None:
    ticket = ticket_with(*RULE_4, make_event("03-10 08:00", "solve"), make_event("03-20 08:00", "reopen"))
    reading = solution(ticket, "03-21 08:00")
    assert (reading.met, reading.done, reading.due) == (None, None, instant("03-25 08:00"))
    assert (reading.used_s, reading.held_s) == (days(10), 0)
    assert solution(ticket, "03-19 08:00").met is True
    assert solution(ticket, "03-26 08:00").met is False


def test_reopened_after_missed_the_miss_stays() -> None:
    ticket = ticket_with(*RULE_4, make_event("03-16 08:00", "solve"), make_event("03-20 08:00", "reopen"))
    reading = solution(ticket, "03-21 08:00")
    assert (reading.state, reading.due, reading.met, reading.done) == ("breached", instant("03-15 08:00"), False, None)
    assert (reading.late_s, reading.late_elapsed_s) == (days(2), days(6))
    again = ticket_with(
        *RULE_4,
        make_event("03-16 08:00", "solve"),
        make_event("03-20 08:00", "reopen"),
        make_event("03-22 08:00", "solve"),
    )
    assert solution(again, "04-01 08:00").state == "missed"
    assert solution(again, "04-01 08:00").late_elapsed_s == days(7)


def test_reopened_and_solved_in_the_same_instant_it_was_never_open() -> None:
    solved = [*RULE_4, make_event("03-10 08:00", "solve")]
    ticket = ticket_with(*solved, make_event("04-10 08:00", "reopen"), make_event("04-10 08:00", "solve", by="he.qi"))
    assert solution(ticket, "05-01 08:00").mapping() == solution(ticket_with(*solved), "05-01 08:00").mapping()


def test_waiting_after_a_miss_is_not_running_late() -> None:
    ticket = ticket_with(
        *RULE_4, make_event("03-16 08:00", "wait", reason="customer"), make_event("03-20 08:00", "solve")
    )
    assert solution(ticket, "03-19 08:00").state == "breached"
    reading = solution(ticket, "03-21 08:00")
    assert (reading.state, reading.late_s, reading.late_elapsed_s) == ("missed", days(1), days(5))


# --- 15 and 16: levels ------------------------------------------------------------------------------------------


def test_a_raise_gives_the_new_target_from_the_change() -> None:
    ticket = ticket_with(*RULE_4, make_event("03-08 08:00", "classify", priority="P1"))
    assert solution(ticket, "03-08 08:00").due == instant("03-09 08:00")
    assert solution(ticket, "03-08 07:59").due == instant("03-15 08:00")


def test_a_raise_never_gives_more_than_was_left() -> None:
    ticket = ticket_with(*RULE_4, make_event("03-15 00:00", "classify", priority="P1"))
    reading = solution(ticket, "03-15 00:00")
    assert (reading.due, reading.left_s, reading.target_s) == (instant("03-15 08:00"), hours(8), hours(24))


def test_a_first_raise_makes_nobody_late_by_itself() -> None:
    ticket = ticket_with(report_event(), make_event("03-01 20:00", "classify", priority="P1"))
    reading = clocks.reading(ticket, rules(), instant("03-01 20:00"))
    assert reading.response.due == instant("03-01 21:00")
    assert (reading.response.state, reading.solution.state) == ("running", "running")


def test_lowering_gives_the_looser_target_from_where_it_first_applied() -> None:
    ticket = ticket_with(report_event(priority="P1"), make_event("03-01 08:30", "classify", priority="P4"))
    assert response(ticket, "03-01 09:01").due == instant("03-02 08:00")
    raised_first = ticket_with(
        report_event(priority="P4"),
        make_event("03-02 07:00", "classify", priority="P3"),
        make_event("03-02 07:30", "classify", priority="P4"),
    )
    assert response(raised_first, "03-02 07:45").due == instant("03-02 08:00")


def test_lowered_and_raised_again_it_has_gained_nothing() -> None:
    start = [report_event(priority="P1"), make_event("03-01 08:30", "classify", priority="P4")]
    in_time = ticket_with(*start, make_event("03-01 08:50", "classify", priority="P1"))
    assert response(in_time, "03-01 08:50").due == instant("03-01 09:00")
    late = ticket_with(*start, make_event("03-01 12:00", "classify", priority="P1"))
    assert response(late, "03-01 11:59:59").state == "running"
    reading = response(late, "03-01 12:00")
    assert (reading.state, reading.due, reading.decided) == ("breached", instant("03-01 09:00"), instant("03-01 12:00"))


def test_raised_and_solved_in_the_same_instant_is_judged_by_the_new_level() -> None:
    start = [
        report_event(priority="P1"),
        make_event("03-01 08:30", "respond"),
        make_event("03-01 08:40", "classify", priority="P4"),
    ]
    ticket = ticket_with(
        *start, make_event("03-05 08:00", "classify", priority="P1"), make_event("03-05 08:00", "solve")
    )
    assert (solution(ticket, "03-06 08:00").met, solution(ticket, "03-06 08:00").due) == (False, instant("03-02 08:00"))


def test_answered_and_then_raised_in_the_same_instant_it_is_judged_by_the_level_of_the_answer() -> None:
    start = [report_event(priority="P3"), make_event("03-01 09:00", "classify", priority="P4")]
    answered = [*start, make_event("03-01 20:00", "respond", by="he.qi", n=5)]
    raised = [*answered, make_event("03-01 20:00", "classify", priority="P1", owner="li.wei", n=6)]
    for log in (answered, raised):
        reading = response(ticket_with(*log), "03-02 08:00")
        assert (reading.met, reading.level, reading.due) == (True, "P4", instant("03-02 08:00"))
    before = ticket_with(*start, make_event("03-01 20:00", "classify", priority="P1", n=3), answered[-1])
    assert (response(before, "03-02 08:00").met, response(before, "03-02 08:00").level) == (False, "P1")


def test_solved_and_then_raised_in_the_same_instant_the_solution_stands() -> None:
    start = [report_event(priority="P1"), make_event("03-01 08:40", "classify", priority="P4")]
    late = make_event("03-05 08:00", "edit", priority="P1", n=9)
    ticket = ticket_with(*start, make_event("03-05 08:00", "solve", n=8), late)
    assert (solution(ticket, "03-06 08:00").met, solution(ticket, "03-06 08:00").level) == (True, "P4")


def test_a_miss_stands_also_against_what_follows_in_its_instant() -> None:
    start = [report_event(priority="P1"), make_event("03-01 08:40", "classify", priority="P4")]
    raised = [*start, make_event("03-01 12:00", "classify", priority="P1", n=3)]
    lowered = [*raised, make_event("03-01 12:00", "classify", priority="P4", n=4)]
    for log in (raised, lowered):
        assert (response(ticket_with(*log), "03-01 12:00").met, response(ticket_with(*log), "03-01 13:00").due) == (
            False,
            instant("03-01 09:00"),
        )


def test_solved_while_its_kind_promises_nothing_it_ends_without_a_verdict() -> None:
    for at in ("03-10 08:00", "03-10 08:00:01"):
        ticket = ticket_with(
            *RULE_4,
            make_event("03-09 08:00", "classify", kind="project"),
            make_event("03-10 08:00", "solve"),
            make_event(at, "classify", kind="quality"),
        )
        assert solution(ticket, "03-20 08:00").state == "none"


def test_pairs_of_kind_and_priority_with_the_same_target_are_one_level() -> None:
    policy = rules(kinds={"request": {"solution": "7d"}})
    ticket = ticket_with(*RULE_4, make_event("03-03 08:00", "classify", kind="request"))
    assert solution(ticket, "03-03 08:00", policy).due == instant("03-10 08:00")
    same_level = ticket_with(
        *RULE_4,
        make_event("03-03 08:00", "classify", kind="request"),
        make_event("03-05 08:00", "classify", kind="quality", priority="P3"),
    )
    assert solution(same_level, "03-05 08:00", policy).due == instant("03-10 08:00")


def test_across_kinds_the_longer_level_is_the_less_urgent() -> None:
    policy = rules(kinds={"request": {"solution": "5d"}})
    ticket = ticket_with(
        report_event(kind="request", priority="P4"),
        make_event("03-05 20:00", "classify", kind="quality", priority="P2"),
    )
    assert solution(ticket, "03-05 20:00", policy).due == instant("03-06 08:00")
    longer = ticket_with(
        report_event(kind="request", priority="P4"),
        make_event("03-05 20:00", "classify", kind="quality", priority="P3"),
    )
    assert solution(longer, "03-05 20:00", policy).due == instant("03-08 08:00")


def test_raised_while_waiting_with_nothing_left_it_is_late_on_resuming() -> None:
    ticket = ticket_with(
        report_event(priority="P1"),
        make_event("03-01 08:30", "respond"),
        make_event("03-01 08:40", "classify", priority="P4"),
        make_event("03-05 08:00", "wait", reason="customer"),
        make_event("03-06 08:00", "classify", priority="P1"),
        make_event("03-07 08:00", "resume"),
    )
    assert (solution(ticket, "03-06 09:00").state, solution(ticket, "03-06 09:00").left_s) == ("held", 0)
    assert solution(ticket, "03-07 08:00").state == "breached"


def test_a_level_in_between_that_was_never_held_does_not_bind() -> None:
    ticket = ticket_with(
        *RULE_4,
        make_event("03-02 08:00", "classify", priority="P1"),
        make_event("03-02 09:00", "classify", priority="P2"),
    )
    reading = solution(ticket, "03-02 10:00")
    assert (reading.due, reading.target_s) == (instant("03-05 08:00"), days(3))


def test_a_stopwatch_once_started_runs_also_while_a_milder_level_is_current() -> None:
    ticket = ticket_with(
        report_event(priority="P2"),
        make_event("03-01 09:00", "respond"),
        make_event("03-01 10:00", "classify", priority="P4"),
        make_event("03-06 10:00", "classify", priority="P3"),
    )
    assert solution(ticket, "03-06 10:00").due == instant("03-08 08:00")


def test_levels_on_different_calendars_each_count_their_own_time() -> None:
    policy = rules(
        priorities={
            "P1": make_level("1h", "8h"),
            "P2": make_level("1h", "8h", "site"),
            "P3": make_level("1h", "8h", "site"),
            "P4": make_level("8h", "16h", "site"),
        }
    )
    ticket = ticket_with(
        report_event("03-02 16:00"),
        make_event("03-02 16:30", "respond"),
        make_event("03-03 16:00", "classify", priority="P1"),
    )
    before, after = solution(ticket, "03-03 15:00", policy), solution(ticket, "03-03 16:30", policy)
    assert (before.due, before.used_s) == (instant("03-04 16:00"), hours(7))
    assert (after.due, after.used_s, after.left_s) == (instant("03-04 00:00"), hours(24.5), hours(7.5))


def test_until_somebody_judges_it_the_mildest_promise_runs() -> None:
    ticket = ticket_with(make_event("03-01 08:00", "report", kind="quality"))
    assert response(ticket, "03-02 09:00").state == "breached"
    judged = ticket_with(
        make_event("03-01 08:00", "report", kind="quality"), make_event("03-01 18:00", "classify", priority="P1")
    )
    assert response(judged, "03-01 18:00").due == instant("03-01 19:00")
    assert response(judged, "03-01 12:00").due == instant("03-02 08:00")


def test_a_priority_that_no_event_names_is_the_headers() -> None:
    hand_written = ticket_with(make_event("03-01 08:00", "report"), priority="P2", owner="li.wei", kind="project")
    reading = response(hand_written, "03-02 08:00")
    assert (reading.level, reading.due) == ("P2", instant("03-01 12:00"))
    assert reading.charged_to == clocks.ChargedTo("li.wei", None, "HQ-TECH")
    assert solution(hand_written, "03-02 08:00").state == "none"
    edited = ticket_with(report_event()).with_fields({"priority": "P1", "owner": "he.qi"})
    assert response(edited, "03-01 09:00").level == "P4"


def test_a_priority_that_the_policy_does_not_know_changes_nothing() -> None:
    ticket = ticket_with(
        *RULE_4, make_event("03-02 08:00", "edit", priority="P9"), make_event("03-02 09:00", "edit", priority=None)
    )
    assert solution(ticket, "03-10 08:00").due == instant("03-15 08:00")


def test_levels_added_later_stand_where_the_newest_policy_ranks_them() -> None:
    newer = {"P0": make_level("30m", "12h"), **RULES_PRIORITIES, "P5": make_level("48h", "28d")}
    policy = rules(since="2026-03-05", earlier=[OLD], priorities=newer)
    unjudged = ticket_with(make_event("03-01 08:00", "report", kind="quality"))
    assert solution(unjudged, "03-10 08:00", policy).mapping() == solution(unjudged, "03-10 08:00").mapping()
    raised = ticket_with(*RULE_4, make_event("03-06 08:00", "classify", priority="P0"))
    assert solution(raised, "03-06 08:00", policy).due == instant("03-06 20:00")
    lowered = ticket_with(*RULE_4, make_event("03-06 08:00", "classify", priority="P5"))
    assert solution(lowered, "03-06 08:00", policy).due == instant("03-29 08:00")


def test_a_kind_that_promises_less_is_treated_as_a_level_is() -> None:
    policy = rules(kinds={"project": {"solution": "none"}, "request": {"solution": "21d"}})
    to_project = ticket_with(*RULE_4, make_event("03-10 08:00", "classify", kind="project"))
    assert solution(to_project, "03-20 08:00", policy).state == "none"
    back = ticket_with(
        *RULE_4,
        make_event("03-10 08:00", "classify", kind="project"),
        make_event("03-12 08:00", "classify", kind="quality"),
    )
    assert solution(back, "03-12 08:00", policy).due == instant("03-15 08:00")
    looser = ticket_with(*RULE_4, make_event("03-10 08:00", "classify", kind="request"))
    assert solution(looser, "03-10 08:00", policy).due == instant("03-22 08:00")
    first_time = ticket_with(report_event(kind="project"), make_event("04-01 08:00", "classify", kind="quality"))
    assert solution(first_time, "04-01 08:00", policy).due == instant("04-15 08:00")
    tighter = ticket_with(report_event(kind="request"), make_event("03-20 08:00", "classify", kind="quality"))
    assert solution(tighter, "03-20 08:00", policy).due == instant("03-22 08:00")


# --- 18 to 21: verdicts -----------------------------------------------------------------------------------------


def test_a_miss_stands_whatever_is_done_afterwards() -> None:
    late = [*RULE_4, make_event("03-15 09:00", "note", note="x")]
    for event in (
        make_event("03-16 08:00", "wait", reason="customer"),
        make_event("03-16 08:00", "classify", kind="project"),
        make_event("03-16 08:00", "solve"),
        make_event("03-16 08:00", "withdraw", reason="no longer wanted"),
    ):
        reading = solution(ticket_with(*late, event), "03-18 08:00")
        assert (reading.met, reading.due, reading.counts) == (False, instant("03-15 08:00"), True)
    urgent = ticket_with(
        report_event(priority="P1"),
        make_event("03-01 10:00", "classify", priority="P4"),
        make_event("03-01 11:00", "respond"),
    )
    assert (response(urgent, "03-02 08:00").met, response(urgent, "03-02 08:00").due) == (False, instant("03-01 09:00"))


def test_withdrawn_before_a_verdict_there_is_none() -> None:
    ticket = ticket_with(report_event(), make_event("03-01 12:00", "withdraw", reason="reported twice"))
    reading = clocks.reading(ticket, rules(), instant("04-01 08:00"))
    for each in (reading.response, reading.solution):
        assert (each.state, each.due, each.met, each.counts, each.used_s) == ("none", None, None, False, hours(4))
    answered = ticket_with(*RULE_4, make_event("03-01 12:00", "withdraw", reason="reported twice"))
    assert response(answered, "04-01 08:00").met is True
    missed = ticket_with(report_event(), make_event("03-03 08:00", "withdraw", reason="reported twice"))
    found_late = response(missed, "04-01 08:00")
    assert (found_late.state, found_late.late_elapsed_s, found_late.counts) == ("missed", days(1), True)


def test_at_risk_from_a_quarter_of_the_current_target_on() -> None:
    ticket = ticket_with(report_event())
    assert response(ticket, "03-02 01:59:59").state == "running"
    assert response(ticket, "03-02 02:00").state == "at_risk"
    raised = ticket_with(*RULE_4, make_event("03-15 00:00", "classify", priority="P1"))  # 8 h left of 24
    assert solution(raised, "03-15 00:00").state == "running"
    assert solution(raised, "03-15 02:00").state == "at_risk"


def test_the_next_change_is_at_risk_and_then_one_second_past_due() -> None:
    ticket = ticket_with(report_event())
    assert clocks.reading(ticket, rules(), instant("03-01 12:00")).next_change == instant("03-02 02:00")
    assert clocks.reading(ticket, rules(), instant("03-02 02:00")).next_change == instant("03-02 08:00:01")
    assert clocks.reading(ticket, rules(), instant("03-02 08:00")).next_change == instant("03-02 08:00:01")
    assert clocks.reading(ticket, rules(), instant("03-02 08:00:01")).next_change == instant("03-11 20:00")
    assert clocks.reading(ticket_with(*WAITING), rules(), instant("03-10 08:00")).next_change is None


# --- 22 and 23: excuses and charges -----------------------------------------------------------------------------


OWNED = [*RULE_4, make_event("03-02 08:00", "assign", owner="li.wei", units=["HQ-TECH"])]


def test_an_excuse_leaves_the_miss_visible_and_out_of_the_rate() -> None:
    excuse = make_event("03-20 08:00", "excuse", by="zhao.min", clock="solution", reason="force majeure", note="storm")
    reading = solution(ticket_with(*OWNED, excuse), "03-21 08:00")
    assert (reading.state, reading.met, reading.counts) == ("breached", False, False)
    assert reading.charged_to == clocks.ChargedTo("li.wei", None, "HQ-TECH")
    assert solution(ticket_with(*OWNED, excuse), "03-19 08:00").counts is True
    assert response(ticket_with(*OWNED, excuse), "03-21 08:00").counts is True


def test_an_excuse_by_the_person_charged_or_before_the_miss_does_not_count() -> None:
    own = make_event("03-20 08:00", "excuse", by="li.wei", clock="solution", reason="force majeure", note="storm")
    assert solution(ticket_with(*OWNED, own), "03-21 08:00").counts is True
    early = make_event("03-15 08:00", "excuse", by="zhao.min", clock="solution", reason="force majeure", note="storm")
    assert solution(ticket_with(*OWNED, early), "03-21 08:00").counts is True
    in_time = make_event(
        "03-15 08:00:01", "excuse", by="zhao.min", clock="solution", reason="force majeure", note="storm"
    )
    assert solution(ticket_with(*OWNED, in_time), "03-21 08:00").counts is False


def test_what_may_not_be_excused_is_refused() -> None:
    def excuse(by: str = "zhao.min", on: str = "solution") -> None:
        event = make_event("03-20 08:00", "excuse", by=by, clock=on, reason="force majeure", note="storm")
        clocks.check_excuse(ticket, event, rules())

    ticket = ticket_with(*OWNED)
    excuse()
    with pytest.raises(Refused, match="This miss is charged to 李偉"):
        excuse(by="li.wei")
    with pytest.raises(Refused, match="response of KSA-2026-0042 was not missed"):
        excuse(on="response")
    done = make_event("03-19 08:00", "excuse", by="zhao.min", clock="solution", reason="force majeure", note="storm")
    ticket = ticket_with(*OWNED, done)
    with pytest.raises(Refused, match="already excused"):
        excuse()


def test_a_miss_is_charged_to_the_holder_in_the_last_instant_before_due() -> None:
    for at, owner in (("03-15 07:59:59", "he.qi"), ("03-15 08:00", "li.wei"), ("03-16 08:00", "li.wei")):
        ticket = ticket_with(*OWNED, make_event(at, "assign", owner="he.qi", units=["FACTORY-7"]))
        charged = solution(ticket, "03-20 08:00").charged_to
        assert charged is not None
        assert charged.owner == owner


def test_a_success_is_credited_to_the_holder_at_the_stop() -> None:
    ticket = ticket_with(
        *OWNED,
        make_event("03-10 08:00", "assign", owner="he.qi", units=["FACTORY-7"]),
        make_event("03-11 08:00", "solve"),
        make_event("03-11 08:00", "edit", owner="wang.fang"),
    )
    assert solution(ticket, "03-20 08:00").charged_to == clocks.ChargedTo(
        "he.qi", None, "FACTORY-7", {"HQ-TECH": 0.8}, "li.wei", "li.wei"
    )
    assert response(ticket, "03-20 08:00").charged_to == clocks.ChargedTo(None, "KSA", "HQ-TECH", {}, "li.wei")


def test_without_an_owner_it_is_the_sites_queue_met_or_missed() -> None:
    ticket = ticket_with(report_event(units=["FACTORY-7", "HQ-TECH"]))
    assert response(ticket, "03-03 08:00").charged_to == clocks.ChargedTo(None, "KSA", "FACTORY-7", {"HQ-TECH": 1.0})
    assert response(ticket, "03-01 09:00").charged_to is None
    answered = ticket_with(report_event(), make_event("03-01 09:00", "respond", by="he.qi"))
    assert response(answered, "03-03 08:00").charged_to == clocks.ChargedTo(None, "KSA", "HQ-TECH", {}, "he.qi")


@pytest.mark.parametrize("owner", ["queue:HQ", "queue:KSA", "Queue:HQ", "ｑueue：HQ"])
def test_an_owner_who_is_written_like_a_queue_is_nobody(owner: str) -> None:
    ticket = ticket_with(report_event(owner=owner))
    assert response(ticket, "03-03 08:00").charged_to == clocks.ChargedTo(None, "KSA", "HQ-TECH")


def test_an_owner_without_a_unit_answers_with_the_first_of_the_units() -> None:
    ticket = ticket_with(report_event(owner="pat", units=["FACTORY-7"]), make_event("03-01 09:00", "respond"))
    charged = response(ticket, "03-03 08:00").charged_to
    assert charged is not None
    assert (charged.owner, charged.queue, charged.unit) == ("pat", None, "FACTORY-7")


def test_a_level_that_comes_back_after_its_due_is_charged_to_who_had_lowered_it() -> None:
    ticket = ticket_with(
        report_event(priority="P2", owner="li.wei"),
        make_event("03-01 08:30", "respond"),
        make_event("03-02 08:00", "classify", by="he.qi", priority="P4"),  # P2 would be due on the 4th
        make_event("03-06 08:00", "classify", by="wang.fang", priority="P2"),
    )
    reading = solution(ticket, "03-10 08:00")
    assert (reading.due, reading.decided) == (instant("03-04 08:00"), instant("03-06 08:00"))
    assert reading.charged_to == clocks.ChargedTo("he.qi", None, "FACTORY-7")
    kept = ticket_with(*ticket.log, make_event("03-03 08:00", "classify", by="li.wei", priority="P2", n=9))
    assert who_answers(kept) == ("li.wei", "li.wei")  # back in time: the owner could keep it


def who_answers(ticket: Ticket) -> tuple[str, str]:
    """Whom the solution is charged to, and the owner."""
    charged = solution(ticket, "03-10 08:00").charged_to
    assert charged is not None
    return charged.key, ticket.owner


def test_received_late_names_who_held_it_longest() -> None:
    quarter = [*OWNED, make_event("03-12 02:00", "assign", owner="he.qi", units=["FACTORY-7"])]  # 78 of 336 hours
    charged = solution(ticket_with(*quarter), "03-20 08:00").charged_to
    assert charged is not None
    assert (charged.owner, charged.received_from) == ("he.qi", "li.wei")
    earlier = [*OWNED, make_event("03-11 20:00", "assign", owner="he.qi")]  # 84 of 336 hours: a quarter
    charged = solution(ticket_with(*earlier), "03-20 08:00").charged_to
    assert charged is not None
    assert charged.received_from is None
    unowned = ticket_with(report_event(), make_event("03-15 07:00", "assign", owner="he.qi"))
    charged = solution(unowned, "03-20 08:00").charged_to
    assert charged is not None
    assert charged.received_from == "queue:KSA"


# --- 24: the story ----------------------------------------------------------------------------------------------


STORY = ticket_with(
    *OWNED,
    make_event("03-05 08:00", "wait", reason="customer"),
    make_event("03-07 08:00", "assign", owner="he.qi"),
    make_event("03-08 08:00", "resume"),
    make_event("03-10 08:00", "classify", priority="P2"),
    make_event("03-14 08:00", "solve"),
    make_event("03-15 08:00", "reopen"),
)


def test_a_story_ends_in_the_reading_it_explains() -> None:
    for at in ("03-01 08:00", "03-06 08:00", "03-09 08:00", "03-13 09:00", "03-14 08:00", "03-16 08:00"):
        story, reading = clocks.explain_clocks(STORY, rules(), instant(at)), clocks.reading(STORY, rules(), instant(at))
        assert story.response is not None
        assert story.solution is not None
        assert (story.response.reading, story.solution.reading) == (reading.response, reading.solution)
        running_s = sum(stretch.seconds for stretch in story.solution.intervals if stretch.mode == "running")
        held_s = sum(stretch.seconds for stretch in story.solution.intervals if stretch.mode == "held")
        assert (running_s, held_s) == (reading.solution.used_s, reading.solution.held_s)
        assert sum(share.seconds for share in story.solution.shares) == reading.solution.used_s
        assert [stretch for stretch in story.solution.intervals if stretch.mode == "running"][
            -1
        ].total_s == reading.solution.used_s


def test_the_running_total_of_a_story_adds_up_across_calendars() -> None:
    policy = rules(priorities={**RULES_PRIORITIES, "P3": make_level("4h", "3d", "site")})
    ticket = ticket_with(report_event("03-01 16:00", "P3"), make_event("03-02 10:00", "classify", priority="P1"))
    story = clocks.explain_clocks(ticket, policy, instant("03-02 11:00")).solution
    assert story is not None
    assert [(stretch.calendar, stretch.seconds, stretch.total_s) for stretch in story.intervals] == [
        ("ksa", hours(3), hours(3)),
        ("always", hours(1), hours(4)),
    ]


def test_a_stretch_of_a_story_breaks_where_the_hours_change() -> None:
    shorter = {**KSA, "week": {"sun-thu": ["08:00-12:00"]}}
    policy = site_rules(
        since="2026-03-03T00:00:00+03:00",
        calendars={"ksa": shorter},
        earlier=[{**OLD, "priorities": ON_SITE_HOURS}],
    )
    ticket = ticket_with(report_event("03-01 08:00"))
    story = clocks.explain_clocks(ticket, policy, instant("03-04 12:00")).solution
    assert story is not None
    assert [(stretch.start, stretch.seconds, stretch.total_s) for stretch in story.intervals] == [
        (instant("03-01 08:00"), hours(16), hours(16)),
        (instant("03-03 00:00"), hours(8), hours(24)),
    ]


def test_a_story_tells_stretches_dues_and_verdict() -> None:
    lines = [str(sentence) for sentence in clocks.explain_clocks(STORY, rules(), instant("03-16 08:00")).sentences()]
    assert lines == STORY_LINES.splitlines()


STORY_LINES = """response: P4 promises 24:00; reported 2026-03-01 08:00+03:00.
03-01 08:00 to 09:00: new, P4, always: 1:00, 1:00 in all; due P4 03-02 08:00.
Due 03-02 08:00, done 03-01 09:00: met with 23:00 left.
KSA's duty queue of HQ-TECH answers for it: nobody owned the ticket when the clock stopped. Done by li.wei.
Answered without a word: li.wei, 03-01 09:00.
solution: P2 promises 72:00; reported 2026-03-01 08:00+03:00.
03-01 08:00 to 09:00: new, P4, always: 1:00, 1:00 in all; due P4 03-15 08:00.
03-01 09:00 to 03-02 08:00: responded, P4, always: 23:00, 24:00 in all; due P4 03-15 08:00.
03-02 08:00 to 03-05 08:00: working, P4, always: 72:00, 96:00 in all; due P4 03-15 08:00.
03-05 08:00 to 03-07 08:00: waiting for customer, P4, always: 48:00 held; P4 240:00 left.
03-07 08:00 to 03-08 08:00: waiting for customer, P4, always: 24:00 held; P4 240:00 left.
03-08 08:00 to 03-10 08:00: working, P4, always: 48:00, 144:00 in all; due P4 03-18 08:00.
03-10 08:00 to 03-14 08:00: working, P2, always: 96:00, 240:00 in all; due P2 03-13 08:00, P4 03-18 08:00.
03-14 08:00 to 03-15 08:00: solved: nothing counts.
03-15 08:00 to 03-16 08:00: working, P2, always: 24:00, 264:00 in all; due P2 03-13 08:00, P4 03-19 08:00.
Due 03-13 08:00, open at 03-16 08:00: missed by 48:00 of working time (72:00 elapsed).
he.qi of FACTORY-7 answers for it: the owner just before the due.
Involved for this share of the working time: HQ-TECH 89 %.
"""


def test_a_story_names_year_and_zone_of_an_instant_only_where_they_are_others() -> None:
    said = instant("03-01 08:00")
    assert write_after(said, instant("03-02 08:00:30")) == "03-02 08:00:30"
    assert write_after(said, said.replace(year=2027)) == "2027-03-01 08:00"
    assert write_after(said, said.astimezone(UTC)) == "2026-03-01 05:00+00:00"
    told = Sentence("{at} to {end}", {"at": format_instant(said), "end": format_instant(instant("03-01 09:00"), said)})
    assert str(told) == "2026-03-01 08:00+03:00 to 2026-03-01 09:00+03:00"
    assert str(rewrite_instants(told, partial(write_after, said))) == "03-01 08:00 to 09:00"


def test_a_story_as_json_is_the_reading_with_stretches_and_shares() -> None:
    story = clocks.explain_clocks(STORY, rules(), instant("03-16 08:00")).mapping()
    reading = clocks.reading(STORY, rules(), instant("03-16 08:00")).mapping()
    explained, read = story["solution"], reading["solution"]
    assert isinstance(explained, dict)
    assert isinstance(read, dict)
    assert {key: explained[key] for key in read} == read
    assert explained["shares"] == [
        {"owner": None, "queue": "KSA", "units": [], "seconds": days(1)},
        {"owner": "li.wei", "queue": None, "units": ["HQ-TECH"], "seconds": days(3)},
        {"owner": "he.qi", "queue": None, "units": ["HQ-TECH"], "seconds": days(7)},
    ]
    assert explained["stretches"][0] == {
        "from": "2026-03-01T08:00:00+03:00",
        "to": "2026-03-01T09:00:00+03:00",
        "mode": "running",
        "state": "new",
        "reason": "",
        "level": "P4",
        "calendar": "always",
        "seconds": 3600,
        "total_s": 3600,
        "levels": [
            {
                "level": "P4",
                "target_s": days(14),
                "calendar": "always",
                "left_s": days(14),
                "due": "2026-03-15T08:00:00+03:00",
            }
        ],
        "holder": {"owner": None, "queue": "KSA", "units": []},
    }


def test_a_story_before_the_report_says_so() -> None:
    story = clocks.explain_clocks(STORY, rules(), instant("02-28 08:00"))
    assert [str(sentence) for sentence in story.sentences()] == [
        "KSA-2026-0042 had not been reported by 2026-02-28 08:00+03:00."
    ]
    assert story.mapping()["response"] is None


# --- the table of docs/clocks.md --------------------------------------------------------------------------------


def test_every_row_of_the_edge_table_names_a_test_that_exists() -> None:
    text = (ROOT / "docs" / "clocks.md").read_text(encoding="utf-8")
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    table = text.partition("## Edge cases")[2].splitlines()
    rows = [line for line in table if line.startswith("| ") and not line.startswith("| case")]
    named = [re.findall(r"`(test_\w+)`", row) for row in rows]
    assert len(rows) >= 25
    assert all(named), [row for row, names in zip(rows, named, strict=True) if not names]
    missing = [name for names in named for name in names if f"def {name}(" not in tests]
    assert not missing
