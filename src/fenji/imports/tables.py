"""Find the table in a sheet: its heading rows, merged cells, blank words and rows that are not records. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from fenji.errors import Refused, Sentence
from fenji.imports.cells import (
    Cell,
    CellRow,
    Grid,
    SourceRow,
    SourceTable,
    cell_text,
    column_letter,
    heading_text,
    plain_text,
)

_BROKEN = Sentence(
    "its quotes, or those of the row above it, can be read in several ways; double the quotes inside a text"
)
_HEADING_SEARCH = 15  # rows that are searched for headings
_ENOUGH = 0.6  # share of the words in the fullest of these rows that a heading row has at least


class Reads(Struct, frozen=True):
    """How a file is read, by its mapping: the sheet, the heading rows (from 1), and the words that count as blank.

    `header` is empty if the headings must be found, `(0,)` if there are none.
    """

    sheet: str | int = 1
    header: tuple[int, ...] = ()
    fill_merged: bool = True
    blank: tuple[str, ...] = ()
    skip_rows_like: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    records: str = ""


def choose_grid(grids: Sequence[Grid], reads: Reads, path: str) -> Grid:
    """Return the sheet with the name or number in `reads`. Raises Refused if there is none."""
    for number, grid in enumerate(grids, 1):
        if reads.sheet == (number if isinstance(reads.sheet, int) else grid.name):
            return grid
    names = tuple(grid.name for grid in grids if grid.name) or "-"
    raise Refused(
        "{path} has no sheet {sheet} with anything in it.",
        hint="Its sheets are: {names}.",
        path=path,
        sheet=reads.sheet,
        names=names,
    )


def select_table(grid: Grid, reads: Reads, path: str) -> SourceTable:
    """Return the table of a sheet. Raises Refused if its heading rows are below its end."""
    rows = [list(row) for row in grid.rows]
    header = [number - 1 for number in reads.header or find_header(grid)]
    if header and max(header) >= len(rows):
        number, count = max(header) + 1, len(rows)
        raise Refused("{path} has {count} rows, but no headings in row {row}.", path=path, count=count, row=number)
    _fill_merged(rows, grid.merged, header, whole=reads.fill_merged)
    top = max(header) + 1
    cells = [tuple(row) for row in rows[top:]]
    if reads.blank:
        is_blank = _make_blank_test(reads.blank)
        cells = [tuple(None if is_blank(cell) else cell for cell in row) for row in cells]
    columns = _name_columns([rows[index] for index in header if index >= 0], cells)
    selected = [
        SourceRow(number, row, fault=_BROKEN if number - 1 in grid.broken else None)
        for number, row in enumerate(cells, top + 1)
        if any(cell is not None for cell in row)
        and not _is_like(row, reads.skip_rows_like)
        and not (header and _repeats_headings(row, columns))
    ]
    skipped = sum(any(cell is not None for cell in row) for row in cells) - len(selected)
    return SourceTable(grid.name, columns, selected, grid.notes, skipped)


def find_header(grid: Grid) -> tuple[int, ...]:
    """Return the numbers of the heading rows: the first full row of words, and the adjacent rows that belong to it.

    Those are rows into which merged cells reach down, and rows that name groups of headings.
    """
    counts = [_count_words(row) for row in grid.rows[:_HEADING_SEARCH]]
    enough = max(counts, default=0) * _ENOUGH
    first = next((index for index, count in enumerate(counts) if count and count >= enough), 0)
    last = max((range_[2] for range_ in grid.merged if range_[0] == first < range_[2] <= first + 2), default=first)
    while last < first + 2 and _is_group_row(grid, last) and _is_heading_row(grid, last + 1):
        last += 1
    while first and _is_group_row(grid, first - 1) and _is_heading_row(grid, first - 1):
        first -= 1
    return tuple(range(first + 1, last + 2))


def _is_group_row(grid: Grid, index: int) -> bool:
    """Whether a row names groups of columns: a merged cell over some of them, or blanks that the next row fills."""
    row = grid.rows[index]
    width = max((at for at, cell in enumerate(row) if cell is not None), default=0) + 1
    if any(top == index and left < right and right - left + 1 < width for top, left, _, right in grid.merged):
        return True
    below = grid.rows[index + 1] if index + 1 < len(grid.rows) else ()
    begin = next((at for at, cell in enumerate(row) if cell is not None), 0)
    blanks = [at for at in range(begin + 1, len(below)) if at >= len(row) or row[at] is None]
    return (
        bool(blanks)
        and width > 1
        and all(below[at] is not None for at in blanks)
        and any(cell is None for cell in below[begin:width])
    )


def _is_heading_row(grid: Grid, index: int) -> bool:
    """Whether a row has nothing but words, and at least two different ones."""
    row = grid.rows[index] if index < len(grid.rows) else ()
    held = [cell for cell in row if cell is not None]
    return len(set(held)) > 1 and all(isinstance(cell, str) and not _is_value(cell) for cell in held)


def _count_words(row: CellRow) -> int:
    return len({cell.strip() for cell in row if isinstance(cell, str) and not _is_value(cell)})


def _is_value(text: str) -> bool:
    letters = sum(letter.isalpha() for letter in text)
    return letters == 0 or len(text) > 80


def _fill_merged(
    rows: list[list[Cell]], merged: Sequence[tuple[int, int, int, int]], header: Sequence[int], *, whole: bool
) -> None:
    """Copy the value of a merged range into its cells: in heading rows to all, below them (if `whole`) downwards."""
    for top, left, bottom, right in merged:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        in_header = top in header
        for index in range(top, min(bottom, len(rows) - 1) + 1) if in_header or whole else ():
            last = right if in_header else left
            for column in range(left, min(last, len(rows[index]) - 1) + 1):
                rows[index][column] = rows[top][left]


def _make_blank_test(words: Sequence[str]) -> Callable[[Cell], bool]:
    """Return a test of whether a cell has one of the words that count as blank, full-width or not."""
    blank = {plain_text(word) for word in words}
    longest = max(map(len, words)) + 2

    def is_blank(cell: Cell) -> bool:
        if not isinstance(cell, str) or len(cell) > longest:
            return False
        return cell in blank or (not cell.isalnum() and plain_text(cell) in blank)

    return is_blank


def _name_columns(headings: Sequence[Sequence[Cell]], cells: Sequence[CellRow]) -> tuple[str, ...]:
    """Return a name for each column: its headings from top to bottom, else its letter if it is not blank."""
    width = max((len(row) for row in (*headings, *cells)), default=0)
    filled = {index for row in cells for index, cell in enumerate(row) if cell is not None}
    names = []
    for index in range(width):
        parts = dict.fromkeys(heading_text(row[index]) for row in headings if index < len(row))
        name = " / ".join(part for part in parts if part)
        if not name and index in filled:
            name = f"column {column_letter(index)}"
        names.append(name)
    return tuple(names)


def _is_like(row: CellRow, words: Sequence[str]) -> bool:
    if not words:
        return False
    first = next((plain_text(cell_text(cell)) for cell in row if cell is not None), "")
    return any(first.startswith(plain_text(word)) for word in words)


def _repeats_headings(row: CellRow, columns: Sequence[str]) -> bool:
    """Whether a row repeats the headings, as at the top of each printed page."""
    held = [index for index, cell in enumerate(row[:_HEADING_SEARCH]) if cell is not None]
    return len(held) > 1 and all(_is_heading(row[index], columns[index]) for index in held)


def _is_heading(cell: Cell, name: str) -> bool:
    return heading_text(cell) in (name, name.rpartition(" / ")[2])
