"""Which priority a ticket would have had, event by event, had another policy been in force all the time.

What the matrix gave, the other matrix gives anew; what was set by hand stays (clock rules 9). The log itself is left
alone: the answer is a ticket to read clocks from, never one to write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fenji import flow

if TYPE_CHECKING:
    from fenji.policy import Policy
    from fenji.ticket import Event, Ticket

_AXES = ("impact", "occurrence")
_GRADES = frozenset({*_AXES, "priority"})


@dataclass(frozen=True, slots=True)
class Regraded:
    """A ticket as another policy grades it: its last priority `now` and `then`, and a log whose priorities follow.

    `placed` is false where a priority was kept that the other policy does not have: its mildest counts instead.
    """

    ticket: Ticket
    now: str
    then: str
    placed: bool


def regraded(ticket: Ticket, ours: Policy, theirs: Policy) -> Regraded:
    """The ticket as `theirs`, which has one version, would have graded it; its log was written under `ours`.

    The very same ticket where every priority stays.
    """
    grades = _Grades(ticket, ours, theirs)
    stated: list[tuple[Event, str]] = []  # what each event that names a grade, and the first one, must say
    differs = False
    for event, led in flow.replay(ticket.log):
        grading = led is not None and not _GRADES.isdisjoint(event.set)
        if grading:
            grades.take(event)
        if led is not None and (grading or not stated):
            stated.append((event, grades.then))
            differs = differs or grades.then != (grades.now or grades.mildest)
    after = _stating(ticket, stated) if differs else ticket
    return Regraded(after, grades.now or ours.levels[-1], grades.then, grades.placed)


def _stating(ticket: Ticket, stated: Sequence[tuple[Event, str]]) -> Ticket:
    priorities = {event.digest: priority for event, priority in stated}
    log = [_with(one, priorities[one.digest]) if one.digest in priorities else one for one in ticket.log]
    if len({(one.at, one.n) for one in log}) < len(log):
        # Equal in instant and number, events are ordered by their content: a changed one must keep its place.
        places = {event.digest: n for n, event in enumerate(flow.ordered(ticket.log), 1)}
        log = [replace(new, n=places[old.digest]) for old, new in zip(ticket.log, log, strict=True)]
    return replace(ticket, log=tuple(log))


def _with(event: Event, priority: str) -> Event:
    if event.set.get("priority") == priority:
        return event
    return replace(event, more={**event.more, "set": {**event.set, "priority": priority}})


class _Grades:
    """A ticket's priority in the log (`now`, `""` until one is named) and under the other policy (`then`)."""

    def __init__(self, ticket: Ticket, ours: Policy, theirs: Policy) -> None:
        version = ours.version(ticket.reported, site=ticket.site)
        self._matrix, self._theirs = version.matrix, theirs
        self._unjudged = {version.levels[-1], ours.levels[-1], ""}  # what a ticket counts as until it is judged
        self.mildest = theirs.levels[-1]
        self.placed = True
        named = {leaf for event in ticket.log for leaf in event.set}
        held = {leaf: "" if leaf in named else ticket.word(leaf) for leaf in _GRADES}
        self._axes = held["impact"], held["occurrence"]
        self.now = held["priority"]
        self._judged = all(self._axes) or self.now not in self._unjudged
        self._cell = self._axes if self.now and self.now == self._by_matrix() else None
        self.then = self._graded()

    def take(self, event: Event) -> None:
        """Follow an event that names an axis or the priority."""
        axes = tuple(str(event.set.get(leaf, held) or "") for leaf, held in zip(_AXES, self._axes, strict=True))
        self._axes = axes[0], axes[1]
        judges = not event.set.keys().isdisjoint(_AXES)
        stated = str(event.set.get("priority") or "")
        if stated:
            self.now = stated
            self._judged = bool(event.reason) or all(self._axes) or stated not in self._unjudged
            self._cell = self._axes if self._from_matrix(event, judges=judges) else None
        elif judges and self.now == self._by_matrix():
            # A judgement that leaves the priority as it was names the axes alone.
            self._cell = self._axes
        self.then = self._graded()

    def _from_matrix(self, event: Event, *, judges: bool) -> bool:
        """Whether the matrix gave the priority that this event names; where a hand did, it keeps what `matrix` said."""
        if "matrix" in event.more or not all(self._axes):
            return False
        return judges or self.now == self._by_matrix()

    def _by_matrix(self) -> str | None:
        impact, occurrence = self._axes
        return self._matrix.get(impact, {}).get(occurrence)

    def _graded(self) -> str:
        if self._cell is None and not self._judged:
            return self.mildest
        found = self._theirs.priority(*self._cell) if self._cell else None
        found = found or self.now
        if found in self._theirs.levels:
            return found
        self.placed = False
        return self.mildest
