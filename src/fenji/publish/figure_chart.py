"""The chart of a table in a workbook: rates with their intervals, figures over time, or one figure per row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fenji.errors import Sentence
from fenji.model.appraisal import figure_text
from fenji.model.appraisal.tables import ValueType

if TYPE_CHECKING:
    from fenji.model.appraisal.figure_text import Say
    from fenji.model.appraisal.tables import Cell, Column, FigureTable
    from fenji.model.values import JsonValue

_MAX_LINES = 8  # lines of a chart over time; more cannot be told apart
_INK, _PALE, _MARK = "#0b5f73", "#c9c9c9", "#a3291b"
_GRID = {"visible": True, "line": {"color": "#dddddd", "width": 0.5}}
_MEASURES = (ValueType.COUNT, ValueType.HOURS, ValueType.MONEY, ValueType.NUMBER)


class ChartedTable(Struct, frozen=True):
    """A table as written to a sheet: its columns in sheet order, and the row of its first values, counted from 0."""

    book: Any
    sheet: Any
    table: FigureTable
    columns: Sequence[Column]
    top: int
    say: Say

    def cells(self, column: int, last_column: int | None = None) -> list[str | int]:
        """Return the range of the values in a column, or up to `last_column`, without the total."""
        last = self.top + len(self.table.rows) - 1
        return [self.sheet.get_name(), self.top, column, last, column if last_column is None else last_column]

    @property
    def names(self) -> list[str | int]:
        """The range of the cells that name the rows."""
        return self.cells(0, max(sum(column.is_key for column in self.columns) - 1, 0))


def add_chart(charted: ChartedTable, row: int) -> None:
    """Add the chart that suits a table, at a row below it, if there is anything to draw."""
    columns = charted.columns
    rates = [place for place, column in enumerate(columns) if column.bar]
    measures = [place for place, column in enumerate(columns) if column.shown and column.type in _MEASURES]
    if charted.table.spark:
        chart = _draw_lines(charted)
    elif rates:
        chart = _draw_rates(charted, rates[0])
    elif measures:
        chart = _draw_measure(charted, measures[0])
    else:
        return
    chart.set_size({"width": 760, "height": 320})
    charted.sheet.insert_chart(row, 0, chart)


def _draw_rates(charted: ChartedTable, place: int) -> Any:
    """Draw a column for each rate with its interval, pale if it has few cases, and a mark at the expected rate."""
    column = charted.columns[place]
    cells = [row[column.name] for row in charted.table.rows]
    chart = charted.book.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": figure_text.format_label(column, charted.say),
            "categories": charted.names,
            "values": charted.cells(place),
            "fill": {"color": _INK},
            "points": [{"fill": {"color": _PALE}} if cell.small else None for cell in cells],
            "y_error_bars": _interval_bars(cells),
        }
    )
    names = [other.name for other in charted.columns]
    expected = column.name.replace("_rate", "_expected")
    if expected in names:
        marks = charted.book.add_chart({"type": "line"})
        marks.add_series(
            {
                "name": charted.say(Sentence("expected")),
                "categories": charted.names,
                "values": charted.cells(names.index(expected)),
                "line": {"none": True},
                "marker": {"type": "long_dash", "size": 12, "fill": {"color": _MARK}, "border": {"color": _MARK}},
            }
        )
        chart.combine(marks)
    chart.set_y_axis({"min": 0, "max": 1, "num_format": "0%", "major_gridlines": _GRID})
    chart.set_legend({"position": "bottom"})
    return chart


def _interval_bars(cells: Sequence[Cell]) -> dict[str, JsonValue]:
    """Return error bars that show how far each rate's interval reaches above and below it; 0 without an interval."""
    rates = [cell.value if isinstance(cell.value, float) else 0.0 for cell in cells]
    ends = [cell.interval or (rate, rate) for cell, rate in zip(cells, rates, strict=True)]
    return {
        "type": "custom",
        "plus_values": [max(high - rate, 0) for rate, (_, high) in zip(rates, ends, strict=True)],
        "minus_values": [max(rate - low, 0) for rate, (low, _) in zip(rates, ends, strict=True)],
    }


def _draw_lines(charted: ChartedTable) -> Any:
    """Draw a line over time for each row, or only for the total if there are many rows."""
    table, top, name = charted.table, charted.top, charted.sheet.get_name()
    places = [place for place, column in enumerate(charted.columns) if column.name in table.spark]
    count = len(table.all_rows)
    chart = charted.book.add_chart({"type": "line"})
    for row in range(count) if count <= _MAX_LINES else [count - 1]:
        series = {
            "name": [name, top + row, 0],
            "categories": [name, top - 2, min(places), top - 2, max(places)],
            "values": [name, top + row, min(places), top + row, max(places)],
            "marker": {"type": "circle", "size": 5},
        }
        chart.add_series(series)
    if charted.columns[places[0]].type is ValueType.RATE:
        chart.set_y_axis({"min": 0, "max": 1, "num_format": "0%", "major_gridlines": _GRID})
    chart.set_legend({"position": "bottom"})
    return chart


def _draw_measure(charted: ChartedTable, place: int) -> Any:
    chart = charted.book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": [charted.sheet.get_name(), charted.top - 2, place],
            "categories": charted.names,
            "values": charted.cells(place),
            "fill": {"color": _INK},
        }
    )
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"none": True})
    return chart
