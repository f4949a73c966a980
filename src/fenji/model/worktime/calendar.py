"""Working time: which instants of a calendar are open, the time between two of them, and when a duration is used up.

Works on instants in whole UTC seconds; `hours` declares which local dates and hours are open. Nothing here steps by
minutes or days: `blocks` lays out open intervals when first needed, and finds them by bisection.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from fenji.errors import Damaged, Fault, NotFound, Problem, Refused
from fenji.model.worktime import parse
from fenji.model.worktime.blocks import BLOCK_BITS, FIRST_SECOND, LAST_SECOND, OpenBlock, build_block, epoch_at
from fenji.model.worktime.hours import DAY_SECONDS, Hours
from fenji.model.worktime.zone import EPOCH, SECOND, Zone

if TYPE_CHECKING:
    from fenji.model.values import LooseValue
    from fenji.model.worktime.parse import KeyPath

ALWAYS = "always"
FIVE_YEARS = 1827 * DAY_SECONDS  # seconds; with two leap days, the most in five years (clock rules 7)


@dataclass(frozen=True)
class Calendar:
    """A working calendar: a zone with its open hours; without hours it is open at every instant.

    Instants must be aware; they and durations are rounded down to whole seconds. A skipped local hour never counts, a
    repeated one counts twice (clock rules 1 to 7).
    """

    name: str
    hours: Hours | None = None
    _blocks: dict[int, OpenBlock] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def always(cls) -> Calendar:
        """The calendar that is open at every instant, without holidays (clock rules 6)."""
        return cls(ALWAYS)

    @classmethod
    def from_policy(cls, mapping: Mapping[str, LooseValue], name: str) -> Calendar:
        """Return the calendar `name` from the newest rules in `mapping`; `always` is open round the clock.

        `mapping` is a policy, its `calendars:`, or one calendar's own mapping; values are text or dates as PyYAML makes
        them. Without the policy's `format`, a calendar with parts that only format 2 has is read as format 2.
        Raises NotFound if there is no such calendar, Damaged with every fault of a bad one.
        """
        if name == ALWAYS:
            return cls.always()
        found = _find_calendar_mapping(mapping, name)
        calendar, faults = parse_calendar(found, (name,), format_number=_find_format(mapping, found))
        if calendar is None:
            problems = (Problem("calendars", 0, 0, ".".join(map(str, fault.path)), fault.message) for fault in faults)
            raise Damaged("The calendar {name} cannot be used.", name=name, problems=tuple(problems))
        return calendar

    @property
    def zone(self) -> Zone:
        """The zone whose wall clock counts; UTC for a calendar that is always open."""
        return self.hours.zone if self.hours else Zone("UTC")

    @property
    def day(self) -> timedelta | None:
        """The length of `1d`: 24 hours if always open, else as the calendar declares; None if it declares none."""
        return self.hours.day if self.hours else timedelta(days=1)

    def changes_between(self, start: datetime, end: datetime) -> tuple[datetime, ...]:  # noqa: ARG002
        """Return no instants: the hours of a single version never change."""
        return ()

    def is_open(self, instant: datetime) -> bool:
        """Whether the second that begins at `instant` counts."""
        at = _to_second(instant)
        return self.hours is None or self._block(at >> BLOCK_BITS).is_open(at)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time in [start, end); 0 if end is not after start."""
        return SECOND * self._open_seconds(_to_second(start), _to_second(end))

    def add(self, start: datetime, working: timedelta) -> datetime:
        """Return the earliest instant with exactly `working` open time since `start`; a filled day ends at closing.

        The result has the fixed offset that the calendar's zone has then (if always open: that of `start`), so that
        results compare and subtract as instants; adding nothing returns `start`. Raises Refused if five years do not
        suffice.
        """
        at, seconds = _to_second(start), _to_seconds(working)
        if seconds == 0:
            return start.replace(microsecond=0)
        due = self._find_due(at, seconds, _latest_due(at))
        if due is None:
            raise _never_due_error(self.name, start)
        return self._to_instant(due, start)

    def _find_due(self, at: int, seconds: int, until: int) -> int | None:
        """Return the second at which `seconds`, at least one, are used up; None if that is later than `until`."""
        due = at + seconds if self.hours is None else self._second_reached(at, seconds, until)
        return due if due <= until else None

    def _second_reached(self, at: int, seconds: int, until: int) -> int:
        """Return the second at which `seconds` are used up, or any second after `until`."""
        index = at >> BLOCK_BITS
        block = self._blocks.get(index) or self._block(index)
        seconds += block.open_until(at)
        while seconds > block.open_seconds:
            seconds -= block.open_seconds
            index += 1
            if index << BLOCK_BITS > until:
                return index << BLOCK_BITS
            block = self._blocks.get(index) or self._block(index)
        return block.second_reached(seconds)

    def _open_seconds(self, start: int, end: int) -> int:
        if end <= start:
            return 0
        if self.hours is None:
            return end - start
        first, last = start >> BLOCK_BITS, end >> BLOCK_BITS
        whole_blocks = sum(self._block(index).open_seconds for index in range(first, last)) if first < last else 0
        return whole_blocks + self._block(last).open_until(end) - self._block(first).open_until(start)

    def _to_instant(self, second: int, start: datetime) -> datetime:
        if self.hours is None:
            return epoch_at(start.utcoffset() or timedelta(0)) + SECOND * second
        return self._block(second >> BLOCK_BITS).instant(second)

    def _block(self, index: int) -> OpenBlock:
        block = self._blocks.get(index)
        if block is None:
            assert self.hours is not None, "round the clock nothing is laid out"
            block = self._blocks[index] = build_block(self.hours, index)
        return block


