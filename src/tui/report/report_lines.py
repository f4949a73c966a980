"""The lines of a report: tables of figures with their bars, and the tickets behind a figure. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.model.appraisal import figure_text
from fenji.model.appraisal.kinds import find_kind
from fenji.model.appraisal.tables import ValueType
from fenji.text.bars import draw_rate, draw_spark
from tui.drawing import cells
from tui.drawing.bar import render_bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.model.appraisal.tables import Cell, Column, Figures, FigureTable, TableRow
    from tui.context import Context
    from tui.drawing.theme import StyledLine

_GUTTER = 3  # cells of the bar's mark, the flag and a blank
_MIN_NAME = 10
MIN_WORDS = 12  # cells to which texts are cut before a figure is left out
_WIDE_AXIS, _MIDDLE_AXIS, _NARROW_AXIS = 21, 16, 11
_WIDE_SCREEN = 72  # cells; from here on the axis is wide, or middle if a figure would not fit beside it
_AXES = {_WIDE_AXIS: "0        50       100", _MIDDLE_AXIS: "0      50    100", _NARROW_AXIS: "0   50  100"}
_DROP_AXIS, _DROP_SPARK = 2, 9
_UNIT = "unit"  # the column with the keys of units
_BRACKET = re.compile("[（(]")


class FigureSpot(Struct, frozen=True):
    """The figure that the bar is on: its table, row and column; `column` is None where a row has no figure."""

    table: FigureTable
    row: TableRow
    column: Column | None

    @property
    def cell(self) -> Cell | None:
        return self.row[self.column.name] if self.column else None


class ReportLine(Struct, frozen=True):
    """A line of a report; `row` is the index of its row among all rows of the report, None for other lines."""

    spans: StyledLine
    row: int | None = None


class _Layout(Struct, frozen=True):
    """The layout of a table: the names of its rows, the width of the names in cells, and the blocks beside them."""

    names: list[str]
    name_width: int
    blocks: list[_Block]


class _Block(Struct, frozen=True):
    """A part drawn for each row: its heading, its width in cells, and `drop` (the greatest is left out first)."""

    heading: str
    text: Callable[[TableRow], str]
    width: int
    drop: int
    role: Callable[[TableRow], str]
    column: Column | None = None  # that the bar can select
    align_right: bool = True

    @property
    def is_words(self) -> bool:
        """Whether the block may be cut: texts may, figures and ticket numbers may not."""
        return self.column is not None and self.column.type is ValueType.TEXT


def shown_columns(table: FigureTable) -> list[Column]:
    """Return the columns of figures that are shown to people."""
    return [column for column in table.columns if column.shown and not column.is_key]


def figure_columns(table: FigureTable) -> list[Column]:
    """Return the columns that the bar moves over: those with tickets behind them, or all if there are none."""
    columns = shown_columns(table)
    return [column for column in columns if any(row[column.name].query for row in table.all_rows)] or columns


def _keys(table: FigureTable) -> list[Column]:
    return [column for column in table.columns if column.is_key]


def _name_rows(rows: Sequence[TableRow], keys: Sequence[Column], context: Context) -> list[str]:
    """Return the names of rows: their keys joined by a dot that the terminal can show, units by name."""
    units = _name_units(context) if any(column.name == _UNIT for column in keys) else {}
    named = (_with_name(row, units) for row in rows)
    dot = context.theme.signs.dot
    return [cells.sanitize_line(figure_text.format_name(row, keys, context.say, dot=dot)) for row in named]


def _with_name(row: TableRow, units: Mapping[str, str]) -> TableRow:
    cell = row.cells.get(_UNIT)
    name = units.get(cell.value) if cell and isinstance(cell.value, str) else None  # that of the total is a sentence
    return replace(row, cells={**row.cells, _UNIT: replace(cell, value=name)}) if cell and name else row


def _name_units(context: Context) -> dict[str, str]:
    """Return the name of each unit by its key, without a part in brackets if the rest is unique."""
    names = {key: context.name_unit(key) for key in context.desk.policy.units}
    shorts = {key: _BRACKET.split(name)[0].strip() for key, name in names.items()}
    used = Counter(shorts.values())
    return {key: shorts[key] if shorts[key] and used[shorts[key]] == 1 else name for key, name in names.items()}


def visible_columns(table: FigureTable, context: Context, width: int) -> list[Column]:
    """Return those of `figure_columns` that fit in `width`; all if none fits."""
    return _drawn_columns(table, _lay_out(table, context, width).blocks) if table.all_rows else figure_columns(table)


def _drawn_columns(table: FigureTable, blocks: Sequence[_Block]) -> list[Column]:
    columns, drawn = figure_columns(table), [block.column for block in blocks if block.column]
    return [column for column in columns if column in drawn] or columns


def find_spot(
    tables: Sequence[FigureTable], row: int, column: int, columns_of: Callable[[FigureTable], list[Column]]
) -> FigureSpot | None:
    """Return the figure at a row, counted through all tables, and a column; None if there is no such row."""
    for table in tables:
        if row < len(table.all_rows):
            columns = columns_of(table)
            chosen = columns[min(column, len(columns) - 1)] if columns else None
            return FigureSpot(table, table.all_rows[row], chosen)
        row -= len(table.all_rows)
    return None


def find_comparison(figures: Figures) -> int:
    """Return the row at which a comparison begins: the first one after the first table, counted through all tables."""
    return len(figures.tables[0].all_rows)


def ticket_of(spot: FigureSpot) -> str:
    """Return the number of the ticket that the bar is on, else of the first in its row; empty if there is none."""
    columns = [spot.column, *spot.table.columns] if spot.column else spot.table.columns
    cells_of_tickets = (spot.row[column.name] for column in columns if column.type is ValueType.TICKET)
    return next((str(cell.value) for cell in cells_of_tickets if cell.value), "")


def render_figures(
    figures: Figures, context: Context, width: int, *, selected: tuple[int, int], trend: Sequence[StyledLine] = ()
) -> Iterator[ReportLine]:
    """Yield the lines of all tables; `selected` is the row and column of the bar, `trend` goes below the first."""
    first_row = 0
    for place, table in enumerate(figures.tables):
        if place:
            yield ReportLine([])
        if place or table.title != find_kind(figures.kind).title:
            yield ReportLine([(f" {context.say(table.title)}", "strong")])
        yield from _render_table(table, context, width, (selected[0] - first_row, selected[1]), first_row)
        if not place:
            yield from map(ReportLine, trend)
        for note in table.notes if table.all_rows else table.said_of_nothing:
            yield from (ReportLine([(f"   {row}", "dim")]) for row in cells.wrap(context.say(note), max(width - 4, 8)))
        first_row += len(table.all_rows)


def _render_table(
    table: FigureTable, context: Context, width: int, selected: tuple[int, int], first_row: int
) -> Iterator[ReportLine]:
    if not table.all_rows:
        return
    layout, ellipsis = _lay_out(table, context, width), context.theme.signs.ellipsis
    blocks = layout.blocks
    heading = cells.fit(_heading(table, context), layout.name_width, ellipsis)
    heads = [heading, *(_pad(block.heading, block, ellipsis) for block in blocks)]
    yield ReportLine([(cells.fit(" " * _GUTTER + " ".join(heads), width, ""), "rule")])
    columns = _drawn_columns(table, blocks)
    chosen = columns[min(selected[1], len(columns) - 1)] if columns else None
    for place, row in enumerate(table.all_rows):
        name = cells.fit(layout.names[place], layout.name_width, ellipsis)
        is_selected = place == selected[0]
        head = _render_name(row, name, is_total=row is table.total)
        spans = [*head, *_render_figures(row, blocks, chosen if is_selected else None, ellipsis)]
        line = render_bar(spans, context.theme, words=slice(1, 2)) if is_selected else [(" ", ""), *spans]
        yield ReportLine(line, first_row + place)
    shown = {block.column.name for block in blocks if block.column}
    if hidden := [name for name in table.spark if name not in shown]:
        text = context.say("No room here for {first} to {last}; an export has them.", first=hidden[0], last=hidden[-1])
        yield ReportLine([(f"   {text}", "dim")])
    if any(block.heading in _AXES.values() for block in blocks):
        yield ReportLine([(f"   {_legend(context)}", "dim")])


def _legend(context: Context) -> str:
    signs = context.theme.bar_signs
    return context.say(
        "{rate} rate  {interval} 90 % interval  {expected} expected for the same mix of work",
        rate=signs.rate,
        interval=signs.interval,
        expected=signs.expected,
    )


def _render_name(row: TableRow, name: str, *, is_total: bool) -> StyledLine:
    """Return the sign and name of a row; a flagged row has the colour of late tickets."""
    if row.flagged:
        return [("! ", "late"), (name, "late strong")]
    return [("  ", ""), (name, "strong" if is_total else "")]


def _render_figures(row: TableRow, blocks: Sequence[_Block], chosen: Column | None, ellipsis: str) -> StyledLine:
    """Return the figures of a row; the one that the bar is on is underlined."""
    line: StyledLine = []
    for block in blocks:
        text, role = _pad(block.text(row), block, ellipsis), block.role(row)
        stripped = text.strip()
        if chosen is not None and block.column is chosen and stripped:
            before, _, after = text.partition(stripped)
            line += [(f" {before}", ""), (stripped, f"{role} strong underline".strip()), (after, "")]
        else:
            line.append((f" {text}", role))
    return [span for span in line if span[0]]


def _pad(text: str, block: _Block, ellipsis: str) -> str:
    return (cells.fit_right if block.align_right else cells.fit)(text, block.width, ellipsis)


def _lay_out(table: FigureTable, context: Context, width: int) -> _Layout:
    """Return the layout of a table that has rows, with the widest axis that leaves room for the most blocks."""
    names, heading = _name_rows(table.all_rows, _keys(table), context), _heading(table, context)
    longest = max(map(cells.width, names))
    needed = max(min(longest, width // 3), min(cells.width(heading), width // 3), _MIN_NAME)
    best: list[_Block] = []
    for axis in (_WIDE_AXIS, _MIDDLE_AXIS) if width >= _WIDE_SCREEN else (_NARROW_AXIS,):
        blocks = list(_blocks(table, context, axis))
        count = len(blocks)
        _fit(blocks, needed, width)
        best = max(best, blocks, key=len)
        if len(blocks) == count:
            break
    return _Layout(names, max(min(_left(best, width), max(longest, cells.width(heading))), _MIN_NAME), best)


def _heading(table: FigureTable, context: Context) -> str:
    return context.formatter.join(figure_text.format_label(column, context.say) for column in _keys(table))


def _fit(blocks: list[_Block], needed: int, width: int) -> None:
    """Cut texts, then remove blocks until `needed` cells are left for the name, the greatest `drop` first.

    Among equals the last one goes first, and in the end even blocks without a `drop` go: no number is ever cut.
    """
    while blocks and (lacking := needed - _left(blocks, width)) > 0:
        words = [place for place, block in enumerate(blocks) if block.is_words and block.width > MIN_WORDS]
        if words:  # texts are cut before a figure is left out
            place = max(words, key=lambda place: blocks[place].width)
            blocks[place] = replace(blocks[place], width=max(blocks[place].width - lacking, MIN_WORDS))
        else:
            blocks.remove(max(enumerate(blocks), key=lambda item: (item[1].drop, item[0]))[1])


def _left(blocks: Sequence[_Block], width: int) -> int:
    """Return how many cells the blocks leave for the name."""
    return width - _GUTTER - sum(block.width + 1 for block in blocks) - 1


def _blocks(table: FigureTable, context: Context, axis_cells: int) -> Iterator[_Block]:
    for column in shown_columns(table):
        yield _value_block(table, column, context)
        if figure_text.has_counts(column):
            yield _counts_block(table, column)
        if column.bar:
            yield _axis_block(column, context, axis_cells)
    if table.spark:
        signs = context.theme.bar_signs
        sparks = {id(row): draw_spark(figure_text.spark_values(row, table.spark), signs) for row in table.all_rows}
        yield _Block("", lambda row: sparks[id(row)], _widest(sparks.values()), _DROP_SPARK, lambda _: "accent")


def _value_block(table: FigureTable, column: Column, context: Context) -> _Block:
    heading = figure_text.format_label(column, context.say)

    def text(row: TableRow) -> str:
        if _is_nought(row[column.name], column):
            return context.theme.signs.dot
        return cells.sanitize_line(figure_text.format_cell(row[column.name], column, context.say))

    def role(row: TableRow) -> str:
        cell = row[column.name]
        if _is_nought(cell, column):
            return "faint"
        if cell.flag or cell.small or cell.value is None:
            return "late" if cell.flag else "dim"
        return "strong" if column.type is ValueType.RATE and column.with_counts else ""

    widest = max(_widest(text(row) for row in table.all_rows), cells.width(heading))
    right = column.type not in figure_text.LEFT_ALIGNED
    most = 60 if column.type in figure_text.WORD_TYPES else widest
    return _Block(heading, text, min(widest, most), column.drop, role, column, align_right=right)


def _counts_block(table: FigureTable, column: Column) -> _Block:
    def text(row: TableRow) -> str:
        return figure_text.format_counts(row[column.name])

    return _Block("", text, _widest(map(text, table.all_rows)), column.drop, lambda _: "dim")


def _is_nought(cell: Cell, column: Column) -> bool:
    return column.type in (ValueType.COUNT, ValueType.NUMBER) and cell.value == 0 and not cell.at_least


def _axis_block(column: Column, context: Context, axis_cells: int) -> _Block:
    signs = context.theme.bar_signs

    def text(row: TableRow) -> str:
        cell = row[column.name]
        if not isinstance(cell.value, float) or cell.interval is None:
            said = context.say("too few to compare") if cell.small else ""
            return cells.truncate(said, axis_cells, context.theme.signs.ellipsis)
        expected = figure_text.expected_beside(row, column)
        return draw_rate(cell.value, signs, cells=axis_cells, interval=cell.interval, expected=expected)

    def role(row: TableRow) -> str:
        return "late" if row[column.name].flag else "dim" if row[column.name].small else "accent"

    return _Block(_AXES[axis_cells], text, axis_cells, _DROP_AXIS, role, align_right=False)


def _widest(texts: object) -> int:
    return max((cells.width(text) for text in texts), default=0)  # type: ignore[attr-defined]


# --- the tickets behind a figure ----------------------------------------------------------------------------------


def describe_spot(spot: FigureSpot, context: Context) -> str:
    """Return what a figure is: the name of its row, its column and its value."""
    parts = _name_rows([spot.row], _keys(spot.table), context)
    if spot.column and spot.cell:
        value = figure_text.format_cell(spot.cell, spot.column, context.say)
        counts = figure_text.format_counts(spot.cell)
        parts += [figure_text.format_label(spot.column, context.say), f"{value} {counts}".strip()]
    return f" {context.theme.signs.dot} ".join(cells.sanitize_line(part) for part in parts if part)
