"""Reading every clock under both policies, and counting what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.clock import CLOCKS, reading
from fenji.ticket import KINDS
from fenji.trial.figures import VERDICTS, Change, Group, Side, Sides, Tally, Trial
from fenji.trial.regrading import regraded

if TYPE_CHECKING:
    from fenji.clock import ClockReading
    from fenji.policy import Policy
    from fenji.ticket import Ticket

# The order of verdicts that change: by what they would be, then by what they are; a lost success stands on top.
_TO = ("missed", "excused", "undecided", "met", "none")
_FROM = ("met", "undecided", "none", "excused", "missed")


def compare(tickets: Iterable[Ticket], ours: Policy, theirs: Policy, *, since: datetime, at: datetime) -> Trial:
    """What `theirs` would have made of the tickets reported from `since` to `at`, beside what `ours` makes of them.

    Both sides are read off the log at `at`; what is frozen under `sla` is not looked at. Of `theirs` the newest version
    holds all the time, whatever its `since`; a priority given by the matrix is given anew by its matrix, one set by
    hand stays. A miss that is excused stays excused. A met solution is undecided until it is confirmed (clock rules
    26). Groups by priority take, on either side, the priority of that side. Raises Refused where a calendar does not
    open (clock rules 7).
    """
    at = at.replace(microsecond=0)
    always = replace(theirs, versions=theirs.versions[-1:])
    looked_at = (one for one in tickets if one.reported is not None and since <= one.reported <= at)
    tried = sorted((_tried(one, ours, always, at) for one in looked_at), key=lambda one: one.ticket.id)
    return Trial(
        since=since,
        at=at,
        tickets=len(tried),
        regraded=sum(one.now != one.then for one in tried),
        unplaced=tuple(one.ticket.id for one in tried if not one.placed),
        groups=tuple(_groups(tried, ours, always)),
        changes=tuple(sorted(_changes(tried), key=_gravity)),
    )


# --- one ticket -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tried:
    """One ticket, its priority on either side, and for each clock both sides."""

    ticket: Ticket
    now: str
    then: str
    placed: bool
    clocks: Mapping[str, tuple[Side, Side]]


def _tried(ticket: Ticket, ours: Policy, theirs: Policy, at: datetime) -> _Tried:
    again = regraded(ticket, ours, theirs)
    now, then = reading(ticket, ours, at), reading(again.ticket, theirs, at)
    clocks = {}
    for name in CLOCKS:
        left, right = _side(now.clock(name), again.now), _side(then.clock(name), again.then)
        if left.verdict == "excused" and right.verdict == "missed":
            # The excuse was given for the miss that there was, perhaps before the one that there would have been.
            right = replace(right, verdict="excused")
        clocks[name] = left, right
    return _Tried(ticket, again.now, again.then, again.placed, clocks)


def _side(clock: ClockReading, priority: str) -> Side:
    return Side(_verdict(clock), clock.due, priority)


def _verdict(clock: ClockReading) -> str:
    if clock.state == "none":
        return "none"
    if clock.met is False:
        return "missed" if clock.counts else "excused"
    return "met" if clock.met and clock.decided else "undecided"


# --- verdicts that change ---------------------------------------------------------------------------------------


def _changes(tried: Iterable[_Tried]) -> Iterator[Change]:
    for one in tried:
        for clock, (now, then) in one.clocks.items():
            if now.verdict != then.verdict:
                yield Change(one.ticket.id, one.ticket.title, clock, now, then)


def _gravity(change: Change) -> tuple[int, int, str, int]:
    to, come_from = _TO.index(change.then.verdict), _FROM.index(change.now.verdict)
    return to, come_from, change.id, CLOCKS.index(change.clock)


# --- groups -----------------------------------------------------------------------------------------------------

_Key = tuple[str, str]  # by, value


def _groups(tried: Sequence[_Tried], ours: Policy, theirs: Policy) -> Iterator[Group]:
    """All tickets, then those of each priority, kind and site that has any, in the order of the policies."""
    counted: Counter[tuple[_Key, str, int, str]] = Counter()
    found: dict[_Key, None] = {("all", ""): None}
    for one in tried:
        for clock, sides in one.clocks.items():
            for place, side in enumerate(sides):
                for key in _keys(one.ticket, side):
                    found[key] = None
                    counted[key, clock, place, side.verdict] += 1
    for by, value in sorted(found, key=_order(ours, theirs)):
        clocks = {}
        for clock in CLOCKS:
            now, then = (
                Tally(**{name: counted[(by, value), clock, place, name] for name in VERDICTS}) for place in (0, 1)
            )
            clocks[clock] = Sides(now, then)
        yield Group(by, value, clocks)


def _keys(ticket: Ticket, side: Side) -> tuple[_Key, ...]:
    return ("all", ""), ("priority", side.priority), ("kind", ticket.kind), ("site", ticket.site)


def _order(ours: Policy, theirs: Policy) -> Callable[[_Key], tuple[int, int, str]]:
    levels = sorted((ours.levels, theirs.levels), key=len, reverse=True)
    known = {
        "all": ("",),
        "priority": (*levels[0], *levels[1]),
        "kind": KINDS,
        "site": (*ours.sites, *theirs.sites),
    }

    def place(key: _Key) -> tuple[int, int, str]:
        by, value = key
        values = known[by]
        return list(known).index(by), values.index(value) if value in values else len(values), value

    return place
