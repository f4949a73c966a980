"""What is refused of a project's plan: who moves a due, and which date an item is done on (figures 5). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from fenji.errors import Refused
from fenji.model.ticket import find_item_part, parse_day

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event, Ticket, Value

PREFIX, BASELINE = "plan.", "baseline"  # a note with this reason promises the dues anew


def check_plan(before: Ticket, event: Event, policy: Policy, *, written: datetime) -> None:
    """Refuse a due that somebody moves who may not, and a done that lies ahead, or too far back for who is no lead.

    `before` holds the log without the event; what it states of an item counts, and not what the header says.
    """
    is_lead = "lead" in policy.roles(event.by, written)
    if event.do == "note" and event.reason == BASELINE and not is_lead:
        _check_baseline(before, event, policy)
    for key, part, value in _stated_parts(event):
        if part == "due" and not is_lead:
            _check_due(key, value, before, event, policy)
        elif part == "done" and (done := parse_day(value)):
            zone = policy.calendar_at(before.site, written).zone
            end = datetime.combine(done + timedelta(days=1), time(), zone).astimezone(UTC)
            _check_done(key, done, since_end=written - end, backdate=None if is_lead else policy.backdate)


def _stated_parts(event: Event) -> Iterator[tuple[str, str, Value]]:
    for path, value in event.set.items():
        if path.startswith(PREFIX) and find_item_part(path):
            name, _, part = path.rpartition(".")
            yield name[len(PREFIX) :], part, value


def _last_stated(ticket: Ticket, path: str) -> Value:
    values = [event.set[path] for event in sorted(ticket.log, key=lambda event: event.sort_key) if path in event.set]
    return values[-1] if values else None


def _check_due(key: str, value: Value, before: Ticket, event: Event, policy: Policy) -> None:
    former = _last_stated(before, f"{PREFIX}{key}.due")
    owner = str(_last_stated(before, "owner") or before.owner)
    if former and former != value and event.by != owner:
        raise Refused(
            "Only the ticket's owner or a lead moves the due of {key}.",
            hint="Ask {owner}, or a lead.",
            key=key,
            owner=policy.display_name(owner) if owner else "-",
        )


def _check_baseline(before: Ticket, event: Event, policy: Policy) -> None:
    owner = str(_last_stated(before, "owner") or before.owner)
    if event.by != owner:
        raise Refused(
            "Only the ticket's owner or a lead sets a new baseline.",
            hint="Ask {owner}, or a lead.",
            owner=policy.display_name(owner) if owner else "-",
        )


def _check_done(key: str, done: date, *, since_end: timedelta, backdate: timedelta | None) -> None:
    """Refuse a day that lies ahead, or longer ago than `backdate` (None: however long)."""
    if since_end <= -timedelta(days=1):
        raise Refused("{key} is not done yet on {day}.", hint="Give the day on which it was.", key=key, day=str(done))
    if backdate is not None and since_end > backdate:
        raise Refused(
            "Only a lead tells that {key} was done as long ago as {day}.",
            hint="Ask a lead, or give a later day.",
            key=key,
            day=str(done),
        )
