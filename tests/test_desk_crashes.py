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

from desks import ENGINEER, LEAD, OTHER, RUST, git, is_clean, make_desk, open_desk, subjects
from fenji.desk import commit_queue
from fenji.desk.check import check_desk
from fenji.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.model.ticket import Ticket
    from fenji.storage import StoredTicket

HERE = Path(__file__).parent
ENVIRONMENT = {"PYTHONPATH": os.pathsep.join((str(HERE.parent / "src"), str(HERE)))}
KILLS = 200 if os.environ.get("FENJI_NIGHTLY") else 8


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_desk(tmp_path)


def start_worker(root: Path, person: str, acts: int, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "desk_at_work.py"), str(root), person, str(acts), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | ENVIRONMENT)


def parse_line(line: str) -> tuple[str, str]:
    uid, _, note = line.strip().partition(" ")
    return uid, note


def collect_notes(desk: Desk) -> set[tuple[str, str]]:
    """Each event that stands in a ticket, by the ticket's uid and the event's note; every file is whole."""
    board = desk.board(archived=True)
    assert board.bad_files == ()
    assert len({row.uid for row in board.rows}) == len(board.rows)
    return {(row.uid, event.note) for row in board.rows for event in row.ticket.log}


# --- killed -----------------------------------------------------------------------------------------------------


def test_a_desk_killed_at_any_instant_loses_nothing_and_mends_itself(root: Path) -> None:
    rng = random.Random(20261119)
    printed: set[tuple[str, str]] = set()
    for attempt in range(KILLS):
        with start_worker(root, f"p{attempt}", 10_000, *(["later"] if attempt % 2 else [])) as worker:
            assert worker.stdout
            printed.add(parse_line(worker.stdout.readline()))
            threading.Event().wait(rng.uniform(0, 0.6))
            worker.send_signal(signal.SIGKILL)
            printed |= {parse_line(line) for line in worker.stdout if line.endswith("\n")}
        with open_desk(root, LEAD) as desk:
            assert printed <= collect_notes(desk)
            assert len(desk.search("生锈", limit=3).hits) == min(3, len(desk.board(archived=True).rows))
        assert desk.pending_commits == 0
        assert is_clean(root)
        assert not list((root / "tickets").rglob(".fenji-*"))
    with open_desk(root, LEAD) as desk:
        report = check_desk(desk)
        assert report.damaged == report.remarks == ()
        assert desk.update_index() == desk.update_index(rebuild=True) == len(desk.board(archived=True).rows)
    git(root, "fsck", "--strict")


def test_what_was_left_uncommitted_is_committed_at_the_next_start(root: Path) -> None:
    desk = open_desk(root, later=True)
    desk._commit_queue._closing.set()  # as if it were killed before the commit
    row = desk.new(RUST)
    assert desk.pending_commits == 1
    with open_desk(root, OTHER, later=True) as other:
        wait_until(lambda: other.pending_commits == 0)
        assert other.pending_commits == 0
    assert subjects(root)[0] == f"李偉: {row.id}: report"
    assert is_clean(root)


@pytest.mark.parametrize("reading", [True, False])
def test_the_next_command_commits_what_was_left(root: Path, *, reading: bool) -> None:
    desk = open_desk(root, later=True)
    desk._commit_queue._closing.set()
    row = desk.new(RUST)
    with open_desk(root, OTHER) as other:
        if reading:
            other.board()
        else:
            other.act(row.id, "respond")
            assert other.pending_commits == 0
    assert "report" in git(root, "log", "--format=%s")
    assert is_clean(root)


# --- two at once ------------------------------------------------------------------------------------------------


def test_two_people_working_at_once_lose_nothing(root: Path) -> None:
    workers = [start_worker(root, person, 24, *more) for person, more in (("a", ()), ("b", ("later",)), ("c", ()))]
    printed = {parse_line(line) for process in workers for line in process.communicate()[0].splitlines()}
    assert [process.returncode for process in workers] == [0, 0, 0]
    assert len(printed) > 30
    with open_desk(root) as desk:
        assert printed <= collect_notes(desk)
    assert is_clean(root)


def test_two_people_acting_on_one_ticket_at_once_are_both_in_its_log(root: Path) -> None:
    with open_desk(root) as desk:
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
        subprocess.Popen([*command, person], stdin=subprocess.PIPE, text=True, env=os.environ | ENVIRONMENT)
        for person in people
    ]
    for process in both:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    for process in both:
        process.communicate()
    assert [process.returncode for process in both] == [0, 0]
    with open_desk(root) as desk:
        ticket = desk.row(number).ticket
    notes = [event.note for event in ticket.log if event.do == "edit"]
    assert {f"{person} {n}" for person in people for n in range(8)} <= set(notes)
    assert len({event.n for event in ticket.log if event.do == "edit"}) == len(notes)  # each saw the one before
    assert is_clean(root)


