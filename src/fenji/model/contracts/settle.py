"""Settle lines of resources: who pays each, by the first rule that applies, and why.

The rules, in order: by hand with a reason; unknown if something is missing; our own fault; a fault that the contract
does not cover; warranty, or a repaired part that failed again; hours paid in advance; billable.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from fenji.errors import Sentence
from fenji.model.contracts.charges import Charge, charge_kind, reckon, round_hours
from fenji.model.contracts.money import plain_number, round_money
from fenji.model.ticket.ticket import natural_sort_key
from fenji.text import fold

if TYPE_CHECKING:
    from fenji.model.contracts.contracts import Contract, Contracts, Pool
    from fenji.model.ticket import ResourceItem, Ticket

UNKNOWN, OURS, WARRANTY, POOL, BILLABLE = "unknown", "ours", "warranty", "pool", "billable"
OUTCOMES = (BILLABLE, POOL, WARRANTY, OURS, UNKNOWN)
LineName = tuple[str, str]  # uid of the ticket, key of the line
PooledLine = tuple[str, str, str]  # key of a contract, and the name of a line


class SettledLine(Struct, frozen=True):
    """A line of resources, or the part of it that one rule settles; `amount` is its rounded worth, whoever pays.

    For an unknown line `why` says what is missing, and `amount` is None; so it is for a line that nobody pays by hand
    (`ours`, `warranty`) and whose worth cannot be reckoned.
    """

    uid: str
    number: str
    key: str
    kind: str
    what: str
    on: date | None
    who: str
    unit: str
    role: str
    outcome: str
    why: Sentence
    contract: str = ""
    quantity: Decimal | None = None
    hours: Decimal | None = None
    rate: Decimal | None = None
    amount: Decimal | None = None
    currency: str = ""
    customer: str = ""

    @property
    def name(self) -> LineName:
        return self.uid, self.key

    @property
    def charged(self) -> Decimal:
        """The amount that the customer pays."""
        if self.outcome == BILLABLE and self.amount is not None:
            return self.amount
        return round_money(Decimal(0), self.currency)


class _Draft(Struct, frozen=True):
    """A line that is not settled yet, with its contract; `missing` says why there is no contract."""

    ticket: Ticket
    item: ResourceItem
    on: date | None
    contract: Contract | None = None
    currency: str = ""
    missing: Sentence | None = None

    @property
    def name(self) -> LineName:
        return self.ticket.uid, self.item.key


class PoolUse(Struct, frozen=True):
    """The pool hours that statements have settled, in the order of issue; they are not settled again."""

    hours: Mapping[PooledLine, Decimal] = field(default_factory=dict)


def settle_lines(
    tickets: Sequence[Ticket],
    contracts: Contracts,
    *,
    own_units: Iterable[str],
    zone_of: Callable[[str], tzinfo],
    issued: PoolUse | None = None,
) -> list[SettledLine]:
    """Settle every line of the tickets; the result is sorted by day, ticket and key, and has a split line twice.

    `zone_of` returns the zone of a site, which decides the day of a report.
    """
    drafts = [_draft_line(ticket, item, contracts) for ticket in tickets for item in ticket.resources]
    drafts.sort(key=_draft_order)
    hours = _charged_hours(drafts)
    settler = _Settler(frozenset(own_units), zone_of, _list_repairs(tickets, zone_of))
    lines = [settler.settle(draft, hours.get(draft.name)) for draft in drafts]
    pools = {draft.name: draft.contract.pool for draft in drafts if draft.contract and draft.contract.pool}
    return list(_spend_pools(lines, pools, issued or PoolUse()))


def _draft_order(draft: _Draft) -> tuple[date, str, list[tuple[int, int, str]]]:
    return draft.on or date.max, draft.ticket.id, natural_sort_key(draft.item.key)


def _draft_line(ticket: Ticket, item: ResourceItem, contracts: Contracts) -> _Draft:
    on = date.fromisoformat(item.day) if item.day else None
    if on is None:
        return _Draft(ticket, item, None, missing=Sentence("the line does not say which day"))
    version = contracts.at(on)
    customer, system = ticket.word("requester.unit"), ticket.word("product.system")
    known = version.contracts.values() if version else ()
    fitting = [contract for contract in known if contract.serves(customer, system)]
    if version is None or not fitting:
        missing = Sentence("no contract on that day fits {customer}", {"customer": customer or "-"})
        return _Draft(ticket, item, on, missing=missing)
    if len(fitting) > 1:
        names = tuple(contract.key for contract in fitting)
        return _Draft(ticket, item, on, missing=Sentence("several contracts fit: {names}", {"names": names}))
    return _Draft(ticket, item, on, fitting[0], version.currency)


def _charged_hours(drafts: Iterable[_Draft]) -> dict[LineName, Decimal]:
    """Return the hours charged for each line; the hours of one ticket, person and day are rounded up together.

    The hours that rounding adds go to the last of these lines.
    """
    groups: dict[tuple[str, str, date | None], list[_Draft]] = defaultdict(list)
    for draft in drafts:
        if draft.contract and charge_kind(draft.item) == "hours" and draft.item.hours is not None:
            groups[draft.ticket.uid, draft.item.who, draft.on].append(draft)
    charged: dict[LineName, Decimal] = {}
    for group in groups.values():
        own = {draft.name: draft.item.hours or Decimal(0) for draft in group}
        total, last = sum(own.values(), Decimal(0)), group[-1]
        assert last.contract is not None
        charged |= own
        charged[last.name] += round_hours(total, last.contract.rates) - total
    return charged


def _list_repairs(tickets: Iterable[Ticket], zone_of: Callable[[str], tzinfo]) -> dict[str, list[tuple[date, str]]]:
    """Return, by serial number, the days on which quality tickets were solved, each with the ticket's uid."""
    repairs: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for ticket in tickets:
        serial = fold(ticket.word("product.serial").strip())
        solved = max((event.at for event in ticket.log if event.do == "solve"), default=None)
        if serial and solved and ticket.kind == "quality" and ticket.state in ("solved", "confirmed", "archived"):
            repairs[serial].append((solved.astimezone(zone_of(ticket.site)).date(), ticket.uid))
    return repairs


