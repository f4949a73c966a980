"""Find changes that nobody may make in a ticket's file: to its uid, its events, and settled fields. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import Refused
from fenji.storage.hand_edits import find_locked, lacks_events

if TYPE_CHECKING:
    from fenji.model.ticket import Event, Ticket, Value


def with_committed_uid(ticket: Ticket, committed: Ticket | None) -> Ticket:
    """Return the ticket with its committed uid, if another one was typed over it in the file.

    Number and report are then still the same; a copy of a ticket has another number, a different ticket another report.
    """
    if committed is None or committed.uid == ticket.uid or committed.id != ticket.id:
        return ticket
    reports = [{event.digest for event in version.log if event.do == "report"} for version in (committed, ticket)]
    return ticket if reports[0].isdisjoint(reports[1]) else ticket.with_fields({"uid": committed.uid})


def find_altered_events(ticket: Ticket, before: Ticket | None) -> tuple[Event, ...]:
    """Return the events that are changed copies of events in `before`: somebody edited the append-only log by hand."""
    if before is None or before.uid != ticket.uid or not lacks_events(ticket, before):
        return ()
    current_digests, earlier_digests = ({event.digest for event in log} for log in (ticket.log, before.log))
    missing = [event for event in before.log if event.digest not in current_digests]
    return tuple(
        event
        for event in ticket.log
        if event.digest not in earlier_digests and any(_is_altered_copy(event, other) for other in missing)
    )


def _is_altered_copy(event: Event, other: Event) -> bool:
    """Whether one event is a changed copy of the other; events written independently differ in instant and body."""
    same_parts = (event.n == other.n) + (event.by == other.by) + (event.do == other.do)
    return same_parts >= (2 if event.at == other.at else 3) and (event.at == other.at or event.body == other.body)


def restore_events(ticket: Ticket, events: Iterable[Event], before: Ticket | None) -> Ticket:
    """Return the ticket without `events`, and with the events of `before`."""
    removed_digests = {event.digest for event in events}
    kept = tuple(event for event in ticket.log if event.digest not in removed_digests)
    return replace(ticket, log=kept).with_events(before.log if before else ())


def refuse_locked(ticket: Ticket, body: Mapping[str, Value], committed: Ticket | None) -> None:
    """Raise Refused if settled values or committed events were changed in the file."""
    locked = (
        *find_locked(ticket, body),
        *(("log",) if find_altered_events(ticket, committed) else ()),
        *(("uid",) if with_committed_uid(ticket, committed) is not ticket else ()),
    )
    if locked:
        raise Refused(
            "{id} is {state}: {fields} can no longer be changed.",
            hint="Undo what was changed in its file, or let fenji sync do so: it keeps what was typed.",
            id=ticket.id,
            state=ticket.state,
            fields=tuple(locked),
        )
