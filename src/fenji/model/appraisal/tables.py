"""Figures as tables of values: every kind of report produces them, and output formats print only them. Pure.

A column has a type, a cell its value and the query that lists the tickets behind it. No output format computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import Sentence

if TYPE_CHECKING:
    from fenji.model.appraisal.figures import Appraisal
    from fenji.model.appraisal.issued import IssueCount
    from fenji.model.periods import Period
    from fenji.model.values import JsonValue

Value = str | int | float | Decimal | date | Sentence | None
Words = Sentence | str  # a Sentence is translated for the reader, a str is printed as it is


class ValueType(StrEnum):
    """The type of a column's values, which decides how they are written and added up."""

    TEXT = "text"  # words; a Sentence is translated for the reader
    TICKET = "ticket"  # the number of a ticket
    COUNT = "count"  # int: number of the tickets that its query lists
    NUMBER = "number"  # int, float or Decimal: of anything else
    RATE = "rate"  # float from 0 to 1
    SECONDS = "seconds"  # int
    HOURS = "hours"  # Decimal
    MONEY = "money"  # Decimal, in the currency of the column
    DATE = "date"  # date, in the zone of the report


class Column(Struct, frozen=True):
    """A column: its name in data, its label for people, and the type of its values.

    `is_key`: it holds a grouping key. `shown`: it is on pages for people too, else only in data; `drop` orders what a
    narrow page leaves out, the highest first, 0 never. `bar`: its rate may be drawn with its interval. `with_counts`:
    met and decided are shown beside a rate. `marks`: those of MARKS that qualify its values; pages write them into the
    value, in data each is a column after it.
    """

    name: str
    type: ValueType = ValueType.COUNT
    label: Words = ""
    currency: str = ""
    is_key: bool = False
    shown: bool = True
    drop: int = 0
    bar: bool = False
    with_counts: bool = True
    marks: tuple[str, ...] = ()

    @property
    def mark_columns(self) -> dict[str, Column]:
        """The columns of its marks, by mark: `p90_solution_at_least` for `p90_solution_s`, `items_flag` for a rate."""
        unit = {ValueType.SECONDS: "_s", ValueType.RATE: "_rate"}.get(self.type, "")
        name = self.name.removesuffix(unit)
        return {mark: Column(f"{name}_{mark}", ValueType.NUMBER, shown=False) for mark in self.marks}


class Cell(Struct, frozen=True):
    """A value, the query that lists the tickets behind it, and the marks that qualify it.

    `small`: from too few cases, written in brackets, neither sorted nor coloured. `flag`: below what was expected.
    `at_least`: the value may still grow. `elapsed`: a length on no calendar, because the clocks of its row ran on
    several. A rate has `of` (met, decided), and from ten decided on its interval.
    """

    value: Value = None
    query: str = ""
    small: bool = False
    flag: bool = False
    at_least: bool = False
    elapsed: bool = False
    of: tuple[int, int] | None = None
    interval: tuple[float, float] | None = None

    @property
    def data(self) -> str | int | float | None:
        """The value for data formats: money, hours and dates as text, sentences in English."""
        value = self.value
        if isinstance(value, datetime | date):
            return value.isoformat()
        return str(value) if isinstance(value, Decimal | Sentence) else value


NOTHING = Cell()
_MARKS_OF_JSON = ("small", "flag", "at_least", "elapsed")  # listed beside the values of a row
MARKS: Mapping[str, Callable[[Cell], int | None]] = {
    "met": lambda cell: cell.of[0] if cell.of else None,
    "decided": lambda cell: cell.of[1] if cell.of else None,
    **{mark: lambda cell, mark=mark: int(getattr(cell, mark)) for mark in _MARKS_OF_JSON},  # type: ignore[misc]
}


class TableRow(Struct, frozen=True):
    """The cells of a row by the names of their columns; a missing cell is empty."""

    cells: Mapping[str, Cell]

    def __getitem__(self, name: str) -> Cell:
        return self.cells.get(name, NOTHING)

    @property
    def flagged(self) -> bool:
        return any(cell.flag for cell in self.cells.values())


