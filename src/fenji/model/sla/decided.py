"""The clocks that figures count, each as one value with the ticket's fields at its decision (clock rules 25 and 26).

The fields of a met clock are read at its stop, those of a missed one at its due; later edits change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from fenji.model import workflow
from fenji.model.sla.charges import Answerer, ChargedTo, answerer_before, charge, find_answerer
from fenji.model.sla.corrected import CorrectedVerdict, find_correction
from fenji.model.sla.evidence import Evidence
from fenji.model.sla.excuses import find_excuse
from fenji.model.sla.names import LET_OFF
from fenji.model.sla.run import ClockRun, to_seconds
from fenji.model.sla.signs import Sign, clock_signs
from fenji.model.sla.status import ClockReading, read_run
from fenji.model.sla.timeline import OFF, RUNNING
from fenji.model.sla.timers import SECOND
from fenji.model.worktime.calendar import Calendar

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event, FieldPath, Ticket, Value

Answer = Literal["met", "missed", "excused", "let_off", "none", "open", "withdrawn"]
_FIELDS: tuple[FieldPath, ...] = (
    *("kind", "impact", "occurrence", "product.system", "product.subsystem", "product.part", "product.serial"),
    *("requester.unit", "requester.name"),
)


class DecidedFields(Struct, frozen=True):
    """The fields by which figures are grouped, as they were when the clock was decided; empty if not given."""

    level: str  # the name of the priority
    site: str
    kind: str
    impact: str
    occurrence: str
    system: str
    subsystem: str
    part: str
    serial: str
    customer: str  # `requester.unit`
    requester: str


class DecidedClock(Struct, frozen=True):
    """One clock of a ticket as figures count it; lengths in whole seconds.

    `answer` is met, missed, excused (out of the rate, by `excuse` or by `correction`), let_off (its promise was taken
    away while it ran), none (no promise), open (undecided) or withdrawn (while undecided). `decided_at` is when it
    became final: the due of a miss, the answer of a met response, the confirmation of a met solution; None until then,
    also for a solution that is met but not confirmed. `answerer` is who is charged, or would be if the clock were
    decided now; for one that was let off, whoever held it then. `used_s` is the time it ran on `calendar`, `elapsed_s`
    the same by the wall clock, without the time held.
    `late_s` and `late_elapsed_s` are those at the instant of reading.
    """

    ticket_id: str
    uid: str
    clock: str
    answer: Answer
    decided_at: datetime | None
    reported: datetime
    stop: datetime | None
    due: datetime | None
    fields: DecidedFields
    answerer: Answerer
    charged_to: ChargedTo | None
    signs: tuple[Sign, ...]
    excuse: Event | None
    correction: CorrectedVerdict | None
    calendar: str
    target_s: int | None
    used_s: int
    elapsed_s: int
    held_s: int
    late_s: int
    late_elapsed_s: int

    @property
    def in_rate(self) -> bool:
        """Whether the clock is final and counts as a success or a miss."""
        return self.answer in ("met", "missed") and self.decided_at is not None

    def frozen(self) -> dict[str, Value]:
        """Return what a confirmation would freeze of the clock."""
        met = {"met": True, "missed": False, "excused": False}.get(self.answer)
        charged = self.charged_to.frozen() if self.charged_to else None
        excused = True if self.excuse else None
        return {"due": self.due, "done": self.stop, "met": met, "charged_to": charged, "excused": excused}


def ticket_clocks(ticket: Ticket, policy: Policy, at: datetime) -> tuple[DecidedClock, ...]:
    """Return both clocks of a ticket at an instant, decided or not; none before its report.

    Raises Refused as `reading` does.
    """
    return read_clocks(Evidence(ticket, policy, at))


def read_clocks(evidence: Evidence) -> tuple[DecidedClock, ...]:
    """Return both clocks of a ticket from its evidence."""
    return tuple(_make_clock(evidence.ticket, run, read_run(run, evidence)) for run in evidence.runs.values())


def decided_clocks(ticket: Ticket, policy: Policy, at: datetime) -> tuple[DecidedClock, ...]:
    """Return the clocks of a ticket whose verdict is final at an instant."""
    return tuple(clock for clock in ticket_clocks(ticket, policy, at) if clock.decided_at is not None)


def _make_clock(ticket: Ticket, run: ClockRun, read: ClockReading) -> DecidedClock:
    charged, signs, excuse = charge(run), clock_signs(ticket, run), find_excuse(run)
    let_off = next((sign for sign in signs if sign.name == LET_OFF), None)
    now = answerer_before(run, run.timeline.until + SECOND)
    return DecidedClock(
        ticket.id,
        ticket.uid,
        run.clock,
        _answer(run, let_off, excused=read.met is False and not read.counts),
        run.decided,
        run.timeline.reported,
        read.done,
        let_off.due if let_off else read.due,
        _fields_at_decision(ticket, run),
        find_answerer(run) or (let_off.answerer if let_off and let_off.answerer else now),
        charged,
        signs,
        excuse,
        find_correction(run, ticket) if run.policy.corrections else None,
        run.calendar(run.phase)[1],
        read.target_s,
        read.used_s,
        to_seconds(run.timers.total(RUNNING, Calendar.always())),
        read.held_s,
        read.late_s,
        read.late_elapsed_s,
    )


def _answer(run: ClockRun, let_off: Sign | None, *, excused: bool) -> Answer:
    if run.decided_elsewhere:
        return "none"
    if run.miss:
        return "excused" if excused else "missed"
    if run.is_met:
        return "met"
    if let_off:
        return "let_off"
    if run.phase.mode == OFF:
        return "withdrawn"
    return "none" if run.target is None or run.stop else "open"


def _fields_at_decision(ticket: Ticket, run: ClockRun) -> DecidedFields:
    values = _values_after(ticket, list(_events_to_decision(ticket, run)))
    phase = run.phase
    if run.miss:
        due = run.miss.due
        phase = next(phase for phase in reversed(run.timers.phases) if phase.start <= due)
    return DecidedFields(phase.level, run.timeline.site, *(values[path] for path in _FIELDS))


def fields_at(ticket: Ticket, run: ClockRun, at: datetime) -> DecidedFields:
    """Return the fields of a ticket as they were at an instant."""
    events = [event for event, position in workflow.replay(ticket.log) if position and event.at <= at]
    phases = run.timeline.phases["solution"]
    phase = next((phase for phase in reversed(phases) if phase.start <= at), phases[0])
    values = _values_after(ticket, events)
    return DecidedFields(phase.level, run.timeline.site, *(values[path] for path in _FIELDS))


def _events_to_decision(ticket: Ticket, run: ClockRun) -> Iterator[Event]:
    """Yield the counted events up to the stop of a met clock, the due of a missed one, else the end of the timeline."""
    until = run.miss.due if run.miss else run.timeline.until
    stop = run.stop.event if run.stop and run.is_met else None
    for event, position in workflow.replay(ticket.log):
        if event.at > until:
            return
        if position:
            yield event
        if event is stop:
            return


def _values_after(ticket: Ticket, events: Sequence[Event]) -> Mapping[str, str]:
    """Return the fields as the events left them; a field that no event of the log sets is read from the header."""
    stated: dict[str, Value] = {}
    for event in events:
        stated |= {path: value for path, value in event.set.items() if path in _FIELDS}
    ever = {path for event in ticket.log for path in event.set}
    return {path: str(stated.get(path) or "") if path in ever else ticket.word(path) for path in _FIELDS}
