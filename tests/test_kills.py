"""Every operation, killed before each call that changes a disk: no act is lost, and nothing stops the next one."""

from __future__ import annotations

import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import randint

import pytest
from msgspec import Struct

import worlds
from clones import git
from commandline import child_environment, fenji
from foreign_files import FILES, write_file

COMPILER = shutil.which("cc") or shutil.which("gcc")
pytestmark = pytest.mark.skipif(COMPILER is None or sys.platform != "linux", reason="needs a C compiler on Linux")
NUMBER = "KSA-2026-0187"
Arguments = Callable[["Scene"], Sequence[object]]


class Scene(Struct, frozen=True):
    """Two clones around a hub, one of which is about to be killed, and a folder for files."""

    desk: Path
    other: Path
    hub: Path
    folder: Path


OPERATIONS: dict[str, Arguments] = {
    "new": lambda _: ("new", "--title", "killed"),
    "note": lambda _: ("note", NUMBER, "killed"),
    "edit": lambda _: ("edit", NUMBER, "--set", "cause=killed"),
    "attach": lambda scene: ("attach", NUMBER, scene.folder / "photo.jpg"),
    "import": lambda scene: ("import", scene.folder / "log.csv", "--map", "servicenow-log"),
    "withdraw": lambda _: ("withdraw", NUMBER, "--reason", "a mistake"),
    "sync": lambda _: ("sync",),
    "bundle": lambda scene: ("bundle", scene.folder / "out.bundle"),
    "receive": lambda scene: ("receive", scene.folder / "in.bundle"),
    "repair": lambda _: ("sync", "--repair"),
    "take": lambda _: ("held", "take", NUMBER),
    "index": lambda _: ("index",),
}


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("shim") / "kill_shim.so"
    source = Path(__file__).with_name("kill_shim.c")
    subprocess.run([str(COMPILER), "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A desk with work of every sort pending: acts, a hand edit, a forged commit, acts of the other site at the hub."""
    folder = tmp_path_factory.mktemp("scene")
    desk = worlds.make("two_sites", folder / "world")
    other, hub = desk.parent / worlds.OTHER_CLONE, desk.parent / worlds.HUB
    scene = Scene(desk, other, hub, folder)
    run(hub, "hub", "init", hub)
    for clone in (desk, other, desk, other):
        run(clone, "sync")
    write_file(folder, FILES[0])
    (folder / "photo.jpg").write_bytes(b"\xff\xd8picture")
    run(other, "note", "0189", "of the other site")
    run(other, "edit", "0185", "--set", "cause=theirs", "--unknown-person")
    run(other, "bundle", folder / "in.bundle")
    run(other, "sync")
    run(desk, "note", "0185", "acknowledged")
    run(desk, "edit", "0185", "--set", "cause=ours")
    return scene


def run(folder: Path, *args: object) -> None:
    done = fenji(*args, "--desk", folder) if args[0] != "hub" else fenji(*args)
    assert done.code == 0, done.err


def copy_scene(scene: Scene, target: Path) -> Scene:
    """Copy the clones and the hub, which name each other by their paths."""
    shutil.copytree(scene.desk.parent, target / "world", symlinks=True)
    shutil.copytree(scene.folder, target / "files", ignore=shutil.ignore_patterns("world"))
    names = (scene.desk.name, scene.other.name, scene.hub.name)
    desk, other, hub = (target / "world" / name for name in names)
    for clone in (desk, other):
        git(clone, "remote", "set-url", "origin", str(hub))
    return Scene(desk, other, hub, target / "files")


def forge(desk: Path) -> None:
    """Commit an act with git under a name that may not do it, and a stray file."""
    path = next((desk / "tickets").rglob(f"{NUMBER}.yaml"))
    path.write_text(
        path.read_text().rstrip("\n") + "\n- n: 40\n  at: 2026-11-01T09:00:00+00:00\n  by: li.wei\n  do: note\n"
    )
    (desk / "tickets/open/.swp").write_text("stray")
    git(desk, "add", "-A")
    git(desk, "-c", "user.name=G", "-c", "user.email=g@x.invalid", "commit", "-q", "-m", "forged")


def start_killed(shim: Path, scene: Scene, arguments: Sequence[object], at: int) -> tuple[int, int]:
    """Run a command that is killed before its change number `at`; return its exit code and the number of changes."""
    counter = scene.folder / "count"
    counter.write_bytes(bytes(8))
    env = child_environment({"LD_PRELOAD": str(shim), "KILL_SHIM_COUNT": str(counter), "KILL_SHIM_AT": str(at)})
    command = [sys.executable, "-m", "fenji", *map(str, arguments), "--desk", str(scene.desk)]
    done = subprocess.run(command, env=env, capture_output=True, check=False, start_new_session=True)
    return done.returncode, struct.unpack("l", counter.read_bytes())[0]


def prepare(operation: str, base: Scene, target: Path) -> Scene:
    scene = copy_scene(base, target)
    if operation == "import":
        git(scene.desk, "config", "fenji.user", "zhao.min")  # who may
    if operation in ("repair", "take"):
        forge(scene.desk)
    if operation == "take":
        run(scene.desk, "sync", "--repair")
    return scene


@pytest.mark.sample(4)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_killed_before_a_change(
    operation: str, shim: Path, scene: Scene, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    whole = prepare(operation, scene, tmp_path / "whole")
    code, changes = start_killed(shim, whole, OPERATIONS[operation](whole), 0)
    assert (code, changes > 0) == (0, True)
    every = request.config.getoption("--nightly")
    points = range(1, changes + 1) if every else [randint(1, changes)]
    for point in points:
        killed = prepare(operation, scene, tmp_path / str(point))
        code, done = start_killed(shim, killed, OPERATIONS[operation](killed), point)
        assert code == -signal.SIGKILL or (code == 0 and done < point), "it was to be killed"
        assert_goes_on(killed, f"{operation} at {point} of {changes}")
        shutil.rmtree(tmp_path / str(point))


def assert_goes_on(scene: Scene, where: str) -> None:
    """The next act and the next sync succeed, nothing that was acknowledged is missing, and no git lock is left."""
    note = fenji("note", "0189", "afterwards", "--desk", scene.desk)
    assert (note.code, note.err) == (0, note.err if "held" in note.err else ""), (where, note.err)
    long_ago = time.time() - 60
    for lock in list((scene.desk / ".git").rglob("*.lock")):
        os.utime(lock, (long_ago, long_ago))  # as if a minute had passed
    for desk in (scene.desk, scene.other, scene.desk):
        synced = fenji("sync", "--desk", desk)
        assert synced.code == 0, (where, synced.err)
    for desk in (scene.desk, scene.other):
        log = fenji("show", "0185", "--json", "--desk", desk).json["log"]
        assert "acknowledged" in [event.get("note") for event in log], where
        notes = [event.get("note") for event in fenji("show", "0189", "--json", "--desk", desk).json["log"]]
        assert {"afterwards", "of the other site"} <= set(notes), where
        git(desk, "fsck", "--strict")
        assert not [path for path in (desk / ".git").rglob("*.lock") if not path.name.startswith("fenji")], where
    texts = git(scene.hub, "log", "-p", "main", "--", "tickets/open/KSA-2026-0185.yaml")
    assert ("ours" in texts, "theirs" in texts) == (True, True), where
    assert not (scene.desk / ".git/fenji-landing").exists(), where
