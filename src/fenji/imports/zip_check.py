"""Look into a zipped workbook before it is opened: a small file may hold far more than the memory does."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from fenji.errors import Refused

MAX_INFLATED = 64 << 20  # bytes of all parts together
MAX_ROWS = 200_000
MAX_CELLS = 20_000_000  # of a sheet, blank ones between its corners too: readers hold them all
_CHUNK = 1 << 20
_TAIL = 64  # bytes kept from one chunk to the next, in which a reference may be cut
_CELL = re.compile(rb'\sr="([A-Z]{1,3})([0-9]{1,7})"')
_REPEATED = re.compile(rb'<table:table-cell[^>]*number-columns-repeated="([0-9]+)"[^>]*value-type')
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")


def check_workbook(path: Path) -> None:
    """Inflate every part once, counting. Raises Refused for a workbook that is damaged, or larger than is read.

    The sizes that the directory of the zip gives are compared with what is in it, so that none can lie.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _check_size(path, sum(part.file_size for part in parts))
            for part in parts:
                _check_part(path, archive, part)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise Refused("{path} is damaged, or locked with a password.", path=path.name) from error


def _check_size(path: Path, size: int) -> None:
    if size > MAX_INFLATED:
        raise Refused(
            "{path} would grow to {size} MB when it is opened; at most {most} MB are read.",
            hint="Delete sheets that are not needed, or save the one that is as CSV (UTF-8).",
            path=path.name,
            size=size >> 20,
            most=MAX_INFLATED >> 20,
        )


def _check_part(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    is_sheet, rows, columns, tail = bool(_SHEET.fullmatch(part.filename)), 0, 0, b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            text, tail = tail + chunk, chunk[-_TAIL:]
            if is_sheet:
                for letters, number in set(_CELL.findall(text)):
                    rows, columns = max(rows, int(number)), max(columns, _column_number(letters))
                _check_cells(path, rows, columns)
            elif part.filename == "content.xml":
                _check_cells(path, 1, max(map(int, _REPEATED.findall(text)), default=0) * 1_000)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_cells(path: Path, rows: int, columns: int) -> None:
    if rows > MAX_ROWS or rows * columns > MAX_CELLS:
        raise Refused(
            "{path} has {rows} rows and {columns} columns; at most {most} rows are read.",
            hint="Split it, or delete what lies far below or beside the table.",
            path=path.name,
            rows=rows,
            columns=columns,
            most=MAX_ROWS,
        )
