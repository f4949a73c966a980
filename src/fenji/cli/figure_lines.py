"""Tables of figures as lines of text that fit a terminal; nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.cli.cells import TableColumn, format_table
from fenji.cli.session import OutputLine, Session
from fenji.errors import Sentence
from fenji.model.appraisal import figure_text
from fenji.model.appraisal.kinds import find_kind
from fenji.model.appraisal.tables import ValueType
from fenji.text.bars import draw_rate, draw_spark
from fenji.text.cells import width, wrap_lines

if TYPE_CHECKING:
    from fenji.model.appraisal.tables import Column, Figures, FigureTable, TableRow
    from fenji.text.bars import BarSigns

_BAR_CELLS = 11
_AXIS = "0%--50%-100"


def format_figures(figures: Figures, session: Session, max_width: int, signs: BarSigns) -> Iterator[str | OutputLine]:
    """Yield the lines of all tables, each below its title; the first table's is omitted if it repeats the report's."""
    for place, table in enumerate(figures.tables):
        if place:
            yield ""
        if place or table.title != find_kind(figures.kind).title:
            yield OutputLine(session.say(table.title), "head")
        if table.all_rows:
            yield from _format_table(table, session, max_width, signs)
        for note in table.notes if table.all_rows else table.said_of_nothing:
            yield from wrap_lines(session.say(note), max_width) if max_width else [session.say(note)]


class _Part(Struct, frozen=True):
    """A column of text, and the function that reads its cell from a row."""

    column: TableColumn
    text: Callable[[TableRow], str]


def _format_table(table: FigureTable, session: Session, max_width: int, signs: BarSigns) -> Iterator[str]:
    parts = list(_parts(table, session, signs))
    rows = [[part.text(row) for part in parts] for row in table.all_rows]
    yield from format_table([part.column for part in parts], rows, max_width)


def _parts(table: FigureTable, session: Session, signs: BarSigns) -> Iterator[_Part]:
    keys = [column for column in table.columns if column.is_key]
    elastic = _elastic_column(table)
    for place, column in enumerate(keys):
        heading = TableColumn(figure_text.format_label(column, session.say), elastic=column is elastic)
        yield _Part(heading, _name_reader(column, session, is_first=not place))
    for column in table.columns:
        if column.shown and not column.is_key:
            yield from _column_parts(column, session, signs, elastic=column is elastic)
    if table.spark:
        yield _Part(
            TableColumn("", drop_priority=1), lambda row: draw_spark(figure_text.spark_values(row, table.spark), signs)
        )


def _elastic_column(table: FigureTable) -> Column:
    """Return the column to narrow when space is short: the text column with the longest cell."""
    words = [column for column in table.columns if column.type is ValueType.TEXT and (column.shown or column.is_key)]
    return max(words or table.columns, key=lambda column: _longest(table, column))


def _longest(table: FigureTable, column: Column) -> int:
    return max((width(str(row[column.name].data or "")) for row in table.all_rows), default=0)


def _column_parts(column: Column, session: Session, signs: BarSigns, *, elastic: bool) -> Iterator[_Part]:
    heading = figure_text.format_label(column, session.say)
    right = column.type not in figure_text.LEFT_ALIGNED
    yield _Part(
        TableColumn(heading, align_right=right, elastic=elastic, drop_priority=column.drop),
        lambda row: figure_text.format_cell(row[column.name], column, session.say),
    )
    if figure_text.has_counts(column):
        yield _Part(
            TableColumn("", align_right=True, drop_priority=column.drop),
            lambda row: figure_text.format_counts(row[column.name]),
        )
    if column.bar:
        yield _Part(TableColumn(_AXIS, drop_priority=2), lambda row: _bar(row, column, signs))


def _name_reader(column: Column, session: Session, *, is_first: bool) -> Callable[[TableRow], str]:
    """Return a function that reads a row's name in one key column; the total row is named only in the first."""

    def read_name(row: TableRow) -> str:
        is_total = isinstance(next(iter(row.cells.values())).value, Sentence)
        name = "" if is_total and not row[column.name].value else figure_text.format_name(row, [column], session.say)
        return f"! {name}" if is_first and row.flagged else name

    return read_name


def _bar(row: TableRow, column: Column, signs: BarSigns) -> str:
    """Draw a rate with its interval and the expected rate; return `""` for a cell without an interval."""
    cell = row[column.name]
    if cell.interval is None or not isinstance(cell.value, float):
        return ""
    expected = figure_text.expected_beside(row, column)
    return draw_rate(cell.value, signs, cells=_BAR_CELLS, interval=cell.interval, expected=expected)
