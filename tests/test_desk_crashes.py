"""Kills, failures and several processes at one desk: nothing that was told is lost. Real processes, real git."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desks import ENGINEER, LEAD, OTHER, RUST, at, clean, git, made, subjects
from fenji.desk import trail
from fenji.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.store import Stored
    from fenji.ticket import Ticket

HERE = Path(__file__).parent
ENVIRONMENT = {"PYTHONPATH": os.pathsep.join((str(HERE.parent / "src"), str(HERE)))}
KILLS = 200 if os.environ.get("FENJI_NIGHTLY") else 15


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return made(tmp_path)


def start(root: Path, person: str, acts: int, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "desk_at_work.py"), str(root), person, str(acts), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | ENVIRONMENT)


def told(line: str) -> tuple[str, str]:
    uid, _, note = line.strip().partition(" ")
    return uid, note


def held(desk: Desk) -> set[tuple[str, str]]:
    """Each event that stands in a ticket, by the ticket's uid and the event's note; every file is whole."""
    board = desk.board(archived=True)
    assert board.bad == ()
    assert len({row.uid for row in board.rows}) == len(board.rows)
    return {(row.uid, event.note) for row in board.rows for event in row.ticket.log}


# --- killed -----------------------------------------------------------------------------------------------------


def test_a_desk_killed_at_any_instant_loses_nothing_and_mends_itself(root: Path) -> None:
    chance = random.Random(20261119)
    said: set[tuple[str, str]] = set()
    for attempt in range(KILLS):
        with start(root, f"p{attempt}", 10_000, *(["later"] if attempt % 2 else [])) as worker:
            assert worker.stdout
            said.add(told(worker.stdout.readline()))
            threading.Event().wait(chance.uniform(0, 0.6))
            worker.send_signal(signal.SIGKILL)
            said |= {told(line) for line in worker.stdout if line.endswith("\n")}
        with at(root, LEAD) as desk:
            assert said <= held(desk)
            assert len(desk.search("生锈", limit=3).hits) == min(3, len(desk.board(archived=True).rows))
        assert desk.pending_commits == 0
        assert clean(root)
        assert not list((root / "tickets").rglob(".fenji-*"))
    with at(root, LEAD) as desk:
        found = desk.check()
        assert found.damaged == found.remarks == ()
        assert desk.index() == desk.index(rebuild=True) == len(desk.board(archived=True).rows)
    git(root, "fsck", "--strict")


def test_what_was_left_uncommitted_is_committed_at_the_next_start(root: Path) -> None:
    desk = at(root, later=True)
    desk._trail._closing.set()  # as if it were killed before the commit
    row = desk.new(RUST)
    assert desk.pending_commits == 1
    with at(root, OTHER, later=True) as other:
        wait_until(lambda: other.pending_commits == 0)
        assert other.pending_commits == 0
    assert subjects(root)[0] == f"李偉: {row.id}: report"
    assert clean(root)


@pytest.mark.parametrize("reading", [True, False])
def test_the_next_command_commits_what_was_left(root: Path, *, reading: bool) -> None:
    desk = at(root, later=True)
    desk._trail._closing.set()
    row = desk.new(RUST)
    with at(root, OTHER) as other:
        if reading:
            other.board()
        else:
            other.act(row.id, "respond")
            assert other.pending_commits == 0
    assert "report" in git(root, "log", "--format=%s")
    assert clean(root)


# --- two at once ------------------------------------------------------------------------------------------------


def test_two_people_working_at_once_lose_nothing(root: Path) -> None:
    workers = [start(root, person, 24, *more) for person, more in (("a", ()), ("b", ("later",)), ("c", ()))]
    said = {told(line) for one in workers for line in one.communicate()[0].splitlines()}
    assert [one.returncode for one in workers] == [0, 0, 0]
    assert len(said) > 30
    with at(root) as desk:
        assert said <= held(desk)
    assert clean(root)


def test_two_people_acting_on_one_ticket_at_once_are_both_in_its_log(root: Path) -> None:
    with at(root) as desk:
        number = desk.new({**RUST, "cause": "舊"}).id
    code = """
import sys; from pathlib import Path; from fenji.desk import Desk
with Desk.open(Path(sys.argv[1]), person=sys.argv[2], later=len(sys.argv[2]) % 2 == 0) as desk:
    sys.stdin.readline()
    for n in range(8):
        desk.act("1", "edit", note=f"{sys.argv[2]} {n}", fields={"cause": f"{sys.argv[2]} {n}", "tags": [f"{n}"]})
