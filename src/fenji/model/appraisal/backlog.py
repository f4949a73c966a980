"""What was not finished at an instant, by whoever held it then: read off the stretches of each ticket. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fenji.model.appraisal.figures import AGE_BANDS, Backlog

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import Facts, StretchFact, Table
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
    instants = {0: at}
    if grouping.months:
        begun = [(place, month) for place, month in enumerate(grouping.months) if month.start < at]
        instants = {grouping.month_word(place): min(month.end, at) for place, month in begun}
    found: OpenTickets = {}
    for (month, instant), stretches in zip(instants.items(), _open_at(facts, list(instants.values())), strict=True):
        keys = grouping.of_rows(stretches, month=month)
        for key, stretch in zip(keys, stretches.rows(), strict=True):
            place = grouping.ticket_places[facts.words.numbers[stretch.uid]]
            found.setdefault(key, []).append(_open_ticket(facts, place, stretch, instant, count_age))
    return found


def _open_at(facts: Facts, instants: Sequence[datetime]) -> list[Table[StretchFact]]:
    """Return the stretches in which each of some instants lies; the instants in their order."""
    seconds = [int(instant.timestamp()) for instant in instants]
    columns, places = facts.stretches.columns, [list[int]() for _ in seconds]
    first = seconds[0] if seconds else 0
    for place, (start, end) in enumerate(zip(columns["start"], columns["end"], strict=True)):
        if end and end < first:
            continue
        for number in range(bisect_right(seconds, start), bisect_right(seconds, end) if end else len(seconds)):
            places[number].append(place)
    return [facts.stretches.take(found) for found in places]


def _open_ticket(facts: Facts, place: int, stretch: StretchFact, at: datetime, count_age: Ages) -> OpenTicket:
    words, tickets = facts.words.words, facts.tickets.columns
    site = words[tickets["site"][place]]
    reported, since = (datetime.fromtimestamp(seconds, UTC) for seconds in (tickets["reported"][place], stretch.start))
    age = 0 if stretch.state == SOLVED else count_age(site, reported, at)
    return OpenTicket(facts.number_at(place), stretch.state, age, since, stretch.in_time)


@dataclass(frozen=True)
class HeldTime:
    """The stretches in which tickets ran or waited within a period, and the seconds of each that lie in it."""

    table: Table[StretchFact]
    seconds: Sequence[int]


def open_within(facts: Facts, period: Period, at: datetime) -> HeldTime:
    """Return the stretches of open tickets within a period, up to an instant."""
    first, last = int(period.start.timestamp()), int(min(period.end, at).timestamp())
    columns, solved = facts.stretches.columns, facts.words.numbers.get(SOLVED, -1)
    lengths = [
        min(end or last, last) - max(start, first) if state != solved else 0
        for start, end, state in zip(columns["start"], columns["end"], columns["state"], strict=True)
    ]
    table = facts.stretches.select(bytes(seconds > 0 for seconds in lengths))
    return HeldTime(table, [seconds for seconds in lengths if seconds > 0])


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
