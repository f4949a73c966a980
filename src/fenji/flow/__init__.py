"""The way of a ticket: which step is legal where, what it needs, where a log stands. Knows no clock and no file.

`steps` holds the table, `replay` reads a log by it, `checks` refuses what may not be added.
"""

from fenji.flow.checks import check
from fenji.flow.replay import Standing, idle, ordered, replay, standing
from fenji.flow.steps import BACK, OPEN, STEPS, Step, legal

__all__ = [
    "BACK",
    "OPEN",
    "STEPS",
    "Standing",
    "Step",
    "check",
    "idle",
    "legal",
    "ordered",
    "replay",
    "standing",
]
