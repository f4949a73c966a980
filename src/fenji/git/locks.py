"""Locks of git whose holder is no more: a process killed together with its git, or a power cut, leaves them for ever.

git itself never removes one. Here one is removed only where nobody can hold it: it is older than this start of the
machine; or it lies on a disk of this machine, is older than a moment, and no git that could be at work there runs.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

CLOCK_DRIFT_SECONDS = 60.0  # the clock may have been set since the machine started
GRACE_SECONDS = 1.0  # in which a git that is about to work may not be seen yet
_LOCK_EXISTS = re.compile(r"Unable to create '(/.*\.lock)': File exists")
_PROCESSES = Path("/proc")
# File systems that other machines may write to as well, whose processes cannot be seen from here.
_SHARED_FILESYSTEMS = re.compile(r"nfs|cifs|smb|fuse|9p|afs|ceph|gluster|lustre|gfs|ocfs|virtiofs|vboxsf|prl_fs")


def find_blocking_lock(stderr: str) -> Path | None:
    """The lock that git, by what it said, could not get past."""
    match = _LOCK_EXISTS.search(stderr)
    return Path(match[1]) if match else None


def remove_stale_lock(lock: Path, top: Path) -> bool:
    """Remove a lock in the repository whose working tree is `top`, where nobody can hold it; whether it did."""
    try:
        age = time.time() - lock.stat().st_mtime
        if not _predates_boot(age) and (age < GRACE_SECONDS or not _has_no_holder(lock, top)):
            return False
        lock.unlink()
    except OSError:
        return False
    return True


def _predates_boot(age: float) -> bool:
    """Whether something is older than this start of the machine."""
    return hasattr(time, "CLOCK_BOOTTIME") and age > time.clock_gettime(time.CLOCK_BOOTTIME) + CLOCK_DRIFT_SECONDS


def _has_no_holder(lock: Path, top: Path) -> bool:
    """Whether all processes that could hold the lock can be seen from here, and there is none."""
    return (
        _PROCESSES.is_dir()
        and _on_local_disk(lock)
        and not any(_may_hold(process, lock, top) for process in _git_processes())
    )


def _on_local_disk(path: Path) -> bool:
    device = path.parent.stat().st_dev
    device_number = f"{os.major(device)}:{os.minor(device)}"
    mounts = (_PROCESSES / "self/mountinfo").read_text("utf-8", "surrogateescape").splitlines()
    kinds = [line.partition(" - ")[2].split(" ")[0] for line in mounts if line.split(" ")[2] == device_number]
    return bool(kinds) and not any(_SHARED_FILESYSTEMS.match(kind) for kind in kinds)


def _git_processes() -> Iterator[Path]:
    """The processes of git, whoever runs them; one that has ended and waits to be told of is none."""
    for process in _PROCESSES.iterdir():
        if process.name.isdecimal():
            try:
                status = (process / "stat").read_text("utf-8", "surrogateescape")
            except OSError:
                continue  # it ended meanwhile
            name, _, rest = status.partition("(")[2].rpartition(")")
            if name.startswith("git") and rest.split()[0] not in "ZX":
                yield process


def _may_hold(process: Path, lock: Path, top: Path) -> bool:
    """Whether a process may be at work in the repository: one of somebody else, of whom that cannot be told, may."""
    try:
        cwd = (process / "cwd").readlink()
        command_line = (process / "cmdline").read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return False  # it ended meanwhile
    except OSError:
        return True
    return str(top) in command_line or cwd.is_relative_to(top) or lock.is_relative_to(cwd)
