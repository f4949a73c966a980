"""Hours, costs and who pays them as tables, by the person, unit and date on each line. Pure.

The contracts settle who pays; what nobody can settle has columns of its own and is never shown as 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Sentence
from fenji.model.appraisal.grouping import Grouping, sort_keys
from fenji.model.appraisal.lines import NO_NUMBER, select_lines, to_decimal
from fenji.model.appraisal.queries import list_query
from fenji.model.appraisal.table_keys import key_cells, key_columns, total_key
from fenji.model.appraisal.tables import Cell, Column, FigureTable, TableRow, ValueType
from fenji.model.contracts import OUTCOMES
from fenji.model.contracts.settle import BILLABLE, UNKNOWN

if TYPE_CHECKING:
    from fenji.model.appraisal.codes import GroupKey
    from fenji.model.appraisal.facts import LineFact
    from fenji.model.appraisal.kinds import KindInputs
    from fenji.model.contracts import SettledLine

_COVERED = tuple(outcome for outcome in OUTCOMES if outcome not in (BILLABLE, UNKNOWN))


class _Spent(Struct, frozen=True):
    """A line, the number of its ticket, and how it was settled: in several parts if it was split."""

    line: LineFact
    ticket: str
    parts: Sequence[SettledLine]


def build_fees_tables(inputs: KindInputs) -> list[FigureTable]:
    """Return the table of hours, costs and who pays them, and one on why some lines cannot be settled."""
    facts, question = inputs.facts, inputs.question
    grouping, settled = Grouping(question.by, facts, question.period), inputs.settle()
    lines = select_lines(facts, question.period)
    spent = [_spend(line, inputs, grouping, settled) for line in lines.rows()]
    by_row: dict[GroupKey, list[_Spent]] = defaultdict(list)
    for key, found in zip(grouping.of_lines(lines), spent, strict=True):
        by_row[key].append(found)
    currencies = sorted({currency for found in spent for currency in _currencies(found)})
    rows = [
        TableRow({**key_cells(grouping, key), **_cells(by_row[key], currencies)}) for key in sort_keys(by_row, grouping)
    ]
    return [
        FigureTable(
            "fees",
            Sentence("Hours and fees"),
            [*key_columns(question.by), *_columns(currencies)],
            rows if question.by else (),
            TableRow({**total_key(question.by), **_cells(spent, currencies)}),
            [_NOTE],
        ),
        *_unknown_tables([*spent, *_undated(inputs, grouping, settled)]),
    ]


def _spend(
    line: LineFact, inputs: KindInputs, grouping: Grouping, settled: Mapping[tuple[str, str], Sequence[SettledLine]]
) -> _Spent:
    place = grouping.ticket_places[inputs.facts.words.numbers[line.uid]]
    return _Spent(line, inputs.facts.number_at(place), settled.get((line.uid, line.key), ()))


def _currencies(spent: _Spent) -> Iterator[str]:
    yield from (part.currency for part in spent.parts if part.currency)
    if to_decimal(spent.line.cost):
        yield spent.line.currency


# --- the table ----------------------------------------------------------------------------------------------------


def _columns(currencies: Iterable[str]) -> Iterator[Column]:
    yield Column("tickets", label=Sentence("tickets"), drop=2)
    yield Column("hours", ValueType.HOURS, Sentence("hours"))
    for currency in currencies:
        yield Column(f"cost_{currency}", ValueType.MONEY, Sentence("cost"), currency, drop=1)
        yield Column(f"billable_{currency}", ValueType.MONEY, Sentence("to bill"), currency)
        yield Column(f"covered_{currency}", ValueType.MONEY, Sentence("covered"), currency)
        for outcome in _COVERED:
            yield Column(f"{outcome}_{currency}", ValueType.MONEY, Sentence(outcome), currency, shown=False)
    yield Column("unknown_lines", ValueType.NUMBER, Sentence("lines unknown"))
    yield Column("unknown_hours", ValueType.HOURS, Sentence("hours unknown"), drop=3)
    for currency in currencies:
        yield Column(f"unknown_{currency}", ValueType.MONEY, Sentence("cost unknown"), currency, drop=4)


def _cells(spent: Sequence[_Spent], currencies: Iterable[str]) -> dict[str, Cell]:
    numbers = {found.ticket for found in spent}
    unknown = [found for found in spent if _is_unknown(found)]
    cells = {
        "tickets": Cell(len(numbers), list_query(numbers)),
        "hours": Cell(_sum(to_decimal(found.line.hours) for found in spent)),
        "unknown_lines": Cell(len(unknown) or None, list_query(found.ticket for found in unknown)),
        "unknown_hours": Cell(_sum(to_decimal(found.line.hours) for found in unknown) or None),
    }
    for currency in currencies:
        cells[f"cost_{currency}"] = Cell(_cost(spent, currency))
        cells[f"billable_{currency}"] = _paid_cell(spent, (BILLABLE,), currency)
        cells[f"covered_{currency}"] = _paid_cell(spent, _COVERED, currency)
        cells |= {f"{outcome}_{currency}": _paid_cell(spent, (outcome,), currency) for outcome in _COVERED}
        cells[f"unknown_{currency}"] = Cell(_cost(unknown, currency))
    return cells


def _is_unknown(spent: _Spent) -> bool:
    return not spent.parts or any(part.outcome == UNKNOWN for part in spent.parts)


def _cost(spent: Iterable[_Spent], currency: str) -> Decimal | None:
    """Return the total cost of lines in a currency; None if no line has one."""
    costs = [to_decimal(found.line.cost) for found in spent if found.line.currency == currency]
    return _sum(costs) if any(costs) else None


def _paid_cell(spent: Iterable[_Spent], outcomes: Sequence[str], currency: str) -> Cell:
    """Return the amount of the lines settled with these outcomes: the sum of rounded lines; empty if there are none."""
    found = [
        (part.amount, line.ticket)
        for line in spent
        for part in line.parts
        if part.outcome in outcomes and part.currency == currency and part.amount is not None
    ]
    return Cell(_sum(amount for amount, _ in found), list_query(ticket for _, ticket in found)) if found else Cell()


def _sum(numbers: Iterable[Decimal]) -> Decimal:
    return sum(numbers, NO_NUMBER)


_NOTE = Sentence(
    "to bill, and covered (by warranty, by hours paid in advance, by ourselves): by the rules of contracts.yaml, "
    "however lines are marked"
)


# --- what nobody can settle ---------------------------------------------------------------------------------------


def _undated(
    inputs: KindInputs, grouping: Grouping, settled: Mapping[tuple[str, str], Sequence[SettledLine]]
) -> Iterator[_Spent]:
    """Yield the lines without a date, which are in no period, if they or their tickets were recorded in this one."""
    start, end = (int(instant.timestamp()) for instant in (inputs.question.period.start, inputs.question.at))
    reported, places = inputs.facts.tickets.columns["reported"], grouping.ticket_places
    lines = inputs.facts.lines
    undated = lines.select(
        bytes(
            not on and (start <= recorded < end or start <= reported[places[uid]] < end)
            for on, recorded, uid in zip(*(lines.columns[name] for name in ("on", "recorded", "uid")), strict=True)
        )
    )
    yield from (_spend(line, inputs, grouping, settled) for line in undated.rows())


def _unknown_tables(spent: Iterable[_Spent]) -> Iterator[FigureTable]:
    """Yield the table of why lines are unknown; nothing if all are settled."""
    reasons: dict[str, tuple[Sentence, list[str]]] = {}
    for found in spent:
        if _is_unknown(found):
            why = next((part.why for part in found.parts if part.outcome == UNKNOWN), _NO_CONTRACTS)
            reasons.setdefault(str(why), (why, []))[1].append(found.ticket)
    if reasons:
        rows = [
            TableRow(
                {"why": Cell(why), "lines": Cell(len(tickets)), "tickets": Cell(len(set(tickets)), list_query(tickets))}
            )
            for _, (why, tickets) in sorted(reasons.items())
        ]
        yield FigureTable("unknown", Sentence("Lines that nobody can settle yet"), _UNKNOWN_COLUMNS, rows)


_NO_CONTRACTS = Sentence("this desk has no contracts.yaml")
_UNKNOWN_COLUMNS = (
    Column("why", ValueType.TEXT, Sentence("what is missing"), is_key=True),
    Column("lines", ValueType.NUMBER, Sentence("lines")),
    Column("tickets", label=Sentence("tickets")),
)
