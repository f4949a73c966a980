"""The zone of a calendar: the offsets from UTC that a policy writes down, and beyond them the rules of the zone.

Rules come from the installed package tzdata and never from the machine's own files, which differ between machines
(clock rules 10a). Offsets are in seconds, instants in seconds since 1970, UTC.
"""

from __future__ import annotations

import pkgutil
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property, lru_cache
from io import BytesIO
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from fenji.errors import Unavailable

if TYPE_CHECKING:
    from fenji.model.values import LooseValue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)  # multiplying it is twice as fast as making a timedelta
_DAY_SECONDS = 86_400
_PROBE_BITS = 17
_PROBE_SECONDS = 1 << _PROBE_BITS  # 36 hours; no zone's rules have ever changed its clocks twice within three days


@dataclass(frozen=True)
class Zone(tzinfo):
    """A time zone. `offsets` are the written ones, as (instant from which it applies, seconds ahead of UTC).

    They are in order of time. Each applies until the next, the last to the end of its calendar year in UTC; before the
    first and after that year the zone's rules apply (clock rules 2).
    """

    key: str
    offsets: tuple[tuple[int, int], ...] = ()

    @property
    def rules(self) -> ZoneInfo:
        """The zone as the installed package has it."""
        return load_rules(self.key)

    @cached_property
    def written_end(self) -> int | None:
        """The second at which the last written offset ends; None if none is written."""
        if not self.offsets:
            return None
        year = (EPOCH + SECOND * self.offsets[-1][0]).year
        return _seconds(datetime(year + 1, 1, 1, tzinfo=UTC))

    def offset_at(self, second: int) -> int:
        """Return how many seconds the zone is ahead of UTC at an instant."""
        written = self._written_at(second)
        return self._rules_at(second) if written is None else written

    def changes(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Yield (start, offset) for each offset in [first, last), beginning with the one in force at `first`."""
        current: int | None = None
        for start, end in self._segments(first, last):
            written = self._written_at(start)
            pieces = self._rule_changes(start, end) if written is None else iter([(start, written)])
            for at, offset in pieces:
                if offset != current:
                    current = offset
                    yield at, offset

    def _segments(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Split [first, last), which may be empty, where a written offset begins or the rules take over."""
        if self.written_end is None:
            yield first, last
            return
        edges = [at for at in (*self._starts, self.written_end) if first < at < last]
        yield from zip([first, *edges], [*edges, last], strict=True)

    @cached_property
    def _starts(self) -> list[int]:
        return [at for at, _ in self.offsets]

    def _written_at(self, second: int) -> int | None:
        if self.written_end is None or second < self._starts[0] or second >= self.written_end:
            return None
        return self.offsets[bisect_right(self._starts, second) - 1][1]

    def _rules_at(self, second: int) -> int:
        """Return the offset by the rules; if it is the same at both ends of a probe interval, from their cache."""
        rules, probe = self.rules, second >> _PROBE_BITS
        before, after = _offset_at_probe(rules, probe), _offset_at_probe(rules, probe + 1)
        return before if before == after else _ask_rules(rules, second)

    def _rule_changes(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        at, offset = first, self._rules_at(first)
        yield at, offset
        while at < last:
            probe = min((at | _PROBE_SECONDS - 1) + 1, last)
            while self._rules_at(probe) != offset:
                change = self._find_rule_change(at, probe)
                at, offset = change, self._rules_at(change)
                if change < last:
                    yield change, offset
            at = probe

    def _find_rule_change(self, before: int, after: int) -> int:
        """Return the first second after `before` with another offset, by bisection; `after` has that offset."""
        offset = self._rules_at(before)
        while after - before > 1:
            middle = (before + after) // 2
            if self._rules_at(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    # --- the interface of tzinfo

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """Return the offset when the wall clock shows `moment`; `fold` decides in a repeated or skipped hour."""
        if moment is None:
            return None
        if self.written_end is None:
            return self.rules.utcoffset(moment)
        wall = _seconds(moment.replace(tzinfo=UTC))
        before, after = self.offset_at(wall - _DAY_SECONDS), self.offset_at(wall + _DAY_SECONDS)
        shown = [offset for offset in dict.fromkeys((before, after)) if self.offset_at(wall - offset) == offset]
        offset = shown[0] if len(shown) == 1 else after if moment.fold else before
        return SECOND * offset

    def fromutc(self, moment: datetime) -> datetime:
        """Return the wall-clock time of an instant in UTC, for `datetime.astimezone`."""
        instant = moment.replace(tzinfo=UTC)
        if self.written_end is None:
            return instant.astimezone(self.rules).replace(tzinfo=self)
        offset = self.offset_at(_seconds(instant))
        wall = (instant + SECOND * offset).replace(tzinfo=self, fold=0)
        return wall if wall.utcoffset() == SECOND * offset else wall.replace(fold=1)

    def dst(self, moment: datetime | None) -> timedelta | None:  # noqa: ARG002 - the signature is Python's
        """Return None: no policy says which part of an offset is summer time, and nobody asks."""
        return None

    def tzname(self, moment: datetime | None) -> str:  # noqa: ARG002 - as above
        """Return the key of the zone."""
        return self.key

    def __str__(self) -> str:
        return self.key

    def __reduce__(self) -> tuple[type[Zone], tuple[str, tuple[tuple[int, int], ...]]]:
        return Zone, (self.key, self.offsets)


def installed_offsets(key: str, first_year: int, last_year: int) -> tuple[tuple[int, int], ...]:
    """Return the offsets to write for these calendar years in UTC, by the rules of the installed package.

    They are the one at the beginning, every change, and the one when the last year begins, so that it applies to the
    end of that year.
    """
    zone = Zone(key)
    begin, last_begin, end = (
        _seconds(datetime(year, 1, 1, tzinfo=UTC)) for year in (first_year, last_year, last_year + 1)
    )
    offsets = dict(zone.changes(begin, end))
    if max(offsets) < last_begin:
        offsets[last_begin] = zone.offset_at(last_begin)
    return tuple(sorted(offsets.items()))


def _seconds(instant: datetime) -> int:
    since = instant - EPOCH
    return since.days * _DAY_SECONDS + since.seconds


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """Return the names of all zones in the installed package tzdata."""
    return frozenset(_read_package("zones").decode().split())


def find_zone(name: LooseValue) -> Zone | None:
    """Return the zone of that name, without written offsets; None if there is none."""
    return Zone(name) if isinstance(name, str) and name in known_zones() else None


def zone_country(key: str) -> str:
    """Return the country code of a zone, from the package tzdata; `""` for one without a country, such as UTC."""
    lines = (line.split("\t") for line in _read_package("zoneinfo/zone.tab").decode().splitlines())
    return next((fields[0] for fields in lines if len(fields) > 2 and fields[2] == key), "")


@lru_cache(maxsize=256)
def load_rules(key: str) -> ZoneInfo:
    """Return the rules of a zone from the package tzdata. Raises Unavailable if it does not have them."""
    if key not in known_zones():
        raise _missing_rules(key)
    return ZoneInfo.from_file(BytesIO(_read_package(f"zoneinfo/{key}")), key=key)


def _read_package(name: str) -> bytes:
    try:
        data = pkgutil.get_data("tzdata", name)
    except (ImportError, OSError) as error:
        raise _missing_rules(name) from error
    if data is None:
        raise _missing_rules(name)
    return data


@lru_cache(maxsize=1 << 14)
def _offset_at_probe(rules: ZoneInfo, probe: int) -> int:
    return _ask_rules(rules, min(max(probe << _PROBE_BITS, _FIRST_ASKED), _LAST_ASKED))


# One day inside the range of datetime, since every offset is shorter than a day.
_FIRST_ASKED, _LAST_ASKED = _seconds(datetime(1, 1, 2, tzinfo=UTC)), _seconds(datetime(9999, 12, 30, tzinfo=UTC))


def _ask_rules(rules: ZoneInfo, second: int) -> int:
    offset = (EPOCH + SECOND * second).astimezone(rules).utcoffset() or timedelta(0)
    return offset.days * _DAY_SECONDS + offset.seconds


def _missing_rules(name: str) -> Unavailable:
    return Unavailable(
        "The tzdata package, which has the time zone rules, lacks {name}.",
        hint="Reinstall it: pip install --force-reinstall tzdata",
        name=name,
    )
