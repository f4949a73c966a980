"""Two reports of one kind beside each other: what each figure was in another period. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from fenji.model.appraisal.figure_text import LEFT_ALIGNED
from fenji.model.appraisal.tables import NOTHING, Column, FigureTable, TableRow

if TYPE_CHECKING:
    from fenji.model.appraisal.tables import Cell, Figures

EARLIER = "_earlier"  # ends the names of columns from the other period
_LEFT_OUT_FIRST = 5  # on a narrow page, before what the period itself has


def compare(figures: Figures, other: Figures) -> Figures:
    """Return the figures with those of another period beside them, row by row; a row that had none is empty there."""
    others = {table.name: table for table in other.tables}
    tables = [
        _join(table, others[table.name], other.period.query) if table.name in others else table
        for table in figures.tables
    ]
    return replace(figures, tables=tables)


def _join(table: FigureTable, other: FigureTable, label: str) -> FigureTable:
    columns = [joined for column in table.columns for joined in _with_earlier(column, label)]
    compared = [column.name for column in columns if column.name.endswith(EARLIER)]
    keys = [column.name for column in table.columns if column.is_key]
    others = {_key(row, keys): row for row in other.rows}
    rows = [_join_row(row, others.get(_key(row, keys)), compared) for row in table.rows]
    total = _join_row(table.total, other.total, compared) if table.total else None
    return replace(table, columns=columns, rows=rows, total=total)


def _with_earlier(column: Column, label: str) -> Iterator[Column]:
    yield column
    if column.shown and not column.is_key and column.type not in LEFT_ALIGNED and not column.name.endswith("expected"):
        drop = column.drop + _LEFT_OUT_FIRST if column.drop else 0
        yield replace(column, name=column.name + EARLIER, label=label, drop=drop, bar=False)


def _key(row: TableRow, keys: list[str]) -> tuple[object, ...]:
    return tuple(row[name].data for name in keys)


def _join_row(row: TableRow, other: TableRow | None, compared: list[str]) -> TableRow:
    return TableRow({**row.cells, **{name: _earlier(other, name.removesuffix(EARLIER)) for name in compared}})


def _earlier(other: TableRow | None, name: str) -> Cell:
    """Return what a figure was; whether it lay below what could be expected then is not said again."""
    return replace(other[name], flag=False) if other else NOTHING
