"""Corrections: what past rules should have said, stated afterwards (clock rules 10c). Pure.

The past is never rewritten: a correction changes no clock, it only says how the log would read without the mistake. It
is never changed or removed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import Fault, Sentence
from fenji.model.policy.parse_people import parse_moment
from fenji.model.policy.parts import PolicyVersion, begin_of
from fenji.model.policy.rule_changes import RULE_KEYS, Correction, KnownRules, know_rules, parse_rule_changes
from fenji.model.ticket import parse_instant
from fenji.model.worktime.changes import HoursChanges, parse_hours_changes

if TYPE_CHECKING:
    from fenji.model.policy.document import DocumentNode, Faults
    from fenji.model.policy.policy import Policy
    from fenji.model.policy.shapes import KeyPath

_HEAD = ("key", "on", "by", "why", "from", "to")
LATEST_ARRIVAL = timedelta(hours=1)  # how long after its own date a version or correction may be brought in
_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)


def parse_corrections(
    node: DocumentNode, versions: Collection[PolicyVersion], people: Iterable[str]
) -> tuple[Correction, ...]:
    """Parse `corrections:` strictly; `versions` and `people` are those of the policy."""
    known = know_rules(versions, frozenset(people))
    corrections: dict[str, Correction] = {}
    for entry in node.items():
        correction = _parse_correction(entry, known)
        if correction and correction.key in corrections:
            entry.below("key", None).add_fault("{value} stands twice", value=correction.key)
        elif correction:
            corrections[correction.key] = correction
    return tuple(corrections.values())


def _parse_correction(node: DocumentNode, known: KnownRules) -> Correction | None:
    before = len(node.faults)
    parts = node.keys((*_HEAD, "calendars", *RULE_KEYS), required=_HEAD)
    key, by, why, on_text = (parts[name].line() for name in ("key", "by", "why", "on"))
    on = parse_instant(on_text) if on_text else None
    if on_text and on is None:
        parts["on"].add_fault("must be a time with an offset, such as 2026-03-01T08:00:00+03:00")
    if by and by not in known.people:
        parts["by"].add_fault("nobody in people is called {value}", value=by)
    start, end = (parse_moment(parts[name]) for name in ("from", "to"))
    if start and end and begin_of(start) >= begin_of(end):
        values = {"value": str(parts["to"].value), "start": str(parts["from"].value)}
        parts["to"].add_fault("{value} must be after {start}", **values)
    calendars = dict(_parse_calendars(parts["calendars"], known))
    rules = parse_rule_changes(parts, known)
    if len(node.faults) == before and not calendars and not rules.names:
        node.add_fault("names nothing: say what each rule should have been")
    if len(node.faults) > before or on is None or start is None or end is None:
        return None
    return Correction(key, on, by, why, start, end, calendars, rules)


def _parse_calendars(node: DocumentNode, known: KnownRules) -> Iterator[tuple[str, HoursChanges]]:
    for name, entry in node.names().items():
        if name not in known.calendars:
            names = tuple(sorted(known.calendars))
            entry.add_fault("there is no calendar {name}; known: {known}", name=name, known=names)
            continue
        changes, faults = parse_hours_changes(entry.value, entry.path)
        entry.faults.extend(faults)
        yield name, changes


def changed_corrections(old: Sequence[Correction], new: Sequence[Correction]) -> Faults:
    """Find corrections that a new policy changes or removes, which it may not; it may add new ones."""
    present = {correction.key: (index, correction) for index, correction in enumerate(new)}
    faults: Faults = []
    for correction in old:
        index, found = present.get(correction.key, (-1, None))
        if found is None:
            message = Sentence("the correction {key} is never removed: put it back", {"key": correction.key})
            faults.append(Fault(("corrections",), message))
        elif found != correction:
            message = Sentence("the correction {key} is never changed: write another one", {"key": correction.key})
            faults.append(Fault(("corrections", index), message))
    return faults


def is_said_late(correction: Correction, brought_in: datetime) -> bool:
    """Return whether the `on` of a correction is more than an hour before it is brought in."""
    return correction.on < brought_in - LATEST_ARRIVAL


def find_untimely_corrections(old: Policy, new: Policy, brought_in: datetime) -> Faults:
    """Find new corrections whose `on` is more than an hour ago, or that cover dates that have not begun."""
    known, faults = {correction.key for correction in old.corrections}, []
    for index, correction in enumerate(new.corrections):
        path: KeyPath = ("corrections", index)
        if correction.key in known:
            continue
        if is_said_late(correction, brought_in):
            values = {"on": correction.on.isoformat(), "now": brought_in.isoformat(timespec="minutes")}
            message = Sentence("{on} has passed: a correction entered at {now} is dated then or later", values)
            faults.append(Fault((*path, "on"), message))
        zones = {version.calendars[name].zone for version in new.versions for name in version.calendars}
        today = max(brought_in.astimezone(zone).date() for zone in (*zones, UTC))
        last = correction.end - _SECOND if isinstance(correction.end, datetime) else correction.end - _DAY
        if (last.date() if isinstance(last, datetime) else last) > today:
            values = {"value": correction.end.isoformat(), "today": today.isoformat()}
            message = Sentence(
                "{value} is after {today}: what has not begun is changed directly, and needs no correction", values
            )
            faults.append(Fault((*path, "to"), message))
    return faults


def apply_corrections(policy: Policy, corrections: Sequence[Correction]) -> Policy:
    """Return the policy as if these corrections had been in it at their time, each on top of those before it."""
    keys = tuple(correction.key for correction in corrections)
    if keys not in policy.corrected:
        policy.corrected[keys] = _apply_all(policy, corrections)
    return policy.corrected[keys]


def _apply_all(policy: Policy, corrections: Iterable[Correction]) -> Policy:
    versions = list(policy.versions)
    for correction in corrections:
        for name, changes in correction.calendars.items():
            named = _with_calendar(versions, name)
            stretch = correction.stretch(named[0].calendars[name])
            versions = _cut(named, *stretch, partial(_correct_calendar, name=name, changes=changes))
        if correction.rules.names:
            versions = _cut(versions, begin_of(correction.start), begin_of(correction.end), correction.rules.apply)
    return dataclasses.replace(policy, versions=tuple(versions), corrections=())


def _with_calendar(versions: Sequence[PolicyVersion], name: str) -> list[PolicyVersion]:
    """Add a calendar to every version that lacks it, as the first version that has it."""
    first = next(version.calendars[name] for version in versions if name in version.calendars)
    return [replace(version, calendars={name: first, **version.calendars}) for version in versions]


def _cut(
    versions: Sequence[PolicyVersion], start: datetime, end: datetime, correct: Callable[[PolicyVersion], PolicyVersion]
) -> list[PolicyVersion]:
    """Cut versions at the ends of a stretch, and correct the pieces that lie in it."""
    # The oldest version also applies before its `since`, so a stretch before that cuts it as well.
    first = replace(versions[0], since=min(versions[0].begins, start - _SECOND))
    spans = [*pairwise([first, *versions[1:]]), (versions[-1] if len(versions) > 1 else first, None)]
    cut: list[PolicyVersion] = []
    for version, follower in spans:
        edges = [version.begins, *(at for at in (start, end) if version.begins < at)]
        pieces = (replace(version, since=at) for at in edges if follower is None or at < follower.begins)
        cut += [correct(piece) if start <= piece.begins < end else piece for piece in pieces]
    return cut


def _correct_calendar(version: PolicyVersion, *, name: str, changes: HoursChanges) -> PolicyVersion:
    calendar = version.calendars[name]
    assert calendar.hours, "a calendar of a policy has hours"
    corrected = dataclasses.replace(calendar, hours=changes.apply(calendar.hours))
    return replace(version, calendars={**version.calendars, name: corrected})


def find_foreign_corrections(old: Policy, new: Policy, person: str) -> Faults:
    """Find new corrections whose `by` is not the `person` who brings them in.

    A miss charged to whoever brings a correction in stays in the rate (clock rules 10c), whatever name is given.
    """
    known = {correction.key for correction in old.corrections}
    template = "says {by}, but {person} enters it: `by` names whoever enters a correction"
    return [
        Fault(("corrections", index, "by"), Sentence(template, {"by": correction.by, "person": person}))
        for index, correction in enumerate(new.corrections)
        if correction.key not in known and correction.by != person
    ]
