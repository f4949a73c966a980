"""The rate to expect of a row: that of the rest of the desk on clocks like its own. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping

from msgspec import Struct, field

MIN_CASES = 20  # of the rest of the desk, for a comparison
MIN_SHARE = 0.9  # of a row's clocks that need a comparison
Stratum = tuple[int, ...]


class Strata(Struct):
    """Decided clocks of the twelve months, counted by stratum for each row: finest strata first, then coarser ones."""

    counts: list[Mapping[tuple[Hashable, Stratum], tuple[int, int]]] = field(default_factory=list)
    totals: list[Mapping[Stratum, tuple[int, int]]] = field(default_factory=list)

    def add(self, decided: Iterable[tuple[tuple[Hashable, Stratum, bool], int]]) -> None:
        """Add the next coarser level: the number of decided clocks by row, stratum, and whether they are met."""
        counts: dict[tuple[Hashable, Stratum], tuple[int, int]] = defaultdict(lambda: (0, 0))
        totals: dict[Stratum, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for (row, stratum, met), number in decided:
            for sums, key in ((counts, (row, stratum)), (totals, stratum)):
                met_before, decided_before = sums[key]  # type: ignore[index]
                sums[key] = met_before + number * met, decided_before + number  # type: ignore[index]
        self.counts.append(counts)
        self.totals.append(totals)

    def rate(self, row: Hashable, strata: tuple[Stratum, ...]) -> float | None:
        """Return the rate of the rest of the desk on the finest stratum that has enough cases; None if none has."""
        for level, stratum in enumerate(strata):
            met, decided = self.totals[level].get(stratum, (0, 0))
            own_met, own_decided = self.counts[level].get((row, stratum), (0, 0))
            if decided - own_decided >= MIN_CASES:
                return (met - own_met) / (decided - own_decided)
        return None

    def expected(self, row: Hashable, numbers: Mapping[tuple[Stratum, ...], int]) -> float | None:
        """Return the mean over a row's decided clocks, counted by strata; None unless nearly all have a comparison."""
        rates = {strata: self.rate(row, strata) for strata in numbers}
        compared = {strata: number for strata, number in numbers.items() if rates[strata] is not None}
        compared_number = sum(compared.values())
        if not compared_number or compared_number < MIN_SHARE * sum(numbers.values()):
            return None
        return sum((rates[strata] or 0.0) * number for strata, number in compared.items()) / compared_number
