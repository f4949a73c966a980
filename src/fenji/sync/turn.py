"""Allow only one exchange at a time in a clone, with a lock that the kernel releases when its process dies."""

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
# A child process whose parent was killed while starting it holds the parent's lock a moment longer.
_WAIT_SECONDS = 1.0


class ExchangeLock:
    """A lock for a `with` statement. Raises Refused if another process or thread has it."""

    def __init__(self, repo: Repo) -> None:
        self._path = repo.git_dir / _NAME
        self._handle = -1

    def __enter__(self) -> None:
        handle = open_locked(self._path, _WAIT_SECONDS)
        if handle is None:
            raise Refused("This desk is already in an exchange.", hint="Wait until that one is done.")
        self._handle = handle

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)


def tidy(repo: Repo) -> None:
    """Remove the temporary files and stale locks that killed processes or a full disk have left in the git folder."""
    temporary_files.remove_orphaned_temporary_files(repo.git_dir)
    leftovers.remove_leftovers(repo.git_dir, repo.top)
    locks.remove_stale_locks(repo.git_dir, repo.top)
