"""Parse the remaining parts of a policy: steps, routes, fractions and lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from fractions import Fraction

from msgspec import Struct

from fenji.errors import Sentence
from fenji.model.policy.document import DocumentNode, closest_names, suggest_names
from fenji.model.policy.durations import DAY, NONE, parse_duration
from fenji.model.policy.parse_people import UNKNOWN_PERSON, UNKNOWN_UNIT
from fenji.model.policy.parts import DEFAULT_MAY, ROLES, STEPS, Person, Route, Unit
from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_PATH, KINDS
from fenji.model.worktime.zone import find_zone

_PERCENT = re.compile(r"([1-9][0-9]?)\s?%")
# Parts that a route may name without their group: `system` for `product.system`.
_SHORT_NAMES = {
    part: key for key in FIELD_BY_PATH for _, dot, part in [key.partition(".")] if dot and part not in FIELD_BY_PATH
}
_ROUTE_FIELDS = tuple(key for key, field in FIELD_BY_PATH.items() if field.type not in ("text", "items", "tree"))
_ROUTE_EXAMPLES = ("kind", "site", "system", "part", "impact")
_REQUIRABLE_FIELDS = tuple(dict.fromkeys((*FIELD_BY_KEY, *FIELD_BY_PATH)))


# --- steps ------------------------------------------------------------------------------------------------------


def parse_requires(node: DocumentNode, levels: Collection[str]) -> dict[str, dict[str, dict[str, tuple[str, ...]]]]:
    """Parse required fields: kind → priority (`""`: any) → step → fields that must be filled before it."""
    requires = {}
    for kind, rules in node.keys(KINDS).items():
        by_key = rules.keys((*STEPS, *levels))
        requires[kind] = {"": _parse_step_fields({key: fields for key, fields in by_key.items() if key in STEPS})}
        for level, fields in by_key.items():
            if level in levels and level not in STEPS:
                requires[kind][level] = _parse_step_fields(fields.keys(STEPS))
    return requires


def _parse_step_fields(by_step: Mapping[str, DocumentNode]) -> dict[str, tuple[str, ...]]:
    step_fields = {}
    for step, listed in by_step.items():
        fields = listed.words()
        for field, place in fields.items():
            if field not in _REQUIRABLE_FIELDS:
                known = suggest_names(field, _REQUIRABLE_FIELDS)
                place.add_fault("a ticket has no field {value}; did you mean {known}?", value=field, known=known)
        step_fields[step] = tuple(fields)
    return step_fields


def parse_may(node: DocumentNode) -> dict[str, tuple[str, ...]]:
    """Parse which roles may do a step; the default roles if `may` is absent."""
    if node.value is None:
        return dict(DEFAULT_MAY)
    return {step: roles.choices(ROLES) for step, roles in node.keys((*STEPS, "policy", "import", "issue")).items()}


# --- routes -----------------------------------------------------------------------------------------------------


class KnownNames(Struct, frozen=True):
    """What a route may name: the values of fields that have a closed list (kind, site …), people and units."""

    values_by_field: Mapping[str, Collection[str]]
    people: Mapping[str, Person]
    units: Mapping[str, Unit]


def parse_route(node: DocumentNode, known: KnownNames) -> Route:
    """Parse one route."""
    parts = node.keys(("when", "owner", "units"))
    if "when" not in parts:
        node.add_fault("needs `when`; an empty one matches every ticket")
    when = {}
    for key, wanted in parts["when"].names().items():
        field = _parse_route_field(key, wanted)
        when[field] = _parse_wanted_values(wanted, known.values_by_field.get(field))
    owner = parts["owner"].name_of(known.people, UNKNOWN_PERSON)
    units = parts["units"].words()
    for unit in units.values():
        unit.name_of(known.units, UNKNOWN_UNIT)
    if not owner and not units:
        node.add_fault("leads nowhere: give it an owner, or units")
    return Route(when, owner, tuple(units))


def _parse_route_field(key: str, place: DocumentNode) -> str:
    field = _SHORT_NAMES.get(key, key)
    if field not in _ROUTE_FIELDS:
        known = tuple(closest_names(key, (*_ROUTE_FIELDS, *_SHORT_NAMES)) or _ROUTE_EXAMPLES)
        place.add_fault("tickets cannot be matched by {value}; did you mean {known}?", value=key, known=known)
    return field


def _parse_wanted_values(node: DocumentNode, known: Collection[str] | None) -> tuple[str, ...]:
    values = tuple(node.words() if isinstance(node.value, list) else filter(None, (node.line(),)))
    if not values:
        node.add_fault("is empty: give the value, or a list of values, that it must have")
    for value in values if known else ():
        node.with_value(value).choice(known or ())
    return values


# --- shares, lists -------------------------------------------------------------------------------------


def parse_at_risk(node: DocumentNode) -> Fraction:
    """Parse `at_risk` as a fraction of the target; a quarter if absent."""
    text = node.line()
    match = _PERCENT.fullmatch(text)
    if text and not match:
        node.add_fault("{value} is not a share from 1% to 99%, such as 25%", value=text)
    return Fraction(int(match[1]), 100) if match else Fraction(1, 4)


def parse_time_span(node: DocumentNode, default: timedelta) -> timedelta:
    """Parse a length of time round the clock: `default` if absent, zero for `none`."""
    text = node.line()
    if not text or text == NONE:
        return timedelta() if text else default
    duration = parse_duration(text)
    if isinstance(duration, Sentence):
        node.add_fault(duration)
        return default
    return duration.to_timedelta(DAY)


def parse_zone(node: DocumentNode) -> str:
    """Parse the desk's zone, which is used for periods and statements; UTC if absent."""
    name = node.line()
    if name and find_zone(name) is None:
        node.add_fault("{value} is not a known zone; write it like Asia/Riyadh", value=name)
    return name or "UTC"


def parse_axis(node: DocumentNode) -> tuple[str, ...]:
    """Parse the values of `impact` or `occurrence`, in their order."""
    values = tuple(node.words())
    if isinstance(node.value, list) and not node.value:
        node.add_fault("is empty: give at least one value")
    return values


def parse_views(node: DocumentNode) -> dict[str, str]:
    """Parse the filters shared by all users of the desk: name → filter text."""
    return {name: text.line() for name, text in node.names().items()}
