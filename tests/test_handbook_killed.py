"""A process that indexes is killed at any instant: searching answers meanwhile and after, and the index is mended."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

import worlds
from fenji.desk import Desk
from fenji.handbook import counting
from fenji.handbook import ledger as ledgers
from fenji.store.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Generator

    from fenji.handbook.tallies import Counted

NOW = datetime.fromisoformat("2026-03-10T10:00:00+03:00")
QUESTIONS = ("备件", "轉台 卡滯", "pump", "site:KSA", "beijian")
PATHS = os.pathsep.join(sys.path)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.make("thousand", tmp_path_factory.mktemp("worlds") / "desk", now=NOW)


def answers(root: Path) -> list[tuple[int, set[str]]]:
    with Desk.open(root) as desk:
        found = [desk.search(one, limit=1000) for one in QUESTIONS]
        return [(one.total, {hit.path for hit in one.hits}) for one in found]


def indexing(root: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "fenji", "--desk", str(root), "index", *words]
    quiet, env = subprocess.DEVNULL, {**os.environ, "PYTHONPATH": PATHS}
    return subprocess.Popen(command, env=env, start_new_session=True, stdout=quiet, stderr=quiet)


def killed_at_random(root: Path, times: int) -> None:
    """Kill `times` indexing processes: every third begins without any index, every third is killed with its helpers."""
    chance = random.Random(20260310)
    wanted = answers(root)
    begun = time.monotonic()
    assert indexing(root, "--rebuild").wait() == 0
    whole_s = time.monotonic() - begun
    for turn in range(times):
        if turn % 3 == 1:
            shutil.rmtree(root / "index")
        process = indexing(root, "--rebuild")
        if turn % 3 == 0:
            assert answers(root) == wanted  # meanwhile
        time.sleep(0 if turn % 3 == 0 else chance.uniform(0, 1.1 * whole_s))
        if turn % 3 == 2:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        assert answers(root) == wanted  # after
    with Desk.open(root) as desk:
        desk.index(rebuild=True)
    ledger = ledgers.read(root / ".git" / "fenji-index.json")
    assert ledger
    assert [one.name for one in (root / "index").glob("book-*")] == [ledger.book]
    assert {one.name for one in (root / "index" / ledger.book).iterdir()} == set(ledger.files)


def test_a_killed_index_is_mended(root: Path) -> None:
    killed_at_random(root, 8)


@pytest.mark.nightly
def test_fifty_killed_indexes_are_mended(root: Path) -> None:
    killed_at_random(root, 50)


# --- the second process -----------------------------------------------------------------------------------------------


def paths(root: Path) -> list[str]:
    return list(Shelf(root).archive_paths())


def alone(root: Path) -> list[Counted]:
    return list(counting._read(Shelf(root), paths(root)))


def test_two_processes_count_what_one_does_in_the_same_order(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_STRETCH", 20)
    assert list(counting.tickets(root, (), paths(root), cores=2)) == alone(root)


@pytest.mark.parametrize("after", [0, 1, 15, 400, 900])
def test_a_second_process_that_is_killed_loses_nothing(root: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    monkeypatch.setattr(counting, "_STRETCH", 20)
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *words: Any, **more: Any) -> None:
            super().__init__(*words, **more)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    found: list[Counted] = []
    for one in counting.tickets(root, (), paths(root), cores=2):
        if len(found) == after:
            started[0].kill()
        found.append(one)
    assert found == alone(root)
    assert started[0].returncode is not None


def test_where_no_second_process_can_be_started_one_does_it_all(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_STRETCH", 20)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert list(counting.tickets(root, (), paths(root), cores=2)) == alone(root)


def test_a_second_process_that_says_nothing_is_not_waited_for_for_ever(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_STRETCH", 20)
    monkeypatch.setattr(counting, "_PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(counting, "_SERVE", "import sys; sys.stdin.buffer.read()")
    assert list(counting.tickets(root, (), paths(root), cores=2)) == alone(root)


def test_who_stops_listening_ends_the_second_process(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_STRETCH", 20)
    begun = cast("Generator[Counted, None, None]", counting.tickets(root, (), paths(root), cores=2))
    with contextlib.closing(begun):
        assert next(begun)
    assert not [one for one in threading.enumerate() if one.name == "counting"]
