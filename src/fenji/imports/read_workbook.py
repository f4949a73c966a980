"""Read workbooks: xlsx, xls and ods."""

from __future__ import annotations

import io
from collections.abc import Iterator

from fenji.errors import Refused, Sentence
from fenji.imports.cells import Cell, Grid
from fenji.imports.limits import MAX_INFLATED, check_sheet
from fenji.imports.xls_check import check_xls
from fenji.imports.zip_check import check_workbook

ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods")
ZIP_MARK, OLE_MARK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the part of an OLE file that holds a workbook with a password


def is_workbook(data: bytes) -> bool:
    """Whether a file begins as a workbook does, whatever its name says."""
    return data.startswith((ZIP_MARK, OLE_MARK))


def read_workbook(data: bytes, name: str) -> list[Grid]:
    """Return the sheets of a workbook that hold anything, hidden ones last.

    A formula counts as the value that was saved with it; without one its cell is blank, and the sheets say so. Raises
    Refused for a workbook that cannot be read, or is too large.
    """
    import python_calamine

    notes = _check(data, name)
    try:
        with python_calamine.load_workbook(io.BytesIO(data)) as book:
            metadata = {sheet.name: sheet.visible for sheet in book.sheets_metadata}
            hidden = python_calamine.SheetVisibleEnum.Visible
            names = sorted(book.sheet_names, key=lambda sheet: metadata.get(sheet, hidden) != hidden)
            grids = [_read_sheet(name, book.get_sheet_by_name(sheet), notes) for sheet in names]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Refused("{path} cannot be read as a workbook: {reason}", path=name, reason=error) from error
    return [grid for grid in grids if any(any(cell is not None for cell in row) for row in grid.rows)]


def _check(data: bytes, name: str) -> tuple[Sentence, ...]:
    if data.startswith(ZIP_MARK):
        return tuple(_note_blanks(*check_workbook(data, name)))
    if _ENCRYPTED in data:
        hint = "Open it in its program and save it without one."
        raise Refused("{path} is locked with a password.", hint=hint, path=name)
    if len(data) > MAX_INFLATED:
        raise Refused("{path} is larger than {most} MB.", path=name, most=MAX_INFLATED >> 20)
    check_xls(data, name)
    return ()


def _note_blanks(formulas: int, errors: int) -> Iterator[Sentence]:
    if formulas:
        yield Sentence(
            "{count} formula has no saved value and counts as blank; open the file in its program and save it",
            {"count": formulas},
            plural="{count} formulas have no saved value and count as blank; open the file in its program and save it",
        )
    if errors:
        yield Sentence(
            "{count} cell holds an error such as #N/A and counts as blank",
            {"count": errors},
            plural="{count} cells hold an error such as #N/A and count as blank",
        )


def _read_sheet(name: str, sheet: object, notes: tuple[Sentence, ...]) -> Grid:
    from python_calamine import CalamineSheet

    assert isinstance(sheet, CalamineSheet)
    check_sheet(name, sheet.total_height, sheet.total_width)
    cells = [tuple(map(_to_cell, row)) for row in sheet.to_python(skip_empty_area=False)]
    ranges = [(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
    return Grid(sheet.name, cells, ranges, notes)


def _to_cell(value: Cell) -> Cell:
    return None if isinstance(value, str) and not value.strip() else value