class _Settler(Struct, frozen=True):
    """Settles single lines; hours that a pool may pay get the outcome POOL, and are shared out afterwards."""

    own_units: frozenset[str]
    zone_of: Callable[[str], tzinfo]
    repairs: Mapping[str, Sequence[tuple[date, str]]]

    def settle(self, draft: _Draft, hours: Decimal | None) -> SettledLine:
        line = _blank_line(draft)
        charge = (
            reckon(draft.item, draft.contract.rates, draft.currency, hours)
            if draft.contract
            else draft.missing or Sentence("no contract fits")
        )
        if isinstance(charge, Sentence):
            outcome, why = _settle_without_charge(draft) or (UNKNOWN, charge)
            return replace(line, outcome=outcome, why=why)
        line = _with_charge(line, charge)
        outcome, why = self._find_outcome(draft)
        return replace(line, outcome=outcome, why=why, amount=None if outcome == UNKNOWN else line.amount)

    def _find_outcome(self, draft: _Draft) -> tuple[str, Sentence]:
        """Return the outcome of the first rule that applies, and the reason."""
        rules = (self._settle_by_fault, self._settle_by_warranty, _settle_by_pool)
        assert draft.contract is not None
        answers = (rule(draft, draft.contract) for rule in rules)
        return _settle_by_hand(draft) or next((answer for answer in answers if answer), (BILLABLE, _BILLABLE))

    def _settle_by_fault(self, draft: _Draft, contract: Contract) -> tuple[str, Sentence] | None:
        fault_of, because = draft.ticket.word("fault.of"), draft.ticket.word("fault.because")
        if draft.ticket.kind == "quality" and not (fault_of or because):
            return UNKNOWN, Sentence("the party at fault is not named")
        if fault_of in self.own_units:
            return OURS, Sentence("our own fault: {unit}", {"unit": fault_of})
        if because in contract.not_covered:
            return BILLABLE, Sentence("{because} is not covered", {"because": Sentence(because)})
        return None

    def _settle_by_warranty(self, draft: _Draft, contract: Contract) -> tuple[str, Sentence] | None:
        covered = self._find_warranty(draft, contract)
        return (WARRANTY, covered) if covered else None

    def _find_warranty(self, draft: _Draft, contract: Contract) -> Sentence | None:
        warranty, ticket = contract.warranty, draft.ticket
        if not warranty or ticket.kind not in warranty.kinds or charge_kind(draft.item) not in warranty.covers:
            return None
        failed = self._failed_on(ticket)
        if failed is None:
            return None
        if warranty.begins <= failed <= warranty.until:
            return Sentence("under warranty until {until}", {"until": warranty.until.isoformat()})
        if warranty.repaired_parts is None:
            return None
        serial = fold(ticket.word("product.serial").strip())
        others = (solved for solved, uid in self.repairs.get(serial, ()) if uid != ticket.uid)
        again = any(solved <= failed <= solved + warranty.repaired_parts for solved in others)
        values = {"days": warranty.repaired_parts.days}
        return Sentence("a repaired part that failed again within {days} days", values) if again else None

    def _failed_on(self, ticket: Ticket) -> date | None:
        """Return the day on which the product failed, else the day of the report in the zone of the site."""
        if ticket.word("failed"):
            return date.fromisoformat(ticket.word("failed"))
        reported = ticket.reported_at
        return reported.astimezone(self.zone_of(ticket.site)).date() if reported else None


