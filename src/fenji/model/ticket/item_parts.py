"""Parts of items as an event states them in its `set`: `plan.m2.due`, `resources.r1.hours` (format 2). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from fenji.model.ticket.fields import FIELD_BY_KEY, Field

if TYPE_CHECKING:
    from fenji.model.ticket.ticket import Event, Ticket
    from fenji.model.values import Value

PLAN_PREFIX = "plan."  # before the key of an item of the plan: its path, and the name of its clock
_STATED_KEYS = ("plan", "resources")  # attachments state theirs in events of their own
_UNSTATED_TYPES = frozenset({"text", "items", "group", "tree"})


def find_item_part(path: str) -> Field | None:
    """Return the field of a part of an item, such as `plan.m2.due`; None for other paths."""
    name, _, part = path.rpartition(".")
    key, dot, _ = name.partition(".")
    field = FIELD_BY_KEY.get(key)
    if field is None or field.type != "items" or not dot:
        return None
    return next((known for known in field.parts if known.key == part and known.type not in _UNSTATED_TYPES), None)


def state_item_parts(before: Ticket | None, after: Ticket, paths: Iterable[str]) -> dict[str, Value]:
    """Return the changed parts of the items at `paths` (`plan.m2`), by path; None for a part that was removed.

    Without `before`, return every part of the items as they are now.
    """
    stated: dict[str, Value] = {}
    for path in paths:
        key, dot, _ = path.partition(".")
        if not dot or key not in _STATED_KEYS:
            continue
        old, new = _item_at(before, path), _item_at(after, path)
        names = (part.key for part in FIELD_BY_KEY[key].parts if part.key != "key" and part.type not in _UNSTATED_TYPES)
        stated |= {f"{path}.{name}": new.get(name) for name in names if old.get(name) != new.get(name)}
    return stated


def _item_at(ticket: Ticket | None, path: str) -> Mapping[str, Value]:
    value = ticket.look_up(path) if ticket else None
    return value if isinstance(value, Mapping) else {}


def stated_fields(event: Event) -> dict[str, Value]:
    """Return the fields that an event states, without parts of items, which it also names as whole items."""
    return {path: value for path, value in event.set.items() if find_item_part(path) is None}
