"""Date an act that is made now, by a clock that may be wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fenji.errors import Refused

if TYPE_CHECKING:
    from fenji.model.ticket import Event, Ticket


def event_time(ticket: Ticket, now: datetime) -> datetime:
    """Return now, or the last event's instant if another site's clock runs up to an hour ahead of this one."""
    last = max((event.at for event in ticket.log), default=now)
    return last.astimezone(now.tzinfo) if now < last <= now + timedelta(hours=1) else now


def check_clock(ticket: Ticket, event: Event, stated: datetime | None, now: datetime) -> None:
    """Raise Refused if this machine's clock, and no instant that was `stated`, dates an act before the report."""
    reported = ticket.reported_at
    if stated is None and reported and event.at < reported:
        raise Refused(
            "This machine's clock shows {at}, and {id} was reported at {reported}: one of the two clocks is wrong.",
            hint="Set this one right, or say when it happened: --at TIME",
            at=now.isoformat(sep=" ", timespec="minutes"),
            id=ticket.id,
            reported=reported.isoformat(sep=" ", timespec="minutes"),
        )
