"""The two clocks of a ticket, read from its log (docs/clocks.md). Pure: ticket, policy and instant in, values out.

`timeline` finds what happened, `timers` counts the time, `run` joins both for one clock; `status` gives the verdicts,
`charges` who answers for them, `signs` what stands beside them, `frozen` what a confirmation keeps, `decided` what
figures count, `explain` the story.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

# Imported when they are first asked for: what reports count was read off the clocks before.
_NAMES = {
    "fenji.model.policy": ("CLOCKS",),
    "fenji.model.sla.charges": ("ChargedTo",),
    "fenji.model.sla.decided": (
        "DecidedClock",
        "DecidedFields",
        "decided_clocks",
        "read_clocks",
        "ticket_clocks",
    ),
    "fenji.model.sla.evidence": ("Evidence",),
    "fenji.model.sla.excuses": ("check_excuse",),
    "fenji.model.sla.explain": (
        "ClockExplanation",
        "ClockInterval",
        "Explanation",
        "HolderShare",
        "explain_clocks",
    ),
    "fenji.model.sla.frozen": (
        "VerdictDifference",
        "check_confirmation",
        "current_confirmation",
        "find_differences",
        "freeze",
        "list_foreign_parts",
        "mark_excused",
        "name_differences",
    ),
    "fenji.model.sla.names": ("name_answerer",),
    "fenji.model.sla.signs": (
        "Sign",
        "log_signs",
        "run_signs",
    ),
    "fenji.model.sla.status": (
        "ClockReading",
        "Reading",
        "reading",
    ),
    "fenji.model.sla.timeline": ("Holder",),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value
