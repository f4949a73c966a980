"""Allow one sync at a time in a clone, with a lock that the kernel releases when its process dies."""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING

from fenji.errors import Refused
from fenji.files import open_lock, write_failure

if TYPE_CHECKING:
    from fenji.git import Repo

_NAME = "fenji-sync.lock"
# A process that was killed while starting a child leaves the lock to that child, for a moment.
_TRIES, _PAUSE_SECONDS = 20, 0.05


class ExchangeLock:
    """A lock to hold with `with`. Raises Refused if another process or thread has it."""

    def __init__(self, repo: Repo) -> None:
        self._path = repo.git_dir / _NAME
        self._handle = -1

    def __enter__(self) -> None:
        try:
            self._handle = open_lock(self._path)
        except OSError as error:
            raise write_failure(error, self._path) from error
        for _ in range(_TRIES):
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_PAUSE_SECONDS)
            except OSError as error:
                os.close(self._handle)
                raise write_failure(error, self._path) from error
            else:
                return
        os.close(self._handle)
        raise Refused("This desk is in an exchange already.", hint="Wait until that one is done.")

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
