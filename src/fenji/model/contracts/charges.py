"""What a line of resources is worth by the rates of a contract, before anybody asks who pays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.contracts.money import CURRENCY, plain_number

if TYPE_CHECKING:
    from fenji.model.contracts.contracts import Rates
    from fenji.model.ticket import Value

_DEFAULT_CHARGES = {"people": "hours", "material": "material"}


@dataclass(frozen=True)
class Charge:
    """What a line comes to, not rounded, and of hours how many are charged at which rate."""

    amount: Decimal
    currency: str
    hours: Decimal | None = None
    rate: Decimal | None = None


def charge_kind(item: Mapping[str, Value]) -> str:
    """Return what a line is charged as: what it says itself, else by its kind; the rest is cost."""
    return str(item.get("as") or _DEFAULT_CHARGES.get(str(item.get("kind") or ""), "cost"))


def number_of(item: Mapping[str, Value], part: str) -> Decimal | None:
    """Return a number of a line, None where it is absent."""
    value = item.get(part)
    return value if isinstance(value, Decimal) else None


def round_hours(hours: Decimal, rates: Rates) -> Decimal:
    """Return the hours of one ticket, person and day as they are charged: at least so many, up to the next step."""
    hours = max(hours, rates.least_hours)
    return hours if not rates.step else (hours / rates.step).to_integral_value(ROUND_CEILING) * rates.step


def reckon(item: Mapping[str, Value], rates: Rates, currency: str, hours: Decimal | None) -> Charge | Sentence:
    """Reckon a line; `hours` are those that are charged of it. Returns what is missing where it cannot be reckoned."""
    kind = charge_kind(item)
    if kind == "hours":
        return _reckon_hours(item, rates, currency, hours)
    if kind == "travel":
        return _reckon_travel(item, rates, currency)
    return _reckon_cost(item, rates, currency)


def _reckon_cost(item: Mapping[str, Value], rates: Rates, currency: str) -> Charge | Sentence:
    cost, own_currency = number_of(item, "cost"), str(item.get("currency") or currency)
    if cost is None:
        return Sentence("the line has no cost")
    if not CURRENCY.fullmatch(own_currency):
        return Sentence("{currency} is no currency", {"currency": own_currency})
    if charge_kind(item) != "material":
        return Charge(cost, own_currency)
    if rates.handling and own_currency != currency:
        return Sentence("the cost is in {own}, handling in {currency}", {"own": own_currency, "currency": currency})
    return Charge(cost * (1 + rates.markup) + rates.handling, own_currency)


def _reckon_hours(item: Mapping[str, Value], rates: Rates, currency: str, hours: Decimal | None) -> Charge | Sentence:
    if hours is None:
        return Sentence("the line has no hours")
    role = str(item.get("role") or "default")
    rate = rates.hour(role)
    if rate is None:
        return Sentence("there is no rate for the role {role}", {"role": role})
    return Charge(hours * rate, currency, plain_number(hours), rate)


def _reckon_travel(item: Mapping[str, Value], rates: Rates, currency: str) -> Charge | Sentence:
    """Add up hours on the way, days away, kilometres, and what was paid for the way itself."""
    hour = rates.hour(str(item.get("role") or "default"))
    on_the_way = hour * rates.travel_hours if hour is not None and rates.travel_hours is not None else None
    parts = (("hours", on_the_way), ("days", rates.travel_day), ("km", rates.travel_km), ("cost", Decimal(1)))
    total, found = Decimal(0), False
    for part, rate in parts:
        number = number_of(item, part)
        if number is None:
            continue
        if rate is None:
            return Sentence("there is no rate for {part} of travel", {"part": part})
        total, found = total + number * rate, True
    if not found:
        return Sentence("the line has neither hours, days, kilometres nor cost")
    own_currency = str(item.get("currency") or currency)
    if number_of(item, "cost") is not None and own_currency != currency:
        if any(number_of(item, part) is not None for part in ("hours", "days", "km")):
            return Sentence(
                "the cost is in {own}, the rates in {currency}", {"own": own_currency, "currency": currency}
            )
        return Charge(total, own_currency)
    return Charge(total, currency)
