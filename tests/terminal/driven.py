"""A real terminal for tests: the program runs in a pty, pyte keeps what it draws, and every byte is counted."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pyte

from terminal.thin_link import ThinLink
from wrapping import shows

SOURCES = Path(__file__).resolve().parents[2] / "src"
PATIENCE_S = 60.0  # seconds that something may take to come on a busy machine
KEY_S = 0.02  # seconds between two keys
ECHO_S = 1.0  # seconds that a letter may take to be seen
BUSY_S = 5.0  # seconds to wait for a program that goes on working, as in a sync
QUIET_S = 0.35  # seconds without output after which the program has drawn everything

# Opens the interface on the desk of argv[1] as the person argv[2]; further words are those of the command line.
# FENJI_TEST_CLOCK names a file that holds the present instant.
PROGRAM = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from fenji.desk import Desk
from tui import main
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as a shell has it, also where nohup started the tests
held = os.environ.get("FENJI_TEST_CLOCK")
now = (lambda: datetime.fromisoformat(Path(held).read_text())) if held else None
with Desk.open(Path(sys.argv[1]), person=sys.argv[2], now=now, later=True) as desk:
    sys.exit(main(desk, plain="--plain" in sys.argv))
"""


class _Screen(pyte.Screen):
    """A screen that answers when it is asked where its cursor is."""

    answer: Callable[[bytes], object]

    def write_process_input(self, data: str) -> None:
        self.answer(data.encode())


