"""The interface in a real terminal: sizes, broken connections, colours, and text that means harm."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import worlds
from fenji.desk import Desk
from terminal.driven import Terminal


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return worlds.make("shipped", tmp_path / "desk")


def test_another_size_is_drawn_anew_and_too_small_a_one_says_so(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei") as terminal:
        terminal.wait_for("fenji KSA", "? keys")
        terminal.resize(30, 8)
        terminal.wait_for("fenji needs 40 x 10")
        terminal.resize(40, 20)
        terminal.wait_for(" KSA ", "Left", "? keys", gone="Clock")
        terminal.resize(200, 50)
        terminal.wait_for("fenji KSA", "System", "╎")
        terminal.press("q")
        assert terminal.wait() == 0


def test_a_broken_connection_loses_nothing_that_was_typed(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei") as terminal:
        terminal.wait_for("? keys")
        terminal.press("n")
        terminal.wait_for("New ticket at KSA")
        terminal.press("Gear squeaks")
        terminal.wait_for("Gear squeaks")
        terminal.wait_until(lambda: any("squeaks" in path.read_text("utf-8") for path in tmp_path.glob("fenji/*.json")))
        terminal.hang_up()
        terminal.wait()
    with Terminal(desk, state=tmp_path, person="li.wei") as terminal:
        terminal.wait_for("? keys")
        terminal.press("n")
        terminal.wait_for("Gear squeaks", "Your draft is restored.")


def test_a_terminal_that_is_gone_without_a_signal_ends_the_program(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei") as terminal:
        terminal.wait_for("? keys")
        terminal.press("m")
        terminal.wait_for("Note on")
        terminal.press("seen on the way out", "Enter")
        terminal.cut_off()
    with Desk.open(desk) as other_desk:
        notes = [event.note for row in other_desk.board().rows for event in row.ticket.log]
        assert "seen on the way out" in notes


def test_pasted_lines_are_left_aside_on_the_board_and_are_text_in_a_prompt(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei") as terminal:
        terminal.wait_for("? keys")
        terminal.send_bytes(b"\x1b[200~aX\nY\nq\x1b[201~")
        terminal.wait_for("Pasted text was ignored")
        terminal.press("m")
        terminal.wait_for("Note on")
        terminal.send_bytes(b"\x1b[200~first\nsecond\x1b[201~")
        terminal.wait_for(": first second")
        terminal.press("Enter")
        terminal.wait_for("noted.")


def test_a_paste_that_the_terminal_does_not_mark_confirms_nothing(desk: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in (desk / "tickets").rglob("*.yaml")}
    with Terminal(desk, state=tmp_path, person="li.wei") as terminal:
        terminal.wait_for("? keys")
        terminal.send_bytes(b"archive it all\nsolve it\nYY\n")
        terminal.wait_until_quiet()
        assert {path: path.read_bytes() for path in (desk / "tickets").rglob("*.yaml")} == before


def test_no_color_sends_no_colour_and_loses_nothing(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei", env={"NO_COLOR": "1"}) as terminal:
        text = terminal.wait_for("fenji KSA", "late", "? keys")
        assert any(line.startswith("▐! P") for line in text.split("\n"))
        colours = re.findall(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9\d|10\d)(?:;\d+)*m", terminal.raw)
        assert colours == []


def test_sixteen_colours_are_all_that_is_used(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei", env={"TERM": "xterm-16color"}) as terminal:
        terminal.wait_for("? keys")
        terminal.press("Enter")
        terminal.wait_for("Description")
        assert re.search(rb"\x1b\[(?:[0-9;]*;)?91[;m]", terminal.raw)
        assert not re.search(rb"[34]8;[25];", terminal.raw)


def test_plain_draws_no_frames(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei", options=["--plain"]) as terminal:
        text = terminal.wait_for("fenji KSA", "? keys")
        assert not set(text) & set("─│·…—→↑↓")
        assert "----" not in text


def test_a_terminal_that_answers_nothing_is_not_waited_for(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei", answers=False) as terminal:
        terminal.wait_for("KSA", "? keys")
        assert b"\x1b[6n" not in terminal.raw


def test_a_terminal_without_the_signs_gets_ascii(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei", env={"TERM": "linux"}) as terminal:
        text = terminal.wait_for("fenji KSA", "? keys")
        assert "####" in text
        assert "Left^" in text
        assert not set(text) & set("─·…—")


def test_over_a_slow_link_the_preview_goes_and_one_hint_says_what_helps(desk: Path, tmp_path: Path) -> None:
    slow = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}
    with Terminal(desk, state=tmp_path, person="li.wei", env=slow, delay_s=2.5) as terminal:
        terminal.wait_for("Slow link", '"Compression yes" in your ssh config', gone="reported")
        terminal.press("p")
        terminal.wait_for("reported")


def test_the_link_is_timed_by_the_whole_first_paint(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei", env={"SSH_CONNECTION": "1 2 3 4"}) as terminal:
        terminal.wait_for("? keys", "reported")
        terminal.wait_until_quiet()
        before_query = terminal.raw[: terminal.raw.rindex(b"\x1b[6n")]
        assert len(before_query) > 2_500
        for painted in (b"fenji", b"Left", b"KSA-2026-", b"reported", b"keys"):
            assert painted in before_query


def test_over_a_quick_link_nothing_changes(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei", env={"SSH_CONNECTION": "1 2 3 4"}) as terminal:
        terminal.wait_for("? keys", "reported")
        terminal.wait_until_quiet()
        assert "Slow link" not in terminal.text


def test_chinese_stands_in_straight_columns(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei") as terminal:
        terminal.wait_for("? keys")
        heads = [terminal.screen.buffer[2][x].data for x in range(80)]
        state = "".join(heads).index("State")
        for y in range(4, 18):
            cells = [terminal.screen.buffer[y][x].data for x in range(80)]
            if not re.match(r"[ !~=✓] P\d", "".join(cells[1:5])):
                continue  # the line of a group
            word = "".join(cells[state : state + 9]).strip()
            assert word in ("new", "answered", "working", "waiting", "solved", "confirmed"), terminal.text


def test_escape_sequences_in_a_ticket_never_reach_the_terminal(tmp_path: Path) -> None:
    folder = worlds.make("empty", tmp_path / "desk")
    with Desk.open(folder, person="li.wei") as desk:
        desk.new({"title": "a \x1b]52;c;AAAA\x07 \x9b31m \u202eb [/red] [bold]", "description": "\x1b[2J\x1b[H"})
    with Terminal(folder, state=tmp_path, person="li.wei") as terminal:
        terminal.wait_for("<1B>]52;c;AAAA")
        terminal.press("Enter")
        terminal.wait_for("<1B>[2J")
        for sequence in (b"\x1b]52", "\x9b31m".encode(), "\u202e".encode(), b"\x1b[31mb"):
            assert sequence not in terminal.raw


def test_y_copies_by_osc_52(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei") as terminal:
        terminal.wait_for("? keys")
        terminal.press("y")
        terminal.wait_for("characters copied")
        assert b"\x1b]52;c;" in terminal.raw


def test_the_terminal_is_left_as_it_was(desk: Path, tmp_path: Path) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei") as terminal:
        terminal.wait_for("? keys")
        terminal.press("q")
        assert terminal.wait() == 0
        for end in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l"):
            assert end in terminal.raw
        for never in (b"\x1b[?1000h", b"\x1b[?1003h"):  # the mouse is the terminal's own
            assert never not in terminal.raw


def test_the_persons_editor_gets_the_terminal_and_the_ticket_is_taken_over(desk: Path, tmp_path: Path) -> None:
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\nsed -i "s/^title: .*/title: edited by hand/" "$1"\n', encoding="utf-8")
    editor.chmod(0o755)
    with Terminal(desk, state=tmp_path, person="li.wei", env={"EDITOR": str(editor)}) as terminal:
        terminal.wait_for("? keys")
        terminal.press("E")
        terminal.wait_for("edited by hand", "saved. u undoes it")


@pytest.mark.parametrize("editor", ["false", "/nonexistent/editor", "vi '"])
def test_an_editor_that_fails_gives_the_terminal_back(desk: Path, tmp_path: Path, editor: str) -> None:
    with Terminal(desk, state=tmp_path, person="li.wei", env={"EDITOR": editor}) as terminal:
        terminal.wait_for("? keys")
        terminal.press("E")
        terminal.wait_for("The editor ", "fenji KSA")
        terminal.press("j", "m")
        terminal.wait_for("Note on")
        terminal.press("Esc")
        terminal.wait_for("? keys", gone="Note on")


def test_a_copy_that_cannot_be_read_is_refused_with_its_line_and_what_to_do(desk: Path, tmp_path: Path) -> None:
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\nsed -i "s/^title: .*/title: [/" "$1"\n', encoding="utf-8")
    editor.chmod(0o755)
    with Terminal(desk, state=tmp_path, person="li.wei", env={"EDITOR": str(editor)}) as terminal:
        terminal.wait_for("? keys")
        terminal.press("E")
        text = terminal.wait_for(
            "cannot be read. line 4 the bracket [ opened here is not closed.", "Your copy is", "opens it."
        )
        assert str(desk) not in text
        terminal.press("j")
        terminal.wait_for("? keys", gone="Your copy is")


def test_a_kind_typed_in_a_copy_that_takes_a_promise_away_names_the_key_that_asks_why(
    desk: Path, tmp_path: Path
) -> None:
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\nsed -i "s/^kind: .*/kind: project/" "$1"\n', encoding="utf-8")
    editor.chmod(0o755)
    with Terminal(desk, state=tmp_path, person="li.wei", env={"EDITOR": str(editor)}) as terminal:
        terminal.wait_for("? keys")
        terminal.press("E")
        text = terminal.wait_for("needs a reason. c sets Kind.")
        assert "--note" not in text


def test_an_owner_whom_nobody_knows_in_a_copy_is_insisted_on_or_mended(desk: Path, tmp_path: Path) -> None:
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\nsed -i "s/^owner: .*/owner: li.wie/" "$1"\n', encoding="utf-8")
    editor.chmod(0o755)
    with Terminal(desk, state=tmp_path, person="li.wei", env={"EDITOR": str(editor)}) as terminal:
        terminal.wait_for("? keys")
        terminal.press("E")
        terminal.wait_for("li.wie is not among the people", "Is li.wei meant", "E then opens your copy")
        terminal.press("Esc", "E")
        terminal.wait_for("Y keeps what you typed")
        terminal.press("Y")
        terminal.wait_for("saved. u undoes it")


def test_without_a_terminal_it_says_what_to_use_instead(desk: Path) -> None:
    import subprocess
    import sys

    from terminal.driven import PROGRAM, SOURCES

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(desk), "li.wei"],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={"PYTHONPATH": str(SOURCES), "PATH": "/usr/bin:/bin", "HOME": str(desk)},
    )
    assert done.returncode
    assert "The interface needs a terminal." in done.stderr
