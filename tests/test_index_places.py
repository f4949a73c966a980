"""An index that cannot follow its desk says so, and another one answers: in the cache folder, or in memory."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from commandline import fenji
from desks import make_desk
from fenji.desk.index_places import cache_folder
from fenji.errors import os_reason

ODD = "棱鏡起霧"  # no shipped ticket says so
FAILURES = {"another's": errno.EACCES, "read-only disk": errno.EROFS, "full disk": errno.ENOSPC}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_desk(tmp_path, "shipped")
    assert fenji("--desk", root, "search", "生锈").err == ""
    fenji("--desk", root, "new", "--title", ODD)
    return root


def refuse_writing(monkeypatch: pytest.MonkeyPatch, *folders: Path, number: int) -> None:
    """Have the system refuse to open files below the folders for writing, also to root."""
    real = os.open

    def open_file(path: Any, flags: int, *args: Any, **options: Any) -> int:
        writes = flags & (os.O_WRONLY | os.O_RDWR)
        if writes and any(Path(os.fsdecode(path)).is_relative_to(folder) for folder in folders):
            raise OSError(number, os.strerror(number), path)
        return real(path, flags, *args, **options)

    monkeypatch.setattr(os, "open", open_file)


@pytest.mark.parametrize("number", FAILURES.values(), ids=FAILURES.keys())
def test_what_the_index_cannot_take_in_is_found_in_the_cache(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    refuse_writing(monkeypatch, root / "index", number=number)
    result = fenji("--desk", root, "search", "棱镜")
    assert ODD in result.out
    reason = f"The index of the handbook cannot be written: {os_reason(OSError(number, ''))}."
    assert result.err == f"{reason} Searching uses an index in {cache_folder(root)}.\n"
    later = fenji("--desk", root, "new", "--title", "棱鏡脫落")
    assert later.code == 0
    again = fenji("--desk", root, "search", "棱镜", "--json")
    assert again.json["total"] == 2
    assert str(cache_folder(root)) in again.err
    assert stat.S_IMODE(cache_folder(root).stat().st_mode) == 0o700


def test_an_index_that_nobody_need_write_is_used_without_a_word(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ODD in fenji("--desk", root, "search", "棱镜").out
    refuse_writing(monkeypatch, root / "index", number=errno.EACCES)
    result = fenji("--desk", root, "search", "棱镜")
    assert ODD in result.out
    assert result.err == ""


def test_the_commands_of_the_index_go_the_same_way(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_writing(monkeypatch, root / "index", number=errno.EROFS)
    for command in (("suggest", ODD), ("index",), ("index", "--rebuild")):
        result = fenji("--desk", root, *command)
        assert result.code == 0
        assert str(cache_folder(root)) in result.err


def test_without_a_cache_folder_it_is_made_in_memory_and_leaves_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    refuse_writing(monkeypatch, root / "index", number=errno.ENOSPC)
    before = set(Path("/dev/shm").glob("fenji-index-*"))
    result = fenji("--desk", root, "search", "棱镜")
    assert ODD in result.out
    assert "an index in memory" in result.err
    assert set(Path("/dev/shm").glob("fenji-index-*")) <= before


def test_a_disk_that_fills_up_meanwhile_keeps_no_half_of_an_index(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / ".git/fenji-index.json").unlink()
    real = os.fsync

    def sync(handle: int) -> None:
        if Path(f"/proc/self/fd/{handle}").readlink().is_relative_to(root / "index"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", sync)
    before = {path.name for path in (root / "index").iterdir()}
    result = fenji("--desk", root, "search", "棱镜")
    assert ODD in result.out
    assert "the disk is full" in result.err
    assert {path.name for path in (root / "index").iterdir()} <= before


def test_a_link_out_of_the_desk_is_not_followed(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (root / "index").rename(outside)
    (root / "index").symlink_to(outside)
    before = sorted(outside.rglob("*"))
    result = fenji("--desk", root, "search", "棱镜")
    assert ODD in result.out
    assert result.err.startswith("index is a link that leads out of the desk and is not followed. Searching uses")
    assert sorted(outside.rglob("*")) == before


def test_a_file_in_the_place_of_the_folder_is_in_the_way_and_said(root: Path) -> None:
    (root / "index").rename(root / "old")
    (root / "index").touch()
    result = fenji("--desk", root, "search", "棱镜")
    assert ODD in result.out
    assert str(cache_folder(root)) in result.err


def test_a_damaged_index_in_the_cache_is_made_anew(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_writing(monkeypatch, root / "index", number=errno.EACCES)
    fenji("--desk", root, "search", "棱镜")
    for path in cache_folder(root).rglob("*"):
        if path.is_file():
            path.write_bytes(b"\0" * 40)
    assert ODD in fenji("--desk", root, "search", "棱镜").out


def test_a_group_may_use_what_one_of_it_wrote(tmp_path: Path) -> None:
    root = make_desk(tmp_path, "shipped")
    for folder in (root, root / ".git"):
        folder.chmod(0o2770)
    before = os.umask(0o077)
    try:
        fenji("--desk", root, "search", "生锈")
    finally:
        os.umask(before)
    written = [path for path in (root / "index").rglob("*") if path.name != "README.md"]
    assert len(written) > 3
    for path in [root / "index", *written, root / ".git/fenji-index.json"]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o2770 if path.is_dir() else 0o660), path
