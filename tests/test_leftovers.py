"""What a git that was killed, or whose disk was full, leaves in a desk and in a hub is named, and removed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from clones import Sites, git
from commandline import fenji
from fenji.desk.doctor import diagnose
from fenji.git import GitError, find_repo, leftovers, locks

needs_processes = pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="processes cannot be seen here")
LEFT_FILES = (
    *("fast_import_crash_17", "shallow_Abc123", "sharedindex_Abc123"),
    *("objects/pack/tmp_pack_Abc123", "objects/pack/.tmp-17-pack-9f.pack", "objects/1f/tmp_obj_Abc123"),
    *("objects/info/packs_Abc123", "objects/info/commit-graphs/tmp_graph_Abc123"),
)
WAITING_ROOM = "objects/tmp_objdir-incoming-Abc123/pack/tmp_pack_Abc123"
MARK = "objects/pack/pack-0123.keep"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    sites = Sites(tmp_path, "li.wei")
    sites["li.wei"].new()
    sites["li.wei"].sync()
    return sites["li.wei"].root


def leave(git_dir: Path) -> list[Path]:
    """Lay down what killed gits leave; whole packs and marks of a person are none of it."""
    paths = [git_dir / name for name in (*LEFT_FILES, WAITING_ROOM, MARK)]
    for path in (*paths, git_dir / "objects/pack/pack-4567.keep"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("receive-pack 17 on hub\n" if path.name == "pack-0123.keep" else "somebody's\n")
    return [
        git_dir / WAITING_ROOM.rpartition("/pack/")[0] if path.name == "tmp_pack_Abc123" else path for path in paths
    ]


def age(git_dir: Path) -> None:
    for path in git_dir.rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False)


@needs_processes
@pytest.mark.parametrize("command", [("sync",), ("bundle", "out.bundle", "--whole")])
def test_an_exchange_removes_what_no_git_can_hold(
    root: Path, command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where the bundle is written
    left = leave(root / ".git")
    assert fenji("--desk", root, *command).code == 0
    assert [path for path in left if path.exists()] == []
    assert (root / ".git/objects/pack/pack-4567.keep").exists()


def test_the_doctor_names_them(root: Path) -> None:
    leave(root / ".git")
    found = [str(finding.message) for finding in diagnose(root).findings if finding.name == "locks"]
    assert any("left 10 pieces" in message for message in found), found


@needs_processes
def test_a_git_that_ends_while_it_is_looked_at_holds_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(_: Path) -> bytes:
        raise ProcessLookupError

    left = leave(root / ".git")
    with (
        subprocess.Popen(["git", "cat-file", "--batch"], cwd=root, stdin=subprocess.PIPE),
        monkeypatch.context() as patched,
    ):
        patched.setattr(Path, "read_bytes", ended)
        found = leftovers.find_leftovers(root / ".git", root)
    assert {path for path in left if path.suffix != ".keep"} <= set(found)


@needs_processes
def test_what_a_git_is_at_work_on_stays(root: Path) -> None:
    left = [path for path in leave(root / ".git") if not path.name.startswith("fast_import")]
    with subprocess.Popen(["git", "cat-file", "--batch"], cwd=root, stdin=subprocess.PIPE) as other:
        leftovers.remove_leftovers(root / ".git", root)
        assert all(path.exists() for path in left)
        assert other.stdin
        other.stdin.close()


def test_on_a_disk_of_several_machines_only_what_is_old_goes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "shared_disk", lambda _: "nfs4")
    left = [path for path in leave(root / ".git") if not path.name.startswith("fast_import")]
    leftovers.remove_leftovers(root / ".git", root)
    assert all(path.exists() for path in left)
    age(root / ".git")
    leftovers.remove_leftovers(root / ".git", root)
    assert not any(path.exists() for path in left)


def test_an_act_that_git_cannot_commit_leaves_no_report(root: Path) -> None:
    repo = find_repo(root)
    with pytest.raises(GitError):
        repo.git.run("fast-import", "--quiet", "--done", data=b"nonsense\n")
    assert list(repo.git_dir.glob("fast_import_crash_*")) == []


@needs_processes
def test_a_push_sweeps_the_hub(root: Path, tmp_path: Path) -> None:
    hub = tmp_path / "judging.git"
    assert fenji("hub", "init", hub, "--from", root).code == 0
    git(root, "remote", "set-url", "origin", str(hub))
    git(root, "config", "fenji.user", "li.wei")
    left = leave(hub)
    assert "left 10 pieces" in fenji("hub", "status", hub).out
    assert fenji("--desk", root, "new", "--title", "x").code == fenji("--desk", root, "sync").code == 0
    young = [path for path in left if path.exists()]
    assert len(young) == len(left) - 1, "only the report goes at once: others' pushes may be hidden"
    age(hub / "objects")
    for path in young:
        os.utime(path, (1, 1))
    assert fenji("--desk", root, "new", "--title", "y").code == fenji("--desk", root, "sync").code == 0
    assert [path for path in left if path.exists()] == []
    assert git(hub, "log", "--format=%s", "-1", "main").endswith(": report\n")
