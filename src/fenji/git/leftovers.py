"""Remove files that a killed git, or one with a full disk, has left in a repository; git does so after weeks or never.

These are temporary files of packs, objects and lists, the quarantine folders of broken pushes, the reports of failed
imports, and the marks that keep git from ever repacking the pack of a broken fetch or push. Complete files stay.
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
_KEEP_MARKS = (b"fetch-pack ", b"receive-pack ")  # of commands that remove their marks themselves when done
_UNSEEN_SECONDS = 3600.0  # for invisible processes of others: none that runs writes nothing for so long


def find_leftovers(git_dir: Path, top: Path, *, grace: float = 0, waiting: Collection[int] = ()) -> list[Path]:
    """Return the leftover files and folders, on which no git is still at work.

    `top` is the working tree or the hub's folder; `grace` and `waiting` are as in `locks.is_stale`.
    """
    own = Path(os.environ.get("GIT_QUARANTINE_PATH") or os.devnull)  # of the push that this process judges
    found = [path for path in _list_candidates(git_dir) if not own.is_relative_to(path)]
    if found and locks.shared_disk(git_dir):
        return [path for path in found if _is_report(path) or _age(path) > max(grace, _UNSEEN_SECONDS)]
    return [path for path in found if _is_report(path) or _is_stale(path, top, grace, waiting)]


def remove_leftovers(git_dir: Path, top: Path) -> None:
    """Remove leftovers from the repository with working tree `top`, without a grace time: their writers are visible."""
    _remove(find_leftovers(git_dir, top))


def remove_hub_leftovers(git_dir: Path) -> None:
    """Remove leftovers from a hub during the push that this process judges; the git that waits for it is ignored."""
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
    """Return whether a file is a crash report, which a failed git has written completely."""
    return path.match(_REPORTS)


def _is_stale(path: Path, top: Path, grace: float, waiting: Collection[int]) -> bool:
    return _age(path) >= grace and locks.has_no_holder(path, top, waiting)


def _age(path: Path) -> float:
    """Return the seconds since a file, or any file in a folder, was last written; 0 if it is gone."""
    try:
        inside = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
        newest: float = max(entry.lstat().st_mtime for entry in (path, *inside))
    except OSError:
        return 0
    return time.time() - newest
