"""Desks on disks that are not the usual one: over a network, shared by a group, read-only, full."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from clones import Sites
from commandline import fenji


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
