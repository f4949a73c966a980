"""Parse the dated rules, by which verdicts are read, at the top of the file and under `earlier`.

A version takes what it lacks from the next one, calendar by calendar. `parse` checks how the levels of a version relate
to each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from itertools import pairwise, product
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Sentence
from fenji.model.policy import parse_parts, parse_people
from fenji.model.policy.document import DocumentNode, NodeByKey, abbreviate
from fenji.model.policy.durations import NONE, Duration, parse_duration
from fenji.model.policy.parts import ALWAYS, SITE, Level, Moment, PolicyVersion, begin_of
from fenji.model.policy.waiting import parse_waiting
from fenji.model.ticket import CLOCKS, FIRST_YEAR, KINDS, LAST_YEAR
from fenji.model.worktime import calendar as calendars
from fenji.model.worktime.parse import CALENDAR_KEYS

if TYPE_CHECKING:
    from fenji.model.policy.shapes import KeyPath

VERSION_KEYS = ("priorities", "matrix", "kinds", "calendars", "sites", "waiting", "at_risk")
UNKNOWN_LEVEL = "no priority is called {value}; known: {known}"


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
    """What versions need from the rest of the file: its format, and the people who may lead a site."""

    format_number: int
    people: Collection[str]


class _WrittenVersion(Struct, frozen=True):
    """A version as written in the file; a stand-in replaces an unreadable date, so that its other faults are found."""

    since: Moment
    node: DocumentNode
    parts: NodeByKey


def parse_versions(node: DocumentNode, top: NodeByKey, axes: Axes, context: VersionContext) -> list[VersionDraft]:
    """Parse every version of the policy, oldest first; the last is the one at the top of the file."""
    since = parse_people.parse_moment(top["since"])
    newest = _parse_version(_WrittenVersion(since or date(LAST_YEAR, 1, 1), node, top), axes, context)
    former = _parse_earlier(top["earlier"])
    if since:
        _check_order(top["earlier"], former, since)
    former.sort(key=lambda written: begin_of(written.since), reverse=True)
    drafts = [newest]
    for written in former:
        drafts.append(_parse_version(written, Axes(None, None), context, newer=drafts[-1]))
    return drafts[::-1]


def _parse_earlier(node: DocumentNode) -> list[_WrittenVersion]:
    versions: list[_WrittenVersion] = []
    for item in node.items():
        parts = item.keys(("since", *VERSION_KEYS), required=("since",))
        if all(parts[key].value is None for key in VERSION_KEYS):
            item.add_fault("is empty: give priorities, a matrix or calendars")
        since = parse_people.parse_moment(parts["since"])
        versions.append(_WrittenVersion(since or date(FIRST_YEAR, 1, 1), item, parts))
    return versions


def _check_order(node: DocumentNode, former: list[_WrittenVersion], since: Moment) -> None:
    dated = [written for written in former if written.parts["since"].value is not None]
    begins = [begin_of(written.since) for written in dated]
    rising = all(left < right for left, right in pairwise(begins))
    falling = all(left > right for left, right in pairwise(begins))
    for index, place in enumerate(written.parts["since"] for written in dated):
        value = abbreviate(place.value)
        if begins[index] in begins[:index]:
            place.add_fault("{value} stands twice", value=value)
        if begins[index] >= begin_of(since):
            template = "{value} must be before the `since` of the newest version, {since}"
            place.add_fault(template, value=value, since=since.isoformat())
    if not rising and not falling and len(set(begins)) == len(begins):
        node.add_fault("the versions must be in the order of their `since`")


def _parse_version(
    written: _WrittenVersion, axes: Axes, context: VersionContext, *, newer: VersionDraft | None = None
) -> VersionDraft:
    parts = written.parts
    after = newer.version if newer else PolicyVersion(written.since, {}, {}, {})
    paths = {key: parts[key].path for key in VERSION_KEYS if newer is None or parts[key].value is not None}
    levels = _parse_priorities(parts["priorities"]) or after.priorities
    matrix = _parse_matrix(parts["matrix"], axes, tuple(levels))
    _check_matrix_names(newer, paths, levels, written.node)
    own_calendars, calendar_names = _parse_calendars(parts["calendars"], context)
    kinds, waiting = parse_kinds(parts["kinds"]), parse_waiting(parts["waiting"])
    at_risk = parse_parts.parse_at_risk(parts["at_risk"])
    version = PolicyVersion(
        written.since,
        levels,
        matrix if "matrix" in paths else after.matrix,
        {**after.calendars, **own_calendars},
        kinds if "kinds" in paths else after.kinds,
        parse_people.parse_sites(parts["sites"], context.people, after.sites),
        waiting if "waiting" in paths else after.waiting,
        at_risk if "at_risk" in paths else after.at_risk,
    )
    calendar_names |= newer.calendar_names if newer else frozenset()
    parse_people.check_site_calendars(parts["sites"], version, calendar_names)
    return VersionDraft(version, {**(newer.paths if newer else {}), **paths}, calendar_names)


def _check_matrix_names(
    newer: VersionDraft | None, paths: Mapping[str, KeyPath], levels: Mapping[str, Level], node: DocumentNode
) -> None:
    """Check that a version with its own priorities and the next version's matrix knows every priority in it."""
    if newer is None or "matrix" in paths or "priorities" not in paths:
        return
    cells = dict.fromkeys(cell for row in newer.version.matrix.values() for cell in row.values())
    unknown = tuple(cell for cell in cells if cell not in levels)
    if unknown:
        node.add_fault("needs its own matrix: that of the next version names {value}", value=unknown)


