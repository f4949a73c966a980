"""Find what changed in known verdicts and why (clock rules 26): there are five possible causes and no other. Pure.

Events and corrections not known then are added step by step, in the order in which they became known; the step that
gave the verdict its present value is the cause.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import FenjiError
from fenji.model.appraisal.facts import Facts
from fenji.model.appraisal.issued import COMPARED, VerdictKey, known_verdicts
from fenji.model.appraisal.read_facts import read_facts
from fenji.model.ticket import FIELD_BY_PATH, PLAN_PREFIX

if TYPE_CHECKING:
    from fenji.model.appraisal.issued import Verdicts
    from fenji.model.policy import Policy
    from fenji.model.policy.rule_changes import Correction
    from fenji.model.ticket import Event, Ticket
    from fenji.model.values import JsonValue

ARRIVAL, BACK_DATED, EXCUSE, CORRECTION, REOPENING = "arrival", "back-dated", "excuse", "correction", "reopening"
UNEXPLAINED = "unexplained"  # a fault of fenji: the five causes explain every change
_BY_ACTION = {"excuse": EXCUSE, "reopen": REOPENING}


class Difference(Struct, frozen=True):
    """A changed part of a verdict (one of COMPARED), before and after; None for no verdict in the period."""

    key: VerdictKey
    ticket: str
    what: str
    before: str | None
    after: str | None


class Cause(Struct, frozen=True):
    """Why a verdict changed: one of the five causes, when it happened, since when it is known, and by which event."""

    because: str
    happened: datetime | None = None
    since: datetime | None = None
    event: str = ""  # its digest


class FigureChange(Struct, frozen=True):
    """A difference with its cause."""

    difference: Difference
    cause: Cause

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form of the change."""
        difference, cause = self.difference, self.cause
        clock, item = difference.key.clock, difference.key.item
        return {
            "ticket": difference.ticket,
            "uid": difference.key.uid,
            "clock": f"{PLAN_PREFIX}{item}" if item else clock,
            "what": difference.what,
            "before": difference.before,
            "after": difference.after,
            "happened": cause.happened.isoformat() if cause.happened else None,
            "because": cause.because,
            "since": cause.since.isoformat() if cause.since else None,
        }


def find_differences(before: Verdicts, after: Verdicts) -> list[Difference]:
    """Return the differences between the verdicts of a period as they were known and as they are, ticket by ticket.

    A verdict that appeared or disappeared is one difference, of its answer. With a changed answer, a changed instant is
    no difference of its own.
    """
    found = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        values = {what: [verdict.values[what] if verdict else None for verdict in (old, new)] for what in COMPARED}
        differ = [what for what, (before, now) in values.items() if before != now]
        if differ[:1] == ["answer"]:
            differ = [what for what in differ if what == "answer" or (old and new and what != "at")]
        ticket = (new or old).ticket  # type: ignore[union-attr]
        found += [Difference(key, ticket, what, *values[what]) for what in differ]
    return found


class TicketPast(Struct, frozen=True):
    """A ticket now, the digests of its events that were known at an earlier instant, and the period looked at."""

    ticket: Ticket
    known: frozenset[str]
    known_at: datetime
    start: datetime
    end: datetime


class _Step(Struct, frozen=True):
    """Something that became known later: an event of the log, or a correction of the rules."""

    known_since: datetime
    event: Event | None = None
    correction: Correction | None = None


def find_cause(difference: Difference, past: TicketPast, policy: Policy, now: datetime) -> Cause:
    """Return why a verdict changed since it was known, with the rules in force.

    A correction may have been said before that and brought in after it; such ones are tried if nothing else explains
    the change.
    """
    later = tuple(each for each in policy.corrections if each.on > past.known_at)
    for corrections in (later, policy.corrections) if later != policy.corrections else (later,):
        steps = _later_steps(past, corrections)
        known = [_Step(each.on, correction=each) for each in policy.corrections if each not in corrections]
        if _value(difference, past, policy, [*known, *steps], now) == difference.after:
            for place in range(len(steps), 0, -1):
                if _value(difference, past, policy, [*known, *steps[: place - 1]], now) != difference.after:
                    return _describe(steps[place - 1], past)
    return Cause(UNEXPLAINED)


def _later_steps(past: TicketPast, corrections: Sequence[Correction]) -> list[_Step]:
    events = (event for event in past.ticket.log if event.digest not in past.known)
    steps = [_Step(event.logged or event.at, event=event) for event in events]
    steps += [_Step(each.on, correction=each) for each in corrections]
    return sorted(steps, key=lambda step: (step.known_since, step.event.n if step.event else 0))


def _describe(step: _Step, past: TicketPast) -> Cause:
    event = step.event
    if event is None:
        return Cause(CORRECTION, step.known_since, step.known_since)
    if step.known_since < past.known_at:  # in the same second it was written after the issue, which read all before
        return Cause(ARRIVAL, event.at, None, event.digest)
    return Cause(_BY_ACTION.get(event.do, BACK_DATED), event.at, step.known_since, event.digest)


def _value(
    difference: Difference,
    past: TicketPast,
    policy: Policy,
    steps: Sequence[_Step],
    now: datetime,
) -> str | None:
    """Return the value of the verdict with only these steps added to the events known before."""
    known = past.known | {step.event.digest for step in steps if step.event}
    told = tuple(step.correction for step in steps if step.correction)
    facts = Facts()
    try:
        facts.add([read_facts(_known_ticket(past.ticket, known), dataclasses.replace(policy, corrections=told), now)])
    except FenjiError:  # a calendar that does not open
        return None
    verdict = known_verdicts(facts, past.start, past.end).get(difference.key)
    return verdict.values[difference.what] if verdict else None


def _known_ticket(ticket: Ticket, known: AbstractSet[str]) -> Ticket:
    """Return a ticket with only its known events; fields that only its other events set are empty."""
    log = tuple(event for event in ticket.log if event.digest in known)
    stated = {path for event in log for path in event.set}
    later = {path for event in ticket.log for path in event.set if path in FIELD_BY_PATH} - stated
    return replace(ticket.with_fields(dict.fromkeys(later)), log=log)
