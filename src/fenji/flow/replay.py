"""Where a log stands: its events one by one in the order in which they happened, each counted or not.

After a merge an event may no longer be legal at its place: it is kept and shown, and not counted (format 4). Roles and
the reasons that a policy lists are looked at when an event is added and never here: a log reads the same under every
policy, and a person who leaves does not undo what he did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.flow.steps import BEGINNING, OPEN, TRANSITIONS, Place, barred
from fenji.policy import CLOCKS
from fenji.ticket import CLOSED

if TYPE_CHECKING:
    from fenji.ticket import Event, Ticket

_SETTLING = frozenset({"confirmed", *CLOSED})


@dataclass(frozen=True)
class Standing:
    """Where a log stands: the state and since when, and which events count.

    While it waits, `reason` is the reason of the wait and `back` the state it will return to; else both are `""`.
    Before the report the state is `""` and `since` None.
    """

    state: str
    since: datetime | None
    counted: tuple[Event, ...]
    uncounted: tuple[Event, ...]
    back: str = ""
    reason: str = ""


def ordered(log: Iterable[Event]) -> list[Event]:
    """Events in the order in which they happened: by instant, then `n`, then content (clock rules 11)."""
    return sorted(log, key=_when)


def _when(event: Event) -> tuple[float, int, str]:
    n, seconds, digest = event.order
    return seconds, n, digest


def replay(log: Iterable[Event]) -> Iterator[tuple[Event, Place | None]]:
    """Each event in the order in which it happened with the place it led to; None where it does not count."""
    place = BEGINNING
    for event in ordered(log):
        state, under = place
        do = "resume" if state == "waiting" and event.do == "note" and event.from_requester else event.do
        led = TRANSITIONS.get((state, under, do))
        if led is None or not _sound(state, event):
            yield event, None
        else:
            place = led
            yield event, led


def _sound(state: str, event: Event) -> bool:
    if event.do == "excuse":
        return event.more.get("clock") in CLOCKS
    if state not in _SETTLING:
        return True
    return not (event.do == "reopen" and not event.reason) and not barred(state, event)


def standing(ticket: Ticket, *, at: datetime | None = None) -> Standing:
    """Where the log stands, at its end or as it was at an instant."""
    log = ticket.log if at is None else [one for one in ticket.log if one.at <= at]
    counted, uncounted = [], []
    place, since, reason = BEGINNING, None, ""
    for event, led in replay(log):
        if led is None:
            uncounted.append(event)
            continue
        counted.append(event)
        if led[0] != place[0]:
            since, reason = event.at, event.reason if led[0] == "waiting" else ""
        place = led
    return Standing(place[0], since, tuple(counted), tuple(uncounted), place[1], reason)


def idle(ticket: Ticket, event: Event) -> Sentence | None:
    """Why adding this event would leave everything as it is, to be told to whoever adds it; None where it does not.

    A repeated state changes nothing (clock rules 11): a second wait does not change the reason of the first.
    """
    now = standing(ticket, at=event.at)
    if event.do == "wait" and now.state == "waiting":
        return Sentence("It already waits for {reason}; resume it first to change the reason.", {"reason": now.reason})
    if event.do == "resume" and now.state in OPEN and now.state != "waiting":
        return Sentence("It is not waiting: nothing changes.")
    return None
