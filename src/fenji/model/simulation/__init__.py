"""Simulate another policy on known tickets: both policies side by side over the same log.

`regrade` says which priority a ticket would have had, `results` holds the outcome as values, `compare` reads the clocks
under both policies and counts. Pure: tickets, two policies and instants in, values out; nothing is written.
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
