"""Allow one sync at a time in a clone, with a lock that the kernel releases when its process dies."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fenji.errors import Refused
from fenji.storage.lock import open_locked

if TYPE_CHECKING:
    from fenji.git import Repo

_NAME = "fenji-sync.lock"
# A process that was killed while starting a child leaves the lock to that child, for a moment.
_WAIT_SECONDS = 1.0


class ExchangeLock:
    """A lock to hold with `with`. Raises Refused if another process or thread has it."""

    def __init__(self, repo: Repo) -> None:
        self._path = repo.git_dir / _NAME
        self._handle = -1

    def __enter__(self) -> None:
        handle = open_locked(self._path, _WAIT_SECONDS)
        if handle is None:
            raise Refused("This desk is in an exchange already.", hint="Wait until that one is done.")
        self._handle = handle

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
