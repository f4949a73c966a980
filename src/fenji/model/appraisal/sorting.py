"""Sort the rows of a report by a column instead of by name, if asked to; small ones come last. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import InvalidUsage

if TYPE_CHECKING:
    from fenji.model.appraisal.tables import Cell, Figures, FigureTable


def sort_figures(figures: Figures, column: str) -> Figures:
    """Return the figures with the rows of each table that has the column sorted by it, the highest first.

    With a minus before the column, the lowest comes first. Rows of too few cases and rows without a value come last,
    ordered by name. Raises InvalidUsage for a column that no table has.
    """
    if not column:
        return figures
    name = column.removeprefix("-")
    known = {known.name: None for table in figures.tables for known in table.columns}
    if name not in known:
        raise InvalidUsage(
            "No table has the column {column}.", hint="It knows {known}.", column=name, known=tuple(known)
        )
    orders = [_order(table, name, lowest_first=column != name) for table in figures.tables]
    tables = [
        replace(table, rows=[table.rows[place] for place in order])
        for table, order in zip(figures.tables, orders, strict=True)
    ]
    if figures.appraisal and figures.appraisal.rows:
        rows = [figures.appraisal.rows[place] for place in orders[0]]
        return replace(figures, tables=tables, appraisal=replace(figures.appraisal, rows=rows))
    return replace(figures, tables=tables)


def _order(table: FigureTable, name: str, *, lowest_first: bool) -> list[int]:
    places = range(len(table.rows))
    if name not in {column.name for column in table.columns}:
        return list(places)
    ranked = [place for place in places if _is_ranked(table.rows[place][name])]
    ranked.sort(key=lambda place: _rank(table.rows[place][name]), reverse=not lowest_first)
    return [*ranked, *(place for place in places if place not in set(ranked))]


def _is_ranked(cell: Cell) -> bool:
    return cell.value is not None and not cell.small


def _rank(cell: Cell) -> tuple[float, str]:
    value = cell.value
    return (float(value), "") if isinstance(value, int | float | Decimal) else (0.0, str(cell.data))
