"""Parse who and where: units, people with their dated units and ends of roles, and the sites of each version."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from fenji.errors import Fault, Sentence
from fenji.model.policy.parse_helpers import (
    Faults,
    KeyPath,
    parse_choices,
    read_known_keys,
    read_line,
    read_mapping,
    suggest_names,
)
from fenji.model.policy.parts import ALWAYS, ROLES, Moment, Person, Site, Unit, begin_of
from fenji.model.policy.shapes import Shape, note_shape
from fenji.model.ticket import counts_as_year, parse_instant

if TYPE_CHECKING:
    from fenji.model.policy.parts import PolicyVersion
    from fenji.model.values import Value

_SITE_CODE = re.compile(r"[A-Z][A-Z0-9]{0,15}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_moment(value: Value, path: KeyPath, faults: Faults) -> Moment | None:
    """Parse a date, or an instant with offset; None if absent or faulty."""
    text = read_line(value, path, faults)
    if not text:
        return None
    moment = _parse_date(text) if _DATE.fullmatch(text) else parse_instant(text)
    if moment and counts_as_year(moment.year):
        return moment
    message = Sentence(
        "{value} is not a date, as 2026-01-01, nor an instant with offset, as 2026-01-01T00:00:00+03:00",
        {"value": text},
    )
    faults.append(Fault(path, message))
    return None


def _parse_date(text: str) -> date | datetime | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# --- units and people -------------------------------------------------------------------------------------------


def parse_units(value: Value, faults: Faults) -> dict[str, Unit]:
    """Parse units by key; a unit without a name is called by its key."""
    units = {}
    for key, item in read_mapping(value, ("units",), faults).items():
        path = ("units", key)
        unit = read_known_keys(item, path, ("name", "until"), faults)
        name = read_line(unit.get("name"), (*path, "name"), faults) or key
        units[key] = Unit(name, parse_moment(unit.get("until"), (*path, "until"), faults))
    return units


def parse_people(value: Value, known: Mapping[str, Unit], faults: Faults, *, dated: bool) -> dict[str, Person]:
    """Parse people by key, each with known units (or none) and known roles; `dated`: a unit may be dated (format 2)."""
    return {
        key: _parse_person(key, item, known, faults, dated=dated)
        for key, item in read_mapping(value, ("people",), faults).items()
    }


def _parse_person(key: str, value: Value, known: Mapping[str, Unit], faults: Faults, *, dated: bool) -> Person:
    path = ("people", key)
    mapping = read_known_keys(value, path, ("name", "unit", "email", "roles", "key", "until"), faults)
    name, email, signing_key = (read_line(mapping.get(field), (*path, field), faults) for field in _LINES)
    units = _parse_own_units(mapping.get("unit"), (*path, "unit"), known, faults, dated=dated)
    roles = parse_choices(mapping.get("roles"), (*path, "roles"), ROLES, faults)
    until = _parse_ends(mapping.get("until"), (*path, "until"), faults)
    return Person(name or key, units, email, frozenset(roles), signing_key, until)


_LINES = ("name", "email", "key")


def _parse_own_units(
    value: Value, path: KeyPath, known: Mapping[str, Unit], faults: Faults, *, dated: bool
) -> tuple[tuple[Moment | None, str], ...]:
    if not isinstance(value, Mapping):
        unit = read_line(value, path, faults)
        check_unit(unit, path, known, faults)
        return ((None, unit),) if unit else ()
    note_shape(faults, path, Shape("names"))
    if not dated:
        message = Sentence(
            "a unit has dates from `format: 2` on; `fenji policy amend --format 2` brings the file there"
        )
        faults.append(Fault(path, message))
    units: list[tuple[Moment, str]] = []
    for since, item in value.items():
        moment, unit = parse_moment(since, (*path, since), faults), read_line(item, (*path, since), faults)
        check_unit(unit, (*path, since), known, faults)
        if moment:
            units.append((moment, unit))
    units.sort(key=lambda entry: begin_of(entry[0]))
    for (earlier, _), (later, _) in pairwise(units):
        if begin_of(earlier) == begin_of(later):
            faults.append(Fault(path, Sentence("the date {value} stands twice", {"value": later.isoformat()})))
    return tuple(units)


def _parse_ends(value: Value, path: KeyPath, faults: Faults) -> dict[str, Moment]:
    """Parse when a person's roles ended: one date for all of them (`""`), or one for each role."""
    if not isinstance(value, Mapping):
        moment = parse_moment(value, path, faults)
        return {"": moment} if moment else {}
    ends = {}
    for role, item in read_known_keys(value, path, ROLES, faults).items():
        moment = parse_moment(item, (*path, role), faults)
        if moment:
            ends[role] = moment
    return ends


def check_unit(unit: str, path: KeyPath, known: Mapping[str, Unit], faults: Faults) -> None:
    """Add a fault for a unit that is not known; `""` is none."""
    if unit and unit not in known:
        values = {"value": unit, "known": suggest_names(unit, known)}
        faults.append(Fault(path, Sentence("no unit is called {value}; known are {known}", values)))


def check_person(person: str, path: KeyPath, known: Collection[str], faults: Faults) -> None:
    """Add a fault for a person who is not known; `""` is nobody."""
    if person and person not in known:
        values = {"value": person, "known": suggest_names(person, known)}
        faults.append(Fault(path, Sentence("nobody under people is called {value}; known are {known}", values)))


# --- sites ------------------------------------------------------------------------------------------------------


def parse_sites(
    value: Value, path: KeyPath, people: Collection[str], newer: Mapping[str, Site], faults: Faults
) -> dict[str, Site]:
    """Parse the sites of one version by code, each with a known lead.

    What a former version leaves out, a site or a part of it, is as in the version after it (`newer`).
    """
    sites = dict(newer)
    for code, item in read_mapping(value, path, faults).items():
        site_path = (*path, code)
        if not _SITE_CODE.fullmatch(code):
            message = Sentence(
                "{value} is not a site code: capital letters and digits, at most 16, as KSA", {"value": code}
            )
            faults.append(Fault(site_path, message))
        site = read_known_keys(item, site_path, ("name", "calendar", "lead", "until"), faults)
        after = newer.get(code, Site(code))
        name, calendar, lead = (
            read_line(site[key], (*site_path, key), faults) if site.get(key) is not None else former
            for key, former in (("name", after.name), ("calendar", after.calendar), ("lead", after.lead))
        )
        check_person(lead, (*site_path, "lead"), people, faults)
        until = parse_moment(site.get("until"), (*site_path, "until"), faults) or after.until
        sites[code] = Site(name or code, calendar or ALWAYS, lead, until)
    return sites


def check_site_calendars(
    value: Value, path: KeyPath, version: PolicyVersion, calendar_names: Collection[str], faults: Faults
) -> None:
    """Add faults for the sites of a version that name an unknown calendar, or none though a priority counts by it."""
    by_site = next((name for name, level in version.priorities.items() if level.calendar != ALWAYS), "")
    for code, item in value.items() if isinstance(value, Mapping) else ():
        stated = item.get("calendar") if isinstance(item, Mapping) else None
        calendar = version.sites[str(code)].calendar
        if by_site and not stated and calendar == ALWAYS:
            message = Sentence("needs a calendar: {level} counts by the calendar of the site", {"level": by_site})
            faults.append(Fault((*path, code), message))
        if isinstance(stated, str) and calendar != ALWAYS and calendar not in calendar_names:
            values = {"value": calendar, "known": suggest_names(calendar, calendar_names)}
            message = Sentence("no calendar is called {value}; known are {known}", values)
            faults.append(Fault((*path, code, "calendar"), message))
