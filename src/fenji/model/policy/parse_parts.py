"""Parse the undated parts of a policy: sites, units, people, steps, routes, waiting, fractions and lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from fenji.errors import Fault, Sentence
from fenji.model.policy.durations import DAY, NONE, parse_duration
from fenji.model.policy.parse_helpers import (
    Faults,
    KeyPath,
    closest_names,
    index_by_name,
    read_known_keys,
    read_line,
    read_mapping,
    read_names,
    suggest_names,
)
from fenji.model.policy.policy import ALWAYS, DEFAULT_MAY, ROLES, SITE, STEPS, Person, Route, Site, Unit
from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_LEAF, KINDS

if TYPE_CHECKING:
    from fenji.model.policy.parse_versions import VersionDraft

_SITE_CODE = re.compile(r"[A-Z][A-Z0-9]{0,15}")
_PERCENT = re.compile(r"([1-9][0-9]?)\s?%")
# Parts that a route may name without their group: `system` for `product.system`.
_SHORT_NAMES = {
    part: key for key in FIELD_BY_LEAF for _, dot, part in [key.partition(".")] if dot and part not in FIELD_BY_LEAF
}
_ROUTE_FIELDS = tuple(key for key, field in FIELD_BY_LEAF.items() if field.type not in ("text", "items", "tree"))
_REQUIRABLE_FIELDS = tuple(dict.fromkeys((*FIELD_BY_KEY, *FIELD_BY_LEAF)))


def parse_choice(value: object, path: KeyPath, known: Collection[str], faults: Faults) -> str:
    """Parse one word of a fixed list; `""` if absent."""
    text = read_line(value, path, faults)
    if text and text not in known:
        values = {"value": text, "known": ", ".join(known)}
        faults.append(Fault(path, Sentence("{value} is not one of {known}", values)))
    return text


def _parse_choices(value: object, path: KeyPath, known: Collection[str], faults: Faults) -> tuple[str, ...]:
    choices = read_names(value, path, faults)
    positions = index_by_name(value)
    for choice in choices:
        parse_choice(choice, (*path, positions[choice]), known, faults)
    return choices


# --- who and where ----------------------------------------------------------------------------------------------


def parse_units(value: object, faults: Faults) -> dict[str, Unit]:
    """Parse units by key; a unit without a name is called by its key."""
    units = {}
    for key, item in read_mapping(value, ("units",), faults).items():
        unit = read_known_keys(item, ("units", key), ("name",), faults)
        units[key] = Unit(read_line(unit.get("name"), ("units", key, "name"), faults) or key)
    return units


def parse_people(value: object, known: Mapping[str, Unit], faults: Faults) -> dict[str, Person]:
    """Parse people by key, each with a known unit (or none) and known roles."""
    return {
        key: _parse_person(key, item, known, faults) for key, item in read_mapping(value, ("people",), faults).items()
    }


def _parse_person(key: str, value: object, known: Mapping[str, Unit], faults: Faults) -> Person:
    path = ("people", key)
    mapping = read_known_keys(value, path, ("name", "unit", "email", "roles", "key"), faults)
    name, unit, email, signing_key = (
        read_line(mapping.get(field), (*path, field), faults) for field in ("name", "unit", "email", "key")
    )
    _check_unit(unit, (*path, "unit"), known, faults)
    roles = _parse_choices(mapping.get("roles"), (*path, "roles"), ROLES, faults)
    return Person(name or key, unit, email, frozenset(roles), signing_key)


def _check_unit(unit: str, path: KeyPath, known: Mapping[str, Unit], faults: Faults) -> None:
    if unit and unit not in known:
        values = {"value": unit, "known": suggest_names(unit, known)}
        faults.append(Fault(path, Sentence("no unit is called {value}; known are {known}", values)))


def _check_person(person: str, path: KeyPath, known: Mapping[str, Person], faults: Faults) -> None:
    if person and person not in known:
        values = {"value": person, "known": suggest_names(person, known)}
        faults.append(Fault(path, Sentence("nobody under people is called {value}; known are {known}", values)))


def parse_sites(value: object, people: Mapping[str, Person], draft: VersionDraft, faults: Faults) -> dict[str, Site]:
    """Parse sites by code, each with a calendar of the newest version and a known lead.

    A site may omit its calendar, or say `always`, as long as no priority counts by the site's calendar.
    """
    site_levels = [name for name, level in draft.version.priorities.items() if level.calendar == SITE]
    sites = {}
    for code, item in read_mapping(value, ("sites",), faults).items():
        path = ("sites", code)
        if not _SITE_CODE.fullmatch(code):
            message = Sentence(
                "{value} is not a site code: capital letters and digits, at most 16, as KSA", {"value": code}
            )
            faults.append(Fault(path, message))
        site = read_known_keys(item, path, ("name", "calendar", "lead"), faults)
        name, calendar, lead = (read_line(site.get(key), (*path, key), faults) for key in ("name", "calendar", "lead"))
        _check_person(lead, (*path, "lead"), people, faults)
        if not calendar and site_levels:
            message = Sentence(
                "needs a calendar: {level} counts by the calendar of the site", {"level": site_levels[0]}
            )
            faults.append(Fault(path, message))
        if calendar and calendar != ALWAYS and calendar not in draft.calendar_names:
            values = {"value": calendar, "known": suggest_names(calendar, draft.calendar_names)}
            message = Sentence("no calendar is called {value}; known are {known}", values)
            faults.append(Fault((*path, "calendar"), message))
        sites[code] = Site(name or code, calendar or ALWAYS, lead)
    return sites


# --- steps ------------------------------------------------------------------------------------------------------


def parse_requires(
    value: object, levels: Collection[str], faults: Faults
) -> dict[str, dict[str, dict[str, tuple[str, ...]]]]:
    """Parse required fields: kind → priority (`""`: any) → step → fields that must be filled before it."""
    requires: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {}
    for kind, item in read_known_keys(value, ("requires",), KINDS, faults).items():
        path: KeyPath = ("requires", kind)
        by_key = read_known_keys(item, path, (*STEPS, *levels), faults)
        requires[kind] = {
            "": _parse_step_fields({key: fields for key, fields in by_key.items() if key in STEPS}, path, faults)
        }
        for level, fields in by_key.items():
            if level in levels and level not in STEPS:
                requires[kind][level] = _parse_step_fields(
                    read_known_keys(fields, (*path, level), STEPS, faults), (*path, level), faults
                )
    return requires


def _parse_step_fields(value: Mapping[str, object], path: KeyPath, faults: Faults) -> dict[str, tuple[str, ...]]:
    step_fields = {}
    for step, names in value.items():
        fields = read_names(names, (*path, step), faults)
        positions = index_by_name(names)
        for field in fields:
            if field not in _REQUIRABLE_FIELDS:
                values = {"value": field, "known": suggest_names(field, _REQUIRABLE_FIELDS)}
                message = Sentence("a ticket has no field {value}; {known} is meant?", values)
                faults.append(Fault((*path, step, positions[field]), message))
        step_fields[step] = fields
    return step_fields


def parse_may(value: object, faults: Faults) -> dict[str, tuple[str, ...]]:
    """Parse which roles may do a step; the default roles if `may` is absent."""
    if value is None:
        return dict(DEFAULT_MAY)
    mapping = read_known_keys(value, ("may",), (*STEPS, "policy"), faults)
    return {step: _parse_choices(roles, ("may", step), ROLES, faults) for step, roles in mapping.items()}


# --- routes -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KnownNames:
    """What a route may name: the values of leaves that have a closed list (kind, site …), people and units."""

    values_by_field: Mapping[str, Collection[str]]
    people: Mapping[str, Person]
    units: Mapping[str, Unit]


def parse_route(value: object, path: KeyPath, known: KnownNames, faults: Faults) -> Route:
    """Parse one route."""
    mapping = read_known_keys(value, path, ("when", "owner", "units"), faults)
    if "when" not in mapping:
        faults.append(Fault(path, Sentence("needs `when`; an empty one takes every ticket")))
    when = {}
    for key, wanted in read_mapping(mapping.get("when"), (*path, "when"), faults).items():
        field = _parse_route_field(key, (*path, "when", key), faults)
        when[field] = _parse_wanted_values(wanted, (*path, "when", key), known.values_by_field.get(field), faults)
    owner = read_line(mapping.get("owner"), (*path, "owner"), faults)
    _check_person(owner, (*path, "owner"), known.people, faults)
    units = read_names(mapping.get("units"), (*path, "units"), faults)
    positions = index_by_name(mapping.get("units"))
    for unit in units:
        _check_unit(unit, (*path, "units", positions[unit]), known.units, faults)
    if not owner and not units:
        faults.append(Fault(path, Sentence("leads nowhere: give it an owner, or units")))
    return Route(when, owner, units)


def _parse_route_field(key: str, path: KeyPath, faults: Faults) -> str:
    field = _SHORT_NAMES.get(key, key)
    if field not in _ROUTE_FIELDS:
        suggestions = closest_names(key, (*_ROUTE_FIELDS, *_SHORT_NAMES)) or [
            "kind",
            "site",
            "system",
            "part",
            "impact",
        ]
        values = {"value": key, "known": ", ".join(suggestions)}
        faults.append(Fault(path, Sentence("a ticket cannot be told by {value}; {known} is meant?", values)))
    return field


def _parse_wanted_values(
    value: object, path: KeyPath, known: Collection[str] | None, faults: Faults
) -> tuple[str, ...]:
    values = (
        read_names(value, path, faults)
        if isinstance(value, list)
        else tuple(filter(None, (read_line(value, path, faults),)))
    )
    if not values:
        faults.append(Fault(path, Sentence("is empty: give the value, or a list of values, that it must have")))
    for item in values if known else ():
        parse_choice(item, path, known or (), faults)
    return values


# --- waiting, shares, lists -------------------------------------------------------------------------------------


def parse_waiting(value: object, faults: Faults) -> dict[str, frozenset[str]]:
    """Parse the clocks that each reason for waiting holds; only the solution clock can be held (clock rules 12)."""
    waiting = {}
    for reason, clocks in read_mapping(value, ("waiting",), faults).items():
        path = ("waiting", reason)
        held_clocks = read_names(clocks, path, faults)
        positions = index_by_name(clocks)
        for clock in held_clocks:
            if clock == "response":
                faults.append(
                    Fault(
                        (*path, positions[clock]), Sentence("the response clock is never held: leave [solution], or []")
                    )
                )
            elif clock != "solution":
                message = Sentence("{value} is no clock: write [solution], or [] to hold none", {"value": clock})
                faults.append(Fault((*path, positions[clock]), message))
        waiting[reason] = frozenset(held_clocks)
    return waiting


def parse_at_risk(value: object, faults: Faults) -> Fraction:
    """Parse `at_risk` as a fraction of the target; a quarter if absent."""
    text = read_line(value, ("at_risk",), faults)
    match = _PERCENT.fullmatch(text)
    if text and not match:
        message = Sentence("{value} is not a share from 1% to 99%, as 25%", {"value": text})
        faults.append(Fault(("at_risk",), message))
    return Fraction(int(match[1]), 100) if match else Fraction(1, 4)


def parse_backdate(value: object, faults: Faults) -> timedelta:
    """Parse how far back anyone may log: 24 h if absent, zero for `none` (clock rules 11)."""
    text = read_line(value, ("backdate",), faults)
    if text == NONE:
        return timedelta()
    duration = parse_duration(text or "24h")
    if isinstance(duration, Sentence):
        faults.append(Fault(("backdate",), duration))
        return DAY
    return duration.to_timedelta(DAY)


def parse_axis(value: object, key: str, faults: Faults) -> tuple[str, ...]:
    """Parse the values of `impact` or `occurrence`, in their order."""
    values = read_names(value, (key,), faults)
    if isinstance(value, list) and not value:
        faults.append(Fault((key,), Sentence("is empty: give at least one value")))
    return values


def parse_views(value: object, faults: Faults) -> dict[str, str]:
    """Parse the filters shared by all users of the desk: name → filter text."""
    return {
        name: read_line(text, ("views", name), faults) for name, text in read_mapping(value, ("views",), faults).items()
    }
