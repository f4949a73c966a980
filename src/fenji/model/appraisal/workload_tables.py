"""Workload as tables: tickets held over time, hours, work outside hours, each beside the usual amount. Pure.

The usual amount of a row: over the tickets it had a part in, the sum of the desk's medians for their kind and priority.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import compress
from statistics import fmean, median
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.appraisal.backlog import find_held_time
from fenji.model.appraisal.grouping import Grouping, sort_keys
from fenji.model.appraisal.lines import NO_NUMBER, select_lines, to_decimal
from fenji.model.appraisal.queries import list_query
from fenji.model.appraisal.read_work import MILLION
from fenji.model.appraisal.table_keys import key_cells, key_columns, total_key
from fenji.model.appraisal.tables import Cell, Column, FigureTable, TableRow, ValueType

if TYPE_CHECKING:
    from fenji.model.appraisal.codes import GroupKey
    from fenji.model.appraisal.facts import Facts, InvolvedFact
    from fenji.model.appraisal.kinds import KindInputs

HELD, HOURS, OUTSIDE = "held", "hours", "outside"
_MEASURES = (HELD, HOURS, OUTSIDE)
_PLACES = 2  # decimal places of amounts
_Part = tuple["GroupKey", int]  # a row and a ticket, by the number of its uid
_Amounts = Mapping[str, dict[_Part, Decimal]]  # of each measure


def build_workload_tables(inputs: KindInputs) -> list[FigureTable]:
    """Return the table of who held and spent what in the period, and one of units involved in others' clocks."""
    workload = _Workload(inputs)
    return [workload.table(), *_involved_tables(inputs)]


class _Workload:
    """The part that each row had in each ticket in the period."""

    def __init__(self, inputs: KindInputs) -> None:
        self.facts, self.question = inputs.facts, inputs.question
        self.grouping = Grouping(self.question.by, self.facts, self.question.period)
        self.end = int(self.question.at.timestamp())
        self.amounts = self._measure()
        self.usual = {measure: self._medians(amounts) for measure, amounts in self.amounts.items()}

    def table(self) -> FigureTable:
        parts = {part for amounts in self.amounts.values() for part in amounts}
        by_row: dict[GroupKey, set[_Part]] = defaultdict(set)
        for part in parts:
            by_row[part[0]].add(part)
        rows = [
            TableRow({**key_cells(self.grouping, key), **self._cells(by_row[key], with_usual=True)})
            for key in sort_keys(by_row, self.grouping)
        ]
        total = TableRow({**total_key(self.question.by), **self._cells(parts, with_usual=False)})
        columns = [*key_columns(self.question.by), *_COLUMNS]
        return FigureTable("workload", Sentence("Workload"), columns, rows if self.question.by else (), total, [_USUAL])

    # --- measuring ------------------------------------------------------------------------------------------------

    def _measure(self) -> _Amounts:
        amounts: _Amounts = {measure: defaultdict(Decimal) for measure in _MEASURES}
        self._add_held(amounts[HELD])
        lines = select_lines(self.facts, self.question.period)
        keys = self.grouping.of_lines(lines)
        for key, uid, hours in zip(keys, lines.columns["uid"], lines.column("hours"), strict=True):
            if to_decimal(hours):
                amounts[HOURS][key, uid] += to_decimal(hours)
        outside = self.facts.outside.within("at", int(self.question.period.start.timestamp()), self.end)
        for part in zip(self.grouping.of_rows(outside, "at"), outside.columns["uid"], strict=True):
            amounts[OUTSIDE][part] += 1
        return amounts

    def _add_held(self, amounts: dict[_Part, Decimal]) -> None:
        """Add the share of the period for which each ticket was held; their sum is the mean number held at a time."""
        whole = Decimal(max(self.end - int(self.question.period.start.timestamp()), 1))
        held = find_held_time(self.facts, self.grouping, self.question.at)
        keys = self.grouping.of_rows(held.table, months=held.months)
        for key, uid, seconds in compress(
            zip(keys, held.table.columns["uid"], held.seconds, strict=True), held.seconds
        ):
            amounts[key, uid] += seconds / whole

    def _medians(self, amounts: Mapping[_Part, Decimal]) -> dict[tuple[int, int], Decimal]:
        """Return the desk's median of a measure for each kind and priority, over all that had a part in a ticket."""
        found: dict[tuple[int, int], list[Decimal]] = defaultdict(list)
        for (_, uid), amount in amounts.items():
            found[self._sort_of(uid)].append(amount)
        return {sort: median(known) for sort, known in found.items()}

    def _sort_of(self, uid: int) -> tuple[int, int]:
        columns, place = self.facts.tickets.columns, self.grouping.ticket_places[uid]
        return columns["kind"][place], columns["priority"][place]

    # --- cells ----------------------------------------------------------------------------------------------------

    def _cells(self, parts: set[_Part], *, with_usual: bool) -> dict[str, Cell]:
        cells = {"tickets": _tickets_cell(self.facts, self.grouping, {uid for _, uid in parts})}
        for measure, amounts in self.amounts.items():
            own = [part for part in parts if part in amounts]
            total = sum((amounts[part] for part in own), NO_NUMBER)
            cells[measure] = Cell(int(total) if measure == OUTSIDE else _round(total))
            if with_usual:
                usual = sum((self.usual[measure][self._sort_of(uid)] for _, uid in own), NO_NUMBER)
                cells[f"{measure}_usual"] = Cell(_round(usual))
        return cells


