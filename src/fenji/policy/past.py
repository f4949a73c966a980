"""Whether a new policy would move the figures of the past (format 5). Two policies in, faults of the new one out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fenji.errors import Fault, Sentence
from fenji.policy.values import SITE, Policy, Version

if TYPE_CHECKING:
    from fenji.policy.shape import Faults


def moved_past(old: Policy, new: Policy) -> Faults:
    """What in `new` changes rules that were already in force under `old`; empty where the past stays as it was.

    Priorities (with their exceptions by kind), matrix and calendars may change only from a later `since` on, with all
    former rules under `earlier`, dates compared as UTC midnights. A calendar that did not exist before moves nothing.
    The calendar of a site carries no date, so a site that counts by it keeps it; the calendar itself may change.
    """
    faults = [*_sites_moved(old, new)]
    begun, begins = old.versions[-1].begins(UTC), new.versions[-1].begins(UTC)
    for edge in [None, *sorted({one.begins(UTC) for policy in (old, new) for one in policy.versions})]:
        was, now = _in_force(old, edge), _in_force(new, edge)
        changed = _differences(was, now)
        if not changed or (edge and edge >= begins > begun):
            continue
        if begins < begun:
            values = {"new": new.since.isoformat(), "old": old.since.isoformat()}
            message = Sentence(
                "would change figures of the past: {new} lies before the {old} of the policy in force", values
            )
            faults.append(Fault(("since",), message))
        elif begins == begun and was is old.versions[-1]:
            faults += [_not_dated(key, old) for key in changed]
        else:
            faults.append(_not_kept(was, changed))
    return _once(faults)


def _in_force(policy: Policy, edge: datetime | None) -> Version:
    return next((one for one in reversed(policy.versions) if edge and one.begins(UTC) <= edge), policy.versions[0])


def _differences(was: Version, now: Version) -> list[str]:
    changed = []
    if list(was.priorities.items()) != list(now.priorities.items()):
        changed.append("priorities")
    if was.matrix != now.matrix:
        changed.append("matrix")
    if any(now.calendars.get(name) != calendar for name, calendar in was.calendars.items()):
        changed.append("calendars")
    if was.kinds != now.kinds:
        changed.append("kinds")
    return changed


def _not_kept(was: Version, changed: list[str]) -> Fault:
    values = {"since": was.since.isoformat(), "keys": ", ".join(changed)}
    message = Sentence("the rules in force from {since} must stand here unchanged: {keys} of them differ", values)
    return Fault(("earlier",), message)


def _not_dated(key: str, old: Policy) -> Fault:
    message = Sentence(
        "would change figures of the past: put the rules of {since} under `earlier`, and give a later `since`",
        {"since": old.since.isoformat()},
    )
    return Fault((key,), message)


def _sites_moved(old: Policy, new: Policy) -> Iterator[Fault]:
    if not any(level.calendar == SITE for one in (*old.versions, *new.versions) for level in one.priorities.values()):
        return
    for code, site in old.sites.items():
        if code in new.sites and new.sites[code].calendar != site.calendar:
            message = Sentence(
                "would change figures of the past: keep {calendar} here, and change it under a later `since`",
                {"calendar": site.calendar},
            )
            yield Fault(("sites", code, "calendar"), message)


def _once(faults: Faults) -> Faults:
    kept: Faults = []
    for fault in faults:
        if fault not in kept:
            kept.append(fault)
    return kept
