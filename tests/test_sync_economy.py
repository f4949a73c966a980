"""What a sync spares itself: it records while it fetches, and asks git for nothing twice."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Event
from typing import Any

import pytest

from clones import Sites, git, note_starts
from fenji.errors import Refused, Unavailable
from fenji.git import objects, remotes
from fenji.storage import write_many
from fenji.sync import apply, checkout, sync
from fenji.sync import record as recording

LONGEST_WAIT = 60  # seconds, for what begins at once


def share_tickets(sites: Sites, count: int) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    for number in range(1, count + 1):
        ours.new(f"KSA-2026-{number:04}")
    ours.sync()
    theirs.sync()


def test_it_records_while_it_fetches(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    share_tickets(sites, 1)
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.act("1", "note", note="from here", commit=False)
    theirs.act("1", "note", note="from there")
    theirs.sync()
    fetching, together = Event(), list[bool]()
    fetch, record = remotes.fetch, recording.record

    def begin_fetch(*words: Any, **more: Any) -> Any:
        fetching.set()
        return fetch(*words, **more)

    def record_meanwhile(*words: Any, **more: Any) -> Any:
        together.append(fetching.wait(LONGEST_WAIT))
        return record(*words, **more)

    monkeypatch.setattr(remotes, "fetch", begin_fetch)
    monkeypatch.setattr(recording, "record", record_meanwhile)
    ours.sync()
    assert together[0]
    theirs.sync()
    sites.assert_equal()


def test_what_waits_is_recorded_also_where_the_fetch_fails(tmp_path: Any) -> None:
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    share_tickets(sites, 1)
    ours = sites["li.wei"]
    ours.act("1", "note", note="kept", commit=False)
    sites.hub.rename(tmp_path / "away.git")
    with pytest.raises(Unavailable):
        ours.sync()
    assert "note: kept" in git(ours.root, "show", "HEAD:tickets/open/KSA-2026-0001.yaml")


def test_a_failure_to_record_ends_the_fetch_and_is_told(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    share_tickets(sites, 1)
    ours, head = sites["li.wei"], git(sites["li.wei"].root, "rev-parse", "HEAD")

    def fail(*_: Any, **__: Any) -> None:
        raise Refused("The disk is full.")

    monkeypatch.setattr(recording, "record", fail)
    steps: list[str] = []
    with pytest.raises(Refused, match="The disk is full"):
        sync(ours.store, ours.recorder, lambda step, *_: steps.append(step))
    assert set(steps) == {"record"}
    assert git(ours.root, "rev-parse", "HEAD") == head
    monkeypatch.undo()
    ours.sync()


def test_nothing_is_read_from_git_or_compared_twice(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    share_tickets(sites, 3)
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    for number in ("1", "2"):
        ours.act(number, "note", note="from here")
        theirs.act(number, "note", note="from there")
    theirs.act("3", "note", note="from there alone")
    theirs.sync()
    blobs, pairs = list[str](), list[tuple[str | None, str | None]]()
    read_blobs, diff_commits = objects.read_blobs, objects.diff_commits

    def read(repo: Any, names: Iterable[str]) -> dict[str, bytes]:
        names = list(names)
        blobs.extend(names)
        return read_blobs(repo, names)

    def compare(repo: Any, before: str | None, after: str | None) -> Any:
        pairs.append((before, after))
        return diff_commits(repo, before, after)

    monkeypatch.setattr(objects, "read_blobs", read)
    monkeypatch.setattr(objects, "diff_commits", compare)
    ours.sync()
    assert blobs
    assert len(blobs) == len(set(blobs))
    assert len(pairs) == len(set(pairs))
    monkeypatch.undo()
    theirs.sync()
    sites.assert_equal()


def test_a_sync_that_brings_nothing_starts_few_processes(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    share_tickets(sites, 2)
    ours = sites["li.wei"]
    ours.sync()
    started = note_starts(monkeypatch)
    ours.sync()
    assert 0 < len(started) <= 20, started


def test_the_time_that_git_searches_before_a_push_is_bounded(tmp_path: Any) -> None:
    assert [remotes.choose_window(count) for count in (0, 1, 1_200, 2_000, 10**6)] == [10, 250, 250, 150, 10]
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    share_tickets(sites, 2)
    repo = sites["li.wei"].store.repo
    before = repo.head()
    sites["li.wei"].act("1", "note", note="from here")
    after = repo.head()
    assert before
    assert after
    # The commit, the ticket, its folder, `tickets` and the whole.
    assert (objects.count_new(repo, after, before), objects.count_new(repo, before, after)) == (5, 0)


def change_both_sides(sites: Sites) -> None:
    share_tickets(sites, 2)
    sites["li.wei"].act("1", "note", note="from here")
    sites["sun.yu"].act("2", "note", note="from there")
    sites["sun.yu"].sync()


def test_it_pushes_while_it_writes_the_files(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    change_both_sides(sites)
    pushing, together = Event(), list[bool]()
    push, write_all = remotes.push, write_many.write_all

    def begin_push(*words: Any, **more: Any) -> Any:
        pushing.set()
        return push(*words, **more)

    def write_meanwhile(*words: Any, **more: Any) -> None:
        together.append(pushing.wait(LONGEST_WAIT))
        write_all(*words, **more)

    monkeypatch.setattr(remotes, "push", begin_push)
    monkeypatch.setattr(checkout, "write_all", write_meanwhile)
    result = sites["li.wei"].sync()
    assert (together, result.sent, result.tries) == ([True], 1, 1)
    sites["sun.yu"].sync()
    sites.assert_equal()


def test_files_that_cannot_be_written_are_told_though_the_push_went(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    change_both_sides(sites)
    ours = sites["li.wei"]

    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(checkout, "write_all", fail)
    with pytest.raises(Unavailable, match="The disk is full"):
        ours.sync()
    assert git(sites.hub, "rev-parse", "main") == git(ours.root, "rev-parse", "HEAD")
    monkeypatch.undo()
    assert ours.sync().sent == 0
    sites["sun.yu"].sync()
    sites.assert_equal()


def test_a_push_that_fails_leaves_the_files_written(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    change_both_sides(sites)
    ours = sites["li.wei"]

    def fail(*_: Any, **__: Any) -> bool:
        raise Unavailable("The link broke.")

    monkeypatch.setattr(remotes, "push", fail)
    with pytest.raises(Unavailable, match="The link broke"):
        ours.sync()
    assert "from there" in [event.note for event in ours.ticket("2").log]
    assert not git(ours.root, "status", "--porcelain")
    monkeypatch.undo()
    assert ours.sync().sent == 1


def test_what_is_typed_while_the_files_are_written_goes_too(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    change_both_sides(sites)
    ours, push = sites["li.wei"], remotes.push
    check_out = checkout.check_out
    pushed: list[str] = []

    def note_push(repo: Any, remote: Any, request: Any, **more: Any) -> bool:
        pushed.append(request.commit)
        return push(repo, remote, request, **more)

    def type_before(*words: Any, **more: Any) -> Any:
        path = ours.path("2")
        path.write_text(path.read_text().replace("\nlog:", "\ncause: |\n  typed\nlog:", 1))
        return check_out(*words, **more)

    monkeypatch.setattr(remotes, "push", note_push)
    monkeypatch.setattr(apply, "check_out", type_before)
    ours.sync()
    monkeypatch.undo()
    assert len(set(pushed)) == 2
    assert git(sites.hub, "rev-parse", "main") == git(ours.root, "rev-parse", "HEAD")
    assert "typed" in git(sites.hub, "show", "main:tickets/open/KSA-2026-0002.yaml")
    sites["sun.yu"].sync()
    sites.assert_equal()
