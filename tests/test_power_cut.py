"""Refs, objects and lists of git that a power cut has emptied are mended by the next command."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from clones import Clone, Sites, git
from commandline import fenji
from fenji.git import damage, process, refs

Spoil = Callable[[Clone], None]


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    sites["li.wei"].new()
    sites["li.wei"].sync()
    sites["sun.yu"].sync()
    for clone in (sites["li.wei"], sites["sun.yu"]):
        clone.act("42", "note", note=f"by {clone.person}")
    return sites


def empty(path: Path) -> None:
    assert path.exists()
    path.chmod(0o644)
    path.write_bytes(b"")


def object_file(clone: Clone, name: str) -> Path:
    name = git(clone.root, "rev-parse", name).strip()
    return clone.root / ".git/objects" / name[:2] / name[2:]


def fill_with_zeros(clone: Clone) -> None:
    (clone.root / ".git/refs/heads/main").write_bytes(bytes(41))


def cut_packed_refs(clone: Clone) -> None:
    git(clone.root, "pack-refs", "--all")
    with (clone.root / ".git/packed-refs").open("a") as packed:
        packed.write("0123456789")


def spoil_pack_list(clone: Clone) -> None:
    git(clone.root, "repack", "-q", "-a", "-d")
    (clone.root / ".git/objects/pack/multi-pack-index").write_bytes(b"junk" * 50)


KINDS: dict[str, Spoil] = {
    "HEAD": lambda clone: empty(clone.root / ".git/HEAD"),
    "branch": lambda clone: empty(clone.root / ".git/refs/heads/main"),
    "zeros": fill_with_zeros,
    "fetched branch": lambda clone: empty(clone.root / ".git/refs/remotes/origin/main"),
    "mark of the last sync": lambda clone: empty(clone.root / ".git/refs/worktree/fenji/whole"),
    "packed refs": cut_packed_refs,
    "list of packs": spoil_pack_list,
    "blob": lambda clone: empty(object_file(clone, "HEAD:tickets/open/KSA-2026-0042.yaml")),
    "tree": lambda clone: empty(object_file(clone, "HEAD:tickets/open")),
    "commit": lambda clone: empty(object_file(clone, "HEAD")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_power_cut_emptied_is_mended_by_the_next_command(sites: Sites, kind: str) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    KINDS[kind](ours)
    done = fenji("--desk", ours.root, "sync", FENJI_USER="li.wei")
    assert done.code == 0, done.err
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert {"by li.wei", "by sun.yu"} <= {event.note for event in theirs.ticket("42").log}
    assert git(ours.root, "fsck", "--strict", "--no-dangling", "--connectivity-only").strip() == ""


def test_what_another_has_mended_meanwhile_is_worth_another_try(sites: Sites) -> None:
    """A fetch and what is recorded beside it meet the same damage, and the first of them mends it."""
    root = sites["li.wei"].root
    said = "fatal: bad object refs/heads/main\nerror: /hub.git did not send all necessary objects\n"
    assert damage.mend(root, root / ".git", said)
    assert not damage.mend(root, root / ".git", said.replace("fatal:", "remote: fatal:"))
    assert not damage.mend(root, root / ".git", said.replace("main", "other"))


HUB_KINDS: dict[str, Callable[[Path], object]] = {
    "HEAD": lambda hub: empty(hub / "HEAD"),
    "branch": lambda hub: empty(hub / "refs/heads/main"),
    "list of packs": lambda hub: (hub / "objects/pack/multi-pack-index").write_bytes(b"junk" * 50),
    "packed refs": lambda hub: (hub / "packed-refs").write_text("garbage"),
}


@pytest.mark.parametrize("kind", HUB_KINDS)
def test_a_hub_is_mended_by_making_it_once_more(sites: Sites, tmp_path: Path, kind: str) -> None:
    ours, hub = sites["li.wei"].root, tmp_path / "judging.git"
    assert fenji("hub", "init", hub, "--from", ours).code == 0
    git(ours, "remote", "set-url", "origin", str(hub))
    HUB_KINDS[kind](hub)
    failed = fenji("--desk", ours, "sync", FENJI_USER="li.wei")
    assert (failed.code, "fenji hub init" in failed.err or kind == "HEAD") == (1, True), failed.err
    assert fenji("hub", "init", hub).code == 0
    assert fenji("--desk", ours, "sync", FENJI_USER="li.wei").code == 0
    assert git(hub, "rev-parse", "main") == git(ours, "rev-parse", "main")


def test_a_damaged_hub_is_named(tmp_path: Path) -> None:
    fenji("hub", "init", tmp_path / "hub.git")
    empty(tmp_path / "hub.git/HEAD")
    assert "fenji hub init" in fenji("hub", "status", tmp_path / "hub.git").err


@pytest.mark.parametrize("content", [b"", bytes(400), b"\r\n"])
def test_a_ticket_that_was_emptied_comes_back(sites: Sites, content: bytes) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    (ours.root / "tickets/open/KSA-2026-0042.yaml").write_bytes(content)
    theirs.sync()
    assert not ours.sync().left_alone
    theirs.sync()
    sites.assert_equal()
    assert {"by li.wei", "by sun.yu"} <= {event.note for event in ours.ticket("42").log}


def test_what_is_sound_stays_as_it_is(sites: Sites) -> None:
    ours = sites["li.wei"]
    repo = ours.store.repo
    before = {path: path.stat().st_mtime_ns for path in repo.git_dir.rglob("*")}
    assert not damage.mend(repo.top, repo.git_dir, "fatal: Could not read from remote repository.")
    assert not damage.mend(repo.top, repo.git_dir, "error: object file x is empty")
    assert not damage.mend_head(ours.root)
    assert {path: path.stat().st_mtime_ns for path in repo.git_dir.rglob("*")} == before


def test_a_disk_that_cannot_be_written_is_no_failure_of_its_own(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    ours = sites["li.wei"]
    empty(ours.root / ".git/refs/remotes/origin/main")
    monkeypatch.setattr(Path, "unlink", refuse)
    monkeypatch.setattr(os, "unlink", refuse)
    repo = ours.store.repo
    assert not damage.mend(repo.top, repo.git_dir, "fatal: bad object refs/remotes/origin/main")
    assert refs.resolve(repo, "refs/remotes/origin/main") is None


def test_a_branch_named_in_chinese_is_no_damage(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "工作", str(tmp_path))
    head = (tmp_path / ".git/HEAD").read_bytes()
    assert not damage.mend_head(tmp_path)
    (tmp_path / ".git/HEAD").write_bytes(b"")
    assert damage.mend_head(tmp_path)
    assert (tmp_path / ".git/HEAD").read_bytes() != head


@pytest.mark.parametrize(
    "reason", ["Permission denied", "Input/output error", "Stale file handle", "Cannot allocate memory"]
)
def test_what_only_cannot_be_read_now_moves_no_branch(
    sites: Sites, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    root = sites["li.wei"].root
    head, run = git(root, "rev-parse", "HEAD"), process.run

    def fail_to_read(arguments: Sequence[str], top: Path, **more: Any) -> subprocess.CompletedProcess[bytes]:
        if arguments[0] == "rev-list":
            said = f"error: unable to open loose object {head[:7]}: {reason}\nfatal: bad object {head}"
            return subprocess.CompletedProcess(arguments, 128, b"", said.encode())
        return run(arguments, top, **more)

    monkeypatch.setattr(process, "run", fail_to_read)
    assert not damage.mend(root, root / ".git", f"fatal: bad object {head}")
    assert git(root, "rev-parse", "HEAD") == head
    assert not damage.is_named(f"error: unable to open {head[:7]}: {reason}\nfatal: bad object {head}")
