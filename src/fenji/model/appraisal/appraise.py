"""The only place where figures are counted: facts, a period and grouping keys in, an appraisal out. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from fenji.model.appraisal.backlog import find_open_tickets, find_waiting_shares, list_open, summarize_backlog
from fenji.model.appraisal.brought_in import find_brought_in
from fenji.model.appraisal.codes import Codes, GroupKey, Places
from fenji.model.appraisal.counted_verdicts import CountedVerdicts, Sort
from fenji.model.appraisal.expected import Strata, Stratum
from fenji.model.appraisal.facts import EXCUSED, MET, MISSED
from fenji.model.appraisal.figures import Appraisal, Backlog, ClockFigures, FigureRow
from fenji.model.appraisal.grouping import Grouping, name_order
from fenji.model.appraisal.lines import select_lines, to_decimal
from fenji.model.appraisal.queries import row_queries

if TYPE_CHECKING:
    from fenji.model.appraisal.backlog import Ages, OpenTicket
    from fenji.model.appraisal.columns import Table
    from fenji.model.appraisal.facts import Facts, SignFact
    from fenji.model.periods import Period

TOTAL: GroupKey = ()
EXPECTED_MONTHS = 12
_Counts = Mapping[tuple[GroupKey, Sort], int]  # numbers of decided clocks, by row and sort
_RowClock = tuple[GroupKey, int]  # a row and the word number of a clock


class FigureQuestion(Struct, frozen=True):
    """What a report asks for: the period, the grouping keys, one clock or all, and the instant of asking."""

    period: Period
    now: datetime
    by: tuple[str, ...] = ()
    clock: str = ""
    as_of: datetime | None = None
    where: str = ""
    columns: str = ""  # M, Q or Y: a column for each month, quarter or year
    compares: bool = True  # whether rows have the rate that could be expected

    @property
    def at(self) -> datetime:
        """The instant for backlog and lengths: the end of the period, or `now` or `as_of` if earlier."""
        return min(instant for instant in (self.period.end, self.now, self.as_of) if instant)


def appraise(facts: Facts, question: FigureQuestion, *, count_age: Ages) -> Appraisal:
    """Count the figures of a period (clock rules 25 to 28)."""
    tally = _Tally(facts, question, count_age)
    rows = tally.rows() if question.by else []
    return Appraisal(question.period, question.by, question.at, len(facts.tickets), rows, tally.total())


class _Tally:
    """Counts the facts for each row of a report, and all of them for the total."""

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
        """Return the figures of everything, without grouping; the total has no expected rate."""
        question = self.question
        nothing = Grouping((), self.facts, question.period)
        asked = question.period, self.span, question.at, question.clock, question.where
        return self.facts.derive(("total", *asked), lambda: self._build_rows(nothing, expected=False)[0])

    def rows(self) -> list[FigureRow]:
        """Return a row for each key with anything to count, ordered by name; missing names come last."""
        question = self.question
        grouping = Grouping(question.by, self.facts, question.period, unit=question.columns or "M")
        rows = self._build_rows(grouping, expected=question.compares)
        return sorted(rows, key=lambda row: name_order(row.key.values()))

    def _build_rows(self, grouping: Grouping, *, expected: bool) -> list[FigureRow]:
        codes = grouping.codes_of_verdicts(self.verdicts.table)
        counts = self.verdicts.count(codes)
        clocks = self._clock_figures(codes, counts, expected=expected)
        tickets, earlier = self.verdicts.count_tickets(codes), self.verdicts.count_solved_earlier(codes)
        answers = self._count_answers(grouping, counts)
        opened = find_open_tickets(self.facts, grouping, self.question.at, self.count_age)
        lines, signs = self._line_sums(grouping), self._find_signs(grouping)
        brought_in = find_brought_in(self.facts, grouping, self.span)
        waiting = find_waiting_shares(self.facts, grouping, self.question.at)
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
            asked = self.question
            queries = row_queries(row, grouping.span_of(key), listed, clock=asked.clock, where=asked.where)
            rows.append(replace(row, queries=queries))
        return rows

    def _summarize(self, tickets: Sequence[OpenTicket]) -> Backlog:
        """Return the backlog of a row; `unconfirmed_met` is 0 if solutions are not asked for."""
        backlog = summarize_backlog(tickets)
        return backlog if self.question.clock in ("", "solution") else replace(backlog, unconfirmed_met=0)

    def _count_answers(self, grouping: Grouping, counts: _Counts) -> Mapping[GroupKey, int]:
        """Return how many clocks somebody stopped, by row; rows by person count what this person stopped (rule 23)."""
        if "person" in grouping.keys:
            return self.verdicts.count_stopped(grouping.codes_of_verdicts(self.verdicts.table, person="done_by"))
        answers: Counter[GroupKey] = Counter()
        for (row, sort), number in counts.items():
            if sort.stopped:
                answers[row] += number
        return answers

    # --- verdicts -------------------------------------------------------------------------------------------------

    def _clock_figures(
        self, codes: Codes, counts: _Counts, *, expected: bool
    ) -> dict[GroupKey, dict[str, ClockFigures]]:
        answers: dict[_RowClock, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        calendars: dict[_RowClock, set[int]] = defaultdict(set)
        for (row, sort), number in counts.items():
            row_clock = row, sort.clock
            answers[row_clock][sort.answer] += number
            calendars[row_clock].add(sort.calendar)
        rates = self._expected_rates(counts) if expected else {}
        lengths = self._lengths(codes, calendars)
        kinds = [self.facts.words.find(answer) for answer in (MET, MISSED, EXCUSED)]
        figures: dict[GroupKey, dict[str, ClockFigures]] = defaultdict(dict)
        for (row, clock), numbers in answers.items():
            met, missed, excused = (numbers[answer] for answer in kinds)
            figures[row][self.words[clock]] = ClockFigures(
                met, missed, excused, rates.get((row, clock)), **lengths[row, clock]
            )
        return figures

    def _lengths(self, codes: Codes, calendars: Mapping[_RowClock, set[int]]) -> dict[_RowClock, dict[str, Any]]:
        """Return median and p90 of each row's clocks: on their calendar if all of them share one, else elapsed."""
        wanted: dict[tuple[int, str], list[GroupKey]] = defaultdict(list)
        for (row, clock), used in calendars.items():
            wanted[clock, self.verdicts.length_column(clock, on_calendar=len(used) == 1)].append(row)
        result: dict[_RowClock, dict[str, Any]] = {}
        for (clock, column), rows in wanted.items():
            found = self.verdicts.find_lengths(clock, column, codes)
            for row in rows:
                median, p90 = found[row]
                first, *others = calendars[row, clock]
                result[row, clock] = {"median": median, "p90": p90, "calendar": "" if others else self.words[first]}
        return result

    def _expected_rates(self, counts: _Counts) -> dict[_RowClock, float | None]:
        """Return the rate to expect of each row and clock: that of the rest of the desk over twelve months."""
        before = self.question.period.before(months=EXPECTED_MONTHS)
        year = self._verdicts_between(_seconds(before.start), self.span[1])
        codes = Grouping(self.question.by, self.facts, before).codes_of_verdicts(year.table)
        met, missed = self.facts.words.find(MET), self.facts.words.find(MISSED)
        decided = [entry for entry in year.count(codes).items() if entry[0][1].answer in (met, missed)]
        if not decided:
            return {}
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
        """Return the strata by which clocks are compared, the finest first; grouping keys are not part of them."""
        if sort not in self._strata_of_sorts:
            by = {"level" if key == "priority" else key for key in self.question.by}
            fine = ("clock", "level", "kind", "site") if "person" in by else ("clock", "level", "kind")
            self._strata_of_sorts[sort] = tuple(
                tuple(getattr(sort, name) for name in names if name not in by) for names in (fine, ("clock", "level"))
            )
        return self._strata_of_sorts[sort]

    # --- time, lines and signs ------------------------------------------------------------------------------------

    def _line_sums(self, grouping: Grouping) -> dict[GroupKey, dict[str, Any]]:
        """Return by row the hours and costs of the lines dated in the period, and the costs marked billable."""
        lines = select_lines(self.facts, self.question.period)
        codes = grouping.codes_of_lines(lines)
        spent = (lines.columns[name] for name in ("hours", "cost", "currency", "billable"))
        sums: dict[GroupKey, dict[str, Any]] = {}
        for (code, *numbers), count in Counter(zip(codes.numbers, *spent, strict=True)).items():
            hours, cost, currency, billable = map(self.words.__getitem__, numbers)
            row = sums.setdefault(codes.keys[code], {"hours": Decimal(0), "fees": {}, "costs": {}})
            row["hours"] += to_decimal(hours) * count
            amount = to_decimal(cost) * count
            if amount:
                row["costs"][currency] = row["costs"].get(currency, Decimal(0)) + amount
                if billable == "yes":
                    row["fees"][currency] = row["fees"].get(currency, Decimal(0)) + amount
        return sums

    def _find_signs(self, grouping: Grouping) -> dict[GroupKey, dict[str, list[str]]]:
        """Return by row and sign the ticket numbers, one for each time the sign occurs."""
        signs, order, numbers = self.facts.derive(("signs", self.span), self._signs_by_number)
        codes = grouping.codes_of_rows(signs, "at")
        sorts = signs.columns["sign"]
        found: dict[tuple[int, int], list[str]] = {
            pair: [] for pair in dict.fromkeys(zip(codes.numbers, sorts, strict=True))
        }
        pairs = zip(order.pick(codes.numbers), map(sorts.__getitem__, order.places), strict=True)
        for pair, number in zip(pairs, numbers, strict=True):
            found[pair].append(number)
        by_key: dict[GroupKey, dict[str, list[str]]] = defaultdict(dict)
        for (code, sign), listed in found.items():
            by_key[codes.keys[code]][self.words[sign]] = listed
        return by_key

    def _signs_by_number(self) -> tuple[Table[SignFact], Places, list[str]]:
        """Return the signs of the period, their places ordered by ticket number, and those numbers."""
        signs = self.facts.signs.between("at", *self.span)
        numbers = list(self.facts.numbers_at(self.facts.places_of(signs).places))
        order = sorted(range(len(numbers)), key=numbers.__getitem__)
        return signs, Places(order), [numbers[place] for place in order]


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
