"""A field that two people wrote at once: both texts in their place, and the keys that decide."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from fenji.desk import Desk
from fenji.model.merge import merge
from fenji.model.ticket import Ticket
from fenji.storage.yaml_codec import dump
from interface.driven import NOW, AppDriver, copy_world, open_app
from tui.drawing.cells import width
from tui.ticket import diff

MINE = "密封袋漏氣，冷凝水使齒面生鏽。\nThe bags were sealed by hand."
THEIRS = "密封袋破損，冷凝水使齒面生鏽。\nThe bags were sealed by machine."


@asynccontextmanager
async def make_conflict(
    folder: Path, *, field: str = "cause", size: tuple[int, int] = (80, 40), third: str = "", plain: bool = False
) -> AsyncIterator[tuple[AppDriver, str]]:
    """The board of li.wei, whose text lost to one of zhao.min, and to one of wang.fang where there is a `third`."""
    copy_world("empty", folder)
    with Desk.open(folder, person="li.wei", now=lambda: NOW - timedelta(hours=2)) as desk:
        row = desk.new({"title": "備件生鏽", "impact": "minor", "occurrence": "common", "kind": "request"})
    texts = [("li.wei", MINE), ("zhao.min", THEIRS), *([("wang.fang", third)] if third else [])]
    for minutes, (person, text) in enumerate(texts):
        with Desk.open(folder, person=person, now=partial(_minutes_before, 90 - minutes)) as desk:
            desk.act(row.id, "edit", fields={field: text}, seen=row.ticket)
    async with open_app(folder, person="li.wei", size=size, plain=plain) as run:
        yield run, row.id


def _minutes_before(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def line_of(run: AppDriver, part: str) -> int:
    """The line of the screen that holds `part`."""
    return next(n for n, line in enumerate(run.text.split("\n")) if part in line)


async def test_the_board_marks_it_and_one_key_shows_both(tmp_path: Path) -> None:
    async with make_conflict(tmp_path / "desk") as (run, number):
        await run.wait_for("&two texts 備件生鏽")
        await run.wait_for("& your text on Cause was superseded: v shows both")
        await run.press("v")
        await run.wait_for("+ 密封袋破損", "- 密封袋漏氣", "replaced text: li.wei", "T takes it back", "V lets it go")
        assert "密封袋破損" in run.line("▐")
        assert line_of(run, "+ 密封袋破損") < line_of(run, "replaced text: ") < line_of(run, "- 密封袋漏氣")
        await run.press("T")
        await run.wait_for(f"{number}: Cause taken back. u undoes it", gone="replaced text: ")
        ticket = run.desk.row(number).ticket
        assert ticket.word("cause") == MINE
        assert THEIRS in [event.body.get("value") for event in ticket.log]
        await run.press("u")
        await run.wait_until(lambda: run.desk.row(number).ticket.word("cause") == THEIRS, "the text that stood before")
        await run.press("Esc")
        await run.wait_for("備件生鏽", gone="&two texts")


async def test_seen_it_is_let_go_and_called_up_again(tmp_path: Path) -> None:
    async with make_conflict(tmp_path / "desk") as (run, number):
        await run.press("v")
        await run.wait_for("replaced text: li.wei")
        await run.press("V")
        await run.wait_for(f"{number}: Cause stays as it is", gone="replaced text: ")
        assert "undoes" not in run.footer
        assert run.desk.row(number).ticket.word("cause") == THEIRS
        await run.press("v")
        await run.wait_for("replaced text: li.wei", "T takes it back", gone="V lets it go")
        await run.press("T")
        await run.wait_until(lambda: run.desk.row(number).ticket.word("cause") == MINE, "the text that was let go")
    async with open_app(tmp_path / "desk") as run:
        await run.press("v")
        assert "There is no other text here." in run.footer


async def test_the_first_key_only_goes_there(tmp_path: Path) -> None:
    async with make_conflict(tmp_path / "desk") as (run, number):
        await run.press("Enter", "T")
        await run.wait_until(lambda: "密封袋破損" in run.line("▐"), "the bar on the field")
        assert run.desk.row(number).ticket.word("cause") == THEIRS
        await run.press("T")
        await run.wait_until(lambda: run.desk.row(number).ticket.word("cause") == MINE, "the text taken back")


async def test_several_texts_are_stepped_through_ones_own_first(tmp_path: Path) -> None:
    async with make_conflict(tmp_path / "desk", third="salt in the air") as (run, number):
        await run.press("v")
        await run.wait_for("+ salt in the air", "replaced text: li.wei", "(1/2)", "v shows the next one")
        await run.press("v")
        await run.wait_for("replaced text: zhao.min", "(2/2)", "- 密封袋破損")
        await run.press("T")
        await run.wait_until(lambda: run.desk.row(number).ticket.word("cause") == THEIRS, "the second text")
        assert run.desk.row(number).superseded == ()


async def test_in_a_wide_terminal_they_stand_side_by_side(tmp_path: Path) -> None:
    async with make_conflict(tmp_path / "desk", size=(150, 40)) as (run, _):
        await run.press("v")
        await run.wait_for("密封袋漏氣")
        both = run.line("密封袋漏氣")
        assert both.index("+ 密封袋破損") < both.index("|") < both.index("- 密封袋漏氣")
        assert "current: zhao.min" in run.line("replaced text: li.wei")


@pytest.mark.parametrize("size", [(40, 30), (200, 40)])
async def test_every_width_holds_both(tmp_path: Path, size: tuple[int, int]) -> None:
    async with make_conflict(tmp_path / "desk", size=size, plain=True) as (run, _):
        await run.wait_for("&")
        await run.press("v")
        text = await run.wait_for("密封袋破損", "密封袋漏氣", "T takes it back")
        assert all(width(line) <= size[0] for line in text.split("\n"))
        assert all(sign.isascii() for sign in (diff.WINNER_SIGN, diff.LOSER_SIGN))


async def test_while_it_is_written_the_other_text_stands_below(tmp_path: Path) -> None:
    async with make_conflict(tmp_path / "desk", size=(110, 40)) as (run, number):
        await run.press("v", "e")
        await run.wait_for("Cause ", "Ctrl+D save", "- 密封袋漏氣")
        await run.press(" Or by hand?", "Ctrl+D")
        await run.wait_for("saved", gone="replaced text: ")
        assert run.desk.row(number).ticket.word("cause") == f"{THEIRS} Or by hand?"
        assert run.desk.row(number).superseded == ()


async def test_items_are_shown_and_taken_back(tmp_path: Path) -> None:
    folder = copy_world("empty", tmp_path / "desk")
    with Desk.open(folder, person="li.wei", now=lambda: NOW) as desk:
        row = desk.new({"title": "備件生鏽", "kind": "project"})
    for person, what in (("li.wei", "ship"), ("zhao.min", "carry")):
        with Desk.open(folder, person=person, now=lambda: NOW) as desk:
            desk.act(row.id, "edit", fields={"plan.m1": {"key": "m1", "what": what}}, seen=row.ticket)
    async with open_app(folder, size=(80, 50)) as run:
        lost = run.desk.row(row.id).superseded[0].value
        await run.press("Enter", "v")
        await run.wait_for("Two texts: Plan m1", "- what: ", "+ what: ", "key: m1")
        await run.press("T")
        await run.wait_until(lambda: not run.desk.row(row.id).superseded, "the item taken back")
        assert run.desk.row(row.id).ticket.items("plan")[0] == lost


async def test_a_closed_ticket_shows_it_and_offers_nothing(tmp_path: Path) -> None:
    async with make_conflict(tmp_path / "desk") as (run, number):
        run.desk.act(number, "withdraw", reason="no ticket")
        run.app.open_ticket(number)
        await run.press("v")
        await run.wait_for("replaced text: li.wei", "V lets it go", gone="T takes it back")
        await run.press("T")
        await run.wait_for("Cause stays as it is: the other value is only shown.")
        assert run.desk.row(number).ticket.word("cause") == THEIRS


# --- what differs -----------------------------------------------------------------------------------------------------


def marked_rows(pairs: tuple[diff.DiffPair, ...]) -> list[list[str]]:
    """What differs in each line of either side."""
    rows = [row for pair in pairs for row in (pair.winner, pair.loser) if row]
    return [[text for text, differs in parts if differs] for parts, _ in rows]


def test_words_and_chinese_characters_that_differ_are_marked() -> None:
    assert marked_rows(diff.compare_texts(THEIRS, MINE)) == [["破損"], ["漏氣"], ["machine"], ["hand"]]
    assert [pair.winner[1] for pair in diff.compare_texts("a\nb", "a\nc") if pair.winner] == [" ", "+"]


def test_a_line_more_stands_alone() -> None:
    (_, more) = diff.compare_texts("a", "a\nb")
    assert (more.winner, more.loser) == (None, ((("b", True),), "-"))
    assert marked_rows(diff.compare_texts("", "b")) == [["b"]]


def test_long_texts_are_compared_line_by_line_alone() -> None:
    ours, theirs = ("\n".join(f"{n} {word}" for n in range(1_500)) for word in ("salt", "rust"))
    assert len(diff.compare_texts(ours, theirs)) == 1_500
    assert marked_rows(diff.compare_texts("x " * 2_000, "y " * 2_000)) == [["x " * 2_000], ["y " * 2_000]]


async def test_attachments_and_keys_of_other_versions_are_only_shown(tmp_path: Path) -> None:
    folder = copy_world("empty", tmp_path / "desk")
    with Desk.open(folder, person="li.wei", now=lambda: NOW) as desk:
        row = desk.new({"title": "備件生鏽", "kind": "request"})
        path = desk.path_of(row.id)
    ours, theirs = (
        Ticket({**row.ticket.data, "files": [{"name": "rust.jpg", "size": size}]}, row.ticket.log, {"weather": weather})
        for size, weather in ((1, "hot"), (2, "dry"))
    )
    path.write_bytes(dump(merge(ours, theirs)))
    async with open_app(folder, size=(80, 60)) as run:
        assert {version.field for version in run.desk.row(row.id).superseded} == {"files.rust.jpg", "weather"}
        await run.press("Enter", "v")
        await run.wait_for("Two texts: Files rust.jpg", "Two texts: weather", "- size: ", gone="T takes it back")
        await run.press("T")
        await run.wait_for("stays as it is: the other value is only shown.")
        await run.press("V")
        await run.wait_for("stays as it is.")
        await run.press("V")
        await run.press("V")
        await run.wait_until(lambda: not run.desk.row(row.id).superseded, "both let go")
