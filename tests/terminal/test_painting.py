"""What is painted, and when: nothing twice, and everything again after another program had the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

import worlds
from fenji.desk import Desk
from terminal.driven import Terminal


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return worlds.make("shipped", tmp_path / "desk")


def test_the_start_paints_every_row_once(desk: Path, tmp_path: Path) -> None:
    with Desk.open(desk) as opened:
        title = opened.board().rows[3].ticket.title
    with Terminal(desk, state=tmp_path, person="li.wei", columns=120, lines=15, answers=False) as terminal:
        terminal.wait_for(title[:20])
        terminal.wait_until_quiet()
        assert terminal.raw.count(title[:8].encode()) == 1


def test_a_key_paints_everything_after_something_else_wrote_on_the_terminal(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei") as terminal:
        before = terminal.wait_for("? keys")
        terminal.wait_until_quiet()
        terminal.screen.erase_in_display(2)
        terminal.press("Ctrl+L")
        terminal.wait_for("? keys")
        terminal.wait_until_quiet()
        assert terminal.text.split("\n")[1:4] == before.split("\n")[1:4]


def test_everything_is_painted_again_after_the_editor(desk: Path, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nclear\necho in the editor\nsleep 0.5\n")
    editor.chmod(0o755)
    with Terminal(desk, state=tmp_path, person="li.wei", env={"EDITOR": str(editor)}) as terminal:
        before = terminal.wait_for("? keys")
        terminal.press("E")
        terminal.wait_for("in the editor")
        terminal.wait_for("? keys", before.split("\n")[3], gone="in the editor")


def test_the_title_of_the_window_counts_and_is_given_back(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei") as terminal:
        terminal.wait_until(lambda: terminal.screen.title.startswith("fenji KSA: "))
        assert terminal.raw.index(b"\x1b[22;2t") < terminal.raw.index(b"\x1b]2;fenji")
        terminal.press("q")
        terminal.wait()
        assert terminal.raw.count(b"\x1b[23;2t") == 1
