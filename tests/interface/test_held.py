"""What the hub refuses and is held back, as the screens list it, and the keys that take it up or hold it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clones import git
from fenji.desk import Desk, exchange
from fenji.desk.held import list_held
from interface.driven import open_app
from test_sync_held import NUMBER, forge, forge_report
from test_sync_hub import Pair


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path, shared=True)


def now() -> datetime:
    return datetime.now(UTC)


def held_numbers(desk: Desk) -> list[tuple[str, str]]:
    return [(act.id, act.do) for act in list_held(desk)]


async def test_the_board_says_what_a_sync_held_and_the_place_lists_it(pair: Pair) -> None:
    forge(pair.ksa, "edit", by="wang.fang", fields={"title": "as ghost says"})
    async with open_app(pair.ksa, now=now, person="zhao.min") as run:
        await run.wait_for("▴ 1 ▾ 0")
        await run.press("S")
        await run.wait_for("1 act was refused and is held back.", "i lists them.", "^1 held back: i", "^held back")
        await run.press("j")
        await run.wait_for("^ held back: edited: H does it again under your name.")
        await run.press("i")
        await run.wait_for("held back, refused by the hub 1", NUMBER, "edited ∙ wang.fang ∙", "H does it again")
        await run.press("Enter")
        await run.wait_for("^ held back: edited, wang.fang,", "H does it again under your name.")
        await run.press("Esc")
        await run.wait_for("held back, refused by the hub")
        await run.press("H")
        await run.wait_for(f"{NUMBER}, edited, by wang.fang: do it again as zhao.min? Y")
        await run.press("Esc")
        assert held_numbers(run.desk) == [(NUMBER, "edit")]
        await run.press("H", "Y")
        await run.wait_for(f"{NUMBER}: 1 act taken up. u undoes it.", gone="held back, refused by the hub")
        row = run.desk.row(NUMBER)
        assert (row.ticket.title, row.ticket.log[-1].by) == ("as ghost says", "zhao.min")
        await run.press("Esc")
        await run.wait_for("fenji KSA", "as ghost says", gone="held back")


async def test_marked_acts_are_taken_up_together_and_the_ticket_has_the_same_key(pair: Pair) -> None:
    forge(pair.ksa, "note", by="wang.fang")
    forge(pair.ksa, "edit", by="wang.fang", fields={"title": "as ghost says"})
    with Desk.open(pair.ksa, person="li.wei", now=now) as desk:
        exchange.sync(desk)
        first, second = list_held(desk)
    async with open_app(pair.ksa, now=now, person="zhao.min") as run:
        await run.press("i")
        await run.wait_for("held back, refused by the hub 2")
        await run.press("j", "Space")
        assert f"* {NUMBER}" in run.text
        await run.press("k", "H")
        await run.wait_for(f"{NUMBER}, edited, by wang.fang: do it again")
        await run.press("Esc", "*", "H")
        await run.wait_for(f"{NUMBER}: do 2 held acts again as zhao.min? Y")
        await run.press("Esc", "*", "H", "Esc")
        assert f"* {NUMBER}" not in run.text
        await run.press("Esc", "/", NUMBER, "Enter", "Enter")
        await run.wait_for("^ held back: note,", "^ held back: edited")
        await run.press("H", "Y")
        await run.wait_for("2 acts taken up.", gone="^ held back")
        assert held_numbers(run.desk) == []
        redone = run.desk.row(NUMBER).ticket.log[-2:]
        assert [(event.by, bool(event.note)) for event in redone] == [("zhao.min", True)] * 2
    assert first.do == "note"
    assert second.do == "edit"


async def test_what_a_person_may_not_do_either_stays_held_and_the_reason_is_said(pair: Pair) -> None:
    forge(pair.ksa, "confirm", by="ghost")
    with Desk.open(pair.ksa, person="li.wei", now=now) as desk:
        exchange.sync(desk)
    async with open_app(pair.ksa, now=now, person="li.wei") as run:
        await run.press("i")
        await run.wait_for("ghost")
        await run.press("H", "Y")
        await run.wait_for(f"Still held: {NUMBER}, confirm:")
        assert held_numbers(run.desk) == [(NUMBER, "confirm")]
        await run.press("Esc", "/", "189", "Enter", "H")
        await run.wait_for("Nothing of KSA-2026-0189 is held here.")


async def test_a_ticket_that_is_held_whole_is_no_ticket_until_it_is_taken_up(pair: Pair) -> None:
    number = forge_report(pair)
    pair.run(pair.ksa, "sync")
    async with open_app(pair.ksa, now=now, person="li.wei", size=(40, 24)) as run:
        await run.wait_for("^1:i")
        await run.press("i")
        await run.wait_for(number, "reporte")
        await run.press("Enter")
        await run.wait_for(f"All of {number} is held", "H reports it again under your name.")
        await run.press("H", "Y")
        await run.wait_for("1 act taken up.")
        assert "of a ghost" in [row.ticket.title for row in run.desk.board().rows]
        assert held_numbers(run.desk) == []


async def test_a_refusal_that_held_nothing_offers_to_hold_back(pair: Pair) -> None:
    (pair.hub / "hooks/pre-receive").write_text("#!/bin/sh\necho closed for today\nexit 1\n")
    forge(pair.ksa, "note", by="li.wei", at=now() - timedelta(minutes=1))
    async with open_app(pair.ksa, now=now, person="li.wei") as run:
        await run.press("i", "r")
        await run.wait_for("The hub has refused nothing: there is nothing to hold back.")
        await run.press("S")
        await run.wait_for("closed for today", "r holds back what would be refused, and sends the rest.")
        (pair.hub / "hooks/pre-receive").unlink()
        await run.press("r")
        await run.wait_for("1 sent.", gone="closed for today")


async def test_a_file_that_is_left_alone_is_announced_once_and_listed_as_long(pair: Pair) -> None:
    (pair.ksa / "tickets/open/KSA-2026-0999.yaml").write_text("no: [ticket\n")
    async with open_app(pair.ksa, now=now, person="li.wei") as run:
        await run.wait_for("▴ 0 ▾ 0")
        await run.press("S")
        await run.wait_for("1 file was left alone.", "i lists them.")
        await run.press("S")
        await run.wait_for("Nothing new on either side.")
        await run.press("i")
        await run.wait_for("Left alone: 1", "KSA-2026-0999.yaml")


async def test_the_board_says_that_the_clone_is_not_as_usual(pair: Pair) -> None:
    async with open_app(pair.ksa, now=now, person="li.wei", size=(100, 30)) as run:
        await run.wait_for("▴ 0 ▾ 0", gone="HEAD")
        git(pair.ksa, "switch", "-q", "-c", "aside")
        await run.wait_for("HEAD is on aside; the next sync merges it into main")
        await run.press("j", "/")
        assert "HEAD is on" not in run.text
        await run.press("Esc")
        await run.wait_for("HEAD is on aside")
        git(pair.ksa, "switch", "-q", "main")
        git(pair.ksa, "sparse-checkout", "set", "--no-cone", "/*", "!/tickets/archive/")
        await run.wait_for("in git, not on this disk, so not shown; git sparse-checkout disable", gone="HEAD is on")
