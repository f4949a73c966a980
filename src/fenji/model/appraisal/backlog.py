"""What was not finished at an instant, by whoever held it then: read off the stretches of each ticket. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import compress, repeat
from operator import eq, mul, ne, sub
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.model.appraisal.facts import GOES_ON
from fenji.model.appraisal.figures import AGE_BANDS, Backlog
from fenji.model.appraisal.grouping import HOLDER_KEYS, MONTH

if TYPE_CHECKING:
    from fenji.model.appraisal.columns import Bisect, Table
    from fenji.model.appraisal.facts import Facts, StretchFact
    from fenji.model.appraisal.grouping import Grouping, GroupKey
    from fenji.model.periods import Period

Ages = Callable[[str, datetime, datetime], int]  # (site, report, instant) → open dates of the site's calendar between
RUNNING, WAITING, SOLVED = "running", "waiting", "solved"


class OpenTicket(Struct, frozen=True):
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


class _OpenTickets(Struct, frozen=True):
    """The stretches that tickets were in, with the month at whose end, and the tickets themselves."""

    table: Table[StretchFact]
    months: Sequence[int]
    tickets: Sequence[OpenTicket]


def _open_at(facts: Facts, begun: Mapping[int, datetime], count_age: Ages) -> _OpenTickets:
    """Return each stretch once for each instant before which it ran; the instants are in their order."""
    months, instants = list(begun), list(begun.values())
    seconds = [int(instant.timestamp()) for instant in instants]
    stretches = _stretches_since(facts, seconds[0] - 1 if seconds else GOES_ON)
    firsts, lasts = (_positions(stretches.columns[name], seconds, bisect_right) for name in ("start", "end"))
    crossing = compress(range(len(stretches)), map(ne, firsts, lasts))
    found = [(place, number) for place in crossing for number in range(firsts[place], lasts[place])]
    table, numbers = stretches.take([place for place, _ in found]), [number for _, number in found]
    opened = _describe_open(facts, table, [instants[number] for number in numbers], count_age)
    return _OpenTickets(table, [months[number] for number in numbers], list(opened))


def _describe_open(
    facts: Facts, table: Table[StretchFact], instants: Iterable[datetime], count_age: Ages
) -> Iterator[OpenTicket]:
    """Yield the ticket that is in each stretch at an instant."""
    places, columns, words = facts.places_of(table), facts.tickets.columns, facts.words.common
    sites, reports = map(words.__getitem__, columns.pick("site", places)), columns.pick("reported", places)
    stretches = zip(table.column("state"), table.columns["start"], table.columns["in_time"], strict=True)
    rows = zip(facts.numbers_at(places), sites, map(_instant, reports), stretches, instants, strict=True)
    for number, site, reported, (state, start, in_time), at in rows:
        age = 0 if state == SOLVED else count_age(site, reported, at - timedelta(seconds=1))  # dates begun before
        yield OpenTicket(number, state, age, _instant(start), bool(in_time))


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _stretches_since(facts: Facts, start: int) -> Table[StretchFact]:
    """Return the stretches of tickets that were not closed before an instant."""
    whole = facts.stretches
    first = whole.columns.find("closed", start, bisect_right)
    return facts.derive(("stretches", first), lambda: whole.cut(first, len(whole)))


def _positions(instants: array[int], bounds: Sequence[int], bisect: Bisect) -> array[int]:
    """Return between which bounds each instant lies."""
    return array("I", map(partial(bisect, bounds), instants))


class HeldTime(Struct, frozen=True):
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
            source = self.reduced(sorted(HOLDER_KEYS)) if names < HOLDER_KEYS else self
            self._reduced[names] = source._add_up(sorted(names))
        return self._reduced[names]

    def _add_up(self, names: Sequence[str]) -> HeldTime:
        """Return one row of those that are alike in some columns, with what all of them add up to."""
        columns: list[Sequence[int]] = [self.table.columns[name] for name in names] or [self.months]
        places = dict(zip(_join(columns), range(len(self.table)), strict=True))
        seconds, waited = (add_up(_join(columns), lengths) for lengths in (self.seconds, self.waited))
        table, months = self.table.take(list(places.values())), self.months[: len(places)]
        return HeldTime(table, months, [seconds[key] for key in places], [waited.get(key, 0) for key in places])


def _join(columns: Sequence[Sequence[int]]) -> Iterable[Hashable]:
    return columns[0] if len(columns) == 1 else zip(*columns, strict=True)


def add_up(keys: Iterable[Hashable], lengths: Sequence[int]) -> dict[Hashable, int]:
    """Return the sum of the lengths of each key; a key whose lengths are all 0 may be missing."""
    sums: dict[Hashable, int] = defaultdict(int)
    for key, length in compress(zip(keys, lengths, strict=True), lengths):
        sums[key] += length
    return sums


def find_held_time(facts: Facts, grouping: Grouping, at: datetime) -> HeldTime:
    """Return the stretches of open tickets within a period, up to an instant, with the months that they belong to."""
    spans = {month: _span_until(period, at) for month, period in grouping.spans().items()}
    name = "held", tuple(spans.items())
    return facts.derive(name, lambda: _held_in_one(facts, spans) if len(spans) == 1 else _held_in_each(facts, spans))


def _span_until(period: Period, at: datetime) -> tuple[int, int]:
    return int(period.start.timestamp()), min(int(period.end.timestamp()), int(at.timestamp()))


def _held_in_each(facts: Facts, spans: Mapping[int, tuple[int, int]]) -> HeldTime:
    """Return the same for each of several months that follow each other, a stretch once for each that it lies in."""
    begun = {month: span for month, span in spans.items() if span[0] < span[1]}
    if not begun:
        return HeldTime(facts.stretches.cut(0, 0), (), (), ())
    months, bounds = list(begun), [*(start for start, _ in begun.values()), max(end for _, end in begun.values())]
    stretches = _stretches_since(facts, bounds[0])
    starts, ends = stretches.columns["start"], stretches.columns["end"]
    firsts, lasts = _positions(starts, bounds, bisect_right), _positions(ends, bounds, bisect_left)
    is_in_one = bytes(first == last and 0 < first < len(bounds) for first, last in zip(firsts, lasts, strict=True))
    places = array("I", compress(range(len(stretches)), is_in_one))
    seconds = array("q", compress(map(sub, ends, starts), is_in_one))
    of_months = array("q", map([0, *months].__getitem__, compress(firsts, is_in_one)))
    for place in compress(range(len(stretches)), map(ne, firsts, lasts)):
        for number in range(max(firsts[place], 1), min(lasts[place] + 1, len(bounds))):
            places.append(place)
            of_months.append(months[number - 1])
            seconds.append(min(ends[place], bounds[number]) - max(starts[place], bounds[number - 1]))
    return _without_solved(facts, stretches.take(places), of_months, seconds)


def _held_in_one(facts: Facts, spans: Mapping[int, tuple[int, int]]) -> HeldTime:
    """Return the same for a period that is not cut into months."""
    ((month, (first, last)),) = spans.items()
    stretches = _stretches_since(facts, first)
    starts, ends = stretches.columns["start"], stretches.columns["end"]
    lasting = stretches.columns.find("closed", last, bisect_right)
    ends = ends[:lasting] + array("q", map(min, ends[lasting:], repeat(last)))  # all others end before
    if min(starts, default=first) < first:
        starts = array("q", map(max, starts, repeat(first)))
    lengths = array("q", map(sub, ends, starts))
    return _without_solved(facts, stretches, array("q", [month]) * len(stretches), lengths)


def _without_solved(
    facts: Facts, stretches: Table[StretchFact], months: Sequence[int], lengths: Sequence[int]
) -> HeldTime:
    """Return those of some stretches that lasted and are not of solved tickets, and how much of it was waiting."""
    solved, waiting = facts.words.find(SOLVED), facts.words.find(WAITING)
    states = stretches.columns["state"]
    is_held = bytes(length > 0 and state != solved for length, state in zip(lengths, states, strict=True))
    months, seconds = (array("q", compress(column, is_held)) for column in (months, lengths))
    table = stretches.select(is_held)
    waited = array("q", map(mul, seconds, map(eq, table.columns["state"], repeat(waiting))))
    return HeldTime(table, months, seconds, waited)


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
