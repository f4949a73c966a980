"""Read what can be read of a policy in a format newer than this version's: names and roles, but no promise (format 5).

Under such a policy acts are recorded and tickets shown; there is no due time and no verdict, and none can be frozen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.policy.parse import KEYS, NEWEST_FORMAT, parse_policy
from fenji.model.policy.parts import ROLES

if TYPE_CHECKING:
    from fenji.model.policy.policy import Policy
    from fenji.model.values import Value

_FORMAT = re.compile(r"[1-9][0-9]{0,3}")
# A stand-in for a policy of which only names can be read; its promises do not apply.
_PLAIN: Mapping[str, Value] = {
    "format": str(NEWEST_FORMAT),
    "since": "1970-01-01",
    "impact": ["major", "minor"],
    "occurrence": ["rare", "common"],
    "matrix": {"major": {"rare": "P1", "common": "P2"}, "minor": {"rare": "P3", "common": "P4"}},
    "priorities": {f"P{n}": {"response": "24h", "solution": "24h", "calendar": "always"} for n in range(1, 5)},
}


def find_newer_format(document: Value) -> str:
    """Return the format that a loaded policy names, if it is newer than this version reads; else `""`."""
    value = document.get("format") if isinstance(document, Mapping) else None
    is_newer = isinstance(value, str) and bool(_FORMAT.fullmatch(value)) and int(value) > NEWEST_FORMAT
    return str(value) if is_newer else ""


def parse_newer(document: Value, former: Policy | None = None) -> Policy:
    """Return the names and roles of a policy in a newer format, as far as this version can tell them.

    It is read in the newest known format, without the keys unknown to that. If this fails, the names and roles are
    those of the `former` policy; without one, only the plain names of sites, units and people are read.
    """
    mapping = document if isinstance(document, Mapping) else {}
    known = {key: value for key, value in mapping.items() if key in KEYS}
    policy, _ = parse_policy({**known, "format": str(NEWEST_FORMAT)})
    return replace(policy or former or _read_names(mapping), newer_format=find_newer_format(document))


def describe_newer(policy: Policy) -> Sentence:
    """Return the sentence that says which format is needed, and what is not shown without it."""
    template = (
        "policy.yaml is in format {format}, but this fenji reads up to {known}: it shows no due time and no verdict. "
        "Install a newer fenji."
    )
    return Sentence(template, {"format": policy.newer_format, "known": NEWEST_FORMAT})


def _read_names(mapping: Mapping[str, Value]) -> Policy:
    """Return a policy with the plain names of the sites, units and people; without any if they cannot be read."""
    names = {key: _read_entries(mapping.get(key)) for key in ("sites", "units", "people")}
    policy, _ = parse_policy({**_PLAIN, **names})
    policy = policy or parse_policy(_PLAIN)[0]
    assert policy
    return policy


def _read_entries(value: Value) -> dict[str, Value]:
    entries = value.items() if isinstance(value, Mapping) else ()
    return {str(key): _read_entry(str(key), entry) for key, entry in entries}


def _read_entry(key: str, entry: Value) -> dict[str, Value]:
    mapping = entry if isinstance(entry, Mapping) else {}
    texts = {name: mapping[name] for name in ("email",) if isinstance(mapping.get(name), str)}
    roles = mapping.get("roles")
    known = {"roles": [role for role in roles if role in ROLES]} if isinstance(roles, list) else {}
    return {"name": str(mapping.get("name") or key), **texts, **known}
