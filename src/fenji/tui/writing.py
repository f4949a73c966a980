"""Text being written: one line or many, its cursor, and what the editing keys do to it. Knows no widget and no screen.

Moves and deletes by grapheme. Lines are broken as they are shown, so that up and down follow the eye.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from fenji.tui import cells

_UNDO_STEPS = 200
_NOT_WRITTEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Spot:
    """A place between two graphemes: where in the text, and in which row and cell it is shown."""

    index: int
    row: int
    cell: int


class Writing:
    """A text and the cursor in it. `many` lines, or one in which a line break becomes a blank."""

    def __init__(self, text: str = "", *, many: bool = False) -> None:
        self.many = many
        self.text = text if many else " ".join(text.splitlines())
        self.at = len(self.text)
        self.width = 80  # cells of a row, for moving up and down; set by whoever shows the text
        self._past: list[tuple[str, int]] = []

    # --- shown --------------------------------------------------------------------------------------------------

    def rows(self, width: int) -> list[str]:
        """The text as it is shown in rows of at most `width` cells."""
        return [row for one in self.text.split("\n") for row in cells.breaks(_shown(one), width)]

    def spots(self, width: int) -> list[Spot]:
        """Every place where the cursor can stand, in the order of the text."""
        found, row, start = [], 0, 0
        for one in self.text.split("\n"):
            broken = cells.breaks(_shown(one), width)
            found += _spots(one, broken, row, start)
            row += len(broken)
            start += len(one) + 1
        return found

    def spot(self, width: int) -> Spot:
        """Where the cursor stands."""
        return next(one for one in reversed(self.spots(width)) if one.index <= self.at)

    # --- keys ---------------------------------------------------------------------------------------------------

    def take(self, key: str, character: str | None) -> bool:
        """Do what the key does; False where it does nothing to a text."""
        if key in _KEYS and (self.many or key not in _ONLY_MANY):
            _KEYS[key](self)
            return True
        if character and character.isprintable():
            self.insert(character)
            return True
        return False

    def insert(self, text: str) -> None:
        """Put text in at the cursor; control characters are left out, and line breaks become blanks in one line."""
        plain = _NOT_WRITTEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        if not self.many:
            plain = " ".join(plain.splitlines())
        self._change(self.text[: self.at] + plain + self.text[self.at :], self.at + len(plain))

    def clear(self) -> None:
        self._change("", 0)

    def _change(self, text: str, at: int) -> None:
        self._past = [*self._past[-_UNDO_STEPS:], (self.text, self.at)]
        self.text = text
        self.at = min(one for one in self._places() if one >= at)  # what came together may be one grapheme now

    def _cut(self, start: int, end: int) -> None:
        if start < end:
            self._change(self.text[:start] + self.text[end:], start)

    def _undo(self) -> None:
        if self._past:
            self.text, self.at = self._past.pop()

    # --- places -------------------------------------------------------------------------------------------------

    def _left(self) -> int:
        pieces = cells.graphemes(self.text[: self.at].rpartition("\n")[2])
        return self.at - (len(pieces[-1][0]) if pieces else min(self.at, 1))

    def _right(self) -> int:
        pieces = cells.graphemes(self.text[self.at :].partition("\n")[0])
        return self.at + (len(pieces[0][0]) if pieces else min(len(self.text) - self.at, 1))

    def _word_left(self) -> int:
        found = re.search(r"(\w+|[^\w\s]+)?\s*$", self.text[: self.at])
        wanted = min(found.start() if found else 0, self._left())
        return max(one for one in self._places() if one <= wanted)

    def _word_right(self) -> int:
        found = re.match(r"\s*(\w+|[^\w\s]+)?", self.text[self.at :])
        wanted = max(self.at + (found.end() if found else 0), self._right())
        return min(one for one in self._places() if one >= wanted)

    def _places(self) -> list[int]:
        """Every index between two graphemes."""
        return [one.index for one in self.spots(self.width)]

    def _start(self) -> int:
        return self.text.rfind("\n", 0, self.at) + 1

    def _end(self) -> int:
        found = self.text.find("\n", self.at)
        return len(self.text) if found < 0 else found

    def _move_rows(self, count: int) -> None:
        here, spots = self.spot(self.width), self.spots(self.width)
        wanted = min(max(here.row + count, 0), spots[-1].row)
        row = [one for one in spots if one.row == wanted]
        self.at = next((one for one in reversed(row) if one.cell <= here.cell), row[0]).index

    def _go(self, index: int) -> None:
        self.at = index


def _shown(text: str) -> str:
    return cells.lines(text)[0] if text else ""


def _spots(text: str, rows: list[str], first_row: int, start: int) -> list[Spot]:
    """The places in one line of the text, which is shown broken into `rows`."""
    found, index, row, passed, cell = [], 0, 0, 0, 0
    for piece, _ in cells.graphemes(text):
        if passed >= len(rows[row]) and row + 1 < len(rows):
            row, passed, cell = row + 1, 0, 0
        found.append(Spot(start + index, first_row + row, cell))
        shown = _shown(piece)
        index, passed, cell = index + len(piece), passed + len(shown), cell + cells.width(shown)
    return [*found, Spot(start + index, first_row + row, cell)]


_KEYS: dict[str, Callable[[Writing], None]] = {
    "left": lambda one: one._go(one._left()),
    "right": lambda one: one._go(one._right()),
    "ctrl+left": lambda one: one._go(one._word_left()),
    "ctrl+right": lambda one: one._go(one._word_right()),
    "home": lambda one: one._go(one._start()),
    "end": lambda one: one._go(one._end()),
    "ctrl+a": lambda one: one._go(one._start()),
    "ctrl+e": lambda one: one._go(one._end()),
    "backspace": lambda one: one._cut(one._left(), one.at),
    "delete": lambda one: one._cut(one.at, one._right()),
    "ctrl+w": lambda one: one._cut(one._word_left(), one.at),
    "ctrl+u": lambda one: one._cut(one._start(), one.at),
    "ctrl+k": lambda one: one._cut(one.at, one._end()),
    "ctrl+z": lambda one: one._undo(),
    "up": lambda one: one._move_rows(-1),
    "down": lambda one: one._move_rows(1),
    "pageup": lambda one: one._move_rows(-10),
    "pagedown": lambda one: one._move_rows(10),
    "enter": lambda one: one.insert("\n"),
}
_ONLY_MANY = frozenset({"up", "down", "pageup", "pagedown", "enter"})
