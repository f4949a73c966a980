"""Which ticket a mail names, who wrote it, and whether a customer waits for an answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.workflow import OPEN_STATES

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event, Ticket

MAIL, IMPORTER = "mail", "import"  # `by` of events made from mails, and of events from another system
PROGRAMS = frozenset({MAIL, IMPORTER})  # what fenji itself writes as `by`
REQUESTER, UNKNOWN_SENDER, AUTOMATIC = "requester", "unknown sender", "automatic"  # any other is the key of a person
MOST_IN_AN_HOUR = 5  # mails of one sender; a later one opens no ticket
_HOUR = timedelta(hours=1)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'，；：（）<>]+@[^\s<>()\[\],;:\"'，；：（）<>]+")
DOMAIN = "desk.fenji"
REMINDER = "reminder"
UID_LETTERS = 8
PATTERN = re.compile(
    rf"<(?:(?P<reminder>{REMINDER})\.[0-9a-f]+\.)?(?P<number>[A-Z0-9-]+)\.(?P<uid>[0-9A-Z]{{{UID_LETTERS}}})@{re.escape(DOMAIN)}>"
)


def is_from_mail(ticket: Ticket) -> bool:
    """Whether a ticket was made from a mail; every site that takes in the mail makes the same ticket."""
    return any(event.do == "report" and event.by == MAIL for event in ticket.log)


def sender_of(ticket: Ticket, address: str, policy: Policy, *, automatic: bool) -> str:
    """Return who wrote a mail to a ticket: REQUESTER, UNKNOWN_SENDER, AUTOMATIC, or the key of a person.

    It is the requester if the address is in `requester.contact`, or wrote to the ticket before: as its requester, or
    before anybody at the desk acted on the ticket. A person of the policy is never the requester.
    """
    if automatic:
        return AUTOMATIC
    person = find_person(address, policy)
    if person:
        return person
    return REQUESTER if address and address in _known_addresses(ticket) else UNKNOWN_SENDER


def find_person(address: str, policy: Policy) -> str:
    """Return the key of the person who has this address; `""` if there is none."""
    folded = address.strip().casefold()
    return next((key for key, person in policy.people.items() if folded and person.email.casefold() == folded), "")


def _known_addresses(ticket: Ticket) -> set[str]:
    acted = max((event.n for event in ticket.log if event.by not in PROGRAMS), default=0)
    wrote = {
        str(event.mail.get("from"))
        for event in ticket.log
        if event.mail.get("as") == REQUESTER or (event.mail.get("as") == UNKNOWN_SENDER and event.n < acted)
    }
    stated = _ADDRESS.findall(ticket.word("requester.contact"))
    return wrote | {address.strip(".").lower() for address in stated}


def count_recent(tickets: Iterable[Ticket], address: str, at: datetime) -> int:
    """Return how many mails one sender wrote to these tickets within an hour of an instant."""
    events = (event for ticket in tickets for event in ticket.log if event.mail)
    return sum(event.mail.get("from") == address and abs(at - event.at) < _HOUR for event in events)


def customer_wrote(ticket: Ticket) -> bool:
    """Return whether a customer wrote by mail to a ticket that was finished, and nobody at the desk has acted since.

    An unknown sender counts too, since it may be the customer; programs and people of the policy do not.
    """
    if ticket.state in OPEN_STATES:
        return False
    last = next((event for event in reversed(ticket.log) if event.by not in PROGRAMS or _is_customers(event)), None)
    return last is not None and _is_customers(last)


def _is_customers(event: Event) -> bool:
    return event.by == MAIL and event.do == "note" and event.mail.get("as") in (REQUESTER, UNKNOWN_SENDER)


def open_questions(ticket: Ticket) -> tuple[Event, ...]:
    """Return the customer's unanswered notes, oldest first: those since the desk last wrote anything."""
    answered = max((event.n for event in ticket.log if event.by not in PROGRAMS and _is_word_of_desk(event)), default=0)
    return tuple(event for event in ticket.log if event.n > answered and event.note and _is_word_of_customer(event))


def _is_word_of_desk(event: Event) -> bool:
    return event.do in ("respond", "solve") or (event.do == "note" and not _is_word_of_customer(event))


def _is_word_of_customer(event: Event) -> bool:
    return event.do == "note" and (event.from_requester or _is_customers(event))


class Reference(Struct, frozen=True):
    """A ticket as a mail names it."""

    number: str
    uid_end: str
    is_reminder: bool = False


def reference_of(ticket: Ticket) -> str:
    """Return the message ID in `References:` of every mail about a ticket, and so of every reply."""
    return f"<{ticket.id}.{ticket.uid[-UID_LETTERS:]}@{DOMAIN}>"


def reminder_id_of(ticket: Ticket, key: str) -> str:
    """Return the `Message-ID:` of a reminder; a reply that names it is recognized as a reply to a reminder."""
    return f"<{REMINDER}.{key}.{ticket.id}.{ticket.uid[-UID_LETTERS:]}@{DOMAIN}>"


def find_references(text: str) -> Iterator[Reference]:
    """Yield the tickets that Message-IDs in a text name."""
    for match in PATTERN.finditer(text):
        yield Reference(match["number"], match["uid"], bool(match["reminder"]))
