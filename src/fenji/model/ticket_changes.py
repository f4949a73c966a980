"""The fields that differ between two versions of a ticket. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_PATH, FIELDS, Ticket, Value, item_key, parse_items_key

_NAMES = ("id", "uid")  # they identify the ticket and are not compared


class FieldChange(Struct, frozen=True):
    """A field, a part of a group or an item (`plan.m1`), before and after; None where it was absent."""

    path: str
    before: Value
    after: Value


def compare_tickets(before: Ticket | None, after: Ticket) -> tuple[FieldChange, ...]:
    """Return the fields that differ, in the order of `FIELDS`; without `before`, every field that is set."""
    former = before or Ticket({})
    pairs = ((path, former.look_up(path), after.look_up(path)) for path in _list_paths(former, after))
    return tuple(FieldChange(path, old, new) for path, old, new in pairs if old != new)


def _list_paths(*tickets: Ticket) -> Iterator[str]:
    for field in FIELDS:
        if field.key in _NAMES:
            continue
        if field.type == "items":
            key = parse_items_key(field.key)
            names = (f"{key}.{item_key(key, item)}" for ticket in tickets for item in ticket.items(key))
            yield from dict.fromkeys(names)
        elif field.type == "group":
            yield from (f"{field.key}.{part.key}" for part in FIELD_BY_KEY[field.key].parts)
        elif field.key in FIELD_BY_PATH or field.type == "tree":
            yield field.key
