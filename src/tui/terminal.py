"""Checks of the terminal before the interface starts: whether there is one, and how wide ambiguous characters are.

Chinese terminals may draw a line or a dash two cells wide; the only way to know is to ask.
"""

from __future__ import annotations

import os
import select
import sys
import termios
import time
from contextlib import AbstractContextManager
from typing import Any, Self

from fenji.errors import Unavailable

_REPLY_TIMEOUT_S = 0.25  # counted from when the query was sent, so waiting overlaps with startup
_CURSOR_QUERY = b"\r\xe2\x94\x80\x1b[6n"  # a box-drawing character, then a query for the cursor position


def require_terminal() -> None:
    """Raise Unavailable unless input, output and the error stream (on which Textual draws) are terminals."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise Unavailable(
            "The interface needs a terminal.",
            hint="In scripts use the commands: fenji list, fenji show ID; fenji --help names them.",
        )


def has_hung_up() -> bool:
    """Return whether the terminal is gone; SIGHUP may reach only the shell, which then waits for this program."""
    return not os.isatty(sys.stdin.fileno())


class WidthProbe(AbstractContextManager["WidthProbe"]):
    """Query the width of ambiguous characters on entering, and read the reply when needed, so startup overlaps.

    `is_narrow` is True if the terminal reports that they take one cell; without a reply it is False, and ASCII is
    drawn.
    """

    def __init__(self, *, ask: bool) -> None:
        self._enabled = ask and os.environ.get("TERM", "dumb") not in ("dumb", "linux", "")
        self._is_narrow: bool | None = None if self._enabled else False
        self._saved_attributes: list[Any] = []
        self._sent_s = 0.0

    def __enter__(self) -> Self:
        if self._enabled:
            self._send_query()
        return self

    def __exit__(self, *_: object) -> None:
        self._finish()

    def _send_query(self) -> None:
        descriptor = sys.stdin.fileno()
        try:
            self._saved_attributes = termios.tcgetattr(descriptor)
            raw_attributes = termios.tcgetattr(descriptor)
            # The reply comes without Enter, and must not be echoed.
            raw_attributes[3] &= ~(termios.ICANON | termios.ECHO)
            termios.tcsetattr(descriptor, termios.TCSANOW, raw_attributes)
        except termios.error:
            self._is_narrow = False
            return
        os.write(sys.stdout.fileno(), _CURSOR_QUERY)
        self._sent_s = time.monotonic()

    @property
    def is_narrow(self) -> bool:
        """Whether ambiguous characters take one cell in this terminal."""
        return self._finish()

    def _finish(self) -> bool:
        if self._is_narrow is None:
            reply = self._read_reply()
            os.write(sys.stdout.fileno(), b"\r\x1b[K")
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._saved_attributes)
            self._is_narrow = reply.endswith(";2R")
        return self._is_narrow

    def _read_reply(self) -> str:
        descriptor, reply = sys.stdin.fileno(), b""
        while not reply.endswith(b"R"):
            remaining_s = max(self._sent_s + _REPLY_TIMEOUT_S - time.monotonic(), 0.0)
            if not select.select([descriptor], [], [], remaining_s)[0]:
                break
            byte = os.read(descriptor, 1)
            if not byte:
                break
            reply += byte
        return reply.decode("ascii", "replace")
