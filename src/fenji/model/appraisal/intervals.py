"""Statistics of figures: intervals of rates, and quantiles of lengths of which some still run. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from math import ceil, exp, lgamma, log, log1p, sqrt

from msgspec import Struct

SMALL_SAMPLE = 10  # with fewer decided clocks a rate says little (clock rules 27)
SHOWN = 1.6448536269514722  # standard deviations of a 90 % interval
_FLAGGED_TAIL = 0.005  # what a 99 % interval leaves out on each side


class Quantile(Struct, frozen=True):
    """A length in seconds; `at_least` if lengths that still run could raise it."""

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
    """Whether the exact 99 % interval of a rate (Clopper and Pearson) lies below the expected rate.

    Wilson's interval, which is shown, is too narrow for this: with nine in ten expected it would flag eight met of
    twelve, which happens by chance to one such row in forty.
    """
    return met < decided * expected and _lower_tail(met, decided, expected) < _FLAGGED_TAIL


def _lower_tail(met: int, decided: int, rate: float) -> float:
    """Return the probability of at most `met` of `decided`, each with probability `rate`; `met` is below the mean."""
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


def find_rank(share: float, count: int) -> int:
    """Return the index, from 0, of the nearest-rank quantile among `count` ordered lengths."""
    return max(ceil(share * count), 1) - 1


def quantile_at(
    rank: int, length_at: Callable[[int], int], count_up_to: Callable[[int], int], running: Sequence[int]
) -> Quantile:
    """Return the quantile of a rank among ordered lengths, of which some still run (clock rules 28).

    `length_at` gives the length at a rank, `count_up_to` the number of lengths not longer than a given one, `running`
    the lengths that still run, in ascending order. These will grow by an unknown amount: if that could move the
    quantile, it is given as a lower bound.
    """
    least = length_at(rank)
    moves = bool(running) and count_up_to(least) - bisect_right(running, least) <= rank
    return Quantile(least, at_least=moves)
