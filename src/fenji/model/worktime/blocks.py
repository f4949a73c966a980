"""Open intervals of a calendar, laid out block by block and found by bisection: seconds since 1970, UTC."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from itertools import accumulate

from msgspec import Struct

from fenji.model.worktime.hours import DAY_SECONDS, Hours
from fenji.model.worktime.zone import EPOCH, SECOND

# Two days inside the range of datetime, so that every offset of every zone stays within it.
FIRST_SECOND = int((datetime(1, 1, 3, tzinfo=UTC) - EPOCH).total_seconds())
LAST_SECOND = int((datetime(9999, 12, 29, tzinfo=UTC) - EPOCH).total_seconds())
BLOCK_BITS = 23  # a block of open intervals covers 2**23 s, about 97 days: quick to lay out, few to pass


class OpenBlock(Struct, frozen=True):
    """The open intervals of one stretch of time, after an empty one at its beginning, with sums for bisection."""

    starts: list[int]
    ends: list[int]
    open_before: list[int]  # open seconds of the block before each interval
    closed_before: list[int]  # start of each interval minus the open seconds before it
    open_seconds: int
    offset_starts: list[int]  # where each UTC offset of the zone begins
    offset_epochs: list[datetime]  # 1970-01-01T00:00Z written with each of these offsets

    def open_until(self, at: int) -> int:
        """Return the open seconds from the beginning of the block to `at`."""
        index = bisect_right(self.starts, at) - 1
        return min(at, self.ends[index]) - self.closed_before[index]

    def second_reached(self, seconds: int) -> int:
        """Return the earliest second before which `seconds` of the block, at least one, are open."""
        return seconds + self.closed_before[bisect_left(self.open_before, seconds) - 1]

    def is_open(self, at: int) -> bool:
        return at < self.ends[bisect_right(self.starts, at) - 1]

    def instant(self, second: int) -> datetime:
        return self.offset_epochs[bisect_right(self.offset_starts, second) - 1] + SECOND * second


@lru_cache(maxsize=256)
def epoch_at(offset: timedelta) -> datetime:
    """Return 1970-01-01T00:00Z written with that offset."""
    return EPOCH.astimezone(timezone(offset))


def build_block(hours: Hours, index: int) -> OpenBlock:
    """Return a block of open intervals: the local hours of every stretch with one offset, shifted by that offset."""
    first, last = index << BLOCK_BITS, (index + 1) << BLOCK_BITS
    starts, ends = [first], [first]
    bounds = max(first, FIRST_SECOND - DAY_SECONDS), min(last, LAST_SECOND + DAY_SECONDS)
    pieces = list(hours.zone.changes(*bounds))
    for (start, offset), end in zip(pieces, [*(start for start, _ in pieces[1:]), last], strict=False):
        for opens, closes in _open_intervals(hours, start, end, offset):
            if ends[-1] == opens:
                ends[-1] = closes
            else:
                starts.append(opens)
                ends.append(closes)
    open_before = list(accumulate((end - start for start, end in zip(starts, ends, strict=True)), initial=0))
    total = open_before.pop()
    closed_before = [start - passed for start, passed in zip(starts, open_before, strict=True)]
    offset_starts, offset_epochs = [start for start, _ in pieces], [epoch_at(SECOND * offset) for _, offset in pieces]
    return OpenBlock(starts, ends, open_before, closed_before, total, offset_starts, offset_epochs)


def _open_intervals(hours: Hours, start: int, end: int, offset: int) -> Iterator[tuple[int, int]]:
    for day, spans in hours.open_spans((start + offset) // DAY_SECONDS, (end + offset - 1) // DAY_SECONDS):
        midnight = day * DAY_SECONDS - offset
        for opens, closes in spans:
            first, last = max(midnight + opens, start), min(midnight + closes, end)
            if first < last:
                yield first, last
