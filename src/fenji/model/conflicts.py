"""The values kept in the log that lost a merge, or were typed by hand and put back; which are unsettled. Pure.

An event that changes a field lists in `seen` the lost values that its writer was shown; these are settled from then on,
on every clone. So a text that lost to three edits in a row on another clone is still shown to its writer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from fenji.model.merge import to_logged_value
from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_PATH, Event, Ticket, Value

SHORT_DIGEST_LENGTH = 16  # hex digits of the event's digest, as in `of`
TYPED_KEY = "typed"  # key of a note: the values typed by hand and put back, by field (format, Hand edits)
SEEN_KEY = "seen"


class SupersededValue(Struct, frozen=True):
    """A value that lost a merge: its field, who wrote it and when, and the short digest of its event.

    `number` counts the values of one field from 1, oldest first. `settled` says that somebody who was shown the value
    has changed the field since. `typed` says that it lost no merge but was typed in the file by hand and put back, and
    `why` gives the reason.
    """

    field: str
    value: Value
    by: str
    at: datetime
    digest: str
    number: int
    settled: bool
    typed: bool = False
    why: str = ""

    @property
    def editable(self) -> bool:
        """Whether an edit can set the field: not for an attachment or a key that this version does not know."""
        field = FIELD_BY_KEY.get(self.field.partition(".")[0])
        return field is not None and not field.read_only and (self.field in FIELD_BY_PATH or field.type == "items")


def short_digest(event: Event) -> str:
    """Return the digest by which `seen` names a `superseded` event."""
    return event.digest[:SHORT_DIGEST_LENGTH]


def list_superseded(ticket: Ticket) -> tuple[SupersededValue, ...]:
    """Return the lost values in log order; only the last of equal ones, and none that is the field's value again."""
    kept = [(event, field, value) for event in ticket.log for field, value in _kept_values(event)]
    if not kept:
        return ()
    last = {
        (field, repr(value)): event
        for event, field, value in kept
        if value != to_logged_value(current_value(ticket, field))
    }
    seen = {digest for event in ticket.log for digest in _seen_digests(event)}
    values: list[SupersededValue] = []
    for event, field, value in kept:
        if last.get((field, repr(value))) is event:
            number = 1 + sum(other.field == field for other in values)
            digest = short_digest(event)
            typed, why = (True, event.note) if event.do == "note" else (False, "")
            settled = digest in seen
            values.append(SupersededValue(field, value, event.by, event.at, digest, number, settled, typed, why))
    return tuple(values)


def _kept_values(event: Event) -> Iterable[tuple[str, Value]]:
    """Yield the values that an event keeps, with their fields: one that lost, or some typed by hand and put back."""
    if event.do == "superseded":
        yield str(event.body.get("field") or ""), event.body.get("value")
    typed = event.body.get(TYPED_KEY) if event.do == "note" else None
    if isinstance(typed, Mapping):
        yield from ((str(field), to_logged_value(value)) for field, value in typed.items())


def current_value(ticket: Ticket, field: str) -> Value:
    """Return the present value of a field, an item, or a key that this version does not know."""
    return ticket.extra[field] if field in ticket.extra else ticket.look_up(field)


def seen_entry(ticket: Ticket, paths: Iterable[str], kept: Iterable[Event] = ()) -> dict[str, Sequence[str]]:
    """Return the `seen` entry of an event that changes `paths`: the lost values shown to its writer, if any."""
    wanted = set(paths)
    digests = [value.digest for value in list_superseded(ticket) if value.field in wanted and not value.settled]
    digests += [short_digest(event) for event in kept]
    return {SEEN_KEY: digests} if digests else {}


def _seen_digests(event: Event) -> Iterable[str]:
    digests = event.body.get(SEEN_KEY)
    return map(str, digests) if isinstance(digests, list | tuple) else ()
