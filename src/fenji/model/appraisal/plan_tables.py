"""The items of projects' plans as tables: how many were done by their due, and each decided item. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import Sentence
from fenji.model.appraisal.appraisal_tables import RATE_MARKS, rate_cells
from fenji.model.appraisal.appraise import appraise
from fenji.model.appraisal.facts import EXCUSED, MET, MISSED
from fenji.model.appraisal.figures import COUNT_NAMES, RATE_NAMES
from fenji.model.appraisal.grouping import Grouping
from fenji.model.appraisal.queries import list_query
from fenji.model.appraisal.table_keys import ANSWER_LABELS, key_columns, total_key
from fenji.model.appraisal.tables import Cell, Column, FigureTable, TableRow, ValueType

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import VerdictFact
    from fenji.model.appraisal.figures import FigureRow
    from fenji.model.appraisal.kinds import KindInputs

_CLOCK = "item"
_COUNTS = {answer: f"{COUNT_NAMES[_CLOCK]}_{answer}" for answer in (MET, MISSED, EXCUSED)}
_RATE = RATE_NAMES[_CLOCK]


def build_plan_tables(inputs: KindInputs) -> list[FigureTable]:
    """Return the tables of the decided plan items: counted by row, and one by one."""
    question = replace(inputs.question, clock=_CLOCK)
    figures = appraise(inputs.facts, question, count_age=inputs.count_age)
    rows = [row for row in figures.rows if row.clock(_CLOCK).decided or row.clock(_CLOCK).excused]
    summary = FigureTable(
        "plan",
        Sentence("Plan items"),
        [*key_columns(question.by), *_SUMMARY_COLUMNS],
        [TableRow({**{key: Cell(word) for key, word in row.key.items()}, **_summary_cells(row)}) for row in rows],
        TableRow({**total_key(question.by), **_summary_cells(figures.total)}),
    )
    return [summary, _items_table(inputs)]


def _summary_cells(row: FigureRow) -> dict[str, Cell]:
    figures = row.clock(_CLOCK)
    counts = {name: Cell(getattr(figures, answer), row.queries.get(name, "")) for answer, name in _COUNTS.items()}
    return counts | rate_cells(_RATE, figures)


def _items_table(inputs: KindInputs) -> FigureTable:
    """Return the table of the items decided in the period, the missed ones first."""
    facts, question = inputs.facts, inputs.question
    start, end = (int(instant.timestamp()) for instant in (question.period.start, question.at))
    items = [fact for fact in facts.verdicts.between("at", start, end).rows() if fact.clock == _CLOCK]
    places = Grouping((), facts, question.period).ticket_places
    numbers = {fact.uid: facts.number_at(places[facts.words.numbers[fact.uid]]) for fact in items}
    items.sort(key=lambda fact: (fact.answer != MISSED, fact.at, numbers[fact.uid], fact.item))
    today = _day(end - 1, inputs)
    rows = [TableRow(_item_cells(fact, numbers[fact.uid], today, inputs)) for fact in items]
    return FigureTable("items", Sentence("Items decided in the period"), _ITEM_COLUMNS, rows)


def _item_cells(fact: VerdictFact, number: str, today: date, inputs: KindInputs) -> dict[str, Cell]:
    decided, done = _day(fact.at, inputs), _day(fact.stopped, inputs) if fact.stopped else None
    ended = done or (_day(fact.late_until, inputs) if fact.late_until else today)
    late = (ended - decided).days if fact.answer != MET else None
    return {
        "ticket": Cell(number, list_query([number])),
        "item": Cell(fact.item),
        "answer": Cell(ANSWER_LABELS[fact.answer]),
        "decided": Cell(decided),
        "done": Cell(done),
        "days_late": Cell(late, at_least=late is not None and not fact.over),
        "person": Cell(fact.person),
        "unit": Cell(fact.unit),
    }


def _day(seconds: int, inputs: KindInputs) -> date:
    return datetime.fromtimestamp(seconds, UTC).astimezone(inputs.question.period.zone).date()


_SUMMARY_COLUMNS: Sequence[Column] = (
    Column(f"{_RATE}_rate", ValueType.RATE, Sentence("Plan items"), bar=True, marks=RATE_MARKS),
    Column(_COUNTS[MET], ValueType.NUMBER, Sentence("met"), shown=False),
    Column(_COUNTS[MISSED], ValueType.NUMBER, Sentence("missed")),
    Column(_COUNTS[EXCUSED], ValueType.NUMBER, Sentence("excused")),
    Column(f"{_RATE}_low", ValueType.RATE, shown=False),
    Column(f"{_RATE}_high", ValueType.RATE, shown=False),
    Column(f"{_RATE}_expected", ValueType.RATE, Sentence("exp."), drop=1, with_counts=False),
)
_ITEM_COLUMNS = (
    Column("ticket", ValueType.TICKET, Sentence("ticket"), is_key=True),
    Column("item", ValueType.TEXT, Sentence("item")),
    Column("answer", ValueType.TEXT, Sentence("verdict")),
    Column("decided", ValueType.DATE, Sentence("decided on")),
    Column("done", ValueType.DATE, Sentence("done on"), drop=2),
    Column("days_late", ValueType.NUMBER, Sentence("days late"), marks=("at_least",)),
    Column("person", ValueType.TEXT, Sentence("person")),
    Column("unit", ValueType.TEXT, Sentence("unit"), drop=1),
)
