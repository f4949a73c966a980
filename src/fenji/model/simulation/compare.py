"""Read every clock under both policies, and count the verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.model import workflow
from fenji.model.simulation.results import (
    VERDICTS,
    ClockOutcome,
    Simulation,
    TallyPair,
    TicketGroup,
    VerdictChange,
    VerdictTally,
)
from fenji.model.sla import CLOCKS, ClockReading, reading
from fenji.model.ticket import KINDS, Event, FieldPath, Ticket

if TYPE_CHECKING:
    from fenji.model.policy import Policy

# Order of changed verdicts: by the new verdict, then by the old one; a success that is lost comes first.
_NEW_VERDICT_ORDER = ("missed", "excused", "undecided", "met", "none")
_OLD_VERDICT_ORDER = ("met", "undecided", "none", "excused", "missed")
_AXES: tuple[FieldPath, ...] = ("impact", "occurrence")
_GRADE_FIELDS: frozenset[FieldPath] = frozenset({*_AXES, "priority"})


def compare_policies(
    tickets: Iterable[Ticket], current: Policy, proposed: Policy, *, since: datetime, at: datetime
) -> Simulation:
    """Compare the verdicts of `proposed` and `current` on the tickets reported from `since` to `at`.

    Both sides are read from the log at `at`; the frozen verdict under `sla` is ignored. Each version of `proposed`
    applies at its time. A priority that the matrix gave is computed again with the proposed matrix at the report; one
    set by hand stays. An excused miss stays excused. A met solution is undecided until it is confirmed (clock rules
    26). Groups by priority use, on each side, the priority of that side. Raises Refused if a calendar never opens
    (clock rules 7).
    """
    at = at.replace(microsecond=0)
    in_period = (ticket for ticket in tickets if ticket.reported_at is not None and since <= ticket.reported_at <= at)
    results = sorted(
        (_compare_ticket(ticket, current, proposed, at) for ticket in in_period), key=lambda result: result.ticket.id
    )
    return Simulation(
        since=since,
        at=at,
        tickets=len(results),
        regraded=sum(result.current != result.proposed for result in results),
        unplaced=tuple(result.ticket.id for result in results if not result.placed),
        groups=tuple(_build_groups(results, current, proposed)),
        changes=tuple(sorted(_find_changes(results), key=_severity_key)),
    )


# --- one ticket -------------------------------------------------------------------------------------------------


class _ComparedTicket(Struct, frozen=True):
    """One ticket with its priority and its clocks under both policies."""

    ticket: Ticket
    current: str
    proposed: str
    placed: bool
    clocks: Mapping[str, tuple[ClockOutcome, ClockOutcome]]


def _compare_ticket(ticket: Ticket, current: Policy, proposed: Policy, at: datetime) -> _ComparedTicket:
    regraded = regrade_ticket(ticket, current, proposed)
    current_reading, proposed_reading = reading(ticket, current, at), reading(regraded.ticket, proposed, at)
    clocks = {}
    for name in CLOCKS:
        current_outcome, proposed_outcome = (
            _clock_outcome(current_reading.clock(name), regraded.current),
            _clock_outcome(proposed_reading.clock(name), regraded.proposed),
        )
        if current_outcome.verdict == "excused" and proposed_outcome.verdict == "missed":
            # The excuse was given for the actual miss, perhaps before the simulated one.
            proposed_outcome = replace(proposed_outcome, verdict="excused")
        clocks[name] = current_outcome, proposed_outcome
    return _ComparedTicket(ticket, regraded.current, regraded.proposed, regraded.placed, clocks)


def _clock_outcome(clock: ClockReading, priority: str) -> ClockOutcome:
    return ClockOutcome(_verdict(clock), clock.due, priority)


def _verdict(clock: ClockReading) -> str:
    if clock.state == "none":
        return "none"
    if clock.met is False:
        return "missed" if clock.counts else "excused"
    return "met" if clock.met and clock.decided else "undecided"


# --- verdicts that change ---------------------------------------------------------------------------------------


def _find_changes(results: Iterable[_ComparedTicket]) -> Iterator[VerdictChange]:
    for result in results:
        for clock, (current, proposed) in result.clocks.items():
            if current.verdict != proposed.verdict:
                yield VerdictChange(result.ticket.id, result.ticket.title, clock, current, proposed)


def _severity_key(change: VerdictChange) -> tuple[int, int, str, int]:
    new_rank, old_rank = (
        _NEW_VERDICT_ORDER.index(change.proposed.verdict),
        _OLD_VERDICT_ORDER.index(change.current.verdict),
    )
    return new_rank, old_rank, change.id, CLOCKS.index(change.clock)


# --- groups -----------------------------------------------------------------------------------------------------

_GroupKey = tuple[str, str]  # by, value


def _build_groups(results: Sequence[_ComparedTicket], current: Policy, proposed: Policy) -> Iterator[TicketGroup]:
    """Yield the group of all tickets, then one for each priority, kind and site found, in the order of the policies."""
    counts: Counter[tuple[_GroupKey, str, int, str]] = Counter()
    keys: dict[_GroupKey, None] = {("all", ""): None}
    for result in results:
        for clock, outcomes in result.clocks.items():
            for index, outcome in enumerate(outcomes):
                for key in _group_keys(result.ticket, outcome):
                    keys[key] = None
                    counts[key, clock, index, outcome.verdict] += 1
    for key in sorted(keys, key=_group_order(current, proposed)):
        yield TicketGroup(*key, {clock: _tally_pair(counts, key, clock) for clock in CLOCKS})


def _tally_pair(counts: Counter[tuple[_GroupKey, str, int, str]], key: _GroupKey, clock: str) -> TallyPair:
    tallies = (VerdictTally(**{name: counts[key, clock, index, name] for name in VERDICTS}) for index in (0, 1))
    return TallyPair(*tallies)


def _group_keys(ticket: Ticket, outcome: ClockOutcome) -> tuple[_GroupKey, ...]:
    return ("all", ""), ("priority", outcome.priority), ("kind", ticket.kind), ("site", ticket.site)


def _group_order(current: Policy, proposed: Policy) -> Callable[[_GroupKey], tuple[int, int, str]]:
    levels = sorted((current.levels, proposed.levels), key=len, reverse=True)
    known = {
        "all": ("",),
        "priority": (*levels[0], *levels[1]),
        "kind": KINDS,
        "site": (*current.sites, *proposed.sites),
    }

    def sort_key(key: _GroupKey) -> tuple[int, int, str]:
        by, value = key
        values = known[by]
        return list(known).index(by), values.index(value) if value in values else len(values), value

    return sort_key


class RegradedTicket(Struct, frozen=True):
    """A ticket as another policy grades it: its last priority under each policy, and its log with the proposed ones.

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
    stated: list[tuple[Event, str]] = []  # the priority for the first event and each grading one
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
        # Events equal in instant and number are ordered by their content: a changed one must keep its place.
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
        self._unjudged_levels = {version.levels[-1], current.levels[-1], ""}  # levels that count as not judged yet
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
        """Take in an event that sets an axis or the priority."""
        axes = tuple(str(event.set.get(key, value) or "") for key, value in zip(_AXES, self._axes, strict=True))
        self._axes = axes[0], axes[1]
        is_judgement = not event.set.keys().isdisjoint(_AXES)
        stated = str(event.set.get("priority") or "")
        if stated:
            self.current = stated
            self._judged = bool(event.reason) or all(self._axes) or stated not in self._unjudged_levels
            self._cell = self._axes if self._is_from_matrix(event, is_judgement=is_judgement) else None
        elif is_judgement and self.current == self._matrix_priority():
            # A judgement that leaves the priority unchanged names only the axes.
            self._cell = self._axes
        self.proposed = self._proposed_priority()

    def _is_from_matrix(self, event: Event, *, is_judgement: bool) -> bool:
        """Whether the matrix gave the priority of this event; one set by hand keeps the matrix's under `matrix`."""
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
