"""The details behind a reading: who answers for each clock, the excuse that counts, and the signs.

They are seldom needed and cost as much as the reading itself, so they are computed on demand.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from fenji.model.policy import CLOCKS, Policy
from fenji.model.sla.charges import ChargedTo, charge
from fenji.model.sla.corrected import CorrectedVerdict, find_correction
from fenji.model.sla.excuses import find_excuse
from fenji.model.sla.plan_clocks import read_items
from fenji.model.sla.run import ClockRun
from fenji.model.sla.signs import Sign, clock_signs
from fenji.model.sla.timeline import build_timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fenji.model.sla.item_clock import ItemClock
    from fenji.model.ticket import Event, Ticket


class Evidence:
    """The ticket, policy and instant of a reading, from which its details are computed."""

    def __init__(self, ticket: Ticket, policy: Policy, at: datetime) -> None:
        self.ticket, self.policy, self.at = ticket, policy, at

    @cached_property
    def runs(self) -> Mapping[str, ClockRun]:
        """Both clocks, run to the end of a detailed timeline; empty before the report."""
        timeline = build_timeline(self.ticket, self.policy, self.at, detailed=True)
        return {clock: ClockRun(timeline, self.policy, clock).finish() for clock in CLOCKS} if timeline else {}

    @cached_property
    def items(self) -> Mapping[str, ItemClock]:
        """The clocks of a project's items, by key."""
        run = self.runs.get("solution")
        return read_items(self.ticket, self.policy, run.timeline) if run else {}

    def charged_to(self, clock: str) -> ChargedTo | None:
        """Return whom a clock is charged to; None while it is undecided."""
        return charge(self.runs[clock]) if clock in self.runs else None

    def excuse(self, clock: str) -> Event | None:
        """Return the excuse that counts for the miss of a clock."""
        return find_excuse(self.runs[clock]) if clock in self.runs else None

    def correction(self, clock: str) -> CorrectedVerdict | None:
        """Return how a decided clock reads with the corrections of the policy; None if they change nothing."""
        return (
            find_correction(self.runs[clock], self.ticket) if self.policy.corrections and clock in self.runs else None
        )

    def signs(self, clock: str) -> tuple[Sign, ...]:
        """Return the signs beside a clock."""
        return clock_signs(self.ticket, self.runs[clock]) if clock in self.runs else ()
