"""Who answers for a clock (clock rules 23): one person or queue and one unit, by the same test for met and missed.

`charge` is the only place where that is decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.model.queue_names import QUEUE_PREFIX, read_person
from fenji.model.sla.timeline import RUNNING, Holder
from fenji.model.sla.timers import NO_TIME, SECOND
from fenji.model.worktime.calendar import Calendar, DatedCalendar

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.sla.run import ClockRun
    from fenji.model.ticket import Value
    from fenji.model.values import JsonValue

_LATE_PARTS = 4  # whoever held the ticket for less than 1/4 of the working time received it late
_SHARE_DIGITS = 4


class Answerer(Struct, frozen=True):
    """The one who answers for a clock: a person, or the duty queue of a site; the other is None.

    `unit` answers together with them; None if nobody involved has one.
    """

    owner: str | None
    queue: str | None
    unit: str | None

    @property
    def key(self) -> str:
        """The person's key, or `queue:SITE`."""
        return self.owner or f"{QUEUE_PREFIX}{self.queue}"


class ChargedTo(Struct, frozen=True):
    """Whom a verdict is charged to, and who else had a part in it.

    `involved` maps each other unit to the share of the clock's working time in which it was one of the ticket's units.
    `done_by` stopped the clock. `received_from` is whoever held the ticket longest (a person or `queue:SITE`), if the
    one charged had it for less than a quarter of that time.
    """

    owner: str | None
    queue: str | None
    unit: str | None
    involved: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    done_by: str | None = None
    received_from: str | None = None

    @property
    def key(self) -> str:
        """The person's key, or `queue:SITE`."""
        return self.owner or f"{QUEUE_PREFIX}{self.queue}"

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form (format 6)."""
        return {
            "owner": self.owner,
            "queue": self.queue,
            "unit": self.unit,
            "involved": dict(self.involved),
            "done_by": self.done_by,
            "received_from": self.received_from,
        }

    def frozen(self) -> dict[str, Value]:
        """Return what a confirmed ticket stores: the one who answers and the unit."""
        values: dict[str, Value] = {"owner": self.owner, "queue": self.queue, "unit": self.unit}
        return {key: value for key, value in values.items() if value is not None}


class _Decision(Struct, frozen=True):
    """What decides who answers: the instant, the end of the time that counts, and who held the ticket then."""

    at: datetime
    until: datetime
    holder: Holder
    lowered_by: str = ""


def _decision(run: ClockRun) -> _Decision | None:
    """Return the stop of a met clock, or the last second before the due of a missed one; None while undecided."""
    miss, stop = run.miss, run.stop
    if miss:
        lowered_by = read_person(miss.lowered_by.by) if miss.lowered_by else ""
        return _Decision(miss.due - SECOND, miss.due, run.timeline.holder_before(miss.due), lowered_by)
    return _Decision(stop.at, stop.at, stop.holder) if stop and run.is_met else None


def find_answerer(run: ClockRun) -> Answerer | None:
    """Return who answers for a clock that has run to its end; None while it is undecided."""
    decision = _decision(run)
    return _answerer(run, decision) if decision else None


def _answerer(run: ClockRun, decision: _Decision) -> Answerer:
    return _make_answerer(run, decision.lowered_by or decision.holder.owner, decision.holder.units, decision.at)


def _make_answerer(run: ClockRun, owner: str, units: Sequence[str], at: datetime) -> Answerer:
    return make_answerer(run.policy, run.timeline.site, Holder(owner, tuple(units)), at)


def make_answerer(policy: Policy, site: str, holder: Holder, at: datetime) -> Answerer:
    """Return who answers at an instant for a ticket of a site and its holder, who may be nobody."""
    owner, units = holder.owner, holder.units
    unit = policy.unit_of(owner, at) or next(iter(units), "") or policy.unit_of(policy.lead_of(site, at), at)
    return Answerer(owner or None, None if owner else site, unit or None)


def answerer_before(run: ClockRun, at: datetime) -> Answerer:
    """Return who would answer for a clock if it were decided at an instant: whoever held the ticket just before."""
    holder = run.timeline.holder_before(at)
    return _make_answerer(run, holder.owner, holder.units, at - SECOND)


def unit_of_holder(run: ClockRun, holder: str, at: datetime) -> str:
    """Return the unit, at an instant, of a person or queue that held the ticket before; `""` for none.

    The units of a queue are those of the ticket while the queue last held it: whoever took it over brought their own.
    """
    held = next((held for since, held in reversed(run.timeline.holders) if held.key == holder and since < at), None)
    if held is None or held.owner:
        return run.policy.unit_of(holder, at)
    return make_answerer(run.policy, run.timeline.site, held, at).unit or ""


def charge(run: ClockRun) -> ChargedTo | None:
    """Return whom a clock is charged to, with all who had a part in it; None while it is undecided.

    The run must have a detailed timeline and have finished.
    """
    decision = _decision(run)
    if decision is None:
        return None
    answerer = _answerer(run, decision)
    shares = _Shares.measure(run, decision)
    stop = run.stop
    return ChargedTo(
        answerer.owner,
        answerer.queue,
        answerer.unit,
        shares.involved(answerer.unit),
        stop.event.by if stop else None,
        None if decision.lowered_by else shares.received_from(answerer.key),
    )


class _Shares(Struct, frozen=True):
    """The working time of a clock up to its decision, by holder and by unit of the ticket."""

    total: timedelta
    by_holder: Mapping[str, timedelta]
    by_unit: Mapping[str, timedelta]

    @classmethod
    def measure(cls, run: ClockRun, decision: _Decision) -> _Shares:
        """Measure on the calendar of the promise, or by the wall clock if it was never open in that time."""
        target = run.miss.target if run.miss else run.target
        shares = cls._measure_on(run, decision, target.calendar) if target else None
        return shares if shares and shares.total else cls._measure_on(run, decision, Calendar.always())

    @classmethod
    def _measure_on(cls, run: ClockRun, decision: _Decision, calendar: Calendar | DatedCalendar) -> _Shares:
        total, by_holder, by_unit = NO_TIME, dict[str, timedelta](), dict[str, timedelta]()
        for phase in run.timers.phases:
            if phase.mode != RUNNING or phase.start >= min(decision.until, phase.end):
                continue
            length = calendar.between(phase.start, min(decision.until, phase.end))
            total += length
            by_holder[phase.holder.key] = by_holder.get(phase.holder.key, NO_TIME) + length
            for unit in phase.holder.units:
                by_unit[unit] = by_unit.get(unit, NO_TIME) + length
        return cls(total, by_holder, by_unit)

    def involved(self, answering_unit: str | None) -> Mapping[str, float]:
        """Return the share of each unit except the answering one."""
        shares = {unit: length for unit, length in self.by_unit.items() if unit != answering_unit}
        return MappingProxyType(
            {unit: round(length / self.total, _SHARE_DIGITS) if self.total else 1.0 for unit, length in shares.items()}
        )

    def received_from(self, holder: str) -> str | None:
        """Return the one who held the ticket longest, if this holder had it for less than a quarter of the time."""
        if self.by_holder.get(holder, NO_TIME) * _LATE_PARTS >= self.total:
            return None
        others = {key: length for key, length in self.by_holder.items() if key != holder}
        return max(others, key=lambda key: others[key], default=None)
