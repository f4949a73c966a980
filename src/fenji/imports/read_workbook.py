"""Read workbooks: xlsx, xls and ods."""

from __future__ import annotations

from pathlib import Path

from fenji.errors import Refused
from fenji.imports.cells import Cell, Grid
from fenji.imports.zip_check import MAX_INFLATED, MAX_ROWS, check_workbook

ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods")


def read_workbook(path: Path) -> list[Grid]:
    """Return the sheets of a workbook that hold anything. Raises Refused for one that cannot be read, or is too large.

    A formula counts as the value that was saved with it; without one its cell is blank.
    """
    import python_calamine

    with path.open("rb") as file:
        zipped = file.read(2) == b"PK"
    if zipped:
        check_workbook(path)
    elif path.stat().st_size > MAX_INFLATED:
        most = MAX_INFLATED >> 20
        raise Refused("{path} is larger than {most} MB.", path=path.name, most=most)
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            grids = [_read_sheet(path, book.get_sheet_by_name(name)) for name in book.sheet_names]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Refused("{path} cannot be read as a workbook: {reason}", path=path.name, reason=error) from error
    return [grid for grid in grids if any(any(cell is not None for cell in row) for row in grid.rows)]


def _read_sheet(path: Path, sheet: object) -> Grid:
    from python_calamine import CalamineSheet

    assert isinstance(sheet, CalamineSheet)
    if sheet.total_height > MAX_ROWS:
        rows = sheet.total_height
        raise Refused("{path} has {rows} rows; at most {most} are read.", path=path.name, rows=rows, most=MAX_ROWS)
    cells = [tuple(map(_to_cell, row)) for row in sheet.to_python(skip_empty_area=False)]
    ranges = [(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
    return Grid(sheet.name, cells, ranges)


def _to_cell(value: Cell) -> Cell:
    return None if isinstance(value, str) and not value.strip() else value
