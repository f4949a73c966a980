"""The line that says how far something is: on a terminal only, at most once a second, and gone at the end."""

from __future__ import annotations

import contextlib
import io
import itertools
import sys
import time
from pathlib import Path

import pytest

from desks import LEAD, make_desk
from fenji.cli.main import main
from fenji.cli.progress import CountingLine
from fenji.cli.session import Session
from fenji.search import writer


class Screen(io.StringIO):
    """An error stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def describe(done: int, total: int) -> str:
    return f"{done} of {total}"


def test_it_is_shown_once_a_second_and_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, now = Screen(), 0.0
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with CountingLine(Session(), describe) as line:
        assert line.show
        for now in (0.2, 1.0, 1.5, 2.5):
            line.show(int(now * 10), 30)
    assert screen.getvalue().split("\r\x1b[K") == ["", "10 of 30", "25 of 30", ""]


@pytest.mark.parametrize("json", [True, False])
def test_nothing_is_shown_where_nobody_looks(json: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.setattr(sys, "stderr", Screen() if json else io.StringIO())
    with CountingLine(Session(json=json), describe) as line:
        assert line.show is None


class BinaryScreen(io.TextIOWrapper):
    """The same, with bytes below it, as a command finds it."""

    def isatty(self) -> bool:
        return True


def written_to_screen(*args: object) -> str:
    """What a command writes to stderr."""
    data = io.BytesIO()
    screen = BinaryScreen(data, encoding="utf-8")
    with contextlib.redirect_stderr(screen), contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
        code = main(list(map(str, args)))
        screen.flush()
        assert code == 0, data.getvalue().decode()
        return data.getvalue().decode()


def test_no_command_leaves_it_on_the_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", "en")
    monkeypatch.setenv("FENJI_USER", LEAD)
    desk, other = make_desk(tmp_path / "a", "shipped"), make_desk(tmp_path / "b")
    seconds = itertools.count(0, 2)
    monkeypatch.setattr(time, "monotonic", lambda: float(next(seconds)))
    monkeypatch.setattr(writer, "_PROGRESS_STEP", 10)
    export = tmp_path / "out.jsonl"
    for command, shown in {
        ("export", "-o", export, "--desk", desk): "2 tickets written …",
        ("import", export, "--desk", other): "1 of ",
        ("index", "--rebuild", "--desk", desk): "Preparing the index: ",
    }.items():
        first, *updates, last = written_to_screen(*command).split("\r\x1b[K")
        assert (first, last) == ("", ""), command
        assert any(shown in update for update in updates), (command, updates)
