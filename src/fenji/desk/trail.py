"""Commits that trail the writes: at once for a command, within a second behind the interface."""

from __future__ import annotations

import threading
from collections.abc import Callable

from fenji.errors import FenjiError

DELAY_SECONDS = 0.4


class Trail:
    """Calls `commit` after something was written: in the caller's thread, or with `later` in one of its own.

    A failure behind the interface is kept in `failure` and tried again with the next write; what was written stays
    listed as pending meanwhile.
    """

    def __init__(self, commit: Callable[[], None], *, later: bool) -> None:
        self._commit = commit
        self._wake = threading.Event()
        self._closing = False
        self.failure: FenjiError | None = None
        self._thread = threading.Thread(target=self._run, name="commits", daemon=True) if later else None
        if self._thread:
            self._thread.start()

    def due(self) -> None:
        """Something was written."""
        if self._thread:
            self._wake.set()
        else:
            self._commit()

    def flush(self) -> None:
        """Commit in the caller's thread, now."""
        self._commit()

    def close(self) -> None:
        """Commit what still waits and stop; a failure leaves it pending for the next start."""
        self._closing = True
        if self._thread:
            self._wake.set()
            self._thread.join()
        self._commit()

    def _run(self) -> None:
        while not self._closing:
            self._wake.wait()
            if not self._closing:
                threading.Event().wait(DELAY_SECONDS)  # a bulk act becomes one commit
            self._wake.clear()
            try:
                self._commit()
                self.failure = None
            except FenjiError as error:
                self.failure = error
