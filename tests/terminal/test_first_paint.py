"""The start paints the board of the last time before it has read anything, and then what differs."""

from __future__ import annotations

import stat
import sys
import termios
from collections.abc import Mapping
from pathlib import Path

import pytest

import worlds
from fenji.desk import Desk
from terminal.driven import Terminal
from tui.terminal import kept_board

LEAVE_SCREEN = b"\x1b[?1049l"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return worlds.make("shipped", tmp_path / "desk")


def start(desk: Path, state: Path, *options: str, columns: int = 80, env: Mapping[str, str] | None = None) -> Terminal:
    command = [sys.executable, "-m", "fenji", "--desk", str(desk), *options]
    return Terminal(desk, state=state, command=command, columns=columns, env={"FENJI_USER": "li.wei", **(env or {})})


def leave_board_behind(desk: Path, state: Path, *keys: str) -> Path:
    """Start, press keys and quit; the file in which the board is kept."""
    with start(desk, state) as terminal:
        terminal.wait_for("? keys")
        terminal.wait_until_quiet()
        terminal.press(*(keys or ("j", "Space")), "q")
        assert terminal.wait() == 0
    (kept,) = (state / "cache" / "fenji" / "boards").iterdir()
    return kept


def first_titles(desk: Path) -> list[bytes]:
    with Desk.open(desk) as opened:
        rows = opened.board().rows
        return [row.ticket.title[:6].encode() for row in rows if row.left_text.endswith("h")]  # not the minute's


def test_the_kept_board_is_painted_before_the_desk_is_read(desk: Path, tmp_path: Path) -> None:
    leave_board_behind(desk, tmp_path)
    title = first_titles(desk)[1]
    (desk / ".git" / "config").write_text("[\n")
    with start(desk, tmp_path) as terminal:
        assert terminal.wait() != 0
        settings = termios.tcgetattr(terminal._master)
    painted, _, said = terminal.raw.partition(LEAVE_SCREEN)
    assert title in painted
    assert len(said.split()) > 3
    assert settings[3] & termios.ECHO
    assert settings[3] & termios.ICANON


def test_what_stands_there_already_is_not_sent_again(desk: Path, tmp_path: Path) -> None:
    kept = leave_board_behind(desk, tmp_path)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    title = first_titles(desk)[1]
    with start(desk, tmp_path) as terminal:
        terminal.wait_for("? keys")
        terminal.press("?")
        terminal.wait_for("filter:")
        terminal.press("Esc")
        terminal.wait_for("? keys")
        terminal.wait_until_quiet()
    before_keys_screen = terminal.raw[: terminal.raw.index(b"filter:")]
    assert before_keys_screen.count(title) == 1
    assert len(before_keys_screen) < 9_000


def test_keys_typed_before_the_rows_are_live_are_not_lost_nor_echoed(desk: Path, tmp_path: Path) -> None:
    leave_board_behind(desk, tmp_path)
    with start(desk, tmp_path) as terminal:
        terminal.wait_until(lambda: b"P" in terminal.raw)
        terminal.send_bytes(b"?")
        terminal.wait_for("filter:")
        terminal.send_bytes(b"\x1b")
        terminal.wait_for("? keys")


def test_a_ticket_that_has_changed_is_shown_without_what_is_left_and_then_as_it_is(desk: Path, tmp_path: Path) -> None:
    kept = leave_board_behind(desk, tmp_path)
    with Desk.open(desk, person="li.wei") as opened:
        row = opened.board().rows[0]
        opened.act(row.id, "edit", fields={"title": "another"})
    rows = rows_painted(desk, kept, (80, 24), kept_board_surroundings(kept))
    (painted,) = (text for text in rows[:17] if row.ticket.title[:6] in text)
    assert row.left_text not in painted
    with start(desk, tmp_path) as terminal:
        terminal.wait_for("another", row.left_text)


def kept_board_surroundings(kept: Path) -> str:
    import json

    return str(json.loads(kept.read_text("utf-8"))["surroundings"])


def rows_painted(desk: Path, kept: Path, size: tuple[int, int], surroundings: str) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(kept.parents[2]))
        return kept_board.load_rows(str(desk), size, surroundings)


def test_what_is_left_is_blank_once_its_text_has_changed(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = leave_board_behind(desk, tmp_path)
    surroundings = kept_board_surroundings(kept)
    with Desk.open(desk) as opened:
        running = [row for row in opened.board().rows[:8] if row.sign != "="]
    before = rows_painted(desk, kept, (80, 24), surroundings)
    monkeypatch.setattr("time.time", lambda: 4e9)
    after = rows_painted(desk, kept, (80, 24), surroundings)
    for row in running:
        (old,), (new,) = ([text for text in rows[:17] if row.ticket.title[:6] in text] for rows in (before, after))
        assert row.left_text not in new
        assert len(new) == len(old)


def test_a_number_in_a_title_is_not_taken_for_the_line_of_its_ticket(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Desk.open(desk, person="li.wei") as opened:
        late, *others = (row for row in opened.board().rows if row.promise and row.sign != "=")
        others = [row for row in others if row.sign != "!"][:6]
        opened.act(others[-1].id, "edit", fields={"title": f"as {late.id[-4:]} was"})
    kept = leave_board_behind(desk, tmp_path, "z")  # the ticket of that number is in a closed group
    surroundings = kept_board_surroundings(kept)
    before = rows_painted(desk, kept, (80, 24), surroundings)
    monkeypatch.setattr("time.time", lambda: 4e9)
    after = rows_painted(desk, kept, (80, 24), surroundings)
    assert not any(late.ticket.title[:6] in text for text in before[:17])
    shown = [(row, n) for n, text in enumerate(before[:17]) for row in others if row.ticket.title[:6] in text]
    assert len(shown) > 2
    for row, n in shown:  # what is left in minutes may have gone by before it was read
        assert row.left_text not in after[n]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"root": 1}', "\x00"])
def test_a_damaged_kept_board_is_left_aside(desk: Path, tmp_path: Path, damage: str) -> None:
    kept = leave_board_behind(desk, tmp_path)
    surroundings = kept_board_surroundings(kept)
    kept.write_text(damage)
    assert rows_painted(desk, kept, (80, 24), surroundings) == []


def test_a_board_of_another_size_or_terminal_is_not_painted(desk: Path, tmp_path: Path) -> None:
    kept = leave_board_behind(desk, tmp_path)
    surroundings = kept_board_surroundings(kept)
    assert rows_painted(desk, kept, (80, 24), surroundings)
    assert rows_painted(desk, kept, (100, 24), surroundings) == []
    assert rows_painted(desk, kept, (80, 24), surroundings + "x") == []


def test_boards_of_few_sizes_are_kept(desk: Path, tmp_path: Path) -> None:
    for columns in (60, 70, 80, 90, 100):
        with start(desk, tmp_path, columns=columns) as terminal:
            terminal.wait_for("? keys")
            terminal.press("q")
            terminal.wait()
    assert len(list((tmp_path / "cache" / "fenji" / "boards").iterdir())) == 4
