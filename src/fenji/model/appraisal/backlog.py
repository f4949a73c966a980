"""What was not finished at an instant, by whoever held it then: read off the stretches of each ticket. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import compress
from typing import TYPE_CHECKING

from fenji.model.appraisal.figures import AGE_BANDS, Backlog
from fenji.model.appraisal.grouping import HOLDER_KEYS, MONTH

if TYPE_CHECKING:
    from fenji.model.appraisal.columns import Table
    from fenji.model.appraisal.facts import Facts, StretchFact
    from fenji.model.appraisal.grouping import Grouping, GroupKey
    from fenji.model.periods import Period

Ages = Callable[[str, datetime, datetime], int]  # (site, report, instant) → open dates of the site's calendar between
RUNNING, WAITING, SOLVED = "running", "waiting", "solved"


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A ticket that was not finished at an instant; `age` counts open dates since the report's, of a solved one 0.

    `in_time`: it was solved before its promise ran out, and waits to be confirmed.
    """

    id: str
    state: str
    age: int
    since: datetime
    in_time: bool

    @property
    def band(self) -> int:
        """The place of its age among the bands."""
        return next(place for place, (_, last) in enumerate(AGE_BANDS) if last is None or self.age <= last)


OpenTickets = dict["GroupKey", list[OpenTicket]]


def find_open_tickets(facts: Facts, grouping: Grouping, at: datetime, count_age: Ages) -> OpenTickets:
    """Return what was open at an instant, by row; where rows go by months, at the end of each that has begun."""
    begun = {month: min(span.end, at) for month, span in grouping.spans().items() if span.start < at or not month}
    opened = facts.derive(("open", tuple(begun.items())), lambda: _open_at(facts, begun, count_age))
    found: OpenTickets = {}
    for row, ticket in zip(grouping.ids_of_rows(opened.table, months=opened.months), opened.tickets, strict=True):
        found.setdefault(grouping.key_of(row), []).append(ticket)
    return found


@dataclass(frozen=True)
class _OpenTickets:
    """The stretches that tickets were in, with the month at whose end, and the tickets themselves."""

    table: Table[StretchFact]
    months: Sequence[int]
    tickets: Sequence[OpenTicket]


def _open_at(facts: Facts, begun: Mapping[int, datetime], count_age: Ages) -> _OpenTickets:
    """Return each stretch once for each instant before which it ran; the instants are in their order."""
    months, instants = list(begun), list(begun.values())
    seconds = [int(instant.timestamp()) for instant in instants]
    last = seconds[-1] if seconds else 0
    places, numbers = list[int](), list[int]()
    for place, start, end in _stretches_since(facts, seconds[0] - 1) if seconds else ():
        number = bisect_right(seconds, start) if start < last else len(seconds)
        while number < len(seconds) and seconds[number] <= end:
            places.append(place)
            numbers.append(number)
            number += 1
    table = _take(facts.stretches, places)
    rows = zip(facts.places_of(table), table.rows(), numbers, strict=True)
    tickets = [_open_ticket(facts, place, stretch, instants[number], count_age) for place, stretch, number in rows]
    return _OpenTickets(table, [months[number] for number in numbers], tickets)


def _stretches_since(facts: Facts, start: int) -> Iterator[tuple[int, int, int]]:
    """Return place, own start and own end of the stretches of tickets that were not closed before an instant."""
    columns = facts.stretches.columns
    first, last = bisect_right(columns["closed"], start), len(facts.stretches)
    return zip(range(first, last), columns.cut("start", first, last), columns.cut("end", first, last), strict=True)


def _open_ticket(facts: Facts, place: int, stretch: StretchFact, at: datetime, count_age: Ages) -> OpenTicket:
    words, tickets = facts.words.words, facts.tickets.columns
    site = words[tickets["site"][place]]
    reported, since = (datetime.fromtimestamp(seconds, UTC) for seconds in (tickets["reported"][place], stretch.start))
    age = 0 if stretch.state == SOLVED else count_age(site, reported, at - timedelta(seconds=1))  # dates begun before
    return OpenTicket(facts.number_at(place), stretch.state, age, since, stretch.in_time)


@dataclass(frozen=True)
class HeldTime:
    """The stretches in which tickets ran or waited, each once for each month it lies in, and the seconds in that."""

    table: Table[StretchFact]
    months: Sequence[int]
    seconds: Sequence[int]
    waited: Sequence[int]  # of the seconds, those of waiting
    _reduced: dict[frozenset[str], HeldTime] = field(default_factory=dict)

    def reduced(self, keys: Sequence[str]) -> HeldTime:
        """Return the same in fewer rows, where rows go by these keys alone: one for each holder, or for each ticket."""
        if MONTH in keys:
            return self
        names = frozenset(HOLDER_KEYS.intersection(keys)) or frozenset(keys and ("uid",))
        if names - {"uid"} and not HOLDER_KEYS.issuperset(keys):
            return self
        if names not in self._reduced:
            self._reduced[names] = self._add_up(sorted(names))
        return self._reduced[names]

    def _add_up(self, names: Sequence[str]) -> HeldTime:
        """Return the first row of those that are alike in some columns, with what all of them add up to."""
        firsts: dict[tuple[int, ...], int] = {}
        seconds, waited = list[int](), list[int]()
        alike = zip(*(self.table.columns[name] for name in names), strict=True) if names else [()] * len(self.table)
        places = list[int]()
        for place, (key, own, own_waited) in enumerate(zip(alike, self.seconds, self.waited, strict=True)):
            number = firsts.setdefault(key, len(firsts))
            if number == len(places):
                places.append(place)
                seconds.append(0)
                waited.append(0)
            seconds[number] += own
            waited[number] += own_waited
        return HeldTime(self.table.take(places), self.months[: len(places)], seconds, waited)


