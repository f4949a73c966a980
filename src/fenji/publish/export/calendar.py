"""An export as a calendar (RFC 5545): promises that are still open, and the plans of projects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from fenji.i18n import say
from fenji.model.plan import due_with_waits
from fenji.model.ticket import parse_day, sanitize

if TYPE_CHECKING:
    from icalendar import Event

    from fenji.publish.export.tables import ExportedTicket

_PRODUCT = "-//fenji//export//EN"


def render_calendar(tickets: Iterable[ExportedTicket], language: str) -> bytes:
    """Render a calendar: an instant for each open promise, a span of days for each item of a plan.

    Events keep their UIDs from export to export, so that a calendar that imports them again updates them.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    for exported in tickets:
        for event in (*_promises(exported, language), *_plan(exported)):
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def _promises(exported: ExportedTicket, language: str) -> Iterator[Event]:
    ticket, reading = exported.ticket, exported.row.reading
    for clock, shown, promise in (
        ("response", reading.response, say("Response due", language)),
        ("solution", reading.solution, say("Solution due", language)),
    ):
        if shown.due and not shown.done and ticket.state != "withdrawn":
            event = _new_event(exported, clock)
            event.add("summary", sanitize(f"{ticket.id} {ticket.priority_text} {promise}: {ticket.title}"))
            event.add("dtstart", shown.due.astimezone(UTC))
            yield event


def _plan(exported: ExportedTicket) -> Iterator[Event]:
    ticket, clocks = exported.ticket, exported.row.reading.items
    for item in ticket.plan:
        start, due = parse_day(item.start), due_with_waits(parse_day(item.due), clocks.get(item.key))
        first, last = start or due, due or start
        if not first or not last:
            continue
        event = _new_event(exported, f"plan-{item.key}", item.owner)
        done = "\N{CHECK MARK} " if item.done else ""
        event.add("summary", sanitize(f"{done}{ticket.id} {item.what or item.key}"))
        event.add("dtstart", min(first, last))
        event.add("dtend", max(first, last) + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        yield event


def _new_event(exported: ExportedTicket, part: str, owner: str = "") -> Event:
    from icalendar import Event

    ticket, event = exported.ticket, Event()
    changed: datetime | None = max((step.logged or step.at for step in ticket.log), default=None)
    event.add("uid", sanitize(f"{ticket.uid}-{part}@fenji"))
    event.add("sequence", len(ticket.log))
    event.add("dtstamp", (changed or exported.row.reading.at).astimezone(UTC))
    event.add("categories", [sanitize(ticket.site), sanitize(ticket.kind)])
    if owner or ticket.owner:
        event.add("description", sanitize(owner or ticket.owner))
    return event
