"""Resource lines of a period, and the exact numbers on them. Pure."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from fenji.model.periods import day_number

if TYPE_CHECKING:
    from fenji.model.appraisal.columns import Table
    from fenji.model.appraisal.facts import Facts, LineFact
    from fenji.model.periods import Period

NO_NUMBER = Decimal(0)


def select_lines(facts: Facts, period: Period) -> Table[LineFact]:
    """Return the lines whose date is in a period; a line without a date is in none."""
    first, last = day_number(period.first), day_number(period.last)
    return facts.lines.between("on", first, last + 1)


def to_decimal(text: str) -> Decimal:
    """Return a number that a line holds as text; 0 if it is empty or no finite number."""
    try:
        number = Decimal(text or "0")
    except InvalidOperation:
        return NO_NUMBER
    return number if number.is_finite() else NO_NUMBER
