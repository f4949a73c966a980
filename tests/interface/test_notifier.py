"""A ticket that turns late or at risk is told once, in the way the user chose; the title counts them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from msgspec import Struct
from msgspec.structs import replace

from fenji.desk import Desk
from interface.driven import NOW, copy_world, open_app
from tui.settings import UserSettings
from tui.startup import create_app
from tui.terminal.notifier import Notifier

if TYPE_CHECKING:
    from fenji.model.board import Row
    from tui.context import Context


class Turned(Struct, frozen=True):
    """As much of a row as is told."""

    uid: str
    sign: str
    id: str = "KSA-2026-0001"
    left_text: str = "-0:01"

    @property
    def ticket(self) -> Any:
        return cast("Any", type("Named", (), {"title": "Gear\x1b]0;x\x07 stuck; again"}))


def board(**signs: str) -> list[Row]:
    return [cast("Row", Turned(uid, sign)) for uid, sign in signs.items()]


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("TERM", "xterm-256color")
    with Desk.open(copy_world("shipped", tmp_path / "desk"), person="li.wei") as desk:
        app = create_app(desk, settings=UserSettings())
        app.close()
        return app.context


def notifier(context: Context, **settings: str) -> Notifier:
    values: Mapping[str, Any] = settings
    return Notifier(replace(context, settings=replace(UserSettings(), **values)))


def test_a_turn_is_told_once(context: Context) -> None:
    told = notifier(context)
    assert told.describe_turns(board(a="!", b=" ", c="=")) == ""  # what was so at the start is no turn
    assert told.describe_turns(board(a="!", b="~", c="=")) == "\a"
    assert told.describe_turns(board(a="!", b="~", c="=")) == ""
    assert told.describe_turns(board(a="!", b="!", c="=")) == "\a"
    assert told.describe_turns(board(a="!", b=" ", c="=")) == ""
    assert told.describe_turns(board(a="!", b="~", c="=")) == "\a"
    assert told.describe_turns(board(a="!", b="~", new="!")) == ""  # which is told as new


@pytest.mark.parametrize(("way", "start"), [("osc9", "\x1b]9;"), ("osc777", "\x1b]777;notify;fenji;")])
def test_a_notice_carries_no_sequence_of_a_title(context: Context, way: str, start: str) -> None:
    told = notifier(context, notices=way)
    told.describe_turns(board(a=" "))
    notice = told.describe_turns(board(a="!"))
    assert notice.startswith(start)
    text = notice.removeprefix(start).removesuffix("\a")
    assert text.isprintable()
    assert ";" not in text
    assert "KSA-2026-0001" in text


def test_nothing_is_told_where_it_is_off_or_the_link_is_thin(context: Context) -> None:
    silent, thin = notifier(context, notices="off"), notifier(context)
    for told in (silent, thin):
        told.describe_turns(board(a=" "))
    assert silent.describe_turns(board(a="!")) == ""
    assert thin.describe_turns(board(a="!"), is_thin=True) == ""


def test_the_title_counts(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    told = notifier(context)
    assert told.make_title(board(a="!", b="!", c="~", d=" ")).startswith("fenji KSA: ")
    assert told.make_title(board(d=" ")) == "fenji KSA"
    assert notifier(context, title="off").make_title(board(a="!")) == ""
    monkeypatch.setenv("TERM", "linux")
    assert told.make_title(board(a="!")) == ""


async def test_the_interface_tells_after_the_board_was_read(tmp_path: Path) -> None:
    moment = [NOW]
    async with open_app(copy_world("shipped", tmp_path / "desk"), now=lambda: moment[0]) as run:
        before = {row.uid: row.sign for row in run.app.board_model.board.rows}
        moment[0] = NOW + timedelta(hours=1)
        await run.wait_until(
            lambda: {row.uid: row.sign for row in run.app.board_model.board.rows} != before, "another sign"
        )
        assert run.app.notifier is not None
