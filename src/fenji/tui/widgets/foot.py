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
        """Say something in one line, until the next key."""
        self.notice, self.alarm = text, alarm

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002 - always two lines
        if self.prompt:
            above, typed, self.cursor_cell = self.prompt.lines(width, self.look)
            return [self._noticed(width) or above, typed]
        below = [(f" {self.words}", "faint")] if self.words else keys_line(self.actions, width, self.voice)
        return [self._noticed(width) or self.hint, below]

    def _noticed(self, width: int) -> Line:
        if not self.notice:
            return []
        return [(cells.cut(f" {self.notice}", width, self.look.signs.cut), "error" if self.alarm else "notice")]


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
