"""What was not finished at an instant, by whoever held it then: read off the stretches of each ticket. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fenji.model.appraisal.figures import AGE_BANDS, Backlog

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import Facts, StretchFact, Table
    from fenji.model.appraisal.grouping import Grouping, GroupKey

Ages = Callable[[str, datetime, datetime], int]  # (site, report, instant) → open dates of the site's calendar between
RUNNING, WAITING, SOLVED = "running", "waiting", "solved"
_NEVER = 1 << 60  # the end of a stretch that goes on


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
    months, words = list(begun), facts.words.numbers
    keys = grouping.of_rows(stretches, months=[months[number] for number in numbers])
    found: OpenTickets = {}
    for key, stretch, number in zip(keys, stretches.rows(), numbers, strict=True):
        place = grouping.ticket_places[words[stretch.uid]]
        found.setdefault(key, []).append(_open_ticket(facts, place, stretch, instants[number], count_age))
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
    return facts.stretches.take(places), numbers


def _touching(facts: Facts, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches of which some second lies in [start, end): place, own start, and own end."""
    columns = facts.stretches.columns
    for place, (own_start, own_end) in enumerate(zip(columns["start"], columns["end"], strict=True)):
        if own_start < end and (own_end > start or not own_end):
            yield place, own_start, own_end or _NEVER


def _open_ticket(facts: Facts, place: int, stretch: StretchFact, at: datetime, count_age: Ages) -> OpenTicket:
    words, tickets = facts.words.words, facts.tickets.columns
    site = words[tickets["site"][place]]
    reported, since = (datetime.fromtimestamp(seconds, UTC) for seconds in (tickets["reported"][place], stretch.start))
    age = 0 if stretch.state == SOLVED else count_age(site, reported, at)
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
    states, solved = facts.stretches.columns["state"], facts.words.numbers.get(SOLVED, -1)
    places, of_months, seconds = list[int](), list[int](), list[int]()
    for place, start, end in _touching(facts, starts[0], ends[-1]):
        if states[place] != solved:
            for number in range(max(bisect_right(starts, start) - 1, 0), bisect_left(starts, end)):
                length = min(end, ends[number]) - max(start, starts[number])
                if length > 0:
                    places.append(place)
                    of_months.append(months[number])
                    seconds.append(length)
    table = facts.stretches.take(places)
    return HeldTime(table, grouping.of_rows(table, months=of_months), seconds)


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
