"""A form: fields filled in on their own lines, one after the other, with guesses to take or to leave. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fenji.tui import cells
from fenji.tui.prompt import Choice, window
from fenji.tui.text_edit import with_cursor
from fenji.tui.writing import Writing

if TYPE_CHECKING:
    from fenji.tui.look import Line

LABEL_CELLS = 14
_NEXT = frozenset({"tab", "down", "enter"})
_BACK = frozenset({"shift+tab", "up"})


@dataclass
class Entry:
    """One field of the form: a line, a text of several lines (`many`), or one of `choices`."""

    leaf: str
    label: str
    help: str = ""
    many: bool = False
    choices: Sequence[Choice] = ()
    writing: Writing = field(default_factory=Writing)
    value: str = ""  # of a choice

    def __post_init__(self) -> None:
        self.writing.many = self.many

    @property
    def text(self) -> str:
        """What was filled in, `""` for nothing."""
        return self.value if self.choices else self.writing.text.strip()

    def put(self, text: str) -> None:
        """Fill it in."""
        if self.choices:
            self.value = text if any(one.value == text for one in self.choices) else ""
        self.writing = Writing("" if self.choices else text, many=self.many)

    @property
    def shown(self) -> str:
        """What was filled in, as people read it."""
        return next((one.shown for one in self.choices if one.value == self.value), self.text)

    def choose(self, key: str, character: str | None) -> bool:
        """A key in a field with choices: arrows turn, letters pick what begins with them, backspace empties."""
        values = [one.value for one in self.choices]
        if key in ("left", "right"):
            step = 1 if key == "right" else -1
            at = values.index(self.value) + step if self.value in values else (0 if step > 0 else -1)
            self.value, self.writing = values[at % len(values)], Writing()
            return True
        if key in ("backspace", "delete", "ctrl+u"):
            self.value, self.writing = "", Writing()
            return True
        if character and character.isprintable():
            self._pick(character)
            return True
        return False

    def _pick(self, character: str) -> None:
        for typed in (self.writing.text + character, character):
            found = [one for one in self.choices if _fits(one, typed)]
            if found:
                self.value, self.writing = found[0].value, Writing(typed)
                return


def _fits(one: Choice, typed: str) -> bool:
    start = typed.casefold()
    return one.value.casefold().startswith(start) or one.shown.casefold().startswith(start)


@dataclass(frozen=True)
class Hunch:
    """What a field probably is, and why."""

    value: str
    shown: str
    why: str
    sure: bool = False  # it is saved so, also where nobody takes it


class Form:
    """The fields in order, which one is written in, and what is guessed for the empty ones."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = list(entries)
        self.at = 0
        self.guesses: Mapping[str, Hunch] = {}

    @property
    def entry(self) -> Entry:
        return self.entries[self.at]

    @property
    def values(self) -> dict[str, str]:
        """What was filled in, by leaf."""
        return {one.leaf: one.text for one in self.entries if one.text}

    def put(self, values: Mapping[str, str]) -> None:
        """Fill in what is given, and empty the rest."""
        for one in self.entries:
            one.put(values.get(one.leaf, ""))

    @property
    def hunch(self) -> Hunch | None:
        """The guess for the present field, while it is empty."""
        return self.guesses.get(self.entry.leaf) if not self.entry.text else None

    def take(self, key: str, character: str | None) -> bool:
        """Do what a key does in the form; False where it does nothing here, as down does in the last field."""
        entry = self.entry
        if entry.many and key not in ("tab", "shift+tab") and self._writes(entry, key, character):
            return True
        if key in _NEXT:
            return self._next(take_guess=key == "enter")
        if key in _BACK:
            moved = self.at > 0
            self.at = max(self.at - 1, 0)
            return moved
        if entry.choices:
            return entry.choose(key, character)
        return entry.writing.take(key, character)

    def _writes(self, entry: Entry, key: str, character: str | None) -> bool:
        """A key in a text of several lines; up and down leave it at its edges."""
        rows = entry.writing.rows(entry.writing.width)
        row = entry.writing.spot(entry.writing.width).row
        if (key == "up" and row == 0) or (key == "down" and row == len(rows) - 1):
            return False
        return entry.writing.take(key, character)

    def _next(self, *, take_guess: bool) -> bool:
        if take_guess and self.hunch:
            self.entry.put(self.hunch.value)
        if self.at + 1 == len(self.entries):
            return False
        self.at += 1
        return True

    def paste(self, text: str) -> None:
        """Pasted text goes into the present field, unless that has choices."""
        if not self.entry.choices:
            self.entry.writing.insert(text)

    # --- shown ----------------------------------------------------------------------------------------------------

    def lines(self, width: int, mark: str) -> tuple[list[Line], tuple[int, int]]:
        """All lines of the form, and line and cell of the cursor."""
        found: list[Line] = []
        cursor = (0, 0)
        for n, one in enumerate(self.entries):
            drawn, cell, row = self._entry(one, width, mark, active=n == self.at)
            if n == self.at:
                cursor = len(found) + row, cell
            found += drawn
        return found, cursor

    def _entry(self, one: Entry, width: int, mark: str, *, active: bool) -> tuple[list[Line], int, int]:
        room = max(width - LABEL_CELLS - 4, 8)
        head: Line = [(">" if active else " ", "title"), (cells.fit(one.label, LABEL_CELLS, mark), "label"), (" ", "")]
        start = LABEL_CELLS + 2
        if one.many:
            return self._text(one, head, room, active=active)
        guess = self.guesses.get(one.leaf)
        if not one.text and guess:
            hint = cells.cut(f"{guess.shown}{'' if guess.sure else '?'}  {guess.why}", room, mark)
            return [[*head, (" " if active else "", "cursor"), (hint, "faint")]], start, 0
        if active and not one.choices:
            before, under, after, cell = window(one.writing, room)
            return [[*head, (before, ""), (under, "cursor"), (after, "")]], start + cell, 0
        shown = cells.cut(cells.line(one.shown), room, mark)
        return [[*head, (shown or (" " if active else ""), "cursor" if active else "")]], start, 0

    def _text(self, one: Entry, head: Line, room: int, *, active: bool) -> tuple[list[Line], int, int]:
        one.writing.width = room
        spot = one.writing.spot(room)
        rows = one.writing.rows(room)
        drawn = []
        for n, row in enumerate(rows):
            margin = head if n == 0 else [(" " * (LABEL_CELLS + 2), "")]
            drawn.append([*margin, *with_cursor(row, spot.cell if active and n == spot.row else -1)[1:]])
        return drawn, LABEL_CELLS + 2 + spot.cell, spot.row
