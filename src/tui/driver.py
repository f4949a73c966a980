"""The keyboard side of the terminal: bytes in, keys out, all keys of one packet in one message.

Textual's own driver takes Esc and a key in one packet for Alt and that key, or for something else altogether.
"""

from __future__ import annotations

import os
import re
import selectors
from codecs import getincrementaldecoder
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.message import Message

_ESCAPE = "\x1b"
_ESCAPE_KEY = "\x1b[27u"  # Esc alone, as the keyboard protocol of kitty writes it: nothing after it can join it
_SEQUENCE_STARTS = "[O"  # what follows Esc where a key or a reply of the terminal is written in several characters
_LONE_ESCAPE = re.compile(rf"{_ESCAPE}(?![{re.escape(_SEQUENCE_STARTS)}])")
_PASTE_START, _PASTE_END = "\x1b[200~", "\x1b[201~"
_PASTE_MARK = re.compile(rf"({re.escape(_PASTE_START)}|{re.escape(_PASTE_END)})")
_POLL_S = 0.1  # how often it is checked whether the interface ends
_READ_BYTES = 1 << 16


class EscapeSplitter:
    """Tells Esc from the beginning of a longer sequence. In marked pastes it is left out.

    An Esc at the end of the data is held until more comes, or until `time_out`.
    """

    def __init__(self) -> None:
        self.is_holding = False
        self._is_pasting = False

    def feed(self, data: str) -> str:
        """Return the data with every Esc that stands alone written so that it stays alone."""
        if self.is_holding:
            data = _ESCAPE + data
        parts = [self._split_part(part) for part in _PASTE_MARK.split(data)]
        self.is_holding = parts[-1].endswith(_ESCAPE_KEY) and data.endswith(_ESCAPE)
        return "".join(parts).removesuffix(_ESCAPE_KEY) if self.is_holding else "".join(parts)

    def time_out(self) -> str:
        """Return the Esc that is held, `""` for none."""
        was_holding, self.is_holding = self.is_holding, False
        return _ESCAPE_KEY if was_holding else ""

    def _split_part(self, part: str) -> str:
        if part in (_PASTE_START, _PASTE_END):
            self._is_pasting = part == _PASTE_START
            return part
        return part.replace(_ESCAPE, "") if self._is_pasting else _LONE_ESCAPE.sub(_ESCAPE_KEY, part)


class KeysPressed(events.Event, bubble=False):
    """Keys that came in one packet, in order."""

    def __init__(self, keys: Sequence[events.Key]) -> None:
        super().__init__()
        self.keys = keys


class KeyboardDriver(LinuxDriver):
    """The driver of a terminal whose keys are told apart as `EscapeSplitter` does."""

    def run_input_thread(self) -> None:
        """Read until the interface ends, or the terminal is gone."""
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        parser, splitter = XTermParser(self._debug), EscapeSplitter()
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(constants.ESCAPE_DELAY if splitter.is_holding else _POLL_S):
                    received = self._read()
                    if not received:
                        self.exit_event.wait(_POLL_S)
                    data = splitter.feed(decode(received))
                else:
                    data = splitter.time_out()
                try:
                    self._send([*(parser.feed(data) if data else ()), *parser.tick()])
                except (ValueError, OverflowError):  # a sequence for a character that there is not
                    parser = XTermParser(self._debug)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:  # the terminal is gone, which the interface finds by itself
            return b""

    def _send(self, messages: Iterable[Message]) -> None:
        for is_key, group in groupby(messages, key=lambda message: isinstance(message, events.Key)):
            keys = list(group)
            for message in [KeysPressed(keys)] if is_key else keys:  # type: ignore[arg-type]
                self.process_message(message)
