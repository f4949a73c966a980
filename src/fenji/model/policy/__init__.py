"""The policy: grades and what they promise, calendars, sites, units, people, steps and routes (format 5).

Reads policy.yaml strictly, answers what holds for a ticket at an instant, says whether a new policy moves the past,
and writes the commented first one. Pure: documents and values in, values out; files are the business of others.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from fenji.model.policy.durations import Duration
from fenji.model.policy.history import find_past_changes
from fenji.model.policy.parse import from_mapping, parse_policy
from fenji.model.policy.policy import (
    ALWAYS,
    CLOCKS,
    ROLES,
    STEPS,
    Level,
    Person,
    Policy,
    PolicyVersion,
    Route,
    Site,
    Target,
    Unit,
)

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
    "describe_policy",
    "find_past_changes",
    "from_mapping",
    "parse_policy",
    "starter_policy",
]


def describe_policy(policy: Policy, today: date | None = None) -> dict[str, object]:
    """The policy as plain values to show; see `overview.describe`."""
    from fenji.model.policy import describe as description

    return description.describe_policy(policy, today)


def starter_policy(  # noqa: PLR0913  each is one thing that `init` knows, and all but two are named
    language: str,
    sites: Iterable[str],
    *,
    person: str,
    name: str = "",
    email: str = "",
    zone: str = "UTC",
    since: date = date(2026, 1, 1),
) -> str:
    """The commented policy.yaml of a new desk; see `commented.starter`."""
    from fenji.model.policy import template

    return template.starter_policy(language, sites, person=person, name=name, email=email, zone=zone, since=since)
