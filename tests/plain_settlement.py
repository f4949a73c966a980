"""Who pays which line, worked out again in the plainest way from the text of contracts.yaml and the lines themselves.

Written only from the rules of docs/contracts.md: fractions for decimals, one loop for each rule, nothing of fenji.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Any

from msgspec import Struct, field

Line = Mapping[str, Any]


class PlainTicket(Struct):
    """The facts of a ticket that decide who pays."""

    number: str
    kind: str
    customer: str
    system: str
    reported: date
    lines: Sequence[Line]
    failed: date | None = None
    fault_of: str = ""
    because: str = ""
    serial: str = ""
    solved: date | None = None


class Answer(Struct):
    """The settlement of a line, or of a part of it: outcome, hours, and its worth in hundredths."""

    ticket: str
    key: str
    outcome: str
    hours: Fraction | None = None
    cents: int | None = None


class _Work(Struct):
    ticket: PlainTicket
    line: Line
    contract: Mapping[str, Any] | None
    rates: Mapping[str, Any]
    name: str = ""
    hours: Fraction | None = None
    rate: Fraction | None = None
    worth: Fraction | None = None
    outcome: str = ""
    answers: list[Answer] = field(default_factory=list)


def _number(value: object) -> Fraction:
    text = str(value)
    return Fraction(text.rstrip("%")) / 100 if text.endswith("%") else Fraction(text)


def cents(amount: Fraction) -> int:
    """Return an amount in hundredths; halves are rounded away from zero."""
    return floor(amount * 100 + Fraction(1, 2)) if amount >= 0 else -floor(-amount * 100 + Fraction(1, 2))


def settle(document: Mapping[str, Any], tickets: Sequence[PlainTicket], own_units: Sequence[str]) -> list[Answer]:
    """Settle all lines by hand, as somebody with paper would."""
    work = [_find_contract(document, ticket, line) for ticket in tickets for line in ticket.lines]
    work.sort(key=lambda each: (each.line["on"] or date.max, each.ticket.number, int(each.line["key"][1:])))
    _charge_hours(work)
    for each in work:
        _reckon(each)
        each.outcome = _decide(each, tickets, own_units)
    _spend(work)
    return [answer for each in work for answer in each.answers]


def _find_contract(document: Mapping[str, Any], ticket: PlainTicket, line: Line) -> _Work:
    versions = [version for version in (document, *document.get("earlier", [])) if line["on"]]
    holding = [version for version in versions if date.fromisoformat(version["since"]) <= line["on"]]
    if not holding:
        return _Work(ticket, line, None, {})
    version = max(holding, key=lambda each: each["since"])
    fitting = []
    for name, contract in version["contracts"].items():
        names = [word for key, more in contract["customer"].items() for word in (key, *more)]
        if ticket.customer in names and (not contract.get("systems") or ticket.system in contract["systems"]):
            fitting.append((name, contract))
    if len(fitting) != 1:
        return _Work(ticket, line, None, {})
    name, contract = fitting[0]
    rates = {key: dict(value) for key, value in version["rates"].items()}
    for key, value in contract.get("rates", {}).items():
        rates[key] = {**rates.get(key, {}), **value}
    return _Work(ticket, line, contract, rates, name)


def _kind(line: Line) -> str:
    return str(line.get("as") or {"people": "hours", "material": "material"}.get(line["kind"], "cost"))


def _charge_hours(work: Sequence[_Work]) -> None:
    days: defaultdict[tuple[str, str, date], list[_Work]] = defaultdict(list)
    for each in work:
        if each.contract and _kind(each.line) == "hours" and "hours" in each.line:
            each.hours = _number(each.line["hours"])
            days[each.ticket.number, each.line["who"], each.line["on"]].append(each)
    for same in days.values():
        least = same[-1].rates.get("least", {})
        total = sum((each.hours or 0 for each in same), Fraction(0))
        charged = max(total, _number(least.get("hours", 0))) if total > 0 else total
        step = _number(least.get("step", 0))
        charged = ceil(charged / step) * step if step and total > 0 else charged
        same[-1].hours = (same[-1].hours or Fraction(0)) + charged - total


def _reckon(each: _Work) -> None:
    """Set what a line is worth, unless something is missing."""
    line, rates = each.line, each.rates
    if each.contract is None:
        return
    rate = rates.get("hours", {}).get(line.get("role", "default"), rates.get("hours", {}).get("default"))
    if _kind(line) == "hours":
        if each.hours is not None and rate is not None:
            each.rate = _number(rate)
            each.worth = each.hours * each.rate
    elif _kind(line) == "travel":
        each.worth = _travel(line, rates.get("travel", {}), rate)
    elif "cost" in line:
        material = rates.get("material", {}) if _kind(line) == "material" else {}
        markup, handling = _number(material.get("markup", 0)), _number(material.get("handling", 0))
        each.worth = _number(line["cost"]) * (1 + markup) + handling


def _travel(line: Line, travel: Mapping[str, Any], rate: object) -> Fraction | None:
    total, found = Fraction(0), False
    share = None if rate is None or "hours" not in travel else _number(rate) * _number(travel["hours"])
    each = {"hours": share, "days": travel.get("day"), "km": travel.get("km"), "cost": 1}
    for part, price in each.items():
        if part in line:
            if price is None:
                return None
            total, found = total + _number(line[part]) * _number(price), True
    return total if found else None


def _decide(each: _Work, tickets: Sequence[PlainTicket], own_units: Sequence[str]) -> str:
    """Return the outcome of a line by the first rule that applies; the rules are listed in their order."""
    ticket, line, contract = each.ticket, each.line, each.contract
    settled = line.get("settle", {})
    if contract is None or each.worth is None:
        nobody_pays = settled.get("why") and settled.get("as") in ("warranty", "ours")
        return str(settled["as"]) if nobody_pays else "unknown"
    pool = contract.get("pool")
    rules = (
        (settled.get("why") and settled.get("as"), str(settled.get("as"))),
        (ticket.kind == "quality" and not ticket.fault_of and not ticket.because, "unknown"),
        (ticket.fault_of in own_units, "ours"),
        (ticket.because and ticket.because in contract.get("not_covered", []), "billable"),
        (_is_under_warranty(each, contract, tickets), "warranty"),
        (pool and ticket.kind in pool["kinds"] and _kind(line) == "hours" and line["on"] >= _day(pool["from"]), "pool"),
    )
    return next((outcome for holds, outcome in rules if holds), "billable")


def _day(text: object) -> date:
    return date.fromisoformat(str(text))


def _is_under_warranty(each: _Work, contract: Mapping[str, Any], tickets: Sequence[PlainTicket]) -> bool:
    warranty, ticket = contract.get("warranty"), each.ticket
    if not warranty or ticket.kind not in warranty["kinds"] or _kind(each.line) not in warranty["covers"]:
        return False
    failed = ticket.failed or ticket.reported
    if _day(warranty["from"]) <= failed <= _day(warranty["until"]):
        return True
    within = timedelta(days=int(str(warranty.get("repaired_parts", "-1d")).rstrip("d")))
    return any(
        other.number != ticket.number
        and other.kind == "quality"
        and other.serial
        and other.serial == ticket.serial
        and other.solved is not None
        and timedelta(0) <= failed - other.solved <= within
        for other in tickets
    )


def _spend(work: Sequence[_Work]) -> None:
    left: dict[tuple[str, int, int, int], Fraction] = {}  # by contract, and when the year of its pool began
    for each in work:
        name, key = each.ticket.number, str(each.line["key"])
        pool = (each.contract or {}).get("pool")
        if each.outcome != "pool" or not pool or each.hours is None or each.rate is None:
            worth = None if each.outcome == "unknown" or each.worth is None else cents(each.worth)
            each.answers = [Answer(name, key, each.outcome, each.hours if each.rate is not None else None, worth)]
            continue
        begins = _day(pool["from"])
        years = (each.line["on"].year - begins.year) - (
            (each.line["on"].month, each.line["on"].day) < (begins.month, begins.day)
        )
        year = each.name, begins.year + years, begins.month, begins.day
        paid = min(each.hours, left.setdefault(year, _number(pool["hours"])))
        left[year] -= paid
        rest = each.hours - paid
        if paid or not rest:
            each.answers.append(Answer(name, key, "pool", paid, cents(paid * each.rate)))
        if rest:
            each.answers.append(Answer(name, key, "billable", rest, cents(rest * each.rate)))
