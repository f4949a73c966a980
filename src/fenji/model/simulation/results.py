"""The results of a simulation as values: verdicts counted in groups, and the verdicts that would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.appraisal.intervals import SMALL_SAMPLE

if TYPE_CHECKING:
    from fenji.model.values import JsonValue

# missed also while open; excused: missed, but out of the rate; undecided: not final yet; none: nothing was promised
VERDICTS = ("met", "missed", "excused", "undecided", "none")


class VerdictTally(Struct, frozen=True):
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
        return self.decided < SMALL_SAMPLE

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form; `attainment` is cut (not rounded) to four places, so that 1 means all."""
        return {
            "tickets": self.tickets,
            **{name: getattr(self, name) for name in VERDICTS},
            "attainment": self.met * 10_000 // self.decided / 10_000 if self.decided else None,
            "small": self.small,
        }


class TallyPair(Struct, frozen=True):
    """One clock of a group under the policy in force and under the proposed one."""

    current: VerdictTally
    proposed: VerdictTally

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form."""
        return {"now": self.current.mapping(), "then": self.proposed.mapping()}


class TicketGroup(Struct, frozen=True):
    """Tickets that have something in common: `by` is all, priority, kind or site, `value` which of them."""

    by: str
    value: str
    clocks: Mapping[str, TallyPair]

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form."""
        return {"by": self.by, "value": self.value, **{clock: pair.mapping() for clock, pair in self.clocks.items()}}


class ClockOutcome(Struct, frozen=True):
    """One clock of one ticket under one policy; `due` is None while the clock is held or if nothing is promised."""

    verdict: str
    due: datetime | None
    priority: str


class VerdictChange(Struct, frozen=True):
    """A verdict that would change."""

    id: str
    title: str
    clock: str
    current: ClockOutcome
    proposed: ClockOutcome

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "title": self.title,
            "clock": self.clock,
            "from": self.current.verdict,
            "to": self.proposed.verdict,
            "due_now": self.current.due.isoformat() if self.current.due else None,
            "due_then": self.proposed.due.isoformat() if self.proposed.due else None,
            "priority_now": self.current.priority,
            "priority_then": self.proposed.priority,
        }


class Simulation(Struct, frozen=True):
    """The tickets reported from `since` to `at` under two policies, all clocks read at `at`.

    `tickets` counts them, `regraded` those whose priority would change. `unplaced` are the numbers of tickets with a
    priority that the proposed policy does not have; they count at its mildest. `changes` lists misses first.
    """

    since: datetime
    at: datetime
    tickets: int
    regraded: int
    unplaced: Sequence[str]
    groups: Sequence[TicketGroup]
    changes: Sequence[VerdictChange]

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form (docs/commands.md)."""
        return {
            "since": self.since.isoformat(),
            "at": self.at.isoformat(),
            "tickets": self.tickets,
            "regraded": self.regraded,
            "unplaced": list(self.unplaced),
            "groups": [group.mapping() for group in self.groups],
            "changes": [change.mapping() for change in self.changes],
        }
