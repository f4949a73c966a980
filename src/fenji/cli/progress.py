"""A progress line on a terminal; elsewhere nothing is shown."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.cli.session import Session

_INTERVAL_S = 1.0  # seconds between two updates, which may go over a slow link


class CountingLine(AbstractContextManager["CountingLine"]):
    """A progress line on stderr, updated at most once a second and erased at the end.

    `describe` makes its text from the numbers that `show` is called with. `show` is None with --json, and if stderr is
    no terminal.
    """

    def __init__(self, session: Session, describe: Callable[..., str]) -> None:
        self._describe = describe
        self._shown_at = time.monotonic()
        self._is_shown = False
        self.show = self._update if sys.stderr.isatty() and not session.json else None

    def _update(self, *counts: int) -> None:
        if time.monotonic() - self._shown_at >= _INTERVAL_S:
            self._shown_at, self._is_shown = time.monotonic(), True
            self._write(self._describe(*counts))

    def _write(self, text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    def __exit__(self, *_: object) -> None:
        if self._is_shown:
            self._write("")
