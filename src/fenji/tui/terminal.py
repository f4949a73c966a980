"""The terminal before the interface begins: whether there is one, and how wide it draws ambiguous characters.

Chinese terminals may draw a line or a dash two cells wide; nothing but asking tells.
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

_WAIT_S = 0.25  # for an answer, counted from when the question was sent; what starts up meanwhile costs nothing
_QUESTION = b"\r\xe2\x94\x80\x1b[6n"  # a line character, then: where is the cursor?


def require() -> None:
    """Raises Unavailable where input, output or the error stream (on which Textual draws) is no terminal."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise Unavailable(
            "The interface needs a terminal.",
            hint="In scripts use the commands: fenji list, fenji show ID; fenji --help names them.",
        )


def gone() -> bool:
    """Whether the terminal has hung up. A signal tells that to the shell alone, which may wait for this program."""
    return not os.isatty(sys.stdin.fileno())


class Probe(AbstractContextManager["Probe"]):
    """Asks on entering, and reads the answer when it is needed: the program starts up meanwhile.

    `narrow` is True where the terminal says that ambiguous characters take one cell; without an answer it is False,
    and ASCII is drawn.
    """

    def __init__(self, *, ask: bool) -> None:
        self._ask = ask and os.environ.get("TERM", "dumb") not in ("dumb", "linux", "")
        self._narrow: bool | None = None if self._ask else False
        self._held: list[Any] = []
        self._sent_s = 0.0

    def __enter__(self) -> Self:
        if self._ask:
            self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._settle()

    def _begin(self) -> None:
        descriptor = sys.stdin.fileno()
        try:
            self._held = termios.tcgetattr(descriptor)
            quiet = termios.tcgetattr(descriptor)
            quiet[3] &= ~(termios.ICANON | termios.ECHO)  # the answer is not to be seen, and comes without Enter
            termios.tcsetattr(descriptor, termios.TCSANOW, quiet)
        except termios.error:
            self._narrow = False
            return
        os.write(sys.stdout.fileno(), _QUESTION)
        self._sent_s = time.monotonic()

    @property
    def narrow(self) -> bool:
        """Whether ambiguous characters take one cell here."""
        return self._settle()

    def _settle(self) -> bool:
        if self._narrow is None:
            answer = self._read()
            os.write(sys.stdout.fileno(), b"\r\x1b[K")
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._held)
            self._narrow = answer.endswith(";2R")
        return self._narrow

    def _read(self) -> str:
        descriptor, answer = sys.stdin.fileno(), b""
        while not answer.endswith(b"R"):
            left_s = max(self._sent_s + _WAIT_S - time.monotonic(), 0.0)
            if not select.select([descriptor], [], [], left_s)[0]:
                break
            piece = os.read(descriptor, 1)
            if not piece:
                break
            answer += piece
        return answer.decode("ascii", "replace")
