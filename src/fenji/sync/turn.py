"""Allow one exchange at a time in a clone, by a lock that the kernel releases when its process dies; tidy before it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fenji.errors import Refused
from fenji.git import leftovers, locks
from fenji.storage import temporary_files
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


def tidy(repo: Repo) -> None:
    """Remove from the git folder what processes that were killed, or whose disk was full, have left in it."""
    temporary_files.remove_orphaned_temporary_files(repo.git_dir)
    leftovers.remove_leftovers(repo.git_dir, repo.top)
    locks.remove_stale_locks(repo.git_dir, repo.top)
