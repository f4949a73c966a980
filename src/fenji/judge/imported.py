"""Judge imported tickets and events, and the right of the person who imports them (format 5). Pure.

Events from another system are judged only for their form; the person who brings them in must be allowed to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.judge import authors
from fenji.model.correspondence import IMPORTER
from fenji.model.merge import equal_values, merge, original_number
from fenji.model.workflow.checks import MAX_CLOCK_SKEW, NEVER_SET
from fenji.model.workflow.steps import STEPS

if TYPE_CHECKING:
    from fenji.git.commit_object import CommitPerson
    from fenji.judge.commits import JudgingContext, TicketRevision
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event, Ticket, Value

IMPORT_ACTION = "import"  # its name in `may`, and the start of its commit's subject
_SUBJECT = f"{IMPORT_ACTION}: "


def format_subject(source: str, count: int) -> str:
    """Return the subject of the commit that imports tickets."""
    return f"{_SUBJECT}{source}, {count} tickets"


def is_brought_in(ticket: Ticket, event: Event) -> bool:
    """Whether an event comes from another system, from before the ticket was imported."""
    origin = ticket.get("origin")
    at = origin.get("at") if isinstance(origin, Mapping) else None
    return event.by == IMPORTER and isinstance(at, datetime) and event.at <= at


def comes_from_import(revision: TicketRevision, event: Event, subject: str) -> bool:
    """Whether an event is judged only for its form: it is from another system, or of a ticket from an export."""
    ticket = revision.after
    if ticket is None:
        return False
    return is_brought_in(ticket, event) or (not revision.before and subject.startswith(_SUBJECT) and _is_plain(ticket))


def _is_plain(ticket: Ticket) -> bool:
    return ticket.get("origin") is None


def find_form_fault(ticket: Ticket, event: Event, writer: str, policy: Policy, at: datetime) -> Sentence | None:
    """Return what is wrong with an event that `writer` imports at the time `at`, or None."""
    values = {"do": event.do, "by": event.by, "at": event.at.isoformat(), "writer": writer}
    if not policy.may_do(writer, IMPORT_ACTION, at):
        return Sentence("{do} by {by} at {at} is imported, and {writer} may not import", values)
    origin = ticket.get("origin")
    if isinstance(origin, Mapping) and origin.get("by") not in (None, writer):
        return Sentence("{do} by {by} at {at} names somebody other than {writer} as importer", values)
    touched = {path.partition(".")[0] for path in (*event.set, *event.rewrote)}
    if event.do not in STEPS or touched & NEVER_SET:
        return Sentence("{do} by {by} at {at} is an event that cannot be imported", values)
    return None


# --- the origin of a ticket -------------------------------------------------------------------------------------------


def find_origin_fault(revision: TicketRevision, context: JudgingContext) -> Sentence | None:
    """Return why a commit may not set a ticket's `origin` as it does, or None.

    Decisions from before the import have no promises (clock rules 10). So only people who may import set the `origin`,
    once, and only of a new ticket; of two imports the earlier one counts.
    """
    after = revision.after
    origin: Value = after.get("origin") if after else None
    known = reduce(merge, revision.before).get("origin") if revision.before else None
    if after is None or equal_values(origin, known):
        return None
    if revision.before and (known is None or origin is None or _brought_in_at(origin) >= _brought_in_at(known)):
        return Sentence("its `origin` was changed; a ticket's origin stays as it was imported")
    if _brought_in_at(origin) > (context.now + MAX_CLOCK_SKEW).timestamp():
        return Sentence("its `origin` is in the future; correct the clock and import it again")
    faults = [_find_bringer_fault(context.author, policy) for policy in context.policies]
    return faults[0] if faults and None not in faults else None


def _brought_in_at(origin: Value) -> float:
    at = origin.get("at") if isinstance(origin, Mapping) else None
    return at.timestamp() if isinstance(at, datetime) else 0.0


def _find_bringer_fault(author: CommitPerson, policy: Policy) -> Sentence | None:
    writer = authors.identify_author(author, policy)
    if not policy.may_do(writer, IMPORT_ACTION, author.at):
        return Sentence("its `origin` says that it is imported, but {writer} may not import", {"writer": writer})
    return None


def find_number_fault(revision: TicketRevision) -> Sentence | None:
    """Return why a commit may not give a ticket another number, and so another site, or None.

    Only if two sites made tickets from one source and both are merged, the ticket takes the smaller number.
    """
    after, numbers = revision.after, {original_number(ticket.id) for ticket in revision.before}
    if after is None or not numbers or original_number(after.id) in numbers:
        return None
    return Sentence("was {former}; a ticket keeps its number", {"former": revision.before[0].id})
