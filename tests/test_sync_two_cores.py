"""What two processes parse and merge is what one does, also where the second one dies, is silent or never starts."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from clones import Sites, git
from fenji.git import objects
from fenji.storage import ahead, helper_process
from fenji.storage.ahead import SecondCore
from fenji.sync.merge_commit import MergeCommit, merge_commits
from fenji.sync.policy_choice import choose_hub_policy
from fenji.sync.trees import BlobCache

if TYPE_CHECKING:
    from pathlib import Path

    from clones import Clone

COUNT = 12  # tickets


@pytest.fixture
def sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sites:
    """Two clones that changed the same tickets, so small parts that each process gets several."""
    monkeypatch.setattr(ahead, "MIN_TICKETS", 1)
    monkeypatch.setattr(ahead, "_MIN_BATCH", 2)
    monkeypatch.setattr(ahead, "_MAX_BATCH", 2)
    monkeypatch.setattr(ahead, "usable_cores", lambda: 2)
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    for number in range(1, COUNT + 1):
        ours.new(f"KSA-2026-{number:04}")
    ours.sync()
    theirs.sync()
    for clone in (ours, theirs):
        for number in range(1, COUNT + 1):
            fields = {"description": f"{clone.person} saw\n{number}"}
            clone.act(f"KSA-2026-{number:04}", "edit", fields=fields, commit=False)
        clone.commit()
        clone.attach("KSA-2026-0003", "photo.jpg", clone.person.encode())
    broken = theirs.path("KSA-2026-0004")
    broken.write_bytes(broken.read_bytes() + b"- no event\n")
    git(theirs.root, "commit", "-qam", "broken by hand")
    git(theirs.root, "push", "-q", "origin")
    git(ours.root, "fetch", "-q", "origin")
    return sites


def merge(clone: Clone, second_core: SecondCore | None) -> MergeCommit:
    blobs = BlobCache(clone.store.repo)
    blobs.second_core = second_core
    theirs = git(clone.root, "rev-parse", "origin/main").strip()
    head = git(clone.root, "rev-parse", "HEAD").strip()
    return merge_commits(blobs, head, theirs, choose_policy=choose_hub_policy)


@pytest.mark.parametrize("count", [0, 1, 2, 9, 200, 1001])
def test_parts_get_smaller_where_both_processes_meet_and_leave_nothing_out(count: int) -> None:
    work = [ahead.TicketVersions(str(number), ()) for number in range(count)]
    parts = ahead._split(work)
    assert [versions for part in parts for versions in part] == work
    sizes = [len(part) for part in parts]
    assert sizes == sizes[::-1]
    first_half = sizes[: len(sizes) // 2]
    assert first_half == sorted(first_half, reverse=True)


def test_two_processes_make_the_commit_that_one_makes(sites: Sites) -> None:
    ours = sites["li.wei"]
    alone = merge(ours, None)
    with SecondCore() as second_core:
        for _ in range(2):
            assert merge(ours, second_core) == alone
    assert {outcome.how for outcome in alone.tree.outcomes} >= {"merged", "unreadable"}


@pytest.mark.parametrize("after", [1, 2, 3, 5])
def test_a_second_process_that_is_killed_loses_nothing(
    sites: Sites, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    alone = merge(sites["li.wei"], None)
    prepare, count = ahead.TicketMemory.prepare, 0
    with SecondCore() as second_core:

        def kill_meanwhile(*words: Any) -> None:
            nonlocal count
            count += 1
            if count == after:
                started[-1].kill()
            prepare(*words)

        started = note_processes(monkeypatch)
        monkeypatch.setattr(ahead.TicketMemory, "prepare", kill_meanwhile)
        assert merge(sites["li.wei"], second_core) == alone
    assert started[-1].returncode is not None


def note_processes(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, command: Any, *words: Any, **more: Any) -> None:
            super().__init__(command, *words, **more)
            if command[0] == sys.executable:
                started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    return started


def test_where_no_second_process_can_be_started_one_does_it_all(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = merge(sites["li.wei"], None)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with SecondCore() as second_core:
        assert merge(sites["li.wei"], second_core) == alone


def test_a_second_process_that_says_nothing_is_not_waited_for_for_ever(
    sites: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = merge(sites["li.wei"], None)
    monkeypatch.setattr(helper_process, "_TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr(ahead, "_HELPER_PROGRAM", "import sys; sys.stdin.buffer.read()")
    with SecondCore() as second_core:
        assert merge(sites["li.wei"], second_core) == alone


def test_a_second_process_loads_only_what_its_work_needs() -> None:
    code = "import sys; from fenji.storage.ahead import serve; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, check=True, text=True).stdout
    others = ("fenji.sync", "fenji.git", "fenji.storage.store", "fenji.storage.reader", "fenji.model.policy")
    assert not set(others) & set(loaded.split())


def test_the_second_process_starts_before_its_work_is_read_from_git(
    sites: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, read_blobs = note_processes(monkeypatch), objects.read_blobs
    running: list[bool] = []

    def read(repo: Any, names: Any) -> dict[str, bytes]:
        names = list(names)
        if len(names) > COUNT:
            running.append(bool(started))
        return read_blobs(repo, names)

    monkeypatch.setattr(objects, "read_blobs", read)
    with SecondCore() as second_core:
        merge(sites["li.wei"], second_core)
    assert running
    assert all(running)


def test_a_whole_sync_ends_the_second_process(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    started = note_processes(monkeypatch)
    sites["li.wei"].sync()
    assert started
    assert all(process.returncode is not None for process in started)
    sites.sync_all()
    sites.assert_equal()
