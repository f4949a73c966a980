"""The way of a ticket: which step is legal where, what it needs, where a log stands. Knows no clock and no file.

`steps` holds the table, `replay` reads a log by it, `checks` refuses what may not be added.
"""

from fenji.flow.checks import check
from fenji.flow.replay import Standing, idle, ordered, replay, standing
from fenji.flow.steps import ADDABLE, BACK, OPEN, STEPS, Step, barred, legal

__all__ = [
    "ADDABLE",
    "BACK",
    "OPEN",
    "STEPS",
    "Standing",
    "Step",
    "barred",
    "check",
    "idle",
    "legal",
    "ordered",
    "replay",
    "standing",
]
