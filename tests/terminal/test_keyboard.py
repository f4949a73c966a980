"""Keys as a terminal sends them: raw bytes, several in one packet, and pastes that nothing marks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import worlds
from fenji.desk import Desk
from terminal.driven import Terminal


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return worlds.make("shipped", tmp_path / "desk")


@pytest.fixture
def terminal(desk: Path, tmp_path: Path) -> Iterator[Terminal]:
    with Terminal(desk, state=tmp_path, person="li.wei") as running:
        running.wait_for("? keys")
        running.wait_until_quiet()
        yield running


def _all_notes(desk: Path) -> list[str]:
    with Desk.open(desk) as other_desk:
        return [event.note for row in other_desk.board().rows for event in row.ticket.log if event.do == "note"]


def test_esc_and_a_key_in_one_packet_are_two_keys_in_the_form(terminal: Terminal) -> None:
    terminal.press("n")
    terminal.wait_for("New ticket at KSA")
    terminal.press("abc")
    terminal.wait_for("abc")
    terminal.send_bytes(b"\x1bf")
    terminal.wait_for("Words, a part number", gone="New ticket")


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"\x1bn", "New ticket at KSA"),
        (b"\x1b?", "filter:"),
        (b"\x1b2", "li.wei"),
        (b"\x1bP", "Priority of KSA-"),
        (b"\x1b\x1b[B\x1bm", "Note on KSA-"),
        ("\x1b？".encode(), "filter:"),
    ],
)
def test_esc_and_a_key_in_one_packet_are_two_keys_on_the_board(terminal: Terminal, data: bytes, wanted: str) -> None:
    terminal.press("m")
    terminal.wait_for("Note on")
    terminal.send_bytes(data)
    terminal.wait_for(wanted)
    terminal.wait_until_quiet()
    assert terminal.text.count("Note on") == wanted.startswith("Note on")


def test_esc_and_a_key_in_one_packet_are_two_keys_in_a_ticket_and_in_find(terminal: Terminal) -> None:
    terminal.press("Enter")
    terminal.wait_for("Description")
    terminal.send_bytes(b"\x1bf")
    terminal.wait_for("Words, a part number")
    terminal.press("zz")
    terminal.send_bytes(b"\x1b/")
    terminal.wait_for("Tab completes")
    terminal.send_bytes(b"\x1bb")
    terminal.wait_for("All files can be read.")


def test_esc_and_a_key_of_the_next_packet_are_two_keys(desk: Path, tmp_path: Path) -> None:
    """Over ssh an escape sequence may be torn, so Esc waits for more a good while."""
    with Terminal(desk, state=tmp_path, person="li.wei", env={"ESCDELAY": "2000"}) as terminal:
        terminal.wait_for("? keys")
        terminal.press("m", "Esc", "f")
        terminal.wait_for("Words, a part number")
        terminal.send_bytes(b"\x1b")
        terminal.send_bytes(b"[200~f\x1bg\x1b[201~")
        terminal.wait_for("fg")


def test_bytes_that_are_no_text_end_nothing(terminal: Terminal) -> None:
    terminal.send_bytes(b"\xff\xfe\x80\x1b[99999999999u\x1b[55296u")
    terminal.wait_until_quiet()
    terminal.press("f")
    terminal.wait_for("Words, a part number")


LINES = 200


def test_two_hundred_lines_on_the_board_do_nothing_and_the_next_key_works(terminal: Terminal, desk: Path) -> None:
    terminal.press("n")
    terminal.wait_for("New ticket at KSA")
    terminal.press("Transmitter alarm", "Esc")
    terminal.wait_for("? keys", gone="New ticket")
    before = {path: path.read_bytes() for path in (desk / "tickets").rglob("*.yaml")}
    terminal.send_bytes(b"".join(b"line %d archive solve note undo quit\r" % number for number in range(LINES)))
    terminal.wait_for("treated as pasted text")
    terminal.wait_until_quiet()
    assert {path: path.read_bytes() for path in (desk / "tickets").rglob("*.yaml")} == before
    terminal.press("Esc", "n")  # Esc ends the text, however soon after it
    text = terminal.wait_for("Transmitter alarm")
    assert "archive solve" not in text


def test_two_hundred_lines_into_a_text_are_one_text_that_can_be_taken_back(terminal: Terminal) -> None:
    terminal.press("n")
    terminal.wait_for("New ticket at KSA")
    terminal.press("Alarm", "Tab", "Tab", "Tab", "Tab")
    terminal.send_bytes("".join(f"第 {number} 行 the log of it\r" for number in range(LINES)).encode())
    terminal.wait_for(f"第 {LINES - 1} 行", "New ticket at KSA")
    terminal.wait_until_quiet()
    terminal.press("Ctrl+Z")
    while "行" in terminal.text:  # it came in a few pieces
        terminal.press("Ctrl+Z")
        terminal.wait_until_quiet()
    terminal.press("done")
    terminal.wait_for("done", "Alarm")


def test_lines_into_an_open_note_confirm_nothing(terminal: Terminal, desk: Path) -> None:
    terminal.press("m")
    terminal.wait_for("Note on")
    terminal.wait_until_quiet()
    terminal.send_bytes(b"first line\rqq\rC\rsecond line\r")
    terminal.wait_for("nothing is done yet. Enter does it", "first line qq C second line")
    noted = _all_notes(desk)
    terminal.wait_until_quiet()
    terminal.press("Enter")
    terminal.wait_for("noted.")
    assert [note for note in _all_notes(desk) if note not in noted] == ["first line qq C second line"]
