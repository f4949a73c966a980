"""The details a caller may give for an act, the tickets an act wrote, and the preview of a new ticket."""

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

    `mail` identifies the mail that caused an act. Such an act is recorded at the mail's instant, alike at every site.
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
    """A ticket that an act wrote: before the act, after it, and as now stored in its file."""

    before: Ticket
    after: Ticket
    stored: StoredTicket


class TicketPreview(Struct, frozen=True):
    """The promises and assignment that a new ticket would get, shown while it is being typed."""

    priority: str
    response_due: datetime | None
    solution_due: datetime | None
    owner: str  # as given, else from the first matching route
    units: tuple[str, ...]
    is_judged: bool = True  # if false, the priority is the one used until the ticket is judged
