"""Parse policy.yaml strictly: every problem at once, each with its key path, its value and what to do.

Takes documents as `yaml_codec.load` returns them (mappings, lists, text, None), and in `from_mapping` those of other
loaders. `parse_versions` parses the dated rules, `parse_parts` the rest; promises are checked against each other
here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Damaged, Fault, Problem, Sentence
from fenji.i18n import LANGUAGES
from fenji.model.policy import parse_parts, parse_people, parse_versions
from fenji.model.policy.corrections import parse_corrections
from fenji.model.policy.document import DocumentNode, Faults, NodeByKey, abbreviate
from fenji.model.policy.durations import DAY, Duration
from fenji.model.policy.parts import ALWAYS, SITE, PolicyVersion
from fenji.model.policy.policy import DEFAULT_GRACE, DEFAULT_STRANGERS, STRANGERS, Policy
from fenji.model.ticket import CLOCKS, KINDS

if TYPE_CHECKING:
    from fenji.model.policy.parse_versions import VersionDraft
    from fenji.model.policy.shapes import KeyPath
    from fenji.model.values import Value
    from fenji.model.worktime.calendar import Calendar

NEWEST_FORMAT = 2  # the newest that this version of fenji reads
_FORMATS = tuple(str(number) for number in range(1, NEWEST_FORMAT + 1))
REQUIRED_KEYS = ("format", "since", "impact", "occurrence", "matrix", "priorities")
KEYS = (
    *("format", "since", "language", "sites", "units", "people", "impact", "occurrence", "matrix", "priorities"),
    *("kinds", "calendars", "waiting", "at_risk", "backdate", "excuses", "requires", "may", "routes", "views"),
    *("require_signed", "zone", "earlier"),
)
NEW_KEYS = ("grace", "strangers", "corrections")  # of format 2
_MINUTE = timedelta(minutes=1)
_WEEK = timedelta(days=7)


def parse_policy(document: Value, faults: Faults | None = None) -> tuple[Policy | None, Faults]:
    """Parse the policy in a loaded document, or return None and everything that is wrong with it (format 5)."""
    faults = [] if faults is None else faults
    if not isinstance(document, Mapping) or not document:
        return None, [Fault((), Sentence("a policy is a mapping of keys that begins with `format: 2`"))]
    node = DocumentNode(document, faults)
    top = node.keys((*KEYS, *NEW_KEYS), required=REQUIRED_KEYS)
    top["format"].note("choice", _FORMATS)
    if top["format"].value not in (None, *_FORMATS):
        value = abbreviate(top["format"].value)
        top["format"].add_fault("is {value}; this version reads formats {known}", value=value, known=_FORMATS)
    for key in NEW_KEYS if top["format"].value == "1" else ():
        if top[key].value is not None:
            top[key].add_fault("needs `format: 2`; `fenji policy amend --format 2` upgrades the file")
    policy = _build_policy(node, top)
    return (None if faults else policy), faults


def from_mapping(mapping: Mapping[str, object]) -> Policy:
    """Parse the policy in a mapping, also one with dates, numbers and booleans as other YAML loaders make them.

    Raises Damaged with every problem; they have key paths but no lines.
    """
    policy, faults = parse_policy(_as_text(mapping))
    if policy is None:
        problems = tuple(Problem("policy", 0, 0, ".".join(map(str, fault.path)), fault.message) for fault in faults)
        raise Damaged("The policy cannot be used.", problems=problems, hint="Fix what is listed.")
    return policy


def _as_text(value: object) -> Value:
    if isinstance(value, Mapping):
        # Calendars parse such values themselves, and say what an unquoted time or `NO` has become.
        # YAML 1.1 loaders read the key `on` as a boolean.
        keyed = {"on" if key is True else str(_as_text(key)): item for key, item in value.items()}
        return {key: item if key == "calendars" else _as_text(item) for key, item in keyed.items()}
    if isinstance(value, list | tuple):
        return [_as_text(item) for item in value]
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _build_policy(node: DocumentNode, top: NodeByKey) -> Policy:
    number = 2 if top["format"].value == "2" else 1
    impact, occurrence = (parse_parts.parse_axis(top[key]) for key in ("impact", "occurrence"))
    units = parse_people.parse_units(top["units"])
    people = parse_people.parse_people(top["people"], units, dated=number > 1)
    axes, context = parse_versions.Axes(impact, occurrence), parse_versions.VersionContext(number, people)
    drafts = parse_versions.parse_versions(node, top, axes, context)
    versions = tuple(draft.version for draft in drafts)
    levels = tuple(dict.fromkeys(level for version in reversed(versions) for level in version.levels))
    check_promises(drafts, node.faults)
    values_by_field = {
        "kind": KINDS,
        "impact": impact,
        "occurrence": occurrence,
        "priority": levels,
        "site": tuple(drafts[-1].version.sites),
    }
    known = parse_parts.KnownNames(values_by_field, people, units)
    return Policy(
        format=number,
        language=top["language"].choice(LANGUAGES) or "en",
        units=units,
        people=people,
        impact=impact,
        occurrence=occurrence,
        backdate=parse_parts.parse_time_span(top["backdate"], DAY),
        excuses=tuple(top["excuses"].words()),
        requires=parse_parts.parse_requires(top["requires"], levels),
        may=parse_parts.parse_may(top["may"]),
        routes=tuple(parse_parts.parse_route(route, known) for route in top["routes"].items()),
        views=parse_parts.parse_views(top["views"]),
        require_signed=tuple(top["require_signed"].words()),
        versions=versions,
        zone=parse_parts.parse_zone(top["zone"]),
        grace=parse_parts.parse_time_span(top["grace"], DEFAULT_GRACE),
        corrections=parse_corrections(top["corrections"], versions, people),
        strangers=top["strangers"].choice(STRANGERS) or DEFAULT_STRANGERS,
    )


class _CalendarScope(Struct, frozen=True):
    """The calendar that `calendar: site` stands for at one site; None is round the clock."""

    site: str
    calendar_name: str
    calendar: Calendar | None


def check_promises(drafts: list[VersionDraft], faults: Faults) -> None:
    """Add contradictions between the levels of each version to `faults` (clock rules 8), once per place in the file."""
    problems: Faults = []
    for draft in drafts:
        scopes = _calendar_scopes(draft.version)
        for scope in scopes:
            problems += _check_days(draft, scope)
            problems += _check_response_first(draft, scope)
            problems += _check_order(draft, scope)
    reported: set[tuple[KeyPath, str]] = set()
    for fault in problems:
        key = fault.path, fault.message.template
        if key not in reported:
            reported.add(key)
            faults.append(fault)


def _calendar_scopes(version: PolicyVersion) -> list[_CalendarScope]:
    if all(level.calendar == ALWAYS for level in version.priorities.values()):
        return [_CalendarScope("", ALWAYS, None)]
    scopes: dict[str, _CalendarScope] = {}
    for code, site in version.sites.items():
        if site.calendar == ALWAYS or site.calendar in version.calendars:
            scopes.setdefault(site.calendar, _CalendarScope(code, site.calendar, version.calendars.get(site.calendar)))
    return list(scopes.values()) or [_CalendarScope("", ALWAYS, None)]


def _iter_promises(draft: VersionDraft, kind: str = "") -> Iterator[tuple[str, str, Duration, KeyPath]]:
    """Yield every promise as level, clock, duration, key path; for a kind only those that differ from the level's."""
    exceptions = draft.version.kinds.get(kind, {})
    for level in draft.version.levels:
        for clock in CLOCKS:
            own = clock in exceptions
            duration = draft.version.promise(level, clock, kind)
            if duration and (own or not kind):
                path = (*draft.paths["kinds"], kind, clock) if own else (*draft.paths["priorities"], level, clock)
                yield level, clock, duration, path


