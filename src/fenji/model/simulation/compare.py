"""Read every clock under both policies, and count the verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.model.simulation.regrade import regrade_ticket
from fenji.model.simulation.results import (
    VERDICTS,
    ClockOutcome,
    Simulation,
    TallyPair,
    TicketGroup,
    VerdictChange,
    VerdictTally,
)
from fenji.model.sla import CLOCKS, reading
from fenji.model.ticket import KINDS

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.sla import ClockReading
    from fenji.model.ticket import Ticket

# The order of verdicts that change: by what they would be, then by what they are; a lost success comes first.
_NEW_VERDICT_ORDER = ("missed", "excused", "undecided", "met", "none")
_OLD_VERDICT_ORDER = ("met", "undecided", "none", "excused", "missed")


def compare_policies(
    tickets: Iterable[Ticket], current: Policy, proposed: Policy, *, since: datetime, at: datetime
) -> Simulation:
    """Compare the verdicts of `proposed` and `current` on the tickets reported from `since` to `at`.

    Both sides are read from the log at `at`; the frozen verdict under `sla` is ignored. Each version of `proposed`
    applies at its time. The matrix of the report gives anew a priority given by the matrix, one set by hand stays. A
    miss that is excused stays excused. A met solution is undecided until it is confirmed (clock rules 26). Groups by
    priority take, on either side, the priority of that side. Raises Refused if a calendar never opens
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


@dataclass(frozen=True, slots=True)
class _ComparedTicket:
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
    """All tickets, then those of each priority, kind and site that has any, in the order of the policies."""
    counts: Counter[tuple[_GroupKey, str, int, str]] = Counter()
    keys: dict[_GroupKey, None] = {("all", ""): None}
    for result in results:
        for clock, outcomes in result.clocks.items():
            for index, outcome in enumerate(outcomes):
                for key in _group_keys(result.ticket, outcome):
                    keys[key] = None
                    counts[key, clock, index, outcome.verdict] += 1
    for by, value in sorted(keys, key=_group_order(current, proposed)):
        clocks = {}
        for clock in CLOCKS:
            current_tally, proposed_tally = (
                VerdictTally(**{name: counts[(by, value), clock, index, name] for name in VERDICTS}) for index in (0, 1)
            )
            clocks[clock] = TallyPair(current_tally, proposed_tally)
        yield TicketGroup(by, value, clocks)


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
