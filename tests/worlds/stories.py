"""Building a ticket of a world step by step, as a desk would do it, and moving it to another time.

Pure: tickets and instants in, tickets out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from fenji.model import sla as clocks
from fenji.model import workflow
from fenji.model.ticket import Event, Ticket, Value, is_short

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.sla import ClockReading

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DAYS = ("start", "due", "done", "on")  # of an item of a plan, of a line of resources


class Step(Struct, frozen=True):
    """One thing that happens: the event, the fields it changes, and its other words (note, reason, clock, from)."""

    at: datetime
    by: str
    do: str
    changes: Mapping[str, Value] = field(default_factory=dict)
    details: Mapping[str, Value] = field(default_factory=dict)


def make_uid(number: str, at: datetime) -> str:
    """Return the ULID of the ticket reported at that instant under that number; always the same one."""
    random = int.from_bytes(sha256(number.encode()).digest()[:10], "big")
    value = int(at.timestamp() * 1000) << 80 | random
    return "".join(_LETTERS[value >> shift & 31] for shift in range(125, -1, -5))


def build_ticket(number: str, steps: Sequence[Step], policy: Policy) -> Ticket:
    """Return the ticket that results from `steps` in their order; the first one is the report."""
    first = steps[0]
    header: dict[str, Value] = {
        "id": number,
        "uid": make_uid(number, first.at),
        "site": number.split("-", 1)[0],
        "state": "new",
    }
    for step in steps:
        header |= step.changes
    ticket = Ticket({}).with_fields(header).with_events(_make_event(n, step) for n, step in enumerate(steps, 1))
    return freeze_sla(ticket.with_fields({"state": workflow.current_state(ticket).state}), policy)


def _make_event(n: int, step: Step) -> Event:
    stated = {path: value for path, value in step.changes.items() if is_short(path)}
    rewrote = [path for path in step.changes if not is_short(path)]
    more = {**step.details, **({"set": stated} if stated else {}), **({"rewrote": rewrote} if rewrote else {})}
    return Event(n, step.at, step.by, step.do, more)


def freeze_sla(ticket: Ticket, policy: Policy) -> Ticket:
    """Return the ticket with the verdicts that its last confirmation froze, worked out from its log, if any."""
    counted = workflow.current_state(ticket).counted
    last = next((event for event in reversed(counted) if event.do in ("confirm", "reopen")), None)
    if last is None or last.do == "reopen":
        return ticket.with_fields({"sla": None})
    reading_then = clocks.reading(ticket, policy, counted[-1].at)
    verdicts = {"response": verdict_values(reading_then.response), "solution": verdict_values(reading_then.solution)}
    confirmed: dict[str, Value] = {"at": last.at, "by": last.by, **({"reason": last.reason} if last.reason else {})}
    return ticket.with_fields(
        {"sla": {**{name: verdict for name, verdict in verdicts.items() if verdict}, "confirmed": confirmed}}
    )


def verdict_values(reading: ClockReading) -> dict[str, Value]:
    """Return one clock as it is written under `sla`."""
    values: dict[str, Value] = {"due": reading.due, "done": reading.done, "met": reading.met}
    if reading.met is False and not reading.counts:
        values["excused"] = True
    return {key: value for key, value in values.items() if value is not None}


def move_ticket(ticket: Ticket, delta: timedelta) -> Ticket:
    """Return the ticket with all instants of its log moved by `delta`, and the dates of its items by whole days.

    Frozen verdicts are left out.
    """
    days = timedelta(days=round(delta / timedelta(days=1)))
    log = tuple(_move_event(event, delta) for event in ticket.log)
    items = {key: [_move_item(item, days) for item in ticket.items(key)] for key in ("plan", "resources")}
    return replace(ticket, log=log).with_fields({**items, "sla": None})


def _move_event(event: Event, delta: timedelta) -> Event:
    late = {"logged": event.logged + delta} if event.logged else {}
    return replace(event, at=event.at + delta, body={**event.body, **late})


def _move_item(item: Mapping[str, Value], days: timedelta) -> dict[str, Value]:
    shifted = {key: (date.fromisoformat(str(item[key])) + days).isoformat() for key in _DAYS if key in item}
    return {key: shifted.get(key, value) for key, value in item.items()}


def ticket_path(ticket: Ticket) -> str:
    """Return the path of a ticket's file in a desk."""
    if ticket.state in ("archived", "withdrawn"):
        site, year = ticket.id.split("-")[:2]
        return f"tickets/archive/{site}/{year}/{ticket.id}.yaml"
    return f"tickets/open/{ticket.id}.yaml"