class FigureTable(Struct, frozen=True):
    """A table of figures: `total` is its last row, if it has one, `notes` are sentences to be read with it.

    `spark` names the columns whose values, in this order, may be drawn as a line for each row. `is_extract`: it is only
    for people; data formats have the same values in another table.
    """

    name: str
    title: Words
    columns: Sequence[Column]
    rows: Sequence[TableRow] = ()
    total: TableRow | None = None
    notes: Sequence[Sentence] = ()
    spark: Sequence[str] = ()
    is_extract: bool = False

    @property
    def said_of_nothing(self) -> Sequence[Sentence]:
        """The sentences shown instead of a table without rows: its notes, else that there is nothing."""
        return self.notes or [Sentence("nothing to count")]

    @property
    def all_rows(self) -> Sequence[TableRow]:
        """The rows, the total last."""
        return [*self.rows, self.total] if self.total else self.rows

    def with_shared_tickets(self) -> FigureTable:
        """Return the table, with a note if rows share tickets and so add up to more than the total."""
        is_shown = self.total and any(column.name == "tickets" and column.shown for column in self.columns)
        numbers = [row["tickets"].value for row in self.all_rows] if is_shown else []
        counts = [number for number in numbers if isinstance(number, int)]
        if not counts or sum(counts[:-1]) <= counts[-1]:
            return self
        note = Sentence(
            "tickets shared by rows count in each of them: {rows} summed, {total} in all",
            {"rows": sum(counts[:-1]), "total": counts[-1]},
        )
        return replace(self, notes=[*self.notes, note])

    def with_marks(self) -> FigureTable:
        """Return the table with a column for each mark of a column, directly after it."""
        behind = [(column, column.mark_columns) for column in self.columns]
        columns = [part for column, marked in behind for part in (column, *marked.values())]
        marks = [(column.name, MARKS[mark], own.name) for column, marked in behind for mark, own in marked.items()]
        total = _mark_row(self.total, marks) if self.total else None
        return replace(self, columns=columns, rows=[_mark_row(row, marks) for row in self.rows], total=total)

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form of the table."""
        return {
            "name": self.name,
            "title": str(self.title),
            "columns": [_column_mapping(column) for column in self.columns],
            "rows": [self._row_mapping(row) for row in self.rows],
            "total": self._row_mapping(self.total) if self.total else None,
            "notes": [str(note) for note in self.notes],
        }

    def _row_mapping(self, row: TableRow) -> dict[str, JsonValue]:
        """Return the values by column, the queries, and for each mark the names of the cells that have it."""
        values = {column.name: row[column.name].data for column in self.columns}
        queries = {name: cell.query for name, cell in row.cells.items() if cell.query}
        return {"values": values, "queries": queries, **dict(_marks(row))}


def _mark_row(row: TableRow, marks: Iterable[tuple[str, Callable[[Cell], int | None], str]]) -> TableRow:
    """Return a row with its marks: each is read from the cell of a column and put into a column of its own."""
    marked = {own: Cell(tell(row[name])) for name, tell, own in marks if row[name].value is not None}
    return TableRow({**row.cells, **marked}) if marked else row


def _marks(row: TableRow) -> Iterator[tuple[str, list[str]]]:
    for mark in _MARKS_OF_JSON:
        names = [name for name, cell in row.cells.items() if getattr(cell, mark)]
        if names:
            yield mark, names


def _column_mapping(column: Column) -> dict[str, str]:
    currency = {"currency": column.currency} if column.currency else {}
    return {"name": column.name, "type": column.type.value, **currency}


class Figures(Struct, frozen=True):
    """The figures of one kind of report for a period, as tables; `appraisal` is set for the kind of that name."""

    kind: str
    period: Period
    by: tuple[str, ...]
    at: datetime  # the instant of backlog and lengths
    tickets: int  # number of tickets read
    tables: Sequence[FigureTable]
    appraisal: Appraisal | None = None
    issued: IssueCount | None = None
    where: str = ""  # query that the tickets match
    clock: str = ""  # the only clock counted, or empty

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form of the report, without the commit that was read."""
        if self.appraisal:
            return self.appraisal.mapping()
        return {
            "kind": self.kind,
            "period": self.period.mapping(),
            "read": {"at": self.at.isoformat(), "tickets": self.tickets},
            "by": list(self.by),
            "tables": [table.mapping() for table in self.tables],
        }
