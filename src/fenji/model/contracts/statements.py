"""Statements: lines as they are issued, what changed since, numbers and totals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.contracts.money import plain_number
from fenji.model.contracts.settle import POOL, UNKNOWN, PooledLine, PoolUse

if TYPE_CHECKING:
    from fenji.model.contracts.settle import LineName, SettledLine
    from fenji.model.periods import Period
    from fenji.model.values import JsonValue

NEW, MINUS, PLUS = "new", "minus", "plus"
_DECIMALS = ("quantity", "hours", "rate", "amount", "charged")


class IssuedLine(Struct, frozen=True):
    """A line of an issued statement; a `minus` cancels everything issued for its line before."""

    change: str
    uid: str
    ticket: str
    key: str
    on: date
    kind: str
    what: str
    who: str
    role: str
    outcome: str
    why: str
    quantity: Decimal | None
    hours: Decimal | None
    rate: Decimal | None
    amount: Decimal
    charged: Decimal
    currency: str

    @property
    def name(self) -> LineName:
        return self.uid, self.key

    @property
    def says(self) -> tuple[date | str | tuple[Decimal | None, ...], ...]:
        """The values that a later statement compares: all but texts and the number, which a merge may change."""
        numbers = (self.quantity, self.hours, self.rate, self.amount, self.charged)
        plain = tuple(None if number is None else plain_number(number) for number in numbers)
        return self.on, self.kind, self.role, self.outcome, plain, self.currency

    def mapping(self) -> dict[str, str]:
        """Return the line for JSON: every value as text, absent ones left out."""
        values = {key: getattr(self, key) for key in self.__struct_fields__}
        return {key: _to_text(value) for key, value in values.items() if value not in (None, "")}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, JsonValue]) -> IssuedLine:
        """Read a line of an issued file. Raises KeyError, TypeError or ValueError if it is not one."""
        texts = {key: str(mapping.get(key, "")) for key in cls.__struct_fields__}
        numbers = {key: Decimal(texts[key]) if texts[key] else None for key in _DECIMALS}
        for key in ("amount", "charged"):
            if numbers[key] is None:
                raise KeyError(key)
        return cls(**{**texts, **numbers, "on": date.fromisoformat(texts["on"])})  # type: ignore[arg-type]


StatementLine = IssuedLine  # as it would be issued


def _to_text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def make_line(line: SettledLine, change: str, why: str) -> StatementLine:
    """Make the line of a statement; `why` is in the language of the desk."""
    assert line.on is not None
    assert line.amount is not None
    return IssuedLine(
        change,
        line.uid,
        line.number,
        line.key,
        line.on,
        line.kind,
        line.what,
        line.who,
        line.role,
        line.outcome,
        why,
        line.quantity,
        line.hours,
        line.rate,
        line.amount,
        line.charged,
        line.currency,
    )


def in_force(issued: Iterable[IssuedLine]) -> dict[LineName, list[IssuedLine]]:
    """Return the issued lines that are still in force, by line; `issued` is in the order of issue."""
    standing: dict[LineName, list[IssuedLine]] = {}
    for line in issued:
        if line.change == MINUS:
            standing.pop(line.name, None)
        else:
            standing.setdefault(line.name, []).append(line)
    return standing


def pool_use(issued: Mapping[str, Sequence[IssuedLine]]) -> PoolUse:
    """Return the pool hours that issued statements have settled, by contract and line in the order of issue.

    `issued` has the issued lines by contract; a line may have been on statements of another contract before.
    """
    used: dict[PooledLine, Decimal] = defaultdict(Decimal)
    for contract, name, lines in (
        (contract, name, lines) for contract, own in issued.items() for name, lines in in_force(own).items()
    ):
        used[contract, *name] += sum((line.hours or Decimal(0) for line in lines if line.outcome == POOL), Decimal(0))
    return PoolUse(dict(used))


def list_changes(
    current: Sequence[tuple[SettledLine, str]], issued: Sequence[IssuedLine], contract: str, period: Period
) -> list[StatementLine]:
    """Return the lines of the next statement of a contract for a period: new ones, and the changes of issued ones.

    `current` are all settled lines, each with its reason in words; a changed line becomes minus the old plus the new.
    A line that is unknown now stays as it was issued; one that nobody pays and whose worth is unknown is on none.
    """
    standing, unknown = in_force(issued), {line.name for line, _ in current if line.outcome == UNKNOWN}
    now: dict[LineName, list[tuple[SettledLine, str]]] = defaultdict(list)
    for line, why in current:
        if line.amount is not None and line.contract == contract and line.on and period.holds(line.on):
            now[line.name].append((line, why))
    changes: list[StatementLine] = []
    for name, lines in standing.items():
        if name in unknown or name in now or not any(period.holds(line.on) for line in lines):
            continue
        changes += [_take_back(line) for line in lines]
    for name, lines_now in now.items():
        fresh = [make_line(line, PLUS if name in standing else NEW, why) for line, why in lines_now]
        former = standing.get(name, [])
        if sorted(map(repr, (line.says for line in fresh))) != sorted(map(repr, (line.says for line in former))):
            changes += [*map(_take_back, former), *fresh]
    return changes


def _take_back(line: IssuedLine) -> IssuedLine:
    negated = {key: -value for key in ("hours", "amount", "charged") if (value := getattr(line, key)) is not None}
    values = {key: getattr(line, key) for key in line.__struct_fields__}
    return IssuedLine(**{**values, **negated, "change": MINUS})


def total_by_currency(lines: Iterable[StatementLine]) -> dict[str, Decimal]:
    """Return the sum of the charged amounts, rounded by line, for each currency."""
    totals: dict[str, Decimal] = {}
    for line in lines:
        totals[line.currency] = totals.get(line.currency, Decimal(0)) + line.charged
    return totals


def next_number(contract: str, period: str, taken: Collection[str]) -> str:
    """Return the number of the next statement: `ST-CONTRACT-2026-11`, then `-S1`, `-S2` for supplements."""
    number, supplement = f"ST-{contract}-{period}", 0
    while (candidate := f"{number}-S{supplement}" if supplement else number) in taken:
        supplement += 1
    return candidate
