"""Rates with what can be said of them: Wilson's interval, and quantiles of lengths of which some still run. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, exp, lgamma, log, log1p, sqrt

from msgspec import Struct

SMALL_SAMPLE = 10  # with fewer decided a rate says little (clock rules 27)
SHOWN = 1.6448536269514722  # standard deviations of a 90 % interval
_FLAGGED_TAIL = 0.005  # what a 99 % interval leaves out on each side


class Quantile(Struct, frozen=True):
    """A length in seconds; `at_least` where it falls among those that still run."""

    seconds: int
    at_least: bool


def wilson(met: int, decided: int) -> tuple[float, float]:
    """Return Wilson's score interval of a rate; `decided` is at least 1."""
    rate, square = met / decided, SHOWN * SHOWN
    centre = rate + square / (2 * decided)
    spread = SHOWN * sqrt(rate * (1 - rate) / decided + square / (4 * decided * decided))
    scale = 1 + square / decided
    return max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0)


def lies_below(met: int, decided: int, expected: float) -> bool:
    """Whether the exact 99 % interval of a rate (Clopper and Pearson) lies under what is expected.

    Wilson's, which is shown, is too narrow for that: of twelve with nine in ten expected it would blame for eight met,
    which happens to one such row in forty.
    """
    return met < decided * expected and _lower_tail(met, decided, expected) < _FLAGGED_TAIL


def _lower_tail(met: int, decided: int, rate: float) -> float:
    """Return how likely at most `met` of `decided` are, each met with probability `rate`; `met` is below the mean."""
    if rate >= 1:
        return 0.0
    choices = lgamma(decided + 1) - lgamma(met + 1) - lgamma(decided - met + 1)
    term = exp(choices + met * log(rate) + (decided - met) * log1p(-rate))
    total, odds = term, (1 - rate) / rate
    for number in range(met, 0, -1):
        term *= number / (decided - number + 1) * odds
        total += term
        if term < total * 1e-12:
            break
    return total


def quantile(lengths: Iterable[tuple[int, bool]], share: float) -> Quantile | None:
    """Return the nearest-rank quantile of (seconds, whether it is over); None of nothing."""
    pairs = sorted(lengths)
    return quantiles([seconds for seconds, _ in pairs], [seconds for seconds, is_over in pairs if is_over], (share,))[0]


def quantiles(known: Sequence[int], over: Sequence[int], shares: Sequence[float]) -> list[Quantile | None]:
    """Return nearest-rank quantiles of lengths, each None of nothing (clock rules 28).

    `known` are all lengths in their order, `over` those that have ended. One that still runs is longer than it is now,
    by how much nobody knows: where that could move the quantile, it is given as the least that it can be.
    """
    found: list[Quantile | None] = []
    for share in shares:
        rank = max(ceil(share * len(known)), 1) - 1
        least = known[rank] if known else 0
        found.append(Quantile(least, at_least=rank >= len(over) or over[rank] != least) if known else None)
    return found
