"""Values that lost a merge unseen and stand in the log: which of them still wait for a look. Pure.

An event that changes the field names the lost values that its writer had before him (`seen`); these are settled then,
on every clone. So a text that lost to three edits in a row, made elsewhere, is still told to the one who wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fenji.model.merge import to_logged_value
from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_LEAF, Event, Ticket, Value

SHORT_DIGEST_LENGTH = 16  # of the event's digest, as `of` has it
SEEN_KEY = "seen"


@dataclass(frozen=True)
class SupersededValue:
    """A value that lost: its field, who wrote it and when, its name (the beginning of its event's digest).

    `number` counts those of one field from 1, oldest first. `settled` says that somebody who had it before him has
    changed the field since.
    """

    field: str
    value: Value
    by: str
    at: datetime
    digest: str
    number: int
    settled: bool

    @property
    def editable(self) -> bool:
        """Whether an edit can set the field: no key unknown to this version, no attachment."""
        field = FIELD_BY_KEY.get(self.field.partition(".")[0])
        return field is not None and not field.read_only and (self.field in FIELD_BY_LEAF or field.type == "items")


def short_digest(event: Event) -> str:
    """The name by which `seen` tells a `superseded` event."""
    return event.digest[:SHORT_DIGEST_LENGTH]


def list_superseded(ticket: Ticket) -> tuple[SupersededValue, ...]:
    """The values that lost, in the order of the log; of equal ones the last, and none that the field holds now."""
    events = [event for event in ticket.log if event.do == "superseded"]
    if not events:
        return ()
    differing = [
        event
        for event in events
        if event.body.get("value") != to_logged_value(current_value(ticket, _event_field(event)))
    ]
    last = {(_event_field(event), repr(event.body.get("value"))): event for event in differing}
    seen = {digest for event in ticket.log for digest in _seen_digests(event)}
    values: list[SupersededValue] = []
    for event in (event for event in differing if event in last.values()):
        number = 1 + sum(other.field == _event_field(event) for other in values)
        digest = short_digest(event)
        values.append(
            SupersededValue(
                _event_field(event), event.body.get("value"), event.by, event.at, digest, number, digest in seen
            )
        )
    return tuple(values)


def current_value(ticket: Ticket, field: str) -> Value:
    """What a field, an item, or a key unknown to this version holds now."""
    return ticket.extra[field] if field in ticket.extra else ticket.get(field)


def seen_entry(ticket: Ticket, leaves: Iterable[str], kept: Iterable[Event] = ()) -> dict[str, Sequence[str]]:
    """What an event that changes `leaves` says of the lost values that its writer had before him; empty for none."""
    wanted = set(leaves)
    digests = [value.digest for value in list_superseded(ticket) if value.field in wanted and not value.settled]
    digests += [short_digest(event) for event in kept]
    return {SEEN_KEY: digests} if digests else {}


def _event_field(event: Event) -> str:
    return str(event.body.get("field") or "")


def _seen_digests(event: Event) -> Iterable[str]:
    digests = event.body.get(SEEN_KEY)
    return map(str, digests) if isinstance(digests, list | tuple) else ()
