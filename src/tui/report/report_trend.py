"""Twelve months of a report in two lines: the trends of the rate, the backlog and new tickets. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.model.appraisal import figure_text
from fenji.model.appraisal.tables import ValueType
from fenji.text.bars import draw_spark
from tui.drawing import cells
from tui.drawing.meter import section_line

if TYPE_CHECKING:
    from fenji.model.appraisal.tables import Figures, FigureTable
    from tui.context import Context
    from tui.drawing.theme import StyledLine

MONTHS = 12
_RATES = {"item": "items"}  # tables of rates whose name is not that of their clock
_FLOWS = ("open", "reported")
_LABELS = {"open": "backlog", "reported": "new"}  # short ones: three figures share a line


def render_trend(figures: Figures, clock: str, context: Context, width: int) -> list[StyledLine]:
    """Return a section line, and each figure with its sparkline, last value and change since the month before."""
    tables = {table.name: table for table in figures.tables}
    names = [_RATES.get(clock, clock or "solution"), *_FLOWS]
    room = (width - 1) // len(names)
    parts = [_render_measure(tables[name], context) for name in names if name in tables]
    line: StyledLine = [(" ", "")]
    for part in parts:
        used = sum(cells.width(text) for text, _ in part)
        line += [*part, (" " * max(room - used, 2), "")]
    if sum(cells.width(text) for text, _ in line) > width + room:
        return []
    last = figures.period.around("M").query  # the figures beside the sparklines are of this month only
    title = context.say("{count} months, up to {month}", count=MONTHS, month=last)
    return [section_line(f" {title}", width, context.theme), line]


def _render_measure(table: FigureTable, context: Context) -> StyledLine:
    label = context.say(_LABELS.get(table.name, "met"))
    row = table.total
    names = table.spark
    values = figure_text.spark_values(row, names) if row else []
    spark = draw_spark(values, context.theme.bar_signs)
    if row is None or not spark:
        return [(f"{label} {context.theme.signs.dash}", "dim")]
    column = next(column for column in table.columns if column.name == names[-1])
    last = figure_text.format_cell(row[names[-1]], column, context.say)
    return [
        (f"{label} ", "dim"),
        (f"{spark} ", "accent"),
        (last, ""),
        (_render_change(values[-2:], context, is_rate=column.type is ValueType.RATE), "dim"),
    ]


def _render_change(values: list[float | None], context: Context, *, is_rate: bool) -> str:
    before, now = values if len(values) == 2 else (None, None)
    if before is None or now is None:
        return ""
    change = round((now - before) * (100 if is_rate else 1))
    sign = context.theme.signs.above if change > 0 else context.theme.signs.below
    return f" {sign} {abs(change)}" if change else ""
