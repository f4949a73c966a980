"""Failures by part as tables: the most frequent, which came again, whether they increase, what measures did. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.appraisal.facts import TicketFact
from fenji.model.appraisal.failures import DAY_S, RECURRENCE_DAYS, Failures, Recurrence
from fenji.model.appraisal.grouping import PART_KEYS, Grouping, name_order
from fenji.model.appraisal.growth import MIN_FAILURES, Growth, fit_growth
from fenji.model.appraisal.intervals import find_rank, quantile_at
from fenji.model.appraisal.lines import to_decimal
from fenji.model.appraisal.queries import list_query
from fenji.model.appraisal.table_keys import key_cells, key_columns, total_key
from fenji.model.appraisal.tables import NOTHING, Cell, Column, FigureTable, TableRow, ValueType

if TYPE_CHECKING:
    from fenji.model.appraisal.codes import GroupKey
    from fenji.model.appraisal.kinds import KindInputs

TREND_MONTHS = 24  # observed at least, as far as the desk goes back
_MONTH_DAYS = 365.25 / 12
_MIN_SERIAL = 2  # failures of one serial number from which on it is listed
_SERIAL = ("serial",)
_MEDIAN = 0.5
_AT_LEAST = ("at_least",)
_Groups = Mapping["GroupKey", Sequence[TicketFact]]


def build_parts_tables(inputs: KindInputs) -> list[FigureTable]:
    """Return the tables of failures by part, subsystem, system and serial number (or the keys asked), and of trends."""
    return list(_PartFigures(inputs).tables())


class _PartFigures:
    """The failures of a period, and those of the longer time over which their trend is observed."""

    def __init__(self, inputs: KindInputs) -> None:
        self.facts, self.question = inputs.facts, inputs.question
        self.start, self.end = (int(t.timestamp()) for t in (self.question.period.start, self.question.at))
        self.failures = Failures(self.facts, self.end)
        self.current = self.failures.since(self.start)
        self.watched_since = self._watched_since()
        self.costs = self._costs()

    def tables(self) -> Iterator[FigureTable]:
        for keys in [self.question.by] if self.question.by else [(key,) for key in PART_KEYS]:
            yield self._pareto(keys)
        keys = self.question.by or (PART_KEYS[0],)
        yield self._recurrences()
        yield from self._trend(keys)
        yield from self._measures(keys)

    def _watched_since(self) -> int:
        """Return when observation begins: with the period or 24 months before its end, not before the first report."""
        months = self.question.period.before(months=TREND_MONTHS).start
        first_report = min((at for at in self.facts.tickets.columns["reported"] if at), default=self.start)
        return max(min(int(months.timestamp()), self.start), first_report)

    def _costs(self) -> Mapping[str, Mapping[str, Decimal]]:
        """Return the cost of the lines of each ticket, by its uid and currency."""
        costs: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        wanted = {self.facts.words.numbers[ticket.uid] for ticket in self.current}
        lines = self.facts.lines.select(bytes(uid in wanted for uid in self.facts.lines.columns["uid"]))
        for line in lines.rows():
            if to_decimal(line.cost):
                costs[line.uid][line.currency] += to_decimal(line.cost)
        return costs

    def _group(self, tickets: Sequence[TicketFact], keys: Sequence[str]) -> tuple[Grouping, _Groups]:
        grouping = Grouping(keys, self.facts, self.question.period, by_code=True)
        places, numbers = self.facts.ticket_places, self.facts.words.numbers
        table = self.facts.tickets.take([places[numbers[ticket.uid]] for ticket in tickets])
        groups: dict[GroupKey, list[TicketFact]] = defaultdict(list)
        for key, ticket in zip(grouping.of_rows(table, "reported"), tickets, strict=True):
            groups[key].append(ticket)
        return grouping, groups

    # --- the most frequent ----------------------------------------------------------------------------------------

    def _pareto(self, keys: tuple[str, ...]) -> FigureTable:
        grouping, groups = self._group(self.current, keys)
        if keys == _SERIAL:
            groups = {key: found for key, found in groups.items() if any(key) and len(found) >= _MIN_SERIAL}
        order = sorted(groups, key=lambda key: _frequency_order(grouping, key, len(groups[key])))
        sums = accumulate(len(groups[key]) for key in order)
        currencies = sorted({currency for cost in self.costs.values() for currency in cost})
        rows = [
            TableRow({**key_cells(grouping, key), **self._pareto_cells(groups[key], reached)})
            for key, reached in zip(order, sums, strict=True)
        ]
        columns = [
            *key_columns(keys),
            Column("failures", label=Sentence("failures")),
            Column("cumulative", ValueType.RATE, Sentence("added up"), drop=1, with_counts=False),
            Column("sites", ValueType.TEXT, Sentence("sites"), drop=3),
            Column("median_days", ValueType.NUMBER, Sentence("median days"), drop=2, marks=_AT_LEAST),
            *(
                Column(f"cost_{currency}", ValueType.MONEY, Sentence("cost"), currency, drop=4)
                for currency in currencies
            ),
        ]
        total = TableRow({**total_key(keys), **self._pareto_cells(self.current, None)}) if keys != _SERIAL else None
        return FigureTable("_".join(("failures", *keys)), _PARETO_TITLES.get(keys[0], _TITLE), columns, rows, total)

    def _pareto_cells(self, tickets: Sequence[TicketFact], reached: int | None) -> dict[str, Cell]:
        costs: Counter[str] = Counter()
        for ticket in tickets:
            costs.update(self.costs.get(ticket.uid, {}))
        return {
            "failures": _tickets_cell(tickets),
            "cumulative": Cell(None if reached is None else round(reached / len(self.current), 4)),
            "sites": Cell(", ".join(sorted({ticket.site for ticket in tickets}))),
            "median_days": self._median_days(tickets),
            **{f"cost_{currency}": Cell(amount) for currency, amount in costs.items()},
        }

    def _median_days(self, tickets: Sequence[TicketFact]) -> Cell:
        """Return the median days from report to solution; unsolved tickets may still raise it (clock rules 28)."""
        running = sorted(self.end - ticket.reported for ticket in tickets if not 0 < ticket.solved < self.end)
        solved = (ticket.solved - ticket.reported for ticket in tickets if 0 < ticket.solved < self.end)
        lengths = sorted([*solved, *running])
        if not lengths:
            return NOTHING
        rank = find_rank(_MEDIAN, len(lengths))
        found = quantile_at(rank, lengths.__getitem__, lambda length: bisect_right(lengths, length), running)
        return Cell(round(found.seconds / DAY_S, 1), at_least=found.at_least)

    # --- what came again ------------------------------------------------------------------------------------------

    def _recurrences(self) -> FigureTable:
        found = list(self.failures.recurrences(self.start))
        values = {"again": len(found), "count": len(self.current), "days": RECURRENCE_DAYS}
        note = Sentence(
            "{again} of {count} failure within {days} days after a similar one was solved",
            values,
            plural="{again} of {count} failures within {days} days after a similar one was solved",
        )
        return FigureTable(
            "recurrence",
            _RECURRENCE_TITLE,
            _RECURRENCE_COLUMNS,
            [_recurrence_row(pair) for pair in found],
            None,
            [note],
        )

    # --- whether it gets worse ------------------------------------------------------------------------------------

    def _trend(self, keys: Sequence[str]) -> Iterator[FigureTable]:
        """Yield the table of the trend of each part with enough failures; nothing if there is none."""
        grouping, groups = self._group(self.failures.since(self.watched_since), keys)
        rows = []
        for key in sorted(groups, key=lambda key: _frequency_order(grouping, key, len(groups[key]))):
            growth = self._growth(groups[key])
            if growth and any(key):
                rows.append(TableRow({**key_cells(grouping, key), **_growth_cells(growth, groups[key])}))
        if rows:
            yield FigureTable(
                "growth", Sentence("Getting worse or better"), [*key_columns(keys), *_GROWTH_COLUMNS], rows
            )

    def _growth(self, tickets: Sequence[TicketFact]) -> Growth | None:
        times = [(ticket.reported - self.watched_since) / DAY_S for ticket in tickets]
        return fit_growth(times, (self.end - self.watched_since) / DAY_S)

    def _measures(self, keys: Sequence[str]) -> Iterator[FigureTable]:
        """Yield the table of the failures of a part before and after each measure against it."""
        grouping, groups = self._group(self.failures.since(self.watched_since), keys)
        rows = [
            TableRow({**key_cells(grouping, key), **self._measure_cells(ticket, groups[key])})
            for key in sorted(groups, key=lambda key: name_order(grouping.words_of(key).values()))
            for ticket in groups[key]
            if any(key) and len(groups[key]) >= MIN_FAILURES and self.watched_since < ticket.measured < self.end
        ]
        if rows:
            yield FigureTable("measures", _MEASURES_TITLE, [*key_columns(keys), *_MEASURE_COLUMNS], rows)

    def _measure_cells(self, measure: TicketFact, tickets: Sequence[TicketFact]) -> dict[str, Cell]:
        at = measure.measured
        before = [ticket for ticket in tickets if ticket.reported < at]
        after = [ticket for ticket in tickets if ticket.reported >= at]
        return {
            "ticket": Cell(measure.id, list_query([measure.id])),
            "measure": Cell(datetime.fromtimestamp(at, UTC).astimezone(self.question.period.zone).date()),
            "before": _tickets_cell(before),
            "before_days": _days_each(at - self.watched_since, before),
            "after": _tickets_cell(after),
            "after_days": _days_each(self.end - at, after),
        }


def _frequency_order(grouping: Grouping, key: GroupKey, number: int) -> tuple[bool, int, list[tuple[bool, str]]]:
    """Return the sort key of a row: the most frequent first, missing names last."""
    return not any(key), -number, name_order(grouping.words_of(key).values())


def _tickets_cell(tickets: Iterable[TicketFact]) -> Cell:
    ids = [ticket.id for ticket in tickets]
    return Cell(len(ids), list_query(ids))


def _days_each(seconds: int, tickets: Sequence[TicketFact]) -> Cell:
    """Return the mean days from one failure to the next; without a failure, at least the whole time."""
    days = round(seconds / DAY_S / max(len(tickets), 1), 1)
    return Cell(days, at_least=not tickets)


def _recurrence_row(pair: Recurrence) -> TableRow:
    again = pair.again
    return TableRow(
        {
            "ticket": Cell(again.id, list_query([again.id])),
            "before": Cell(pair.before.id, list_query([pair.before.id])),
            "days": Cell(pair.days),
            "part": Cell(again.part),
            "serial": Cell(again.serial),
            "site": Cell(again.site),
        }
    )


def _growth_cells(growth: Growth, tickets: Iterable[TicketFact]) -> dict[str, Cell]:
    return {
        "failures": _tickets_cell(tickets),
        "course": Cell(_COURSES[growth.direction]),
        "shape": Cell(round(growth.shape, 2)),
        "low": Cell(round(growth.low, 2)),
        "high": Cell(round(growth.high, 2)),
        "days_now": Cell(round(growth.current_days)),
        "days_overall": Cell(round(growth.overall_days)),
        "words": Cell(describe_growth(growth)),
    }


def describe_growth(growth: Growth) -> Sentence:
    """Return a sentence on how failures develop."""
    values = {
        "count": growth.failures,
        "months": round(growth.days / _MONTH_DAYS),
        "course": _COURSES[growth.direction],
        "now": round(growth.current_days),
        "overall": round(growth.overall_days),
    }
    return Sentence(
        "{count} failures in {months} months, {course}, one each {now} days now against {overall} over all", values
    )


_COURSES = {
    1: Sentence("getting worse"),
    -1: Sentence("getting better"),
    0: Sentence("not certain"),
}
_TITLE = Sentence("Failures")
_PARETO_TITLES = {
    "part": Sentence("Failures by part"),
    "subsystem": Sentence("Failures by subsystem"),
    "system": Sentence("Failures by system"),
    "serial": Sentence("Serial numbers that failed more than once"),
}
_RECURRENCE_TITLE = Sentence("Recurred after it was solved")
_RECURRENCE_COLUMNS = (
    Column("ticket", ValueType.TICKET, Sentence("ticket"), is_key=True),
    Column("before", ValueType.TICKET, Sentence("came after")),
    Column("days", ValueType.NUMBER, Sentence("days")),
    Column("part", ValueType.TEXT, Sentence("part")),
    Column("serial", ValueType.TEXT, Sentence("serial number"), drop=1),
    Column("site", ValueType.TEXT, Sentence("site name")),
)
_GROWTH_COLUMNS = (
    Column("failures", label=Sentence("failures")),
    Column("course", ValueType.TEXT, Sentence("course")),
    Column("days_now", ValueType.NUMBER, Sentence("days apart now")),
    Column("days_overall", ValueType.NUMBER, Sentence("over all")),
    Column("shape", ValueType.NUMBER, Sentence("growth"), drop=1),
    Column("low", ValueType.NUMBER, Sentence("from"), drop=2),
    Column("high", ValueType.NUMBER, Sentence("to"), drop=2),
    Column("words", ValueType.TEXT, Sentence("in words"), shown=False),
)
_MEASURES_TITLE = Sentence("Before and after a measure")
_MEASURE_COLUMNS = (
    Column("ticket", ValueType.TICKET, Sentence("ticket")),
    Column("measure", ValueType.DATE, Sentence("measure")),
    Column("before", label=Sentence("failures before")),
    Column("before_days", ValueType.NUMBER, Sentence("days apart"), marks=_AT_LEAST),
    Column("after", label=Sentence("failures after")),
    Column("after_days", ValueType.NUMBER, Sentence("days apart"), marks=_AT_LEAST),
)