def find_held_time(facts: Facts, grouping: Grouping, at: datetime) -> HeldTime:
    """Return the stretches of open tickets within a period, up to an instant, with the months that they belong to."""
    spans = {month: _span_until(period, at) for month, period in grouping.spans().items()}
    name = "held", tuple(spans.items())
    return facts.derive(name, lambda: _held_in_one(facts, spans) if len(spans) == 1 else _held_in_each(facts, spans))


def _span_until(period: Period, at: datetime) -> tuple[int, int]:
    return int(period.start.timestamp()), min(int(period.end.timestamp()), int(at.timestamp()))


def _held_in_each(facts: Facts, spans: Mapping[int, tuple[int, int]]) -> HeldTime:
    """Return the same for each of several months, in their order."""
    months, starts, ends = list(spans), [start for start, _ in spans.values()], [end for _, end in spans.values()]
    places, of_months, seconds = array("I"), array("q"), array("q")
    for place, start, end in _stretches_since(facts, starts[0]):
        number = max(bisect_right(starts, start) - 1, 0)
        while number < len(starts) and starts[number] < end:
            first, last = starts[number], ends[number]
            length = (end if end < last else last) - (start if start > first else first)
            if length > 0:
                places.append(place)
                of_months.append(months[number])
                seconds.append(length)
            number += 1
    return _without_solved(facts, HeldTime(_take(facts.stretches, places), of_months, seconds, seconds))


def _held_in_one(facts: Facts, spans: Mapping[int, tuple[int, int]]) -> HeldTime:
    """Return the same for a period that is not cut into months."""
    ((month, (first, last)),) = spans.items()
    lengths = array(
        "q",
        (
            (end if end < last else last) - (start if start > first else first)
            for _, start, end in _stretches_since(facts, first)
        ),
    )
    stretches = facts.stretches.cut(len(facts.stretches) - len(lengths), len(facts.stretches))
    is_held = bytes(length > 0 for length in lengths)
    seconds = array("q", compress(lengths, is_held))
    return _without_solved(facts, HeldTime(stretches.select(is_held), [month] * len(seconds), seconds, seconds))


def _without_solved(facts: Facts, held: HeldTime) -> HeldTime:
    """Return the stretches that are not of solved tickets, and how much of their seconds was waiting."""
    solved, waiting = facts.words.find(SOLVED), facts.words.find(WAITING)
    states = held.table.columns["state"]
    is_open = bytes(state != solved for state in states)
    months, seconds = (array("q", compress(column, is_open)) for column in (held.months, held.seconds))
    table = held.table.select(is_open)
    waited = (length * (state == waiting) for length, state in zip(seconds, table.columns["state"], strict=True))
    return HeldTime(table, months, seconds, array("q", waited))


def _take(stretches: Table[StretchFact], places: Sequence[int]) -> Table[StretchFact]:
    """Return the rows at some places, of columns no more than lies behind the first of them."""
    first = min(places, default=0)
    return stretches.cut(first, len(stretches)).take([place - first for place in places])


def summarize_backlog(tickets: Sequence[OpenTicket]) -> Backlog:
    """Count open tickets by state and age."""
    solved = [ticket for ticket in tickets if ticket.state == SOLVED]
    return Backlog(
        running=_count_bands(ticket for ticket in tickets if ticket.state == RUNNING),
        waiting=_count_bands(ticket for ticket in tickets if ticket.state == WAITING),
        unconfirmed=len(solved),
        unconfirmed_met=sum(ticket.in_time for ticket in solved),
        oldest_unconfirmed=min((ticket.since for ticket in solved), default=None),
    )


def list_open(tickets: Sequence[OpenTicket]) -> dict[str, list[str]]:
    """Return the numbers of what was open, and of what was solved and not confirmed."""
    return {
        "backlog": [ticket.id for ticket in tickets if ticket.state != SOLVED],
        "unconfirmed": [ticket.id for ticket in tickets if ticket.state == SOLVED],
    }


def _count_bands(tickets: Iterable[OpenTicket]) -> tuple[int, ...]:
    bands = [ticket.band for ticket in tickets]
    return tuple(map(bands.count, range(len(AGE_BANDS))))
