"""What a sync spares itself: it records while it fetches, and asks git for nothing twice."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Event
from typing import Any

import pytest

from clones import Sites, git
from fenji.errors import Refused, Unavailable
from fenji.git import objects, remotes
from fenji.sync import record as recording
from fenji.sync import sync

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
