"""The outcome of a trial as values: verdicts counted in groups, and the verdicts that would change. Counts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

# missed also while open; excused: missed, but out of the rate; undecided: not final yet; none: nothing was promised
VERDICTS = ("met", "missed", "excused", "undecided", "none")
SMALL = 10  # with fewer decided a rate says little (clock rules 27)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many verdicts of each sort a group of tickets has on one clock under one policy."""

    met: int = 0
    missed: int = 0
    excused: int = 0
    undecided: int = 0
    none: int = 0

    @property
    def tickets(self) -> int:
        return self.met + self.missed + self.excused + self.undecided + self.none

    @property
    def decided(self) -> int:
        """How many count in the rate."""
        return self.met + self.missed

    @property
    def attainment(self) -> float | None:
        """Met of decided, from 0 to 1; None where nothing is decided (clock rules 25)."""
        return self.met / self.decided if self.decided else None

    @property
    def small(self) -> bool:
        return self.decided < SMALL

    def mapping(self) -> dict[str, object]:
        """As JSON holds it; `attainment` is cut to four places, so that 1 means all."""
        return {
            "tickets": self.tickets,
            **{name: getattr(self, name) for name in VERDICTS},
            "attainment": self.met * 10_000 // self.decided / 10_000 if self.decided else None,
            "small": self.small,
        }


@dataclass(frozen=True, slots=True)
class Sides:
    """One clock of a group under the policy in force (`now`) and under the one that is tried (`then`)."""

    now: Tally
    then: Tally

    def mapping(self) -> dict[str, object]:
        """As JSON holds it."""
        return {"now": self.now.mapping(), "then": self.then.mapping()}


@dataclass(frozen=True, slots=True)
class Group:
    """Tickets that have something in common: `by` is all, priority, kind or site, `value` which of them."""

    by: str
    value: str
    clocks: Mapping[str, Sides]

    def mapping(self) -> dict[str, object]:
        """As JSON holds it."""
        return {"by": self.by, "value": self.value, **{clock: one.mapping() for clock, one in self.clocks.items()}}


@dataclass(frozen=True, slots=True)
class Side:
    """One clock of one ticket under one policy; `due` is None while it is held and where nothing is promised."""

    verdict: str
    due: datetime | None
    priority: str


@dataclass(frozen=True, slots=True)
class Change:
    """A verdict that would be another one."""

    id: str
    title: str
    clock: str
    now: Side
    then: Side

    def mapping(self) -> dict[str, object]:
        """As JSON holds it."""
        return {
            "id": self.id,
            "title": self.title,
            "clock": self.clock,
            "from": self.now.verdict,
            "to": self.then.verdict,
            "due_now": self.now.due.isoformat() if self.now.due else None,
            "due_then": self.then.due.isoformat() if self.then.due else None,
            "priority_now": self.now.priority,
            "priority_then": self.then.priority,
        }


@dataclass(frozen=True, slots=True)
class Trial:
    """The tickets reported from `since` to `at` under two policies, all clocks read at `at`.

    `tickets` counts them, `regraded` those whose priority would be another. `unplaced` are the numbers of tickets with
    a priority that the tried policy does not have; they count at its mildest. `changes` name misses first.
    """

    since: datetime
    at: datetime
    tickets: int
    regraded: int
    unplaced: Sequence[str]
    groups: Sequence[Group]
    changes: Sequence[Change]

    def mapping(self) -> dict[str, object]:
        """As JSON holds it (docs/commands.md)."""
        return {
            "since": self.since.isoformat(),
            "at": self.at.isoformat(),
            "tickets": self.tickets,
            "regraded": self.regraded,
            "unplaced": list(self.unplaced),
            "groups": [one.mapping() for one in self.groups],
            "changes": [one.mapping() for one in self.changes],
        }
