"""An exchange killed at any instant: nothing is lost, and the next one completes it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clones import HERE, SOURCE, Clone, Sites, git
from fenji.sync import mend, receive, write_bundle

KILLS = 3 * int(os.environ.get("FENJI_NIGHTLY") or 1)
# Where the process ends itself, before or after a function of the module does its work.
POINTS = (
    ("before", "fenji.sync.record", "_commit"),
    ("before", "fenji.git.remotes", "fetch"),
    ("after", "fenji.git.remotes", "fetch"),
    ("after", "fenji.sync.session", "merge_commits"),
    ("before", "fenji.git.tree", "Repo.move_branch"),  # as a merge moves it, not a commit
    ("after", "fenji.git.tree", "Repo.move_branch"),
    ("before", "fenji.sync.checkout", "write_all"),
    ("after", "fenji.sync.checkout", "write_all"),
    ("before", "fenji.files", "remove"),
    ("before", "fenji.git.objects", "update_index"),
    ("after", "fenji.git.objects", "update_index"),
    ("before", "fenji.git.remotes", "push"),
    ("after", "fenji.git.remotes", "push"),
    ("before", "fenji.sync.state", "record_success"),
)
DIE = """
import importlib, os, pathlib, signal, sys
when, module, name, root = sys.argv[1:]
target = importlib.import_module(module)
import clones, fenji.sync.session, fenji.sync.exchange
owner, _, name = name.rpartition(".")
target = getattr(target, owner) if owner else target
work = getattr(target, name)
def dying(*words, **more):
    if name == "move_branch" and "fenji: merge" not in words:
        return work(*words, **more)
    if when == "after":
        work(*words, **more)
    os.kill(os.getpid(), signal.SIGKILL)
for module in (target, *(m for n, m in list(sys.modules.items()) if n.startswith("fenji"))):
    if getattr(module, name, None) is work:
        setattr(module, name, dying)
