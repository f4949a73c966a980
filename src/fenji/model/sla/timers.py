"""The timers of one clock: what each level has left, which due is in force, and the miss that is final.

Takes the phases of a timeline one after the other (clock rules 13 to 20). Knows durations, not verdicts in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fenji.model.sla.timeline import RUNNING, STOPPED, Phase

if TYPE_CHECKING:
    from fenji.model.policy import Policy, Target
    from fenji.model.worktime.calendar import Calendar, DatedCalendar

NO_TIME = timedelta(0)
SECOND = timedelta(seconds=1)
PromiseLookup = Callable[[str, str], "Target | None"]  # what (level, kind) promises on this clock


@dataclass(slots=True)
class Timer:
    """One level's timer for one target. `expired` is its due once that has passed with the clock running."""

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
        """Return when it runs out if its clock runs from `instant` on (clock rules 5 and 17)."""
        return self.expired or self.target.calendar.add(instant, self.left)


@dataclass(frozen=True, slots=True)
class Due:
    """A due in force and the timer it comes from."""

    at: datetime
    timer: Timer


@dataclass(frozen=True, slots=True)
class Miss:
    """The miss of a clock (clock rules 19): its due, and the first instant at which it is one."""

    due: datetime
    since: datetime
    target: Target


@dataclass
class ClockTimers:
    """All timers of one clock, advanced phase by phase.

    A kind with targets of its own is treated as a level is: a timer belongs to a level *and* a length of time, and
    starts at the first instant at which the level, or a more urgent one, promised that length or a shorter one.
    """

    phases: Sequence[Phase]
    levels: tuple[str, ...]
    promise_for: PromiseLookup
    timers: dict[tuple[str, timedelta], Timer] = field(default_factory=dict)
    levels_held: list[str] = field(default_factory=list)  # levels the ticket has had
    phases_done: int = 0  # phases advanced through
    miss: Miss | None = None
    last_due: Due | None = None  # in force at the last stop; None where nothing was promised
    _spent: dict[tuple[int, int], timedelta] = field(default_factory=dict)

    def run(self) -> ClockTimers:
        """Advance through all phases."""
        for _ in self.walk():
            pass
        return self

    def walk(self) -> Iterator[tuple[Phase, Sequence[Timer]]]:
        """Yield each phase with the timers in force in it, as they are at its start."""
        for index, phase in enumerate(self.phases):
            in_force = self._enter_phase(phase)
            yield phase, in_force
            just_stopped = phase.mode == STOPPED and (index == 0 or self.phases[index - 1].mode != STOPPED)
            if just_stopped:
                self.last_due = earliest_due(in_force, phase.start)
            self._advance(index)
            if self.miss is None and (just_stopped or phase.mode == RUNNING):
                self.miss = _find_miss(in_force, phase.start)

    def timers_in_force(self) -> Sequence[Timer]:
        """The timers in force in the last phase."""
        return self._timers_in_force(self.phases[-1])

    def open_time(self, index: int, calendar: Calendar | DatedCalendar) -> timedelta:
        """The open time of a phase, whatever its mode."""
        key = index, id(calendar)
        cached = self._spent.get(key)
        if cached is None:
            phase = self.phases[index]
            cached = self._spent[key] = calendar.between(phase.start, phase.end)
        return cached

    def total(self, mode: str, calendar: Calendar | DatedCalendar) -> timedelta:
        """The open time of all phases of one mode."""
        times = (self.open_time(index, calendar) for index, phase in enumerate(self.phases) if phase.mode == mode)
        return sum(times, NO_TIME)

    def running_time_since(self, instant: datetime, calendar: Calendar | DatedCalendar) -> timedelta:
        """The open time in which the clock ran after an instant."""
        running = (phase for phase in self.phases if phase.mode == RUNNING and phase.end > instant)
        return sum((calendar.between(max(phase.start, instant), phase.end) for phase in running), NO_TIME)

    def _enter_phase(self, phase: Phase) -> Sequence[Timer]:
        if phase.level not in self.levels_held:
            self.levels_held.append(phase.level)
        for level in self.levels_held:
            target = self.promise_for(level, phase.kind) if self._at_most_as_urgent(level, phase.level) else None
            if target and (level, target.duration) not in self.timers:
                self.timers[level, target.duration] = self._start_timer(level, target)
        return self._timers_in_force(phase)

    def _at_most_as_urgent(self, level: str, current: str) -> bool:
        """Whether `level` is as urgent as the current one or less."""
        return level == current or self.levels.index(level) > self.levels.index(current)

    def _timers_in_force(self, phase: Phase) -> Sequence[Timer]:
        """Return the timers of the current and every less urgent level held (clock rules 16), most urgent first.

        The order decides which of two equal dues is named.
        """
        if self.promise_for(phase.level, phase.kind) is None:
            return ()
        timers = [timer for timer in self.timers.values() if self._is_counted(timer, phase)]
        return sorted(timers, key=lambda timer: (self.levels.index(timer.level), timer.target.duration))

    def _is_counted(self, timer: Timer, phase: Phase) -> bool:
        if not self._at_most_as_urgent(timer.level, phase.level):
            return False
        target = self.promise_for(timer.level, phase.kind)
        return target is not None and timer.target.duration >= target.duration

    def _start_timer(self, level: str, target: Target) -> Timer:
        """Start a timer and advance it from the first phase in which it should have run (clock rules 15)."""
        timer = Timer(level, target, target.duration)
        started = False
        for index, phase in enumerate(self.phases[: self.phases_done]):
            started = started or self._timer_starts(level, target, phase)
            if started and phase.mode == RUNNING:
                timer.run(phase, self.open_time(index, target.calendar))
        return timer

    def _timer_starts(self, level: str, target: Target, phase: Phase) -> bool:
        promised = self.promise_for(level, phase.kind) if self._at_most_as_urgent(level, phase.level) else None
        return promised is not None and promised.duration <= target.duration

    def _advance(self, index: int) -> None:
        phase = self.phases[index]
        if phase.mode == RUNNING:
            for timer in self.timers.values():
                timer.run(phase, self.open_time(index, timer.target.calendar))
        self.phases_done = index + 1


def earliest_due(timers: Sequence[Timer], instant: datetime) -> Due | None:
    """Return the earliest due of the timers if the clock runs from `instant` on; None without timers."""
    dues = [Due(timer.due(instant), timer) for timer in timers]
    return min(dues, key=lambda due: due.at) if dues else None


def _find_miss(in_force: Sequence[Timer], start: datetime) -> Miss | None:
    expired = [(timer.expired, timer.target) for timer in in_force if timer.expired is not None]
    if not expired:
        return None
    due, target = min(expired, key=lambda expiry: expiry[0])
    return Miss(due, max(due + SECOND, start), target)


def promise_lookup(policy: Policy, clock: str, *, site: str, reported: datetime) -> PromiseLookup:
    """Return a cached lookup of what each level and kind promises on one clock to a ticket."""
    cache: dict[tuple[str, str], Target | None] = {}

    def promise(level: str, kind: str) -> Target | None:
        if (level, kind) not in cache:
            cache[level, kind] = policy.target(level, clock, kind=kind, site=site, reported=reported)
        return cache[level, kind]

    return promise