def _parse_priorities(node: DocumentNode) -> dict[str, Level]:
    priorities: dict[str, Level] = {}
    for name, entry in node.names().items():
        if entry.value is None:
            entry.add_fault("needs its times: response and solution, or `none` for either")
        parts = entry.keys((*CLOCKS, "calendar"))
        response, solution = (parse_target(parts[clock]) for clock in CLOCKS)
        priorities[name] = Level(response, solution, parse_calendar_choice(parts["calendar"]))
    return priorities


def parse_calendar_choice(node: DocumentNode) -> str:
    """Parse the calendar that a level counts by: `always` or `site`; `always` if absent or faulty."""
    text = node.line() or ALWAYS
    if text not in (ALWAYS, SITE):
        node.add_fault("must be `always`, or `site` for the calendar of the ticket's site, not {value}", value=text)
        return ALWAYS
    return text


def parse_target(node: DocumentNode) -> Duration | None:
    """Parse a target; None if absent, `none` (clock rules 9) or faulty."""
    text = node.line()
    if not text or text == NONE:
        return None
    duration = parse_duration(text)
    if isinstance(duration, Sentence):
        node.add_fault(duration)
        return None
    return duration


def parse_kinds(node: DocumentNode) -> dict[str, dict[str, Duration | None]]:
    """Parse the exceptions of kinds: kind → clock → target, None for `none`."""
    return {
        kind: {clock: parse_target(text) for clock, text in entry.keys(CLOCKS).items() if text.value is not None}
        for kind, entry in node.keys(KINDS).items()
    }


def _parse_calendars(
    node: DocumentNode, context: VersionContext
) -> tuple[dict[str, calendars.Calendar], frozenset[str]]:
    parsed = {}
    entries = node.names()
    for name, entry in entries.items():
        if name in (ALWAYS, SITE):
            entry.add_fault("{value} has a special meaning: give the calendar another name", value=name)
            continue
        entry.note("keys", CALENDAR_KEYS[2])
        calendar, faults = calendars.parse_calendar(entry.value, entry.path, format_number=context.format_number)
        entry.faults.extend(faults)
        if calendar and not faults:
            parsed[name] = calendar
    return parsed, frozenset(entries)


MatrixRows = Mapping[str, NodeByKey]


def _parse_matrix(node: DocumentNode, axes: Axes, levels: tuple[str, ...]) -> dict[str, dict[str, str]]:
    rows = {name: row.names() for name, row in node.names().items()}
    value = node.value
    if rows and isinstance(value, Mapping) and all(isinstance(cells, Mapping | None) for cells in value.values()):
        columns = tuple(dict.fromkeys(key for row in rows.values() for key in row))
        impact = tuple(rows) if axes.impact is None else axes.impact
        occurrence = columns if axes.occurrence is None else axes.occurrence
        _check_cells(node, rows, impact, occurrence)
    return {
        name: {key: _parse_cell(cell, levels) for key, cell in row.items() if cell.value is not None}
        for name, row in rows.items()
    }


def _check_cells(node: DocumentNode, rows: MatrixRows, impact: Collection[str], occurrence: Collection[str]) -> None:
    """Find missing cells, and rows and columns that are not on the axes, if these could be parsed."""
    for name, column in product(impact, occurrence):
        cell = NodeByKey(NodeByKey(node)[name])[column]
        if cell.value is None:
            template = "the cell is missing: which priority has {impact} with {occurrence}?"
            cell.add_fault(template, impact=name, occurrence=column)
    for name, row in rows.items():
        place = node.below(name, name)
        if impact:
            place.name_of(impact, "{value} is not one of the values of impact: {known}")
        for column in row if occurrence else ():
            template = "{value} is not one of the values of occurrence: {known}"
            place.below(column, column).name_of(occurrence, template)


def _parse_cell(node: DocumentNode, levels: tuple[str, ...]) -> str:
    return node.name_of(levels, UNKNOWN_LEVEL) if levels else node.line()
