"""What an import brings: who answers for it, and what is judged of it (format 5). Pure.

Events that another system knew are judged for their form alone; whoever brings them must be allowed to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.workflow.checks import NEVER_SET
from fenji.model.workflow.steps import STEPS

if TYPE_CHECKING:
    from fenji.judge.commits import TicketRevision
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event, Ticket

IMPORT_ACTION = "import"  # what `may` calls it, and how the subject of its commit begins
IMPORTER = "import"  # as `by` of an event that comes from another system
_SUBJECT = f"{IMPORT_ACTION}: "


def format_subject(source: str, count: int) -> str:
    """Return the subject of the commit that brings tickets in."""
    return f"{_SUBJECT}{source}, {count} tickets"


def is_brought_in(ticket: Ticket, event: Event) -> bool:
    """Whether an event is one that another system knew before the ticket was brought in."""
    origin = ticket.get("origin")
    at = origin.get("at") if isinstance(origin, Mapping) else None
    return event.by == IMPORTER and isinstance(at, datetime) and event.at <= at


def comes_from_import(revision: TicketRevision, event: Event, subject: str) -> bool:
    """Whether an event is judged for its form alone: from another system, or of a ticket that an export held."""
    ticket = revision.after
    if ticket is None:
        return False
    return is_brought_in(ticket, event) or (not revision.before and subject.startswith(_SUBJECT) and _is_plain(ticket))


def _is_plain(ticket: Ticket) -> bool:
    return ticket.get("origin") is None


def find_form_fault(ticket: Ticket, event: Event, writer: str, policy: Policy, at: datetime) -> Sentence | None:
    """Return what is wrong with an event that somebody brings in, or None."""
    values = {"do": event.do, "by": event.by, "at": event.at.isoformat(), "writer": writer}
    if not policy.may_do(writer, IMPORT_ACTION, at):
        return Sentence("{do} by {by} at {at} is imported, and {writer} may not import", values)
    origin = ticket.get("origin")
    if isinstance(origin, Mapping) and origin.get("by") not in (None, writer):
        return Sentence("{do} by {by} at {at} is said to be brought in by another than {writer}", values)
    touched = {path.partition(".")[0] for path in (*event.set, *event.rewrote)}
    if event.do not in STEPS or touched & NEVER_SET:
        return Sentence("{do} by {by} at {at} is no event that can be imported", values)
    return None