@dataclass(frozen=True)
class DatedCalendar:
    """Versions of a calendar: each applies from its instant on, the first also before that (clock rules 10).

    There is at least one version; they are in order of time. So an edit changes the minutes after it, never those
    before.
    """

    versions: tuple[tuple[datetime, Calendar], ...]

    def __post_init__(self) -> None:
        since = [_to_second(instant) for instant, _ in self.versions]
        if not since or any(later <= earlier for earlier, later in pairwise(since)):
            raise ValueError("versions of a calendar must follow one another in time")

    @property
    def name(self) -> str:
        """The name of the latest version."""
        return self.versions[-1][1].name

    @property
    def zone(self) -> Zone:
        """The zone of the latest version."""
        return self.versions[-1][1].zone

    @property
    def day(self) -> timedelta | None:
        """The length of `1d` in the latest version."""
        return self.versions[-1][1].day

    def in_force(self, instant: datetime) -> Calendar:
        """Return the version in force at `instant`."""
        return self._version(_to_second(instant))

    def changes_between(self, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """Return the instants within (start, end) at which another version begins to apply."""
        return tuple(instant for instant, _ in self.versions[1:] if start < instant < end)

    def is_open(self, instant: datetime) -> bool:
        """Whether the second that begins at `instant` counts, by the version then in force."""
        return self.in_force(instant).is_open(instant)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time in [start, end), every stretch by the version then in force."""
        segments = self._segments(_to_second(start), _to_second(end))
        return SECOND * sum(calendar._open_seconds(first, last) for first, last, calendar in segments)

    def add(self, start: datetime, working: timedelta) -> datetime:
        """Add working time as `Calendar.add` does, every stretch by the version then in force."""
        at, seconds = _to_second(start), _to_seconds(working)
        if seconds == 0:
            return start.replace(microsecond=0)
        for first, last, calendar in self._segments(at, _latest_due(at)):
            due = calendar._find_due(first, seconds, last)
            if due is not None:
                return calendar._to_instant(due, start)
            seconds -= calendar._open_seconds(first, last)
        raise _never_due_error(self.name, start)

    @cached_property
    def _version_starts(self) -> list[int]:
        return [_to_second(instant) for instant, _ in self.versions[1:]]

    def _version(self, at: int) -> Calendar:
        return self.versions[bisect_right(self._version_starts, at)][1]

    def _segments(self, start: int, end: int) -> Iterator[tuple[int, int, Calendar]]:
        edges = [start, *(at for at in self._version_starts if start < at < end), end]
        for first, last in pairwise(edges):
            yield first, last, self._version(first)


def parse_calendar(
    mapping: LooseValue, path: KeyPath, *, format_number: int = 1
) -> tuple[Calendar | None, list[Fault]]:
    """Return the calendar in a mapping, named by the last key of `path`, and every fault (clock rules 8).

    `format_number` is the policy's. Values are text, or dates as PyYAML makes them; the faults' paths begin with
    `path`. If there are faults the calendar is None.
    """
    hours, faults = parse.parse_hours(mapping, path, format_number=format_number)
    return (Calendar(str(path[-1]) if path else "", hours) if hours else None), faults


def _find_calendar_mapping(mapping: Mapping[str, LooseValue], name: str) -> LooseValue:
    calendars = mapping.get("calendars", mapping)
    if isinstance(calendars, Mapping):
        if name in calendars:
            return calendars[name]
        if "tz" in calendars or "week" in calendars:
            return calendars
    known = tuple([ALWAYS, *map(str, calendars)] if isinstance(calendars, Mapping) else [ALWAYS])
    raise NotFound("There is no calendar {name}.", hint="Known are {known}.", name=name, known=known)


def _find_format(mapping: Mapping[str, LooseValue], calendar: LooseValue) -> int:
    """Return the format of a policy; if it is missing, 2 for a calendar with written dates or offsets, else 1."""
    if "format" in mapping and "tz" not in mapping:
        return 1 if str(mapping["format"]) == "1" else 2
    holidays = calendar.get("holidays") if isinstance(calendar, Mapping) else None
    has_dates = isinstance(holidays, Mapping) and "dates" in holidays
    return 2 if has_dates or (isinstance(calendar, Mapping) and "offsets" in calendar) else 1


def _never_due_error(name: str, start: datetime) -> Refused:
    return Refused(
        "The calendar {name} is not open for that long within five years of {start}.",
        hint="Check its week, holidays, shifts and breaks in policy.yaml.",
        name=name,
        start=start.isoformat(timespec="seconds"),
    )


def _to_second(instant: datetime) -> int:
    """Return the seconds since 1970 of an aware instant, rounded down."""
    try:
        since = instant - EPOCH
    except TypeError:
        raise Refused(
            "The time {time} has no UTC offset.",
            hint="Write it as 2026-03-01T08:00:00+03:00.",
            time=instant.isoformat(),
        ) from None
    second = since.days * DAY_SECONDS + since.seconds
    if FIRST_SECOND <= second < LAST_SECOND:
        return second
    raise Refused("The time {time} is outside the supported years.", time=instant.isoformat())


def _latest_due(at: int) -> int:
    """Return the last second at which a promise that runs from `at` can be due."""
    return min(at + FIVE_YEARS, LAST_SECOND)


def _to_seconds(working: timedelta) -> int:
    seconds = working.days * DAY_SECONDS + working.seconds
    if seconds < 0:
        raise Refused("A working time of {length} is negative.", length=str(working))
    return seconds
