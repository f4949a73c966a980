"""The limits for the size of a file, in one place for all readers."""

from __future__ import annotations

from fenji.errors import Refused

MAX_BYTES = 256 << 20  # of a file, after unpacking if it is gzipped
MAX_INFLATED = 64 << 20  # bytes of all parts of a workbook together
MAX_ROWS = 200_000  # of a sheet of a workbook
MAX_COLUMNS = 16_384  # the limit of office programs
MAX_CELLS = 20_000_000  # including the blank ones between the corners of a sheet, as readers hold them all
MAX_TEXT = 512 << 20  # characters of all cells of a workbook together; a shared text counts for each of its cells


def check_extent(name: str, rows: int, columns: int, cells: int) -> None:
    """Raise Refused for a table above the limits."""
    if columns > MAX_COLUMNS or cells > MAX_CELLS:
        raise _too_large(name, rows, columns)


def check_sheet(name: str, rows: int, columns: int, *, others: int = 0) -> None:
    """Raise Refused for a sheet of a workbook above the limits, alone or together with the cells of the `others`."""
    if rows * columns + others > MAX_CELLS >= rows * columns:
        raise Refused(
            "The sheets of {path} have more than {most} cells in total.",
            hint="Delete the sheets you do not need, or save the one you do as CSV (UTF-8).",
            path=name,
            most=MAX_CELLS,
        )
    if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise _too_large(name, rows, columns)


def check_text(name: str, characters: int) -> None:
    """Raise Refused for a workbook whose cells have more text than the limit."""
    if characters > MAX_TEXT:
        raise Refused(
            "The cells of {path} hold {size} MB of text; at most {most} MB are read.",
            hint="Delete the sheets you do not need, or save the one you do as CSV (UTF-8).",
            path=name,
            size=characters >> 20,
            most=MAX_TEXT >> 20,
        )


def _too_large(name: str, rows: int, columns: int) -> Refused:
    return Refused(
        "{path} has {rows} rows and {columns} columns; at most {most} rows, {columns_most} columns and "
        "{cells_most} cells are read.",
        hint="Split it, or delete cells far below or beside the table.",
        path=name,
        rows=rows,
        columns=columns,
        most=MAX_ROWS,
        columns_most=MAX_COLUMNS,
        cells_most=MAX_CELLS,
    )
