"""A form of fields filled in line by line, with guesses to accept or ignore. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import Struct

from tui.drawing import cells
from tui.writing.prompt import Choice, split_at_cursor
from tui.writing.text_edit import render_with_cursor
from tui.writing.text_input import TextInput

if TYPE_CHECKING:
    from fenji.model.ticket import FieldPath
    from tui.drawing.theme import StyledLine, Theme

LABEL_WIDTH = 13
_VALUE_WIDTH = 10  # cells of a guess, before its reason
_NEXT_KEYS = frozenset({"tab", "down", "enter"})
_BACK_KEYS = frozenset({"shift+tab", "up"})


@dataclass
class FormEntry:
    """A field of the form: a line, a text of several lines (`multiline`), or one of `choices`."""

    field_path: FieldPath
    label: str
    help: str = ""
    multiline: bool = False
    choices: Sequence[Choice] = ()
    text_input: TextInput = field(default_factory=TextInput)
    value: str = ""  # of the selected choice

    def __post_init__(self) -> None:
        self.text_input.multiline = self.multiline

    @property
    def text(self) -> str:
        """The text or choice filled in, `""` for none."""
        return self.value if self.choices else self.text_input.text.strip()

    def fill(self, text: str) -> None:
        """Set the text, or select the choice with that value."""
        if self.choices:
            self.value = text if any(choice.value == text for choice in self.choices) else ""
        self.text_input = TextInput("" if self.choices else text, multiline=self.multiline)

    @property
    def display_text(self) -> str:
        """The text or the label of the choice filled in."""
        return next((choice.display_text for choice in self.choices if choice.value == self.value), self.text)

    def handle_choice_key(self, key: str, character: str | None) -> bool:
        """Handle a key in a field with choices: arrows cycle, letters select by prefix, backspace clears."""
        values = [choice.value for choice in self.choices]
        if key in ("left", "right"):
            step = 1 if key == "right" else -1
            index = values.index(self.value) + step if self.value in values else (0 if step > 0 else -1)
            self.value, self.text_input = values[index % len(values)], TextInput()
            return True
        if key in ("backspace", "delete", "ctrl+u"):
            self.value, self.text_input = "", TextInput()
            return True
        if character and character.isprintable():
            self.select_matching(character)
            return True
        return False

    def select_matching(self, text: str) -> None:
        """Select the choice that begins with the letters typed before plus `text`, else with only `text`, if any."""
        for typed in (self.text_input.text + text, text):
            matches = [choice for choice in self.choices if _matches(choice, typed)]
            if matches:
                self.value, self.text_input = matches[0].value, TextInput(typed)
                return


def _matches(choice: Choice, typed: str) -> bool:
    prefix = typed.casefold()
    return choice.value.casefold().startswith(prefix) or choice.display_text.casefold().startswith(prefix)


class Hunch(Struct, frozen=True):
    """A guess at the value of a field, and the reason for it."""

    value: str
    display_text: str
    reason: str
    is_certain: bool = False  # saved even if nobody accepts it


class Form:
    """The fields in order, the current one, and guesses for the empty ones."""

    def __init__(self, entries: Sequence[FormEntry]) -> None:
        self.entries = list(entries)
        self.current_index = 0
        self.hunches: Mapping[str, Hunch] = {}

    @property
    def current_entry(self) -> FormEntry:
        return self.entries[self.current_index]

    def entry(self, field_path: FieldPath) -> FormEntry:
        """Return the entry of a field."""
        return next(entry for entry in self.entries if entry.field_path == field_path)

    @property
    def values(self) -> dict[FieldPath, str]:
        """The non-empty values, by field."""
        return {entry.field_path: entry.text for entry in self.entries if entry.text}

    def fill(self, values: Mapping[str, str]) -> None:
        """Fill in the given values, and clear all other fields."""
        for entry in self.entries:
            entry.fill(values.get(entry.field_path, ""))

    @property
    def current_hunch(self) -> Hunch | None:
        """The guess for the current field while it is empty."""
        return self.hunches.get(self.current_entry.field_path) if not self.current_entry.text else None

    def handle_key(self, key: str, character: str | None) -> bool:
        """Handle a key; return False if it does nothing here, like down in the last field."""
        entry = self.current_entry
        if entry.multiline and key not in ("tab", "shift+tab") and self._handle_text_key(entry, key, character):
            return True
        if key in _NEXT_KEYS:
            return self._next_entry(accept_hunch=key == "enter")
        if key in _BACK_KEYS:
            moved = self.current_index > 0
            self.current_index = max(self.current_index - 1, 0)
            return moved
        if entry.choices:
            return entry.handle_choice_key(key, character)
        return entry.text_input.handle_key(key, character)

    def _handle_text_key(self, entry: FormEntry, key: str, character: str | None) -> bool:
        """Handle a key in a multiline text; up in the first and down in the last row are left to the form."""
        rows = entry.text_input.rows(entry.text_input.width)
        row = entry.text_input.cursor_position(entry.text_input.width).row
        if (key == "up" and row == 0) or (key == "down" and row == len(rows) - 1):
            return False
        return entry.text_input.handle_key(key, character)

    def _next_entry(self, *, accept_hunch: bool) -> bool:
        if accept_hunch and self.current_hunch:
            self.current_entry.fill(self.current_hunch.value)
        if self.current_index + 1 == len(self.entries):
            return False
        self.current_index += 1
        return True

    def paste(self, text: str) -> None:
        """Insert pasted text into the current field; in a field with choices, select the choice that it begins."""
        entry = self.current_entry
        if not entry.choices:
            entry.text_input.insert(text)
        elif text.strip():
            entry.select_matching(text.strip())

    # --- display --------------------------------------------------------------------------------------------------

    def render(self, width: int, theme: Theme, *, active: bool = True) -> tuple[list[StyledLine], tuple[int, int]]:
        """Return all lines of the form, and the line and cell of the cursor; if `active`, keys go to its fields."""
        lines: list[StyledLine] = []
        cursor = (0, 0)
        for n, entry in enumerate(self.entries):
            entry_lines, cell, row = self._render_entry(entry, width, theme, active=active and n == self.current_index)
            if n == self.current_index:
                cursor = len(lines) + row, cell
            lines += entry_lines
        return lines, cursor

    def _render_entry(
        self, entry: FormEntry, width: int, theme: Theme, *, active: bool
    ) -> tuple[list[StyledLine], int, int]:
        ellipsis, max_width = theme.signs.ellipsis, max(width - LABEL_WIDTH - 3, 8)
        label_spans: StyledLine = [
            (theme.signs.bar if active else " ", "accent strong"),
            (cells.fit(entry.label, LABEL_WIDTH, ellipsis), "" if active else "dim"),
            (" ", ""),
        ]
        value_column = LABEL_WIDTH + 2
        if entry.multiline:
            return self._render_text(entry, label_spans, max_width, active=active)
        hunch = self.hunches.get(entry.field_path)
        if not entry.text and hunch:
            spans = _render_hunch(hunch, max_width, theme)
            cursor: StyledLine = [(" ", "cursor")] if active else []
            return [[*label_spans, *cursor, *spans]], value_column, 0
        if active and not entry.choices:
            before, under, after, cell = split_at_cursor(entry.text_input, max_width)
            return [[*label_spans, (before, "strong"), (under, "cursor"), (after, "strong")]], value_column + cell, 0
        text = cells.truncate(cells.sanitize_line(entry.display_text), max_width - 4, ellipsis)
        if active:  # between the signs of the keys that change it
            turned: StyledLine = [
                (f"{theme.signs.previous} ", "key"),
                (text or " ", "cursor"),
                (f" {theme.signs.next}", "key"),
            ]
            return [[*label_spans, *turned]], value_column + 2, 0
        return [[*label_spans, (text, "strong")]], value_column, 0

    def _render_text(
        self, entry: FormEntry, label_spans: StyledLine, max_width: int, *, active: bool
    ) -> tuple[list[StyledLine], int, int]:
        entry.text_input.width = max_width
        position = entry.text_input.cursor_position(max_width)
        rows = entry.text_input.rows(max_width)
        lines = []
        for n, row in enumerate(rows):
            margin = label_spans if n == 0 else [(" " * (LABEL_WIDTH + 2), "")]
            lines.append([*margin, *render_with_cursor(row, position.cell if active and n == position.row else -1)[1:]])
        return lines, LABEL_WIDTH + 2 + position.cell, position.row


def _render_hunch(hunch: Hunch, width: int, theme: Theme) -> StyledLine:
    """Return a guess, set apart from typed text: in italics of its own colour, or in brackets without colours."""
    is_mono = theme.palette.name == "mono"
    value = f"[{hunch.display_text}]" if is_mono and not hunch.is_certain else hunch.display_text
    value = cells.truncate(value, width, theme.signs.ellipsis)
    room = width - max(cells.width(value), _VALUE_WIDTH) - 1
    reason = cells.truncate(hunch.reason, max(room, 0), theme.signs.ellipsis)
    role = "" if hunch.is_certain else "suggestion"
    return [(value, role), (" " * max(_VALUE_WIDTH - cells.width(value), 0) + " ", ""), (reason, "dim")]
