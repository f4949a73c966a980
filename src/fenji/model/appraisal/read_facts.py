"""Facts read off one ticket: its decided clocks, who held it when, what was spent, the signs beside it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.model import workflow
from fenji.model.appraisal.facts import LineFact, SignFact, StretchFact, TicketFact, TicketFacts, VerdictFact
from fenji.model.sla import decided_clocks, log_signs
from fenji.model.sla.charges import answerer_before
from fenji.model.sla.run import ClockRun
from fenji.model.sla.signs import EXCUSED_BY_CORRECTION, HANDED_ON_LATE, RECEIVED_LATE
from fenji.model.sla.timeline import build_timeline
from fenji.model.sla.timers import SECOND

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.sla import DecidedClock
    from fenji.model.sla.timeline import Phase
    from fenji.model.ticket import Ticket

SEPARATOR = "\x1f"  # between names in one word
_COUNTED = ("met", "missed", "excused")
_STEPS = ("report", "respond", "solve", "confirm", "archive")


def read_facts(ticket: Ticket, policy: Policy, at: datetime) -> TicketFacts:
    """Read what a ticket brings to reports, its clocks read at an instant. Raises Refused as `fenji.clock` does."""
    clocks = [clock for clock in decided_clocks(ticket, policy, at) if clock.answer in _COUNTED]
    return TicketFacts(
        read_ticket_fact(ticket),
        [_read_verdict(ticket, clock) for clock in clocks],
        list(_read_stretches(ticket, policy, at)),
        [_read_line(ticket, line) for line in ticket.items("resources") if isinstance(line, Mapping)],
        list(_read_signs(ticket, policy, at, clocks)),
    )


def read_ticket_fact(ticket: Ticket) -> TicketFact:
    """Read the fields of a ticket as it is now, and when its steps happened: of several the last that counts."""
    last: dict[str, int] = {}
    for event, position in workflow.replay(ticket.log):
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
        tags=SEPARATOR.join(map(str, ticket.items("tags"))),
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
    )


def _read_verdict(ticket: Ticket, clock: DecidedClock) -> VerdictFact:
    fields = clock.fields
    return VerdictFact(
        uid=ticket.uid,
        clock=clock.clock,
        item="",
        answer=clock.answer,
        at=_seconds(clock.decided_at),
        stopped=_seconds(clock.stop),
        person=clock.answerer.key,
        unit=clock.answerer.unit or "",
        level=fields.level,
        kind=fields.kind,
        site=fields.site,
        impact=fields.impact,
        occurrence=fields.occurrence,
        system=fields.system,
        subsystem=fields.subsystem,
        part=fields.part,
        customer=fields.customer,
        requester=ticket.word("requester.name"),
        calendar=clock.calendar,
        used_s=clock.used_s,
        elapsed_s=clock.elapsed_s,
        over=clock.stop is not None or ticket.state == "withdrawn",
    )


def _read_stretches(ticket: Ticket, policy: Policy, at: datetime) -> Iterator[StretchFact]:
    """Yield the stretches from the report to the confirmation, by who held the ticket in each."""
    timeline = build_timeline(ticket, policy, at, detailed=True)
    if timeline is None:
        return
    run = ClockRun(timeline, policy, "solution")
    for phase in timeline.phases["solution"]:
        state = _stretch_state(phase)
        if state:
            holder = answerer_before(run, phase.start + SECOND)
            end = 0 if phase.end == timeline.until else _seconds(phase.end)
            yield StretchFact(ticket.uid, _seconds(phase.start), end, state, holder.key, holder.unit or "")


def _stretch_state(phase: Phase) -> str:
    if phase.state in ("confirmed", "archived", "withdrawn") or phase.start == phase.end:
        return ""
    return phase.state if phase.state in ("waiting", "solved") else "running"


def _read_line(ticket: Ticket, line: Mapping[str, object]) -> LineFact:
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
    )


def _read_signs(ticket: Ticket, policy: Policy, at: datetime, clocks: list[DecidedClock]) -> Iterator[SignFact]:
    """Yield the signs, each by the one who did it (clock rules 23, 28)."""
    for sign in log_signs(ticket, policy, at):
        yield SignFact(ticket.uid, sign.name, _seconds(sign.at), sign.by, policy.unit_of(sign.by, sign.at))
    for clock in clocks:
        charged = clock.charged_to
        if charged and charged.received_from and clock.decided_at:
            decided, giver = clock.decided_at, charged.received_from
            yield SignFact(ticket.uid, RECEIVED_LATE, _seconds(decided), charged.key, charged.unit or "")
            yield SignFact(ticket.uid, HANDED_ON_LATE, _seconds(decided), giver, policy.unit_of(giver, decided))
        if clock.answer == "excused" and clock.excuse is None and clock.correction:
            by, on = clock.correction.correction.by, clock.correction.correction.on
            decided_s = _seconds(clock.decided_at)  # beside the rate that it changes
            yield SignFact(ticket.uid, EXCUSED_BY_CORRECTION, decided_s, by, policy.unit_of(by, on))


def _seconds(instant: datetime | None) -> int:
    return int(instant.timestamp()) if instant else 0
