"""Small tickets for tests of the value modules and of the files: made, changed and logged as a desk would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from fenji.model import workflow
from fenji.model.ticket import Event, Ticket, Value, is_short

UID = "01KK3Q0W8Z5V9M3T7K2B4C6D8E"
RIYADH = timezone(timedelta(hours=3))
START = datetime(2026, 3, 1, 8, tzinfo=RIYADH)


def reported_ticket(number: str = "KSA-2026-0042", uid: str = UID, **fields: Value) -> Ticket:
    """Return a new ticket with its report event."""
    first = {"kind": "quality", "title": "備件生鏽", "priority": "P4", **fields}
    ticket = Ticket({}).with_fields(
        {"id": number, "uid": uid, "site": number.split("-", maxsplit=1)[0], "state": "new"}
    )
    return after_event(ticket, "report", by="li.wei", fields=first)


def after_event(
    ticket: Ticket,
    do: str,
    *,
    by: str = "li.wei",
    minute: int | None = None,
    fields: Mapping[str, Value] | None = None,
    sender: str = "",
    **more: Value,
) -> Ticket:
    """Return the ticket after an event that sets `fields`, a minute after the last one or `minute` after START."""
    changes = dict(fields or {})
    stated = {path: value for path, value in changes.items() if is_short(path)}
    rewrote = [path for path in changes if not is_short(path)]
    body = {
        **more,
        "from": sender or None,
        **({"set": stated} if stated else {}),
        **({"rewrote": rewrote} if rewrote else {}),
    }
    last = max((event.at for event in ticket.log), default=START - timedelta(minutes=1))
    at = last + timedelta(minutes=1) if minute is None else START + timedelta(minutes=minute)
    after = ticket.with_fields(changes).with_events([Event(ticket.next_n, at, by, do, body)])
    return after.with_fields({"state": workflow.current_state(after).state})


def uid_of(number: int) -> str:
    """Return a ULID of its own for each number."""
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    tail = "".join(letters[number // 32**position % 32] for position in range(7, -1, -1))
    return UID[:18] + tail


def instant_of(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
