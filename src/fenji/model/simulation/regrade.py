"""Which priority a ticket would have had, event by event, had another policy been in force all the time.

What the matrix gave, the other matrix gives anew; what was set by hand stays (clock rules 9). The log itself is left
alone: the result is a ticket to read clocks from, never one to write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fenji.model import workflow

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event, FieldPath, Ticket

_AXES: tuple[FieldPath, ...] = ("impact", "occurrence")
_GRADE_FIELDS: frozenset[FieldPath] = frozenset({*_AXES, "priority"})


@dataclass(frozen=True, slots=True)
class RegradedTicket:
    """A ticket as another policy grades it: its last priority `current` and `proposed`, and a log with the latter.

    `placed` is false if it kept a priority that the other policy does not have: that policy's mildest counts instead.
    """

    ticket: Ticket
    current: str
    proposed: str
    placed: bool


def regrade_ticket(ticket: Ticket, current: Policy, proposed: Policy) -> RegradedTicket:
    """Regrade a ticket whose log was written under `current` as `proposed` would have done.

    The result holds the same ticket object if no priority changes.
    """
    tracker = _PriorityTracker(ticket, current, proposed)
    stated: list[tuple[Event, str]] = []  # what each event that names a grade, and the first one, must say
    differs = False
    for event, position in workflow.replay(ticket.log):
        grading = position is not None and not _GRADE_FIELDS.isdisjoint(event.set)
        if grading:
            tracker.apply_event(event)
        if position is not None and (grading or not stated):
            stated.append((event, tracker.proposed))
            differs = differs or tracker.proposed != (tracker.current or tracker.mildest)
    regraded = _with_priorities(ticket, stated) if differs else ticket
    return RegradedTicket(regraded, tracker.current or current.levels[-1], tracker.proposed, tracker.placed)


def _with_priorities(ticket: Ticket, stated: Sequence[tuple[Event, str]]) -> Ticket:
    priorities = {event.digest: priority for event, priority in stated}
    log = [
        _with_priority(event, priorities[event.digest]) if event.digest in priorities else event for event in ticket.log
    ]
    if len({(event.at, event.n) for event in log}) < len(log):
        # Equal in instant and number, events are ordered by their content: a changed one must keep its place.
        numbers = {event.digest: n for n, event in enumerate(workflow.sort_events(ticket.log), 1)}
        log = [replace(new, n=numbers[old.digest]) for old, new in zip(ticket.log, log, strict=True)]
    return replace(ticket, log=tuple(log))


def _with_priority(event: Event, priority: str) -> Event:
    if event.set.get("priority") == priority:
        return event
    return replace(event, body={**event.body, "set": {**event.set, "priority": priority}})


class _PriorityTracker:
    """A ticket's priority in the log (`current`, `""` until one is named) and under the other policy (`proposed`)."""

    def __init__(self, ticket: Ticket, current: Policy, proposed: Policy) -> None:
        version = current.version(ticket.reported_at)
        self._matrix, self._proposed_policy = version.matrix, proposed
        self._unjudged_levels = {
            version.levels[-1],
            current.levels[-1],
            "",
        }  # what a ticket counts as until it is judged
        self._reported = ticket.reported_at
        self.mildest = proposed.version(self._reported).levels[-1]
        self.placed = True
        set_fields = {key for event in ticket.log for key in event.set}
        header = {key: "" if key in set_fields else ticket.word(key) for key in _GRADE_FIELDS}
        self._axes = header["impact"], header["occurrence"]
        self.current = header["priority"]
        self._judged = all(self._axes) or self.current not in self._unjudged_levels
        self._cell = self._axes if self.current and self.current == self._matrix_priority() else None
        self.proposed = self._proposed_priority()

    def apply_event(self, event: Event) -> None:
        """Follow an event that names an axis or the priority."""
        axes = tuple(str(event.set.get(key, value) or "") for key, value in zip(_AXES, self._axes, strict=True))
        self._axes = axes[0], axes[1]
        is_judgement = not event.set.keys().isdisjoint(_AXES)
        stated = str(event.set.get("priority") or "")
        if stated:
            self.current = stated
            self._judged = bool(event.reason) or all(self._axes) or stated not in self._unjudged_levels
            self._cell = self._axes if self._is_from_matrix(event, is_judgement=is_judgement) else None
        elif is_judgement and self.current == self._matrix_priority():
            # A judgement that leaves the priority as it was names the axes alone.
            self._cell = self._axes
        self.proposed = self._proposed_priority()

    def _is_from_matrix(self, event: Event, *, is_judgement: bool) -> bool:
        """Whether the matrix gave the priority that this event names; where a hand did, it keeps what `matrix` said."""
        if "matrix" in event.body or not all(self._axes):
            return False
        return is_judgement or self.current == self._matrix_priority()

    def _matrix_priority(self) -> str | None:
        impact, occurrence = self._axes
        return self._matrix.get(impact, {}).get(occurrence)

    def _proposed_priority(self) -> str:
        if self._cell is None and not self._judged:
            return self.mildest
        priority = self._proposed_policy.priority(*self._cell, self._reported) if self._cell else None
        priority = priority or self.current
        if any(priority in version.priorities for version in self._proposed_policy.versions):
            return priority
        self.placed = False
        return self.mildest
