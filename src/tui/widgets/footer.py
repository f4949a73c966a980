"""The lines at the bottom: the latest notice (or the hint of a question), and the keys (or the question).

With one row, a notice or a question takes the place of the keys; what does not fit overlays the lines above.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tui.drawing import cells
from tui.drawing.spans import line_width, wrap_text
from tui.keys import format_key
from tui.widgets.lines import LineWidget

if TYPE_CHECKING:
    from tui.action import Action
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.formatting import Formatter
    from tui.writing.prompt import Prompt


class Footer(LineWidget):
    """Shows keys and notices, or the prompt while one is open, in one or two rows."""

    def __init__(self, context: Context) -> None:
        super().__init__(theme=context.theme, id="foot")
        self.context = context
        self.set_rows(2)
        self.actions: Sequence[Action] = ()
        self.right_from = ""  # the first action at the right edge, where actions stay when those before change
        self.marked_text = ""  # how many tickets the keys act on, shown before them
        self.key_text = ""  # shown instead of the actions while letters are typed text
        self.prompt: Prompt[Any] | None = None
        self.notice = ""
        self.is_error = False  # the notice is an error
        self.hint_lines: Sequence[StyledLine] = ()  # shown while there is no notice
        self.remark = ""  # also shown while there is no notice, in as many lines as one
        self.cursor_cell = 0

    def set_rows(self, rows: int) -> None:
        """Take one or two rows of the screen."""
        self.rows = self.styles.height = rows

    def show_notice(self, text: str, *, is_error: bool = False) -> None:
        """Show a notice until the next key: in one line if it fits, else in a few, which overlay the lines above."""
        self.notice, self.is_error = text, is_error

    def draw(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - lines come wrapped
        return self._all_lines(width)[-self.rows :]

    def overflow_rows(self, width: int) -> list[StyledLine]:
        """Return the lines that do not fit in the footer and overlay those above it."""
        return self._all_lines(width)[: -self.rows]

    def _all_lines(self, width: int) -> list[StyledLine]:
        """Return the lines of the footer, at least as many as it has rows."""
        rows = self._notice_rows(width)
        if self.prompt:
            hint_lines, question_lines, self.cursor_cell = self.prompt.render(width, self.theme)
            has_hint = self.rows > 1 or any(text.strip() for line in hint_lines for text, _ in line)
            *label_lines, input_line = question_lines
            hints = rows or (hint_lines if has_hint else [])
            return [*hints, *label_lines, self._with_choosing_keys(input_line, width)]
        if self.rows == 1 and self.notice:
            return rows
        return [
            *(rows or ((self.hint_lines or [[]]) if self.rows > 1 else [])),
            self._key_line(width),
        ]

    def _with_choosing_keys(self, input_line: StyledLine, width: int) -> StyledLine:
        """Return the line of a question with the keys that choose at its right end, if they fit."""
        if not self.prompt or not self.prompt.waits_for_choice:
            return input_line
        signs, say = self.theme.signs, self.context.say
        keys = format_text_hints(say("a-z find  Enter takes it"), width, signs.ellipsis)
        keys = [(f" {signs.previous} {signs.next}", "key"), (f" {say('choose')} ", ""), *keys]
        room = width - line_width(input_line) - line_width(keys)
        return [*input_line, (" " * room, ""), *keys] if room > 0 else input_line

    def _key_line(self, width: int) -> StyledLine:
        if not self.key_text:
            return format_key_hints(
                self.actions, width, self.context.formatter, remark=self.marked_text, right_from=self.right_from
            )
        return format_text_hints(fit_hints(self.key_text, width - 1), width - 1, self.theme.signs.ellipsis)

    def _notice_rows(self, width: int) -> list[StyledLine]:
        """Return the notice, else the remark, wrapped; the remark is hidden while a question is asked."""
        text = self.notice or ("" if self.prompt else self.remark)
        if not text:
            return []
        return wrap_text(text, "late strong" if self.notice and self.is_error else "strong", width, self.theme)


def fit_hints(text: str, width: int) -> str:
    """Return the hints that fit whole; in `text` they are two or more blanks apart, the most useful first.

    The first hint is always kept, then the way back (Esc), then each hint that there is still room for.
    """
    hints = re.findall(r" {2,}\S.*?(?= {2,}|$)|^\S.*?(?= {2,}|$)", text)
    used, kept = 0, set[int]()
    for n in sorted(range(len(hints)), key=lambda n: (n > 0, not hints[n].lstrip().startswith("Esc "), n)):
        size = cells.width(hints[n])
        if not kept or used + size <= width:
            used, kept = used + size, {*kept, n}
    return "".join(hints[n] for n in sorted(kept))


def format_text_hints(text: str, width: int, ellipsis: str) -> StyledLine:
    """Return hints given as text, `Ctrl+D save  Esc back`, with their keys drawn as keys."""
    line: StyledLine = []
    for hint in re.split(r" {2,}", cells.truncate(text, width, ellipsis)):
        key, blank, label = hint.partition(" ")
        line += [(f" {key}", "key"), (f"{blank}{label} ", "")]
    return line


def format_key_hints(
    actions: Sequence[Action], width: int, formatter: Formatter, *, remark: str = "", right_from: str = ""
) -> StyledLine:
    """Return as many keys with their labels as fit; the last one (the list of all keys) and the way back are kept.

    `remark` comes first; the action `right_from` and those after it are at the right edge.
    """
    line: StyledLine = [(f" {remark} ", "strong")] if remark else []
    shown_actions = list(actions)
    free = width - line_width(line) - _hints_width(shown_actions, formatter)
    while free < 0 and len(shown_actions) > 1:
        goes_back = len(shown_actions) > 3 and shown_actions[-2].is_navigation and "escape" in shown_actions[-2].keys
        free += _hints_width([shown_actions.pop(-3 if goes_back else -2)], formatter)
    for action in shown_actions:
        if action.id == right_from and free > 0:
            line.append((" " * free, ""))
        line += _format_hint(action, formatter)
    return line


def _format_hint(action: Action, formatter: Formatter) -> StyledLine:
    return [(f" {format_key(action.keys[0])}", "key"), (f" {formatter.say(action.label)} ", "")]


def _hints_width(actions: Sequence[Action], formatter: Formatter) -> int:
    return sum(line_width(_format_hint(action, formatter)) for action in actions)
