"""The timers of one clock: what each level has left, which due is in force, and the miss that is final.

Goes through the phases of a timeline one after the other (clock rules 13 to 20). Knows durations, not wording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.model.policy import ALWAYS, Policy, Target
from fenji.model.sla.timeline import RUNNING, STOPPED, Phase

if TYPE_CHECKING:
    from fenji.model.ticket import Event
    from fenji.model.worktime.calendar import Calendar, DatedCalendar

NO_TIME = timedelta(0)
SECOND = timedelta(seconds=1)
PromiseLookup = Callable[[str, str], "Target | None"]  # (level, kind) → their target on this clock


class Timer(Struct, eq=False):
    """The timer of one level, named by the priority that first gave it.

    `expired` is its due, set once the due has passed with the clock running. `lowered_by` is the event that lowered
    the ticket from this level to a less urgent one before the due, and None if the level came back before it: nobody
    can keep a level that is not in force.
    """

    level: str
    target: Target
    left: timedelta
    expired: datetime | None = None
    lowered_by: Event | None = None

    def run(self, phase: Phase, spent: timedelta) -> None:
        """Count a running phase in which `spent` of the calendar's open time passes."""
        if self.expired is not None:
            return
        if spent >= self.left:
            due = self.due(phase.start)
            if due < phase.end:
                self.expired = due
        self.left -= min(spent, self.left)

    def due(self, instant: datetime) -> datetime:
        """Return when the timer runs out if its clock runs from `instant` on (clock rules 5 and 17)."""
        return self.expired or self.target.calendar.add(instant, self.left)


class Due(Struct, frozen=True):
    """A due in force and the timer it comes from."""

    at: datetime
    timer: Timer


class Miss(Struct, frozen=True):
    """The miss of a clock (clock rules 19): its due, and the first instant at which the clock is missed.

    `lowered_by` is the event that had lowered the level, if the level came back after its due (clock rules 16 and 23).
    """

    due: datetime
    since: datetime
    target: Target
    lowered_by: Event | None = None

    @property
    def decided(self) -> datetime:
        """When the miss became final: at its due, or when a lowered level came back."""
        return self.due if self.since == self.due + SECOND and self.lowered_by is None else self.since


class ClockTimers(Struct):
    """All timers of one clock, advanced phase by phase.

    A level is a target on a calendar, whichever priorities and kinds give it. Each level has one timer, which starts at
    the first instant at which the ticket had that level or a more urgent one (clock rules 15).
    """

    phases: Sequence[Phase]
    priorities: tuple[str, ...]  # most urgent first
    promise_for: PromiseLookup
    timers: dict[tuple[timedelta, str], Timer] = field(default_factory=dict)  # by target and calendar name
    phases_done: int = 0  # phases advanced through
    miss: Miss | None = None
    last_due: Due | None = None  # the due in force at the last stop; None if nothing was promised
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
        """Return the open time of a phase, whatever its mode."""
        key = index, id(calendar)
        cached = self._spent.get(key)
        if cached is None:
            phase = self.phases[index]
            cached = self._spent[key] = calendar.between(phase.start, phase.end)
        return cached

    def total(self, mode: str, calendar: Calendar | DatedCalendar) -> timedelta:
        """Return the open time of all phases of one mode."""
        times = (self.open_time(index, calendar) for index, phase in enumerate(self.phases) if phase.mode == mode)
        return sum(times, NO_TIME)

    def running_time_since(self, instant: datetime, calendar: Calendar | DatedCalendar) -> timedelta:
        """Return the open time in which the clock ran after an instant."""
        running = (phase for phase in self.phases if phase.mode == RUNNING and phase.end > instant)
        return sum((calendar.between(max(phase.start, instant), phase.end) for phase in running), NO_TIME)

    def _enter_phase(self, phase: Phase) -> Sequence[Timer]:
        target = self.promise_for(phase.level, phase.kind)
        if target and target.key not in self.timers:
            self.timers[target.key] = self._start_timer(phase, target)
        in_force = self._timers_in_force(phase)
        for timer in self.timers.values():
            if timer.expired is None:  # after the due, whoever had lowered it by then still answers for it
                timer.lowered_by = None if timer in in_force else timer.lowered_by or phase.event
        return in_force

    def _timers_in_force(self, phase: Phase) -> Sequence[Timer]:
        """Return the timers of the current level and of every milder one so far (clock rules 16), most urgent first.

        The order decides which of two equal dues is named.
        """
        timers = [timer for timer in self.timers.values() if self._is_at_most_as_urgent(timer, phase)]
        return sorted(timers, key=lambda timer: (self.priorities.index(timer.level), timer.target.duration))

    def _is_at_most_as_urgent(self, timer: Timer, phase: Phase) -> bool:
        """Whether the level of a timer is the level of a phase or a less urgent one (clock rules 15).

        Within a kind the priorities order the levels; across kinds the longer target is the less urgent.
        """
        current = self.promise_for(phase.level, phase.kind)
        if current is None or current.key == timer.target.key:
            return current is not None
        position = self.priorities.index(phase.level)
        for index, priority in reversed(tuple(enumerate(self.priorities))):
            target = self.promise_for(priority, phase.kind)
            if target and target.key == timer.target.key:
                return index > position
        return self._cross_kind_rank(timer.level, timer.target) > self._cross_kind_rank(phase.level, current)

    def _cross_kind_rank(self, priority: str, target: Target) -> tuple[timedelta, int, bool]:
        return target.duration, self.priorities.index(priority), target.calendar_name != ALWAYS

    def _start_timer(self, entered: Phase, target: Target) -> Timer:
        """Start a timer and advance it from the first phase in which it should have run (clock rules 15)."""
        timer = Timer(entered.level, target, target.duration, lowered_by=entered.event)
        started = False
        for index, phase in enumerate(self.phases[: self.phases_done]):
            started = started or self._is_at_most_as_urgent(timer, phase)
            if started and phase.mode == RUNNING:
                timer.run(phase, self.open_time(index, target.calendar))
        return timer

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
    expired = [(timer.expired, timer) for timer in in_force if timer.expired is not None]
    if not expired:
        return None
    due, timer = min(expired, key=lambda expiry: expiry[0])
    return Miss(due, max(due + SECOND, start), timer.target, timer.lowered_by)


def promise_lookup(policy: Policy, clock: str, *, site: str, reported: datetime) -> PromiseLookup:
    """Return a cached lookup of what each level and kind promises on one clock to a ticket."""
    cache: dict[tuple[str, str], Target | None] = {}

    def promise(level: str, kind: str) -> Target | None:
        if (level, kind) not in cache:
            cache[level, kind] = policy.target(level, clock, kind=kind, site=site, reported=reported)
        return cache[level, kind]

    return promise
