"""What was not finished at an instant, by whoever held it then: read off the stretches of each ticket. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate, chain, compress, repeat
from operator import add, mul, sub
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.appraisal.codes import Codes, GroupKey, both, find_ends, mark, pack, unmark
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
        return bisect_right(_BAND_STARTS, self.age) - 1


OpenTickets = dict[GroupKey, list[OpenTicket]]


def find_open_tickets(facts: Facts, grouping: Grouping, at: datetime, count_age: Ages) -> OpenTickets:
    """Return what was open at an instant, by row; where rows go by months, at the end of each that has begun."""
    begun = {month: min(span.end, at) for month, span in grouping.spans().items() if span.start < at or not month}
    opened = facts.derive(("open", tuple(begun.items())), lambda: _open_at(facts, begun, count_age))
    codes = grouping.codes_of_rows(opened.table, months=opened.months)
    found: dict[int, list[OpenTicket]] = defaultdict(list)
    for code, ticket in zip(codes.numbers, opened.tickets, strict=True):
        found[code].append(ticket)
    return codes.by_key(found)


class _OpenTickets(Struct, frozen=True):
    """The stretches that tickets were in, with the month at whose end, and the tickets themselves."""

    table: Table[StretchFact]
    months: Codes
    tickets: Sequence[OpenTicket]


def _open_at(facts: Facts, begun: Mapping[int, datetime], count_age: Ages) -> _OpenTickets:
    """Return each stretch once for each instant before which it ran; the instants are in their order."""
    instants = list(begun.values())
    seconds = [int(instant.timestamp()) for instant in instants]
    stretches = _stretches_since(facts, seconds[0] - 1 if seconds else GOES_ON)
    crossing = array("I", compress(range(len(stretches)), _crossing(stretches, seconds)[1]))
    starts, lengths = (array("q", map(stretches.columns[name].__getitem__, crossing)) for name in ("start", "length"))
    ends = map(add, starts, lengths)
    spans = list(map(range, *(map(partial(bisect_right, seconds), instants) for instants in (starts, ends))))
    table = stretches.take(array("I", chain.from_iterable(map(repeat, crossing, map(len, spans)))))
    numbers = pack(chain.from_iterable(spans), len(begun))
    opened = _describe_open(facts, table, [instants[number] for number in numbers], count_age)
    return _OpenTickets(table, Codes(numbers, [(month,) for month in begun]), list(opened))


def _crossing(stretches: Table[StretchFact], bounds: Sequence[int]) -> tuple[Sequence[int], bytes]:
    """Return where the stretches of tickets begin that ended from each bound on, and by 1 which may have one in them.

    No ticket ended before the first bound. Of those that ended between two, a stretch that began there ended there.
    """
    edges = [*(stretches.columns.find("closed", bound) for bound in bounds), len(stretches)]
    starts, spans = stretches.columns["start"], zip(bounds, edges, edges[1:], strict=False)
    return edges, b"".join(bytes(map(bound.__gt__, starts[first:last])) for bound, first, last in spans)


def _describe_open(
    facts: Facts, table: Table[StretchFact], instants: Iterable[datetime], count_age: Ages
) -> Iterator[OpenTicket]:
    """Yield the ticket that is in each stretch at an instant."""
    places, columns, words = facts.places_of(table).places, facts.tickets.columns, facts.words.common
    sites, reports = map(words.__getitem__, columns.pick("site", places)), columns.pick("reported", places)
    stretches = zip(table.column("state"), table.columns["start"], table.columns["in_time"], strict=True)
    begun = map(sub, instants, repeat(timedelta(seconds=1)))  # ages count dates that have begun before
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
    """Stretches of tickets, each once for each month it lies in, and for how many seconds of that it was held in it.

    Stretches with no second may be among them: of solved tickets, and what is not in the period.
    """

    table: Table[StretchFact]
    months: Codes
    seconds: Sequence[int]
    is_waiting: bytes

    def find_shares(self, grouping: Grouping) -> dict[GroupKey, float]:
        """Return the share of waiting in the time of each row that was held at all."""
        rows = grouping.codes_of_rows(self.table, months=self.months)
        return _divide(add_up(rows, self.seconds, self.is_waiting), add_up(rows, self.seconds, self.seconds))

    def by_ticket(self) -> TicketTime:
        """Return the same of no month and by no holder, in fewer rows."""
        ends = array("I", compress(range(1, len(self.table) + 1), find_ends(self.table.columns.peek("uid"))))
        table = self.table.take(array("I", [0, *ends][:-1])).only(("uid",))
        waited = map(mul, self.seconds, self.is_waiting)
        return TicketTime(table, *(array("q", _sums_up_to(lengths, ends)) for lengths in (self.seconds, waited)))


class TicketTime(Struct, frozen=True):
    """Tickets, and for how many seconds each was held and waited: a row for its stretches behind each other."""

    table: Table[StretchFact]
    seconds: Sequence[int]
    waited: Sequence[int]

    def find_shares(self, grouping: Grouping) -> dict[GroupKey, float]:
        """Return the share of waiting in the time of each row that was held at all."""
        rows = grouping.codes_of_rows(self.table)
        return _divide(add_up(rows, self.waited, self.waited), add_up(rows, self.seconds, self.seconds))


def _divide(parts: Mapping[GroupKey, int], wholes: Mapping[GroupKey, int]) -> dict[GroupKey, float]:
    return {key: parts.get(key, 0) / whole for key, whole in wholes.items()}


def _sums_up_to(lengths: Iterable[int], ends: Sequence[int]) -> Iterator[int]:
    """Yield the sum of the lengths before each end, from the end before it on."""
    totals = array("q", accumulate(lengths, initial=0))
    at_ends = array("q", map(totals.__getitem__, ends))
    return map(sub, at_ends, chain((0,), at_ends))


def add_up(rows: Codes, lengths: Sequence[int], marks: Iterable[int]) -> dict[GroupKey, int]:
    """Return the sum of those lengths of each row whose mark is not 0; a row for which that is 0 is missing."""
    sums = [0] * len(rows.keys)
    for code, length in compress(zip(rows.numbers, lengths, strict=True), marks):
        sums[code] += length
    return {key: length for key, length in zip(rows.keys, sums, strict=True) if length}


def find_held_time(facts: Facts, grouping: Grouping, at: datetime) -> HeldTime:
    """Return the stretches of open tickets within a period, up to an instant, with the months that they belong to."""
    spans = {month: _span_until(period, at) for month, period in grouping.spans().items()}
    return _held_in_one(facts, spans) if len(spans) == 1 else _held_in_each(facts, spans)


def find_waiting_shares(facts: Facts, grouping: Grouping, at: datetime) -> dict[GroupKey, float]:
    """Return the share of waiting in the time that tickets were open within the period, by whoever held them."""
    name = "held", grouping.period, MONTH in grouping.keys, tuple(grouping.spans()), at
    held = facts.derive(name, lambda: find_held_time(facts, grouping, at))
    if grouping.keys and {MONTH, *HOLDER_KEYS}.isdisjoint(grouping.keys):
        return facts.derive((*name, "tickets"), held.by_ticket).find_shares(grouping)
    return held.find_shares(grouping)


def _span_until(period: Period, at: datetime) -> tuple[int, int]:
    return int(period.start.timestamp()), min(int(period.end.timestamp()), int(at.timestamp()))


def _mark_states(facts: Facts, stretches: Table[StretchFact], *states: str) -> bytes:
    return mark(stretches.columns.peek("state"), set(map(facts.words.find, states)))


def _held_in_each(facts: Facts, spans: Mapping[int, tuple[int, int]]) -> HeldTime:
    """Return the same for each of several months that follow each other, a stretch once for each that it lies in."""
    keys, begun = [(month,) for month in spans], [span for span in spans.values() if span[0] < span[1]]
    bounds = [*(start for start, _ in begun), max((end for _, end in begun), default=0)]
    stretches = _stretches_since(facts, bounds[0] if begun else GOES_ON)
    starts, lengths = stretches.columns["start"], stretches.columns["length"]
    edges, is_crossing = _crossing(stretches, bounds)
    is_held = _mark_states(facts, stretches, RUNNING, WAITING)
    is_within = both(unmark(is_crossing[: edges[-2]]), is_held[: edges[-2]])
    seconds = array("q", map(mul, lengths, is_within))
    within = chain.from_iterable(map(repeat, range(len(edges) - 2), map(sub, edges[1:-1], edges)))

    crossing = array("I", compress(range(len(stretches)), both(is_crossing, is_held)))
    begins = array("q", map(starts.__getitem__, crossing))
    ends = array("q", map(add, begins, map(lengths.__getitem__, crossing)))
    firsts = map(partial(bisect_right, bounds, lo=1), begins)
    lasts = map(partial(bisect_left, bounds, hi=len(begun)), ends)
    parts = list(map(range, firsts, map(add, lasts, repeat(1))))  # the months of each, by the bounds that end them
    numbers = array("I", chain.from_iterable(parts))
    owners, begins, ends = (
        array(column.typecode, chain.from_iterable(map(repeat, column, map(len, parts))))
        for column in (crossing, begins, ends)
    )
    since = map(max, begins, map([0, *bounds].__getitem__, numbers))
    until = map(min, ends, map(bounds.__getitem__, numbers))
    seconds.extend(map(sub, until, since))
    table = stretches.cut(0, edges[-2]).joined(stretches.take(owners))
    months = pack(chain(within, map(sub, numbers, repeat(1))), len(keys))
    return HeldTime(table, Codes(months, keys), seconds, _mark_states(facts, table, WAITING))


def _held_in_one(facts: Facts, spans: Mapping[int, tuple[int, int]]) -> HeldTime:
    """Return the same for a period that is not cut into months."""
    ((month, (first, last)),) = spans.items()
    stretches = _stretches_since(facts, first)
    starts, lengths = stretches.columns["start"], stretches.columns["length"]
    lasting = stretches.columns.find("closed", last, bisect_right)  # all others end before
    left = map(sub, repeat(last), starts[lasting:])
    seconds = lengths[:lasting] + array("q", map(max, map(min, lengths[lasting:], left), repeat(0)))
    if min(starts, default=first) < first:
        begun = map(min, map(sub, starts, repeat(first)), repeat(0))
        seconds = array("q", map(max, map(add, seconds, begun), repeat(0)))
    held = array("q", map(mul, seconds, _mark_states(facts, stretches, RUNNING, WAITING)))
    months = Codes(bytes(len(stretches)), [(month,)])
    return HeldTime(stretches, months, held, _mark_states(facts, stretches, WAITING))


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
    counts = Counter(ticket.band for ticket in tickets)
    return tuple(counts[place] for place in range(len(AGE_BANDS)))