def _check_days(draft: VersionDraft, scope: _CalendarScope) -> Iterator[Fault]:
    for kind in ("", *draft.version.kinds):
        for level, _, duration, path in _iter_promises(draft, kind):
            calendar = _scope_calendar(draft, scope, level)
            if duration.days and calendar and calendar.day is None:
                values = {"value": duration.text, "calendar": scope.calendar_name, "site": scope.site}
                message = Sentence(
                    "{value} counts days, but the calendar {calendar} of {site} declares no `day`: "
                    "give it one, such as `day: 8h`, or promise hours",
                    values,
                )
                yield Fault(path, message)


def _scope_calendar(draft: VersionDraft, scope: _CalendarScope, level: str) -> Calendar | None:
    return scope.calendar if draft.version.priorities[level].calendar == SITE else None


def _passing_minutes(draft: VersionDraft, scope: _CalendarScope, level: str, duration: Duration) -> Fraction | None:
    """Return how many elapsed minutes the duration takes in an ordinary week; None if its days have no length."""
    calendar = _scope_calendar(draft, scope, level)
    if calendar is None:
        return Fraction(duration.to_timedelta(DAY) // _MINUTE)
    if duration.days and calendar.day is None:
        return None
    working = duration.to_timedelta(calendar.day or DAY) // _MINUTE
    return Fraction(working) * Fraction(_WEEK // _MINUTE, _open_week_minutes(calendar))


def _open_week_minutes(calendar: Calendar) -> int:
    if calendar.hours is None:
        return _WEEK // _MINUTE
    return sum(end - start for spans in calendar.hours.week for start, end in spans) // 60


def _check_response_first(draft: VersionDraft, scope: _CalendarScope) -> Iterator[Fault]:
    for kind in ("", *draft.version.kinds):
        for level in draft.version.levels:
            response, solution = (draft.version.promise(level, clock, kind) for clock in CLOCKS)
            if not response or not solution:
                continue
            first, last = (_passing_minutes(draft, scope, level, duration) for duration in (response, solution))
            own = draft.version.kinds.get(kind, {}).keys() & CLOCKS
            if first is not None and last is not None and first > last and (own or not kind):
                path = (*draft.paths["kinds"], kind) if kind else (*draft.paths["priorities"], level)
                clock = "response" if "response" in own or not kind else "solution"
                values = {"level": level, "response": response.text, "solution": solution.text}
                template = "the response of {level}, {response}, is longer than its solution, {solution}"
                yield Fault((*path, clock), Sentence(template, values))


def _check_order(draft: VersionDraft, scope: _CalendarScope) -> Iterator[Fault]:
    longest: dict[str, tuple[Fraction, str, Duration]] = {}
    for level, clock, duration, path in _iter_promises(draft):
        minutes = _passing_minutes(draft, scope, level, duration)
        if minutes is None:
            continue
        if clock in longest and minutes < longest[clock][0]:
            _, above_level, above_duration = longest[clock]
            yield Fault(path, _shorter_message(draft, scope, (level, duration), (above_level, above_duration)))
        else:
            longest[clock] = minutes, level, duration


def _shorter_message(
    draft: VersionDraft, scope: _CalendarScope, lower: tuple[str, Duration], upper: tuple[str, Duration]
) -> Sentence:
    names = [scope.calendar_name if _scope_calendar(draft, scope, level) else ALWAYS for level in (lower[0], upper[0])]
    values = {"value": lower[1].text, "other": upper[1].text, "level": upper[0]}
    if names[0] == names[1]:
        return Sentence(
            "{value} is shorter than the {other} of {level}, which ranks above it and so is more urgent", values
        )
    values |= {"calendar": names[0], "calendar_above": names[1]}
    return Sentence(
        "{value} on the calendar {calendar} ends sooner than the {other} of {level} on {calendar_above}, which ranks "
        "above it and so is more urgent",
        values,
    )
