"""Cells, rows and tables as the readers return them, with their places in the file."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from fenji.errors import Sentence
    from fenji.model.values import JsonValue

Cell = str | int | float | bool | date | datetime | time | timedelta | None  # None: blank
CellRow = tuple[Cell, ...]
EXACT_DIGITS = 15  # of a number in a spreadsheet; a longer one was rounded when it was typed or opened


class Grid(Struct, frozen=True):
    """A sheet as it is in the file: its rows from the first one on, and its merged ranges.

    A merged range is (first row, first column, last row, last column), from 0.
    """

    name: str
    rows: Sequence[CellRow]
    merged: Sequence[tuple[int, int, int, int]] = ()
    notes: tuple[Sentence, ...] = ()  # how the sheet was read, and what was left out
    broken: frozenset[int] = frozenset()  # rows of a CSV file, from 0, whose quotes are not balanced


class SourceRow(Struct, frozen=True):
    """A row of a table: its number in the sheet, from 1, its cells, and its record if it comes from a JSON file.

    `fault`: why its cells cannot be trusted.
    """

    number: int
    cells: CellRow
    record: Mapping[str, JsonValue] = field(default_factory=dict)
    fault: Sentence | None = None


class SourceTable(Struct, frozen=True, dict=True):
    """A table: its sheet, the names of its columns by position, and its rows.

    `notes` say how it was read; `skipped` counts the rows that are not records.
    """

    sheet: str
    columns: tuple[str, ...]
    rows: Sequence[SourceRow]
    notes: tuple[Sentence, ...] = ()
    skipped: int = 0

    @cached_property
    def positions(self) -> Mapping[str, tuple[int, ...]]:
        """The positions of each column name: several if a heading is repeated."""
        found: dict[str, list[int]] = {}
        for index, name in enumerate(self.columns):
            if name:
                found.setdefault(name, []).append(index)
        return {name: tuple(indices) for name, indices in found.items()}

    def cells_at(self, row: SourceRow, name: str) -> list[Cell]:
        """Return the cells of a row under a heading, without blank ones. Raises KeyError for an unknown heading."""
        cells = (row.cells[index] if index < len(row.cells) else None for index in self.positions[name])
        return [cell for cell in cells if cell is not None]

    def text_at(self, row: SourceRow, name: str) -> str:
        """Return the text of a row under a heading, with a line for each of several cells; `""` if all are blank."""
        return "\n".join(map(cell_text, self.cells_at(row, name)))


def column_letter(index: int) -> str:
    """Return the letters of a column, `A` for 0."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_text(cell: Cell) -> str:
    """Return the text of a cell: whole numbers without a fraction, dates in the form of ISO 8601."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e18 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def heading_text(cell: Cell) -> str:
    """Return a heading on one line, its blanks joined: `備  注` is `備 注`."""
    return " ".join(cell_text(cell).split())


def plain_text(text: str) -> str:
    """Return a short text with full-width letters, digits and blanks as plain ones."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def is_rounded(cell: Cell) -> bool:
    """Whether a spreadsheet has rounded the number that was typed: a whole number of more than 15 digits."""
    if isinstance(cell, float):
        return cell.is_integer() and abs(cell) >= 10**EXACT_DIGITS
    if not isinstance(cell, str):
        return False
    mantissa, _, exponent = cell.strip().upper().replace(",", ".").partition("E")
    return exponent.lstrip("+").isdecimal() and mantissa.replace(".", "", 1).isdecimal() and int(exponent[-3:]) > 0
