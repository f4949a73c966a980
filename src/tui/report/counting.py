"""The progress of counting a report: shown once counting takes longer than a moment, then with numbers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from tui.delay import Delay

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.messages import ReaderAnswered
    from tui.screens.base import BaseScreen

TOPIC = ("counted",)
_MOMENT_S = 0.3
_STEP_S = 1.0  # seconds between two progress reports


class Counting:
    """The state of the last counting that a report screen asked for."""

    def __init__(self, screen: BaseScreen) -> None:
        self._screen = screen
        self._is_running = False
        self.text = ""  # the progress to show; empty for none
        self._delay = Delay(screen, _MOMENT_S, self._say)

    def begin(self) -> Callable[[int, int], None]:
        """Begin to wait for an answer; return a callback for another thread, which takes the counts done and in all."""
        self._is_running = True
        self._delay.restart()
        post, last = self._screen.fenji_app.progress_reporter(TOPIC), [0.0]

        def show(done: int, total: int) -> None:
            if time.monotonic() - last[0] >= _STEP_S:
                last[0] = time.monotonic()
                post((done, total))

        return show

    def end(self) -> None:
        """Stop waiting: the answer is there, or there will be none."""
        self._is_running, self.text = False, ""
        self._delay.cancel()

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in a progress report of the counting."""
        done, total = cast("tuple[int, int]", message.answer)
        if self._is_running:
            self.text = self._screen.context.say("counting: {done} of {total}", done=done, total=total)

    def _say(self) -> None:
        if self._is_running and not self.text:
            self.text = self._screen.context.say("Counting.")
            self._screen.redraw()
