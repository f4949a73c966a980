"""The two clocks of a ticket, read off its log (docs/clocks.md). Pure: ticket, policy and instant in, values out.

`course` tells what happened, `stopwatch` counts, `readings` judges, `story` explains.
"""

from fenji.clock.course import Holder
from fenji.clock.readings import Charge, ClockReading, Reading, check_excuse, reading
from fenji.clock.story import Share, Story, Stretch, Telling, explain
from fenji.policy import CLOCKS

__all__ = [
    "CLOCKS",
    "Charge",
    "ClockReading",
    "Holder",
    "Reading",
    "Share",
    "Story",
    "Stretch",
    "Telling",
    "check_excuse",
    "explain",
    "reading",
]
