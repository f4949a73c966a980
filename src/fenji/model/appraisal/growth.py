"""Whether failures come faster or slower: the power law of Crow and AMSAA, observed over a fixed time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, sqrt
from statistics import NormalDist

from msgspec import Struct

MIN_FAILURES = 5  # with fewer, only their number is given
_CONFIDENCE = 0.9
_SHORTEST = 1e-5  # days: about a second


class Growth(Struct, frozen=True):
    """How failures grew over `days`: as the power `shape` of time, with its 90 % interval; 1 is a steady rate."""

    failures: int
    days: float
    shape: float
    low: float
    high: float

    @property
    def overall_days(self) -> float:
        """The mean days from one failure to the next over the whole time."""
        return self.days / self.failures

    @property
    def current_days(self) -> float:
        """The mean days from one failure to the next at the end of the time."""
        return self.overall_days / self.shape

    @property
    def direction(self) -> int:
        """1 if failures come faster beyond chance, -1 if slower, 0 if neither is certain."""
        return 1 if self.low > 1 else -1 if self.high < 1 else 0


def fit_growth(times: Sequence[float], days: float) -> Growth | None:
    """Fit the times of failures, in days since observation began; None for too few, or no time observed."""
    if len(times) < MIN_FAILURES or days <= 0:
        return None
    logs = sum(log(days / min(max(time, _SHORTEST), days)) for time in times)
    number = len(times)
    shape = number / max(logs, _SHORTEST)
    tail = (1 - _CONFIDENCE) / 2
    low, high = (shape * chi_square(share, 2 * number) / (2 * number) for share in (tail, 1 - tail))
    return Growth(number, days, shape, low, high)


def chi_square(share: float, degrees: int) -> float:
    """Return the quantile of a chi-square distribution, by Wilson and Hilferty: within 0.4 % from ten degrees on."""
    spread = 2 / (9 * degrees)
    return float(degrees * (1 - spread + NormalDist().inv_cdf(share) * sqrt(spread)) ** 3)
