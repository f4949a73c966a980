"""Amounts of money: decimal, rounded half up to the places of ISO 4217; those of two currencies are never added."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

CURRENCY = re.compile(r"[A-Z]{3}")
_PLACES = {
    currency: places
    for places, currencies in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
    for currency in currencies.split()
}


def currency_places(currency: str) -> int:
    """Return how many decimal places a currency has; two unless the standard names another number."""
    return _PLACES.get(currency, 2)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Round an amount half up, away from zero, to the places of its currency."""
    return amount.quantize(Decimal(1).scaleb(-currency_places(currency)), ROUND_HALF_UP)


def plain_number(number: Decimal) -> Decimal:
    """Return a number without trailing zeros: 3.00 is 3, 0.50 is 0.5."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()
