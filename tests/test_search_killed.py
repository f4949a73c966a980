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
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

import worlds
from fenji.desk import Desk
from fenji.search import indexing
from fenji.search import manifest as manifests
from fenji.storage import helper_process, two_cores
from fenji.storage.reader import TicketReader

if TYPE_CHECKING:
    from collections.abc import Generator

    from fenji.search.term_counts import IndexDocument

NOW = datetime.fromisoformat("2026-03-10T10:00:00+03:00")
QUESTIONS = ("备件", "轉台 卡滯", "pump", "site:KSA", "beijian")
PATHS = os.pathsep.join(sys.path)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.make("hundreds", tmp_path_factory.mktemp("worlds") / "desk", now=NOW)


def search_all(root: Path) -> list[tuple[int, set[str]]]:
    with Desk.open(root) as desk:
        results = [desk.search(query, limit=1000) for query in QUESTIONS]
        return [(result.total, {hit.path for hit in result.hits}) for result in results]


def start_indexing(root: Path, *args: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "fenji", "--desk", str(root), "index", *args]
    quiet, env = subprocess.DEVNULL, {**os.environ, "PYTHONPATH": PATHS}
    return subprocess.Popen(command, env=env, start_new_session=True, stdout=quiet, stderr=quiet)


def kill_at_random(root: Path, times: int) -> None:
    """Kill `times` indexing processes: every third begins without any index, every third is killed with its helpers."""
    rng = random.Random(20260310)
    wanted = search_all(root)
    begun = time.monotonic()
    assert start_indexing(root, "--rebuild").wait() == 0
    whole_s = time.monotonic() - begun
    for turn in range(times):
        if turn % 3 == 1:
            shutil.rmtree(root / "index")
        process = start_indexing(root, "--rebuild")
        if turn % 3 == 0:
            assert search_all(root) == wanted  # meanwhile
        time.sleep(0 if turn % 3 == 0 else rng.uniform(0, 1.1 * whole_s))
        if turn % 3 == 2:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        assert search_all(root) == wanted  # after
    with Desk.open(root) as desk:
        desk.update_index(rebuild=True)
    ledger = manifests.load(root / ".git" / "fenji-index.json")
    assert ledger
    assert [path.name for path in (root / "index").glob("book-*")] == [ledger.book]
    assert {path.name for path in (root / "index" / ledger.book).iterdir()} == set(ledger.files)


def test_a_killed_index_is_mended(root: Path) -> None:
    kill_at_random(root, 3)


@pytest.mark.nightly
def test_fifty_killed_indexes_are_mended(root: Path) -> None:
    kill_at_random(root, 50)


# --- the second process -----------------------------------------------------------------------------------------------


def archive_paths(root: Path) -> list[str]:
    return list(TicketReader(root).iter_archive_paths())


@cache
def count_alone(root: Path) -> list[IndexDocument]:
    """What one process counts; the archive of `root` stays as it is."""
    return indexing.count_files(TicketReader(root), archive_paths(root))


def test_two_processes_count_what_one_does_in_the_same_order(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two_cores, "_BATCH_SIZE", 20)
    assert list(indexing.count_tickets(root, (), archive_paths(root), cores=2)) == count_alone(root)


@pytest.mark.parametrize("after", [0, 1, 15, 100, 190])
def test_a_second_process_that_is_killed_loses_nothing(root: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    monkeypatch.setattr(two_cores, "_BATCH_SIZE", 20)
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *words: Any, **more: Any) -> None:
            super().__init__(*words, **more)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    counted_tickets: list[IndexDocument] = []
    for counted in indexing.count_tickets(root, (), archive_paths(root), cores=2):
        if len(counted_tickets) == after:
            started[0].kill()
        counted_tickets.append(counted)
    assert counted_tickets == count_alone(root)
    assert started[0].returncode is not None


def test_where_no_second_process_can_be_started_one_does_it_all(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two_cores, "_BATCH_SIZE", 20)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert list(indexing.count_tickets(root, (), archive_paths(root), cores=2)) == count_alone(root)


def test_a_second_process_that_says_nothing_is_not_waited_for_for_ever(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(two_cores, "_BATCH_SIZE", 20)
    monkeypatch.setattr(helper_process, "_TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr(two_cores, "_HELPER_PROGRAM", "import sys; sys.stdin.buffer.read()")
    assert list(indexing.count_tickets(root, (), archive_paths(root), cores=2)) == count_alone(root)


def test_who_stops_listening_ends_the_second_process(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two_cores, "_BATCH_SIZE", 20)
    begun = cast("Generator[IndexDocument, None, None]", indexing.count_tickets(root, (), archive_paths(root), cores=2))
    with contextlib.closing(begun):
        assert next(begun)
    assert not [thread for thread in threading.enumerate() if thread.name == "helper"]
