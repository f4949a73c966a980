"""The two clocks of a ticket, read off its log (docs/clocks.md). Pure: ticket, policy and instant in, values out.

`course` tells what happened, `stopwatch` counts, `readings` judges, `story` explains.
"""

from fenji.clock.course import Holder
from fenji.clock.readings import ChargedTo, ClockReading, Reading, check_excuse, reading
from fenji.clock.story import ClockExplanation, ClockInterval, Explanation, HolderShare, explain_clocks
from fenji.policy import CLOCKS

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