class Terminal:
    """One run of the interface, or of another `command`, in a terminal of its own.

    `thin` puts a slow relay in between: the seconds that each way takes, and the bytes that pass per second.
    """

    def __init__(
        self,
        desk: Path,
        *,
        state: Path,
        person: str = "",
        columns: int = 80,
        lines: int = 24,
        options: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        answers: bool = True,
        delay_s: float = 0.0,
        clock: Path | None = None,
        command: Sequence[str] = (),
        thin: tuple[float, int] | None = None,
    ) -> None:
        self.screen = _Screen(columns, lines)
        self.screen.answer = self._answer if answers else lambda _: None
        self._delay_s = delay_s
        self._answers: list[tuple[float, bytes]] = []  # when each is due
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._master, slave = pty.openpty()
        self._slave_name = os.ttyname(slave)
        self._resize(columns, lines)
        kept = {
            key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "HOME", "COVERAGE_PROCESS_START")
        }
        self._child = subprocess.Popen(
            command or [sys.executable, "-c", PROGRAM, str(desk), person, *options],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={
                **kept,
                "PYTHONPATH": str(SOURCES),
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                "XDG_STATE_HOME": str(state),
                "XDG_CONFIG_HOME": str(state / "config"),
                "XDG_CACHE_HOME": str(state / "cache"),
                "GIT_CONFIG_GLOBAL": os.devnull,
                "FENJI_LANGUAGE": "en",
                **({"FENJI_TEST_CLOCK": str(clock)} if clock else {}),
                **(env or {}),
            },
        )
        os.close(slave)
        self._link = ThinLink(self._master, delay_s=thin[0], bytes_per_s=thin[1]) if thin else None

    @property
    def _wire(self) -> int:
        """The file descriptor that is read and written: the pty itself, or the near end of a thin link."""
        return self._link.near.fileno() if self._link else self._master

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        if self._link:
            self._link.__exit__()
        os.close(self._master)

    def _answer(self, data: bytes) -> None:
        self._answers.append((time.monotonic() + self._delay_s, data))

    def _answer_in_time(self) -> None:
        while self._answers and self._answers[0][0] <= time.monotonic():
            self.send_bytes(self._answers.pop(0)[1])

    # --- what the person does -------------------------------------------------------------------------------------

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are, all at once."""
        os.write(self._wire, data)

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as a hand does; text of several letters is typed letter by letter.

        The next key is sent only when the program has read and handled the one before, and each letter of a text is
        also waited for on the screen: on a busy machine they would arrive as a burst, as if pasted. Letters that are
        keys may show nothing.
        """
        for key in keys:
            patience_s = ECHO_S if key not in KEYS and len(set(key)) > 3 else KEY_S
            for stroke in [KEYS[key]] if key in KEYS else key:
                self.send_bytes(stroke.encode())
                self._wait_until_read()
                self._read_output(patience_s)

    def _wait_until_read(self) -> None:
        """Wait until the program has read and handled what was sent, except what a thin link still carries."""
        end = time.monotonic() + PATIENCE_S
        while self._unread() and time.monotonic() < end and self._child.poll() is None:
            self._read_output(0.001)
        end = min(end, time.monotonic() + BUSY_S)
        seen_asleep = 0
        while seen_asleep < 2 and time.monotonic() < end and self._child.poll() is None:
            self._read_output(0.002)
            seen_asleep = seen_asleep + 1 if self._is_asleep() else 0

    def _is_asleep(self) -> bool:
        """Whether no thread of the program runs, or would run on a machine that is less busy; True without /proc."""
        tasks = Path(f"/proc/{self._child.pid}/task")
        try:
            states = [task.joinpath("stat").read_bytes().rpartition(b") ")[2][:1] for task in tasks.iterdir()]
        except OSError:  # a thread has ended meanwhile
            return not tasks.is_dir()
        return not {b"R", b"D"}.intersection(states)

    def _unread(self) -> int:
        """Return the number of sent bytes that the program has not read."""
        try:
            slave = os.open(self._slave_name, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:  # the terminal is gone
            return 0
        try:
            return int.from_bytes(fcntl.ioctl(slave, termios.FIONREAD, bytes(4)), sys.byteorder)
        finally:
            os.close(slave)

    def _resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size."""
        self._resize(columns, lines)
        self.screen.resize(lines, columns)
        os.kill(self._child.pid, signal.SIGWINCH)

    def hang_up(self) -> None:
        """Break the connection, which sends SIGHUP."""
        os.kill(self._child.pid, signal.SIGHUP)

    def cut_off(self) -> int:
        """Take the terminal away without a signal; return the exit code of the program."""
        os.close(self._master)
        self._master = os.open(os.devnull, os.O_RDWR)
        return self._child.wait(PATIENCE_S)

    # --- what is seen ---------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The text on the screen."""
        # Not pyte's own `display`: it trips over half a wide character that a new size has left.
        buffer, columns = self.screen.buffer, range(self.screen.columns)
        rows = ("".join(buffer[y][x].data for x in columns) for y in range(self.screen.lines))
        return "\n".join(row.rstrip() for row in rows)

    def wait_for(self, *wanted: str, gone: str = "") -> str:
        """Wait until all of `wanted` are on the screen, and `gone` is not, wherever lines are broken."""
        return self.wait_until(lambda: shows(self.text, *wanted, gone=gone), wanted)

    def wait_until(self, holds: Callable[[], bool], what: object = "") -> str:
        """Wait until a condition holds; `what` names it if it never does."""
        end = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > end or not self._read_output(0.1):
                raise AssertionError(f"never came: {what!r}\n{self.text}")
        return self.text

    def wait_until_quiet(self) -> None:
        """Wait until nothing comes any more, and nothing is on its way."""
        begun = quiet_since = time.monotonic()
        last = len(self.raw)
        while time.monotonic() - quiet_since < QUIET_S and self._read_output(0.05):
            if len(self.raw) != last or (quiet_since - begun < BUSY_S and not self._is_asleep()):
                last, quiet_since = len(self.raw), time.monotonic()

    def count_bytes(self, *keys: str, until: str = "") -> int:
        """Return the bytes that pressing these keys sends to the terminal; `until` is a text to wait for first."""
        self.wait_until_quiet()
        before = len(self.raw)
        self.press(*keys)
        if until:
            self.wait_for(until)
        self.wait_until_quiet()
        return len(self.raw) - before

    def wait(self) -> int:
        """Wait for the end of the program and return its exit code; one that does not end fails the test."""
        end = time.monotonic() + PATIENCE_S
        while self._read_output(0.1):
            if time.monotonic() > end:
                raise AssertionError(f"never ended:\n{self.text}")
        return self._child.wait(PATIENCE_S)

    def _read_output(self, seconds: float) -> bool:
        """Take in output for up to `seconds`; return False once the program has ended."""
        self._answer_in_time()
        if not select.select([self._wire], [], [], seconds)[0]:
            return self._child.poll() is None
        try:
            data = os.read(self._wire, 65536)
        except OSError:
            return False
        self.raw += data
        self._feed(data)
        self._answer_in_time()
        return bool(data)

    def _feed(self, data: bytes) -> None:
        # pyte knows neither the keyboard protocol nor mode queries and would draw their last letters.
        for sequence in UNKNOWN:
            data = data.replace(sequence, b"")
        self._stream.feed(data)


UNKNOWN = (b"\x1b[>25u", b"\x1b[<u", b"\x1b[?2026$p", b"\x1b[?2048$p")
KEYS: Mapping[str, Any] = {
    "Enter": "\r",
    "Esc": "\x1b",
    "Tab": "\t",
    "Space": " ",
    "Up": "\x1b[A",
    "Down": "\x1b[B",
    "Right": "\x1b[C",
    "Left": "\x1b[D",
    "PageDown": "\x1b[6~",
    "Backspace": "\x7f",
    **{f"Ctrl+{letter}": chr(ord(letter) - 64) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
}
