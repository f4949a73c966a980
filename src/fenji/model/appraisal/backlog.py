"""Tickets not finished at an instant, by whoever held them then: read from the stretches of each ticket. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, compress, repeat
from operator import add, gt, sub
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.appraisal.codes import Codes, GroupKey, Numbers, both, choose, mark, pack, spread, unmark
from fenji.model.appraisal.facts import GOES_ON
from fenji.model.appraisal.figures import AGE_BANDS, Backlog
from fenji.model.appraisal.grouping import HOLDER_KEYS, MONTH

if TYPE_CHECKING:
    from fenji.model.appraisal.columns import Table
    from fenji.model.appraisal.facts import Facts, StretchFact
    from fenji.model.appraisal.grouping import Grouping
    from fenji.model.periods import Period

Ages = Callable[[str, datetime, datetime], int]  # (site, report, instant) → open dates of the site's calendar between
RUNNING, WAITING, SOLVED = "running", "waiting", "solved"
_BAND_STARTS = [first for first, _ in AGE_BANDS]


class OpenTicket(Struct, frozen=True):
    """A ticket not finished at an instant; `age` counts open dates since the date of the report, 0 once solved.

    `in_time`: the ticket was solved before its promise ran out, and is not confirmed yet.
    """

    id: str
    state: str
    age: int
    since: datetime
    in_time: bool

    @property
    def band(self) -> int:
        """The index of the age band of the ticket."""
        return bisect_right(_BAND_STARTS, self.age) - 1


OpenTickets = dict[GroupKey, list[OpenTicket]]


def find_open_tickets(facts: Facts, grouping: Grouping, at: datetime, count_age: Ages) -> OpenTickets:
    """Return the tickets open at an instant, by row; with rows by month, at the end of each month that has begun."""
    begun = {month: span for month, span in grouping.spans().items() if span.start < at or not month}
    opened = facts.derive(("open", tuple(begun.items()), at), lambda: _open_at(facts, begun, at, count_age))
    codes = grouping.codes_of_rows(opened.table, months=opened.months)
    found: dict[int, list[OpenTicket]] = defaultdict(list)
    for code, ticket in zip(codes.numbers, opened.tickets, strict=True):
        found[code].append(ticket)
    return codes.by_key(found)


class _OpenTickets(Struct, frozen=True):
    """The open tickets, with the stretch that each was in and the month at whose end it was open."""

    table: Table[StretchFact]
    months: Codes
    tickets: Sequence[OpenTicket]


def _open_at(facts: Facts, begun: Mapping[int, Period], at: datetime, count_age: Ages) -> _OpenTickets:
    """Return the tickets open at the end of each month, or at `at`; a stretch counts once for each such instant."""
    instants = [min(month.end, at) for month in begun.values()]
    seconds = [int(instant.timestamp()) for instant in instants]
    crossing = _find_crossing(facts, seconds if len(begun) == 1 else _bounds_until(begun.values(), at))
    spans = list(map(range, *(map(partial(bisect_right, seconds), ends) for ends in (crossing.begins, crossing.ends))))
    owners = array("I", chain.from_iterable(map(repeat, crossing.places, map(len, spans))))
    table = crossing.stretches.take(owners)
    numbers = pack(chain.from_iterable(spans), len(begun))
    opened = _describe_open(facts, table, [instants[number] for number in numbers], count_age)
    return _OpenTickets(table, Codes(numbers, [(month,) for month in begun]), list(opened))


def _bounds_until(months: Iterable[Period], at: datetime) -> list[int]:
    """Return the second in which the first month begins, and those in which each month ends, the last at most `at`."""
    listed = list(months)
    instants = [*(month.start for month in listed), *(min(month.end, at) for month in listed[-1:])]
    return [int(instant.timestamp()) for instant in instants]


class _CrossingStretches(Struct, frozen=True):
    """All stretches of tickets not closed before the first of some instants, marked where they may contain an instant.

    `edges`: where the stretches of tickets closed from each instant on begin; the last edge is the end of all. `marks`
    has 1 for each stretch that may contain an instant; `places`, `begins` and `ends` list these. All others ended
    before the next instant.
    """

    stretches: Table[StretchFact]
    edges: Sequence[int]
    marks: bytes
    places: array[int]
    begins: array[int]
    ends: array[int]


def _find_crossing(facts: Facts, bounds: Sequence[int]) -> _CrossingStretches:
    """Return the stretches that may contain some instants, cached for further calls with the same ones."""
    return facts.derive(("crossing", tuple(bounds)), lambda: _crossing(facts, bounds))


def _crossing(facts: Facts, bounds: Sequence[int]) -> _CrossingStretches:
    """Find the stretches: if a ticket was closed between two instants, a stretch begun between them ended there too."""
    stretches = _stretches_since(facts, bounds[0] - 1 if bounds else GOES_ON)
    starts, lengths = stretches.columns["start"], stretches.columns["length"]
    edges = [0, *(stretches.columns.find("closed", bound) for bound in bounds[1:]), len(stretches)]
    spans = zip(bounds, edges, edges[1:], strict=False)
    marks = b"".join(bytes(map(gt, repeat(bound), starts[first:end])) for bound, first, end in spans)
    places = array("I", compress(range(len(stretches)), marks))
    begins = array("q", map(starts.__getitem__, places))
    ends = array("q", map(add, begins, map(lengths.__getitem__, places)))
    return _CrossingStretches(stretches, edges, marks, places, begins, ends)


def _describe_open(
    facts: Facts, table: Table[StretchFact], instants: Iterable[datetime], count_age: Ages
) -> Iterator[OpenTicket]:
    """Yield the open ticket of each stretch at its instant."""
    places, columns, words = facts.places_of(table).places, facts.tickets.columns, facts.words.common
    sites, reports = map(words.__getitem__, columns.pick("site", places)), columns.pick("reported", places)
    stretches = zip(table.column("state"), table.columns["start"], table.columns["in_time"], strict=True)
    begun = map(sub, instants, repeat(timedelta(seconds=1)))  # an age counts the dates begun before the instant
    rows = zip(facts.numbers_at(places), sites, map(_instant, reports), stretches, begun, strict=False)
    for number, site, reported, (state, start, in_time), at in rows:
        age = 0 if state == SOLVED else count_age(site, reported, at)
        yield OpenTicket(number, state, age, _instant(start), bool(in_time))


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _stretches_since(facts: Facts, start: int) -> Table[StretchFact]:
    """Return the stretches of tickets that were not closed before an instant."""
    whole = facts.stretches
    first = whole.columns.find("closed", start, bisect_right)
    return facts.derive(("stretches", first), lambda: whole.cut(first, len(whole)))


class HeldTime(Struct, frozen=True):
    """Stretches of tickets, each once for each month it lies in, with the seconds for which it was held in that month.

    Some may have 0 seconds: those of solved tickets, and those outside the period.
    """

    table: Table[StretchFact]
    months: Codes
    seconds: Sequence[int]
    is_waiting: bytes

    def find_shares(self, grouping: Grouping) -> dict[GroupKey, float]:
        """Return the share of waiting in the held time of each row; rows without held time are left out."""
        rows = grouping.codes_of_rows(self.table, months=self.months)
        waited = add_up(choose(rows.numbers, self.is_waiting), compress(self.seconds, self.is_waiting), len(rows.keys))
        return _divide(rows, waited, add_up(rows.numbers, self.seconds, len(rows.keys)))

    def by_ticket(self, uids: Sequence[int]) -> TicketTime:
        """Return the total time of each ticket, over all months and holders, in the order of these uids."""
        own, last = self.table.columns.peek("uid"), max(uids, default=-1)
        held = add_up(own, self.seconds, last + 1)
        waited = add_up(choose(own, self.is_waiting), compress(self.seconds, self.is_waiting), last + 1)
        return TicketTime(*(array("q", map(sums.__getitem__, uids)) for sums in (held, waited)))


class TicketTime(Struct, frozen=True):
    """The seconds for which each ticket was held, and those for which it waited."""

    seconds: Sequence[int]
    waited: Sequence[int]

    def find_shares(self, rows: Codes) -> dict[GroupKey, float]:
        """Return the share of waiting in the held time of each row; `rows` has one code for each ticket."""
        waited = add_up(choose(rows.numbers, self.waited), filter(None, self.waited), len(rows.keys))
        return _divide(rows, waited, add_up(rows.numbers, self.seconds, len(rows.keys)))


def _divide(rows: Codes, parts: Sequence[int], wholes: Sequence[int]) -> dict[GroupKey, float]:
    return {key: part / whole for key, part, whole in zip(rows.keys, parts, wholes, strict=True) if whole}


def add_up(numbers: Numbers, lengths: Iterable[int], count: int) -> list[int]:
    """Return the sum of the lengths of each number below `count`."""
    if count == 1:
        return [sum(lengths)]
    sums = [0] * count
    for number, length in zip(numbers, lengths, strict=True):
        sums[number] += length
    return sums


def find_held_time(facts: Facts, grouping: Grouping, at: datetime) -> HeldTime:
    """Return the stretches of open tickets within a period, up to an instant, with the months they belong to."""
    spans = grouping.spans()
    return _held_in_one(facts, spans, at) if len(spans) == 1 else _held_in_each(facts, spans, at)


def find_waiting_shares(facts: Facts, grouping: Grouping, at: datetime) -> dict[GroupKey, float]:
    """Return by row the share of waiting in the time that tickets were open within the period."""
    name = "held", grouping.period, MONTH in grouping.keys, tuple(grouping.spans()), at
    held = facts.derive(name, lambda: find_held_time(facts, grouping, at))
    if grouping.keys and {MONTH, *HOLDER_KEYS}.isdisjoint(grouping.keys):
        time = facts.derive((*name, "tickets"), lambda: held.by_ticket(facts.tickets.columns.peek("uid")))
        return time.find_shares(grouping.codes_of_all_tickets())
    return held.find_shares(grouping)


def _mark_states(facts: Facts, stretches: Table[StretchFact], *states: str) -> bytes:
    return mark(stretches.columns.peek("state"), set(map(facts.words.find, states)))


def _held_in_each(facts: Facts, spans: Mapping[int, Period], at: datetime) -> HeldTime:
    """Return the held time in each of several consecutive months, a stretch once for each month it lies in."""
    keys, bounds = (
        [(month,) for month in spans],
        _bounds_until([span for span in spans.values() if span.start < at], at),
    )
    crossing = _find_crossing(facts, bounds)
    stretches, edges = crossing.stretches, crossing.edges
    is_held = _mark_states(facts, stretches, RUNNING, WAITING)
    closed = edges[-2]  # number of stretches of tickets closed within the months
    seconds = stretches.columns["length"][:closed]
    for place in compress(range(closed), unmark(both(unmark(crossing.marks[:closed]), is_held[:closed]))):
        seconds[place] = 0
    within = spread(list(map(sub, edges[1:-1], edges)), keys)

    is_held_crossing = bytes(map(is_held.__getitem__, crossing.places))
    owners, begins, ends = (
        array(column.typecode, compress(column, is_held_crossing))
        for column in (crossing.places, crossing.begins, crossing.ends)
    )
    uppers = bounds[1:-1]  # a stretch lies in the months from that of its begin to that of its end
    lasts = map(add, map(partial(bisect_left, uppers), ends), repeat(1))
    parts = list(map(range, map(partial(bisect_right, uppers), begins), lasts))
    numbers = array("I", chain.from_iterable(parts))
    owners, begins, ends = (
        array(column.typecode, chain.from_iterable(map(repeat, column, map(len, parts))))
        for column in (owners, begins, ends)
    )
    since = map(max, begins, map(bounds.__getitem__, numbers))
    until = map(min, ends, map(bounds[1:].__getitem__, numbers))
    seconds.extend(map(max, map(sub, until, since), repeat(0)))  # 0 if it ended before the first month
    table = stretches.cut(0, closed).joined(stretches.take(owners))
    months = pack(chain(within.numbers, numbers), len(keys))
    is_waiting = _mark_states(facts, stretches, WAITING)
    waiting_rows = is_waiting[:closed] + bytes(map(is_waiting.__getitem__, owners))
    return HeldTime(table, Codes(months, keys), seconds, waiting_rows)


def _held_in_one(facts: Facts, spans: Mapping[int, Period], at: datetime) -> HeldTime:
    """Return the held time in a period that is not cut into months."""
    ((month, period),) = spans.items()
    first, last = int(period.start.timestamp()), int(min(period.end, at).timestamp())
    stretches = _stretches_since(facts, first)
    starts, lengths = stretches.columns["start"], stretches.columns["length"]
    lasting = stretches.columns.find("closed", last, bisect_right)  # all others end before
    left = map(sub, repeat(last), starts[lasting:])
    seconds = lengths[:lasting] + array("q", map(max, map(min, lengths[lasting:], left), repeat(0)))
    for place in compress(range(len(stretches)), map(gt, repeat(first), starts)):
        seconds[place] = max(seconds[place] + starts[place] - first, 0)
    for place in compress(range(len(stretches)), unmark(_mark_states(facts, stretches, RUNNING, WAITING))):
        seconds[place] = 0
    months = Codes(bytes(len(stretches)), [(month,)])
    return HeldTime(stretches, months, seconds, _mark_states(facts, stretches, WAITING))


def summarize_backlog(tickets: Sequence[OpenTicket]) -> Backlog:
    """Count open tickets by state and age."""
    if not tickets:
        return Backlog()
    solved = [ticket for ticket in tickets if ticket.state == SOLVED]
    return Backlog(
        running=_count_bands(ticket for ticket in tickets if ticket.state == RUNNING),
        waiting=_count_bands(ticket for ticket in tickets if ticket.state == WAITING),
        unconfirmed=len(solved),
        unconfirmed_met=sum(ticket.in_time for ticket in solved),
        oldest_unconfirmed=min((ticket.since for ticket in solved), default=None),
    )


def list_open(tickets: Sequence[OpenTicket]) -> dict[str, list[str]]:
    """Return the numbers of the open tickets, and of those solved and not confirmed."""
    return {
        "backlog": [ticket.id for ticket in tickets if ticket.state != SOLVED],
        "unconfirmed": [ticket.id for ticket in tickets if ticket.state == SOLVED],
    }


def _count_bands(tickets: Iterable[OpenTicket]) -> tuple[int, ...]:
    counts = Counter(ticket.band for ticket in tickets)
    return tuple(counts[place] for place in range(len(AGE_BANDS)))
