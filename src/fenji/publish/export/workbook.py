"""An export as a workbook of office programs: a sheet for each table, with real numbers and dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.publish.export.tables import FILE_COLUMN, TABLES, Cell, ExportedTicket

if TYPE_CHECKING:
    import io

    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet


CELL_CHARACTERS = 32_767  # UTF-16 units that a cell of Excel can hold
SHEET_ROWS = 1_048_576
_CUT_SIGN = " [...]"
_FILES_SHEET = "files_whole"
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_NO_DATE = datetime(2000, 1, 1)  # fixed, so that the same figures give the same bytes


def write_workbook(path: Path, tickets: Iterable[ExportedTicket], zone: tzinfo, made_at: datetime) -> int:
    """Write a new workbook at `path`, and return its number of tickets; instants are in `zone`, without an offset.

    A text too long for its cell is cut and ends in `[...]`; the sheet of files has each ticket's file whole, in pieces.
    """
    count = 0
    with new_workbook(path, "fenji", comments=f"Zone: {zone}", made_at=made_at) as book:
        head = book.add_format({"bold": True})
        formats = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        sheets = [_Sheet(book, table.name, table.columns, (head, formats), zone) for table in TABLES]
        whole = _Sheet(book, _FILES_SHEET, ("uid", "piece", FILE_COLUMN), (head, formats), zone)
        for exported in tickets:
            count += 1
            for table, sheet in zip(TABLES, sheets, strict=True):
                for row in table.rows_of(exported):
                    sheet.add(row)
            for piece, text in enumerate(_pieces(exported.text), 1):
                whole.add((exported.ticket.uid, piece, text))
        for sheet in (*sheets, whole):
            sheet.finish()
    return count


def _pieces(text: str) -> list[str]:
    size = CELL_CHARACTERS // 2  # fits even if each character takes two units
    return [text[start : start + size] for start in range(0, len(text), size)]


class _Sheet:
    """A sheet that takes rows below its headings; when it is full, another sheet continues it."""

    def __init__(
        self,
        book: Workbook,
        name: str,
        columns: Iterable[str],
        formats: tuple[Format, Mapping[type[date], Format]],
        zone: tzinfo,
    ) -> None:
        self._book, self._name, self._columns, self._zone = book, name, list(columns), zone
        self._head, self._formats = formats
        self._number = 0
        self._begin()

    def _begin(self) -> None:
        self._number += 1
        self._sheet: Worksheet = self._book.add_worksheet(f"{self._name}{self._number if self._number > 1 else ''}")
        self._rows = 1
        self._sheet.freeze_panes(1, 1)
        self._sheet.set_column(0, len(self._columns) - 1, 16)
        for column, name in enumerate(self._columns):
            self._sheet.write_string(0, column, name, self._head)

    def add(self, cells: Iterable[Cell]) -> None:
        if self._rows == SHEET_ROWS:
            self.finish()
            self._begin()
        for column, cell in enumerate(cells):
            self._write(column, cell)
        self._rows += 1

    def _write(self, column: int, cell: Cell) -> None:
        place = self._rows, column
        if isinstance(cell, datetime):
            self._sheet.write_datetime(
                *place, cell.astimezone(self._zone).replace(tzinfo=None), self._formats[datetime]
            )
        elif isinstance(cell, date):
            self._sheet.write_datetime(*place, datetime(cell.year, cell.month, cell.day), self._formats[date])
        elif isinstance(cell, int | Decimal):
            self._sheet.write_number(*place, float(cell))
        elif cell:
            self._sheet.write_string(*place, fit_cell(cell))

    def finish(self) -> None:
        if self._rows > 1:
            self._sheet.autofilter(0, 0, self._rows - 1, len(self._columns) - 1)


def fit_cell(text: str) -> str:
    """Return a text that fits into a cell; a longer one is cut and ends in `[...]`."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= CELL_CHARACTERS * 2:
        return text
    kept = units[: (CELL_CHARACTERS - len(_CUT_SIGN)) * 2]
    return kept.decode("utf-16-le", "ignore") + _CUT_SIGN


@contextmanager
def new_workbook(
    target: Path | io.BytesIO, title: str, *, comments: str = "", made_at: datetime | None = None
) -> Iterator[Workbook]:
    """Yield a new workbook, which is saved at the end; for a file, rows must be written one by one, in order."""
    from xlsxwriter import Workbook

    is_file = not hasattr(target, "getvalue")
    options = {**_OPTIONS, "constant_memory" if is_file else "in_memory": True}
    with Workbook(str(target) if is_file else target, options) as book:
        created = made_at.replace(tzinfo=None) if made_at else _NO_DATE
        book.set_properties({"title": title, "comments": comments, "created": created})
        if is_file:
            book.use_zip64()
        yield book
