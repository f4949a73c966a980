"""Remove what a killed git, or one whose disk was full, leaves in a repository; git does so after weeks, or never.

Nothing that is whole is touched: temporary names of packs, objects and lists, the waiting rooms of broken pushes, the
reports of a failed import, and the marks that keep git from ever packing what a broken fetch or push brought.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from fenji.git import locks

_REPORTS = "fast_import_crash_*"
_IN_GIT_FOLDER = ("shallow_??????", "sharedindex_??????", "packed-refs.new", "info/refs_??????")
_IN_OBJECTS = (
    *("tmp_*", "incoming-*", "??/tmp_obj_*", "pack/tmp_*", "pack/.tmp-*"),
    *("info/packs_??????", "info/commit-graphs/tmp_*"),
)
_KEEP_MARKS = (b"fetch-pack ", b"receive-pack ")  # of a git that takes its mark away itself when it is done
_UNSEEN_SECONDS = 3600.0  # where the processes of others cannot be seen: nothing under way is silent for so long


def find_leftovers(git_dir: Path, top: Path, *, grace: float = 0, waiting: Collection[int] = ()) -> list[Path]:
    """Return the files and folders that no git is at work on any more.

    `top` is the working tree or the hub's folder; `grace` and `waiting` are those of a stale lock.
    """
    own = Path(os.environ.get("GIT_QUARANTINE_PATH") or os.devnull)  # of the push that this process judges
    found = [path for path in _list_candidates(git_dir) if not own.is_relative_to(path)]
    if found and locks.shared_disk(git_dir):
        return [path for path in found if _is_report(path) or _age(path) > max(grace, _UNSEEN_SECONDS)]
    return [path for path in found if _is_report(path) or _is_stale(path, top, grace, waiting)]


def remove_leftovers(git_dir: Path, top: Path) -> None:
    """Remove them from the repository with working tree `top`; whoever writes one began before it, and is seen."""
    _remove(find_leftovers(git_dir, top))


def remove_hub_leftovers(git_dir: Path) -> None:
    """Remove them from a hub for the push that this process judges: the git that waits for its answer is no holder."""
    _remove(find_leftovers(git_dir, git_dir, grace=_UNSEEN_SECONDS, waiting=locks.find_ancestors()))


def _remove(paths: list[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _list_candidates(git_dir: Path) -> Iterator[Path]:
    common = locks.common_folder(git_dir)
    for folder in dict.fromkeys((git_dir, common)):
        yield from _glob(folder, (_REPORTS, *_IN_GIT_FOLDER))
    yield from _glob(common / "objects", _IN_OBJECTS)
    yield from (mark for mark in _glob(common / "objects", ("pack/pack-*.keep",)) if _is_passing_mark(mark))


def _glob(folder: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    return (path for pattern in patterns for path in folder.glob(pattern))


def _is_passing_mark(path: Path) -> bool:
    try:
        return path.read_bytes().startswith(_KEEP_MARKS)
    except OSError:
        return False


def _is_report(path: Path) -> bool:
    """Return whether a file was written in one go, by a git that had failed."""
    return path.match(_REPORTS)


def _is_stale(path: Path, top: Path, grace: float, waiting: Collection[int]) -> bool:
    return _age(path) >= grace and locks.has_no_holder(path, top, waiting)


def _age(path: Path) -> float:
    """Return the seconds since a file, or anything in a folder, was last written; 0 where it is gone."""
    try:
        inside = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
        newest: float = max(entry.lstat().st_mtime for entry in (path, *inside))
    except OSError:
        return 0
    return time.time() - newest