clones.Clone(pathlib.Path(root), "sun.yu").sync()
"""


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return Sites(tmp_path, "li.wei", "sun.yu")


def diverge(sites: Sites) -> tuple[Clone, Clone]:
    """Two clones with changes of every sort between them; ours are pushed."""
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    for number in range(1, 7):
        ours.new(f"KSA-2026-{number:04}")
    ours.sync()
    theirs.sync()
    ours.archive("1")
    ours.new("KSA-2026-0020")
    ours.act("2", "edit", minute=10, fields={"cause": "ours"})
    ours.act("3", "respond")
    ours.attach("5", "photo.jpg", b"ours")
    ours.sync()
    theirs.act("1", "note", note="late")
    theirs.new("KSA-2026-0020", "01KK3Q0W8Z5V9M3T7K000000ZZ")
    theirs.act("2", "edit", minute=20, fields={"cause": "theirs"})
    theirs.act("4", "respond", commit=False)
    theirs.attach("5", "photo.jpg", b"theirs", commit=False)
    return ours, theirs


def assert_complete(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert "late" in [event.note for event in ours.ticket("1").log]
    assert {event.body["value"] for event in ours.ticket("2").log if event.do == "superseded"} == {"ours"}
    assert [event.do for event in ours.ticket("4").log] == ["report", "respond"]
    assert len(ours.store.reader.scan_open().tickets) == 7
    photos = sorted(path.read_bytes() for path in (ours.root / "tickets/files/KSA-2026-0005").iterdir())
    assert photos == [b"ours", b"theirs"]
    assert not list(theirs.root.rglob(".fenji-*"))
    git(theirs.root, "fsck", "--strict")


@pytest.mark.sample(4)
@pytest.mark.parametrize("point", POINTS, ids="-".join)
def test_killed_at_a_point(sites: Sites, point: tuple[str, str, str]) -> None:
    _, theirs = diverge(sites)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(SOURCE), str(HERE)))}
    command = [sys.executable, "-c", DIE, *point, str(theirs.root)]
    done = subprocess.run(command, env=env, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert_complete(sites)


def test_a_desk_opened_after_a_kill_works_on_what_came_in(sites: Sites) -> None:
    ours, theirs = diverge(sites)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(SOURCE), str(HERE)))}
    command = [sys.executable, "-c", DIE, "after", "fenji.git.tree", "Repo.move_branch", str(theirs.root)]
    subprocess.run(command, env=env, capture_output=True, check=False)
    # An interface that was open all the while goes on: what it writes joins what had come in.
    theirs.act("3", "note", note="after the kill")
    assert [event.do for event in theirs.ticket("3").log] == ["report", "respond", "note"] or [
        event.do for event in theirs.ticket("3").log
    ] == ["report", "note", "respond"]
    mend(theirs.store, theirs.recorder)
    assert "20-ZZ" in theirs.store.reader.find_path("KSA-2026-0020-ZZ")
    assert_complete(sites)
    assert "after the kill" in [event.note for event in ours.ticket("3").log]


def test_killed_at_random_instants(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    for number in range(1, 31):
        ours.new(f"KSA-2026-{number:04}", commit=number == 30)
    ours.sync()
    theirs.sync()
    longest = time_sync(theirs)
    notes = 0
    for _ in range(KILLS):
        for clone in (ours, theirs):
            for number in random.sample(range(1, 31), 4):
                notes += 1
                clone.act(str(number), "note", note=f"note {notes}", commit=random.random() < 0.5)
        ours.sync()
        process = start_sync(theirs)
        time.sleep(random.uniform(0.15, longest))
        process.kill()
        process.wait()
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    log = [
        event for stored in ours.store.reader.scan_open().tickets for event in stored.ticket.log if event.do == "note"
    ]
    notes_found = {event.note for event in log} - {"for the clock", "for the clock too"}
    assert notes_found == {f"note {number + 1}" for number in range(notes)}


def start_sync(clone: Clone) -> subprocess.Popen[bytes]:
    code = "import sys, pathlib, clones; clones.Clone(pathlib.Path(sys.argv[1]), 'sun.yu').sync()"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(SOURCE), str(HERE)))}
    return subprocess.Popen([sys.executable, "-c", code, str(clone.root)], env=env, stderr=subprocess.DEVNULL)


def time_sync(clone: Clone) -> float:
    clone.act("1", "note", note="for the clock")
    begun = time.monotonic()
    assert start_sync(clone).wait() == 0
    clone.act("1", "note", note="for the clock too")
    return time.monotonic() - begun


def test_a_parcel_cut_off_leaves_nothing_half_done(sites: Sites) -> None:
    ours, theirs = diverge(sites)
    path = sites.folder / "out.bundle"
    write_bundle(ours.store, ours.recorder, path)
    bundle_bytes = path.read_bytes()
    path.write_bytes(bundle_bytes[: len(bundle_bytes) * 2 // 3])
    with pytest.raises(Exception, match="damaged"):
        receive(theirs.store, theirs.recorder, path)
    path.write_bytes(bundle_bytes)
    receive(theirs.store, theirs.recorder, path)
    assert_complete(sites)


BUNDLE = """
import pathlib, sys
import clones
from fenji.sync import receive, write_bundle
clone, path = clones.Clone(pathlib.Path(sys.argv[2]), sys.argv[3]), pathlib.Path(sys.argv[4])
if sys.argv[1] == "bundle":
    write_bundle(clone.store, clone.recorder, path, to=None)
else:
    receive(clone.store, clone.recorder, path)
"""


def test_a_parcel_killed_at_random_instants(sites: Sites) -> None:
    ours, theirs = diverge(sites)
    path = sites.folder / "files" / "out.bundle"
    path.parent.mkdir()
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(SOURCE), str(HERE)))}
    bundle_bytes, longest = b"", 1.0
    for attempt in range(2 * KILLS):
        what, clone = ("bundle", ours) if attempt < KILLS else ("receive", theirs)
        if attempt == KILLS:
            write_bundle(ours.store, ours.recorder, path, to=None)
        begun = time.monotonic()
        command = [sys.executable, "-c", BUNDLE, what, str(clone.root), clone.person, str(path)]
        process = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL, start_new_session=True)
        if attempt:
            time.sleep(random.uniform(0.1, longest))
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        longest = longest if attempt else time.monotonic() - begun
        if what == "bundle":
            bundle_bytes = bundle_bytes or path.read_bytes()
            assert len(path.read_bytes()) >= len(bundle_bytes) // 2  # the old file or the new one
            subprocess.run(["git", "bundle", "verify", "-q", str(path)], cwd=theirs.root, check=True)
    receive(theirs.store, theirs.recorder, path)
    assert list(path.parent.iterdir()) == [path]
    assert_complete(sites)
