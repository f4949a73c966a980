"""Parse units, people with their dated units and ends of roles, and the sites of each version."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from itertools import pairwise

from fenji.model.policy.document import DocumentNode, NodeByKey
from fenji.model.policy.parts import ALWAYS, ROLES, Moment, Person, PolicyVersion, Site, Unit, begin_of
from fenji.model.ticket import counts_as_year, parse_instant

_SITE_CODE = re.compile(r"[A-Z][A-Z0-9]{0,15}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
UNKNOWN_UNIT = "no unit is called {value}; known: {known}"
UNKNOWN_PERSON = "nobody under people is called {value}; known: {known}"
UNKNOWN_CALENDAR = "no calendar is called {value}; known: {known}"


def parse_moment(node: DocumentNode) -> Moment | None:
    """Parse a date, or an instant with offset; None if absent or faulty."""
    text = node.line()
    if not text:
        return None
    moment = _parse_date(text) if _DATE.fullmatch(text) else parse_instant(text)
    if moment and counts_as_year(moment.year):
        return moment
    template = (
        "{value} is not a date, such as 2026-01-01, or an instant with an offset, such as 2026-01-01T00:00:00+03:00"
    )
    node.add_fault(template, value=text)
    return None


def _parse_date(text: str) -> date | datetime | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# --- units and people -------------------------------------------------------------------------------------------


def parse_units(node: DocumentNode) -> dict[str, Unit]:
    """Parse units by key; a unit without a name has its key as name."""
    units = {}
    for key, entry in node.names().items():
        unit = entry.keys(("name", "until"))
        units[key] = Unit(unit["name"].line() or key, parse_moment(unit["until"]))
    return units


def parse_people(node: DocumentNode, known: Mapping[str, Unit], *, dated: bool) -> dict[str, Person]:
    """Parse people by key, each with known units (or none) and known roles; `dated`: a unit may be dated (format 2)."""
    return {key: _parse_person(key, entry, known, dated=dated) for key, entry in node.names().items()}


def _parse_person(key: str, node: DocumentNode, known: Mapping[str, Unit], *, dated: bool) -> Person:
    parts = node.keys(("name", "unit", "email", "roles", "key", "until"))
    name, email, signing_key = (parts[field].line() for field in ("name", "email", "key"))
    units = _parse_own_units(parts["unit"], known, dated=dated)
    roles = frozenset(parts["roles"].choices(ROLES))
    return Person(name or key, units, email, roles, signing_key, _parse_ends(parts["until"]))


def _parse_own_units(
    node: DocumentNode, known: Mapping[str, Unit], *, dated: bool
) -> tuple[tuple[Moment | None, str], ...]:
    if not isinstance(node.value, Mapping):
        unit = node.name_of(known, UNKNOWN_UNIT)
        return ((None, unit),) if unit else ()
    if not dated:
        node.add_fault("a unit can have dates from `format: 2` on; `fenji policy amend --format 2` upgrades the file")
    node.note("names")
    units: list[tuple[Moment, str]] = []
    for since, entry in NodeByKey(node).items():
        moment = parse_moment(entry.with_value(since))
        unit = entry.name_of(known, UNKNOWN_UNIT)
        if moment:
            units.append((moment, unit))
    units.sort(key=lambda dated_unit: begin_of(dated_unit[0]))
    for (earlier, _), (later, _) in pairwise(units):
        if begin_of(earlier) == begin_of(later):
            node.add_fault("the date {value} appears twice", value=later.isoformat())
    return tuple(units)


def _parse_ends(node: DocumentNode) -> dict[str, Moment]:
    """Parse when a person's roles ended: one date for all of them (`""`), or one for each role."""
    entries = node.keys(ROLES) if isinstance(node.value, Mapping) else {"": node}
    moments = {role: parse_moment(entry) for role, entry in entries.items()}
    return {role: moment for role, moment in moments.items() if moment}


# --- sites ------------------------------------------------------------------------------------------------------


def parse_sites(node: DocumentNode, people: Collection[str], newer: Mapping[str, Site]) -> dict[str, Site]:
    """Parse the sites of one version by code, each with a known lead.

    A site, or a part of one, that a former version leaves out is taken from the version after it (`newer`).
    """
    sites = dict(newer)
    for code, entry in node.names().items():
        if not _SITE_CODE.fullmatch(code):
            entry.add_fault(
                "{value} is not a site code: capital letters and digits, at most 16, such as KSA", value=code
            )
        site = entry.keys(("name", "calendar", "lead", "until"))
        after = newer.get(code, Site(code))
        former = {"name": after.name, "calendar": after.calendar, "lead": after.lead}
        name, calendar, lead = (site[key].line() if site[key].value is not None else former[key] for key in former)
        site["lead"].with_value(lead).name_of(people, UNKNOWN_PERSON)
        sites[code] = Site(name or code, calendar or ALWAYS, lead, parse_moment(site["until"]) or after.until)
    return sites


def check_site_calendars(node: DocumentNode, version: PolicyVersion, calendar_names: Collection[str]) -> None:
    """Add faults for sites that name an unknown calendar, or none although a priority counts by the site's calendar."""
    by_site = next((name for name, level in version.priorities.items() if level.calendar != ALWAYS), "")
    for code, entry in NodeByKey(node).items():
        stated = NodeByKey(entry)["calendar"]
        calendar = version.sites[code].calendar
        if by_site and not stated.value and calendar == ALWAYS:
            entry.add_fault("needs a calendar: {level} counts by the site's calendar", level=by_site)
        if isinstance(stated.value, str) and calendar != ALWAYS:
            stated.with_value(calendar).name_of(calendar_names, UNKNOWN_CALENDAR)
