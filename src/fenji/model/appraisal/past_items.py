"""Items of a ticket, such as its resource lines, as they were at an instant, as far as the log says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from fenji.model.ticket import item_key
from fenji.model.workflow import sort_events

if TYPE_CHECKING:
    from fenji.model.ticket import Event, ItemsKey, Ticket, Value

Item: TypeAlias = "Mapping[str, Value]"


def items_at(ticket: Ticket, field: ItemsKey, at: datetime) -> list[Item]:
    """Return the items of a field as events up to an instant left them."""
    items = list(ticket.items(field))
    if not items or all(event.at <= at for event in ticket.log):
        return items
    events = sort_events(ticket.log)
    found = (_item_at(f"{field}.{item_key(field, item)}", item, events, at) for item in items)
    return [past for past in found if past]


def recorded_at(ticket: Ticket, field: ItemsKey, item: Item) -> datetime | None:
    """Return when an item was first written down; None if no event names it."""
    name = f"{field}.{item_key(field, item)}"
    naming = (event.logged or event.at for event in ticket.log if _names(event, name))
    return min(naming, default=None)


def _item_at(name: str, item: Item, events: Sequence[Event], at: datetime) -> Item | None:
    """Return an item as it was, or None if it was first named later; parts that no event sets are as they are now."""
    naming = [event for event in events if _names(event, name)]
    if naming and naming[0].at > at:
        return None
    values: dict[str, Value] = {}
    for event in naming:
        stated = {path[len(name) + 1 :]: value for path, value in event.set.items() if path.startswith(f"{name}.")}
        values |= stated if event.at <= at else {part: values.get(part) for part in stated}
    return {**item, **values}


def _names(event: Event, name: str) -> bool:
    return any(path == name or path.startswith(f"{name}.") for path in (*event.set, *event.rewrote))
