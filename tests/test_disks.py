"""Desks on disks that are not the usual one: over a network, shared by a group, read-only, full."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from clones import Sites, git
from commandline import fenji
from fenji import files
from fenji.git import find_repo
from fenji.storage.journal import Journal, JournalEntry
from fenji.sync.keep import keep_conflict_text, keep_draft


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return Sites(tmp_path, "li.wei")


def test_locks_are_open_for_writing_as_a_network_disk_wants_them(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    flock = fcntl.flock

    def flock_as_on_nfs(handle: int, operation: int) -> None:
        if operation & fcntl.LOCK_EX and fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        flock(handle, operation)

    monkeypatch.setattr(fcntl, "flock", flock_as_on_nfs)
    root = sites["li.wei"].root
    for command in (("new", "--title", "x"), ("note", "1", "x"), ("index",), ("sync",)):
        done = fenji("--desk", root, *command)
        assert (done.code, done.err) == (0, ""), command


def test_a_desk_of_another_account_says_that_it_may_not_be_written(
    sites: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    os_open = os.open

    def open_as_a_stranger(path: object, flags: int, *words: Any, **more: Any) -> int:
        if flags & os.O_CREAT and str(path).startswith(str(sites["li.wei"].root)):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return os_open(path, flags, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", open_as_a_stranger)
    for command in (("new", "--title", "x"), ("sync",), ("bundle", "out.bundle")):
        done = fenji("--desk", sites["li.wei"].root, *command)
        assert (done.code, "not allowed" in done.err, "Ask the folder's owner" in done.err) == (1, True, True), done.err


def test_a_desk_that_git_does_not_trust_says_how_to_trust_it(sites: Sites) -> None:
    root = sites["li.wei"].root
    for command in (("list",), ("new", "--title", "x"), ("sync",), ("report",)):
        done = fenji("--desk", root, *command, GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
        assert done.code == 1
        assert done.err.splitlines() == [
            f"{root} belongs to another account, so git does not trust it.",
            f"If you trust it: git config --global --add safe.directory {root}",
        ]


def test_no_mode_is_set_that_a_file_has_already(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "fchmod", refuse)
    monkeypatch.setattr(os, "chmod", refuse)
    root = sites["li.wei"].root
    for command in (("new", "--title", "x"), ("note", "1", "x"), ("sync",)):
        done = fenji("--desk", root, *command)
        assert (done.code, done.err) == (0, ""), command


def test_what_is_made_in_a_folder_of_a_group_is_the_groups(sites: Sites, tmp_path: Path) -> None:
    root = sites["li.wei"].root
    for folder in (root, root / ".git"):
        folder.chmod(0o2775)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"x")
    before = os.umask(0o022)
    try:
        assert fenji("--desk", root, "new", "--title", "x").code == 0
        assert fenji("--desk", root, "attach", "1", photo).code == 0
    finally:
        os.umask(before)
    made = [root / "tickets", *(root / "tickets").rglob("*"), root / ".git/fenji.lock"]
    assert len(made) > 5
    assert [path for path in made if not path.stat().st_mode & 0o020] == []


# --- names ------------------------------------------------------------------------------------------------------------

GBK_NAME = b"\xb1\xb8\xbc\xfe.jpg"


@pytest.mark.parametrize("name", [GBK_NAME, b"two\nlines.jpg", b"bell\x07.jpg"])
def test_a_file_whose_name_is_no_text_is_named_and_stops_nothing(sites: Sites, name: bytes) -> None:
    ours = sites["li.wei"]
    ours.new("KSA-2026-0042")
    folder = os.fsencode(ours.root / "tickets/files/KSA-2026-0042")
    Path(os.fsdecode(folder)).mkdir(parents=True)
    Path(os.fsdecode(folder + b"/" + name)).write_bytes(b"x")
    Path(os.fsdecode(os.fsencode(ours.root / "tickets/open") + b"/" + name + b".yaml")).write_bytes(b"x")
    assert files.printable(f"tickets/open/{os.fsdecode(name)}.yaml") in fenji("--desk", ours.root, "check").out
    ours.new("KSA-2026-0043", commit=False)
    done = fenji("--desk", ours.root, "sync")
    assert "has a name that is not plain text" in done.out + done.err
    assert "tickets/files/KSA-2026-0042/" in done.out + done.err
    assert "KSA-2026-0043" in git(sites.hub, "ls-tree", "-r", "--name-only", "main")
    assert name not in git(sites.hub, "ls-tree", "-r", "-z", "main").encode("utf-8", "surrogateescape")
    done = fenji("--desk", ours.root, "bundle", sites.folder / "out.bundle", "--whole")
    assert done.code == 0
    assert fenji("--desk", ours.root, "--json", "sync").json


PLACES = (
    b"tickets/open/%s.txt",
    b"tickets/open/%s.yaml",
    b"tickets/open/%s/x",
    b"tickets/files/KSA-2026-0042/%s",
    b"%s",
)


@pytest.mark.parametrize("name", [GBK_NAME, b"two\nlines.jpg"])
@pytest.mark.parametrize("judges", [True, False])
def test_a_file_whose_name_is_no_text_stops_nothing_once_committed(
    tmp_path: Path, name: bytes, *, judges: bool
) -> None:
    sites = Sites(tmp_path, "li.wei", "zhao.min")
    ours, theirs = sites["li.wei"], sites["zhao.min"]
    ours.new("KSA-2026-0042")
    ours.sync()
    if judges:
        assert fenji("hub", "init", sites.hub).code == 0
    theirs.sync()
    for place in PLACES:
        path = Path(os.fsdecode(os.fsencode(ours.root) + b"/" + place % name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    git(ours.root, "add", "-A")
    git(ours.root, "commit", "-q", "-m", "by hand")
    ours.act("KSA-2026-0042", "note", note="mine")
    theirs.act("KSA-2026-0042", "note", note="theirs")
    for clone in (theirs, ours, theirs, ours):
        done = fenji("--desk", clone.root, "sync")
        assert done.code == 0, done.err
    assert git(ours.root, "rev-parse", "main^{tree}") == git(theirs.root, "rev-parse", "main^{tree}")
    assert {event.note for event in ours.ticket("KSA-2026-0042").log} >= {"mine", "theirs"}
    stands = name in git(sites.hub, "ls-tree", "-r", "-z", "main").encode("utf-8", "surrogateescape")
    assert stands is not judges


@pytest.mark.parametrize("name", [b"a\nb", GBK_NAME, "備 件".encode(), b"'$(x)'\"\\", b"tab\t%s"])
def test_a_desk_may_lie_under_any_name(sites: Sites, name: bytes) -> None:
    root = Path(os.fsdecode(os.fsencode(sites.folder) + b"/" + name))
    hub = root.with_name(root.name + ".git")
    for command in (
        ("init", root, "--site", "KSA"),
        ("--desk", root, "new", "--title", "first"),
        ("hub", "init", hub, "--from", root),
        ("--desk", root, "note", "1", "x"),
        ("--desk", root, "sync"),
        ("--desk", root, "list"),
        ("--desk", root, "check"),
        ("init", root.with_name(root.name + "-2"), "--site", "HQ", "--from", hub),
        ("--desk", root.with_name(root.name + "-2"), "list"),
    ):
        done = fenji(*command)
        assert (done.code, done.err) == (0, ""), command


def test_a_part_of_a_repository_with_a_line_break_in_its_name_is_refused(sites: Sites) -> None:
    done = fenji("init", sites["li.wei"].root / "a\nb", "--site", "KSA")
    assert done.code == 1
    assert "line break" in done.err


def test_what_is_kept_for_a_person_is_his_alone_whatever_the_umask(
    sites: Sites, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = sites["li.wei"].root
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("EDITOR", "false")
    before = os.umask(0)
    try:
        assert fenji("--desk", root, "new", "--title", "x").code == 0
        ticket = next((root / "tickets/open").glob("*.yaml"))
        fenji("--desk", root, "edit", "1")  # whose copy stays, as the editor fails
        for words, typed in (("title: x", "title: y  # why"), ("state: new", "state: solved")):
            ticket.write_text(ticket.read_text().replace(words, typed))
            assert fenji("--desk", root, "sync").code == 0
        fenji("--desk", root, "search", "y")
        keep_draft(root, "policy.yaml", b"format: 1\n")
        keep_conflict_text(find_repo(root), "x.yaml", b"<<<<<<<")
        Journal(root / ".git/fenji-pending").add(JournalEntry("x", ()))
    finally:
        os.umask(before)
    kept = [path for path in (root / ".git").rglob("*") if "fenji-" in str(path.relative_to(root)) and path.is_file()]
    kept = [path for path in kept if path.suffix != ".lock" and "refs" not in path.parts and "logs" not in path.parts]
    assert {path.relative_to(root / ".git").parts[0] for path in kept} >= {
        *("fenji-edits", "fenji-typed", "fenji-marked", "fenji-sync.json", "fenji-pending", "fenji-index.json")
    }
    assert [path for path in [*kept, root / "policy.local.yaml"] if path.stat().st_mode & 0o077] == []