def test_threads_at_one_desk_take_turns(root: Path) -> None:
    with open_desk(root, later=True) as desk:
        number = desk.new(RUST).id
        problems: list[BaseException] = []

        def act(name: str) -> None:
            try:
                for n in range(6):
                    desk.act(number, "note", note=f"{name}{n}")
                    desk.board()
                    desk.find_obstacle(number, "solve")
                    desk.search("鏽")
            except BaseException as error:  # told in the main thread
                problems.append(error)

        threads = [threading.Thread(target=act, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert problems == []
        assert len(desk.row(number).ticket.log) == 19
    assert is_clean(root)


# --- commits that fail ------------------------------------------------------------------------------------------


def lock_head(root: Path) -> Path:
    """Have git refuse to move the branch, as another git does that holds its lock, and has just taken it."""
    lock = root / ".git/refs/heads/main.lock"
    lock.write_text("")
    soon = time.time() + 3600  # however long the test takes, nobody finds it old enough to be left by a kill
    os.utime(lock, (soon, soon))
    return lock


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less for the lock of another git, and for the next try."""
    monkeypatch.setattr("fenji.git.run.TRIES", 1)
    monkeypatch.setattr(commit_queue, "DELAY_SECONDS", 0.01)
    monkeypatch.setattr(commit_queue, "RETRY_SECONDS", 0.05)


@pytest.mark.usefixtures("impatient")
def test_an_act_is_saved_where_git_fails_and_the_end_says_so(root: Path) -> None:
    lock = lock_head(root)
    desk = open_desk(root)
    row = desk.new(RUST)
    assert desk.row(row.id).ticket == row.ticket
    assert isinstance(desk.commit_failure, Unavailable)
    with pytest.raises(Unavailable, match="Saved, but not committed yet") as failed:
        desk.close()
    assert "next act or start" in str(failed.value.hint)
    assert desk.pending_commits == 1
    lock.unlink()
    with open_desk(root) as desk:
        desk.board()
    assert is_clean(root)
    assert subjects(root)[0] == "李偉: KSA-2026-0001: report"


@pytest.mark.usefixtures("impatient")
def test_behind_the_interface_it_is_tried_again_until_it_works(root: Path) -> None:
    lock = lock_head(root)
    with open_desk(root, later=True) as desk:
        desk.new(RUST)
        wait_until(lambda: desk.commit_failure is not None)
        assert desk.pending_commits == 1
        lock.unlink()
        wait_until(lambda: desk.pending_commits == 0)
        wait_until(lambda: desk.commit_failure is None)
    assert is_clean(root)


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)


@pytest.mark.usefixtures("impatient")
def test_what_failed_elsewhere_is_no_failure_of_a_reader(root: Path) -> None:
    desk = open_desk(root, later=True)
    desk._commit_queue._closing.set()
    desk.new(RUST)
    lock = lock_head(root)
    with open_desk(root) as reader:
        assert len(reader.board().rows) == 1
    lock.unlink()
    with open_desk(root):
        pass
    assert is_clean(root)


@pytest.mark.usefixtures("impatient")
def test_an_error_in_the_block_is_not_hidden_by_the_commit_s(root: Path) -> None:
    lock_head(root)
    with pytest.raises(NotFound), open_desk(root) as desk:
        desk.act(desk.new(RUST).id[:-1] + "9", "respond")


def test_a_disk_that_fills_up_in_the_middle_keeps_what_was_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_desk(root) as desk:
        ids = [desk.new(RUST).id for _ in range(4)]
        write = desk.store.write
        left = iter((True, True))

        def short(ticket: Ticket, base: StoredTicket | None) -> StoredTicket:
            if not next(left, False):
                raise Unavailable("{path} cannot be written: {reason}.", path="x", reason="No space left on device")
            return write(ticket, base)

        monkeypatch.setattr(desk.store, "write", short)
        with pytest.raises(Unavailable, match="No space"):
            desk.act_all(ids, desk.make_act("edit", fields={"tags": ["a"]}))
        monkeypatch.setattr(desk.store, "write", write)
        tags = [desk.row(number).ticket.get("tags") for number in ids]
        assert tags == [["a"], ["a"], None, None]
        assert desk.pending_commits == 0
        assert str(desk.undo()) == f"Undone: edit on {ids[0]}, {ids[1]}"
    assert is_clean(root)


def test_closing_twice_does_nothing(root: Path) -> None:
    desk = open_desk(root, later=True)
    desk.new(RUST)
    desk.close()
    desk.close()
    assert is_clean(root)
