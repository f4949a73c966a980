"""Find out for menus whether a person may take a step on a ticket, and if not, why. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.desk import acts
from fenji.errors import FenjiError, Refused, Sentence
from fenji.model import sla as clocks
from fenji.model import workflow
from fenji.model.plan_log import list_item_clocks
from fenji.model.ticket import Event, Ticket, Value

if TYPE_CHECKING:
    from fenji.model.policy import Policy


def find_obstacle(ticket: Ticket, do: str, *, by: str, now: datetime, policy: Policy) -> Sentence | None:
    """Return why `by` may not do a step now; None if they may, once they give its reason, note, clock or owner.

    State and role are checked first, then missing fields, which the sentence lists in its value `field_paths`.
    """
    obstacle: Sentence | None = None
    try:
        acts.check_step(do)
        workflow.refuse_unknown_steps(ticket)
    except Refused as refused:
        return refused.sentence
    for probe in _probe_events(ticket, do, by=by, now=now, policy=policy):
        obstacle = workflow.explain_no_effect(ticket, probe)
        try:
            workflow.check(ticket, probe, policy, now=now)
            acts.check_verdict_step(ticket, probe, policy)
        except FenjiError as refused:
            obstacle = refused.sentence
        if obstacle is None:
            return None
    return obstacle


def find_missing_reason(
    ticket: Ticket, fields: Mapping[str, Value], *, by: str, now: datetime, policy: Policy
) -> Sentence | None:
    """Return why a `classify` that sets `fields` needs a reason; None if it needs none or fails otherwise."""
    try:
        acts.perform(ticket, acts.Act("classify", by, now, fields=fields), policy)
    except FenjiError as refused:
        return refused.sentence if refused.sentence.values.get("asks") == "reason" else None
    return None


def _probe_events(ticket: Ticket, do: str, *, by: str, now: datetime, policy: Policy) -> Iterator[Event]:
    """Yield trial events of this kind with all required details; for an excuse, one for each clock and plan item."""
    reasons = {"wait": tuple(policy.waiting), "excuse": policy.excuses}.get(do, ())
    details: dict[str, Value] = {"reason": reasons[0] if reasons else "?", "note": "?"}
    at = acts.event_time(ticket, now)
    for name in (*clocks.CLOCKS, *list_item_clocks(ticket, at)) if do == "excuse" else ("",):
        yield Event(ticket.next_n, at, by, do, {**details, "clock": name or None})
