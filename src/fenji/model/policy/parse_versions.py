"""Parse the dated rules: what a verdict is read by, at the top of the file and under `earlier`.

What a version lacks it takes from the next one, calendar by calendar. `validate` checks how the levels of a version
relate to each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from itertools import pairwise, product

from msgspec import Struct

from fenji.errors import Fault, Sentence
from fenji.model.policy import parse_parts, parse_people
from fenji.model.policy.durations import NONE, Duration, parse_duration
from fenji.model.policy.parse_helpers import (
    Faults,
    KeyPath,
    abbreviate,
    read_known_keys,
    read_line,
    read_list,
    read_mapping,
    suggest_names,
)
from fenji.model.policy.parts import ALWAYS, SITE, Level, Moment, PolicyVersion, begin_of
from fenji.model.policy.shapes import Shape, note_shape
from fenji.model.policy.waiting import parse_waiting
from fenji.model.ticket import CLOCKS, FIRST_YEAR, KINDS, LAST_YEAR
from fenji.model.values import Value
from fenji.model.worktime import calendar as calendars
from fenji.model.worktime.parse import CALENDAR_KEYS

VERSION_KEYS = ("priorities", "matrix", "kinds", "calendars", "sites", "waiting", "at_risk")


class VersionDraft(Struct, frozen=True):
    """A version as far as it could be parsed, the key path of each part, and the calendars it names, valid or not."""

    version: PolicyVersion
    paths: Mapping[str, KeyPath]
    calendar_names: frozenset[str]


class Axes(Struct, frozen=True):
    """The values of the matrix's two axes; None for a former version, whose own rows and columns count."""

    impact: tuple[str, ...] | None
    occurrence: tuple[str, ...] | None


class VersionContext(Struct, frozen=True):
    """What stands beside the versions in the file: its format, and the people that a site may be led by."""

    format_number: int
    people: Collection[str]


def parse_versions(top: Mapping[str, Value], axes: Axes, context: VersionContext, faults: Faults) -> list[VersionDraft]:
    """Parse every version of the policy, oldest first; the last is the one at the top of the file."""
    since = parse_people.parse_moment(top.get("since"), ("since",), faults)
    newest = _parse_version((since or date(LAST_YEAR, 1, 1), (), dict(top)), axes, context, faults)
    former = _parse_earlier(top.get("earlier"), faults)
    if since:
        _check_order(former, since, faults)
    former.sort(key=lambda raw: begin_of(raw[0]), reverse=True)
    drafts = [newest]
    for raw in former:
        drafts.append(_parse_version(raw, Axes(None, None), context, faults, newer=drafts[-1]))
    return drafts[::-1]


RawVersion = tuple[Moment, KeyPath, dict[str, Value]]  # since, key path, content


def _parse_earlier(value: Value, faults: Faults) -> list[RawVersion]:
    raw_versions: list[RawVersion] = []
    for index, item in enumerate(read_list(value, ("earlier",), faults)):
        path: KeyPath = ("earlier", index)
        entry = read_known_keys(item, path, ("since", *VERSION_KEYS), faults, required=("since",))
        if not any(entry.get(key) is not None for key in VERSION_KEYS):
            faults.append(Fault(path, Sentence("says nothing: give its priorities, matrix or calendars")))
        since = parse_people.parse_moment(entry.get("since"), (*path, "since"), faults)
        # Without its date it cannot be placed in order, but its other faults are still found.
        raw_versions.append((since or date(FIRST_YEAR, 1, 1), path, entry))
    return raw_versions


def _check_order(former: list[RawVersion], since: Moment, faults: Faults) -> None:
    dated = [raw for raw in former if raw[2].get("since") is not None]
    begins = [begin_of(raw[0]) for raw in dated]
    rising = all(left < right for left, right in pairwise(begins))
    falling = all(left > right for left, right in pairwise(begins))
    for index, (when, path, entry) in enumerate(dated):
        values = {"value": abbreviate(entry["since"]), "since": since.isoformat()}
        if begins[index] in begins[:index]:
            faults.append(Fault((*path, "since"), Sentence("{value} stands twice", values)))
        if begin_of(when) >= begin_of(since):
            message = Sentence("{value} must lie before the `since` of the newest version, {since}", values)
            faults.append(Fault((*path, "since"), message))
    if not rising and not falling and len(set(begins)) == len(begins):
        faults.append(Fault(("earlier",), Sentence("the versions must stand in the order of their `since`")))


