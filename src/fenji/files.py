"""Safe reads that follow no links, and atomic writes: a kill leaves the old bytes or the new ones, never a part."""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from msgspec import Struct

from fenji.errors import Unavailable, os_reason

MAX_BYTES = 1 << 20  # bytes in a file that people write: tickets, policy, handbook (format.md 2)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
TEMPORARY_PREFIX = ".fenji-"  # of the names of files being written; git ignores them
# What reading a damaged file of derived data may raise, whatever its content.
DAMAGE = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)
_HINTS = {
    errno.ENOSPC: "Make room on the disk and try again; nothing was changed.",
    errno.EDQUOT: "Make room in your quota and try again; nothing was changed.",
    errno.EROFS: "The disk is read-only; try again once it is writable. Nothing was changed.",
    errno.EACCES: "Ask the folder's owner for write access; nothing was changed.",
    errno.EPERM: "Ask the folder's owner for write access; nothing was changed.",
    errno.ENOLCK: "The desk is on a disk without file locks; move it to one that has them.",
}


class FileStamp(Struct, frozen=True):
    """The `stat` values that tell a changed file from an unchanged one without reading it."""

    mtime_ns: int
    ctime_ns: int
    size: int
    inode: int


def stamp_of(stat_result: os.stat_result) -> FileStamp:
    """Return the stamp of a file from its `stat` result."""
    return FileStamp(stat_result.st_mtime_ns, stat_result.st_ctime_ns, stat_result.st_size, stat_result.st_ino)


def stamp_path(path: Path) -> FileStamp | None:
    """Return the stamp of the file at a path; None if there is none or it cannot be examined."""
    with suppress(OSError):
        return stamp_of(path.stat())
    return None


def write_failure(error: OSError, path: Path | str) -> Unavailable:
    """Turn an OSError into an Unavailable that says what failed and what to do."""
    hint = _HINTS.get(error.errno or 0, "Nothing was changed; try again once the cause is fixed.")
    reason = os_reason(error)
    return Unavailable("{path} cannot be written: {reason}.", hint=hint, path=str(path), reason=reason)


def printable(name: str) -> str:
    r"""Return a file name with undecodable bytes and control characters shown as marks such as `\xb1` or `\n`."""
    return _UNPRINTABLE.sub(lambda match: _mark(match[0]), name)


def _mark(letter: str) -> str:
    byte = ord(letter) - 0xDC00  # a byte that is no UTF-8, as Python decodes names
    return f"\\x{byte:02x}" if 0x80 <= byte <= 0xFF else letter.encode("unicode_escape").decode()


class NotRegularFile(OSError):
    """The path is a link, a folder or a device, and is not read."""


