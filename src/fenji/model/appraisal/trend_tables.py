"""Figures over time as tables: a table for each figure, with a column for each month, quarter or year. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import Sentence
from fenji.model.appraisal.appraisal_tables import COUNTED_MARKS
from fenji.model.appraisal.appraise import FigureQuestion, appraise
from fenji.model.appraisal.grouping import MONTH, TICKET_KEYS, Grouping, name_order
from fenji.model.appraisal.queries import decided_query, list_query
from fenji.model.appraisal.table_keys import CLOCK_LABELS, key_columns, total_key
from fenji.model.appraisal.tables import NOTHING, Cell, Column, FigureTable, TableRow, ValueType
from fenji.model.periods import Period, split_period

if TYPE_CHECKING:
    from fenji.model.appraisal.codes import GroupKey
    from fenji.model.appraisal.figures import FigureRow
    from fenji.model.appraisal.kinds import KindInputs

MONTHS = "M"
_Key = tuple[str, ...]
_Parts = dict[str, "FigureRow"]  # the figures of a row, by the month, quarter or year


class _Measure(Struct, frozen=True):
    """One figure over time: its title, its type, its cell from a row of a period, and the cell of a missing row."""

    name: str
    title: Sentence
    type: ValueType
    cell: Callable[[FigureRow, FigureQuestion], Cell]
    empty: Cell = NOTHING
    marks: tuple[str, ...] = ()


def build_trend_tables(inputs: KindInputs) -> list[FigureTable]:
    """Return the tables of a period that is cut into months, quarters or years."""
    question = replace(inputs.question, columns=inputs.question.columns or MONTHS)
    parts = [
        part
        for part in split_period(question.period, question.columns)
        if part.start < question.at or part.first == question.period.first
    ]
    totals = _rows_by_part(inputs, question, ())
    rows = _rows_by_part(inputs, question, question.by) if question.by else {}
    tables = [
        _make_table(measure, question, parts, totals[()], rows) for measure in _measures(totals[()], question.clock)
    ]
    return [*tables, *_flow_tables(inputs, parts)]


def _rows_by_part(inputs: KindInputs, question: FigureQuestion, by: tuple[str, ...]) -> dict[_Key, _Parts]:
    """Return the figures of each row and part, counted in one pass by grouping rows by the part too."""
    asked = replace(question, by=(*by, MONTH), compares=False)
    found: dict[_Key, _Parts] = {} if by else {(): {}}
    for row in appraise(inputs.facts, asked, count_age=inputs.count_age).rows:
        *key, part = row.key.values()
        names = {name: word for name, word in row.key.items() if name != MONTH}
        found.setdefault(tuple(key), {})[part] = replace(row, key=names)
    return found


def _make_table(
    measure: _Measure, question: FigureQuestion, parts: Sequence[Period], totals: _Parts, rows: Mapping[_Key, _Parts]
) -> FigureTable:
    columns = [_period_column(part, measure.type, parts, measure.marks) for part in parts]
    questions = {part.text: replace(question, period=part) for part in parts}

    def make_cells(found: _Parts) -> dict[str, Cell]:
        return {
            part: measure.cell(found[part], asked) if part in found else measure.empty
            for part, asked in questions.items()
        }

    return FigureTable(
        measure.name,
        measure.title,
        [*key_columns(question.by), *columns],
        [TableRow({**_key_cells(key, question.by), **make_cells(rows[key])}) for key in sorted(rows, key=name_order)],
        TableRow({**total_key(question.by), **make_cells(totals)}),
        spark=list(questions),
    )


def _key_cells(key: _Key, by: Sequence[str]) -> dict[str, Cell]:
    return {name: Cell(word) for name, word in zip(by, key, strict=True)}


def _period_column(part: Period, value_type: ValueType, parts: Sequence[Period], marks: tuple[str, ...] = ()) -> Column:
    """Return the column of a part; its label omits a year common to all, and narrow pages drop the oldest first."""
    is_one_year = part.text != str(part.first.year) and len({other.first.year for other in parts}) == 1
    label = part.text[5:] if is_one_year else part.text.removeprefix("20") if "-" in part.text else part.text
    place = parts.index(part)
    return Column(part.text, value_type, label, drop=len(parts) - place + 1, with_counts=False, marks=marks)


# --- what is followed over time -----------------------------------------------------------------------------------


_RATES = {"response": "response", "solution": "solution", "item": "items"}  # clock → name of its table


def _measures(totals: _Parts, clock: str) -> Iterator[_Measure]:
    for name, table in _RATES.items():
        is_asked = clock == name if clock else name != "item" or any(row.clock(name).decided for row in totals.values())
        if is_asked:
            yield _Measure(table, CLOCK_LABELS[name], ValueType.RATE, _rate_of(name), marks=COUNTED_MARKS)
    yield _Measure("open", Sentence("Backlog at the end"), ValueType.COUNT, _open_cell, Cell(0))
    yield _Measure(
        "unconfirmed", Sentence("Solved and not confirmed at the end"), ValueType.COUNT, _unconfirmed_cell, Cell(0)
    )
    yield _Measure("hours", Sentence("Hours"), ValueType.HOURS, _hours_cell, Cell(Decimal(0)))


def _rate_of(clock: str) -> Callable[[FigureRow, FigureQuestion], Cell]:
    def make_cell(row: FigureRow, question: FigureQuestion) -> Cell:
        figures = row.clock(clock)
        if not figures.decided:
            return NOTHING
        query = decided_query(clock, row.key, question.period, where=question.where)
        rate = figures.mapping()["rate"]
        return Cell(
            rate if isinstance(rate, float) else None,
            query,
            small=figures.small,
            of=(figures.met, figures.decided),
            interval=figures.interval,
        )

    return make_cell


def _open_cell(row: FigureRow, _: FigureQuestion) -> Cell:
    return Cell(row.backlog.open, row.queries.get("backlog", ""))


def _unconfirmed_cell(row: FigureRow, _: FigureQuestion) -> Cell:
    return Cell(row.backlog.unconfirmed, row.queries.get("unconfirmed", ""))


def _hours_cell(row: FigureRow, _: FigureQuestion) -> Cell:
    return Cell(row.hours)


# --- what came in and what was solved -----------------------------------------------------------------------------

_FLOWS = {"reported": Sentence("Came in"), "solved": Sentence("Solved (the last time, if several)")}


def _flow_tables(inputs: KindInputs, parts: Sequence[Period]) -> Iterator[FigureTable]:
    """Yield the tables of tickets reported and solved; not by person or unit, as nobody knows what came in for them."""
    if set(inputs.question.by) <= set(TICKET_KEYS):
        yield from (_flow_table(inputs, parts, instant, title) for instant, title in _FLOWS.items())


def _flow_table(inputs: KindInputs, parts: Sequence[Period], instant: str, title: Sentence) -> FigureTable:
    facts, question = inputs.facts, inputs.question
    grouping = Grouping((*question.by, MONTH), facts, question.period, unit=question.columns or MONTHS)
    found: dict[GroupKey, list[str]] = defaultdict(list)
    tickets = facts.tickets.within(instant, *(int(at.timestamp()) for at in (question.period.start, question.at)))
    for key, number in zip(grouping.of_rows(tickets, instant), tickets.column("id"), strict=True):
        found[key].append(number)
    counts: dict[_Key, dict[str, list[str]]] = defaultdict(dict)
    whole: dict[str, list[str]] = defaultdict(list)
    for key, numbers in found.items():
        *words, part = grouping.words_of(key).values()
        counts[tuple(words)][part] = numbers
        whole[part] += numbers
    names = [part.text for part in parts]

    def make_cells(numbers: Mapping[str, list[str]]) -> dict[str, Cell]:
        return {name: Cell(len(numbers.get(name, ())), list_query(numbers.get(name, ()))) for name in names}

    return FigureTable(
        instant,
        title,
        [*key_columns(question.by), *(_period_column(part, ValueType.COUNT, parts) for part in parts)],
        [
            TableRow({**_key_cells(key, question.by), **make_cells(counts[key])})
            for key in sorted(counts, key=name_order)
        ]
        if question.by
        else (),
        TableRow({**total_key(question.by), **make_cells(whole)}),
        spark=names,
    )
