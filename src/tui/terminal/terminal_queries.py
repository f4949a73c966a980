"""What the terminal is asked behind the first paint: the colour of its ground, and how soon it answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tui.terminal.driver import ASK_GROUND

if TYPE_CHECKING:
    from textual.driver import Driver

    from tui.drawing.theme import Theme

SLOW_LINK_S = 1.0  # a terminal that takes longer to answer is on a slow link
_ASK_CURSOR = "\x1b[6n"


class TerminalQueries:
    """Asks the terminal, and tells what its answers mean; nothing waits for them."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._asks_ground = theme.wants_ground  # before that of the last run is taken for it
        self._cursor_asked_s = 0.0

    def ask_ground(self, driver: Driver) -> None:
        """Ask whether the ground is light, where the theme depends on it."""
        if self._asks_ground:
            driver.write(ASK_GROUND)

    def ask_cursor(self, driver: Driver) -> None:
        """Ask for an answer once everything sent before has been drawn: the first paint."""
        self._cursor_asked_s = time.monotonic()
        driver.write(_ASK_CURSOR)

    def is_slow(self) -> bool:
        """Return whether the answer that came now was long in coming."""
        asked_s, self._cursor_asked_s = self._cursor_asked_s, 0.0
        return bool(asked_s) and time.monotonic() - asked_s > SLOW_LINK_S

    def learn_ground(self, *, is_light: bool) -> None:
        """Follow what the terminal says of its ground."""
        self._theme.learn(replace(self._theme.terminal, is_light=is_light))
