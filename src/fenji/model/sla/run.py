"""One clock of a ticket, run up to an instant: its timers and the phase whose level counts."""

from __future__ import annotations

from datetime import datetime, timedelta

from fenji.model.policy import ALWAYS, CLOCKS, Policy
from fenji.model.sla.timeline import STOPPED, ClockStop, Phase, Timeline
from fenji.model.sla.timers import ClockTimers, Miss, promise_lookup
from fenji.model.worktime.calendar import Calendar, DatedCalendar


class ClockRun:
    """One clock of a ticket, to be run up to the instant at which its timeline ends."""

    def __init__(self, timeline: Timeline, policy: Policy, clock: str) -> None:
        self.timeline, self.policy, self.clock = timeline, policy, clock
        self.promise = promise_lookup(policy, clock, site=timeline.site, reported=timeline.reported)
        self.timers = ClockTimers(timeline.phases[clock], timeline.levels, self.promise)
        # Decided in another system: no promise here unless the import mapping asked for one, and in no rate (10).
        self.decided_elsewhere = timeline.brought_in is not None and self._was_decided(timeline.brought_in)
        if (self.decided_elsewhere and not timeline.judged_there) or self._is_known_to_the_day():
            self.promise = _promise_nothing
            self.timers = ClockTimers(timeline.phases[clock], timeline.levels, self.promise)
        self.phase = self._deciding_phase()
        self.target = self.promise(self.phase.level, self.phase.kind)

    def _is_known_to_the_day(self) -> bool:
        """Whether only the day is known on which the clock began or stopped, so that its time cannot be counted."""
        stop = self.timeline.stops.get(self.clock)
        events = [self.timeline.report, *([stop.event] if stop else [])]
        return any(event.body.get("precision") == "day" for event in events)

    def _was_decided(self, at: datetime) -> bool:
        """Whether the clock had stopped, or its promise run out, by an instant."""
        stop = self.timeline.stops.get(self.clock)
        if stop is not None and stop.at <= at:
            return True
        probe = ClockTimers(self.timeline.phases[self.clock], self.timeline.levels, self.promise).run()
        return probe.miss is not None and probe.miss.due <= at

    def finish(self) -> ClockRun:
        """Run the timers through all phases."""
        self.timers.run()
        return self

    def _deciding_phase(self) -> Phase:
        """Return the phase whose level counts: the last one, or the one that began with the stop."""
        phases = self.timeline.phases[self.clock]
        deciding = phases[-1]
        for phase in reversed(phases):
            if phase.mode != STOPPED:
                break
            deciding = phase
        return deciding

    @property
    def miss(self) -> Miss | None:
        return self.timers.miss

    @property
    def stop(self) -> ClockStop | None:
        """The stop of the clock; None if nothing stopped it or it runs again."""
        return self.timeline.stops.get(self.clock) if self.phase.mode == STOPPED else None

    @property
    def is_met(self) -> bool:
        return self.stop is not None and self.timers.miss is None and self.timers.last_due is not None

    @property
    def decided(self) -> datetime | None:
        """When the verdict became final (clock rules 26); None until then."""
        if self.timers.miss:
            return self.timers.miss.decided
        stop = self.stop if self.is_met else None
        return stop.at if stop and self.clock == "response" else self.timeline.confirmed if stop else None

    def calendar(self, phase: Phase) -> tuple[Calendar | DatedCalendar, str]:
        """Return the calendar of a phase's level and its name, even if the level promises nothing on this clock."""
        level, kind, site, reported = phase.level, phase.kind, self.timeline.site, self.timeline.reported
        targets = (
            self.policy.target(level, clock, kind=kind, site=site, reported=reported)
            for clock in sorted(CLOCKS, key=lambda name: name != self.clock)
        )
        target = next((candidate for candidate in targets if candidate), None)
        return (target.calendar, target.calendar_name) if target else (Calendar.always(), ALWAYS)


def _promise_nothing(_level: str, _kind: str) -> None:
    return None


def to_seconds(length: timedelta) -> int:
    """Convert a length of time to whole seconds."""
    return length.days * 86400 + length.seconds


def day_seconds(calendar: Calendar | DatedCalendar) -> int:
    """Return the seconds of a day on a calendar, for showing lengths: 24 hours if it declares no `day`."""
    return to_seconds(calendar.day) if calendar.day else 86_400
