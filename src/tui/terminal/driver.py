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
from typing import TYPE_CHECKING, cast

from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from tui.terminal.first_paint import ALTERNATE_SCREEN
from tui.terminal.notifier import POP_TITLE

if TYPE_CHECKING:
    from textual.message import Message

    from tui.terminal.first_paint import FirstPaint
    from tui.terminal.terminal_app import TerminalApp

_ESCAPE = "\x1b"
_ESCAPE_KEY = "\x1b[27u"  # Esc alone, as the keyboard protocol of kitty writes it: nothing after it can join it
_SEQUENCE_STARTS = "[O"  # after Esc, they begin a key or a reply of the terminal that has several characters
_LONE_ESCAPE = re.compile(rf"{_ESCAPE}(?![{re.escape(_SEQUENCE_STARTS)}])")
ASK_GROUND = f"{_ESCAPE}]11;?{_ESCAPE}\\"  # the query for the colour of the ground (OSC 11)
# A reply of the terminal about its colours, which ends in BEL or in Esc and a backslash.
_REPLY = re.compile(rf"{_ESCAPE}\]([^\a{_ESCAPE}]*)(?:\a|{_ESCAPE}\\)")
_OPEN_REPLY = re.compile(rf"{_ESCAPE}(\][^\a{_ESCAPE}]*{_ESCAPE}?|\[(2(00?)?)?)?\Z")
_MAX_REPLY = 100  # characters; anything longer is no reply
_GROUND = re.compile(r"11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})(?:/[0-9a-fA-F]{1,4})?")
_OPEN_PASTE_END = re.compile(rf"{_ESCAPE}(\[(2(01?)?)?)?\Z")
_PASTE_START, _PASTE_END = "\x1b[200~", "\x1b[201~"
_PASTE_MARK = re.compile(rf"({re.escape(_PASTE_START)}|{re.escape(_PASTE_END)})")
_TO_FIRST_CELL = re.compile(rf"{_ESCAPE}\[(\d+);1H")
_POLL_S = 0.1  # seconds between two checks whether the interface ends
_READ_BYTES = 1 << 16


class EscapeSplitter:
    """Tells a lone Esc from the beginning of a longer sequence. In bracketed pastes Esc is left out.

    Data that may begin a sequence is held until more comes, or until `time_out`. The terminal's replies about its
    colours are no keys: they are moved to `replies`.
    """

    def __init__(self) -> None:
        self.replies: list[str] = []
        self._held = ""
        self._is_pasting = False

    @property
    def is_holding(self) -> bool:
        return bool(self._held)

    def feed(self, data: str) -> str:
        """Return the data with every lone Esc written as a sequence that nothing after it can join."""
        data, self._held = self._held + data, ""
        *parts, last = _PASTE_MARK.split(data)
        return "".join([*map(self._split_part, parts), self._split_part(self._hold_end(last))])

    def time_out(self) -> str:
        """Return the held data, since no more of it comes; `""` if nothing is held."""
        held, self._held = self._held, ""
        return held.replace(_ESCAPE, "") if self._is_pasting else _LONE_ESCAPE.sub(_ESCAPE_KEY, held)

    def _hold_end(self, part: str) -> str:
        """Hold the end of the data if it may be the beginning of a sequence, and return the rest."""
        found = (_OPEN_PASTE_END if self._is_pasting else _OPEN_REPLY).search(part)
        if not found or len(found.group()) > _MAX_REPLY:
            return part
        self._held = found.group()
        return part[: found.start()]

    def _split_part(self, part: str) -> str:
        if part in (_PASTE_START, _PASTE_END):
            self._is_pasting = part == _PASTE_START
            return part
        if self._is_pasting:
            return part.replace(_ESCAPE, "")
        self.replies += _REPLY.findall(part)
        return _LONE_ESCAPE.sub(_ESCAPE_KEY, _REPLY.sub("", part))


class KeysPressed(events.Event, bubble=False):
    """Keys that came in one packet, in order."""

    def __init__(self, keys: Sequence[events.Key]) -> None:
        super().__init__()
        self.keys = keys


class GroundReported(events.Event, bubble=False):
    """The terminal has said whether its ground is light."""

    def __init__(self, *, is_light: bool) -> None:
        super().__init__()
        self.is_light = is_light


def read_ground(reply: str) -> bool | None:
    """Return whether the colour in `11;rgb:fcfc/fbfb/f8f8`, a reply about the ground, is light; None for any other."""
    found = _GROUND.fullmatch(reply)
    if not found:
        return None
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
    brightness: float = 0.2126 * red + 0.7152 * green + 0.0722 * blue  # as an eye sees it
    return brightness > 0.5


class KeyboardDriver(LinuxDriver):
    """The driver of a terminal, which tells keys apart with `EscapeSplitter`."""

    _painted: FirstPaint | None = None  # only while the terminal is taken over with it

    def start_application_mode(self) -> None:
        """Take over the terminal: at the start with the first paint, and again after another program had it."""
        self._painted = cast("TerminalApp", self._app).take_first_paint()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._painted:
            self.attrs_before = self._painted.settings
            self._painted.hand_over()
        self._painted = None

    def stop_application_mode(self) -> None:
        """Give the terminal back, its title too."""
        app = cast("TerminalApp", self._app)
        if app.terminal_title:
            self.write(POP_TITLE)
            app.terminal_title = ""
        super().stop_application_mode()

    def write(self, data: str) -> None:
        """Send data, with moves to the first cell of a row shortened, but do not clear the first paint."""
        if not (self._painted and data == ALTERNATE_SCREEN):
            super().write(_TO_FIRST_CELL.sub(rf"{_ESCAPE}[\1H", data))

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
                self._report_ground(splitter)
                try:
                    self._send([*(parser.feed(data) if data else ()), *parser.tick()])
                except (ValueError, OverflowError):  # a sequence for a character that does not exist
                    parser = XTermParser(self._debug)

    def _report_ground(self, splitter: EscapeSplitter) -> None:
        for reply in splitter.replies:
            if (is_light := read_ground(reply)) is not None:
                self.process_message(GroundReported(is_light=is_light))
        splitter.replies.clear()

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:  # the terminal is gone, which the interface notices by itself
            return b""

    def _send(self, messages: Iterable[Message]) -> None:
        for is_key, group in groupby(messages, key=lambda message: isinstance(message, events.Key)):
            keys = list(group)
            for message in [KeysPressed(keys)] if is_key else keys:  # type: ignore[arg-type]
                self.process_message(message)
