"""Read workbooks (xlsx, xls and ods), after checking that they are not too large when unpacked."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from fenji.errors import Refused, Sentence
from fenji.imports.cells import Cell, Grid
from fenji.imports.limits import MAX_INFLATED, check_sheet, check_text
from fenji.imports.xls_check import check_xls

ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods")
ZIP_MARK, OLE_MARK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the part of an OLE file with a workbook that has a password
_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
_SHARED = re.compile(rb"""<(?:\w+:)?c\b[^>]*\st\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v>\s*([0-9]+)""")
_STRING = re.compile(rb"<(?:\w+:)?si\b[^>]*>(.*?)</(?:\w+:)?si>", re.DOTALL)
_NO_VALUE = re.compile(
    rb"<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_ERROR = re.compile(rb"""<(?:\w+:)?c\b[^>]*\st\s*=\s*["']e["']""")
_TABLE_TAG = re.compile(rb"<(/?)table:(table|table-row|table-cell|covered-table-cell)(?![\w-])([^>]*)>")
_REPEATED = re.compile(rb"""number-(?:rows|columns)-repeated\s*=\s*["']([0-9]{1,12})""")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_BINARY = "xl/workbook.bin"


def is_workbook(data: bytes) -> bool:
    """Whether a file begins like a workbook, whatever its name says."""
    return data.startswith((ZIP_MARK, OLE_MARK))


def read_workbook(data: bytes, name: str) -> list[Grid]:
    """Return the sheets of a workbook that are not empty, hidden ones last.

    A formula counts as the value that was saved with it; without one its cell is blank, and the notes say so. Raises
    Refused for a workbook that cannot be read, or is too large.
    """
    import python_calamine

    notes = _check(data, name)
    try:
        with python_calamine.load_workbook(io.BytesIO(data)) as book:
            visible = python_calamine.SheetVisibleEnum.Visible
            hidden = {sheet.name for sheet in book.sheets_metadata if sheet.visible != visible}
            names = sorted(book.sheet_names, key=hidden.__contains__)
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


def check_workbook(data: bytes, name: str) -> tuple[int, int]:
    """Inflate every part once, and return how many formulas have no saved value, and how many cells have an error.

    Raises Refused for a workbook that is damaged, or too large. The sizes in the directory of the zip are compared
    with its contents, so that they cannot lie.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_size(name, sum(part.file_size for part in parts))
            contents = {part.filename: archive.read(part) for part in parts}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise Refused("{path} is damaged, or locked with a password.", path=name) from error
    if _BINARY in contents:
        raise Refused("{path} is a binary workbook (.xlsb).", hint="Save it as .xlsx and import that.", path=name)
    cells = 0
    for content in contents.values():
        cells += _check_cells(name, content, cells)
    _check_shared(name, contents)
    _check_tables(name, contents.get("content.xml", b""))
    sheets = [content for part, content in contents.items() if _SHEET.fullmatch(part)]
    without, errors = (sum(len(sign.findall(sheet)) for sheet in sheets) for sign in (_NO_VALUE, _ERROR))
    return without, errors


def _check_size(name: str, size: int) -> None:
    if size > MAX_INFLATED:
        raise Refused(
            "{path} would grow to {size} MB when opened; at most {most} MB are read.",
            hint="Delete the sheets you do not need, or save the one you do as CSV (UTF-8).",
            path=name,
            size=size >> 20,
            most=MAX_INFLATED >> 20,
        )


def _check_cells(name: str, content: bytes, others: int) -> int:
    """Check the extent of the cells in a part, whatever its name is, and return the number of cells in it."""
    cells = set(_CELL.findall(content))
    rows = max((int(number) for _, number in cells), default=0)
    columns = max((_column_number(letters) for letters in {letters for letters, _ in cells}), default=0)
    check_sheet(name, rows, columns, others=others)
    return rows * columns


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_shared(name: str, contents: Mapping[str, bytes]) -> None:
    """Check the total text of all cells: those of an xlsx share texts, which a reader copies into each of them."""
    lengths = [
        len(match[1])
        for part, content in contents.items()
        if part.lower().endswith("sharedstrings.xml")
        for match in _STRING.finditer(content)
    ]
    longest = max(lengths, default=0)
    used = sum(content.count(b"<v>") for content in contents.values())
    if longest * used <= MAX_INFLATED:
        return
    indices = (int(match[1]) for content in contents.values() for match in _SHARED.finditer(content))
    check_text(name, sum(lengths[index] for index in indices if index < len(lengths)))


def _check_tables(name: str, content: bytes) -> None:
    """Check the cells and the total text of an ods, in which rows and cells may have a number of repetitions."""
    rows = columns = text = others = 0  # of the table so far, and the cells of those before it
    row_times = place = width = row_text = 0  # of the row so far
    begins = times = 0  # of the cell so far
    for tag in _TABLE_TAG.finditer(content):
        ends, kind, attributes = tag[1] == b"/", tag[2], tag[3]
        repeated = _REPEATED.search(attributes)
        if kind == b"table-row":
            if ends and width:
                rows, columns, text = rows + row_times, max(columns, width), text + row_text * row_times
                check_sheet(name, rows, columns, others=others)
                check_text(name, text)
            row_times, place, width, row_text = int(repeated[1]) if repeated else 1, 0, 0, 0
        elif kind == b"table":
            others, rows, columns = others + rows * columns, 0, 0
        elif ends:
            row_text += (tag.start() - begins) * times
        else:
            begins, times = tag.end(), int(repeated[1]) if repeated else 1
            place += times
            width = place if b"value-type" in attributes else width
