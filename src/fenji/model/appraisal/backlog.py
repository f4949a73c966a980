"""What was not finished at an instant, by whoever held it then: read off the stretches of each ticket. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import compress
from typing import TYPE_CHECKING

from fenji.model.appraisal.figures import AGE_BANDS, Backlog

if TYPE_CHECKING:
    from fenji.model.appraisal.columns import Table
    from fenji.model.appraisal.facts import Facts, StretchFact
    from fenji.model.appraisal.grouping import Grouping, GroupKey

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
    begun = {month: span for month, span in grouping.spans().items() if span.start < at or not month}
    instants = [min(span.end, at) for span in begun.values()]
    stretches, numbers = _open_at(facts, instants)
    months, uids = list(begun), stretches.columns["uid"]
    keys = grouping.of_rows(stretches, months=[months[number] for number in numbers])
    found: OpenTickets = {}
    for key, uid, stretch, number in zip(keys, uids, stretches.rows(), numbers, strict=True):
        ticket = _open_ticket(facts, grouping.ticket_places[uid], stretch, instants[number], count_age)
        found.setdefault(key, []).append(ticket)
    return found


def _open_at(facts: Facts, instants: Sequence[datetime]) -> tuple[Table[StretchFact], list[int]]:
    """Return each stretch once for each instant before which it ran, and the place of that among the instants.

    The instants are in their order.
    """
    seconds = [int(instant.timestamp()) for instant in instants]
    places, numbers = list[int](), list[int]()
    for place, start, end in _touching(facts, seconds[0] - 1, seconds[-1]) if seconds else ():
        found = range(bisect_right(seconds, start), bisect_right(seconds, end))
        places += [place] * len(found)
        numbers += found
    return _take(facts.stretches, places), numbers


def _touching(facts: Facts, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches of which some second lies in [start, end): place, own start, and own end."""
    columns = facts.stretches.columns
    first, last = bisect_right(columns["closed"], start), len(facts.stretches)
    spans = zip(columns.cut("start", first, last), columns.cut("end", first, last), strict=True)
    for place, (own_start, own_end) in enumerate(spans, first):
        if own_start < end and own_end > start:
            yield place, own_start, own_end


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
    keys: Sequence[GroupKey]
    seconds: Sequence[int]


def find_held_time(facts: Facts, grouping: Grouping, at: datetime) -> HeldTime:
    """Return the stretches of open tickets within a period, up to an instant, with the rows that they belong to."""
    months, spans = list(grouping.spans()), list(grouping.spans().values())
    starts = [int(span.start.timestamp()) for span in spans]
    ends = [min(int(span.end.timestamp()), int(at.timestamp())) for span in spans]
    if len(spans) == 1:
        return _held_in_one(facts, grouping, starts[0], ends[0])
    places, of_months, seconds = list[int](), list[int](), list[int]()
    for place, start, end in _touching(facts, starts[0], ends[-1]):
        for number in range(max(bisect_right(starts, start) - 1, 0), bisect_left(starts, end)):
            length = min(end, ends[number]) - max(start, starts[number])
            if length > 0:
                places.append(place)
                of_months.append(months[number])
                seconds.append(length)
    table = _take(facts.stretches, places)
    solved = facts.words.find(SOLVED)
    is_open = bytes(state != solved for state in table.columns["state"])
    table = table.select(is_open)
    keys = grouping.of_rows(table, months=list(compress(of_months, is_open)))
    return HeldTime(table, keys, list(compress(seconds, is_open)))


def _held_in_one(facts: Facts, grouping: Grouping, start: int, end: int) -> HeldTime:
    """Return the same for a period that is not cut into months."""
    stretches = facts.stretches.cut(bisect_right(facts.stretches.columns["closed"], start), len(facts.stretches))
    columns, solved = stretches.columns, facts.words.find(SOLVED)
    lengths = [
        (own_end if own_end < end else end) - (own_start if own_start > start else start)
        for own_start, own_end in zip(columns["start"], columns["end"], strict=True)
    ]
    is_held = bytes(length > 0 and state != solved for length, state in zip(lengths, columns["state"], strict=True))
    table = stretches.select(is_held)
    months = [next(iter(grouping.spans()))] * len(table)
    return HeldTime(table, grouping.of_rows(table, months=months), list(compress(lengths, is_held)))


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
