"""The policy: grades and what they promise, calendars, sites, units, people, steps and routes (format 5).

`policy` answers what applies to a ticket at an instant, from the values in `parts`. `parse` reads a document with
`parse_versions`, `parse_people`, `parse_parts`, `parse_helpers` and `durations`; `validate` checks promises, `history`
finds changes of the past, `newer` reads what it can of a format to come. `template` writes the first policy.yaml,
`describe` shows a policy. Pure: opens no files.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from fenji.model.policy.durations import Duration
from fenji.model.policy.history import find_past_changes
from fenji.model.policy.parse import from_mapping, parse_policy
from fenji.model.policy.parts import ALWAYS, Level, Person, Route, Site, Unit
from fenji.model.policy.policy import ROLES, STEPS, Policy, PolicyVersion, Target
from fenji.model.ticket import CLOCKS

if TYPE_CHECKING:
    from fenji.errors import Sentence

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
    "describe_newer",
    "describe_policy",
    "find_newer_format",
    "find_past_changes",
    "from_mapping",
    "parse_newer",
    "parse_policy",
    "starter_policy",
]


def find_newer_format(document: object) -> str:
    """Return the format of a loaded policy that is newer than this version reads; see `newer.find_newer_format`."""
    from fenji.model.policy import newer

    return newer.find_newer_format(document)


def parse_newer(document: object, former: Policy | None = None) -> Policy:
    """Return the names and roles of a policy in a newer format; see `newer.parse_newer`."""
    from fenji.model.policy import newer

    return newer.parse_newer(document, former)


def describe_newer(policy: Policy) -> Sentence:
    """Return the sentence that says which format is needed; see `newer.describe_newer`."""
    from fenji.model.policy import newer

    return newer.describe_newer(policy)


def describe_policy(policy: Policy, at: datetime | None = None) -> dict[str, object]:
    """Describe the policy as plain values to show; see `describe.describe_policy`."""
    from fenji.model.policy import describe as description

    return description.describe_policy(policy, at)


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
    """Return the commented policy.yaml of a new desk; see `template.starter_policy`."""
    from fenji.model.policy import template

    return template.starter_policy(language, sites, person=person, name=name, email=email, zone=zone, since=since)
