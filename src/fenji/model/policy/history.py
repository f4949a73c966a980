"""Check whether a new policy would change past figures (format 5). Two policies in, faults of the new one out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.errors import Fault, Sentence
from fenji.model.policy.parts import SITE

if TYPE_CHECKING:
    from fenji.model.policy.parse_helpers import Faults
    from fenji.model.policy.policy import Policy, PolicyVersion


def find_past_changes(old: Policy, new: Policy) -> Faults:
    """Find what in `new` changes rules that were already in force under `old`; empty if the past is unchanged.

    Priorities (with their exceptions by kind), matrix and calendars may change only from a later `since` on, with all
    former rules under `earlier`; dates are compared as UTC midnights. A new calendar changes nothing. A site's choice
    of calendar has no date, so a site that counts by it must keep it; the calendar itself may change.
    """
    faults = [*_find_moved_sites(old, new)]
    old_begin, new_begin = old.versions[-1].begins, new.versions[-1].begins
    for edge in [None, *sorted({version.begins for policy in (old, new) for version in policy.versions})]:
        old_rules, new_rules = _version_in_force(old, edge), _version_in_force(new, edge)
        changed = _changed_keys(old_rules, new_rules)
        if not changed or (edge and edge >= new_begin > old_begin):
            continue
        if new_begin < old_begin:
            values = {"new": new.since.isoformat(), "old": old.since.isoformat()}
            message = Sentence(
                "would change figures of the past: {new} lies before the {old} of the policy in force", values
            )
            faults.append(Fault(("since",), message))
        elif new_begin == old_begin and old_rules is old.versions[-1]:
            faults += [_not_dated_fault(key, old) for key in changed]
        else:
            faults.append(_not_kept_fault(old_rules, changed))
    return _drop_duplicates(faults)


def _version_in_force(policy: Policy, edge: datetime | None) -> PolicyVersion:
    return next(
        (version for version in reversed(policy.versions) if edge and version.begins <= edge), policy.versions[0]
    )


def _changed_keys(old_rules: PolicyVersion, new_rules: PolicyVersion) -> list[str]:
    changed = []
    if list(old_rules.priorities.items()) != list(new_rules.priorities.items()):
        changed.append("priorities")
    if old_rules.matrix != new_rules.matrix:
        changed.append("matrix")
    if any(new_rules.calendars.get(name) != calendar for name, calendar in old_rules.calendars.items()):
        changed.append("calendars")
    if old_rules.kinds != new_rules.kinds:
        changed.append("kinds")
    return changed


def _not_kept_fault(old_rules: PolicyVersion, changed: list[str]) -> Fault:
    values = {"since": old_rules.since.isoformat(), "keys": ", ".join(changed)}
    message = Sentence("the rules in force from {since} must stand here unchanged: {keys} of them differ", values)
    return Fault(("earlier",), message)


def _not_dated_fault(key: str, old: Policy) -> Fault:
    message = Sentence(
        "would change figures of the past: put the rules of {since} under `earlier`, and give a later `since`",
        {"since": old.since.isoformat()},
    )
    return Fault((key,), message)


def _find_moved_sites(old: Policy, new: Policy) -> Iterator[Fault]:
    if not any(
        level.calendar == SITE for version in (*old.versions, *new.versions) for level in version.priorities.values()
    ):
        return
    for code, site in old.sites.items():
        if code in new.sites and new.sites[code].calendar != site.calendar:
            message = Sentence(
                "would change figures of the past: keep {calendar} here, and change it under a later `since`",
                {"calendar": site.calendar},
            )
            yield Fault(("sites", code, "calendar"), message)


def _drop_duplicates(faults: Faults) -> Faults:
    unique: Faults = []
    for fault in faults:
        if fault not in unique:
            unique.append(fault)
    return unique