"""
    people = (ENGINEER, OTHER)
    command = [sys.executable, "-c", code, str(root)]
    both = [
        subprocess.Popen([*command, one], stdin=subprocess.PIPE, text=True, env=os.environ | ENVIRONMENT)
        for one in people
    ]
    for one in both:
        assert one.stdin
        one.stdin.write("\n")
        one.stdin.flush()
    for one in both:
        one.communicate()
    assert [one.returncode for one in both] == [0, 0]
    with at(root) as desk:
        ticket = desk.row(number).ticket
    notes = [one.note for one in ticket.log if one.do == "edit"]
    assert {f"{one} {n}" for one in people for n in range(8)} <= set(notes)
    assert len({one.n for one in ticket.log if one.do == "edit"}) == len(notes)  # each saw the one before
    assert clean(root)


def test_threads_at_one_desk_take_turns(root: Path) -> None:
    with at(root, later=True) as desk:
        number = desk.new(RUST).id
        problems: list[BaseException] = []

        def act(name: str) -> None:
            try:
                for n in range(6):
                    desk.act(number, "note", note=f"{name}{n}")
                    desk.board()
                    desk.allowed(number, "solve")
                    desk.search("鏽")
            except BaseException as error:  # told in the main thread
                problems.append(error)

        threads = [threading.Thread(target=act, args=(name,)) for name in "abc"]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert problems == []
        assert len(desk.row(number).ticket.log) == 19
    assert clean(root)


# --- commits that fail ------------------------------------------------------------------------------------------


def hold_head(root: Path) -> Path:
    """Have git refuse to move the branch, as another git does that holds its lock."""
    lock = root / ".git/refs/heads/main.lock"
    lock.write_text("")
    return lock


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less for the lock of another git, and for the next try."""
    monkeypatch.setattr("fenji.repo.command.TRIES", 1)
    monkeypatch.setattr(trail, "DELAY_SECONDS", 0.01)
    monkeypatch.setattr(trail, "RETRY_SECONDS", 0.05)


@pytest.mark.usefixtures("impatient")
def test_an_act_is_saved_where_git_fails_and_the_end_says_so(root: Path) -> None:
    lock = hold_head(root)
    desk = at(root)
    row = desk.new(RUST)
    assert desk.row(row.id).ticket == row.ticket
    assert isinstance(desk.commit_failure, Unavailable)
    with pytest.raises(Unavailable, match="saved, but not committed yet") as failed:
        desk.close()
    assert "next act or start" in str(failed.value.hint)
    assert desk.pending_commits == 1
    lock.unlink()
    with at(root) as desk:
        desk.board()
    assert clean(root)
    assert subjects(root)[0] == "李偉: KSA-2026-0001: report"


@pytest.mark.usefixtures("impatient")
def test_behind_the_interface_it_is_tried_again_until_it_works(root: Path) -> None:
    lock = hold_head(root)
    with at(root, later=True) as desk:
        desk.new(RUST)
        wait_until(lambda: desk.commit_failure is not None)
        assert desk.pending_commits == 1
        lock.unlink()
        wait_until(lambda: desk.pending_commits == 0)
        wait_until(lambda: desk.commit_failure is None)
    assert clean(root)


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)


@pytest.mark.usefixtures("impatient")
def test_what_failed_elsewhere_is_no_failure_of_a_reader(root: Path) -> None:
    desk = at(root, later=True)
    desk._trail._closing.set()
    desk.new(RUST)
    lock = hold_head(root)
    with at(root) as reader:
        assert len(reader.board().rows) == 1
    lock.unlink()
    with at(root):
        pass
    assert clean(root)


@pytest.mark.usefixtures("impatient")
def test_an_error_in_the_block_is_not_hidden_by_the_commit_s(root: Path) -> None:
    hold_head(root)
    with pytest.raises(NotFound), at(root) as desk:
        desk.act(desk.new(RUST).id[:-1] + "9", "respond")


def test_a_disk_that_fills_up_in_the_middle_keeps_what_was_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with at(root) as desk:
        ids = [desk.new(RUST).id for _ in range(4)]
        write = desk.store.write
        left = iter((True, True))

        def short(ticket: Ticket, base: Stored | None) -> Stored:
            if not next(left, False):
                raise Unavailable("{path} cannot be written: {reason}.", path="x", reason="No space left on device")
            return write(ticket, base)

        monkeypatch.setattr(desk.store, "write", short)
        with pytest.raises(Unavailable, match="No space"):
            desk.act_all(ids, desk.make("edit", fields={"tags": ["a"]}))
        monkeypatch.setattr(desk.store, "write", write)
        tags = [desk.row(one).ticket.get("tags") for one in ids]
        assert tags == [["a"], ["a"], None, None]
        assert desk.pending_commits == 0
        assert str(desk.undo()) == f"Undone: edit on {ids[0]}, {ids[1]}"
    assert clean(root)


def test_closing_twice_does_nothing(root: Path) -> None:
    desk = at(root, later=True)
    desk.new(RUST)
    desk.close()
    desk.close()
    assert clean(root)
