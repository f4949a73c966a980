"""Commits that trail the writes: at once for a command, within a second behind the interface."""

from __future__ import annotations

import threading
from collections.abc import Callable

from fenji.errors import FenjiError, Unavailable

DELAY_SECONDS = 0.4
RETRY_SECONDS = 5.0  # after a failure, twice as long after each further one
LONGEST_RETRY_SECONDS = 60.0


class CommitQueue:
    """Calls `commit` after something was written: in the caller's thread, or with `later` in one of its own.

    A failure never undoes what was written: it is kept in `failure` and tried again, behind the interface after some
    seconds, else with the next write and at the end. What is written and not committed stays listed as pending.
    """

    def __init__(self, commit: Callable[[], None], *, in_background: bool) -> None:
        self._commit = commit
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._uncommitted = False  # something was written here whose commit has not been made
        self.failure: FenjiError | None = None
        self._thread: threading.Thread | None = None
        if in_background:
            self._thread = threading.Thread(target=self._run, name="commits", daemon=True)
            self._thread.start()
            self._wake.set()  # for what a former start has left

    def schedule(self) -> None:
        """Something was written."""
        self._uncommitted = True
        if self._thread:
            self._wake.set()
        else:
            self._try_commit()

    def flush(self) -> None:
        """Commit in the caller's thread, now. Raises Unavailable."""
        self._commit()
        self._uncommitted, self.failure = False, None

    def close(self) -> None:
        """Commit what still waits and stop. Raises Unavailable where something written here stays uncommitted."""
        self._closing.set()
        self._wake.set()
        if self._thread:
            self._thread.join()
        self._try_commit()
        if self._uncommitted and self.failure:
            raise Unavailable(
                "It is saved, but not committed yet: {reason}",
                hint="The next act or start commits it.",
                reason=self.failure.sentence,
            ) from self.failure

    def _try_commit(self) -> None:
        was_uncommitted, self._uncommitted = self._uncommitted, False
        try:
            self._commit()
            self.failure = None
        except FenjiError as error:
            self.failure, self._uncommitted = error, self._uncommitted or was_uncommitted

    def _run(self) -> None:
        pause: float | None = None
        while True:
            self._wake.wait(pause)
            self._closing.wait(DELAY_SECONDS)  # what is written meanwhile, as by a bulk act, goes along
            self._wake.clear()
            if self._closing.is_set():
                return  # the rest is committed where it can be told
            try:
                self._try_commit()
            except Exception as error:  # a thread that ends would leave all later acts uncommitted
                self.failure, self._uncommitted = Unavailable("Committing failed: {reason}.", reason=repr(error)), True
            pause = min((pause or RETRY_SECONDS / 2) * 2, LONGEST_RETRY_SECONDS) if self.failure else None