def _settle_by_hand(draft: _Draft) -> tuple[str, Sentence] | None:
    """Return the outcome that a person set with a reason; a bare `billable` is only a proposal."""
    settled = draft.item.settle
    if not settled or not settled.why or not settled.outcome:
        return None
    if settled.outcome not in _BY_HAND:
        return UNKNOWN, Sentence("it is settled by hand as {word}, which is unknown", {"word": settled.outcome})
    return settled.outcome, Sentence("by hand: {why}", {"why": settled.why})


_BY_HAND = (BILLABLE, POOL, WARRANTY, OURS)


def _settle_without_charge(draft: _Draft) -> tuple[str, Sentence] | None:
    """Return what a person set for a line without contract or amount; what the customer or a pool pays needs both."""
    by_hand = _settle_by_hand(draft)
    return by_hand if by_hand and by_hand[0] not in (BILLABLE, POOL) else None


def _settle_by_pool(draft: _Draft, contract: Contract) -> tuple[str, Sentence] | None:
    pool = contract.pool
    if not pool or charge_kind(draft.item) != "hours" or draft.ticket.kind not in pool.kinds or not draft.on:
        return None
    year = pool.year_of(draft.on)
    values = {"hours": pool.hours, "day": year.isoformat() if year else ""}
    return (POOL, Sentence("of the {hours} hours paid in advance from {day} on", values)) if year else None


_BILLABLE = Sentence("neither warranty nor hours paid in advance cover it")


def _blank_line(draft: _Draft) -> SettledLine:
    item, ticket = draft.item, draft.ticket
    return SettledLine(
        ticket.uid,
        ticket.id,
        item.key,
        charge_kind(item),
        item.what,
        draft.on,
        item.who,
        item.unit,
        item.role,
        UNKNOWN,
        Sentence(""),
        draft.contract.key if draft.contract else "",
        item.quantity,
        customer=ticket.word("requester.unit"),
    )


def _with_charge(line: SettledLine, charge: Charge) -> SettledLine:
    amount = round_money(charge.amount, charge.currency)
    return replace(line, hours=charge.hours, rate=charge.rate, amount=amount, currency=charge.currency)


# --- hours paid in advance ----------------------------------------------------------------------------------------


def _spend_pools(
    lines: Sequence[SettledLine], pools: Mapping[LineName, Pool], issued: PoolUse
) -> Iterator[SettledLine]:
    """Share out the hours of each pool and year: issued lines first, as issued, then by day, ticket and key.

    The contract in force on the day of each line says how many hours there are in a year.
    """
    spent: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    given: dict[LineName, Decimal] = {}
    waiting = [line for line in lines if line.outcome == POOL and line.hours is not None and line.name in pools]
    for line in waiting:
        given[line.name] = min(issued.hours.get((line.contract, *line.name), Decimal(0)), line.hours or Decimal(0))
        spent[_pool_year(line, pools)] += given[line.name]
    places = {name: place for place, name in enumerate(issued.hours)}
    for line in sorted(waiting, key=lambda line: places.get((line.contract, *line.name), len(places))):
        year, wanted = _pool_year(line, pools), (line.hours or Decimal(0)) - given[line.name]
        more = max(min(wanted, pools[line.name].hours - spent[year]), Decimal(0))
        given[line.name] += more
        spent[year] += more
    for line in lines:
        yield from _split(line, given[line.name]) if line.name in given else [line]


def _pool_year(line: SettledLine, pools: Mapping[LineName, Pool]) -> tuple[str, date]:
    assert line.on is not None
    return line.contract, pools[line.name].year_of(line.on) or line.on


def _split(line: SettledLine, hours: Decimal) -> Iterator[SettledLine]:
    """Split a line into the part that the pool pays and the billable rest."""
    rest = (line.hours or Decimal(0)) - hours
    if hours or not rest:
        yield replace(line, hours=plain_number(hours), amount=_worth(line, hours))
    if rest:
        why = Sentence("the hours paid in advance are used up")
        yield replace(line, hours=plain_number(rest), amount=_worth(line, rest), outcome=BILLABLE, why=why)


def _worth(line: SettledLine, hours: Decimal) -> Decimal:
    return round_money(hours * (line.rate or Decimal(0)), line.currency)
