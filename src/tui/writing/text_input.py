"""An editable text: one line or many, its cursor, and the editing keys. Uses no widget and no screen.

Moves and deletes by grapheme. Up and down move by rows as displayed, not by lines of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate

from msgspec import Struct

from tui.drawing import cells

_MAX_UNDO = 200
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class TextPosition(Struct, frozen=True):
    """A position between two graphemes: its index in the text, and the row and cell where it is shown."""

    index: int
    row: int
    cell: int


class LineLayout(Struct, frozen=True):
    """The rows of one line of a text, and the possible positions of the cursor in it."""

    rows: tuple[str, ...]
    positions: tuple[TextPosition, ...]

    @property
    def last_index(self) -> int:
        return self.positions[-1].index

    def place(self, row: int, start: int) -> list[TextPosition]:
        """Return the positions in a text where the line begins at `row` and at index `start`."""
        return [TextPosition(start + position.index, row + position.row, position.cell) for position in self.positions]


class TextInput:
    """A text and its cursor; `multiline`, or a single line in which line breaks become spaces."""

    def __init__(self, text: str = "", *, multiline: bool = False) -> None:
        self.multiline = multiline
        self.text = text if multiline else " ".join(text.splitlines())
        self.cursor = len(self.text)
        self.width = 80  # of a row in cells, for moving up and down; set whenever the text is drawn
        self._undo_stack: list[tuple[str, int]] = []

    # --- display ------------------------------------------------------------------------------------------------

    def rows(self, width: int) -> list[str]:
        """Return the text as shown, in rows of at most `width` cells."""
        return [row for line in self.text.split("\n") for row in _layout_line(line, width).rows]

    def positions(self, width: int) -> list[TextPosition]:
        """Return all possible positions of the cursor, in text order."""
        return [position for layout, row, start in self._placed_lines(width) for position in layout.place(row, start)]

    def cursor_position(self, width: int) -> TextPosition:
        """Return the position of the cursor."""
        layout, row, start = next(
            placed for placed in self._placed_lines(width) if self.cursor <= placed[2] + placed[0].last_index
        )
        return next(position for position in reversed(layout.place(row, start)) if position.index <= self.cursor)

    def _placed_lines(self, width: int) -> Iterator[tuple[LineLayout, int, int]]:
        """Yield the layout of each line of the text, the row where it begins, and its index in the text."""
        row, start = 0, 0
        for line in self.text.split("\n"):
            layout = _layout_line(line, width)
            yield layout, row, start
            row += len(layout.rows)
            start += len(line) + 1

    # --- keys ---------------------------------------------------------------------------------------------------

    def handle_key(self, key: str, character: str | None) -> bool:
        """Handle a key; return False if it does nothing to a text."""
        if key in _KEY_BINDINGS and (self.multiline or key not in _MULTILINE_KEYS):
            _KEY_BINDINGS[key](self)
            return True
        if character and character.isprintable():
            self.insert(character)
            return True
        return False

    def insert(self, text: str) -> None:
        """Insert text at the cursor without control characters; in a single line, line breaks become spaces."""
        cleaned = _CONTROL_CHARACTERS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        if not self.multiline:
            cleaned = " ".join(cleaned.splitlines())
        self._replace(self.text[: self.cursor] + cleaned + self.text[self.cursor :], self.cursor + len(cleaned))

    def clear(self) -> None:
        self._replace("", 0)

    def _replace(self, text: str, cursor: int) -> None:
        self._undo_stack = [*self._undo_stack[-_MAX_UNDO:], (self.text, self.cursor)]
        self.text = text
        self.cursor = self._boundary_from(cursor)  # the joined ends may now form one grapheme

    def _delete(self, start: int, end: int) -> None:
        if start < end:
            self._replace(self.text[:start] + self.text[end:], start)

    def _undo(self) -> None:
        if self._undo_stack:
            self.text, self.cursor = self._undo_stack.pop()

    # --- positions ----------------------------------------------------------------------------------------------

    def _previous_index(self) -> int:
        pieces = cells.graphemes(self.text[: self.cursor].rpartition("\n")[2])
        return self.cursor - (len(pieces[-1][0]) if pieces else min(self.cursor, 1))

    def _next_index(self) -> int:
        pieces = cells.graphemes(self.text[self.cursor :].partition("\n")[0])
        return self.cursor + (len(pieces[0][0]) if pieces else min(len(self.text) - self.cursor, 1))

    def _previous_word_index(self) -> int:
        match = re.search(r"(\w+|[^\w\s]+)?\s*$", self.text[: self.cursor])
        target = min(match.start() if match else 0, self._previous_index())
        return self._boundary_before(target)

    def _next_word_index(self) -> int:
        match = re.match(r"\s*(\w+|[^\w\s]+)?", self.text[self.cursor :])
        target = max(self.cursor + (match.end() if match else 0), self._next_index())
        return self._boundary_from(target)

    def _boundaries(self, index: int) -> list[int]:
        """Return every index between two graphemes in the line of `index`: only that line is measured."""
        start = self.text.rfind("\n", 0, index) + 1
        line = self.text[start:].partition("\n")[0]
        return list(accumulate((len(piece) for piece, _ in cells.graphemes(line)), initial=start))

    def _boundary_from(self, index: int) -> int:
        return min(boundary for boundary in self._boundaries(index) if boundary >= index)

    def _boundary_before(self, index: int) -> int:
        return max(boundary for boundary in self._boundaries(index) if boundary <= index)

    def _line_start(self) -> int:
        return self.text.rfind("\n", 0, self.cursor) + 1

    def _line_end(self) -> int:
        index = self.text.find("\n", self.cursor)
        return len(self.text) if index < 0 else index

    def _move_vertically(self, count: int) -> None:
        current, positions = self.cursor_position(self.width), self.positions(self.width)
        target_row = min(max(current.row + count, 0), positions[-1].row)
        row_positions = [position for position in positions if position.row == target_row]
        self.cursor = next(
            (position for position in reversed(row_positions) if position.cell <= current.cell), row_positions[0]
        ).index

    def _move_to(self, index: int) -> None:
        self.cursor = index


def _sanitize(text: str) -> str:
    return cells.sanitize_lines(text)[0] if text else ""


@lru_cache(maxsize=4096)
def _layout_line(line: str, width: int) -> LineLayout:
    # Cached, because at each key all lines but the edited one are as they were.
    rows = cells.break_rows(_sanitize(line), width)
    positions, index, row, row_offset, cell = [], 0, 0, 0, 0
    for piece, _ in cells.graphemes(line):
        if row_offset >= len(rows[row]) and row + 1 < len(rows):
            row, row_offset, cell = row + 1, 0, 0
        positions.append(TextPosition(index, row, cell))
        sanitized = _sanitize(piece)
        index, row_offset, cell = index + len(piece), row_offset + len(sanitized), cell + cells.width(sanitized)
    return LineLayout(tuple(rows), (*positions, TextPosition(index, row, cell)))


_KEY_BINDINGS: dict[str, Callable[[TextInput], None]] = {
    "left": lambda text_input: text_input._move_to(text_input._previous_index()),
    "right": lambda text_input: text_input._move_to(text_input._next_index()),
    "ctrl+left": lambda text_input: text_input._move_to(text_input._previous_word_index()),
    "ctrl+right": lambda text_input: text_input._move_to(text_input._next_word_index()),
    "home": lambda text_input: text_input._move_to(text_input._line_start()),
    "end": lambda text_input: text_input._move_to(text_input._line_end()),
    "ctrl+a": lambda text_input: text_input._move_to(text_input._line_start()),
    "ctrl+e": lambda text_input: text_input._move_to(text_input._line_end()),
    "backspace": lambda text_input: text_input._delete(text_input._previous_index(), text_input.cursor),
    "delete": lambda text_input: text_input._delete(text_input.cursor, text_input._next_index()),
    "ctrl+w": lambda text_input: text_input._delete(text_input._previous_word_index(), text_input.cursor),
    "ctrl+u": lambda text_input: text_input._delete(text_input._line_start(), text_input.cursor),
    "ctrl+k": lambda text_input: text_input._delete(text_input.cursor, text_input._line_end()),
    "ctrl+z": lambda text_input: text_input._undo(),
    "up": lambda text_input: text_input._move_vertically(-1),
    "down": lambda text_input: text_input._move_vertically(1),
    "pageup": lambda text_input: text_input._move_vertically(-10),
    "pagedown": lambda text_input: text_input._move_vertically(10),
    "enter": lambda text_input: text_input.insert("\n"),
}
_MULTILINE_KEYS = frozenset({"up", "down", "pageup", "pagedown", "enter"})
