"""The history of a plan in a ticket's log: when each item was planned, moved, done or removed, and by whom. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct

from fenji.model import workflow
from fenji.model.ticket import PLAN_PREFIX, Event, Ticket, Value, find_item_part, parse_day

_PARTS = ("what", "owner", "start", "due", "done", "after")


class ItemChange(Struct, frozen=True):
    """The parts of an item that one event states, by name; None for a part that was emptied."""

    event: Event
    values: Mapping[str, Value]

    def day(self, part: str) -> date | None:
        """Return a part as a date; None if it is not one."""
        return parse_day(self.values.get(part))

    def word(self, part: str) -> str:
        """Return a part as text."""
        return str(self.values.get(part) or "")


def names_plan(ticket: Ticket) -> bool:
    """Return whether a ticket has a plan, or had one."""
    return bool(ticket.items("plan")) or any(True for event in ticket.log for _ in _iter_named(event))


def list_item_changes(ticket: Ticket, until: datetime) -> dict[str, list[ItemChange]]:
    """Return the changes of each item up to an instant, by key, in the order in which they happened.

    A part that no event states, as in older logs, dates from the first event that names the item, else from the report.
    """
    events = [event for event, position in workflow.replay(ticket.log) if position and event.at <= until]
    present = {str(item.get("key")): item for item in ticket.items("plan")}
    keys = dict.fromkeys((*present, *(key for event in events for key in _iter_named(event))))
    changes = {key: list(_find_changes(key, present.get(key), events, ticket)) for key in keys}
    return {key: found for key, found in changes.items() if found}


def list_item_clocks(ticket: Ticket, until: datetime) -> list[str]:
    """Return the names of the clocks that items may have, `plan.KEY`, including removed items."""
    return [f"{PLAN_PREFIX}{key}" for key in list_item_changes(ticket, until)] if names_plan(ticket) else []


def _iter_named(event: Event) -> Iterator[str]:
    for path in event.set:
        if path.startswith(PLAN_PREFIX) and find_item_part(path):
            yield path[len(PLAN_PREFIX) :].rpartition(".")[0]
    yield from (name[len(PLAN_PREFIX) :] for name in event.rewrote if name.startswith(PLAN_PREFIX))


def _find_changes(
    key: str, item: Mapping[str, Value] | None, events: Sequence[Event], ticket: Ticket
) -> Iterator[ItemChange]:
    name = f"{PLAN_PREFIX}{key}"
    ever = {path.rpartition(".")[2] for event in ticket.log for path in event.set if path.rpartition(".")[0] == name}
    unstated = {part: item[part] for part in _PARTS if item and part in item and part not in ever}
    naming = [event for event in events if key in set(_iter_named(event)) or "plan" in event.rewrote]
    if item and not naming and events and not _is_named_later(key, ticket, events):
        naming = [events[0]]
    for event in naming:
        parts = ((*path.rpartition("."), value) for path, value in event.set.items())
        stated = {part: value for item_name, _, part, value in parts if item_name == name}
        if unstated and event is naming[0]:
            stated = {**unstated, **stated}
        if item is None and event is naming[-1] and not stated:
            stated = dict.fromkeys(_PARTS)  # removed by hand
        if stated:
            yield ItemChange(event, stated)


def _is_named_later(key: str, ticket: Ticket, events: Sequence[Event]) -> bool:
    known = {event.digest for event in events}
    return any(key in set(_iter_named(event)) for event in ticket.log if event.digest not in known)
