"""The one place where figures are counted: facts, a period and what rows go by in, an appraisal out. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fenji.model.appraisal.backlog import WAITING, find_held_time, find_open_tickets, list_open, summarize_backlog
from fenji.model.appraisal.brought_in import find_brought_in
from fenji.model.appraisal.expected import Strata, Stratum
from fenji.model.appraisal.facts import EXCUSED, MET, MISSED, VerdictFact
from fenji.model.appraisal.figures import Appraisal, Backlog, ClockFigures, FigureRow
from fenji.model.appraisal.grouping import Grouping, GroupKey, name_order
from fenji.model.appraisal.intervals import quantiles
from fenji.model.appraisal.lines import select_lines, to_decimal
from fenji.model.appraisal.queries import row_queries

if TYPE_CHECKING:
    from fenji.model.appraisal.backlog import Ages, OpenTicket
    from fenji.model.appraisal.columns import Table
    from fenji.model.appraisal.facts import Facts
    from fenji.model.periods import Period

TOTAL: GroupKey = ()
EXPECTED_MONTHS = 12


@dataclass(frozen=True)
class FigureQuestion:
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
    grouping = Grouping(question.by, facts, question.period, unit=question.columns or "M")
    tally = _Tally(facts, question, grouping, count_age)
    total = tally.total_row()
    rows = tally.rows() if question.by else []
    return Appraisal(question.period, question.by, question.at, len(facts.tickets), rows, total)


class _Tally:
    """Counts the tables of facts for each row, and all of them for the total."""

    def __init__(self, facts: Facts, question: FigureQuestion, grouping: Grouping, count_age: Ages) -> None:
        self.facts, self.question, self.grouping = facts, question, grouping
        self.count_age = count_age
        start, end = _seconds(question.period.start), _seconds(question.period.end)
        if question.as_of:
            end = min(end, _seconds(question.as_of) + 1)
        self.span = start, end
        self.verdicts = self._chosen(facts.verdicts.between("at", start, end))
        self.keys = grouping.of_verdicts(self.verdicts)
        self.words = facts.words.words

    def _chosen(self, verdicts: Table[VerdictFact]) -> Table[VerdictFact]:
        if not self.question.clock:
            return verdicts
        clock = self.facts.words.find(self.question.clock)
        return verdicts.select(bytes(number == clock for number in verdicts.columns["clock"]))

    # --- rows -----------------------------------------------------------------------------------------------------

    def total_row(self) -> FigureRow:
        """Return the figures of everything; what is expected of the whole has no meaning."""
        nothing = [TOTAL] * len(self.verdicts)
        return self._build_rows(Grouping((), self.facts, self.question.period), nothing, expected=False)[0]

    def rows(self) -> list[FigureRow]:
        """Return a row for each key that anything counts for, in the order of their names, what is not said last."""
        rows = self._build_rows(self.grouping, self.keys, expected=self.question.compares)
        return sorted(rows, key=lambda row: name_order(row.key.values()))

    def _build_rows(self, grouping: Grouping, keys: Sequence[GroupKey], *, expected: bool) -> list[FigureRow]:
        clocks = self._clock_figures(keys, self._expected_rates(keys) if expected else {})
        uids = self.verdicts.columns["uid"]
        tickets = Counter(key for key, _ in set(zip(keys, uids, strict=True)))
        earlier = self._solved_earlier(keys)
        opened = find_open_tickets(self.facts, grouping, self.question.at, self.count_age)
        lines = self._line_sums(grouping)
        signs = self._find_signs(grouping)
        brought_in = find_brought_in(self.facts, grouping, self.span)
        answers, waiting = self._count_answers(grouping), self._waiting_shares(grouping)
        found = {*clocks, *opened, *lines, *signs, *answers, *brought_in} if grouping.keys else {TOTAL}
        rows = []
        for key in found:
            row = FigureRow(
                grouping.words_of(key),
                tickets=tickets[key],
                clocks=clocks.get(key, {}),
                backlog=self._summarize(opened.get(key, ())),
                solved_earlier=earlier[key],
                answers=answers[key],
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

    # --- verdicts -------------------------------------------------------------------------------------------------

    def _clock_figures(
        self, keys: Sequence[GroupKey], expected: Mapping[tuple[GroupKey, str], float | None]
    ) -> dict[GroupKey, dict[str, ClockFigures]]:
        columns = self.verdicts.columns
        counts: dict[tuple[GroupKey, str], dict[str, int]] = defaultdict(dict)
        for (key, clock, answer), number in Counter(
            zip(keys, columns["clock"], columns["answer"], strict=True)
        ).items():
            counts[key, self.words[clock]][self.words[answer]] = number
        lengths = self._lengths(keys)
        figures: dict[GroupKey, dict[str, ClockFigures]] = defaultdict(dict)
        for (key, name), numbers in counts.items():
            met, missed, excused = (numbers.get(answer, 0) for answer in (MET, MISSED, EXCUSED))
            figures[key][name] = ClockFigures(
                met, missed, excused, expected.get((key, name)), **lengths.get((key, name), {})
            )
        return figures

    def _lengths(self, keys: Sequence[GroupKey]) -> dict[tuple[GroupKey, str], dict[str, Any]]:
        """Return median and p90 of each row's clocks: on their calendar where all have one, else elapsed."""
        columns = self.verdicts.columns
        found: dict[tuple[GroupKey, int], list[tuple[int, int, int, int]]] = defaultdict(list)
        measures = zip(columns["calendar"], columns["used_s"], columns["elapsed_s"], columns["over"], strict=True)
        for key, clock, measure in zip(keys, columns["clock"], measures, strict=True):
            found[key, clock].append(measure)
        result = {}
        for (key, clock), measured in found.items():
            calendars = {calendar for calendar, *_ in measured}
            place = 1 if len(calendars) == 1 else 2
            median, p90 = quantiles([(measure[place], bool(measure[3])) for measure in measured], (0.5, 0.9))
            result[key, self.words[clock]] = {
                "median": median,
                "p90": p90,
                "calendar": self.words[calendars.pop()] if len(calendars) == 1 else "",
            }
        return result

    def _expected_rates(self, keys: Sequence[GroupKey]) -> dict[tuple[GroupKey, str], float | None]:
        """Return what each row could be expected to reach on each clock, by the rest of the desk in twelve months."""
        before = self.question.period.before(months=EXPECTED_MONTHS)
        year = self._chosen(self.facts.verdicts.between("at", _seconds(before.start), self.span[1]))
        year_keys = Grouping(self.question.by, self.facts, before).of_verdicts(year)
        met, decided = self.facts.words.find(MET), (self.facts.words.find(MET), self.facts.words.find(MISSED))
        strata = Strata()
        for names in self._strata_columns():
            counted = Counter(zip(year_keys, _pairs(year, names), year.columns["answer"], strict=True))
            strata.add(
                ((key, stratum, answer == met), number)
                for (key, stratum, answer), number in counted.items()
                if answer in decided
            )
        own: dict[tuple[GroupKey, str], Counter[tuple[Stratum, ...]]] = defaultdict(Counter)
        all_strata = zip(*(_pairs(self.verdicts, names) for names in self._strata_columns()), strict=True)
        columns = self.verdicts.columns
        counted_own = Counter(zip(keys, columns["clock"], columns["answer"], all_strata, strict=True))
        for (key, clock, answer, found), number in counted_own.items():
            if answer in decided:
                own[key, self.words[clock]][found] += number
        return {(key, clock): strata.expected(key, numbers) for (key, clock), numbers in own.items()}

    def _strata_columns(self) -> list[tuple[str, ...]]:
        """Return what clocks are compared by, finest first; what rows go by is no part of it."""
        fine = ("clock", "level", "kind", "site") if "person" in self.question.by else ("clock", "level", "kind")
        grouped = {"level" if key == "priority" else key for key in self.question.by}
        return [tuple(name for name in names if name not in grouped) for names in (fine, ("clock", "level"))]

    def _solved_earlier(self, keys: Sequence[GroupKey]) -> Counter[GroupKey]:
        """Count met solutions that were solved before the period in which they were confirmed."""
        columns, start = self.verdicts.columns, self.span[0]
        wanted = self.facts.words.find("solution"), self.facts.words.find(MET)
        return Counter(
            key
            for key, clock, answer, stopped in zip(
                keys, columns["clock"], columns["answer"], columns["stopped"], strict=True
            )
            if (clock, answer) == wanted and stopped < start
        )

    def _count_answers(self, grouping: Grouping) -> Counter[GroupKey]:
        """Count the decided clocks that were stopped, by who did it (clock rules 23): a count, never a rate."""
        keys = grouping.of_verdicts(self.verdicts, person="done_by")
        return Counter(key for key, done_by in zip(keys, self.verdicts.columns["done_by"], strict=True) if done_by)

    # --- time, lines and signs ------------------------------------------------------------------------------------

    def _waiting_shares(self, grouping: Grouping) -> dict[GroupKey, float]:
        """Return the share of waiting in the time that tickets were open within the period, by whoever held them."""
        whole: Counter[GroupKey] = Counter()
        waited: Counter[GroupKey] = Counter()
        waiting = self.facts.words.find(WAITING)
        for (key, state), seconds in self._held_sums.items():
            row = key if grouping.keys else TOTAL
            whole[row] += seconds
            waited[row] += seconds if state == waiting else 0
        return {key: waited[key] / seconds for key, seconds in whole.items()}

    @cached_property
    def _held_sums(self) -> Mapping[tuple[GroupKey, int], int]:
        """The seconds in which open tickets were held within the period, by row and state."""
        sums: dict[tuple[GroupKey, int], int] = defaultdict(int)
        held = find_held_time(self.facts, self.grouping, self.question.at)
        for pair, seconds in zip(zip(held.keys, held.table.columns["state"], strict=True), held.seconds, strict=True):
            sums[pair] += seconds
        return sums

    def _line_sums(self, grouping: Grouping) -> dict[GroupKey, dict[str, Any]]:
        """Return hours, billable fees and all costs of the lines whose date lies in the period."""
        lines = select_lines(self.facts, self.question.period)
        sums: dict[GroupKey, dict[str, Any]] = {}
        for key, line in zip(grouping.of_lines(lines), lines.rows(), strict=True):
            row = sums.setdefault(key, {"hours": Decimal(0), "fees": {}, "costs": {}})
            row["hours"] += to_decimal(line.hours)
            cost = to_decimal(line.cost)
            if cost:
                row["costs"][line.currency] = row["costs"].get(line.currency, Decimal(0)) + cost
                if line.billable == "yes":
                    row["fees"][line.currency] = row["fees"].get(line.currency, Decimal(0)) + cost
        return sums

    def _find_signs(self, grouping: Grouping) -> dict[GroupKey, dict[str, list[str]]]:
        """Return the numbers of the tickets of each sign, a number for each time, by row."""
        signs = self.facts.signs.between("at", *self.span)
        found: dict[GroupKey, dict[str, list[str]]] = defaultdict(dict)
        for key, sign, uid in zip(
            grouping.of_rows(signs, "at"), signs.column("sign"), signs.columns["uid"], strict=True
        ):
            number = self.facts.number_at(grouping.ticket_places[uid])
            found[key].setdefault(sign, []).append(number)
        return found


def _pairs(verdicts: Table[VerdictFact], columns: Sequence[str]) -> Iterator[Stratum]:
    return zip(*(verdicts.columns[name] for name in columns), strict=True)


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