def _round(number: Decimal) -> Decimal:
    return round(number, _PLACES)


def _tickets_cell(facts: Facts, grouping: Grouping, uids: set[int]) -> Cell:
    ids = [facts.number_at(grouping.ticket_places[uid]) for uid in uids]
    return Cell(len(ids), list_query(ids))


_USUAL_LABEL = Sentence("usual")
_COLUMNS = (
    Column("tickets", label=Sentence("tickets")),
    Column(HELD, ValueType.NUMBER, Sentence("held at once")),
    Column(f"{HELD}_usual", ValueType.NUMBER, _USUAL_LABEL),
    Column(HOURS, ValueType.HOURS, Sentence("hours")),
    Column(f"{HOURS}_usual", ValueType.HOURS, _USUAL_LABEL),
    Column(OUTSIDE, ValueType.NUMBER, Sentence("outside hours"), drop=2),
    Column(f"{OUTSIDE}_usual", ValueType.NUMBER, _USUAL_LABEL, drop=3),
)
_USUAL = Sentence("usual: the desk's median for tickets of that kind and priority, added up over the row's own tickets")


# --- units involved -----------------------------------------------------------------------------------------------


def _involved_tables(inputs: KindInputs) -> Iterator[FigureTable]:
    """Yield the table of the units involved in decided clocks they do not answer for; nothing if there are none."""
    facts, question = inputs.facts, inputs.question
    start, end = int(question.period.start.timestamp()), int(question.at.timestamp())
    by_unit: dict[str, list[InvolvedFact]] = defaultdict(list)
    for fact in facts.involved.within("at", start, end).rows():
        if question.clock in ("", fact.clock):
            by_unit[fact.unit].append(fact)
    if not by_unit:
        return
    grouping = Grouping((), facts, question.period)
    rows = [TableRow(_involved_cells(facts, grouping, unit, by_unit[unit])) for unit in sorted(by_unit)]
    yield FigureTable("involved", Sentence("Units involved (shares do not add up)"), _INVOLVED_COLUMNS, rows)


_INVOLVED_COLUMNS = (
    Column("unit", ValueType.TEXT, Sentence("unit"), is_key=True),
    Column("tickets", label=Sentence("tickets")),
    Column("clocks", ValueType.NUMBER, Sentence("decided clocks")),
    Column("share", ValueType.RATE, Sentence("mean share of working time"), with_counts=False),
)


def _involved_cells(facts: Facts, grouping: Grouping, unit: str, shares: Sequence[InvolvedFact]) -> dict[str, Cell]:
    uids = {facts.words.numbers[fact.uid] for fact in shares}
    return {
        "unit": Cell(unit),
        "tickets": _tickets_cell(facts, grouping, uids),
        "clocks": Cell(len(shares)),
        "share": Cell(round(fmean(fact.share_ppm for fact in shares) / MILLION, 4)),
    }
