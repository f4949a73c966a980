"""The rules that verdicts are read by, as they hold from one moment on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.model.policy.parts import Grade, Level, Moment, Site, begin_of
from fenji.model.policy.waiting import NO_RULE, WaitRule

if TYPE_CHECKING:
    from fenji.model.policy.durations import Duration
    from fenji.model.worktime.calendar import Calendar


class PolicyVersion(Struct, frozen=True):
    """The rules that hold from `since` on. Priorities stand most urgent first; the rest goes by name.

    `waiting` is reason → what waiting for it does, `at_risk` the fraction of a target left at which a clock is at risk.
    `regraded` is what the matrix gave → what it should have given, where a correction says so.
    """

    since: Moment
    priorities: Mapping[str, Level]
    matrix: Mapping[str, Mapping[str, str]]
    calendars: Mapping[str, Calendar]
    kinds: Mapping[str, Mapping[str, Duration | None]] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
    waiting: Mapping[str, WaitRule] = field(default_factory=dict)
    at_risk: Fraction = Fraction(1, 4)
    regraded: Mapping[Grade, str] = field(default_factory=dict)

    @property
    def levels(self) -> tuple[str, ...]:
        return tuple(self.priorities)

    @property
    def begins(self) -> datetime:
        """The instant of `since`."""
        return begin_of(self.since)

    def promise(self, level: str, clock: str, kind: str = "") -> Duration | None:
        """Return the duration promised at `level`, or by the exception for `kind`; None if nothing is promised."""
        exceptions = self.kinds.get(kind, {})
        return exceptions[clock] if clock in exceptions else self.priorities[level].promise(clock)

    def holds(self, reason: str) -> bool:
        """Whether waiting for `reason` holds the solution clock."""
        return self.waiting.get(reason, NO_RULE).holds_solution
