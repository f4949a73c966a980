"""Commit after each write: at once for a command, in the background within a second for the interface."""

from __future__ import annotations

import threading
from collections.abc import Callable

from fenji.errors import FenjiError, Unavailable

DELAY_SECONDS = 0.4
RETRY_SECONDS = 5.0  # after the first failure; doubled after each further one
LONGEST_RETRY_SECONDS = 60.0


class CommitQueue:
    """Calls `commit` after writes: in the caller's thread, or in a separate one with `in_background`.

    A failure never undoes a write. It is kept in `failure`, and the commit is retried: in the background after some
    seconds, otherwise with the next write and on `close`. Uncommitted writes stay listed as pending.
    """

    def __init__(self, commit: Callable[[], object], *, in_background: bool) -> None:
        self._commit = commit
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._uncommitted = False  # whether something written here is not committed yet
        self.failure: FenjiError | None = None
        self._thread: threading.Thread | None = None
        if in_background:
            self._thread = threading.Thread(target=self._run, name="commits", daemon=True)
            self._thread.start()
            self._wake.set()  # for writes that an earlier run left uncommitted

    def schedule(self) -> None:
        """Commit what was written: now, or soon if a background thread does it."""
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
        """Commit what is still pending and stop. Raises Unavailable if something written here stays uncommitted."""
        self._closing.set()
        self._wake.set()
        if self._thread:
            self._thread.join()
        self._try_commit()
        if self._uncommitted and self.failure:
            raise Unavailable(
                "Saved, but not committed yet: {reason}",
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
            self._closing.wait(DELAY_SECONDS)  # so that further writes, as in a bulk act, join the commit
            self._wake.clear()
            if self._closing.is_set():
                return  # `close` commits the rest and can report a failure
            try:
                self._try_commit()
            except Exception as error:  # if this thread died, all later acts would stay uncommitted
                self.failure, self._uncommitted = Unavailable("Committing failed: {reason}.", reason=repr(error)), True
            pause = min((pause or RETRY_SECONDS / 2) * 2, LONGEST_RETRY_SECONDS) if self.failure else None
