"""Queries to the terminal after the first paint: the colour of its ground, and how fast it answers."""

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
    """Asks the terminal, and interprets its answers; nothing waits for them."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._asks_ground = theme.wants_ground  # read before the ground of the last run is assumed
        self._cursor_asked_s = 0.0

    def ask_ground(self, driver: Driver) -> None:
        """Ask whether the ground is light, where the theme depends on it."""
        if self._asks_ground:
            driver.write(ASK_GROUND)

    def ask_cursor(self, driver: Driver) -> None:
        """Ask for the cursor: the answer comes once everything sent before, the first paint, has been drawn."""
        self._cursor_asked_s = time.monotonic()
        driver.write(_ASK_CURSOR)

    def is_slow(self) -> bool:
        """Return whether the answer that has just come took longer than `SLOW_LINK_S`."""
        asked_s, self._cursor_asked_s = self._cursor_asked_s, 0.0
        return bool(asked_s) and time.monotonic() - asked_s > SLOW_LINK_S

    def learn_ground(self, *, is_light: bool) -> None:
        """Set the theme by what the terminal says of its ground."""
        self._theme.learn(replace(self._theme.terminal, is_light=is_light))
