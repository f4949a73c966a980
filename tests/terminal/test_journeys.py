"""What a day is made of, in a real terminal: thin links, narrow screens, input methods, two at one desk, a sync."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import worlds
from fenji.desk import Desk
from terminal.driven import Terminal
from tui.drawing.cells import width
from worlds.repositories import git

THIN = (0.3, 8_000)  # 600 ms there and back, 64 kbit/s


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.make("shipped", tmp_path_factory.mktemp("made") / "desk")


@pytest.fixture
def desk(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "desk", symlinks=True))


def titles(desk: Path) -> list[str]:
    with Desk.open(desk) as opened:
        return [row.ticket.title for row in opened.board().rows]


def test_a_ticket_is_reported_and_answered_over_a_link_of_600_ms_and_64_kbit(desk: Path, tmp_path: Path) -> None:
    over_ssh = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}
    with Terminal(desk, state=tmp_path, person="li.wei", env=over_ssh, thin=THIN) as terminal:
        terminal.wait_for("? keys")
        terminal.press("n")
        terminal.wait_for("New ticket at KSA")
        terminal.press("Gear squeaks")
        terminal.wait_for("Gear squeaks")
        terminal.press("Ctrl+D")
        terminal.wait_for("saved. u undoes it.")
        terminal.press("a", "Enter")
        terminal.wait_for("answered.")
        assert terminal.count_bytes("j") <= 700  # the bar and, where it is on, the preview
        terminal.press("q")
        assert terminal.wait() == 0
    assert "Gear squeaks" in titles(desk)


def test_a_day_on_forty_columns(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei", columns=40) as terminal:
        terminal.wait_for("fenji KSA", "? keys")
        terminal.press("n")
        terminal.wait_for("New ticket")
        terminal.press("Gear squeaks", "Ctrl+D")
        terminal.wait_for("saved.")
        terminal.press("m")
        terminal.wait_for("Note on")
        terminal.send_bytes("夜裡更響，白天正常".encode())
        terminal.wait_for("白天正常")
        terminal.wait_until_quiet()  # what follows at once would be part of a burst
        terminal.press("Enter")
        terminal.wait_for("noted.")
        terminal.press("Enter")
        terminal.wait_for("timeline", "Gear squeaks")
        terminal.press("Esc")
        for screen, words in (("f", "Find"), ("#", "Report"), ("%", "Plan"), ("@", "People"), ("i", "Sync")):
            terminal.press(screen)
            terminal.wait_for(words)
            assert all(width(line) <= 40 for line in terminal.text.split("\n"))
            terminal.press("Esc")
            terminal.wait_for("Gear squeaks")


def test_an_input_method_and_sixteen_colours(desk: Path, tmp_path: Path) -> None:
    """Full-width letters are keys, Chinese and a paste are text, and no colour is sent that the terminal lacks."""
    with Terminal(desk, state=tmp_path, person="li.wei", env={"TERM": "xterm-16color"}) as terminal:
        terminal.wait_for("fenji KSA", "? keys")
        terminal.send_bytes("ｎ".encode())
        terminal.wait_for("New ticket at KSA")
        terminal.send_bytes("方位電機異響".encode())
        terminal.wait_for("方位電機異響")
        terminal.press("Tab", "Tab", "Tab", "Tab")
        terminal.wait_for("▐Description")
        terminal.send_bytes("\x1b[200~夜間 -10°C\n轉台頓一下\x1b[201~".encode())
        terminal.wait_for("轉台頓一下")
        terminal.press("Ctrl+D")
        terminal.wait_for("saved. u undoes it.", "方位電機異響")
        terminal.send_bytes("？".encode())
        terminal.wait_for("filter:")
        assert b"38;5;" not in terminal.raw
        assert b"48;2;" not in terminal.raw
    assert "方位電機異響" in titles(desk)


def test_a_form_keeps_its_text_while_the_terminal_gets_other_sizes(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei") as terminal:
        terminal.wait_for("? keys")
        terminal.press("n")
        terminal.wait_for("New ticket at KSA")
        terminal.send_bytes("雷達轉台卡滯".encode())
        for columns, lines in ((40, 20), (200, 50), (24, 8), (80, 24)):
            terminal.resize(columns, lines)
            terminal.wait_for("雷達轉台卡滯" if columns >= 40 else "fenji needs 40 x 10")
        terminal.press("Backspace")
        terminal.wait_for("雷達轉台卡", gone="雷達轉台卡滯")


def test_two_interfaces_at_one_desk_see_each_other_and_lose_nothing(desk: Path, tmp_path: Path) -> None:
    with (
        Terminal(desk, state=tmp_path / "a", person="li.wei") as first,
        Terminal(desk, state=tmp_path / "b", person="wang.fang") as second,
    ):
        first.wait_for("? keys")
        second.wait_for("? keys")
        first.press("n")
        first.wait_for("New ticket at KSA")
        first.press("Gear squeaks", "Ctrl+D")
        first.wait_for("saved. u undoes it.")
        second.wait_for("1 new: .")
        second.press(".")
        second.wait_for("Gear squeaks")
        for terminal, note in ((first, "it squeaks at night"), (second, "oil is on its way")):
            terminal.press("/")
            terminal.wait_for("Tab completes")
            terminal.press('"Gear squeaks"', "Enter")
            terminal.wait_for("1 of ")
            terminal.press("m")
            terminal.wait_for("Note on")
            terminal.press(note, "Enter")
            terminal.wait_for("noted.")
    with Desk.open(desk) as opened:
        log = next(row.ticket.log for row in opened.board().rows if row.ticket.title == "Gear squeaks")
        assert [(event.by, event.note) for event in log if event.do == "note"] == [
            ("li.wei", "it squeaks at night"),
            ("wang.fang", "oil is on its way"),
        ]


def test_everything_goes_on_while_a_sync_is_under_way(tmp_path: Path) -> None:
    """The hub answers once a file is gone; until then tickets are reported and read, and no key waits."""
    desk, hold = worlds.make("two_sites", tmp_path / "sites"), tmp_path / "hold"
    hold.touch()
    program = f"while test -e '{hold}'; do sleep 0.05; done; git-upload-pack"
    git(desk, "config", "remote.origin.uploadpack", program)
    reported = git(desk, "log", "--format=%s").count(": report")
    with Terminal(desk, state=tmp_path, person="li.wei") as terminal:
        terminal.wait_for("? keys")
        terminal.press("S")
        terminal.wait_for("Exchanging with the hub")
        terminal.press("n")
        terminal.wait_for("New ticket at")
        terminal.press("Gear squeaks", "Ctrl+D")
        terminal.wait_for("saved. u undoes it.")
        terminal.press("Enter")
        terminal.wait_for("timeline", "reported")
        terminal.press("Esc")
        terminal.wait_until(lambda: git(desk, "log", "--format=%s").count(": report") > reported)
        hold.unlink()
        terminal.wait_for("received, ")
    assert "Gear squeaks" in titles(desk)
