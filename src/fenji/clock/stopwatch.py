"""The stopwatches of one clock: what each level has left, which due is in force, and the miss that stands for good.

Takes the phases of a course one after the other (clock rules 13 to 20). Knows durations, not verdicts in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fenji.clock.course import RUNNING, STOPPED, Phase

if TYPE_CHECKING:
    from fenji.calendars import Calendar, Dated
    from fenji.policy import Policy, Target

NOTHING = timedelta(0)
SECOND = timedelta(seconds=1)
Promises = Callable[[str, str], "Target | None"]  # what (level, kind) promises on this clock


@dataclass(slots=True)
class Watch:
    """One level's stopwatch for one target. `expired` is its due once that has passed with the clock running."""

    level: str
    target: Target
    left: timedelta
    expired: datetime | None = None

    def run(self, phase: Phase, spent: timedelta) -> None:
        """Count a running phase in which `spent` of the calendar's time passes."""
        if self.expired is not None:
            return
        if spent >= self.left:
            due = self.due(phase.start)
            if due < phase.end:
                self.expired = due
        self.left -= min(spent, self.left)

    def due(self, instant: datetime) -> datetime:
        """When it runs out if its clock runs from `instant` on (clock rules 5 and 17)."""
        return self.expired or self.target.calendar.add(instant, self.left)


@dataclass(frozen=True, slots=True)
class Due:
    """A due in force and the stopwatch it comes from."""

    at: datetime
    watch: Watch


@dataclass(frozen=True, slots=True)
class Miss:
    """The miss of a clock (clock rules 19): its due, and the first instant at which it is one."""

    due: datetime
    since: datetime
    target: Target


@dataclass
class Stopwatches:
    """All stopwatches of one clock, brought forward phase by phase.

    A kind with targets of its own is treated as a level is: a stopwatch belongs to a level *and* a length of time, and
    starts at the first instant at which the level, or a more urgent one, promised that length or a shorter one.
    """

    phases: Sequence[Phase]
    levels: tuple[str, ...]
    promises: Promises
    watches: dict[tuple[str, timedelta], Watch] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)  # levels the ticket has had
    done: int = 0  # phases brought forward
    miss: Miss | None = None
    last: Due | None = None  # in force at the last stop; None where nothing was promised
    _spent: dict[tuple[int, int], timedelta] = field(default_factory=dict)

    def run(self) -> Stopwatches:
        """Take all phases."""
        for _ in self.walk():
            pass
        return self

    def walk(self) -> Iterator[tuple[Phase, Sequence[Watch]]]:
        """Each phase with the stopwatches in force in it, as they stand at its start."""
        for index, phase in enumerate(self.phases):
            in_force = self._enter(phase)
            yield phase, in_force
            stops = phase.mode == STOPPED and (index == 0 or self.phases[index - 1].mode != STOPPED)
            if stops:
                self.last = earliest(in_force, phase.start)
            self._bring_forward(index)
            if self.miss is None and (stops or phase.mode == RUNNING):
                self.miss = _miss(in_force, phase.start)

    def in_force(self) -> Sequence[Watch]:
        """The stopwatches in force in the last phase."""
        return self._in_force(self.phases[-1])

    def spent(self, index: int, calendar: Calendar | Dated) -> timedelta:
        """The open time of a phase, whatever its mode."""
        key = index, id(calendar)
        found = self._spent.get(key)
        if found is None:
            phase = self.phases[index]
            found = self._spent[key] = calendar.between(phase.start, phase.end)
        return found

    def total(self, mode: str, calendar: Calendar | Dated) -> timedelta:
        """The open time of all phases of one mode."""
        spent = (self.spent(index, calendar) for index, phase in enumerate(self.phases) if phase.mode == mode)
        return sum(spent, NOTHING)

    def run_since(self, instant: datetime, calendar: Calendar | Dated) -> timedelta:
        """The open time in which the clock ran after an instant."""
        running = (one for one in self.phases if one.mode == RUNNING and one.end > instant)
        return sum((calendar.between(max(one.start, instant), one.end) for one in running), NOTHING)

    def _enter(self, phase: Phase) -> Sequence[Watch]:
        if phase.level not in self.held:
            self.held.append(phase.level)
        for level in self.held:
            target = self.promises(level, phase.kind) if self._reaches(level, phase.level) else None
            if target and (level, target.duration) not in self.watches:
                self.watches[level, target.duration] = self._started(level, target)
        return self._in_force(phase)

    def _reaches(self, level: str, current: str) -> bool:
        """Whether `level` is as urgent as the current one or less."""
        return level == current or self.levels.index(level) > self.levels.index(current)

    def _in_force(self, phase: Phase) -> Sequence[Watch]:
        """The current level's stopwatch and those of every less urgent level held (clock rules 16), most urgent first.

        The order decides which of two equal dues is named.
        """
        if self.promises(phase.level, phase.kind) is None:
            return ()
        found = [one for one in self.watches.values() if self._counts(one, phase)]
        return sorted(found, key=lambda one: (self.levels.index(one.level), one.target.duration))

    def _counts(self, watch: Watch, phase: Phase) -> bool:
        if not self._reaches(watch.level, phase.level):
            return False
        target = self.promises(watch.level, phase.kind)
        return target is not None and watch.target.duration >= target.duration

    def _started(self, level: str, target: Target) -> Watch:
        """A stopwatch brought forward from the first phase in which it was due to run (clock rules 15)."""
        watch = Watch(level, target, target.duration)
        started = False
        for index, phase in enumerate(self.phases[: self.done]):
            started = started or self._starts(level, target, phase)
            if started and phase.mode == RUNNING:
                watch.run(phase, self.spent(index, target.calendar))
        return watch

    def _starts(self, level: str, target: Target, phase: Phase) -> bool:
        promised = self.promises(level, phase.kind) if self._reaches(level, phase.level) else None
        return promised is not None and promised.duration <= target.duration

    def _bring_forward(self, index: int) -> None:
        phase = self.phases[index]
        if phase.mode == RUNNING:
            for watch in self.watches.values():
                watch.run(phase, self.spent(index, watch.target.calendar))
        self.done = index + 1


def earliest(watches: Sequence[Watch], instant: datetime) -> Due | None:
    """The earliest due of some stopwatches if the clock runs from `instant` on; None without any."""
    dues = [Due(watch.due(instant), watch) for watch in watches]
    return min(dues, key=lambda one: one.at) if dues else None


def _miss(in_force: Sequence[Watch], start: datetime) -> Miss | None:
    expired = [(one.expired, one.target) for one in in_force if one.expired is not None]
    if not expired:
        return None
    due, target = min(expired, key=lambda one: one[0])
    return Miss(due, max(due + SECOND, start), target)


def promises(policy: Policy, clock: str, *, site: str, reported: datetime) -> Promises:
    """What levels promise on one clock to a ticket, each asked for once."""
    found: dict[tuple[str, str], Target | None] = {}

    def promise(level: str, kind: str) -> Target | None:
        if (level, kind) not in found:
            found[level, kind] = policy.target(level, clock, kind=kind, site=site, reported=reported)
        return found[level, kind]

    return promise
