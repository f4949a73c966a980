"""What a new ticket would be promised."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class TicketPreview(Struct, frozen=True):
    """What a new ticket would be promised, shown while it is being typed."""

    priority: str
    response_due: datetime | None
    solution_due: datetime | None
    owner: str  # as given, else by the first route that matches
    units: tuple[str, ...]
    is_judged: bool = True  # else the priority is only what it counts as until it is
