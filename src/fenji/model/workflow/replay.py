"""Replay a log: its events one by one in the order in which they happened, each either counted or not.

After a merge an event may no longer be legal at its position: it is kept and shown, and not counted (format 4). Roles
and the policy's reasons are checked when an event is added and never here: a log reads the same under every policy, and
a person who leaves does not undo what they did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Refused, Sentence
from fenji.model.ticket import CLOCKS, CLOSED_STATES, PLAN_PREFIX, Event, Ticket
from fenji.model.workflow.steps import OPEN_STATES, START_POSITION, STEPS, TRANSITIONS, Position, locked_fields

if TYPE_CHECKING:
    from fenji.model.values import Value

_LOCKING_STATES = frozenset({"confirmed", *CLOSED_STATES})


class WorkflowState(Struct, frozen=True):
    """The state that a log leads to, since when, and which events count.

    While it waits, `reason` is the reason of the wait, else `""`. Before the report the state is `""` and `since` None.
    """

    state: str
    since: datetime | None
    counted: tuple[Event, ...]
    uncounted: tuple[Event, ...]
    reason: str = ""


def sort_events(log: Iterable[Event]) -> list[Event]:
    """Sort events in the order in which they happened: by instant, then `n`, then content (clock rules 11)."""
    return sorted(log, key=_chronological_key)


def _chronological_key(event: Event) -> tuple[float, int, str]:
    n, seconds, digest = event.sort_key
    return seconds, n, digest


def replay(log: Iterable[Event]) -> Iterator[tuple[Event, Position | None]]:
    """Yield each event in the order in which it happened with the position it led to; None if it does not count."""
    position = START_POSITION
    for event in sort_events(log):
        state, underlying = position
        do = "resume" if state == "waiting" and event.do == "note" and event.from_requester else event.do
        target = TRANSITIONS.get((state, underlying, do))
        if target is None or not _is_valid(state, event):
            yield event, None
        else:
            position = target
            yield event, target


def _is_valid(state: str, event: Event) -> bool:
    if event.do == "excuse":
        return is_clock_name(event.body.get("clock"))
    if state not in _LOCKING_STATES:
        return True
    return not (event.do == "reopen" and not event.reason) and not locked_fields(state, event)


def is_clock_name(value: Value) -> bool:
    """Return whether a value is the name of a clock: response, solution, or `plan.KEY` for an item of a plan."""
    return value in CLOCKS or (isinstance(value, str) and value.startswith(PLAN_PREFIX) and value != PLAN_PREFIX)


def current_state(ticket: Ticket, *, at: datetime | None = None) -> WorkflowState:
    """Return the state of the ticket by its log, at the end of the log or at an instant."""
    log = ticket.log if at is None else [entry for entry in ticket.log if entry.at <= at]
    counted, uncounted = [], []
    position, since, reason = START_POSITION, None, ""
    for event, target in replay(log):
        if target is None:
            uncounted.append(event)
            continue
        counted.append(event)
        if target[0] != position[0]:
            since, reason = event.at, event.reason if target[0] == "waiting" else ""
        position = target
    return WorkflowState(position[0], since, tuple(counted), tuple(uncounted), reason)


def find_unknown_step(log: Iterable[Event]) -> Event | None:
    """Return the first event of a kind that this version does not know; None if it knows them all (format 3)."""
    return next((event for event in log if event.do not in STEPS), None)


def refuse_unknown_steps(ticket: Ticket) -> None:
    """Refuse to change a ticket with a step of a newer version, whose log cannot be judged here (format 3)."""
    if unknown := find_unknown_step(ticket.log):
        raise Refused(
            "{id} has a step that this fenji does not know: {do}. It can only be read here.",
            hint="Install a newer fenji, like the other sites.",
            id=ticket.id,
            do=unknown.do,
        )


def with_replayed_state(ticket: Ticket) -> Ticket:
    """Return the ticket with the state that its log gives, whatever the header says (format 3).

    A log with a step that this version does not know gives none here: the state of the header stays.
    """
    if find_unknown_step(ticket.log):
        return ticket
    state = current_state(ticket).state
    return ticket if state in ("", ticket.state) else ticket.with_fields({"state": state})


def explain_no_effect(ticket: Ticket, event: Event) -> Sentence | None:
    """Return why adding this event would change nothing, as a sentence for the person; None if it changes something.

    The sentence has the value `no_effect`, so that the step can still be offered for a selection of several tickets.
    A repeated state changes nothing (clock rules 11): a second wait does not change the reason of the first.
    """
    current = current_state(ticket, at=event.at)
    if event.do == "wait" and current.state == "waiting":
        return Sentence(
            "It is already waiting for {reason}; resume it first to change the reason.",
            {"reason": current.reason, "no_effect": True},
        )
    if event.do == "respond":
        answered_at = min((earlier.at for earlier in current.counted if earlier.do == "respond"), default=None)
        if answered_at is not None:
            return Sentence(
                "It was already answered on {at}: nothing changes.",
                {"at": f"{answered_at:%Y-%m-%d %H:%M}", "no_effect": True},
            )
    if event.do == "resume" and current.state in OPEN_STATES and current.state != "waiting":
        return Sentence("It is not waiting: nothing changes.", {"no_effect": True})
    return None
