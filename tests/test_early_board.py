"""The first board, read by another process: it is the one that would be read here, or it is read here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import worlds
from desks import RUST, make_desk, open_desk
from fenji.storage.helper_process import usable_cores

SOURCES = Path(__file__).resolve().parents[1] / "src"
pytestmark = pytest.mark.skipif(usable_cores() < 2, reason="there is one core only")

# The program has one thread, as the command line has when it opens the interface; that of a test run has more.
BEGIN = """
import os, signal, sys
from pathlib import Path
from fenji.desk import Desk
from fenji.desk.early_board import EarlyBoard, read

def count_reads(desk):
    paths, reader = [], desk.store.reader
    read_path = reader.read_path
    reader.read_path = lambda path: (paths.append(path), read_path(path))[1]
    return paths

def read_then(desk, first):
    desk._now = lambda: first.board.at
    return read(desk)

def describe(first):
    return [(row.id, row.sign, row.promise, row.reading.items, row.policy is desk.policy) for row in first.board.rows]

root = Path(sys.argv[1])
early = EarlyBoard(root)
"""


def run(root: Path, program: str) -> None:
    """Run a program on a desk; it asserts by itself."""
    command = [sys.executable, "-c", BEGIN + dedent(program), str(root)]
    env = {**os.environ, "PYTHONPATH": str(SOURCES), "FENJI_USER": "li.wei"}
    subprocess.run(command, check=True, env=env, timeout=120)


def test_the_board_of_the_other_process_is_that_of_this_one(tmp_path: Path) -> None:
    root = worlds.make("busy_morning", tmp_path)
    run(
        root,
        """
        import select
        select.select([early._pipe], [], [])  # it has read
        with Desk.open(root, later=True) as desk:
            paths = count_reads(desk)
            first = early.read(desk)
            assert first.board.rows and not paths, paths
            again = read_then(desk, first)
            assert again.stamp == first.stamp
            assert describe(again) == describe(first)
            assert again.board.bad_files == first.board.bad_files
            assert len(paths) < len(first.board.rows), "what the other one has read is read again"
        """,
    )


def test_where_the_other_process_is_killed_the_board_is_read_here(tmp_path: Path) -> None:
    run(
        worlds.make("busy_morning", tmp_path),
        """
        os.kill(early._child, signal.SIGKILL)
        with Desk.open(root) as desk:
            first = early.read(desk)
            assert describe(first) == describe(read_then(desk, first))
            assert early.read(desk).board.rows, "a second time it is read here"
        """,
    )


def test_another_process_that_is_late_is_not_waited_for(tmp_path: Path) -> None:
    run(
        worlds.make("busy_morning", tmp_path),
        """
        os.kill(early._child, signal.SIGSTOP)
        with Desk.open(root) as desk:
            first = early.read(desk)
            assert describe(first) == describe(read_then(desk, first))
        try:
            os.kill(early._child, 0)
        except ProcessLookupError:
            sys.exit()
        sys.exit("it was left behind")
        """,
    )


def test_a_board_by_other_rules_is_read_again(tmp_path: Path) -> None:
    root = make_desk(tmp_path)
    with open_desk(root) as desk:
        desk.new(RUST)
    run(
        root,
        """
        os.waitid(os.P_PID, early._child, os.WEXITED | os.WNOWAIT)  # it has read
        policy = root / "policy.yaml"
        policy.write_text(policy.read_text().replace("P4: {response: 24h", "P4: {response: 12h"))
        with Desk.open(root) as desk:
            paths = count_reads(desk)
            first = early.read(desk)
            assert paths
            assert describe(first) == describe(read_then(desk, first))
        """,
    )


def test_what_changes_after_the_other_process_has_read_is_seen_by_the_stamp(tmp_path: Path) -> None:
    root = make_desk(tmp_path)
    with open_desk(root) as desk:
        desk.new(RUST)
    run(
        root,
        """
        os.waitid(os.P_PID, early._child, os.WEXITED | os.WNOWAIT)
        with Desk.open(root) as desk:
            desk.act(desk.board().rows[0].id, "edit", fields={"title": "changed meanwhile"})
            first = early.read(desk)
            assert first.stamp != desk.stamp()
            assert [row.ticket.title for row in desk.board().rows] == ["changed meanwhile"]
        """,
    )
