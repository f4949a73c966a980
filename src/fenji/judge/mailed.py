"""Recognize the events that fenji makes from a mail, which are dated by the mail whenever it is taken in. Pure.

No backdate limit holds for them, so they may do no more than a mail does: report the ticket whose uid is the mail's,
with no owner but the one that the policy's routes name; write a note; attach files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.model.correspondence import MAIL
from fenji.model.ticket import Event, Ticket
from fenji.model.ticket.uid import derive_uid

if TYPE_CHECKING:
    from fenji.model.policy import Policy

_OF_A_NEW_TICKET = frozenset({"title", "description", "requester", "kind", "priority", "owner", "units"})
_TOUCHED = {"report": _OF_A_NEW_TICKET, "note": frozenset[str](), "attach": frozenset({"files"})}


def is_dated_by_mail(ticket: Ticket, event: Event, policy: Policy) -> bool:
    """Return whether an event of this ticket is one that a mail alone makes."""
    key = event.mail.get("key")
    if event.by != MAIL or not isinstance(key, str) or not key or event.logged not in (None, event.at):
        return False
    touched = {path.partition(".")[0] for path in (*event.set, *event.rewrote)}
    if not touched <= _TOUCHED.get(event.do, frozenset()):
        return False
    return event.do != "report" or (ticket.uid == derive_uid(MAIL, key) and _follows_routes(event, policy))


def _follows_routes(event: Event, policy: Policy) -> bool:
    route = policy.route(Ticket({}).with_fields(event.set))
    return event.set.get("owner") in (None, route.owner if route else None)
