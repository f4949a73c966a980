"""The rule of change: which changes of a new policy are refused when it is brought in (clock rules 10). Pure.

Time that has run is never recounted. So all rules by which verdicts are read must stay as they were at every instant
before the new policy is brought in. Only dates that have not begun may change in place; other changes need a version of
their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from itertools import chain
from typing import TYPE_CHECKING

from fenji.errors import Fault, Sentence
from fenji.model.policy.corrections import LATEST_ARRIVAL, changed_corrections, find_untimely_corrections
from fenji.model.policy.parts import ROLES, PolicyVersion, begin_of
from fenji.model.policy.policy import ALWAYS_LIMITED, LEADERS, Policy
from fenji.model.queue_names import is_queue
from fenji.model.ticket import FIRST_YEAR
from fenji.model.worktime.hours import Hours, day_number, to_date
from fenji.model.worktime.zone import EPOCH, SECOND, Zone

if TYPE_CHECKING:
    from fenji.model.policy.document import Faults
    from fenji.model.policy.shapes import KeyPath

_BEGINNING = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_UNDATED = ("week", "day")


_CHANGED_UNIT = (
    "{value} was the unit, and stays so for what has run: write the new one next to it, with a date after {today} "
    "from which it counts"
)
_STRUCK_ROLE = (
    "{role} is removed without an end: put it back, and write when it ends, such as `until: {{{role}: {today}}}`"
)


def find_past_changes(old: Policy, new: Policy, brought_in: datetime, *, has_tickets: bool = True) -> Faults:
    """Find why the policy in force, `old`, may not become `new` at the instant `brought_in`; empty if it may.

    Without a ticket in the desk's history (`has_tickets`) everything may change in place. Holidays that a library gives
    are compared from ten years back, or from the first version if that is older.
    """
    if not has_tickets:
        return []
    comparison = _Comparison(old, new, brought_in)
    faults = [
        *_find_taken_out(old, new),
        *_find_queue_names(old, new),
        *_find_fixed(old, new),
        *_find_unit_changes(old, new, brought_in),
        *_find_struck_roles(old, new, brought_in),
        *comparison.find_rule_changes(),
        *changed_corrections(old.corrections, new.corrections),
        *find_untimely_corrections(old, new, brought_in),
    ]
    return list({(fault.path, str(fault.message)): fault for fault in faults}.values())


def first_compared_year(policy: Policy, brought_in: datetime) -> int:
    """Return the first year in which holidays that a library gives are compared."""
    return min(policy.versions[0].begins.year, brought_in.year - 10)


def _find_taken_out(old: Policy, new: Policy) -> Iterator[Fault]:
    sites = [dict.fromkeys(code for version in policy.versions for code in version.sites) for policy in (old, new)]
    for group, before, after in (
        ("sites", sites[0], sites[1]),
        ("units", old.units, new.units),
        ("people", old.people, new.people),
    ):
        for key in before:
            if key not in after:
                message = Sentence("{value} is removed, but tickets may name it: end it with `until`", {"value": key})
                yield Fault((group,), message)


def _find_queue_names(old: Policy, new: Policy) -> Iterator[Fault]:
    """Find new people who are named like a duty queue, which has such a name in figures."""
    for key in new.people:
        if key not in old.people and is_queue(key):
            message = Sentence("{value} is written like a duty queue: give the person another name", {"value": key})
            yield Fault(("people", key), message)


def _find_fixed(old: Policy, new: Policy) -> Iterator[Fault]:
    """Find a changed zone of the desk, which is fixed once there is a ticket, and a step back in format."""
    if old.zone != new.zone:
        message = Sentence(
            "periods are cut by {value}, and stay so once there are tickets: put it back", {"value": old.zone}
        )
        yield Fault(("zone",), message)
    if new.format < old.format:
        message = Sentence("is {old} and cannot go back to {new}", {"old": old.format, "new": new.format})
        yield Fault(("format",), message)


def _find_unit_changes(old: Policy, new: Policy, brought_in: datetime) -> Iterator[Fault]:
    for key in old.people.keys() & new.people.keys():
        before, after = old.people[key], new.people[key]
        if before.units == after.units:
            continue
        dated = (since for since, _ in (*before.units, *after.units) if since is not None)
        edges = [_BEGINNING, *sorted(filter(lambda edge: edge <= brought_in, map(begin_of, dated)))]
        changed = next((edge for edge in edges if before.unit_at(edge) != after.unit_at(edge)), None)
        if changed:
            values = {"value": before.unit_at(changed) or "-", "today": brought_in.date().isoformat()}
            yield Fault(("people", key, "unit"), Sentence(_CHANGED_UNIT, values))


def _find_struck_roles(old: Policy, new: Policy, brought_in: datetime) -> Iterator[Fault]:
    """Find roles that are removed without an end, so that nobody could tell how long their acts may still come in.

    A role that gave no right beyond the remaining ones may go, such as that of an engineer who is a lead now, and so
    may one that ended longer than `grace` ago. Format 1 has no `grace`.
    """
    for key in old.people.keys() & new.people.keys() if old.format > 1 else ():
        remaining = new.people[key].roles
        struck = old.people[key].roles_at(brought_in - old.grace) - remaining
        for role in (role for role in ROLES if role in struck and _loses_rights(new, role, remaining)):
            message = Sentence(_STRUCK_ROLE, {"role": role, "today": brought_in.date().isoformat()})
            yield Fault(("people", key, "roles"), message)


def _loses_rights(policy: Policy, role: str, remaining: Collection[str]) -> bool:
    """Return whether a person loses rights or rank without a role, if these other roles remain."""
    allowed = (*policy.may.values(), LEADERS, *ALWAYS_LIMITED.values())
    may_less = any(role in roles and not any(name in roles for name in remaining) for roles in allowed)
    return may_less or ROLES.index(role) > max(map(ROLES.index, remaining), default=-1)


class _Comparison:
    """Two policies, and the instant at which the new one is to replace the old one."""

    def __init__(self, old: Policy, new: Policy, brought_in: datetime) -> None:
        self.old, self.new, self.brought_in = old, new, brought_in
        self.old_begins = {version.begins for version in old.versions}

    def find_rule_changes(self) -> Iterator[Fault]:
        """Find rules that differ at any instant before the new policy is brought in, comparing where versions begin."""
        begun = {version.begins for version in (*self.old.versions, *self.new.versions) if self._has_begun(version)}
        faults = [fault for edge in sorted(begun) for fault in self._compare(edge)]
        yield from _without_consequences(faults) or self._compare(_BEGINNING)

    def _has_begun(self, version: PolicyVersion) -> bool:
        return version.begins <= self.brought_in

    def _compare(self, edge: datetime) -> Iterator[Fault]:
        before, after = self.old.version(edge), self.new.version(edge)
        is_new = after.begins not in self.old_begins
        if is_new and after.begins == edge >= self.brought_in - LATEST_ARRIVAL:
            return
        changes = [*_find_differences(before, after), *self._find_site_differences(edge)]
        if not changes:
            return
        if is_new and after.begins == edge:
            yield self._late_fault(after)
        elif after is self.new.versions[-1] and after.begins == before.begins:
            yield from (Fault(path, message) for path, message in changes)
        else:
            keys = tuple(dict.fromkeys(str(path[0]) for path, _ in changes))
            values = {"since": before.since.isoformat(), "keys": keys}
            message = Sentence(
                "the rules in force from {since} must stay here as they were, but {keys} changed: `fenji policy "
                "amend` moves them",
                values,
            )
            yield Fault(("earlier",), message)

    def _late_fault(self, version: PolicyVersion) -> Fault:
        path = ("since",) if version is self.new.versions[-1] else ("earlier",)
        values = {"since": version.since.isoformat(), "now": self.brought_in.isoformat(timespec="minutes")}
        message = Sentence(
            "{since} has passed: a version entered at {now} begins then or later; `fenji policy amend` sets it",
            values,
        )
        return Fault(path, message)

    def _find_site_differences(self, edge: datetime) -> Iterator[tuple[KeyPath, Sentence]]:
        """Yield how sites, and the hours of their calendars, differ between the two policies at an instant."""
        since = self.old.version(edge).since.isoformat()
        first_year = first_compared_year(self.old, self.brought_in)
        for code in dict.fromkeys(code for version in self.old.versions for code in version.sites):
            former, latter = self.old.site(code, edge), self.new.site(code, edge)
            if former is None or latter is None:
                continue  # removed, which `_find_taken_out` reports
            for part in ("calendar", "lead"):
                if getattr(former, part) != getattr(latter, part):
                    yield ("sites", code, part), _new_version_sentence(since)
            before, after = self.old.calendar_at(code, edge).hours, self.new.calendar_at(code, edge).hours
            changes = find_calendar_changes(before, after, self.brought_in, first_year) if before and after else ()
            for key, day in changes if former.calendar == latter.calendar else ():
                yield ("calendars", former.calendar, key), _begun_sentence(day) if day else _new_version_sentence(since)


def _without_consequences(faults: list[Fault]) -> list[Fault]:
    """Return the faults without those of former versions that only repeat what is wrong with the newest one."""
    named = {str(fault.path[0]) for fault in faults if fault.path != ("earlier",)}

    def is_repeated(fault: Fault) -> bool:
        keys = fault.message.values.get("keys")
        return fault.path == ("earlier",) and isinstance(keys, tuple) and named.issuperset(keys)

    return [fault for fault in faults if not is_repeated(fault)]


def _find_differences(before: PolicyVersion, after: PolicyVersion) -> Iterator[tuple[KeyPath, Sentence]]:
    """Yield where two versions differ in rules by which verdicts are read, with the sentence for a change in place."""
    pairs = (
        ("priorities", list(before.priorities.items()), list(after.priorities.items())),
        ("matrix", before.matrix, after.matrix),
        ("kinds", before.kinds, after.kinds),
        ("waiting", before.waiting, after.waiting),
        ("at_risk", before.at_risk, after.at_risk),
    )
    for key, former, latter in pairs:
        if former != latter:
            yield (key,), _new_version_sentence(before.since.isoformat())


def _new_version_sentence(since: str) -> Sentence:
    """Return the sentence about a changed key, to be shown after the key."""
    return Sentence(
        "has been in force since {since}: `fenji policy amend` makes a change to it a new version", {"since": since}
    )


def _begun_sentence(day: str) -> Sentence:
    return Sentence(
        "{value} has begun, and what has run is never recounted: leave it as it was, and enter a correction",
        {"value": day},
    )


def find_calendar_changes(old: Hours, new: Hours, at: datetime, first_year: int) -> Iterator[tuple[str, str]]:
    """Yield the keys of a calendar whose change affects time before `at`, each with the date or instant affected.

    Keys without dates (`tz`, `week`, `day`) have `""`. Dates that have not begun in the calendar's zone, and written
    offsets in the future, may differ. If a library gives the holidays of a country, days from `first_year` on are
    compared.
    """
    if old.zone.key != new.zone.key:
        yield "tz", ""
        return
    yield from ((key, "") for key in _UNDATED if getattr(old, key) != getattr(new, key))
    instant = _first_offset_change(old.zone, new.zone, at, first_year)
    if instant is not None:
        yield "offsets", (EPOCH + SECOND * instant).isoformat()
    today = day_number(at.astimezone(new.zone).date())
    for key, days in _changed_days(old, new, first_year, today):
        for day in sorted(day for day in days if day <= today):
            if list(old.open_spans(day, day)) != list(new.open_spans(day, day)):
                yield key, to_date(day).isoformat()


def _changed_days(old: Hours, new: Hours, first_year: int, today: int) -> Iterator[tuple[str, set[int]]]:
    """Yield the dated keys, each with the days that its change may affect."""
    closed = set(old.closed ^ new.closed | old.worked ^ new.worked)
    if (old.country, old.subdiv) != (new.country, new.subdiv):
        closed |= set(range(day_number(date(first_year, 1, 1)), today + 1))
    yield "holidays", closed
    for key, former, latter in (("shifts", old.shifts, new.shifts), ("breaks", old.breaks, new.breaks)):
        yield key, {day for day, _ in set(chain(former, latter)) - (set(former) & set(latter))}


def _first_offset_change(old: Zone, new: Zone, at: datetime, first_year: int) -> int | None:
    """Return the first second before `at` at which two versions of a zone have different offsets; None if none has."""
    if old.offsets == new.offsets:
        return None
    first = (datetime(first_year, 1, 1, tzinfo=UTC) - EPOCH) // SECOND
    first = min(first, *(instant for instant, _ in (*old.offsets, *new.offsets)))
    last = (at - EPOCH) // SECOND
    former, latter = (dict(zone.changes(first, last)) for zone in (old, new))
    return next((second for second in sorted({**former, **latter}) if former.get(second) != latter.get(second)), None)
