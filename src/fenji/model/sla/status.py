"""What a clock shows at an instant: due, time used, held and left, verdict, and who answers for it.

Nothing is stored and no background job decides: a reading is computed from the log, for any instant (clock rules 19).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from msgspec import Struct, field

from fenji.model import policy as policies
from fenji.model import ticket as tickets
from fenji.model.policy import CLOCKS, Policy
from fenji.model.sla.corrected import CorrectedVerdict, is_excused_by_correction
from fenji.model.sla.evidence import Evidence
from fenji.model.sla.excuses import find_excuse
from fenji.model.sla.plan_clocks import read_items
from fenji.model.sla.run import ClockRun, day_seconds, to_seconds
from fenji.model.sla.timeline import HELD, OFF, RUNNING, STOPPED, build_timeline
from fenji.model.sla.timers import SECOND, Due, Miss, earliest_due
from fenji.model.ticket import Event, Ticket

if TYPE_CHECKING:
    from fenji.model.sla.charges import ChargedTo
    from fenji.model.sla.item_clock import ItemClock
    from fenji.model.sla.signs import Sign
    from fenji.model.values import JsonValue


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One clock at an instant; lengths in whole seconds of the working time of `level`.

    `state` is one of running, at_risk, held, breached (missed and still open), met, missed (and stopped) and none (no
    promise, or withdrawn before there was a verdict). `target_s` belongs to the current level, `due` and `left_s` to
    the level whose promise runs out first; `due` is None while held, and a miss keeps its own due. `used_s` is the time
    it ran and `held_s` the time it waited, on the calendar of the current level. `late_s` is the time it ran since the
    due, on the calendar of the missed promise, `late_elapsed_s` the wall-clock time since then. `decided` is when the
    verdict became final (clock rules 26).
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
    decided: datetime | None = None
    next_change: datetime | None = None
    day_s: int = 86_400  # seconds of a day on the calendar of `level`, for showing lengths
    clock: str = ""
    evidence: Evidence | None = dataclasses.field(default=None, compare=False, repr=False)

    @property
    def charged_to(self) -> ChargedTo | None:
        """Whom the verdict is charged to (clock rules 23); None without a verdict. Computed on demand."""
        return self.evidence.charged_to(self.clock) if self.evidence and self.met is not None else None

    @property
    def excuse(self) -> Event | None:
        """The excuse that takes a miss out of the rate (clock rules 22). Computed on demand."""
        return self.evidence.excuse(self.clock) if self.evidence and self.met is False and not self.counts else None

    @property
    def correction(self) -> CorrectedVerdict | None:
        """The other verdict that a correction gives (clock rules 10c). Computed on demand."""
        return self.evidence.correction(self.clock) if self.evidence and self.met is not None else None

    @property
    def signs(self) -> tuple[Sign, ...]:
        """The signs beside the clock (clock rules 11, 12 and 16). Computed on demand."""
        return self.evidence.signs(self.clock) if self.evidence else ()

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form (format 6), with elapsed seconds in addition to working seconds."""
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
            "excuse": _excuse_mapping(self.excuse),
            "correction": other.correction.key if (other := self.correction) else None,
            "signs": [sign.name for sign in self.signs],
            "charged_to": charged_to.mapping() if (charged_to := self.charged_to) else None,
        }


def _excuse_mapping(excuse: Event | None) -> dict[str, JsonValue] | None:
    if excuse is None:
        return None
    return {"reason": excuse.reason, "note": excuse.note, "by": excuse.by, "at": excuse.at.isoformat()}


