"""Every act of the method by its key, seen in the ticket's file."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from desks import git
from fenji.desk import Desk
from fenji.model.board import format_left
from interface.driven import NOW, AppDriver, copy_world, open_app

if TYPE_CHECKING:
    from fenji.model.ticket import Event, Value

FIELDS: Mapping[str, Value] = {"title": "備件生鏽", "impact": "minor", "occurrence": "common", "kind": "request"}


@asynccontextmanager
async def one_ticket(
    folder: Path,
    *steps: tuple[str, Mapping[str, Any]],
    person: str = "li.wei",
    size: tuple[int, int] = (80, 24),
    **fields: Value,
) -> AsyncIterator[tuple[AppDriver, str]]:
    """The interface open on a desk with one ticket, to which `steps` were done before; and its number."""
    copy_world("empty", folder)
    with Desk.open(folder, person="li.wei", now=lambda: NOW - timedelta(hours=2)) as desk:
        number = desk.new({**FIELDS, **fields}).id
        for do, more in steps:
            desk.act(number, do, **more)
    async with open_app(folder, person=person, size=size) as run:
        yield run, number


def last_event(run: AppDriver, number: str) -> Event:
    return run.desk.row(number).ticket.log[-1]


RESPONDED = ("respond", {"note": "told them"})
SOLVED = ("solve", {"fields": {"solution": "new ones were sent"}})
CONFIRMED = ("confirm", {"by": "zhao.min"})


async def test_answer(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("a", "we look at it today", "Enter")
        await run.wait_for(f"{number}: answered.")
        assert "undoes" not in run.text
        assert (last_event(run, number).do, last_event(run, number).note) == ("respond", "we look at it today")
        assert "answered" in run.line(f" {number[-4:]} ")


async def test_classify_shows_the_priority_before_it_is_done(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("c", "qual", "Enter", "maj", "Enter")
        await run.wait_for("Occurrence of", "P2")
        await run.press("rare")
        await run.wait_for("[rare]", "P1")
        await run.press("Enter")
        await run.wait_for("classified", gone="Reason:")
        ticket, event = run.desk.row(number).ticket, last_event(run, number)
        assert (ticket.kind, ticket.priority, event.do, event.reason) == ("quality", "P1", "classify", "")


LOST_PROMISE = "This removes the promise of solution while it runs, and needs a reason."


@pytest.mark.parametrize(
    "keys", [("c", "proj", "Enter", "maj", "Enter", "rare", "Enter"), ("e", "Kind", "Enter", "proj", "Enter")]
)
async def test_a_kind_that_takes_a_running_promise_away_asks_for_the_reason(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press(*keys)
        await run.wait_for("Reason:", LOST_PROMISE, gone="--reason")
        await run.press("Enter")
        await run.wait_for("This cannot be empty.")
        await run.press("a project of its own", "Enter")
        await run.wait_for("classified")
        event = last_event(run, number)
        assert (event.do, event.set["kind"], event.reason) == ("classify", "project", "a project of its own")


async def test_enter_alone_makes_an_unjudged_ticket_no_graver(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", impact=None, occurrence=None) as (run, number):
        before = run.desk.row(number).ticket.priority
        await run.press("c", "Enter", "Enter", "Enter")
        await run.wait_for("classified. u undoes it")
        assert run.desk.row(number).ticket.priority == before == run.desk.policy.levels[-1]


async def test_somebody_whom_the_policy_does_not_know_is_taken_by_a_second_enter(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED) as (run, number):
        await run.press("o", "wang.fnag", "Enter")
        await run.wait_for("Is wang.fang meant?", "Enter again")
        await run.press("Ctrl+U", "somebody.new", "Enter")
        await run.wait_for("Enter again")
        assert run.desk.row(number).ticket.owner != "somebody.new"
        await run.press("Enter")
        await run.wait_for("given to somebody.new")


async def test_a_draft_of_last_time_is_called_one(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, _):
        await run.press("m", "half a", "Esc")
        await run.press("m")
        await run.wait_for("half a", "This is your draft from last time.")


async def test_owner(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED) as (run, number):
        await run.press("o", "wang", "Enter")
        await run.wait_for("given to wang.fang")
        assert run.desk.row(number).ticket.owner == "wang.fang"
        assert "working" in run.line(f" {number[-4:]} ")


async def test_the_head_counts_stopped_clocks_and_the_keys_say_what_signs_mean(tmp_path: Path) -> None:
    """Parts stop no clock in the rules of this desk: such a ticket waits, and its clock runs on."""
    async with one_ticket(tmp_path / "desk", RESPONDED) as (run, number):
        await run.press("w", "parts", "Enter", "Enter")
        await run.wait_for("waiting. u undoes it")
        assert "Waiting 1" in run.text
        assert "= 1" not in run.text
        await run.press("W")
        await run.wait_for("resumed")
        await run.press("w", "cust", "Enter", "Enter")
        await run.wait_for("= 1 stopped", "Waiting 1")
        await run.press("?", "End")
        text = await run.wait_for("waiting, clock is stopped", "waiting, no sign")
        assert re.search("▴ +changes going out to the hub", text)
        assert re.search("▾ +hub changes coming in", text)
    assert number


async def test_wait_and_resume(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED) as (run, number):
        await run.press("w", "cust", "Enter", "their keys", "Enter")
        await run.wait_for("waiting. u undoes it")
        assert (last_event(run, number).reason, last_event(run, number).note) == ("customer", "their keys")
        await run.press("W")
        await run.wait_for("resumed")
        assert last_event(run, number).do == "resume"


async def test_solve_asks_only_for_what_the_policy_wants(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED) as (run, number):
        await run.press("s")
        await run.wait_for(f"{number} Solution:")
        await run.press("new ones were sent", "Enter")
        await run.wait_for("solved")
        assert run.desk.row(number).ticket.word("solution") == "new ones were sent"
        assert last_event(run, number).do == "solve"


async def test_an_empty_text_is_not_taken_for_a_solution(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("s", "Enter")
        assert "This cannot be empty" in run.footer
        await run.press("Esc")
        assert last_event(run, number).do == "report"


async def test_confirm_by_the_lead_and_archive_with_another_key(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED, SOLVED, person="zhao.min") as (run, number):
        await run.press("C")
        await run.wait_for("Response met, solution met.")
        await run.press("Enter")
        await run.wait_for("confirmed")
        await run.press("A", "A", "a", "Enter", "y")
        assert run.desk.row(number).ticket.state == "confirmed"
        await run.press("Y")
        await run.wait_for("archived, now a page of the handbook")
        assert "archive" in str(run.desk.path_of(number))
        await run.press(".")
        await run.wait_for("No open tickets")


async def test_lengths_are_in_days_of_the_promises_calendar_wherever_they_stand(tmp_path: Path) -> None:
    desk = copy_world("empty", tmp_path / "desk")
    policy, reported = desk / "policy.yaml", NOW - timedelta(days=30)
    written = "P4: {response: 24h, solution: 14d, calendar: "
    policy.write_text(policy.read_text("utf-8").replace(f"{written}always", f"{written}site"), "utf-8")
    git(desk, "commit", "-qam", "the hours of the site")
    clock = [reported]
    with Desk.open(desk, person="li.wei", now=lambda: clock[0]) as opened:
        number = opened.new(FIELDS).id
        clock[0] = NOW - timedelta(days=18)
        opened.act(number, "respond", note="told them")
        clock[0] = NOW - timedelta(hours=2)
        opened.act(number, "solve", fields={"solution": "new ones were sent"})
    async with open_app(desk, person="zhao.min", size=(100, 100)) as run:
        response = run.desk.row(number).reading.response
        late, ran = (format_left(length, 8 * 3600) for length in (response.late_s, response.used_s))
        assert (response.day_s, response.late_s > 8 * 3600) == (8 * 3600, True)
        await run.press("C")
        await run.wait_for(f"Response missed by {late}, solution")
        await run.press("Esc", "Enter")
        await run.wait_for("how the solution clock ran", f"late {late}")
        story = run.text.partition("how the response clock ran")[2].partition("how the")[0]
        assert f"P4  {ran}" in story


async def test_reopen_and_withdraw_want_a_reason(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED, SOLVED) as (run, number):
        await run.press("R", "Enter")
        assert "This cannot be empty" in run.footer
        await run.press("rusty again", "Enter")
        await run.wait_for("reopened")
        await run.press("X", "twice reported", "Enter")
        await run.wait_for(f"Withdraw {number}? Y withdraws")
        await run.press("Y")
        await run.wait_for("withdrawn.")
        assert last_event(run, number).reason == "twice reported"


async def test_note_and_the_note_of_the_requester(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED, ("wait", {"reason": "customer"})) as (run, number):
        await run.press("m", "called twice", "Enter")
        await run.wait_for("noted")
        assert not last_event(run, number).from_requester
        await run.press("M", "the keys are here", "Enter")
        await run.wait_until(lambda: last_event(run, number).from_requester, "their note")
        assert last_event(run, number).note == "the keys are here"


async def test_attach_completes_the_path(tmp_path: Path) -> None:
    (tmp_path / "rust.jpg").write_bytes(b"\xff\xd8 rust")
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("t", str(tmp_path / "nothing"), "Enter")
        assert "There is no such file" in run.footer
        await run.press("Ctrl+U", str(tmp_path / "ru"), "Tab", "Enter")
        await run.wait_for("attached")
        assert [file["name"] for file in run.desk.row(number).ticket.items("files")] == ["rust.jpg"]


async def test_excuse_a_missed_clock(tmp_path: Path) -> None:
    folder = copy_world("empty", tmp_path / "desk")
    with Desk.open(folder, person="li.wei", now=lambda: NOW - timedelta(days=3)) as desk:
        number = desk.new({**FIELDS, "impact": "major", "occurrence": "rare"}).id
    async with open_app(folder, person="zhao.min") as run:
        await run.press("x", "resp", "Enter", "force", "Enter", "sandstorm", "Enter")
        await run.wait_for("excused")
        event = last_event(run, number)
        assert (event.do, event.reason, event.note) == ("excuse", "force majeure", "sandstorm")
        assert event.body["clock"] == "response"


async def test_link_by_the_end_of_a_number(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        other = run.desk.new({"title": "like it"}).id
        await run.press("L", other[-2:], "Enter", "dup", "Enter")
        await run.wait_for(f"{number}: linked to {other}")
        assert run.desk.row(number).ticket.items("links") == [{"to": other, "as": "duplicate"}]


async def test_a_link_to_nothing_is_refused_and_kept_as_a_draft(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("L", "9999", "Enter", "Enter")
        await run.wait_until(lambda: "9999" in run.footer, "the refusal")
        assert not run.desk.row(number).ticket.items("links")
        await run.press("L")
        assert run.line("Link ").endswith("to: 9999")


async def test_priority_by_hand_with_a_reason(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("P", "P2", "Enter", "the general asked", "Enter")
        await run.wait_for("classified")
        assert run.desk.row(number).ticket.priority == "P2"
        assert last_event(run, number).reason == "the general asked"


async def test_the_field_to_edit_shows_what_it_holds_in_the_users_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", "zh-Hans")
    async with one_ticket(tmp_path / "desk") as (run, _):
        await run.press("e", "impact")
        assert run.footer.split("\n")[0].split() == ["[影响]", "轻微"]


async def test_edit_any_field_from_the_board(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("e", "product.part", "Enter", "XJ-4411", "Enter")
        await run.wait_for("saved")
        assert run.desk.row(number).ticket.word("product.part") == "XJ-4411"


async def test_undo_says_what_it_undid_and_redo_does_it_again(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED) as (run, number):
        await run.press("o", "zhou", "Enter")
        await run.wait_for("given to zhou.qiang")
        await run.press("u")
        await run.wait_for(f"Undone: change of owner on {number}")
        assert run.desk.row(number).ticket.owner != "zhou.qiang"
        await run.press("U")
        await run.wait_for(f"Redone: change of owner on {number}")
        assert run.desk.row(number).ticket.owner == "zhou.qiang"


@pytest.mark.parametrize(
    ("key", "person", "said"),
    [
        ("A", "li.wei", "First: s solve, C confirm."),
        ("C", "li.wei", "First: s solve."),
        ("R", "li.wei", "already"),
    ],
)
async def test_a_refusal_names_the_key_that_helps(tmp_path: Path, key: str, person: str, said: str) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED, person=person) as (run, _):
        await run.press(key)
        assert said in run.footer


async def test_who_may_not_confirm_is_told_whom_to_ask(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED, SOLVED) as (run, _):
        await run.press("C")
        assert "may not do this" in run.footer
        assert "趙敏" in run.footer


async def test_a_project_without_a_plan_is_told_the_key_that_adds_one(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED, kind="project") as (run, number):
        await run.press("s", "all done", "Enter")
        await run.wait_for("+ sets Plan")
        assert last_event(run, number).do == "respond"
        await run.press("s")
        assert "all done" in run.footer


async def test_what_was_typed_is_there_again_after_esc(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("m", "half a sen", "Esc", "j", "m")
        assert run.footer.rstrip().endswith(f"Note on {number}: half a sen")
        await run.press("tence", "Enter")
        await run.wait_for("noted")
        await run.press("m")
        assert "half" not in run.footer


async def test_keys_act_in_order_on_the_ticket_that_was_selected_when_they_were_pressed(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        first, second = run.app.board_model.row_at(0).id, run.app.board_model.row_at(1).id
        await run.press("m", "one", "Enter", "j", "m", "two", "Enter")
        await run.wait_until(lambda: last_event(run, second).note == "two", "both notes")
        assert last_event(run, first).note == "one"


async def test_an_answer_to_marked_tickets_says_which_were_answered_before(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        rows = run.app.board_model.rows
        fresh = [row for row in rows if row.ticket.state == "new"]
        answered = next(row for row in rows if row.ticket.state == "responded")
        run.app.board_model.marked_uids = {row.uid for row in (*fresh, answered)}
        await run.press("a")
        await run.wait_for("Answer ")
        await run.press("seen", "Enter")
        await run.wait_for("answered.", f"{answered.id}: already answered, nothing added.")
        assert run.desk.row(answered.id).ticket.log == answered.ticket.log
        await run.press("4", "1")
        run.app.board_model.scroll.move_to([row.id for row in run.app.board_model.rows].index(answered.id))
        await run.press("a")
        await run.wait_for("It was already answered on ")


async def test_a_ticket_that_nobody_judged_is_shown_with_a_question_mark(tmp_path: Path) -> None:
    async with open_app(copy_world("empty", tmp_path / "desk")) as run:
        await run.press("n", "Gear squeaks")
        await run.wait_for("P4?")
        await run.press("Ctrl+D")
        await run.wait_for("saved")
        await run.wait_for("P4? ")
        await run.press("Enter")
        await run.wait_for("0001 P4?")


async def test_the_form_is_written_and_the_message_says_where(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED) as (run, number):
        forms = tmp_path / "desk/index/forms"
        await run.press("F")
        await run.wait_for(f"Form of {number}:", "[whole]", "to sign; with costs and decision")
        await run.press("Enter")
        await run.wait_for(f"{number}: the form to print is")
        assert "備件生鏽" in (forms / f"{number}.html").read_text(encoding="utf-8")
        assert run.desk.undoable is None
        await run.press("Enter", "F", "cust", "Enter")
        await run.wait_for(f"{number}: the form to print is", "customer.html")
        assert (forms / f"{number}-customer.html").exists()
        await run.press("F", "Esc", "F", "blank", "Enter")
        await run.wait_for("The blank form to print is", "blank-KSA.html")
        assert (forms / "blank-KSA.html").exists()


async def test_a_question_with_choices_names_the_keys_that_choose(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("o")
        await run.wait_for("‹ › choose  a-z find  Enter takes it")
        await run.press("w")
        await run.wait_for("wang.fang", gone="choose")
        await run.press("Esc", "n", "Tab")
        assert "‹" in run.line("Impact")
        await run.press("Right")
        assert "‹ major ›" in run.line("Impact")


async def test_a_choice_that_fits_nothing_typed_says_so_at_once(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("w")
        assert "No choice matches." not in run.text
        await run.press("zzz")
        await run.wait_for("No choice matches.")
        await run.press("Ctrl+U")
        await run.wait_for("[customer]", gone="No choice matches.")
