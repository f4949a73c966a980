"""What a caller may say of an act, what an act leaves, and what a new ticket would be promised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from msgspec import Struct

if TYPE_CHECKING:
    from fenji.model.ticket import LooseValue, Ticket, Value
    from fenji.storage import StoredTicket


class ActDetails(TypedDict, total=False):
    """Optional details of any act: note, reason, clock of an excuse, sender of a note, when it happened, by whom.

    Of an act that a mail does, `mail` says which: it is recorded as at its instant, alike at every site.
    """

    note: str
    reason: str
    clock: str
    sender: str
    at: datetime | None
    by: str
    mail: Mapping[str, Value]


class ActInput(ActDetails, total=False):
    """The details of an act, the fields it sets, and the version of the ticket that the person was looking at."""

    fields: Mapping[str, LooseValue]
    seen: Ticket | None


class WrittenTicket(Struct, frozen=True):
    """One ticket of an act: before it, after it, and as stored in its file now."""

    before: Ticket
    after: Ticket
    stored: StoredTicket


class TicketPreview(Struct, frozen=True):
    """What a new ticket would be promised, shown while it is being typed."""

    priority: str
    response_due: datetime | None
    solution_due: datetime | None
    owner: str  # as given, else by the first route that matches
    units: tuple[str, ...]
    is_judged: bool = True  # else the priority is only what it counts as until it is
