"""Reading what holds without a date: sites, units, people, steps, routes, waiting, shares and lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from fenji.errors import Fault, Sentence
from fenji.policy.durations import DAY, NONE, parse
from fenji.policy.shape import Faults, Path, entries, keyed, nearest, offered, positions, word, words
from fenji.policy.values import ALWAYS, MAY, ROLES, SITE, STEPS, Person, Route, Site, Unit
from fenji.ticket import BY_KEY, KINDS, LEAVES

if TYPE_CHECKING:
    from fenji.policy.rules import Draft

_SITE_CODE = re.compile(r"[A-Z][A-Z0-9]{0,15}")
_PERCENT = re.compile(r"([1-9][0-9]?)\s?%")
# Parts that a route may name without their group: `system` for `product.system`.
_SHORT = {part: leaf for leaf in LEAVES for _, dot, part in [leaf.partition(".")] if dot and part not in LEAVES}
_MATCHED = tuple(leaf for leaf, one in LEAVES.items() if one.held not in ("text", "items", "tree"))
_FILLED = tuple(dict.fromkeys((*BY_KEY, *LEAVES)))


def one_of(value: object, path: Path, known: Collection[str], faults: Faults) -> str:
    """One word of a fixed list; `""` where absent."""
    text = word(value, path, faults)
    if text and text not in known:
        values = {"value": text, "known": ", ".join(known)}
        faults.append(Fault(path, Sentence("{value} is not one of {known}", values)))
    return text


def _each_of(value: object, path: Path, known: Collection[str], faults: Faults) -> tuple[str, ...]:
    found = words(value, path, faults)
    places = positions(value)
    for one in found:
        one_of(one, (*path, places[one]), known, faults)
    return found


# --- who and where ----------------------------------------------------------------------------------------------


def units(value: object, faults: Faults) -> dict[str, Unit]:
    """Units by key; without a name they are called by their key."""
    found = {}
    for key, one in entries(value, ("units",), faults).items():
        unit = keyed(one, ("units", key), ("name",), faults)
        found[key] = Unit(word(unit.get("name"), ("units", key, "name"), faults) or key)
    return found


def people(value: object, known: Mapping[str, Unit], faults: Faults) -> dict[str, Person]:
    """People by key, each with a known unit (or none) and known roles."""
    return {key: _person(key, one, known, faults) for key, one in entries(value, ("people",), faults).items()}


def _person(key: str, value: object, known: Mapping[str, Unit], faults: Faults) -> Person:
    path = ("people", key)
    found = keyed(value, path, ("name", "unit", "email", "roles", "key"), faults)
    name, unit, email, signing = (
        word(found.get(one), (*path, one), faults) for one in ("name", "unit", "email", "key")
    )
    _unit_stands(unit, (*path, "unit"), known, faults)
    roles = _each_of(found.get("roles"), (*path, "roles"), ROLES, faults)
    return Person(name or key, unit, email, frozenset(roles), signing)


def _unit_stands(unit: str, path: Path, known: Mapping[str, Unit], faults: Faults) -> None:
    if unit and unit not in known:
        values = {"value": unit, "known": offered(unit, known)}
        faults.append(Fault(path, Sentence("no unit is called {value}; known are {known}", values)))


def _person_stands(person: str, path: Path, known: Mapping[str, Person], faults: Faults) -> None:
    if person and person not in known:
        values = {"value": person, "known": offered(person, known)}
        faults.append(Fault(path, Sentence("nobody under people is called {value}; known are {known}", values)))


def sites(value: object, leads: Mapping[str, Person], draft: Draft, faults: Faults) -> dict[str, Site]:
    """Sites by code, each with a calendar of the newest version and a known lead.

    A site may leave its calendar out, or say `always`, as long as no priority counts by the site's calendar.
    """
    by_site = [name for name, level in draft.version.priorities.items() if level.calendar == SITE]
    found = {}
    for code, one in entries(value, ("sites",), faults).items():
        path = ("sites", code)
        if not _SITE_CODE.fullmatch(code):
            message = Sentence(
                "{value} is not a site code: capital letters and digits, at most 16, as KSA", {"value": code}
            )
            faults.append(Fault(path, message))
        site = keyed(one, path, ("name", "calendar", "lead"), faults)
        name, calendar, lead = (word(site.get(key), (*path, key), faults) for key in ("name", "calendar", "lead"))
        _person_stands(lead, (*path, "lead"), leads, faults)
        if not calendar and by_site:
            message = Sentence("needs a calendar: {level} counts by the calendar of the site", {"level": by_site[0]})
            faults.append(Fault(path, message))
        if calendar and calendar != ALWAYS and calendar not in draft.named:
            values = {"value": calendar, "known": offered(calendar, draft.named)}
            message = Sentence("no calendar is called {value}; known are {known}", values)
            faults.append(Fault((*path, "calendar"), message))
        found[code] = Site(name or code, calendar or ALWAYS, lead)
    return found


# --- steps ------------------------------------------------------------------------------------------------------


def requires(
    value: object, levels: Collection[str], faults: Faults
) -> dict[str, dict[str, dict[str, tuple[str, ...]]]]:
    """Kind → priority (`""`: any) → step → fields that must be filled before it."""
    found: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {}
    for kind, one in keyed(value, ("requires",), KINDS, faults).items():
        path: Path = ("requires", kind)
        by_key = keyed(one, path, (*STEPS, *levels), faults)
        found[kind] = {"": _steps({key: held for key, held in by_key.items() if key in STEPS}, path, faults)}
        for level, held in by_key.items():
            if level in levels and level not in STEPS:
                found[kind][level] = _steps(keyed(held, (*path, level), STEPS, faults), (*path, level), faults)
    return found


def _steps(value: Mapping[str, object], path: Path, faults: Faults) -> dict[str, tuple[str, ...]]:
    found = {}
    for step, wanted in value.items():
        fields = words(wanted, (*path, step), faults)
        places = positions(wanted)
        for one in fields:
            if one not in _FILLED:
                values = {"value": one, "known": offered(one, _FILLED)}
                message = Sentence("a ticket has no field {value}; {known} is meant?", values)
                faults.append(Fault((*path, step, places[one]), message))
        found[step] = fields
    return found


def may(value: object, faults: Faults) -> dict[str, tuple[str, ...]]:
    """Step → roles that may do it; where `may` is absent, the method's own."""
    if value is None:
        return dict(MAY)
    found = keyed(value, ("may",), (*STEPS, "policy"), faults)
    return {step: _each_of(roles, ("may", step), ROLES, faults) for step, roles in found.items()}