def _parse_version(
    raw: RawVersion, axes: Axes, context: VersionContext, faults: Faults, *, newer: VersionDraft | None = None
) -> VersionDraft:
    since, path, content = raw
    after = newer.version if newer else PolicyVersion(since, {}, {}, {})
    paths = {key: (*path, key) for key in VERSION_KEYS if newer is None or content.get(key) is not None}
    place = {key: (*path, key) for key in VERSION_KEYS}
    levels = _parse_priorities(content.get("priorities"), place["priorities"], faults) or after.priorities
    matrix = _parse_matrix(content.get("matrix"), place["matrix"], axes, tuple(levels), faults)
    _check_matrix_names(newer, paths, levels, path, faults)
    own_calendars, calendar_names = _parse_calendars(content.get("calendars"), place["calendars"], context, faults)
    kinds = parse_kinds(content.get("kinds"), place["kinds"], faults)
    waiting = parse_waiting(content.get("waiting"), place["waiting"], faults)
    at_risk = parse_parts.parse_at_risk(content.get("at_risk"), place["at_risk"], faults)
    version = PolicyVersion(
        since,
        levels,
        matrix if "matrix" in paths else after.matrix,
        {**after.calendars, **own_calendars},
        kinds if "kinds" in paths else after.kinds,
        parse_people.parse_sites(content.get("sites"), place["sites"], context.people, after.sites, faults),
        waiting if "waiting" in paths else after.waiting,
        at_risk if "at_risk" in paths else after.at_risk,
    )
    calendar_names |= newer.calendar_names if newer else frozenset()
    parse_people.check_site_calendars(content.get("sites"), place["sites"], version, calendar_names, faults)
    return VersionDraft(version, {**(newer.paths if newer else {}), **paths}, calendar_names)


def _check_matrix_names(
    newer: VersionDraft | None, paths: Mapping[str, KeyPath], levels: Mapping[str, Level], path: KeyPath, faults: Faults
) -> None:
    """Check that a version with its own priorities and the next version's matrix knows every priority in it."""
    if newer is None or "matrix" in paths or "priorities" not in paths:
        return
    cells = dict.fromkeys(cell for row in newer.version.matrix.values() for cell in row.values())
    unknown = ", ".join(cell for cell in cells if cell not in levels)
    if unknown:
        message = Sentence("needs a matrix of its own: that of the version after it names {value}", {"value": unknown})
        faults.append(Fault(path, message))


def _parse_priorities(value: Value, path: KeyPath, faults: Faults) -> dict[str, Level]:
    priorities: dict[str, Level] = {}
    for name, item in read_mapping(value, path, faults).items():
        level_path = (*path, name)
        if item is None:
            faults.append(Fault(level_path, Sentence("needs its times: response and solution, or `none` for either")))
        level = read_known_keys(item, level_path, (*CLOCKS, "calendar"), faults)
        response, solution = (parse_target(level.get(clock), (*level_path, clock), faults) for clock in CLOCKS)
        priorities[name] = Level(
            response, solution, parse_calendar_choice(level.get("calendar"), (*level_path, "calendar"), faults)
        )
    return priorities


def parse_calendar_choice(value: Value, path: KeyPath, faults: Faults) -> str:
    """Parse the calendar that a level counts by: `always` or `site`; `always` if absent or faulty."""
    text = read_line(value, path, faults) or ALWAYS
    if text not in (ALWAYS, SITE):
        message = Sentence(
            "must be `always`, or `site` for the calendar of the ticket's site, not {value}", {"value": text}
        )
        faults.append(Fault(path, message))
        return ALWAYS
    return text


def parse_target(value: Value, path: KeyPath, faults: Faults) -> Duration | None:
    """Parse a target; None if absent, `none` (clock rules 9) or faulty."""
    text = read_line(value, path, faults)
    if not text or text == NONE:
        return None
    duration = parse_duration(text)
    if isinstance(duration, Sentence):
        faults.append(Fault(path, duration))
        return None
    return duration


