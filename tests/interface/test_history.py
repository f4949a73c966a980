"""The history of a ticket and of the desk on the screen."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from commandline import fenji
from fenji.desk import Desk, history
from interface.driven import NOW, copy_world, open_app
from interface.test_acts import RESPONDED, one_ticket
from interface.test_ticket import move_to
from test_history import bring_by_sync, later
from tui.screens.history import HistoryScreen
from two_clones import git

if TYPE_CHECKING:
    import pytest


async def test_the_history_of_a_ticket_unfolds_what_each_act_changed(tmp_path: Path) -> None:
    edit = ("edit", {"fields": {"cause": "the seal let go", "product.part": "XJ-4411"}, "note": "seen by all"})
    async with one_ticket(tmp_path / "desk", RESPONDED, edit, cause="salt") as (run, number):
        await run.press("Enter", "D")
        await run.wait_for(
            f"History of {number}", "3 changes", "li.wei", "edited", "seen by all", "answered", "reported"
        )
        assert "edited" in run.line("▐")
        await run.press("Enter")
        await run.wait_for("- salt", "+ the seal let go", "+ XJ-4411")
        await run.press("Enter")
        await run.wait_until(lambda: "- salt" not in run.text, "it is folded")
        await run.press("j", "j", "Enter")
        await run.wait_for("+ 備件生鏽", "+ salt")
        await run.press("g", "y")
        await run.wait_for("characters copied")
        with Desk.open(tmp_path / "desk", person="zhao.min", now=lambda: NOW + timedelta(minutes=1)) as other:
            other.act(number, "note", note="while it is read")
        await run.wait_for("while it is read", "4 changes")
        await run.press("Esc")
        await run.wait_for("timeline")


async def test_the_history_of_the_desk_leads_to_its_tickets(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED) as (run, number):
        await run.press("D")
        await run.wait_for("History of the desk", "answered", "reported", number)
        await run.press("j", "Enter")
        await run.wait_for("told them")
        await run.press("j", "Enter")
        await run.wait_for("timeline", "備件生鏽")
        await run.press("Esc")
        await run.wait_for("History of the desk", "told them")
        await run.press("G", "PageUp", "PageDown", "k", "Esc")
        await run.wait_for("Owner")


async def test_who_recorded_what_another_did_is_told_of_the_act(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED) as (run, number):
        git(tmp_path / "desk", "config", "fenji.user", "li.wei")
        assert not fenji("note", number, "by phone", "--by", "zhao.min", "--desk", tmp_path / "desk").code
        await run.wait_for("by phone")
        await run.press("Enter")
        await move_to(run, "by phone")
        await run.press("Enter")
        await run.wait_for("recorded by li.wei")
        await run.press("D")
        await run.wait_for(f"History of {number}", "3 changes")
        await run.press("Enter")
        await run.wait_for(f"History of {number}", "recorded by li.wei")


async def test_it_is_found_in_the_palette(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("Enter", ":", "history", "Enter")
        await run.wait_for(f"History of {number}", "1 change")


async def test_a_commit_of_the_desk_without_tickets_unfolds_to_the_names_of_its_files(tmp_path: Path) -> None:
    desk = copy_world("shipped", tmp_path / "desk")
    for name in ("contracts.yaml", "handbook.yaml"):
        (desk / name).write_text("format: 1\n", encoding="utf-8")
    git(desk, "add", "-A")
    git(desk, "commit", "-qm", "contracts")
    async with open_app(desk) as run:
        await run.press("D")
        await run.wait_for("History of the desk", "2 changes", "contracts.yaml, handbook.yaml")
        await run.press("g", "Enter")
        await run.wait_until(lambda: run.text.count("contracts.yaml, handbook.yaml") == 2, "it is unfolded")


def has_other_entries(screen: HistoryScreen, known: object) -> bool:
    return screen._desk_entries is not known


async def test_further_pages_come_after_the_first_ones_were_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "PAGE", 4)
    desk = copy_world("empty", tmp_path / "desk")
    for n in range(10):
        with Desk.open(desk, person="li.wei", now=partial(later, 10 * n + 5)) as writer:
            writer.new({"title": f"ticket {n}"})
        if n % 2:
            bring_by_sync(desk, 10 * n + 10)
    async with open_app(desk) as run:
        whole = history.list_desk_history(run.desk, limit=100)
        await run.press("D")
        screen = run.app.active_screen
        assert isinstance(screen, HistoryScreen)
        for count in (6, 12):  # four and eight of them are commits
            await run.wait_for("History of the desk", f"{count} changes+")
            known = screen._desk_entries
            screen.refresh_data()
            await run.wait_until(partial(has_other_entries, screen, known), "it is read again")
            await run.press("g", "G")
        await run.wait_for("16 changes ")
        assert [entry.commit for entry in screen._desk_entries or ()] == [entry.commit for entry in whole]
