"""The desk lock: one writer at a time across processes and threads; the kernel releases it if its holder dies."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from fenji.errors import Unavailable
from fenji.files import open_lock, write_failure

WAIT_SECONDS = 10.0  # the wait for one holder
_MOST_TURNS = 9  # the whole wait is at most so many times the wait for one holder
_PAUSE_SECONDS = 0.02  # between two attempts


class FileLock:
    """A reentrant lock, taken by `with`, that keeps out other threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread_lock = threading.RLock()
        self._depth = 0
        self._handle = -1

    def __enter__(self) -> None:
        self._thread_lock.acquire()
        try:
            if not self._depth:
                self._handle = self._acquire()
            self._depth += 1
        except BaseException:
            self._thread_lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            os.close(self._handle)
        self._thread_lock.release()

    def _acquire(self) -> int:
        handle = open_locked(self.path, WAIT_SECONDS)
        if handle is None:
            raise Unavailable(
                "Another fenji has been writing to this desk for {seconds} seconds.",
                hint="Wait until it is done, or end it; then try again.",
                seconds=round(WAIT_SECONDS),
            )
        return handle


def open_locked(path: Path, wait_seconds: float) -> int | None:
    """Open and lock a file; None if another process held the lock for `wait_seconds`. Raises Unavailable.

    The lock ends when the handle is closed or the process ends.
    """
    try:
        handle = open_lock(path)
    except OSError as error:
        raise write_failure(error, path) from error
    try:
        if wait_for_lock(handle, wait_seconds):
            return handle
    except OSError as error:
        os.close(handle)
        raise write_failure(error, path) from error
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None


def wait_for_lock(handle: int, wait_seconds: float) -> bool:
    """Lock an open file against all other processes; False if another one kept it too long. Raises OSError.

    `wait_seconds` is the wait for one holder. Each holder touches the file, and a new holder starts a new wait, within
    the limit of _MOST_TURNS.
    """
    begun = time.monotonic()
    deadline, taken = begun + wait_seconds, os.fstat(handle).st_mtime_ns
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EINTR):
                raise
            now, latest = time.monotonic(), os.fstat(handle).st_mtime_ns
            if latest != taken:
                deadline, taken = max(deadline, min(now + wait_seconds, begun + _MOST_TURNS * wait_seconds)), latest
            if now >= deadline:
                return False
            time.sleep(_PAUSE_SECONDS)
        else:
            with suppress(OSError):  # the file of another account, or on a read-only disk
                os.utime(handle)
            return True
