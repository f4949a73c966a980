"""Figures as values: what a report says about each row. Every output format prints these, none computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.model.appraisal.intervals import SMALL_SAMPLE, Quantile, lies_below, wilson

if TYPE_CHECKING:
    from fenji.model.periods import Period
    from fenji.model.values import JsonValue

CLOCKS = ("response", "solution", "item")
# The names of a clock's counts and rates in JSON.
COUNT_NAMES = {"response": "responded", "solution": "solved", "item": "items"}
RATE_NAMES = {"response": "response", "solution": "solution", "item": "items"}
AGE_BANDS = ((0, 1), (2, 3), (4, 7), (8, 15), (16, None))  # open dates after the date of the report, both ends included
AGE_NAMES = tuple(f"{first}-{last}" if last is not None else f"{first}-" for first, last in AGE_BANDS)


class ClockFigures(Struct, frozen=True):
    """The decided clocks of one kind in a row. `expected` is the rate of the rest of the desk on similar clocks."""

    met: int = 0
    missed: int = 0
    excused: int = 0
    expected: float | None = None
    median: Quantile | None = None
    p90: Quantile | None = None
    calendar: str = ""  # of the lengths; empty: elapsed time less the time held

    @property
    def decided(self) -> int:
        return self.met + self.missed

    @property
    def rate(self) -> float | None:
        """Met of decided; None if nothing is decided (clock rules 25)."""
        return self.met / self.decided if self.decided else None

    @property
    def small(self) -> bool:
        return self.decided < SMALL_SAMPLE

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 90 % interval of the rate; None for fewer than ten decided clocks."""
        return None if self.small else wilson(self.met, self.decided)

    @property
    def flagged(self) -> bool:
        """Whether the 99 % interval of the rate lies below the expected rate."""
        return self.expected is not None and not self.small and lies_below(self.met, self.decided, self.expected)

    @property
    def shown_rate(self) -> float | None:
        """The rate cut (not rounded) to four places, so that 1 means all."""
        return self.met * 10_000 // self.decided / 10_000 if self.decided else None

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form of the rate."""
        low, high = self.interval or (None, None)
        return {
            "rate": self.shown_rate,
            "low": _round(low),
            "high": _round(high),
            "expected": _round(self.expected),
            "flag": self.flagged,
            "small": self.small,
        }


class Backlog(Struct, frozen=True):
    """The tickets not finished at an instant: open ones by age in open dates, and those solved but not confirmed."""

    running: tuple[int, ...] = (0,) * len(AGE_BANDS)
    waiting: tuple[int, ...] = (0,) * len(AGE_BANDS)
    unconfirmed: int = 0
    unconfirmed_met: int = 0  # of `unconfirmed`, those solved in time
    oldest_unconfirmed: datetime | None = None

    @property
    def open(self) -> int:
        return sum(self.running) + sum(self.waiting)

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form of the ages and of the oldest unconfirmed."""
        return {
            "running": dict(zip(AGE_NAMES, self.running, strict=True)),
            "waiting": dict(zip(AGE_NAMES, self.waiting, strict=True)),
            "oldest_unconfirmed": self.oldest_unconfirmed.isoformat() if self.oldest_unconfirmed else None,
        }


class FigureRow(Struct, frozen=True):
    """One row: `key` has its value for each grouping key, `queries` the query for the tickets behind each count."""

    key: Mapping[str, str] = field(default_factory=dict)
    queries: Mapping[str, str] = field(default_factory=dict)
    tickets: int = 0
    clocks: Mapping[str, ClockFigures] = field(default_factory=dict)
    backlog: Backlog = Backlog()
    answers: int = 0  # decided clocks that were stopped; in rows by person, by this person
    waiting_share: float | None = None  # of the time that open tickets were held in the period
    solved_earlier: int = 0  # met solutions that were solved before the period in which they were confirmed
    hours: Decimal = Decimal(0)
    fees: Mapping[str, Decimal] = field(
        default_factory=dict
    )  # costs of lines marked billable, by currency: proposals, not settled by a contract
    costs: Mapping[str, Decimal] = field(default_factory=dict)  # of all lines, by currency
    signs: Mapping[str, int] = field(default_factory=dict)
    brought_in: Mapping[str, int] = field(default_factory=dict)  # decided before tickets were brought in, in no rate

    def clock(self, name: str) -> ClockFigures:
        return self.clocks.get(name, ClockFigures())

    @property
    def with_unconfirmed(self) -> ClockFigures:
        """The solutions including those not confirmed yet, as if they were confirmed now (clock rules 26)."""
        solution, waiting = self.clock("solution"), self.backlog.unconfirmed_met
        return ClockFigures(solution.met + waiting, solution.missed)

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form of the row."""
        counts = {
            f"{COUNT_NAMES[name]}_{answer}": getattr(self.clock(name), answer)
            for name in CLOCKS
            for answer in ("met", "missed", "excused")
        }
        lengths = {
            f"{share}_{name}_s": length.seconds if (length := getattr(self.clock(name), share)) else None
            for name in ("response", "solution")
            for share in ("median", "p90")
        }
        return {
            "key": dict(self.key),
            "queries": dict(self.queries),
            "tickets": self.tickets,
            **counts,
            "attainment": {RATE_NAMES[name]: self.clock(name).mapping() for name in CLOCKS},
            **lengths,
            "lengths": {name: self._length_mapping(name) for name in ("response", "solution")},
            "backlog": self.backlog.open,
            "unconfirmed": self.backlog.unconfirmed,
            "with_unconfirmed": self._with_unconfirmed_mapping(),
            "ages": self.backlog.mapping(),
            "solved_earlier": self.solved_earlier,
            "answers": self.answers,
            "waiting_share": _round(self.waiting_share),
            "hours": str(self.hours),
            "fees": {currency: str(amount) for currency, amount in sorted(self.fees.items())},
            "costs": {currency: str(amount) for currency, amount in sorted(self.costs.items())},
            "signs": dict(sorted(self.signs.items())),
            **dict(sorted(self.brought_in.items())),
        }

    def _with_unconfirmed_mapping(self) -> dict[str, JsonValue]:
        figures = self.with_unconfirmed
        return {"met": figures.met, "decided": figures.decided, "rate": figures.shown_rate}

    def _length_mapping(self, clock: str) -> dict[str, JsonValue]:
        figures = self.clock(clock)
        return {
            "calendar": figures.calendar or None,
            "median_at_least": bool(figures.median and figures.median.at_least),
            "p90_at_least": bool(figures.p90 and figures.p90.at_least),
        }


class Appraisal(Struct, frozen=True):
    """The figures of a period: rows ordered by name, and the total."""

    period: Period
    by: tuple[str, ...]
    at: datetime  # the instant of backlog and lengths
    tickets: int  # number of tickets read
    rows: Sequence[FigureRow]
    total: FigureRow
    changed: Sequence[Mapping[str, JsonValue]] = ()

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form of the report, without the commit that was read."""
        return {
            "period": self.period.mapping(),
            "read": {"at": self.at.isoformat(), "tickets": self.tickets},
            "by": list(self.by),
            "rows": [row.mapping() for row in self.rows],
            "total": self.total.mapping(),
            "changed": list(self.changed),
        }


def _round(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 4)
