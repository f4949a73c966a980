"""Two periods side by side: the rates of each row in both. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.appraisal.appraisal_tables import COUNTED_MARKS, rate_cells
from fenji.model.appraisal.figures import RATE_NAMES, FigureRow
from fenji.model.appraisal.grouping import MONTH
from fenji.model.appraisal.table_keys import CLOCK_LABELS, key_columns, total_key
from fenji.model.appraisal.tables import Cell, Column, FigureTable, TableRow, ValueType

if TYPE_CHECKING:
    from fenji.model.appraisal.figures import Appraisal

_CLOCKS = ("response", "solution")
_EARLIER = "_against"  # suffix of the column names of the other period


def build_against_table(figures: Appraisal, other: Appraisal) -> FigureTable:
    """Return the table of both periods' rates; a row that one period lacks has empty cells there."""
    by = tuple(key for key in figures.by if key != MONTH)  # the other period never has the same months
    rows = []
    if by:
        found = [{tuple(row.key[name] for name in by): row for row in each.rows} for each in (figures, other)]
        rows = [
            TableRow({**_key_cells(key, by), **_cells(found[0].get(key), found[1].get(key))})
            for key in sorted({*found[0], *found[1]}, key=lambda key: [(not value, value) for value in key])
        ]
    total = TableRow({**total_key(by), **_cells(figures.total, other.total)})
    title = Sentence("{period} against {other}", {"period": figures.period.query, "other": other.period.query})
    columns = [*key_columns(by), *_columns(figures.period.query, other.period.query)]
    return FigureTable("against", title, columns, rows, total).with_marks()


def _columns(period: str, other: str) -> Iterator[Column]:
    for clock in _CLOCKS:
        label = CLOCK_LABELS[clock]
        name = f"{RATE_NAMES[clock]}_rate"
        yield Column(
            name, ValueType.RATE, Sentence("{clock} {period}", {"clock": label, "period": period}), marks=COUNTED_MARKS
        )
        yield Column(f"{name}{_EARLIER}", ValueType.RATE, other, marks=COUNTED_MARKS)


def _key_cells(key: tuple[str, ...], by: tuple[str, ...]) -> dict[str, Cell]:
    return {name: Cell(value) for name, value in zip(by, key, strict=True)}


def _cells(row: FigureRow | None, other: FigureRow | None) -> dict[str, Cell]:
    cells = {}
    for clock in _CLOCKS:
        name = f"{RATE_NAMES[clock]}_rate"
        for ending, source in (("", row), (_EARLIER, other)):
            if source:
                cells[f"{name}{ending}"] = rate_cells(RATE_NAMES[clock], source.clock(clock))[name]
    return cells
