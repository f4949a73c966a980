"""Bytes of a desk's files, read without being led astray and written so that a kill leaves the old or the new."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from fenji.errors import Unavailable
from fenji.yamlio import LARGEST

TEMPORARY = ".fenji-"  # begins the name of a file that is being written; git ignores it
_HINTS = {
    errno.ENOSPC: "Make room on the disk and do it again; nothing was changed.",
    errno.EDQUOT: "Make room in your quota and do it again; nothing was changed.",
    errno.EROFS: "The disk can only be read; do it again once it can be written. Nothing was changed.",
    errno.EACCES: "Ask the owner of the folder for the right to write in it; nothing was changed.",
    errno.EPERM: "Ask the owner of the folder for the right to write in it; nothing was changed.",
    errno.ENOLCK: "The desk lies on a disk without file locks; move it to one that has them.",
}


@dataclass(frozen=True)
class Mark:
    """What tells a changed file from an unchanged one without reading it."""

    mtime_ns: int
    ctime_ns: int
    size: int
    inode: int


def mark(found: os.stat_result) -> Mark:
    """The mark of a file as `stat` saw it."""
    return Mark(found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


def failure(error: OSError, path: Path | str) -> Unavailable:
    """The error of the machine as a sentence with what to do."""
    hint = _HINTS.get(error.errno or 0, "Nothing was changed; do it again once the cause is removed.")
    reason = error.strerror or str(error)
    return Unavailable("{path} cannot be written: {reason}.", hint=hint, path=str(path), reason=reason)


class NotPlain(OSError):
    """What lies at the path is a link, a folder or a device, and is left alone."""


def read(path: Path, most: int = LARGEST + 1) -> tuple[bytes, Mark]:
    """At most `most` bytes of a plain file, and its mark. Links are not followed. Raises OSError, NotPlain."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.EMLINK):
            raise NotPlain(error.errno, "not a plain file") from error
        raise
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise NotPlain(errno.EINVAL, "not a plain file")
    with os.fdopen(handle, "rb") as file:
        # A bounded read sets aside the bound, 1 MiB, for every file; only a file of unlikely size is worth that.
        return file.read() if found.st_size < most else file.read(most), mark(found)


def write(root: Path, path: str, data: bytes) -> None:
    """Put `data` at `path` below `root`: a temporary file beside it, synced, renamed; the folder synced.

    An old file keeps its mode. Raises Unavailable, after which the old file stands and nothing else is left.
    """
    target = root / path
    try:
        folder(root, path.rpartition("/")[0])
        temporary = _filled(target, data)
        with _removed_unless_done(temporary):
            temporary.replace(target)
        sync(target.parent)
    except OSError as error:
        raise failure(error, target) from error


def create(root: Path, path: str, data: bytes) -> None:
    """The same for a file that must not exist yet. Raises FileExistsError where it does."""
    target = root / path
    try:
        folder(root, path.rpartition("/")[0])
        temporary = _filled(target, data)
        with _removed_unless_done(temporary):
            link(temporary, target)
        sync(target.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise failure(error, target) from error


def link(temporary: Path, target: Path) -> None:
    """Give a finished temporary file its name, in one step that fails where the name is taken."""
    try:
        os.link(temporary, target)
        temporary.unlink()
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
        # No hard links on this disk: the desk lock alone keeps two writers apart.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
        temporary.replace(target)


def remove(root: Path, path: str) -> None:
    """Remove a file that has moved elsewhere; none there is no error. Raises Unavailable."""
    target = root / path
    try:
        target.unlink(missing_ok=True)
        if target.parent.is_dir():
            sync(target.parent)
    except OSError as error:
        raise failure(error, target) from error


def temporary_path(directory: Path) -> Path:
    """The name of a new temporary file in a folder."""
    return directory / f"{TEMPORARY}{os.getpid()}-{token_hex(4)}.tmp"


def _filled(target: Path, data: bytes) -> Path:
    temporary = temporary_path(target.parent)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    with _removed_unless_done(temporary), os.fdopen(handle, "wb") as file:
        if target.is_file():
            os.fchmod(handle, stat.S_IMODE(target.stat().st_mode))
        file.write(data)
        file.flush()
        os.fsync(handle)
    return temporary


class _removed_unless_done:  # noqa: N801 -- reads as a word of the `with` statement
    """Removes a temporary file where the block fails."""

    def __init__(self, temporary: Path) -> None:
        self.temporary = temporary

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self.temporary.unlink(missing_ok=True)


def folder(root: Path, path: str) -> Path:
    """The folder at `path` below `root`, made where it is missing; no part of it may be a link. Raises OSError."""
    current = root
    for part in path.split("/"):
        current /= part
        try:
            found = current.lstat()
        except FileNotFoundError:
            current.mkdir(exist_ok=True)
            sync(current.parent)
            continue
        if not stat.S_ISDIR(found.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, "a link or a file stands where a folder should", str(current))
    return current


def sync(directory: Path) -> None:
    """Have the entries of a folder on disk."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network disks cannot sync a folder
            raise
    finally:
        os.close(handle)


def sweep(directory: Path) -> None:
    """Remove temporary files that a killed writer left; only the holder of the desk lock may."""
    for left in directory.glob(f"{TEMPORARY}*.tmp"):
        left.unlink(missing_ok=True)


def sweep_dead(directory: Path) -> None:
    """Remove temporary files whose writer is no more; for a folder where several write, each in its own time."""
    for left in directory.glob(f"{TEMPORARY}*.tmp"):
        writer = left.name.removeprefix(TEMPORARY).partition("-")[0]
        if writer.isdecimal() and not _alive(int(writer)):
            left.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's, or no number of a process
        return True
    return True