class Reading(Struct, frozen=True):
    """Both clocks of a ticket at an instant, and those of a project's items."""

    id: str
    at: datetime
    response: ClockReading
    solution: ClockReading
    items: Mapping[str, ItemClock] = field(default_factory=dict)  # of a project's plan, by key

    @property
    def next_change(self) -> datetime | None:
        """The next instant at which a state may change by itself: at risk, past a due, or by a new policy version."""
        clocks = (self.response.next_change, self.solution.next_change)
        changes = (*clocks, *(item.next_change for item in self.items.values()))
        return min((change for change in changes if change), default=None)

    def clock(self, name: str) -> ClockReading:
        """Return the reading of `response` or `solution`."""
        return self.response if name == "response" else self.solution

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form (format 6)."""
        clocks = {name: self.clock(name).mapping() for name in CLOCKS}
        items = {key: item.mapping() for key, item in self.items.items()}
        return {"id": self.id, "at": self.at.isoformat(), **clocks, **({"items": items} if items else {})}


def _isoformat(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def reading(
    ticket: Ticket | Mapping[str, tickets.LooseValue], policy: Policy | Mapping[str, object], at: datetime
) -> Reading:
    """Read both clocks at any past or future instant, from the events up to then only (clock rules 11 to 23).

    Ticket and policy may also be plain mappings as a YAML loader returns them (`from_mapping` of `ticket` and of
    `policy` say what they accept); to read many clocks, convert them once. Raises Damaged for faulty mappings.
    Before the report both states are `none`. Raises Refused if a calendar does not open (clock rules 7), and for a
    time without offset.
    """
    ticket = ticket if isinstance(ticket, Ticket) else tickets.from_mapping(ticket)
    policy = policy if isinstance(policy, Policy) else policies.from_mapping(policy)
    at = at.replace(microsecond=0)
    timeline = build_timeline(ticket, policy, at)
    if timeline is None:
        nothing = ClockReading("", "none")
        return Reading(ticket.id, at, nothing, nothing)
    evidence = Evidence(ticket, policy, at)
    response, solution = (read_run(ClockRun(timeline, policy, clock).finish(), evidence) for clock in CLOCKS)
    return Reading(ticket.id, at, response, solution, read_items(ticket, policy, timeline))


def read_run(run: ClockRun, evidence: Evidence) -> ClockReading:
    """Return the reading of a clock that has run to its end."""
    return _RunReader(run, evidence).read()


class _CommonFields(TypedDict):
    """The fields common to all readings, whatever the verdict."""

    clock: str
    evidence: Evidence
    level: str
    target_s: int | None
    done: datetime | None
    used_s: int
    held_s: int
    day_s: int


class _RunReader:
    """Turns a clock that has run to its end into its reading."""

    def __init__(self, run: ClockRun, evidence: Evidence) -> None:
        self.run, self.evidence = run, evidence
        self.phase, self.target, self.timers, self.timeline = run.phase, run.target, run.timers, run.timeline

    def read(self) -> ClockReading:
        """Return the reading at the end of the timeline, once the timers have run through all phases."""
        calendar = self.target.calendar if self.target else self.run.calendar(self.phase)[0]
        stop = self.run.stop
        common: _CommonFields = {
            "clock": self.run.clock,
            "evidence": self.evidence,
            "level": self.phase.level,
            "target_s": to_seconds(self.target.duration) if self.target else None,
            "done": stop.at if stop else None,
            "used_s": to_seconds(self.timers.total(RUNNING, calendar)),
            "held_s": to_seconds(self.timers.total(HELD, calendar)),
            "day_s": day_seconds(calendar),
        }
        if self.timers.miss:
            return self._missed_reading(common, self.timers.miss)
        if stop:
            return self._met_reading(common)
        return ClockReading(**common, state="none") if self.phase.mode == OFF else self._open_reading(common)

    def _missed_reading(self, common: _CommonFields, miss: Miss) -> ClockReading:
        until = common["done"] or self.timeline.withdrawn_at(self.run.clock) or self.timeline.until
        return ClockReading(
            **common,
            state="missed" if self.phase.mode in (STOPPED, OFF) else "breached",
            due=miss.due,
            left_s=0,
            late_s=to_seconds(self.timers.running_time_since(miss.due, miss.target.calendar)),
            late_elapsed_s=to_seconds(until - miss.due),
            met=False,
            counts=not self.run.decided_elsewhere
            and find_excuse(self.run) is None
            and not is_excused_by_correction(self.run, self.evidence.ticket),
            decided=miss.decided,
        )

    def _met_reading(self, common: _CommonFields) -> ClockReading:
        last_due = self.timers.last_due
        if last_due is None:
            return ClockReading(**common, state="none")
        return ClockReading(
            **common,
            state="met",
            due=last_due.at,
            left_s=to_seconds(last_due.timer.left),
            met=True,
            counts=not self.run.decided_elsewhere,
            decided=self.run.decided,
        )

    def _open_reading(self, common: _CommonFields) -> ClockReading:
        next_due = earliest_due(self.timers.timers_in_force(), self.timeline.until)
        if next_due is None or self.target is None:
            return ClockReading(**common, state="none")
        left = to_seconds(next_due.timer.left)
        if self.phase.mode == HELD:
            edit = self.run.policy.next_edit(self.timeline.until)
            return ClockReading(**common, state="held", left_s=left, counts=True, next_change=edit)
        risk = int(to_seconds(self.target.duration) * self.run.policy.at_risk_at(self.timeline.until))
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
        edit = self.run.policy.next_edit(self.timeline.until)
        return min(change, edit) if edit else change
