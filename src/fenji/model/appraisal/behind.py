"""The tickets behind a figure, listed from facts without reading their files. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Sentence
from fenji.model.appraisal.facts import EXCUSED, MISSED, SEPARATOR
from fenji.model.appraisal.narrow import select
from fenji.model.appraisal.table_keys import ANSWER_LABELS, CLOCK_LABELS
from fenji.model.appraisal.tables import Cell, Column, FigureTable, TableRow, ValueType
from fenji.model.ticket import PLAN_PREFIX

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import Facts, TicketFact, VerdictFact
    from fenji.model.filters import RowFilter
    from fenji.model.values import JsonValue

_ORDER = {MISSED: 0, EXCUSED: 1}  # these are listed before all others


class CountedTicket(Struct, frozen=True):
    """A ticket behind a figure, with the verdict that the figure counts; `clock` is empty if it counts none.

    `seconds` is how late a missed clock is, by the wall clock as its ticket shows it, or how long another one took
    without waits. `at` is when the verdict became final; without a verdict, when the ticket was reported.
    """

    uid: str
    id: str
    title: str
    state: str
    kind: str
    level: str
    person: str
    unit: str
    clock: str
    item: str
    answer: str
    at: datetime
    seconds: int | None

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form."""
        return {
            "ticket": self.id,
            "title": self.title,
            "state": self.state,
            "kind": self.kind,
            "level": self.level,
            "person": self.person,
            "unit": self.unit,
            "clock": self.clock or None,
            "item": self.item or None,
            "answer": self.answer or None,
            "at": self.at.isoformat(),
            "seconds": self.seconds,
        }


def list_counted(facts: Facts, row_filter: RowFilter, *, now: datetime) -> list[CountedTicket]:
    """Return the tickets that match a filter: missed ones first, then excused ones, each the latest first.

    Raises InvalidUsage as `narrow` does.
    """
    found = [
        entry
        for fact, verdicts in select(facts, row_filter)
        for entry in _entries(fact, verdicts if row_filter.verdict_tests else (), now)
    ]
    found.sort(key=lambda entry: (entry.at, entry.id), reverse=True)
    return sorted(found, key=lambda entry: _ORDER.get(entry.answer, len(_ORDER)))


def list_decided(
    facts: Facts, start: datetime, end: datetime, *, clock: str = "", now: datetime
) -> list[CountedTicket]:
    """Return each verdict that became final in [start, end), of one clock or all, with its ticket; the latest first."""
    verdicts: dict[str, list[VerdictFact]] = defaultdict(list)
    for verdict in facts.verdicts.between("at", int(start.timestamp()), int(end.timestamp())).rows():
        if clock in ("", verdict.clock):
            verdicts[verdict.uid].append(verdict)
    chosen = facts.tickets.select(bytes(uid in verdicts for uid in facts.tickets.column("uid")))
    found = [entry for fact in chosen.rows() for entry in _entries(fact, verdicts[fact.uid], now)]
    return sorted(found, key=lambda entry: (entry.at, entry.id), reverse=True)


def _entries(fact: TicketFact, verdicts: Sequence[VerdictFact], now: datetime) -> Iterator[CountedTicket]:
    own = fact.uid, fact.id, fact.title, fact.state, fact.kind
    if not verdicts:
        unit = fact.units.partition(SEPARATOR)[0]
        yield CountedTicket(*own, fact.priority, fact.owner, unit, "", "", "", _instant(fact.reported), None)
    for verdict in verdicts:
        seconds = verdict.elapsed_s
        if verdict.answer == MISSED:
            read_at = int(now.timestamp())
            seconds = max(min(verdict.late_until or read_at, read_at) - verdict.late_from, 0)
        yield CountedTicket(
            *own,
            *(verdict.level, verdict.person, verdict.unit, verdict.clock, verdict.item, verdict.answer),
            _instant(verdict.at),
            seconds,
        )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def build_tickets_table(tickets: Sequence[CountedTicket], zone: tzinfo) -> FigureTable:
    """Return the table of counted tickets, with dates in the time zone of the report."""
    columns = [
        Column("ticket", ValueType.TICKET, Sentence("Ticket"), is_key=True),
        Column("clock", ValueType.TEXT, Sentence("Clock")),
        Column("verdict", ValueType.TEXT, Sentence("Verdict")),
        Column("decided", ValueType.DATE, Sentence("decided")),
        Column("level", ValueType.TEXT, Sentence("priority"), drop=4),
        Column("person", ValueType.TEXT, Sentence("person"), drop=1),
        Column("unit", ValueType.TEXT, Sentence("unit"), drop=3),
        Column("title", ValueType.TEXT, Sentence("Title"), drop=2),
    ]
    title = Sentence("The tickets behind the report")
    return FigureTable("tickets", title, columns, [_ticket_row(ticket, zone) for ticket in tickets])


def _ticket_row(ticket: CountedTicket, zone: tzinfo) -> TableRow:
    return TableRow(
        {
            "ticket": Cell(ticket.id),
            "clock": Cell(f"{PLAN_PREFIX}{ticket.item}" if ticket.item else CLOCK_LABELS[ticket.clock]),
            "verdict": Cell(ANSWER_LABELS[ticket.answer]),
            "decided": Cell(ticket.at.astimezone(zone).date()),
            "level": Cell(ticket.level),
            "person": Cell(ticket.person),
            "unit": Cell(ticket.unit),
            "title": Cell(ticket.title),
        }
    )
