"""Facts read from one ticket: its decided clocks, who held it when, what was spent, and its signs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.model import workflow
from fenji.model.appraisal.facts import (
    EXCUSED,
    GOES_ON,
    MET,
    MISSED,
    SEPARATOR,
    LineFact,
    SignFact,
    StretchFact,
    TicketFact,
    TicketFacts,
    VerdictFact,
)
from fenji.model.appraisal.item_facts import decided_columns, read_item_signs, read_item_verdicts
from fenji.model.appraisal.past_items import items_at, recorded_at
from fenji.model.appraisal.read_brought import read_brought_in
from fenji.model.appraisal.read_work import find_measure, read_involved, read_links, read_outside
from fenji.model.sla import Evidence, read_clocks, run_signs
from fenji.model.sla.charges import answerer_before, unit_of_holder
from fenji.model.sla.frozen import current_confirmation, find_differences, may_differ
from fenji.model.sla.names import CONFIRMED_OTHERWISE, EXCUSED_BY_CORRECTION, HANDED_ON_LATE, RECEIVED_LATE
from fenji.model.sla.timeline import OFF, STOPPED
from fenji.model.sla.timers import SECOND

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.sla import DecidedClock
    from fenji.model.sla.run import ClockRun
    from fenji.model.sla.timeline import Phase
    from fenji.model.ticket import Ticket, Value

_COUNTED = (MET, MISSED, EXCUSED)
_STEPS = ("report", "respond", "solve", "confirm", "archive")


def read_facts(ticket: Ticket, policy: Policy, at: datetime) -> TicketFacts:
    """Read the facts of a ticket, with its clocks at an instant. Raises Refused as `fenji.clock` does."""
    return facts_of_evidence(Evidence(ticket, policy, at))


def facts_of_evidence(evidence: Evidence) -> TicketFacts:
    """Read the facts of a ticket from its evidence."""
    ticket, policy, at = evidence.ticket, evidence.policy, evidence.at
    both = read_clocks(evidence)
    clocks = [clock for clock in both if clock.decided_at and clock.answer in _COUNTED]
    return TicketFacts(
        read_ticket_fact(ticket, at),
        [*(_read_verdict(evidence, clock) for clock in clocks), *read_item_verdicts(evidence)],
        _read_stretches(evidence),
        [_read_line(ticket, line) for line in items_at(ticket, "resources", at)],
        [*_read_signs(evidence, clocks), *_read_differences(evidence, both), *read_item_signs(evidence)],
        list(read_links(ticket, at)),
        list(read_involved(clocks)),
        list(read_outside(ticket, policy, at)),
        list(read_brought_in(evidence)),
    )


def read_ticket_fact(ticket: Ticket, at: datetime | None = None) -> TicketFact:
    """Read the fields of a ticket as it is now, and when each of its steps last happened up to an instant."""
    last: dict[str, int] = {}
    for event, position in workflow.replay(ticket.log):
        if at and event.at > at:
            break
        if position and event.do in _STEPS:
            last[event.do] = _seconds(event.at)
    return TicketFact(
        uid=ticket.uid,
        id=ticket.id,
        title=ticket.title,
        state=ticket.state,
        priority=ticket.priority,
        kind=ticket.word("kind"),
        site=ticket.site,
        owner=ticket.owner,
        units=SEPARATOR.join(ticket.units),
        tags=SEPARATOR.join(ticket.tags),
        impact=ticket.word("impact"),
        occurrence=ticket.word("occurrence"),
        system=ticket.word("product.system"),
        subsystem=ticket.word("product.subsystem"),
        part=ticket.word("product.part"),
        serial=ticket.word("product.serial"),
        customer=ticket.word("requester.unit"),
        requester=ticket.word("requester.name"),
        reported=last.get("report", 0),
        responded=last.get("respond", 0),
        solved=last.get("solve", 0),
        confirmed=last.get("confirm", 0),
        archived=last.get("archive", 0),
        opportunity=ticket.word("feedback.opportunity"),
        last=_seconds(max((event.at for event in ticket.log), default=None)),
        formerly=ticket.word("formerly"),
        measured=_seconds(find_measure(ticket, at)),
    )


def _read_verdict(evidence: Evidence, clock: DecidedClock) -> VerdictFact:
    run, is_miss = evidence.runs[clock.clock], clock.answer != MET
    return VerdictFact(
        uid=clock.uid,
        clock=clock.clock,
        item="",
        answer=clock.answer,
        at=_seconds(clock.decided_at),
        stopped=_seconds(clock.stop),
        person=clock.answerer.key,
        unit=clock.answerer.unit or "",
        **decided_columns(clock.fields),
        calendar=clock.calendar,
        used_s=clock.used_s,
        elapsed_s=clock.elapsed_s,
        over=run.phase.mode in (STOPPED, OFF),
        late_from=_seconds(clock.due if is_miss else clock.decided_at),
        late_until=_seconds(clock.stop or run.timeline.withdrawn_at(clock.clock)),
        done_by=(clock.charged_to and clock.charged_to.done_by) or "",
    )


def _read_stretches(evidence: Evidence) -> list[StretchFact]:
    """Return the stretches from the report to the confirmation, by who held the ticket in each."""
    run = evidence.runs.get("solution")
    phases, uid = run.timeline.phases["solution"] if run else (), evidence.ticket.uid
    found = [fact for phase in phases if run and (fact := _read_stretch(uid, run, phase))]
    closed = min(max((stretch.start + stretch.length for stretch in found), default=GOES_ON), GOES_ON)
    return [stretch._replace(closed=closed) for stretch in found]


def _read_stretch(uid: str, run: ClockRun, phase: Phase) -> StretchFact | None:
    state = _stretch_state(phase)
    if not state:
        return None
    holder = answerer_before(run, phase.start + SECOND)
    start, lasts = _seconds(phase.start), phase.end == run.timeline.until
    in_time = state == "solved" and _is_in_time(run, phase)
    length = GOES_ON if lasts else _seconds(phase.end) - start
    return StretchFact(uid, start, length, state, holder.key, holder.unit or "", in_time)


def _is_in_time(run: ClockRun, phase: Phase) -> bool:
    """Whether the solution had a promise and came before it ran out (clock rules 20)."""
    has_promise = run.promise(phase.level, phase.kind) is not None
    return has_promise and not (run.miss and run.miss.since <= phase.start)


def _stretch_state(phase: Phase) -> str:
    if phase.state in ("confirmed", "archived", "withdrawn") or phase.start == phase.end:
        return ""
    return phase.state if phase.state in ("waiting", "solved") else "running"


def _read_line(ticket: Ticket, line: Mapping[str, Value]) -> LineFact:
    def text(key: str) -> str:
        return "" if line.get(key) is None else str(line[key])

    on, billable = text("on").replace("-", ""), line.get("billable")
    return LineFact(
        uid=ticket.uid,
        key=text("key"),
        on=int(on) if on.isdecimal() else 0,
        person=text("who"),
        unit=text("unit"),
        kind=text("kind"),
        role=text("role"),
        hours=text("hours"),
        cost=text("cost"),
        currency=text("currency"),
        billable="" if billable is None else "yes" if billable else "no",
        recorded=0 if on.isdecimal() else _seconds(recorded_at(ticket, "resources", line)),
    )


def _read_signs(evidence: Evidence, clocks: list[DecidedClock]) -> Iterator[SignFact]:
    """Yield the signs, each with whoever caused it (clock rules 23, 28)."""
    ticket, policy = evidence.ticket, evidence.policy
    for sign in run_signs(ticket, evidence.runs):
        yield SignFact(ticket.uid, sign.name, _seconds(sign.at), sign.by, policy.unit_of(sign.by, sign.at))
    for clock in clocks:
        charged = clock.charged_to
        if charged and charged.received_from and clock.decided_at:
            decided, giver = clock.decided_at, charged.received_from
            yield SignFact(ticket.uid, RECEIVED_LATE, _seconds(decided), charged.key, charged.unit or "")
            unit = unit_of_holder(evidence.runs[clock.clock], giver, decided)
            yield SignFact(ticket.uid, HANDED_ON_LATE, _seconds(decided), giver, unit)
        if clock.answer == "excused" and clock.excuse is None and clock.correction:
            by, on = clock.correction.correction.by, clock.correction.correction.on
            decided_s = _seconds(clock.decided_at)  # in the period of the rate that it changes
            yield SignFact(ticket.uid, EXCUSED_BY_CORRECTION, decided_s, by, policy.unit_of(by, on))


def _read_differences(evidence: Evidence, clocks: Sequence[DecidedClock]) -> Iterator[SignFact]:
    """Yield a sign for each clock that was confirmed otherwise than the log reads now (clock rules 22)."""
    ticket, policy = evidence.ticket, evidence.policy
    confirmation = current_confirmation(ticket) if may_differ(ticket, clocks) else None
    if confirmation is None or confirmation.at > evidence.at:
        return
    decided = {clock.clock: clock.decided_at for clock in clocks}
    unit = policy.unit_of(confirmation.by, confirmation.at)
    for name in dict.fromkeys(difference.clock for difference in find_differences(ticket, policy)):
        at = decided.get(name) or confirmation.at  # in the period of the rate beside which it stands
        yield SignFact(ticket.uid, CONFIRMED_OTHERWISE, _seconds(at), confirmation.by, unit)


def _seconds(instant: datetime | None) -> int:
    return int(instant.timestamp()) if instant else 0