def parse_kinds(value: Value, path: KeyPath, faults: Faults) -> dict[str, dict[str, Duration | None]]:
    """Parse the exceptions of kinds: kind → clock → target, None for `none`."""
    kinds: dict[str, dict[str, Duration | None]] = {}
    for kind, item in read_known_keys(value, path, KINDS, faults).items():
        exceptions = read_known_keys(item, (*path, kind), CLOCKS, faults)
        kinds[kind] = {
            clock: parse_target(text, (*path, kind, clock), faults)
            for clock, text in exceptions.items()
            if text is not None
        }
    return kinds


def _parse_calendars(
    value: Value, path: KeyPath, context: VersionContext, faults: Faults
) -> tuple[dict[str, calendars.Calendar], frozenset[str]]:
    parsed = {}
    raw_calendars = read_mapping(value, path, faults)
    for name, item in raw_calendars.items():
        calendar_path = (*path, name)
        if name in (ALWAYS, SITE):
            faults.append(
                Fault(
                    calendar_path,
                    Sentence("{value} has a meaning of its own: name the calendar otherwise", {"value": name}),
                )
            )
            continue
        note_shape(faults, calendar_path, Shape("keys", CALENDAR_KEYS[2]))
        calendar, calendar_faults = calendars.parse_calendar(item, calendar_path, format_number=context.format_number)
        faults += calendar_faults
        if calendar and not calendar_faults:
            parsed[name] = calendar
    return parsed, frozenset(raw_calendars)


def _parse_matrix(
    value: Value, path: KeyPath, axes: Axes, levels: tuple[str, ...], faults: Faults
) -> dict[str, dict[str, str]]:
    rows = {
        name: read_mapping(cells, (*path, name), faults) for name, cells in read_mapping(value, path, faults).items()
    }
    readable = isinstance(value, Mapping) and all(isinstance(cells, Mapping | None) for cells in value.values())
    if rows and readable:
        columns = tuple(dict.fromkeys(key for row in rows.values() for key in row))
        impact = tuple(rows) if axes.impact is None else axes.impact
        occurrence = columns if axes.occurrence is None else axes.occurrence
        faults += _missing_cells(rows, path, impact, occurrence)
        faults += _unknown_cells(rows, path, impact, occurrence)
    return {
        name: {
            key: _parse_cell(cell, (*path, name, key), levels, faults) for key, cell in row.items() if cell is not None
        }
        for name, row in rows.items()
    }


MatrixRows = Mapping[str, Mapping[str, Value]]
AxisValues = tuple[str, ...]


def _missing_cells(rows: MatrixRows, path: KeyPath, impact: AxisValues, occurrence: AxisValues) -> Iterator[Fault]:
    for row, column in product(impact, occurrence):
        if rows.get(row, {}).get(column) is None:
            values = {"impact": row, "occurrence": column}
            message = Sentence("the cell is missing: which priority has {impact} with {occurrence}?", values)
            yield Fault((*path, row, column), message)


def _unknown_cells(rows: MatrixRows, path: KeyPath, impact: AxisValues, occurrence: AxisValues) -> Iterator[Fault]:
    """Find rows and columns that are not on the axes; an axis that could not be parsed is not checked."""
    for name, row in rows.items():
        if impact and name not in impact:
            values = {"value": name, "known": suggest_names(name, impact)}
            yield Fault((*path, name), Sentence("{value} is not among the values of impact: {known}", values))
        for column in row:
            if occurrence and column not in occurrence:
                values = {"value": column, "known": suggest_names(column, occurrence)}
                message = Sentence("{value} is not among the values of occurrence: {known}", values)
                yield Fault((*path, name, column), message)


def _parse_cell(cell: Value, path: KeyPath, levels: tuple[str, ...], faults: Faults) -> str:
    text = read_line(cell, path, faults)
    if text and levels and text not in levels:
        values = {"value": text, "known": suggest_names(text, levels)}
        faults.append(Fault(path, Sentence("no priority is called {value}; known are {known}", values)))
    return text