# --- routes -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What a route may name: the values of leaves that have a closed list (kind, site …), people and units."""

    leaves: Mapping[str, Collection[str]]
    people: Mapping[str, Person]
    units: Mapping[str, Unit]


def route(value: object, path: Path, known: Known, faults: Faults) -> Route:
    """One route."""
    found = keyed(value, path, ("when", "owner", "units"), faults)
    if "when" not in found:
        faults.append(Fault(path, Sentence("needs `when`; an empty one takes every ticket")))
    when = {}
    for key, wanted in entries(found.get("when"), (*path, "when"), faults).items():
        leaf = _leaf(key, (*path, "when", key), faults)
        when[leaf] = _wanted(wanted, (*path, "when", key), known.leaves.get(leaf), faults)
    owner = word(found.get("owner"), (*path, "owner"), faults)
    _person_stands(owner, (*path, "owner"), known.people, faults)
    shares = words(found.get("units"), (*path, "units"), faults)
    places = positions(found.get("units"))
    for one in shares:
        _unit_stands(one, (*path, "units", places[one]), known.units, faults)
    if not owner and not shares:
        faults.append(Fault(path, Sentence("leads nowhere: give it an owner, or units")))
    return Route(when, owner, shares)


def _leaf(key: str, path: Path, faults: Faults) -> str:
    leaf = _SHORT.get(key, key)
    if leaf not in _MATCHED:
        near = nearest(key, (*_MATCHED, *_SHORT)) or ["kind", "site", "system", "part", "impact"]
        values = {"value": key, "known": ", ".join(near)}
        faults.append(Fault(path, Sentence("a ticket cannot be told by {value}; {known} is meant?", values)))
    return leaf


def _wanted(value: object, path: Path, known: Collection[str] | None, faults: Faults) -> tuple[str, ...]:
    found = words(value, path, faults) if isinstance(value, list) else tuple(filter(None, (word(value, path, faults),)))
    if not found:
        faults.append(Fault(path, Sentence("is empty: give the value, or a list of values, that it must have")))
    for one in found if known else ():
        one_of(one, path, known or (), faults)
    return found


# --- waiting, shares, lists -------------------------------------------------------------------------------------


def waiting(value: object, faults: Faults) -> dict[str, frozenset[str]]:
    """Reason → the clocks that it holds; only the solution clock can be held (clock rules 12)."""
    found = {}
    for reason, clocks in entries(value, ("waiting",), faults).items():
        path = ("waiting", reason)
        held = words(clocks, path, faults)
        places = positions(clocks)
        for one in held:
            if one == "response":
                faults.append(
                    Fault((*path, places[one]), Sentence("the response clock is never held: leave [solution], or []"))
                )
            elif one != "solution":
                message = Sentence("{value} is no clock: write [solution], or [] to hold none", {"value": one})
                faults.append(Fault((*path, places[one]), message))
        found[reason] = frozenset(held)
    return found


def share(value: object, faults: Faults) -> Fraction:
    """`at_risk` as a fraction of the target; a quarter where it is absent."""
    text = word(value, ("at_risk",), faults)
    found = _PERCENT.fullmatch(text)
    if text and not found:
        message = Sentence("{value} is not a share from 1% to 99%, as 25%", {"value": text})
        faults.append(Fault(("at_risk",), message))
    return Fraction(int(found[1]), 100) if found else Fraction(1, 4)


def backdate(value: object, faults: Faults) -> timedelta:
    """How far back anyone may log: 24 h where it is absent, nothing with `none` (clock rules 11)."""
    text = word(value, ("backdate",), faults)
    if text == NONE:
        return timedelta()
    found = parse(text or "24h")
    if isinstance(found, Sentence):
        faults.append(Fault(("backdate",), found))
        return DAY
    return found.length(DAY)


def axis(value: object, key: str, faults: Faults) -> tuple[str, ...]:
    """The values of `impact` or `occurrence`, in their order."""
    found = words(value, (key,), faults)
    if isinstance(value, list) and not value:
        faults.append(Fault((key,), Sentence("is empty: give at least one value")))
    return found


def views(value: object, faults: Faults) -> dict[str, str]:
    """Saved filters shared by the desk: name → filter text."""
    return {name: word(text, ("views", name), faults) for name, text in entries(value, ("views",), faults).items()}
