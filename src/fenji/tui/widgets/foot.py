"""The two lines at the bottom: what was just said (or the hint of a question), and the keys (or the question)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fenji.tui import cells
from fenji.tui.keys import Action, shown
from fenji.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from fenji.tui.look import Line, Look
    from fenji.tui.prompt import Prompt
    from fenji.tui.voice import Voice


ROWS = 3  # of what is said; all but the last stand over the lines above the foot


class Foot(Lines):
    """Keys and notices; a prompt takes their place while it is open."""

    def __init__(self, *, look: Look, voice: Voice) -> None:
        super().__init__(look=look, id="foot")
        self.voice = voice
        self.actions: Sequence[Action] = ()
        self.words = ""  # stands in place of the actions where letters are text
        self.prompt: Prompt[Any] | None = None
        self.notice = ""
        self.alarm = False  # the notice is a refusal
        self.hint: Line = []  # stands where no notice does
        self.cursor_cell = 0

    def say(self, text: str, *, alarm: bool = False) -> None:
        """Say something until the next key: in one line where it fits, else in up to `ROWS`."""
        self.notice, self.alarm = text, alarm

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002 - always two lines
        if self.prompt:
            above, typed, self.cursor_cell = self.prompt.lines(width, self.look)
            return [self._notice_line(width) or above, typed]
        below = [(f" {self.words}", "faint")] if self.words else keys_line(self.actions, width, self.voice)
        return [self._notice_line(width) or self.hint, below]

    def _notice_line(self, width: int) -> Line:
        """The last row of what is said; the rows before it are in `rows_over`."""
        return self._noticed(width)[-1] if self.notice else []

    def rows_over(self, width: int) -> list[Line]:
        """What is said, as far as it needs more than the foot's own line: it stands over the lines above."""
        return self._noticed(width)[:-1] if self.notice else []

    def _noticed(self, width: int) -> list[Line]:
        rows = cells.wrap(self.notice, max(width - 2, 8))
        if len(rows) > ROWS:
            last = cells.cut(" ".join(rows[ROWS - 1 :]), max(width - 2, 8), self.look.signs.cut)
            rows = [*rows[: ROWS - 1], last]
        return [[(f" {row}", "error" if self.alarm else "notice")] for row in rows]


def keys_line(actions: Sequence[Action], width: int, voice: Voice) -> Line:
    """As many keys with their words as fit; the last one (the list of all keys) always does."""
    shown_actions = list(actions)
    while len(shown_actions) > 1 and _width(shown_actions, voice) > width:
        shown_actions.pop(-2)
    line: Line = []
    for one in shown_actions:
        line += [(f" {shown(one.keys[0])}", "key"), (f" {voice.say(one.label)} ", "")]
    return line


def _width(actions: Sequence[Action], voice: Voice) -> int:
    return sum(cells.width(f" {shown(one.keys[0])} {voice.say(one.label)} ") for one in actions)
