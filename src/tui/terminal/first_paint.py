"""The first paint: the kept board, sent to the terminal before the desk is read or the interface is imported.

From then on the terminal echoes no keys; typed keys wait for the interface, which applies them to the real rows.
"""

from __future__ import annotations

import os
import termios

from tui.terminal import kept_board

TYPE_CHECKING = False  # importing `typing` would delay the first paint
if TYPE_CHECKING:
    from typing import Any

ALTERNATE_SCREEN = "\x1b[?1049h"
_LEAVE = b"\x1b[?1049l\x1b[?25h"
_INPUT, _OUTPUT, _DRAWING = 0, 1, 2  # Textual draws on the error stream
_DUMB = ("", "dumb")


class FirstPaint:
    """The rows on the terminal, and its settings before; `undo` restores it unless it was handed over."""

    def __init__(self, rows: list[str], size: tuple[int, int], settings: list[Any]) -> None:
        self.rows, self.size, self.settings = rows, size, settings
        self._is_ours = True

    def hand_over(self) -> None:
        """Leave the terminal to the interface, which restores it when it ends."""
        self._is_ours = False

    def undo(self) -> None:
        """Restore the terminal as it was."""
        if self._is_ours:
            self._is_ours = False
            _send(_LEAVE)
            termios.tcsetattr(_INPUT, termios.TCSANOW, self.settings)


def paint_kept_board(root: str, *, plain: bool) -> FirstPaint | None:
    """Paint the kept board of the desk at `root`; None if none is kept that fits, or if nobody could see it."""
    size = _terminal_size()
    rows = kept_board.load_rows(root, size, kept_board.describe_surroundings(plain=plain)) if size else []
    if not rows or size is None:
        return None
    try:
        painted = FirstPaint(rows, size, termios.tcgetattr(_INPUT))
        termios.tcsetattr(_INPUT, termios.TCSANOW, _without_echo(termios.tcgetattr(_INPUT)))
    except termios.error:
        return None
    _send("".join([ALTERNATE_SCREEN, "\x1b[?25l", *(f"\x1b[{y}H{row}" for y, row in enumerate(rows, 1))]).encode())
    return painted


def _terminal_size() -> tuple[int, int] | None:
    """Return (columns, lines) as Textual will find them; None without a terminal, or for a background process."""
    if not all(map(os.isatty, (_INPUT, _OUTPUT, _DRAWING))) or os.environ.get("TERM", "") in _DUMB:
        return None
    if {"COLUMNS", "LINES"} & set(os.environ) or _is_in_background():
        return None
    try:
        columns, lines = os.get_terminal_size(_OUTPUT)
    except OSError:
        return None
    return columns, lines


def _is_in_background() -> bool:
    try:
        return os.tcgetpgrp(_INPUT) != os.getpgrp()
    except OSError:  # no terminal controls this process
        return False


def _without_echo(settings: list[Any]) -> list[Any]:
    """Return settings under which keys are passed on one by one and not shown, and Ctrl+C still ends a start."""
    settings[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON | termios.IXOFF)
    settings[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    settings[6][termios.VSUSP] = b"\x00"
    return settings


def _send(data: bytes) -> None:
    try:
        while data:
            data = data[os.write(_DRAWING, data) :]
    except OSError:  # the terminal is gone, which the interface notices by itself
        pass
