"""Remove stale git lock files, which a killed process or a power cut leaves behind for ever.

Git itself never removes them. A lock is removed here only if no process can hold it: either it is older than the last
boot; or it is on a local disk and older than a grace time, and no running git could be at work in the repository.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection, Iterator
from pathlib import Path

CLOCK_DRIFT_SECONDS = 60.0  # by which the clock may have been adjusted since boot
GRACE_SECONDS = 1.0  # in which a git that has just started may not be visible yet
HUB_GRACE_SECONDS = 10.0  # for hidden processes of other accounts: longer than git holds a lock to move a branch
_LOCK_EXISTS = re.compile(r"Unable to create '(/.*\.lock)': File exists")
_PROCESSES = Path("/proc")
# File systems that other machines may write to; their processes are not visible from here.
_SHARED_FILESYSTEMS = re.compile(r"nfs|cifs|smb|fuse|9p|afs|ceph|gluster|lustre|gfs|ocfs|virtiofs|vboxsf|prl_fs")


def find_blocking_lock(stderr: str) -> Path | None:
    """Return the lock file that git names in an error message as blocking it, or None."""
    match = _LOCK_EXISTS.search(stderr)
    return Path(match[1]) if match else None


def remove_stale_lock(lock: Path, top: Path, *, grace: float = GRACE_SECONDS, waiting: Collection[int] = ()) -> bool:
    """Remove a lock in the repository with working tree `top` if no process can hold it; return whether it was removed.

    `grace` is in seconds; `waiting` are the ids of processes that hold no lock.
    """
    try:
        if not is_stale(lock, top, grace=grace, waiting=waiting):
            return False
        lock.unlink()
    except OSError:
        return False
    return True


def remove_stale_locks(git_dir: Path, top: Path) -> None:
    """Remove the locks in the git folder that no process can hold, which killed processes have left."""
    for lock in find_locks(git_dir):
        remove_stale_lock(lock, top)


def remove_stale_hub_locks(git_dir: Path) -> None:
    """Remove stale locks in a hub during the push that this process judges; the git that waits for it holds none."""
    for lock in find_locks(git_dir):
        remove_stale_lock(lock, git_dir, grace=HUB_GRACE_SECONDS, waiting=find_ancestors())


def is_stale(lock: Path, top: Path, *, grace: float = GRACE_SECONDS, waiting: Collection[int] = ()) -> bool:
    """Return whether no process can hold a lock in the repository with working tree `top`. Raises OSError."""
    age = time.time() - lock.stat().st_mtime
    return _predates_boot(age) or (age >= grace and has_no_holder(lock, top, waiting))


def find_locks(git_dir: Path) -> list[Path]:
    """Return git's own lock files, not fenji's, in a git folder and in the folder that its working trees share."""
    common = common_folder(git_dir)
    found = [*git_dir.glob("*.lock"), *common.glob("*.lock"), *(common / "refs").rglob("*.lock")]
    # Locks of git's optimizations: a stale one would silently stop these for ever.
    objects = common / "objects"
    found += [*objects.glob("*.lock"), *(objects / "info").rglob("*.lock"), *(objects / "pack").glob("*.lock")]
    return [path for path in dict.fromkeys(found) if not path.name.startswith("fenji")]


def common_folder(git_dir: Path) -> Path:
    """Return the folder that all working trees of a repository share; the git folder itself if there is only one."""
    link = git_dir / "commondir"
    return (git_dir / link.read_text().strip()).resolve() if link.is_file() else git_dir


def shared_disk(folder: Path) -> str:
    """Return the file system of a folder (e.g. `nfs4`) if other machines may write to it, else `""`."""
    try:
        kinds = _disk_kinds(folder)
    except OSError:
        return ""
    return next((kind for kind in kinds if _SHARED_FILESYSTEMS.match(kind)), "")


def _predates_boot(age: float) -> bool:
    """Return whether a file of this age (seconds) is older than the last boot."""
    return hasattr(time, "CLOCK_BOOTTIME") and age > time.clock_gettime(time.CLOCK_BOOTTIME) + CLOCK_DRIFT_SECONDS


def has_no_holder(lock: Path, top: Path, waiting: Collection[int]) -> bool:
    """Return whether every process that could hold a lock or write a file would be visible here, and there is none."""
    return (
        _PROCESSES.is_dir()
        and _on_local_disk(lock)
        and not any(_may_hold(process, lock, top) for process in _git_processes() if int(process.name) not in waiting)
    )


def find_ancestors() -> set[int]:
    """Return the ids of this process's parent, grandparent and so on."""
    found, process = set[int](), os.getppid()
    while process > 1 and process not in found:
        found.add(process)
        try:
            status = (_PROCESSES / str(process) / "stat").read_text("utf-8", "surrogateescape")
        except OSError:
            break
        process = int(status.rpartition(")")[2].split()[1])
    return found


def _on_local_disk(path: Path) -> bool:
    kinds = _disk_kinds(path.parent)
    return bool(kinds) and not any(_SHARED_FILESYSTEMS.match(kind) for kind in kinds)


def _disk_kinds(folder: Path) -> list[str]:
    """Return the file system types that are mounted from the device of a folder. Raises OSError."""
    device = folder.stat().st_dev
    device_number = f"{os.major(device)}:{os.minor(device)}"
    mounts = (_PROCESSES / "self/mountinfo").read_text("utf-8", "surrogateescape").splitlines()
    return [line.partition(" - ")[2].split(" ")[0] for line in mounts if line.split(" ")[2] == device_number]


def _git_processes() -> Iterator[Path]:
    """Yield git processes of all users, except zombies."""
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
    """Return whether a process may be at work in the repository; True for one that cannot be inspected."""
    try:
        cwd = (process / "cwd").readlink()
        command_line = (process / "cmdline").read_bytes().decode("utf-8", "surrogateescape")
    except (FileNotFoundError, ProcessLookupError):
        return False  # it ended meanwhile
    except OSError:
        return True
    return str(top) in command_line or cwd.is_relative_to(top) or lock.is_relative_to(cwd)
