"""The desk lock: one writer at a time across processes and threads; the kernel releases it if its holder dies."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from pathlib import Path

from fenji.errors import Unavailable
from fenji.files import open_lock, write_failure

MAX_ATTEMPTS = 200
RETRY_SECONDS = 0.05


class FileLock:
    """A lock taken by `with`; the thread that holds it may take it again."""

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
        try:
            handle = open_lock(self.path)
        except OSError as error:
            raise write_failure(error, self.path) from error
        try:
            self._wait(handle)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def _wait(self, handle: int) -> None:
        for _ in range(MAX_ATTEMPTS):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EINTR):
                    raise write_failure(error, self.path) from error
                time.sleep(RETRY_SECONDS)
            else:
                return
        raise Unavailable(
            "Another fenji has been writing to this desk for {seconds} seconds.",
            hint="Wait until it is done, or end it; then try again.",
            seconds=round(MAX_ATTEMPTS * RETRY_SECONDS),
        )
