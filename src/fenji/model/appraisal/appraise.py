"""The one place where figures are counted: facts, a period and what rows go by in, an appraisal out. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from fenji.model.appraisal.backlog import add_up, find_held_time, find_open_tickets, list_open, summarize_backlog
from fenji.model.appraisal.brought_in import find_brought_in
from fenji.model.appraisal.counted_verdicts import CountedVerdicts, Sort
from fenji.model.appraisal.expected import Strata, Stratum
from fenji.model.appraisal.facts import EXCUSED, MET, MISSED
from fenji.model.appraisal.figures import Appraisal, Backlog, ClockFigures, FigureRow
from fenji.model.appraisal.grouping import Grouping, GroupKey, name_order
from fenji.model.appraisal.lines import select_lines, to_decimal
from fenji.model.appraisal.queries import row_queries

if TYPE_CHECKING:
    from fenji.model.appraisal.backlog import Ages, OpenTicket
    from fenji.model.appraisal.facts import Facts
    from fenji.model.periods import Period

TOTAL: GroupKey = ()
EXPECTED_MONTHS = 12
_Counts = Mapping[tuple[Hashable, Sort], int]  # of decided clocks, by the id of their row and their sort
_RowClock = tuple[Hashable, int]  # the id of a row, and a clock by the number of its word


class FigureQuestion(Struct, frozen=True):
    """What is asked: the period, what rows go by, one clock or all, and the instant at which it is asked."""

    period: Period
    now: datetime
    by: tuple[str, ...] = ()
    clock: str = ""
    as_of: datetime | None = None
    where: str = ""
    columns: str = ""  # M, Q or Y: a column for each month, quarter or year
    compares: bool = True  # rows with what could be expected of them

    @property
    def at(self) -> datetime:
        """The instant that backlog and lengths are read at: the end of the period, or when it is asked, if earlier."""
        return min(instant for instant in (self.period.end, self.now, self.as_of) if instant)


def appraise(facts: Facts, question: FigureQuestion, *, count_age: Ages) -> Appraisal:
    """Count the figures of a period (clock rules 25 to 28)."""
    tally = _Tally(facts, question, count_age)
    rows = tally.rows() if question.by else []
    return Appraisal(question.period, question.by, question.at, len(facts.tickets), rows, tally.total())


class _Tally:
    """Counts the tables of facts for each row, and all of them for the total."""

    def __init__(self, facts: Facts, question: FigureQuestion, count_age: Ages) -> None:
        self.facts, self.question, self.count_age = facts, question, count_age
        start, end = _seconds(question.period.start), _seconds(question.period.end)
        if question.as_of:
            end = min(end, _seconds(question.as_of) + 1)
        self.span = start, end
        self.verdicts = self._verdicts_between(start, end)
        self.words = facts.words.common
        self._strata_of_sorts: dict[Sort, tuple[Stratum, ...]] = {}

    def _verdicts_between(self, start: int, end: int) -> CountedVerdicts:
        clock = self.question.clock
        return self.facts.derive(
            ("verdicts", start, end, clock), lambda: CountedVerdicts(self.facts, start, end, clock)
        )

    # --- rows -----------------------------------------------------------------------------------------------------

    def total(self) -> FigureRow:
        """Return the figures of everything, whatever rows go by; nothing is expected of the whole."""
        question = self.question
        nothing = Grouping((), self.facts, question.period)
        asked = question.period, self.span, question.at, question.clock, question.where
        return self.facts.derive(("total", *asked), lambda: self._build_rows(nothing, expected=False)[0])

    def rows(self) -> list[FigureRow]:
        """Return a row for each key that anything counts for, in the order of their names, what is not said last."""
        question = self.question
        grouping = Grouping(question.by, self.facts, question.period, unit=question.columns or "M")
        rows = self._build_rows(grouping, expected=question.compares)
        return sorted(rows, key=lambda row: name_order(row.key.values()))

    def _build_rows(self, grouping: Grouping, *, expected: bool) -> list[FigureRow]:
        ids = grouping.ids_of_verdicts(self.verdicts.table)
        counts = self.verdicts.count(ids)
        clocks = self._clock_figures(grouping, ids, counts, expected=expected)
        tickets = _by_key(self.verdicts.count_tickets(ids), grouping)
        earlier = _by_key(self.verdicts.count_solved_earlier(ids), grouping)
        answers = _by_key(self._count_answers(grouping, counts), grouping)
        opened = find_open_tickets(self.facts, grouping, self.question.at, self.count_age)
        lines, signs = self._line_sums(grouping), self._find_signs(grouping)
        brought_in, waiting = find_brought_in(self.facts, grouping, self.span), self._waiting_shares(grouping)
        found = {*clocks, *opened, *lines, *signs, *answers, *brought_in} if grouping.keys else {TOTAL}
        rows = []
        for key in found:
            row = FigureRow(
                grouping.words_of(key),
                tickets=tickets.get(key, 0),
                clocks=clocks.get(key, {}),
                backlog=self._summarize(opened.get(key, ())),
                solved_earlier=earlier.get(key, 0),
                answers=answers.get(key, 0),
                waiting_share=waiting.get(key),
                signs={sign: len(numbers) for sign, numbers in signs.get(key, {}).items()},
                brought_in={name: len(numbers) for name, numbers in brought_in.get(key, {}).items()},
            )
            row = replace(row, **lines.get(key, {}))
            listed = list_open(opened.get(key, ())) | signs.get(key, {}) | brought_in.get(key, {})
            queries = row_queries(row, grouping.span_of(key), listed, where=self.question.where)
            rows.append(replace(row, queries=queries))
        return rows

    def _summarize(self, tickets: Sequence[OpenTicket]) -> Backlog:
        """Return the backlog of a row; where solutions are not asked for, none waits to be counted."""
        backlog = summarize_backlog(tickets)
        return backlog if self.question.clock in ("", "solution") else replace(backlog, unconfirmed_met=0)

    def _count_answers(self, grouping: Grouping, counts: _Counts) -> Counter[Hashable]:
        """Return how many clocks were stopped, by the row of whoever stopped each (clock rules 23)."""
        if "person" in grouping.keys:
            return self.verdicts.count_stopped(grouping.ids_of_verdicts(self.verdicts.table, person="done_by"))
        answers: Counter[Hashable] = Counter()
        for (row, sort), number in counts.items():
            answers[row] += number if sort.stopped else 0
        return +answers

    # --- verdicts -------------------------------------------------------------------------------------------------

    def _clock_figures(
        self, grouping: Grouping, ids: Sequence[Hashable], counts: _Counts, *, expected: bool
    ) -> dict[GroupKey, dict[str, ClockFigures]]:
        answers: dict[_RowClock, Counter[str]] = defaultdict(Counter)
        calendars: dict[_RowClock, set[int]] = defaultdict(set)
        for (row, sort), number in counts.items():
            answers[row, sort.clock][self.words[sort.answer]] += number
            calendars[row, sort.clock].add(sort.calendar)
        rates = self._expected_rates(counts) if expected else {}
        lengths = self._lengths(ids, calendars)
        figures: dict[GroupKey, dict[str, ClockFigures]] = defaultdict(dict)
        for (row, clock), numbers in answers.items():
            met, missed, excused = (numbers[answer] for answer in (MET, MISSED, EXCUSED))
            figures[grouping.key_of(row)][self.words[clock]] = ClockFigures(
                met, missed, excused, rates.get((row, clock)), **lengths[row, clock]
            )
        return figures

    def _lengths(
        self, ids: Sequence[Hashable], calendars: Mapping[_RowClock, set[int]]
    ) -> dict[_RowClock, dict[str, Any]]:
        """Return median and p90 of each row's clocks: on their calendar where all have one, else elapsed."""
        wanted: dict[tuple[int, str], list[Hashable]] = defaultdict(list)
        for (row, clock), used in calendars.items():
            wanted[clock, self.verdicts.length_column(clock, on_calendar=len(used) == 1)].append(row)
        result: dict[_RowClock, dict[str, Any]] = {}
        for (clock, column), rows in wanted.items():
            found = self.verdicts.find_lengths(clock, column, ids)
            for row in rows:
                median, p90 = found[row]
                first, *others = calendars[row, clock]
                result[row, clock] = {"median": median, "p90": p90, "calendar": "" if others else self.words[first]}
        return result

    def _expected_rates(self, counts: _Counts) -> dict[_RowClock, float | None]:
        """Return what each row could be expected to reach on each clock, by the rest of the desk in twelve months."""
        before = self.question.period.before(months=EXPECTED_MONTHS)
        year = self._verdicts_between(_seconds(before.start), self.span[1])
        year_ids = Grouping(self.question.by, self.facts, before).ids_of_verdicts(year.table)
        met, missed = self.facts.words.find(MET), self.facts.words.find(MISSED)
        decided = [entry for entry in year.count(year_ids).items() if entry[0][1].answer in (met, missed)]
        strata = Strata()
        for level in range(2):
            strata.add(
                ((row, self._strata(sort)[level], sort.answer == met), number) for (row, sort), number in decided
            )
        own: dict[_RowClock, Counter[tuple[Stratum, ...]]] = defaultdict(Counter)
        for (row, sort), number in counts.items():
            if sort.answer in (met, missed):
                own[row, sort.clock][self._strata(sort)] += number
        return {(row, clock): strata.expected(row, numbers) for (row, clock), numbers in own.items()}

    def _strata(self, sort: Sort) -> tuple[Stratum, ...]:
        """Return what clocks are compared by, the finest first; what rows go by is no part of it."""
        if sort not in self._strata_of_sorts:
            by = {"level" if key == "priority" else key for key in self.question.by}
            fine = ("clock", "level", "kind", "site") if "person" in by else ("clock", "level", "kind")
            self._strata_of_sorts[sort] = tuple(
                tuple(getattr(sort, name) for name in names if name not in by) for names in (fine, ("clock", "level"))
            )
        return self._strata_of_sorts[sort]

    # --- time, lines and signs ------------------------------------------------------------------------------------

    def _waiting_shares(self, grouping: Grouping) -> dict[GroupKey, float]:
        """Return the share of waiting in the time that tickets were open within the period, by whoever held them."""
        held = find_held_time(self.facts, grouping, self.question.at).reduced(grouping.keys)
        ids = grouping.ids_of_rows(held.table, months=held.months)
        whole, waited = add_up(ids, held.seconds), add_up(ids, held.waited)
        return {grouping.key_of(row): waited.get(row, 0) / seconds for row, seconds in whole.items()}

    def _line_sums(self, grouping: Grouping) -> dict[GroupKey, dict[str, Any]]:
        """Return hours, billable fees and all costs of the lines whose date lies in the period."""
        lines = select_lines(self.facts, self.question.period)
        sums: dict[GroupKey, dict[str, Any]] = {}
        spent = (lines.column(name) for name in ("hours", "cost", "currency", "billable"))
        for key, hours, costs, currency, billable in zip(grouping.of_lines(lines), *spent, strict=True):
            row = sums.setdefault(key, {"hours": Decimal(0), "fees": {}, "costs": {}})
            row["hours"] += to_decimal(hours)
            cost = to_decimal(costs)
            if cost:
                row["costs"][currency] = row["costs"].get(currency, Decimal(0)) + cost
                if billable == "yes":
                    row["fees"][currency] = row["fees"].get(currency, Decimal(0)) + cost
        return sums

    def _find_signs(self, grouping: Grouping) -> dict[GroupKey, dict[str, list[str]]]:
        """Return the numbers of the tickets of each sign, a number for each time, by row."""
        signs = self.facts.derive(("signs", self.span), lambda: self.facts.signs.between("at", *self.span))
        numbers = self.facts.numbers_at(self.facts.places_of(signs))
        ids = grouping.ids_of_rows(signs, "at")
        found: dict[tuple[Hashable, int], list[str]] = defaultdict(list)
        for pair, number in zip(zip(ids, signs.columns["sign"], strict=True), numbers, strict=True):
            found[pair].append(number)
        by_key: dict[GroupKey, dict[str, list[str]]] = defaultdict(dict)
        for (row, sign), listed in found.items():
            by_key[grouping.key_of(row)][self.words[sign]] = listed
        return by_key


def _by_key(counts: Mapping[Hashable, int], grouping: Grouping) -> dict[GroupKey, int]:
    return {grouping.key_of(row): count for row, count in counts.items()}


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
