"""Values that lost a merge unseen and stand in the log: which of them still wait for a look. Pure.

An event that changes the field names the lost values that its writer had before him (`seen`); these are settled then,
on every clone. So a text that lost to three edits in a row, made elsewhere, is still told to the one who wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fenji.merge import told
from fenji.ticket import BY_KEY, LEAVES, Event, Ticket, Value

NAME_DIGITS = 16  # of the event's digest, as `of` has it
SEEN = "seen"


@dataclass(frozen=True)
class Superseded:
    """A value that lost: its field, who wrote it and when, its name (the beginning of its event's digest).

    `number` counts those of one field from 1, oldest first. `settled` says that somebody who had it before him has
    changed the field since.
    """

    field: str
    value: Value
    by: str
    at: datetime
    name: str
    number: int
    settled: bool

    @property
    def takeable(self) -> bool:
        """Whether an edit can set the field: no key unknown to this version, no attachment."""
        one = BY_KEY.get(self.field.partition(".")[0])
        return one is not None and not one.fixed and (self.field in LEAVES or one.held == "items")


def name_of(event: Event) -> str:
    """The name by which `seen` tells a `superseded` event."""
    return event.digest[:NAME_DIGITS]


def superseded(ticket: Ticket) -> tuple[Superseded, ...]:
    """The values that lost, in the order of the log; of equal ones the last, and none that the field holds now."""
    events = [one for one in ticket.log if one.do == "superseded"]
    if not events:
        return ()
    differing = [one for one in events if one.more.get("value") != told(held(ticket, _field(one)))]
    last = {(_field(one), repr(one.more.get("value"))): one for one in differing}
    seen = {name for one in ticket.log for name in _seen(one)}
    found: list[Superseded] = []
    for one in (event for event in differing if event in last.values()):
        number = 1 + sum(other.field == _field(one) for other in found)
        name = name_of(one)
        found.append(Superseded(_field(one), one.more.get("value"), one.by, one.at, name, number, name in seen))
    return tuple(found)


def held(ticket: Ticket, field: str) -> Value:
    """What a field, an item, or a key unknown to this version holds now."""
    return ticket.extra[field] if field in ticket.extra else ticket.get(field)


def seen_by(ticket: Ticket, leaves: Iterable[str], kept: Iterable[Event] = ()) -> dict[str, Sequence[str]]:
    """What an event that changes `leaves` says of the lost values that its writer had before him; empty for none."""
    wanted = set(leaves)
    names = [one.name for one in superseded(ticket) if one.field in wanted and not one.settled]
    names += [name_of(one) for one in kept]
    return {SEEN: names} if names else {}


def _field(event: Event) -> str:
    return str(event.more.get("field") or "")


def _seen(event: Event) -> Iterable[str]:
    names = event.more.get(SEEN)
    return map(str, names) if isinstance(names, list | tuple) else ()
