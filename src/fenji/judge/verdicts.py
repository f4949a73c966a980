"""Check that a frozen SLA verdict is the one that the log gives (clock rules 22). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from fenji.errors import Refused, Sentence
from fenji.judge.imported import is_brought_in
from fenji.judge.refusals import Refusal
from fenji.model import sla as clocks

if TYPE_CHECKING:
    from fenji.judge.commits import TicketRevision
    from fenji.model.policy import Policy
    from fenji.model.ticket import Ticket

DECIDING_ACTIONS = frozenset({"confirm", "excuse", "reopen"})


def check_verdict(revision: TicketRevision, policies: Sequence[Policy]) -> Iterator[Refusal]:
    """Yield what is wrong with the verdict that a commit froze, changed or left out.

    A verdict that some parent had and no new event affects stays as it was frozen, whatever else a merge brought.
    """
    after = revision.after
    if after is None:
        return
    touched = any(event.do in DECIDING_ACTIONS for event in revision.new_events)
    inherited = any(parent.get("sla") == after.get("sla") for parent in revision.before)
    if (inherited or (not revision.before and after.get("sla") is None)) and not touched:
        return
    if foreign := _list_foreign_parts(after) - set().union(*map(_list_foreign_parts, revision.before)):
        template = "the SLA result holds {parts}, which no confirmation gives"
        yield Refusal(after.id, Sentence(template, {"parts": ", ".join(sorted(foreign))}))
        return
    refusals = [find_forgery(after, policy) for policy in policies]
    if refusals and None not in refusals and refusals[0]:
        yield refusals[0]


def _list_foreign_parts(ticket: Ticket) -> set[str]:
    frozen = ticket.get("sla")
    return set(clocks.list_foreign_parts(frozen)) if isinstance(frozen, Mapping) else set()


def find_forgery(ticket: Ticket, policy: Policy) -> Refusal | None:
    """Return what is wrong with the verdict under `sla`; None if it is the one that the log gives."""
    frozen, event = ticket.get("sla"), clocks.current_confirmation(ticket)
    if event is None:
        template = "holds an SLA result, and no confirmation in its log gives one"
        return Refusal(ticket.id, Sentence(template)) if frozen is not None else None
    if frozen is None and is_brought_in(ticket, event):
        return None  # nothing was promised there
    if not isinstance(frozen, Mapping):
        return Refusal(ticket.id, Sentence("is confirmed and lacks the SLA result"))
    confirmation = frozen.get("confirmed")
    stated = (
        (confirmation.get("at"), confirmation.get("by"), confirmation.get("reason") or "")
        if isinstance(confirmation, Mapping)
        else ()
    )
    if stated != (event.at, event.by, event.reason):
        return Refusal(ticket.id, Sentence("the SLA result does not name its confirmation by {by}", {"by": event.by}))
    try:
        difference = next(iter(clocks.find_differences(ticket, policy)), None)
    except Refused as refusal:
        return Refusal(ticket.id, refusal.sentence)
    template = "the SLA result of {clock} is not the one that the log gives"
    return Refusal(ticket.id, Sentence(template, {"clock": difference.clock})) if difference else None
