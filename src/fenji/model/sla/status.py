"""What a clock shows at an instant: due, time used, held and left, verdict, and who answers for it.

Nothing here is stored and no job decides it: every reading is made from the log, for any instant (clock rules 19).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from fenji.errors import Refused
from fenji.model import policy as policies
from fenji.model import ticket as tickets
from fenji.model.policy import CLOCKS, Policy
from fenji.model.sla.timeline import HELD, OFF, RUNNING, STOPPED, Holder, Phase, Timeline, build_timeline
from fenji.model.sla.timers import SECOND, ClockTimers, Due, Miss, earliest_due, promise_lookup
from fenji.model.ticket import Ticket
from fenji.model.worktime.calendar import Calendar

if TYPE_CHECKING:
    from fenji.model.ticket import Event
    from fenji.model.worktime.calendar import DatedCalendar

UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class ChargedTo:
    """Who answers for a verdict. Without an owner it is the queue of `units`; without either, `unassigned`."""

    owner: str | None
    units: tuple[str, ...]

    def mapping(self) -> dict[str, object]:
        """As JSON holds it (format 6)."""
        return {"owner": self.owner, "units": list(self.units)}

    def text(self) -> str:
        """Join owner and units as one text."""
        return ", ".join(self.units if self.owner is None else (self.owner, *self.units))


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One clock at an instant; lengths in whole seconds of the working time of `level`.

    `state` is one of running, at_risk, held, breached (missed and still open), met, missed (and stopped) and none (no
    promise, or withdrawn before there was a verdict). `target_s` is the current level's; `due` and `left_s` are those
    of the level whose promise runs out first; `due` is None while held, and a miss keeps its own. `used_s` ran and
    `held_s` waited, on the calendar of the current level. `late_s` ran since the due on the calendar of the promise
    that was missed, `late_elapsed_s` went by. `decided` is when the verdict became final (clock rules 26).
    """

    level: str
    state: str
    target_s: int | None = None
    due: datetime | None = None
    done: datetime | None = None
    used_s: int = 0
    held_s: int = 0
    left_s: int | None = None
    late_s: int = 0
    late_elapsed_s: int = 0
    met: bool | None = None
    counts: bool = False
    charged_to: ChargedTo | None = None
    decided: datetime | None = None
    next_change: datetime | None = None
    day_s: int = 86_400  # the seconds that a day has on the calendar of `level`, for showing lengths

    def mapping(self) -> dict[str, object]:
        """As JSON holds it (format 6), and the elapsed seconds beside the working ones."""
        return {
            "target_s": self.target_s,
            "due": _isoformat(self.due),
            "done": _isoformat(self.done),
            "used_s": self.used_s,
            "held_s": self.held_s,
            "left_s": self.left_s,
            "late_s": self.late_s,
            "late_elapsed_s": self.late_elapsed_s,
            "state": self.state,
            "met": self.met,
            "counts": self.counts,
            "charged_to": self.charged_to.mapping() if self.charged_to else None,
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks of a ticket at an instant."""

    id: str
    at: datetime
    response: ClockReading
    solution: ClockReading

    @property
    def next_change(self) -> datetime | None:
        """The next instant at which a state may change by itself: at risk, past a due, or by another version."""
        return min(
            (
                clock_reading.next_change
                for clock_reading in (self.response, self.solution)
                if clock_reading.next_change
            ),
            default=None,
        )

    def clock(self, name: str) -> ClockReading:
        """The reading of `response` or `solution`."""
        return self.response if name == "response" else self.solution

    def mapping(self) -> dict[str, object]:
        """As JSON holds it (format 6)."""
        clocks = {name: self.clock(name).mapping() for name in CLOCKS}
        return {"id": self.id, "at": self.at.isoformat(), **clocks}


def _isoformat(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def reading(ticket: Ticket | Mapping[str, object], policy: Policy | Mapping[str, object], at: datetime) -> Reading:
    """Read both clocks at any past or future instant, from the events up to then only (clock rules 11 to 23).

    Ticket and policy may also be plain mappings, as YAML loaders make them of the files (`from_mapping` of `ticket` and
    of `policy` say what is taken); whoever reads many clocks makes the values once. Raises Damaged for faulty ones.
    Before the report both states are `none`. Raises Refused where a calendar does not open (clock rules 7), and for a
    time without offset.
    """
    ticket = ticket if isinstance(ticket, Ticket) else tickets.from_mapping(ticket)
    policy = policy if isinstance(policy, Policy) else policies.from_mapping(policy)
    at = at.replace(microsecond=0)
    timeline = build_timeline(ticket, policy, at)
    if timeline is None:
        nothing = ClockReading("", "none")
        return Reading(ticket.id, at, nothing, nothing)
    response, solution = (_read_clock(timeline, policy, clock) for clock in CLOCKS)
    return Reading(ticket.id, at, response, solution)


def _read_clock(timeline: Timeline, policy: Policy, clock: str) -> ClockReading:
    run = ClockRun(timeline, policy, clock)
    run.timers.run()
    return run.build_reading()


class _CommonFields(TypedDict):
    """The fields that every reading has, whatever the verdict."""

    level: str
    target_s: int | None
    done: datetime | None
    used_s: int
    held_s: int
    day_s: int


class ClockRun:
    """One clock of a ticket, run up to the instant at which its timeline ends."""

    def __init__(self, timeline: Timeline, policy: Policy, clock: str) -> None:
        self.timeline, self.policy, self.clock = timeline, policy, clock
        promise = promise_lookup(policy, clock, site=timeline.site, reported=timeline.reported)
        self.timers = ClockTimers(timeline.phases[clock], timeline.levels, promise)
        self.phase = self._deciding_phase()
        self.target = promise(self.phase.level, self.phase.kind)

    def _deciding_phase(self) -> Phase:
        """The phase whose level counts: the last one, or the one that began with the stop."""
        phases = self.timeline.phases[self.clock]
        deciding = phases[-1]
        for phase in reversed(phases):
            if phase.mode != STOPPED:
                break
            deciding = phase
        return deciding

    def calendar(self, phase: Phase) -> tuple[Calendar | DatedCalendar, str]:
        """Return the calendar of a phase's level and its name, even if the level promises nothing on this clock."""
        level, kind, site, reported = phase.level, phase.kind, self.timeline.site, self.timeline.reported
        targets = (
            self.policy.target(level, clock, kind=kind, site=site, reported=reported)
            for clock in sorted(CLOCKS, key=lambda name: name != self.clock)
        )
        target = next((candidate for candidate in targets if candidate), None)
        return (target.calendar, target.calendar_name) if target else (Calendar.always(), "always")

    def build_reading(self) -> ClockReading:
        """Return the reading at the end of the timeline, once the timers have run through all phases."""
        calendar = self.target.calendar if self.target else self.calendar(self.phase)[0]
        stop = self.timeline.stops.get(self.clock) if self.phase.mode == STOPPED else None
        common: _CommonFields = {
            "level": self.phase.level,
            "target_s": to_seconds(self.target.duration) if self.target else None,
            "done": stop.at if stop else None,
            "used_s": to_seconds(self.timers.total(RUNNING, calendar)),
            "held_s": to_seconds(self.timers.total(HELD, calendar)),
            "day_s": to_seconds(calendar.day) if calendar.day else 86_400,
        }
        if self.timers.miss:
            return self._missed_reading(common, self.timers.miss)
        if stop:
            return self._met_reading(common, stop.holder)
        return ClockReading(**common, state="none") if self.phase.mode == OFF else self._open_reading(common)

    def _missed_reading(self, common: _CommonFields, miss: Miss) -> ClockReading:
        until = common["done"] or (self.phase.start if self.phase.mode == OFF else self.timeline.until)
        charged = charged_to(self.timeline.holder_before(miss.due))
        return ClockReading(
            **common,
            state="missed" if self.phase.mode in (STOPPED, OFF) else "breached",
            due=miss.due,
            left_s=0,
            late_s=to_seconds(self.timers.running_time_since(miss.due, miss.target.calendar)),
            late_elapsed_s=to_seconds(until - miss.due),
            met=False,
            counts=not self._is_excused(miss, charged),
            charged_to=charged,
            decided=miss.due if miss.since == miss.due + SECOND else miss.since,
        )

    def _is_excused(self, miss: Miss, charged: ChargedTo) -> bool:
        excuses = (excuse for excuse in self.timeline.excuses if excuse.body.get("clock") == self.clock)
        return any(excuse.at >= miss.since and excuse.by != charged.owner for excuse in excuses)

    def _met_reading(self, common: _CommonFields, holder: Holder) -> ClockReading:
        last_due = self.timers.last_due
        if last_due is None:
            return ClockReading(**common, state="none")
        return ClockReading(
            **common,
            state="met",
            due=last_due.at,
            left_s=to_seconds(last_due.timer.left),
            met=True,
            counts=True,
            charged_to=charged_to(holder),
            decided=common["done"] if self.clock == "response" else self.timeline.confirmed,
        )

    def _open_reading(self, common: _CommonFields) -> ClockReading:
        next_due = earliest_due(self.timers.timers_in_force(), self.timeline.until)
        if next_due is None or self.target is None:
            return ClockReading(**common, state="none")
        left = to_seconds(next_due.timer.left)
        if self.phase.mode == HELD:
            edit = self.policy.next_edit(self.timeline.until)
            return ClockReading(**common, state="held", left_s=left, counts=True, next_change=edit)
        risk = int(to_seconds(self.target.duration) * self.policy.at_risk_at(self.timeline.until))
        return ClockReading(
            **common,
            state="at_risk" if left <= risk else "running",
            due=next_due.at,
            left_s=left,
            counts=True,
            next_change=self._next_change(next_due, left - risk),
        )

    def _next_change(self, due: Due, until_risk: int) -> datetime:
        change = due.at + SECOND
        if until_risk > 0:
            change = due.timer.target.calendar.add(self.timeline.until, timedelta(seconds=until_risk))
        edit = self.policy.next_edit(self.timeline.until)
        return min(change, edit) if edit else change


def to_seconds(length: timedelta) -> int:
    """Convert a length of time to whole seconds."""
    return length.days * 86400 + length.seconds


def charged_to(holder: Holder) -> ChargedTo:
    """Return whom the time of a holder is charged to (clock rules 23)."""
    return ChargedTo(holder.owner or (None if holder.units else UNASSIGNED), holder.units)


def check_excuse(ticket: Ticket, event: Event, policy: Policy) -> None:
    """Raise Refused for an excuse of a clock that was not missed, or by the person charged with it (clock rules 22)."""
    clock = str(event.body.get("clock") or "")
    clock_reading = reading(ticket, policy, event.at).clock(clock)
    if clock_reading.met is not False:
        raise Refused(
            "The {clock} of {id} was not missed.", hint="Only a miss can be excused.", clock=clock, id=ticket.id
        )
    if clock_reading.charged_to and clock_reading.charged_to.owner == event.by:
        raise Refused(
            "{person} is charged with this miss and cannot excuse it.",
            hint="Ask somebody else.",
            person=policy.display_name(event.by),
        )
    if not clock_reading.counts:
        raise Refused(
            "The {clock} of {id} is excused already.", hint="There is nothing to do.", clock=clock, id=ticket.id
        )
