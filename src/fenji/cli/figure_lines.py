"""Tables of figures as lines of text, for the width of a terminal; nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from fenji.cli.cells import TableColumn, format_table, one_line
from fenji.cli.session import OutputLine, Session
from fenji.errors import Sentence
from fenji.model.appraisal.tables import ValueType
from fenji.model.board import format_left
from fenji.text.bars import ASCII, draw_rate, draw_spark  # blocks may be two cells wide in a Chinese terminal
from fenji.text.cells import wrap_lines

if TYPE_CHECKING:
    from fenji.model.appraisal.tables import Cell, Column, FigureTable, TableRow

_BAR_CELLS = 11
_WORDS = (ValueType.TEXT, ValueType.TICKET)
_PLAIN = (ValueType.TEXT, ValueType.TICKET, ValueType.DATE)


def format_figures(
    tables: Sequence[FigureTable], head: Sentence, session: Session, max_width: int
) -> Iterator[str | OutputLine]:
    """Yield the lines of tables; each below its title, unless that is the head of the report."""
    for place, table in enumerate(tables):
        if place:
            yield ""
        if place or table.title != head:
            yield OutputLine(_say(table.title, session), "head")
        yield from _format_table(table, session, max_width)
        for note in table.notes:
            yield from wrap_lines(session.say(note), max_width) if max_width else [session.say(note)]


@dataclass(frozen=True)
class _Part:
    """A column of text, and what it shows of a row."""

    column: TableColumn
    text: Callable[[TableRow], str]


def _format_table(table: FigureTable, session: Session, max_width: int) -> Iterator[str]:
    parts = list(_parts(table, session))
    if not table.all_rows:
        yield session.say("nothing to count")
        return
    rows = [[part.text(row) for part in parts] for row in table.all_rows]
    yield from format_table([part.column for part in parts], rows, max_width)


def _parts(table: FigureTable, session: Session) -> Iterator[_Part]:
    keys = [column for column in table.columns if column.is_key]
    elastic = _elastic_column(table)
    for place, column in enumerate(keys):
        heading = TableColumn(_say(column.label, session), elastic=column is elastic)
        yield _Part(heading, _name_reader(column, session, is_first=not place))
    for column in table.columns:
        if column.shown and not column.is_key:
            yield from _column_parts(column, session, elastic=column is elastic)
    if table.spark:
        yield _Part(TableColumn("", drop_priority=1), lambda row: _spark(row, table.spark))


def _elastic_column(table: FigureTable) -> Column:
    """Return the column that is cut where space is short: the last of words, else the first that names the rows."""
    words = [column for column in table.columns if column.type is ValueType.TEXT and column.shown]
    others = [column for column in words if not column.is_key]
    return (others or words or list(table.columns))[-1 if others else 0]


def _column_parts(column: Column, session: Session, *, elastic: bool) -> Iterator[_Part]:
    heading = _say(column.label, session) + (f" {column.currency}" if column.currency else "")
    right = column.type not in _PLAIN
    drop = column.drop
    yield _Part(
        TableColumn(heading, align_right=right, elastic=elastic, drop_priority=drop),
        lambda row: _text(row[column.name], column, session),
    )
    if column.type is ValueType.RATE and column.with_counts:
        yield _Part(
            TableColumn("", align_right=True, drop_priority=drop),
            lambda row: "{}/{}".format(*row[column.name].of) if row[column.name].of else "",  # type: ignore[misc]
        )
    if column.bar:
        yield _Part(TableColumn("0%--50%-100", drop_priority=2), lambda row: _bar(row[column.name]))


def _name_reader(column: Column, session: Session, *, is_first: bool) -> Callable[[TableRow], str]:
    """Return what a row is called by one of its keys; the total has one name, before the first."""

    def read_name(row: TableRow) -> str:
        value = row[column.name].value
        if isinstance(value, Sentence):
            return session.say(value)
        name = one_line(session.say(str(value))) if value else session.say("not said") if not _is_total(row) else ""
        return f"! {name}" if is_first and row.flagged else name

    return read_name


def _is_total(row: TableRow) -> bool:
    return isinstance(next(iter(row.cells.values())).value, Sentence)


def _text(cell: Cell, column: Column, session: Session) -> str:
    value = cell.value
    if value is None:
        return "" if column.type in _WORDS else "-"
    if isinstance(value, Sentence):
        return session.say(value)
    text = one_line(session.say(value)) if isinstance(value, str) else _number(cell, column)
    return f"({text})" if cell.small else f"{'>=' if cell.at_least else ''}{text}"


def _number(cell: Cell, column: Column) -> str:
    """Return a number as people read it; a rate is cut, so that it is never rounded up to all."""
    if column.type is ValueType.RATE and isinstance(cell.value, float):
        met, decided = cell.of or (0, 0)
        return f"{met * 100 // decided}%" if decided else f"{cell.value * 100:.0f}%"
    if column.type is ValueType.SECONDS and isinstance(cell.value, int):
        return format_left(cell.value)
    return str(cell.data)


def _bar(cell: Cell) -> str:
    """Draw the rate within its interval; nothing where it has none."""
    if cell.interval is None or not isinstance(cell.value, float):
        return ""
    return draw_rate(cell.value, ASCII, cells=_BAR_CELLS, interval=cell.interval)


def _spark(row: TableRow, names: Sequence[str]) -> str:
    values = [row[name].value for name in names]
    return draw_spark([float(value) if isinstance(value, int | float | Decimal) else None for value in values], ASCII)


def _say(words: Sentence | str, session: Session) -> str:
    return session.say(words) if isinstance(words, Sentence) else words
