"""What a line of resources is worth by the rates of a contract, whoever pays."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Sentence
from fenji.model.contracts.money import CURRENCY, plain_number

if TYPE_CHECKING:
    from fenji.model.contracts.contracts import Rates
    from fenji.model.ticket import ResourceItem

_DEFAULT_CHARGES = {"people": "hours", "material": "material"}


class Charge(Struct, frozen=True):
    """The charge of a line, not rounded; for hours also how many are charged at which rate."""

    amount: Decimal
    currency: str
    hours: Decimal | None = None
    rate: Decimal | None = None


def charge_kind(item: ResourceItem) -> str:
    """Return what a line is charged as: as it says itself, else by its kind, else as cost."""
    return item.charged_as or _DEFAULT_CHARGES.get(item.kind, "cost")


def round_hours(hours: Decimal, rates: Rates) -> Decimal:
    """Return the hours charged for one ticket, person and day: at least the minimum, rounded up to the next step.

    Hours that are zero or negative, such as corrections, are not rounded.
    """
    if hours <= 0:
        return hours
    hours = max(hours, rates.least_hours)
    return hours if not rates.step else (hours / rates.step).to_integral_value(ROUND_CEILING) * rates.step


def reckon(item: ResourceItem, rates: Rates, currency: str, hours: Decimal | None) -> Charge | Sentence:
    """Return the charge of a line with so many charged `hours`, or the sentence that says what is missing."""
    kind = charge_kind(item)
    if kind == "hours":
        return _reckon_hours(item, rates, currency, hours)
    if kind == "travel":
        return _reckon_travel(item, rates, currency)
    return _reckon_cost(item, rates, currency)


def _reckon_cost(item: ResourceItem, rates: Rates, currency: str) -> Charge | Sentence:
    cost, own_currency = item.cost, item.currency or currency
    if cost is None:
        return Sentence("the line has no cost")
    if not CURRENCY.fullmatch(own_currency):
        return Sentence("not a currency: {currency}", {"currency": own_currency})
    if charge_kind(item) != "material":
        return Charge(cost, own_currency)
    if rates.handling and own_currency != currency:
        return Sentence("the cost is in {own}, handling in {currency}", {"own": own_currency, "currency": currency})
    return Charge(cost * (1 + rates.markup) + rates.handling, own_currency)


def _reckon_hours(item: ResourceItem, rates: Rates, currency: str, hours: Decimal | None) -> Charge | Sentence:
    if hours is None:
        return Sentence("the line has no hours")
    role = item.role or "default"
    rate = rates.hour(role)
    if rate is None:
        return Sentence("there is no rate for the role {role}", {"role": role})
    return Charge(hours * rate, currency, plain_number(hours), rate)


def _reckon_travel(item: ResourceItem, rates: Rates, currency: str) -> Charge | Sentence:
    """Add up travel hours, days away, kilometres, and the cost of the travel itself."""
    hour = rates.hour(item.role or "default")
    on_the_way = hour * rates.travel_hours if hour is not None and rates.travel_hours is not None else None
    parts = (
        ("hours", item.hours, on_the_way),
        ("days", item.days, rates.travel_day),
        ("km", item.km, rates.travel_km),
        ("cost", item.cost, Decimal(1)),
    )
    total, found = Decimal(0), False
    for part, number, rate in parts:
        if number is None:
            continue
        if rate is None:
            return Sentence("there is no rate for {part} of travel", {"part": part})
        total, found = total + number * rate, True
    if not found:
        return Sentence("the line has neither hours, days, kilometres nor cost")
    own_currency = item.currency or currency
    if item.cost is not None and own_currency != currency:
        if any(number is not None for number in (item.hours, item.days, item.km)):
            return Sentence(
                "the cost is in {own}, the rates in {currency}", {"own": own_currency, "currency": currency}
            )
        return Charge(total, own_currency)
    return Charge(total, currency)
