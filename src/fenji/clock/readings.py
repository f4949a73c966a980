"""What a clock shows at an instant: due, time used, held and left, verdict, and who answers for it.

Nothing here is stored and no job decides it: every reading is made from the log, for any instant (clock rules 19).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from fenji import policy as policies
from fenji import ticket as tickets
from fenji.clock.course import HELD, OFF, RUNNING, STOPPED, Course, Holder, Phase, course
from fenji.clock.stopwatch import SECOND, Due, Miss, Stopwatches, earliest, promises
from fenji.errors import Refused
from fenji.policy import CLOCKS, Policy
from fenji.ticket import Ticket

if TYPE_CHECKING:
    from fenji.calendars import Calendar, Dated
    from fenji.ticket import Event

UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class Charge:
    """Who answers for a verdict. Without an owner it is the queue of `units`; without either, `unassigned`."""

    owner: str | None
    units: tuple[str, ...]

    def mapping(self) -> dict[str, object]:
        """As JSON holds it (format 6)."""
        return {"owner": self.owner, "units": list(self.units)}

    def text(self) -> str:
        """Owner and units in a row."""
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
    charged_to: Charge | None = None
    decided: datetime | None = None
    next_change: datetime | None = None
    day_s: int = 86_400  # the seconds that a day has on the calendar of `level`, for showing lengths

    def mapping(self) -> dict[str, object]:
        """As JSON holds it (format 6), and the elapsed seconds beside the working ones."""
        return {
            "target_s": self.target_s,
            "due": _text(self.due),
            "done": _text(self.done),
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
        """The next instant at which a state changes if nothing happens: at risk, or one second past a due."""
        return min((one.next_change for one in (self.response, self.solution) if one.next_change), default=None)

    def clock(self, name: str) -> ClockReading:
        """The reading of `response` or `solution`."""
        return self.response if name == "response" else self.solution

    def mapping(self) -> dict[str, object]:
        """As JSON holds it (format 6)."""
        clocks = {name: self.clock(name).mapping() for name in CLOCKS}
        return {"id": self.id, "at": self.at.isoformat(), **clocks}


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def reading(ticket: Ticket | Mapping[str, object], policy: Policy | Mapping[str, object], at: datetime) -> Reading:
    """Both clocks at any past or future instant, by the events up to then alone (clock rules 11 to 23).

    Ticket and policy may also be plain mappings, as YAML loaders make them of the files (`from_mapping` of `ticket` and
    of `policy` say what is taken); whoever reads many clocks makes the values once. Raises Damaged for faulty ones.
    Before the report both states are `none`. Raises Refused where a calendar does not open (clock rules 7), and for a
    time without offset.
    """
    ticket = ticket if isinstance(ticket, Ticket) else tickets.from_mapping(ticket)
    policy = policy if isinstance(policy, Policy) else policies.from_mapping(policy)
    at = at.replace(microsecond=0)
    way = course(ticket, policy, at)
    if way is None:
        nothing = ClockReading("", "none")
        return Reading(ticket.id, at, nothing, nothing)
    response, solution = (_read(way, policy, clock) for clock in CLOCKS)
    return Reading(ticket.id, at, response, solution)


def _read(way: Course, policy: Policy, clock: str) -> ClockReading:
    run = Run(way, policy, clock)
    run.watches.run()
    return run.judged()


class _Basis(TypedDict):
    """What a reading holds whatever the verdict."""

    level: str
    target_s: int | None
    done: datetime | None
    used_s: int
    held_s: int
    day_s: int


class Run:
    """One clock of a ticket, run up to the instant its course ends at."""

    def __init__(self, way: Course, policy: Policy, clock: str) -> None:
        self.way, self.policy, self.clock = way, policy, clock
        promise = promises(policy, clock, site=way.site, reported=way.reported)
        self.watches = Stopwatches(way.phases[clock], way.levels, promise)
        self.phase = self._deciding()
        self.target = promise(self.phase.level, self.phase.kind)

    def _deciding(self) -> Phase:
        """The phase whose level counts: the last one, or the one that began with the stop."""
        phases = self.way.phases[self.clock]
        found = phases[-1]
        for phase in reversed(phases):
            if phase.mode != STOPPED:
                break
            found = phase
        return found

    def calendar(self, phase: Phase) -> tuple[Calendar | Dated, str]:
        """The calendar of a phase's level and its name, also where the level promises nothing on this clock."""
        level, kind, site, reported = phase.level, phase.kind, self.way.site, self.way.reported
        targets = (
            self.policy.target(level, clock, kind=kind, site=site, reported=reported)
            for clock in sorted(CLOCKS, key=lambda one: one != self.clock)
        )
        found = next((one for one in targets if one), None)
        return (found.calendar, found.calendar_name) if found else (self.policy.calendar("always"), "always")

    def judged(self) -> ClockReading:
        """The clock at the end of its course, once the stopwatches have taken all phases."""
        calendar = self.target.calendar if self.target else self.calendar(self.phase)[0]
        stop = self.way.stops.get(self.clock) if self.phase.mode == STOPPED else None
        base: _Basis = {
            "level": self.phase.level,
            "target_s": seconds(self.target.duration) if self.target else None,
            "done": stop.at if stop else None,
            "used_s": seconds(self.watches.total(RUNNING, calendar)),
            "held_s": seconds(self.watches.total(HELD, calendar)),
            "day_s": seconds(calendar.day) if calendar.day else 86_400,
        }
        if self.watches.miss:
            return self._missed(base, self.watches.miss)
        if stop:
            return self._stopped(base, stop.holder)
        return ClockReading(**base, state="none") if self.phase.mode == OFF else self._open(base)

    def _missed(self, base: _Basis, miss: Miss) -> ClockReading:
        until = base["done"] or (self.phase.start if self.phase.mode == OFF else self.way.until)
        charged = charge(self.way.holder_before(miss.due))
        return ClockReading(
            **base,
            state="missed" if self.phase.mode in (STOPPED, OFF) else "breached",
            due=miss.due,
            left_s=0,
            late_s=seconds(self.watches.run_since(miss.due, miss.target.calendar)),
            late_elapsed_s=seconds(until - miss.due),
            met=False,
            counts=not self._excused(miss, charged),
            charged_to=charged,
            decided=miss.due if miss.since == miss.due + SECOND else miss.since,
        )

    def _excused(self, miss: Miss, charged: Charge) -> bool:
        excuses = (one for one in self.way.excuses if one.more.get("clock") == self.clock)
        return any(one.at >= miss.since and one.by != charged.owner for one in excuses)

    def _stopped(self, base: _Basis, holder: Holder) -> ClockReading:
        last = self.watches.last
        if last is None:
            return ClockReading(**base, state="none")
        return ClockReading(
            **base,
            state="met",
            due=last.at,
            left_s=seconds(last.watch.left),
            met=True,
            counts=True,
            charged_to=charge(holder),
            decided=base["done"] if self.clock == "response" else self.way.confirmed,
        )

    def _open(self, base: _Basis) -> ClockReading:
        next_due = earliest(self.watches.in_force(), self.way.until)
        if next_due is None or self.target is None:
            return ClockReading(**base, state="none")
        left = seconds(next_due.watch.left)
        if self.phase.mode == HELD:
            return ClockReading(**base, state="held", left_s=left, counts=True)
        risk = int(seconds(self.target.duration) * self.policy.at_risk)
        return ClockReading(
            **base,
            state="at_risk" if left <= risk else "running",
            due=next_due.at,
            left_s=left,
            counts=True,
            next_change=self._next_change(next_due, left - risk),
        )

    def _next_change(self, due: Due, until_risk: int) -> datetime:
        if until_risk > 0:
            return due.watch.target.calendar.add(self.way.until, timedelta(seconds=until_risk))
        return due.at + SECOND


def seconds(length: timedelta) -> int:
    """A length of time in whole seconds."""
    return length.days * 86400 + length.seconds


def charge(holder: Holder) -> Charge:
    """Whom the time of a holder is charged to (clock rules 23)."""
    return Charge(holder.owner or (None if holder.units else UNASSIGNED), holder.units)


def check_excuse(ticket: Ticket, event: Event, policy: Policy) -> None:
    """Refuse an excuse for a clock that was not missed, or by the person charged with the miss (clock rules 22)."""
    clock = str(event.more.get("clock") or "")
    found = reading(ticket, policy, event.at).clock(clock)
    if found.met is not False:
        raise Refused(
            "The {clock} of {id} was not missed.", hint="Only a miss can be excused.", clock=clock, id=ticket.id
        )
    if found.charged_to and found.charged_to.owner == event.by:
        raise Refused(
            "{person} is charged with this miss and cannot excuse it.",
            hint="Ask somebody else.",
            person=policy.name_of(event.by),
        )
    if not found.counts:
        raise Refused(
            "The {clock} of {id} is excused already.", hint="There is nothing to do.", clock=clock, id=ticket.id
        )
