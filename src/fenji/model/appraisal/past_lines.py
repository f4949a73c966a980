"""Resource lines as they stood at an instant, read off the log as far as it says so. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from fenji.model.workflow import sort_events

if TYPE_CHECKING:
    from fenji.model.ticket import Event, Ticket, Value

Line: TypeAlias = "Mapping[str, Value]"


def lines_at(ticket: Ticket, at: datetime) -> list[Line]:
    """Return the resource lines of a ticket as events up to an instant left them."""
    lines = list(ticket.items("resources"))
    if not lines or all(event.at <= at for event in ticket.log):
        return lines
    events = sort_events(ticket.log)
    return [past for past in (_line_at(line, events, at) for line in lines) if past]


def _line_at(line: Line, events: Sequence[Event], at: datetime) -> Line | None:
    """Return a line as it stood; None where it was first named later. What no event ever states is as it is now."""
    name = f"resources.{line.get('key')}"
    naming = [event for event in events if any(_is_of(path, name) for path in (*event.set, *event.rewrote))]
    if naming and naming[0].at > at:
        return None
    values: dict[str, Value] = {}
    for event in naming:
        stated = {path[len(name) + 1 :]: value for path, value in event.set.items() if path.startswith(f"{name}.")}
        values |= stated if event.at <= at else {part: values.get(part) for part in stated}
    return {**line, **values}


def _is_of(path: str, name: str) -> bool:
    return path == name or path.startswith(f"{name}.")