def read(path: Path, limit: int = MAX_BYTES + 1) -> tuple[bytes, FileStamp]:
    """Return at most `limit` bytes of a regular file, and its stamp. Follows no link.

    Raises OSError, or its subclass NotRegularFile.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.EMLINK):
            raise NotRegularFile(error.errno, "not a plain file") from error
        raise
    stat_result = os.fstat(handle)
    if not stat.S_ISREG(stat_result.st_mode):
        os.close(handle)
        raise NotRegularFile(errno.EINVAL, "not a plain file")
    is_large = stat_result.st_size >= limit
    # A bounded read allocates its whole bound, 1 MiB, for every file, so only large files are read that way. A file
    # that is read whole needs no buffer either.
    with os.fdopen(handle, "rb", -1 if is_large else 0) as file:
        return file.read(limit) if is_large else file.read(), stamp_of(stat_result)


def read_below(root: Path, path: str, limit: int = MAX_BYTES + 1) -> tuple[bytes, FileStamp]:
    """Read `path` below `root` as `read` does; none of the folders between them may be a link.

    Raises OSError, or its subclass NotRegularFile.
    """
    folder = str(root)
    for part in path.split("/")[:-1]:
        folder = f"{folder}/{part}"
        if stat.S_ISLNK(os.lstat(folder).st_mode):
            (root / path).lstat()  # raises FileNotFoundError if the file is missing anyway
            raise NotRegularFile(errno.ELOOP, "lies behind a link")
    return read(root / path, limit)


def write(root: Path, path: str, data: bytes, *, private: bool = False) -> None:
    """Write `data` to `path` below `root` atomically: temporary file, fsync, rename, fsync of the folder.

    A replaced file keeps its mode except the executable bits; a private file gets mode 0600 whatever the umask.
    Raises Unavailable; the old file is then unchanged and no temporary file is left.
    """
    target = root / path
    try:
        make_folder(root, path.rpartition("/")[0])
        temporary = _write_temporary(target, data, private=private)
        with _RemoveOnFailure(temporary):
            temporary.replace(target)
        fsync_folder(target.parent)
    except OSError as error:
        raise write_failure(error, target) from error


def keep(root: Path, path: str, data: bytes) -> None:
    """Write a file that fenji keeps for a clone: private to its owner, or shared with the group in a setgid folder."""
    write(root, path, data, private=True)
    _share_kept(root / path)


def open_kept(path: Path, flags: int) -> int:
    """Open a file that fenji keeps for a clone, or create it as `keep` does. Raises OSError."""
    handle = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600)
    _share_kept(path)
    return handle


def _share_kept(path: Path) -> None:
    """Let the group read and write a file if its folder is setgid, where new files belong to the group."""
    with suppress(OSError):
        if path.parent.stat().st_mode & stat.S_ISGID and stat.S_IMODE(path.stat().st_mode) != 0o660:
            path.chmod(0o660)


def create(root: Path, path: str, data: bytes, *, private: bool = False) -> None:
    """Write a new file as `write` does. Raises FileExistsError if it exists, else Unavailable."""
    target = root / path
    try:
        make_folder(root, path.rpartition("/")[0])
        temporary = _write_temporary(target, data, private=private)
        with _RemoveOnFailure(temporary):
            link_into_place(temporary, target)
        fsync_folder(target.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise write_failure(error, target) from error


def link_into_place(temporary: Path, target: Path) -> None:
    """Give a finished temporary file its name in one step. Raises FileExistsError if the name is taken, or OSError."""
    try:
        os.link(temporary, target)
        temporary.unlink()
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
        # No hard links on this disk: only the desk lock keeps two writers apart.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
        temporary.replace(target)


def move_into_place(temporary: Path, target: Path) -> None:
    """Rename a temporary file that another program wrote over `target`, synced as in `write`.

    Raises OSError.
    """
    handle = os.open(temporary, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    mode_to_keep(target)
    temporary.replace(target)
    fsync_folder(target.parent)


def rename(path: Path, name: str) -> None:
    """Rename a file within its folder and sync the folder; no file may have the new name yet."""
    path.rename(path.with_name(name))
    fsync_folder(path.parent)


def remove(root: Path, path: str) -> None:
    """Remove a file if it exists, and sync its folder. Raises Unavailable."""
    target = root / path
    try:
        target.unlink(missing_ok=True)
        if target.parent.is_dir():
            fsync_folder(target.parent)
    except OSError as error:
        raise write_failure(error, target) from error


def temporary_path(directory: Path) -> Path:
    """Return an unused name for a temporary file in a folder."""
    return directory / f"{TEMPORARY_PREFIX}{os.getpid()}-{token_hex(4)}.tmp"


def mode_to_keep(target: Path) -> int:
    """Return the mode of a file that is to be replaced, without its executable bits; 0 if there is no file.

    Raises NotRegularFile for a pipe or a device, which is never replaced.
    """
    try:
        mode = target.stat().st_mode
    except OSError:
        return 0
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise NotRegularFile(errno.ENXIO, os.strerror(errno.ENXIO), str(target))
    return stat.S_IMODE(mode) & ~0o111 if stat.S_ISREG(mode) else 0


def _write_temporary(target: Path, data: bytes, *, private: bool = False) -> Path:
    mode = mode_to_keep(target)
    temporary = temporary_path(target.parent)
    flags = os.O_WRONLY | os.O_EXCL
    handle = os.open(temporary, flags | os.O_CREAT | os.O_CLOEXEC, 0o600) if private else open_shared(temporary, flags)
    with _RemoveOnFailure(temporary), os.fdopen(handle, "wb") as file:
        if mode and not private:
            set_mode(handle, mode)
        file.write(data)
        file.flush()
        os.fsync(handle)
    return temporary


def open_shared(path: Path, flags: int) -> int:
    """Open or create a file; a new one is shared with the group if that may write in its folder. Raises OSError."""
    try:
        handle = os.open(path, flags | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except FileExistsError:
        if flags & os.O_EXCL:
            raise
        return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o666)
    share(handle, path.parent)
    return handle


def open_lock(path: Path) -> int:
    """Open or create a lock file for writing, which an exclusive lock on a network disk needs. Raises OSError.

    A lock file of another user may only be readable, which is enough on a local disk.
    """
    try:
        return open_shared(path, os.O_RDWR)
    except PermissionError as refused:
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise refused from None  # it says why none could be created


def share(handle: int, folder: Path) -> None:
    """Let the group use a new file or folder as its owner may, if it may write in `folder`, whatever the umask."""
    if folder.stat().st_mode & stat.S_IWGRP:
        mode = stat.S_IMODE(os.fstat(handle).st_mode)
        with suppress(PermissionError):  # a disk without file modes
            set_mode(handle, mode | (mode & stat.S_IRWXU) >> 3)


def set_mode(handle: int, mode: int) -> None:
    """Set the mode of an open file unless it has it already: some disks refuse even that."""
    if stat.S_IMODE(os.fstat(handle).st_mode) != mode:
        os.fchmod(handle, mode)


class _RemoveOnFailure:
    """Context manager that removes a temporary file if its block fails."""

    def __init__(self, temporary: Path) -> None:
        self.temporary = temporary

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self.temporary.unlink(missing_ok=True)


def make_folder(root: Path, path: str) -> Path:
    """Create the folder `path` below `root` if it is missing, and return it.

    Raises OSError, also if a part of the path is a link or a file.
    """
    current = root
    for part in path.split("/"):
        current /= part
        try:
            stat_result = current.lstat()
        except FileNotFoundError:
            current.mkdir(exist_ok=True)
            _share_folder(current)
            fsync_folder(current.parent)
            continue
        if not stat.S_ISDIR(stat_result.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, "a link or a file stands where a folder should", str(current))
    return current


def _share_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        share(handle, folder.parent)
    finally:
        os.close(handle)


def fsync_folder(directory: Path) -> None:
    """Sync the entries of a folder to disk."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network disks cannot sync a folder
            raise
    finally:
        os.close(handle)


def remove_temporary_files(directory: Path) -> None:
    """Remove temporary files that a killed writer left. Call it only while holding the desk lock."""
    for path in directory.glob(f"{TEMPORARY_PREFIX}*.tmp"):
        path.unlink(missing_ok=True)
