"""One-line questions shown in place of the footer, and dialogs made of them. Uses no widget: keys in, an answer out.

A dialog is a generator: it yields each `Question`, is sent the answer, and returns a result such as a command.
Leaving a dialog keeps what was typed as a draft.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from tui.drawing import cells
from tui.drawing.spans import wrap_text
from tui.keys import normalize_key
from tui.writing.text_input import TextInput

if TYPE_CHECKING:
    from tui.drawing.theme import StyledLine, Theme

ResultT = TypeVar("ResultT")
NO_CHOICE_HINT = "No choice matches."
_COMMA = re.compile("[,，、]")
MAX_GRAPHEME_CHARACTERS = 16  # length of a grapheme when measuring; longer ones do not fit their lines


class Choice(Struct, frozen=True):
    """An answer to choose from: its value, the label shown, and a detail after it."""

    value: str
    label: str = ""
    detail: str = ""

    @property
    def display_text(self) -> str:
        return self.label or self.value


class Question(Struct, frozen=True):
    """A question of a dialog; all its texts are already translated.

    The answer must be one of `choices`, unless `allow_free_text`: then `initial` is selected, so that typing replaces
    it, and the choices are for the text after the last comma. `unlisted_warning` returns a warning about an answer that
    is not among the choices: it is shown once, and a second Enter then accepts the answer. `draft_key` names the draft
    kept if the user leaves. `validate` returns the error in an answer, `""` for none; `live_hint` the hint while
    typing. With `confirm_key` only that key confirms; it is never the key that opened the dialog.
    """

    label: str
    initial: str = ""
    hint: str = ""
    choices: Sequence[Choice] = ()
    allow_free_text: bool = False
    unlisted_warning: Callable[[str], str] | None = None
    draft_key: str = ""
    confirm_key: str = ""
    validate: Callable[[str], str] = field(default=lambda _: "")
    live_hint: Callable[[str], str] | None = None
    complete: Callable[[str], Sequence[str]] | None = None


DialogGenerator = Generator[Question, str, ResultT]


class PromptCancelled(Exception):
    """The user left the prompt; nothing is done."""


class Prompt(Generic[ResultT]):
    """A running dialog: the current question, the text typed, and the selected choice."""

    def __init__(self, dialog: DialogGenerator[ResultT], drafts: dict[str, str]) -> None:
        self._dialog = dialog
        self._drafts = drafts
        self.used_drafts: list[str] = []  # keys of the drafts to drop once the command is done
        self.error = ""
        self._candidates: Sequence[str] = ()  # completions to show after an ambiguous Tab
        self.is_done = False
        self.question = next(dialog)
        self._start_question()

    def _start_question(self) -> None:
        initial = (
            self._drafts.get(self.question.draft_key, self.question.initial)
            if self.question.draft_key
            else self.question.initial
        )
        must_choose = self._must_choose
        # Whether the text is a draft kept from an earlier time.
        self.from_draft = bool(initial) and not must_choose and initial != self.question.initial
        self._warned_answer = ""
        self.text_input = TextInput("" if must_choose else initial)
        self._is_selected = bool(self.question.choices and self.text_input.text)
        self.selected_index = self._choice_index(initial) if must_choose else 0

    @property
    def _must_choose(self) -> bool:
        return bool(self.question.choices) and not self.question.allow_free_text

    def _choice_index(self, value: str) -> int:
        return next((n for n, choice in enumerate(self.matching_choices) if choice.value == value), 0)

    @property
    def matching_choices(self) -> list[Choice]:
        """The choices that contain the typed text, those that begin with it first."""
        typed = "" if self._is_selected else self.text_input.text.strip().casefold()
        if self.question.allow_free_text:
            typed = _COMMA.split(typed)[-1].strip()
        matching = [
            choice for choice in self.question.choices if typed in f"{choice.value} {choice.display_text}".casefold()
        ]
        return sorted(matching, key=lambda choice: not _starts_with(choice, typed)) if typed else matching

    def handle_key(self, key: str, character: str | None, *, may_confirm: bool = True) -> ResultT | None:
        """Handle a key; return the result at the end of the dialog, else None. Raises PromptCancelled on leaving.

        Unless `may_confirm`, Enter and the confirm key do nothing.
        """
        self.error, self._candidates = "", ()
        if key in ("escape", "ctrl+c"):
            self._keep_draft()
            raise PromptCancelled
        if self.question.confirm_key:
            is_confirmed = may_confirm and normalize_key(key, character) == self.question.confirm_key
            return self._accept(self.question.confirm_key) if is_confirmed else None
        if key == "enter":
            return self._submit() if may_confirm else None
        if self._must_choose and key in _CHOICE_STEPS:
            self.selected_index = (self.selected_index + _CHOICE_STEPS[key]) % max(len(self.matching_choices), 1)
        elif key == "tab":
            self._is_selected = False
            self._complete_input()
        elif self._edit(key, character):
            self.selected_index = 0
        return None

    def _edit(self, key: str, character: str | None) -> bool:
        """Change the text by a key, and return whether it did; a selected text is replaced or deleted."""
        before, was_selected = self.text_input.text, self._is_selected
        if not self.text_input.handle_key(key, character):
            return False
        self._is_selected = False
        if was_selected and self.text_input.text != before:
            self.text_input = TextInput("")
            if character and character.isprintable():
                self.text_input.insert(character)
        return True

    def type_answer(self, text: str) -> None:
        """Replace the typed text by `text`, which the user still has to confirm."""
        if not self.question.confirm_key:
            self.text_input, self.selected_index, self._is_selected = TextInput(text), 0, False

    def paste(self, text: str) -> None:
        """Insert pasted text, unless the question only awaits its `confirm_key`."""
        if not self.question.confirm_key:
            self.text_input = TextInput("") if self._is_selected else self.text_input
            self._is_selected = False
            self.text_input.insert(text)
            self.selected_index = 0

    def _submit(self) -> ResultT | None:
        answer = self.text_input.text.strip()
        if self._must_choose:
            matching = self.matching_choices
            if matching:
                answer = matching[min(self.selected_index, len(matching) - 1)].value
            elif not self.question.unlisted_warning or self._warned_answer != answer:
                warn = self.question.unlisted_warning
                self.error, self._warned_answer = warn(answer) if warn else self.question.hint, answer
                return None
        self.error = self.question.validate(answer)
        return None if self.error else self._accept(answer)

    def _accept(self, answer: str) -> ResultT | None:
        if self.question.draft_key:
            self._drafts[self.question.draft_key] = answer
            self.used_drafts.append(self.question.draft_key)
        try:
            self.question = self._dialog.send(answer)
        except StopIteration as end:
            self.is_done = True
            result: ResultT = end.value
            return result
        self._start_question()
        return None

    def _keep_draft(self) -> None:
        if self.question.draft_key and self.text_input.text.strip() and self.text_input.text != self.question.initial:
            self._drafts[self.question.draft_key] = self.text_input.text

    def _complete_input(self) -> None:
        """Extend the input to the longest common prefix of all completions."""
        prefix = self.text_input.text
        completions = (
            self.question.complete(prefix)
            if self.question.complete
            else [choice.value for choice in self.matching_choices]
        )
        common = _common_prefix(completions) if completions else ""
        if len(common) > len(prefix) or len(completions) == 1:
            self.text_input = TextInput(common)
        else:
            start = max(common.rfind("/"), common.rfind(" ")) + 1  # of the last name of a path, or word of a filter
            self._candidates = [completion[start:] for completion in completions]

    # --- display ------------------------------------------------------------------------------------------------

    def render(self, width: int, theme: Theme) -> tuple[list[StyledLine], list[StyledLine], int]:
        """Return the lines of the hint, those of the question below it, and the cursor's cell in the last line."""
        room = width - 3 if self.question.confirm_key else max(width - 12, width // 2)
        *above, label = cells.wrap(self.question.label, room)
        max_width = width - cells.width(label) - 3
        before, under, after, cell = split_at_cursor(self.text_input, max_width)
        role = "cursor" if self._is_selected else ""
        input_line: StyledLine = [(f" {label} ", "strong"), (before, role), (under, "cursor"), (after, "")]
        label_lines: list[StyledLine] = [[(f" {row}", "strong")] for row in above]
        return self._hint_lines(width, theme), [*label_lines, input_line], cells.width(label) + 2 + cell

    @property
    def waits_for_choice(self) -> bool:
        """Whether the user has to choose, and has typed nothing that narrows the choices."""
        return self._must_choose and not self.text_input.text

    def _hint_lines(self, width: int, theme: Theme) -> list[StyledLine]:
        if self.question.choices and not self.error and not self.question.live_hint:
            if self._must_choose and not self.matching_choices and not self.question.unlisted_warning:
                return wrap_text(self.question.hint, "risk", width, theme)
            selected_index = self.selected_index if not self.question.allow_free_text else -1
            return render_choice_lines(self.matching_choices, selected_index, width, theme)
        live_hint = self.question.live_hint
        hint = live_hint(self.text_input.text) if live_hint else "  ".join(self._candidates) or self.question.hint
        return wrap_text(self.error or hint, "late strong" if self.error else "dim", width, theme)


_CHOICE_STEPS = {"tab": 1, "right": 1, "down": 1, "left": -1, "up": -1, "shift+tab": -1}


def _starts_with(choice: Choice, typed: str) -> bool:
    return choice.value.casefold().startswith(typed) or choice.display_text.casefold().startswith(typed)


def _common_prefix(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    length = next((n for n, (left, right) in enumerate(zip(first, last, strict=False)) if left != right), len(first))
    return first[:length]


def render_choices(choices: Sequence[Choice], selected_index: int, width: int, theme: Theme) -> StyledLine:
    """Return the choices in a line, with the selected one highlighted and its detail at the end.

    Choices before the selected one are dropped to make room for it, choices after it to make room for its detail.
    """
    detail = choices[selected_index].detail if 0 <= selected_index < len(choices) else ""
    room = width - min(cells.width(detail) + 1, width // 2) if detail else width
    labels = [
        f"[{choice.display_text}]" if n == selected_index else f" {choice.display_text} "
        for n, choice in enumerate(choices)
    ]
    first = 0
    while (
        first < selected_index
        and sum(cells.width(label) + 1 for label in labels[first : selected_index + 1]) > room - 4
    ):
        first += 1
    line: StyledLine = [(" ", "") if not first else (theme.signs.ellipsis, "dim")]
    available = room - 2  # without the ellipsis at either end
    for n, label in enumerate(labels[first:], first):
        must_show = n == max(first, selected_index)
        if cells.width(label) >= available and not must_show:
            line.append((theme.signs.ellipsis, "dim"))
            break
        shown_label = cells.truncate(label, available - 1, theme.signs.ellipsis)
        available -= cells.width(shown_label) + 1
        line.append((shown_label + " ", "bar" if n == selected_index else ""))
    return [*line, (f" {detail}", "dim")] if detail else line


def render_choice_lines(choices: Sequence[Choice], selected_index: int, width: int, theme: Theme) -> list[StyledLine]:
    """Return the choices in a line; a detail of the selected one that takes half a line or more goes below it."""
    detail = choices[selected_index].detail if 0 <= selected_index < len(choices) else ""
    if cells.width(detail) < width // 2:
        return [render_choices(choices, selected_index, width, theme)]
    names = [replace(choice, detail="") for choice in choices]
    return [render_choices(names, selected_index, width, theme), *wrap_text(detail, "dim", width, theme)]


def split_at_cursor(text_input: TextInput, max_width: int) -> tuple[str, str, str, int]:
    """Fit a line of text in `max_width` cells; return the text before, under and after its cursor, and its cell."""
    # Only what can be seen is measured: a text pasted into a line may have thousands of characters.
    nearby = text_input.text[: text_input.cursor][-max_width * MAX_GRAPHEME_CHARACTERS :]
    before, used_width = "", 0
    for piece, _ in reversed(cells.graphemes(nearby)):
        shown = cells.sanitize_line(piece)
        used_width += cells.width(shown)
        if used_width > max(max_width - 2, 0):
            break
        before = shown + before
    following = text_input.text[text_input.cursor :][: max_width * MAX_GRAPHEME_CHARACTERS]
    rest = [cells.sanitize_line(piece) for piece, _ in cells.graphemes(following)]
    under = rest[0] if rest else " "
    after = cells.truncate("".join(rest[1:]), max(max_width - cells.width(before) - cells.width(under), 0), "")
    return before, under, after, cells.width(before)
