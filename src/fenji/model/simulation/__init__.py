"""What another policy would have made of tickets that are known: both policies side by side over the same log.

`regrading` says which priority a ticket would have had, `figures` holds the outcome as values, `comparing` reads the
clocks twice and counts. Pure: tickets, two policies and instants in, values out; nothing is written.
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
