"""Simulate another policy on known tickets: both policies side by side over the same log.

`compare` finds the priority that each ticket would have had, reads the clocks under both policies and counts; `results`
holds the outcome as values. Pure: tickets, two policies and instants in, values out; nothing is written.
"""

from fenji.model.simulation.compare import compare_policies
from fenji.model.simulation.results import (
    VERDICTS,
    ClockOutcome,
    Simulation,
    TallyPair,
    TicketGroup,
    VerdictChange,
    VerdictTally,
)

__all__ = [
    "VERDICTS",
    "ClockOutcome",
    "Simulation",
    "TallyPair",
    "TicketGroup",
    "VerdictChange",
    "VerdictTally",
    "compare_policies",
]
