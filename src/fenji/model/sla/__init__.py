"""The two clocks of a ticket, read from its log (docs/clocks.md). Pure: ticket, policy and instant in, values out.

`timeline` finds what happened, `timers` counts the time, `run` joins both for one clock; `status` gives the verdicts,
`charges` who answers for them, `signs` the signs beside them, `frozen` what a confirmation stores, `decided` the
clocks that figures count, `explain` the story of a clock.
"""

from fenji.model.policy import CLOCKS
from fenji.model.sla.charges import ChargedTo
from fenji.model.sla.decided import DecidedClock, DecidedFields, decided_clocks, read_clocks, ticket_clocks
from fenji.model.sla.evidence import Evidence
from fenji.model.sla.excuses import check_excuse
from fenji.model.sla.explain import ClockExplanation, ClockInterval, Explanation, HolderShare, explain_clocks
from fenji.model.sla.frozen import (
    VerdictDifference,
    check_confirmation,
    current_confirmation,
    find_differences,
    freeze,
    list_foreign_parts,
    mark_excused,
    name_differences,
)
from fenji.model.sla.names import name_answerer
from fenji.model.sla.signs import Sign, log_signs, run_signs
from fenji.model.sla.status import ClockReading, Reading, reading
from fenji.model.sla.timeline import Holder

__all__ = [
    "CLOCKS",
    "ChargedTo",
    "ClockExplanation",
    "ClockInterval",
    "ClockReading",
    "DecidedClock",
    "DecidedFields",
    "Evidence",
    "Explanation",
    "Holder",
    "HolderShare",
    "Reading",
    "Sign",
    "VerdictDifference",
    "check_confirmation",
    "check_excuse",
    "current_confirmation",
    "decided_clocks",
    "explain_clocks",
    "find_differences",
    "freeze",
    "list_foreign_parts",
    "log_signs",
    "mark_excused",
    "name_answerer",
    "name_differences",
    "read_clocks",
    "reading",
    "run_signs",
    "ticket_clocks",
]
