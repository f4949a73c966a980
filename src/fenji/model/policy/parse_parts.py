"""Parse the parts of a policy that stand for themselves: steps, routes, fractions and lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Fault, Sentence
from fenji.model.policy.durations import DAY, NONE, parse_duration
from fenji.model.policy.parse_helpers import (
    Faults,
    KeyPath,
    closest_names,
    index_by_name,
    parse_choice,
    parse_choices,
    read_known_keys,
    read_line,
    read_mapping,
    read_names,
    suggest_names,
)
from fenji.model.policy.parse_people import check_person, check_unit
from fenji.model.policy.parts import DEFAULT_MAY, ROLES, STEPS, Person, Route, Unit
from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_PATH, KINDS
from fenji.model.worktime.zone import find_zone

if TYPE_CHECKING:
    from fenji.model.values import Value

_PERCENT = re.compile(r"([1-9][0-9]?)\s?%")
# Parts that a route may name without their group: `system` for `product.system`.
_SHORT_NAMES = {
    part: key for key in FIELD_BY_PATH for _, dot, part in [key.partition(".")] if dot and part not in FIELD_BY_PATH
}
_ROUTE_FIELDS = tuple(key for key, field in FIELD_BY_PATH.items() if field.type not in ("text", "items", "tree"))
_REQUIRABLE_FIELDS = tuple(dict.fromkeys((*FIELD_BY_KEY, *FIELD_BY_PATH)))


# --- steps ------------------------------------------------------------------------------------------------------


def parse_requires(
    value: Value, levels: Collection[str], faults: Faults
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


def _parse_step_fields(value: Mapping[str, Value], path: KeyPath, faults: Faults) -> dict[str, tuple[str, ...]]:
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


def parse_may(value: Value, faults: Faults) -> dict[str, tuple[str, ...]]:
    """Parse which roles may do a step; the default roles if `may` is absent."""
    if value is None:
        return dict(DEFAULT_MAY)
    mapping = read_known_keys(value, ("may",), (*STEPS, "policy", "import", "issue"), faults)
    return {step: parse_choices(roles, ("may", step), ROLES, faults) for step, roles in mapping.items()}


# --- routes -----------------------------------------------------------------------------------------------------


class KnownNames(Struct, frozen=True):
    """What a route may name: the values of fields that have a closed list (kind, site …), people and units."""

    values_by_field: Mapping[str, Collection[str]]
    people: Mapping[str, Person]
    units: Mapping[str, Unit]


def parse_route(value: Value, path: KeyPath, known: KnownNames, faults: Faults) -> Route:
    """Parse one route."""
    mapping = read_known_keys(value, path, ("when", "owner", "units"), faults)
    if "when" not in mapping:
        faults.append(Fault(path, Sentence("needs `when`; an empty one takes every ticket")))
    when = {}
    for key, wanted in read_mapping(mapping.get("when"), (*path, "when"), faults).items():
        field = _parse_route_field(key, (*path, "when", key), faults)
        when[field] = _parse_wanted_values(wanted, (*path, "when", key), known.values_by_field.get(field), faults)
    owner = read_line(mapping.get("owner"), (*path, "owner"), faults)
    check_person(owner, (*path, "owner"), known.people, faults)
    units = read_names(mapping.get("units"), (*path, "units"), faults)
    positions = index_by_name(mapping.get("units"))
    for unit in units:
        check_unit(unit, (*path, "units", positions[unit]), known.units, faults)
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
        values = {"value": key, "known": tuple(suggestions)}
        faults.append(Fault(path, Sentence("a ticket cannot be told by {value}; {known} is meant?", values)))
    return field


def _parse_wanted_values(value: Value, path: KeyPath, known: Collection[str] | None, faults: Faults) -> tuple[str, ...]:
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


# --- shares, lists -------------------------------------------------------------------------------------


def parse_at_risk(value: Value, path: KeyPath, faults: Faults) -> Fraction:
    """Parse `at_risk` as a fraction of the target; a quarter if absent."""
    text = read_line(value, path, faults)
    match = _PERCENT.fullmatch(text)
    if text and not match:
        message = Sentence("{value} is not a share from 1% to 99%, as 25%", {"value": text})
        faults.append(Fault(path, message))
    return Fraction(int(match[1]), 100) if match else Fraction(1, 4)


def parse_time_span(value: Value, path: KeyPath, default: timedelta, faults: Faults) -> timedelta:
    """Parse a length of time round the clock: `default` if absent, zero for `none`."""
    text = read_line(value, path, faults)
    if not text or text == NONE:
        return timedelta() if text else default
    duration = parse_duration(text)
    if isinstance(duration, Sentence):
        faults.append(Fault(path, duration))
        return default
    return duration.to_timedelta(DAY)


def parse_zone(value: Value, path: KeyPath, faults: Faults) -> str:
    """Parse the desk's zone, that of periods and statements; UTC if absent."""
    name = read_line(value, path, faults)
    if name and find_zone(name) is None:
        faults.append(Fault(path, Sentence("{value} is not a known zone; write it as Asia/Riyadh", {"value": name})))
    return name or "UTC"


def parse_axis(value: Value, key: str, faults: Faults) -> tuple[str, ...]:
    """Parse the values of `impact` or `occurrence`, in their order."""
    values = read_names(value, (key,), faults)
    if isinstance(value, list) and not value:
        faults.append(Fault((key,), Sentence("is empty: give at least one value")))
    return values


def parse_views(value: Value, faults: Faults) -> dict[str, str]:
    """Parse the filters shared by all users of the desk: name → filter text."""
    return {
        name: read_line(text, ("views", name), faults) for name, text in read_mapping(value, ("views",), faults).items()
    }
