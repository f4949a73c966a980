"""A bug in the interface: it ends, and whoever opened it tells of it as of any other failure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tui
from fenji.desk import Desk
from interface.driven import NOW, copy_world
from tui.app import FenjiApp
from tui.screens.board import BoardScreen


def test_a_bug_ends_the_interface_and_is_raised_to_who_opened_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: BoardScreen) -> None:
        raise ZeroDivisionError("a bug")

    def run_headless(app: FenjiApp, *, mouse: bool, run: Any = FenjiApp.run) -> object:
        return run(app, headless=True, mouse=mouse)

    monkeypatch.setattr("tui.terminal.checks.require_terminal", lambda: None)
    monkeypatch.setattr(BoardScreen, "redraw", fail)
    monkeypatch.setattr(FenjiApp, "run", run_headless)
    folder = copy_world("shipped", tmp_path / "desk")
    with Desk.open(folder, now=lambda: NOW, later=True) as desk, pytest.raises(ZeroDivisionError, match="a bug"):
        tui.main(desk)
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
