"""Rates with what can be said of them: Wilson's interval, and quantiles of lengths of which some still run. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, sqrt

SMALL_SAMPLE = 10  # with fewer decided a rate says little (clock rules 27)
SHOWN, FLAGGED = 1.6448536269514722, 2.5758293035489004  # standard deviations of a 90 % and a 99 % interval


@dataclass(frozen=True, slots=True)
class Quantile:
    """A length in seconds; `at_least` where it falls among those that still run."""

    seconds: int
    at_least: bool


def wilson(met: int, decided: int, deviations: float = SHOWN) -> tuple[float, float]:
    """Return Wilson's score interval of a rate; `decided` is at least 1."""
    rate, square = met / decided, deviations * deviations
    centre = rate + square / (2 * decided)
    spread = deviations * sqrt(rate * (1 - rate) / decided + square / (4 * decided * decided))
    scale = 1 + square / decided
    return max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0)


def quantile(lengths: Iterable[tuple[int, bool]], share: float) -> Quantile | None:
    """Return the nearest-rank quantile of (seconds, whether it is over); None of nothing (clock rules 28).

    One that still runs is longer than it is now, by how much nobody knows: where that could move the quantile, it is
    given as the least that it can be.
    """
    known = sorted(lengths)
    if not known:
        return None
    rank = max(ceil(share * len(known)), 1) - 1
    least = known[rank][0]
    over = [seconds for seconds, is_over in known if is_over]
    return Quantile(least, at_least=rank >= len(over) or over[rank] != least)
