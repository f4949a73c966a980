"""The two clocks of a ticket, read from its log (docs/clocks.md). Pure: ticket, policy and instant in, values out.

`timeline` finds what happened, `timers` counts the time, `status` gives the verdicts, `explain` explains them.
"""

from fenji.model.policy import CLOCKS
from fenji.model.sla.explain import ClockExplanation, ClockInterval, Explanation, HolderShare, explain_clocks
from fenji.model.sla.status import ChargedTo, ClockReading, Reading, check_excuse, reading
from fenji.model.sla.timeline import Holder

__all__ = [
    "CLOCKS",
    "ChargedTo",
    "ClockExplanation",
    "ClockInterval",
    "ClockReading",
    "Explanation",
    "Holder",
    "HolderShare",
    "Reading",
    "check_excuse",
    "explain_clocks",
    "reading",
]
