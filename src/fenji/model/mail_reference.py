"""The name by which mails belong to a ticket: its number, and the end of its uid, which stays if that changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket

DOMAIN = "desk.fenji"
REMINDER = "reminder"
UID_LETTERS = 8
PATTERN = re.compile(
    rf"<(?:(?P<reminder>{REMINDER})\.[0-9a-f]+\.)?(?P<number>[A-Z0-9-]+)\.(?P<uid>[0-9A-Z]{{{UID_LETTERS}}})@{re.escape(DOMAIN)}>"
)


class Reference(Struct, frozen=True):
    """A ticket as a mail names it."""

    number: str
    uid_end: str
    is_reminder: bool = False


def reference_of(ticket: Ticket) -> str:
    """Return what stands in `References:` of every mail about a ticket, and so of every reply."""
    return f"<{ticket.id}.{ticket.uid[-UID_LETTERS:]}@{DOMAIN}>"


def reminder_id_of(ticket: Ticket, key: str) -> str:
    """Return the `Message-ID:` of a reminder; a reply names it, and is known for a reply to a reminder."""
    return f"<{REMINDER}.{key}.{ticket.id}.{ticket.uid[-UID_LETTERS:]}@{DOMAIN}>"


def find_references(text: str) -> Iterator[Reference]:
    """Yield the tickets that Message-IDs in a text name."""
    for match in PATTERN.finditer(text):
        yield Reference(match["number"], match["uid"], bool(match["reminder"]))
