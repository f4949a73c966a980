"""Between which bounds each of many instants lies. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import compress, repeat
from operator import eq, rshift
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.model.appraisal.columns import Bisect

_BITS = 15  # of the seconds that a bucket spans: nine hours
_DIVIDED = -1


class _Buckets(dict[int, int]):
    """How many bounds lie before the instants of a bucket, each found once; -1 where a bound divides it."""

    def __init__(self, bounds: Sequence[int], bisect: Bisect) -> None:
        super().__init__()
        self._bounds, self._bisect = bounds, bisect

    def __missing__(self, bucket: int) -> int:
        first, last = (self._bisect(self._bounds, end) for end in (bucket << _BITS, (bucket + 1 << _BITS) - 1))
        self[bucket] = found = first if first == last else _DIVIDED
        return found


def find_positions(instants: Sequence[int], bounds: Sequence[int], bisect: Bisect) -> array[int]:
    """Return how many bounds, which are in their order, lie before each instant (seconds), as `bisect` counts them.

    Instants lie near each other: each is looked up by its bucket, which is twice as quick as to bisect for it.
    """
    buckets: Iterable[int] = map(rshift, instants, repeat(_BITS))
    positions = array("i", map(_Buckets(bounds, bisect).__getitem__, buckets))
    for place in compress(range(len(positions)), map(eq, positions, repeat(_DIVIDED))):
        positions[place] = bisect(bounds, instants[place])
    return positions
