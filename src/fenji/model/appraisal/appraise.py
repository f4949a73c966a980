"""The one place where figures are counted: facts, a period and what rows go by in, an appraisal out. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from fenji.model.appraisal.expected import Strata, Stratum
from fenji.model.appraisal.facts import EXCUSED, MET, MISSED, Table, TicketFact, VerdictFact
from fenji.model.appraisal.figures import AGE_BANDS, Appraisal, Backlog, ClockFigures, FigureRow
from fenji.model.appraisal.grouping import Grouping, GroupKey
from fenji.model.appraisal.intervals import quantile
from fenji.model.appraisal.queries import row_queries

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import Facts
    from fenji.model.periods import Period

TOTAL: GroupKey = ()
EXPECTED_MONTHS = 12
Ages = Callable[[str, datetime, datetime], int]  # (site, report, instant) → open dates of the site's calendar between


@dataclass(frozen=True)
class FigureQuestion:
    """What is asked: the period, what rows go by, one clock or all, and the instant at which it is asked."""

    period: Period
    now: datetime
    by: tuple[str, ...] = ()
    clock: str = ""
    as_of: datetime | None = None
    where: str = ""

    @property
    def at(self) -> datetime:
        """The instant that backlog and lengths are read at: the end of the period, or when it is asked, if earlier."""
        return min(instant for instant in (self.period.end, self.now, self.as_of) if instant)


def appraise(facts: Facts, question: FigureQuestion, *, count_age: Ages) -> Appraisal:
    """Count the figures of a period (clock rules 25 to 28)."""
    grouping = Grouping(question.by, facts, question.period)
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
        clock = self.facts.words.numbers.get(self.question.clock, -1)
        return verdicts.select(bytes(number == clock for number in verdicts.columns["clock"]))

    # --- rows -----------------------------------------------------------------------------------------------------

    def total_row(self) -> FigureRow:
        """Return the figures of everything; what is expected of the whole has no meaning."""
        nothing = [TOTAL] * len(self.verdicts)
        return self._build_rows(Grouping((), self.facts, self.question.period), nothing, expected=False)[0]

    def rows(self) -> list[FigureRow]:
        """Return a row for each key that anything counts for, in the order of their names, what is not said last."""
        return sorted(
            self._build_rows(self.grouping, self.keys, expected=True),
            key=lambda row: [(not value, value) for value in row.key.values()],
        )

    def _build_rows(self, grouping: Grouping, keys: Sequence[GroupKey], *, expected: bool) -> list[FigureRow]:
        clocks = self._clock_figures(keys, self._expected_rates(keys) if expected else {})
        uids = self.verdicts.columns["uid"]
        tickets = Counter(key for key, _ in set(zip(keys, uids, strict=True)))
        earlier = self._solved_earlier(keys)
        backlogs = self._backlogs(grouping)
        lines = self._line_sums(grouping)
        signs = self._sign_counts(grouping)
        found = {*clocks, *backlogs, *lines, *signs} if grouping.keys else {TOTAL}
        rows = []
        for key in found:
            row = FigureRow(
                grouping.words_of(key),
                tickets=tickets[key],
                clocks=clocks.get(key, {}),
                backlog=backlogs.get(key, Backlog()),
                solved_earlier=earlier[key],
                signs=signs.get(key, {}),
            )
            row = replace(row, **lines.get(key, {}))
            rows.append(replace(row, queries=row_queries(row, self.question.period, where=self.question.where)))
        return rows

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
            lengths = [(measure[place], bool(measure[3])) for measure in measured]
            result[key, self.words[clock]] = {
                "median": quantile(lengths, 0.5),
                "p90": quantile(lengths, 0.9),
                "calendar": self.words[calendars.pop()] if len(calendars) == 1 else "",
            }
        return result

    def _expected_rates(self, keys: Sequence[GroupKey]) -> dict[tuple[GroupKey, str], float | None]:
        """Return what each row could be expected to reach on each clock, by the rest of the desk in twelve months."""
        before = self.question.period.before(months=EXPECTED_MONTHS)
        year = self._chosen(self.facts.verdicts.between("at", _seconds(before.start), self.span[1]))
        year_keys = Grouping(self.question.by, self.facts, before).of_verdicts(year)
        strata = Strata()
        for columns in self._strata_columns():
            strata.add(
                (key, stratum, answer == "met")
                for key, stratum, answer in zip(year_keys, _pairs(year, columns), year.column("answer"), strict=True)
                if answer in (MET, MISSED)
            )
        own: dict[tuple[GroupKey, str], list[tuple[Stratum, ...]]] = defaultdict(list)
        all_strata = zip(*(_pairs(self.verdicts, columns) for columns in self._strata_columns()), strict=True)
        for key, clock, answer, found in zip(
            keys, self.verdicts.column("clock"), self.verdicts.column("answer"), all_strata, strict=True
        ):
            if answer in (MET, MISSED):
                own[key, clock].append(found)
        return {(key, clock): strata.expected(key, found) for (key, clock), found in own.items()}

    def _strata_columns(self) -> list[tuple[str, ...]]:
        """Return what clocks are compared by, finest first; what rows go by is no part of it."""
        fine = ("clock", "level", "kind", "site") if "person" in self.question.by else ("clock", "level", "kind")
        grouped = {"level" if key == "priority" else key for key in self.question.by}
        return [tuple(name for name in names if name not in grouped) for names in (fine, ("clock", "level"))]

    def _solved_earlier(self, keys: Sequence[GroupKey]) -> Counter[GroupKey]:
        """Count met solutions that were solved before the period in which they were confirmed."""
        columns, start = self.verdicts.columns, self.span[0]
        numbers = self.facts.words.numbers
        wanted = numbers.get("solution", -1), numbers.get(MET, -1)
        return Counter(
            key
            for key, clock, answer, stopped in zip(
                keys, columns["clock"], columns["answer"], columns["stopped"], strict=True
            )
            if (clock, answer) == wanted and stopped < start
        )

    # --- backlog --------------------------------------------------------------------------------------------------

    def _backlogs(self, grouping: Grouping) -> dict[GroupKey, Backlog]:
        """Return what was open at the end; where rows go by months, at the end of each."""
        if not grouping.months:
            return self._backlogs_at(grouping, self.question.at, month=0)
        found: dict[GroupKey, Backlog] = {}
        for place, month in enumerate(grouping.months):
            if month.start < self.question.at:
                instant = min(month.end, self.question.at)
                found |= self._backlogs_at(grouping, instant, month=grouping.month_word(place))
        return found

    def _backlogs_at(self, grouping: Grouping, instant: datetime, *, month: int) -> dict[GroupKey, Backlog]:
        at, stretches = _seconds(instant), self.facts.stretches
        columns = stretches.columns
        mask = bytes(start < at <= (end or at) for start, end in zip(columns["start"], columns["end"], strict=True))
        open_stretches = stretches.select(mask)
        keys = grouping.of_rows(open_stretches, month=month)
        found: dict[GroupKey, list[_OpenTicket]] = defaultdict(list)
        for key, stretch in zip(keys, open_stretches.rows(), strict=True):
            ticket = self._ticket(stretch.uid)
            reported = datetime.fromtimestamp(ticket.reported, UTC)
            since = datetime.fromtimestamp(stretch.start, UTC)
            age = 0 if stretch.state == "solved" else self.count_age(ticket.site, reported, instant)
            found[key].append(_OpenTicket(stretch.uid, stretch.state, age, since))
        return {key: self._summarize_backlog(tickets) for key, tickets in found.items()}

    def _ticket(self, uid: str) -> TicketFact:
        place = self.grouping.ticket_places[self.facts.words.numbers[uid]]
        return next(self.facts.tickets.rows(slice(place, place + 1)))

    def _summarize_backlog(self, tickets: Sequence[_OpenTicket]) -> Backlog:
        solved = [ticket for ticket in tickets if ticket.state == "solved"]
        return Backlog(
            running=_count_bands(ticket.age for ticket in tickets if ticket.state == "running"),
            waiting=_count_bands(ticket.age for ticket in tickets if ticket.state == "waiting"),
            unconfirmed=len(solved),
            oldest_unconfirmed=min((ticket.since for ticket in solved), default=None),
        )

    # --- lines and signs ------------------------------------------------------------------------------------------

    def _line_sums(self, grouping: Grouping) -> dict[GroupKey, dict[str, Any]]:
        """Return hours, billable fees and all costs of the lines whose date lies in the period."""
        first, last = (int(f"{day:%Y%m%d}") for day in (self.question.period.first, self.question.period.last))
        lines = self.facts.lines.select(bytes(first <= on <= last for on in self.facts.lines.columns["on"]))
        sums: dict[GroupKey, dict[str, Any]] = {}
        for key, line in zip(grouping.of_lines(lines), lines.rows(), strict=True):
            row = sums.setdefault(key, {"hours": Decimal(0), "fees": {}, "costs": {}})
            row["hours"] += _decimal(line.hours)
            cost = _decimal(line.cost)
            if cost:
                row["costs"][line.currency] = row["costs"].get(line.currency, Decimal(0)) + cost
                if line.billable == "yes":
                    row["fees"][line.currency] = row["fees"].get(line.currency, Decimal(0)) + cost
        return sums

    def _sign_counts(self, grouping: Grouping) -> dict[GroupKey, dict[str, int]]:
        signs = self.facts.signs.between("at", *self.span)
        counts: dict[GroupKey, dict[str, int]] = defaultdict(dict)
        found = Counter(zip(grouping.of_rows(signs, "at"), signs.column("sign"), strict=True))
        for (key, sign), number in found.items():
            counts[key][sign] = number
        return counts


@dataclass(frozen=True, slots=True)
class _OpenTicket:
    uid: str
    state: str
    age: int  # open dates since the report's
    since: datetime


def _pairs(verdicts: Table[VerdictFact], columns: Sequence[str]) -> Iterator[Stratum]:
    return zip(*(verdicts.columns[name] for name in columns), strict=True)


def _count_bands(ages: Iterable[int]) -> tuple[int, ...]:
    known = list(ages)
    return tuple(sum(first <= age and (last is None or age <= last) for age in known) for first, last in AGE_BANDS)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text or "0")
    except InvalidOperation:
        return Decimal(0)


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
