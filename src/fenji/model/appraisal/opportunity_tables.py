"""Chances for more business as tables: customers' hints, what several customers ask for, and what ends soon. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.appraisal.failures import DAY_S, duplicate_uids
from fenji.model.appraisal.queries import list_query
from fenji.model.appraisal.tables import Cell, Column, FigureTable, TableRow, ValueType
from fenji.text import fold, fold_code

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import TicketFact
    from fenji.model.appraisal.kinds import KindInputs
    from fenji.model.contracts import Contract, Contracts

HINT_MONTHS = 24  # up to the end of the period, in which a hint still counts
ENDING_DAYS = 180
_VOLUME_MONTHS = 12  # whose tickets are counted for a contract that ends
_MIN_CUSTOMERS = 2
_Demand = tuple[str, str, str]  # system, subsystem and part, folded


def build_opportunity_tables(inputs: KindInputs) -> list[FigureTable]:
    """Return the tables of customers' hints, of requests by several customers, and of what ends within 180 days."""
    found = _Opportunities(inputs)
    return [found.hints(), found.demand(), *found.ending()]


class _Opportunities:
    def __init__(self, inputs: KindInputs) -> None:
        self.inputs, self.facts = inputs, inputs.facts
        self.end = int(inputs.question.at.timestamp())
        self.zone = inputs.question.period.zone
        self.tickets = [ticket for ticket in self.facts.tickets.rows() if 0 < ticket.reported < self.end]

    def _months_before(self, months: int) -> int:
        period = self.inputs.question.period
        return min(int(period.before(months=months).start.timestamp()), int(period.start.timestamp()))

    def _day(self, seconds: int) -> date:
        return datetime.fromtimestamp(seconds, UTC).astimezone(self.zone).date()

    # --- hints ----------------------------------------------------------------------------------------------------

    def hints(self) -> FigureTable:
        """Return the table of customers' hints, the latest first, each with the ticket that followed it up."""
        start, follow_ups = self._months_before(HINT_MONTHS), self._follow_ups()
        hinting = [ticket for ticket in self.tickets if ticket.opportunity and start <= _told(ticket) < self.end]
        hinting.sort(key=lambda ticket: (-_told(ticket), ticket.id))
        rows = [TableRow(self._hint_cells(ticket, follow_ups.get(ticket.uid, ()))) for ticket in hinting]
        open_count = sum(not follow_ups.get(ticket.uid) for ticket in hinting)
        note = Sentence("without a follow-up ticket: {count}", {"count": open_count})
        return FigureTable("hints", Sentence("What customers hinted at"), _HINT_COLUMNS, rows, None, [note])

    def _hint_cells(self, ticket: TicketFact, follow_ups: Sequence[TicketFact]) -> dict[str, Cell]:
        first = min(follow_ups, key=lambda other: other.reported, default=None)
        return {
            "ticket": Cell(ticket.id, list_query([ticket.id])),
            "customer": Cell(ticket.customer or ticket.requester),
            "told": Cell(self._day(_told(ticket))),
            "age_days": Cell((self.end - _told(ticket)) // DAY_S),
            "follow_up": Cell(first.id, list_query(other.id for other in follow_ups)) if first else Cell(),
            "opportunity": Cell(ticket.opportunity),
        }

    def _follow_ups(self) -> Mapping[str, Sequence[TicketFact]]:
        """Return for each ticket those reported later and linked with it, in either direction, not as a duplicate."""
        facts = self.inputs.whole or self.facts  # a ticket that followed need not match the query
        tickets = [ticket for ticket in facts.tickets.rows() if 0 < ticket.reported < self.end]
        by_number = {number: ticket for ticket in tickets for number in (ticket.formerly, ticket.id) if number}
        by_uid = {ticket.uid: ticket for ticket in tickets}
        found: dict[str, list[TicketFact]] = defaultdict(list)
        for link in facts.links.rows():
            pair = by_uid.get(link.uid), by_number.get(link.to)
            if link.relation != "duplicate" and pair[0] and pair[1]:
                first, later = sorted((pair[0], pair[1]), key=lambda ticket: ticket.reported)
                found[first.uid].append(later)
        return found

    # --- demand ---------------------------------------------------------------------------------------------------

    def demand(self) -> FigureTable:
        """Return the table of what several customers asked for: requests with the same system, subsystem and part."""
        start, duplicates = self._months_before(HINT_MONTHS), duplicate_uids(self.facts)
        groups: dict[_Demand, list[TicketFact]] = defaultdict(list)
        for ticket in self.tickets:
            is_wanted = ticket.kind == "request" and ticket.state != "withdrawn" and ticket.reported >= start
            if is_wanted and self.facts.words.numbers[ticket.uid] not in duplicates and _names_a_thing(ticket):
                groups[fold(ticket.system), fold(ticket.subsystem), fold_code(ticket.part)].append(ticket)
        shared = [group for group in groups.values() if len(_customers(group)) >= _MIN_CUSTOMERS]
        shared.sort(key=lambda group: (-len(_customers(group)), -len(group), group[0].id))
        rows = [TableRow(self._demand_cells(group)) for group in shared]
        return FigureTable("demand", Sentence("Asked for by several customers"), _DEMAND_COLUMNS, rows)

    def _demand_cells(self, group: Sequence[TicketFact]) -> dict[str, Cell]:
        latest = max(group, key=lambda ticket: (ticket.reported, ticket.id))
        customers = _customers(group)
        return {
            "thing": Cell(" ".join(filter(None, (latest.system, latest.subsystem, latest.part)))),
            "customers": Cell(len(customers)),
            "tickets": Cell(len(group), list_query(ticket.id for ticket in group)),
            "latest": Cell(self._day(latest.reported)),
            "names": Cell(", ".join(sorted(customers.values()))),
        }

    # --- what ends ------------------------------------------------------------------------------------------------

    def ending(self) -> Iterator[FigureTable]:
        """Yield the table of warranties, prepaid years and contracts that end within 180 days; needs contracts.yaml."""
        contracts = self.inputs.contracts()
        if contracts is None:
            return
        today = self._day(self.end - 1)
        rows = [
            TableRow(self._ending_cells(contract, what, until, today))
            for until, _, what, contract in sorted(
                ((until, contract.key, what, contract) for contract, what, until in _ends(contracts, today)),
                key=lambda end: (end[0], end[1], str(end[2])),
            )
            if today <= until <= today + timedelta(days=ENDING_DAYS)
        ]
        title = Sentence("Ends within {days} days", {"days": ENDING_DAYS})
        yield FigureTable("ending", title, _ENDING_COLUMNS, rows)

    def _ending_cells(self, contract: Contract, what: Sentence, until: date, today: date) -> dict[str, Cell]:
        start = int(self.inputs.question.period.before(months=_VOLUME_MONTHS).start.timestamp())
        served = [
            ticket.id
            for ticket in self.tickets
            if ticket.reported >= start and contract.serves(ticket.customer, ticket.system)
        ]
        return {
            "contract": Cell(contract.key),
            "what": Cell(what),
            "until": Cell(until),
            "days_left": Cell((until - today).days),
            "tickets": Cell(len(served), list_query(served)),
            "customers": Cell(", ".join(contract.customers)),
        }


def _told(ticket: TicketFact) -> int:
    """Return when the customer gave the final feedback, as far as the log tells."""
    return ticket.confirmed or ticket.solved or ticket.reported


def _names_a_thing(ticket: TicketFact) -> bool:
    """Whether a request names a subsystem or part: requests that name only a system need not be alike."""
    return bool(ticket.subsystem or ticket.part)


def _customers(group: Sequence[TicketFact]) -> dict[str, str]:
    """Return the customers of requests, each in one of its spellings, by the folded name."""
    return {fold(ticket.customer): ticket.customer for ticket in group if ticket.customer}


def _ends(contracts: Contracts, today: date) -> Iterator[tuple[Contract, Sentence, date]]:
    """Yield what ends by the contracts in force: a warranty, a year of prepaid hours, a contract itself."""
    version = contracts.at(today)
    later = [other for other in contracts.versions if other.since > today]
    for contract in version.contracts.values() if version else ():
        if contract.warranty:
            yield contract, Sentence("warranty"), contract.warranty.until
        begun = contract.pool.year_of(today) if contract.pool else None
        if contract.pool and begun:
            next_year = contract.pool.year_of(begun + timedelta(days=367))
            yield contract, Sentence("hours paid in advance"), (next_year or begun) - timedelta(days=1)
        without = next((other for other in later if contract.key not in other.contracts), None)
        if without:
            yield contract, Sentence("contract"), without.since - timedelta(days=1)


_HINT_COLUMNS = (
    Column("ticket", ValueType.TICKET, Sentence("ticket"), is_key=True),
    Column("customer", ValueType.TEXT, Sentence("customer"), drop=3),
    Column("told", ValueType.DATE, Sentence("told on"), drop=2),
    Column("age_days", ValueType.NUMBER, Sentence("days ago")),
    Column("follow_up", ValueType.TICKET, Sentence("followed up by")),
    Column("opportunity", ValueType.TEXT, Sentence("hint")),
)
_DEMAND_COLUMNS = (
    Column("thing", ValueType.TEXT, Sentence("what for"), is_key=True),
    Column("customers", ValueType.NUMBER, Sentence("customers")),
    Column("tickets", label=Sentence("tickets")),
    Column("latest", ValueType.DATE, Sentence("latest on")),
    Column("names", ValueType.TEXT, Sentence("who"), drop=1),
)
_ENDING_COLUMNS = (
    Column("contract", ValueType.TEXT, Sentence("contract"), is_key=True),
    Column("what", ValueType.TEXT, Sentence("what ends")),
    Column("until", ValueType.DATE, Sentence("last day")),
    Column("days_left", ValueType.NUMBER, Sentence("days left")),
    Column("tickets", label=Sentence("tickets in twelve months")),
    Column("customers", ValueType.TEXT, Sentence("customers"), drop=1),
)
