"""The policy: grades and what they promise, calendars, sites, units, people, steps and routes (format 5).

`policy` answers what applies to a ticket at an instant, from the values in `parts`. `parse` reads a document with
`parse_versions`, `parse_people`, `parse_parts`, `document` and `durations`; `history` finds changes to the past,
`newer` reads what it can of a newer format. `template` writes the first policy.yaml, `describe` shows a policy: these
three are imported where they are needed. Pure: opens no files.
"""

from __future__ import annotations

from fenji.model.policy.corrections import find_foreign_corrections
from fenji.model.policy.durations import Duration
from fenji.model.policy.history import find_past_changes
from fenji.model.policy.parse import from_mapping, parse_policy
from fenji.model.policy.parts import ALWAYS, ROLES, STEPS, Level, Person, PolicyVersion, Route, Site, Unit
from fenji.model.policy.policy import Policy, Target
from fenji.model.ticket import CLOCKS

__all__ = [
    "ALWAYS",
    "CLOCKS",
    "ROLES",
    "STEPS",
    "Duration",
    "Level",
    "Person",
    "Policy",
    "PolicyVersion",
    "Route",
    "Site",
    "Target",
    "Unit",
    "find_foreign_corrections",
    "find_past_changes",
    "from_mapping",
    "parse_policy",
]
