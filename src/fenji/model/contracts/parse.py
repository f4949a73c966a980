"""Parse contracts.yaml strictly: every problem at once, each with its key path, its value and what to do."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import Fault, Sentence
from fenji.model.contracts.contracts import Contract, Contracts, ContractsVersion, Pool, Rates, Warranty
from fenji.model.contracts.money import CURRENCY
from fenji.model.policy.parse_helpers import (
    Faults,
    KeyPath,
    abbreviate,
    read_known_keys,
    read_line,
    read_list,
    read_mapping,
    read_names,
)
from fenji.model.policy.shapes import Shape, note_shape
from fenji.model.ticket import CHARGE_KINDS, KINDS

if TYPE_CHECKING:
    from fenji.model.values import Value

_VERSION_KEYS = ("since", "currency", "rates", "contracts")
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_CONTRACT_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_DAYS = re.compile(r"([1-9][0-9]{0,4})d")
_PERCENT = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,3})?)%")


def parse_contracts(document: Value, faults: Faults | None = None) -> tuple[Contracts | None, Faults]:
    """Parse the contracts in a loaded document, or return None and everything that is wrong with it."""
    faults = [] if faults is None else faults
    if not isinstance(document, Mapping) or not document:
        return None, [Fault((), Sentence("contracts are a mapping of keys that begins with `format: 1`"))]
    keys = ("format", *_VERSION_KEYS, "earlier")
    top = read_known_keys(document, (), keys, faults, required=("format", "since", "currency"))
    note_shape(faults, ("format",), Shape("choice", ("1",)))
    if top.get("format") not in (None, "1"):
        values = {"value": abbreviate(top["format"])}
        faults.append(Fault(("format",), Sentence("is {value}; this version reads format 1", values)))
    versions = [_parse_version(top, (), faults)]
    for index, item in enumerate(read_list(top.get("earlier"), ("earlier",), faults)):
        path = ("earlier", index)
        mapping = read_known_keys(item, path, _VERSION_KEYS, faults, required=("since", "currency"))
        versions.append(_parse_version(mapping, path, faults))
    ordered = tuple(sorted(versions, key=lambda version: version.since))
    for former, later in itertools.pairwise(ordered):
        if former.since == later.since:
            faults.append(Fault(("earlier",), Sentence("{value} stands twice", {"value": former.since.isoformat()})))
    if versions[0] is not ordered[-1]:
        faults.append(Fault(("since",), Sentence("must be later than every version under `earlier`")))
    return (None if faults else Contracts(ordered)), faults


def _parse_version(mapping: Mapping[str, Value], path: KeyPath, faults: Faults) -> ContractsVersion:
    since = _read_day(mapping.get("since"), (*path, "since"), faults) or date.min
    currency = read_line(mapping.get("currency"), (*path, "currency"), faults)
    if currency and not CURRENCY.fullmatch(currency):
        sentence = Sentence("must be a currency of three capital letters, as USD, not {value}", {"value": currency})
        faults.append(Fault((*path, "currency"), sentence))
    rates = _parse_rates(mapping.get("rates"), (*path, "rates"), faults, Rates())
    contracts = {}
    for key, item in read_mapping(mapping.get("contracts"), (*path, "contracts"), faults).items():
        contracts[key] = _parse_contract(key, item, (*path, "contracts", key), rates, faults)
    return ContractsVersion(since, currency, contracts)


def _parse_contract(key: str, value: Value, path: KeyPath, rates: Rates, faults: Faults) -> Contract:
    if not _CONTRACT_KEY.fullmatch(key):
        sentence = Sentence("must be of letters, digits, dots and dashes: it stands in the number of a statement")
        faults.append(Fault(path, sentence))
    known = ("customer", "systems", "warranty", "pool", "rates", "not_covered")
    item = read_known_keys(value, path, known, faults, required=("customer",))
    customers = {
        name: read_names(spellings, (*path, "customer", name), faults)
        for name, spellings in read_mapping(item.get("customer"), (*path, "customer"), faults).items()
    }
    return Contract(
        key,
        customers,
        read_names(item.get("systems"), (*path, "systems"), faults),
        _parse_warranty(item.get("warranty"), (*path, "warranty"), faults),
        _parse_pool(item.get("pool"), (*path, "pool"), faults),
        _parse_rates(item.get("rates"), (*path, "rates"), faults, rates),
        read_names(item.get("not_covered"), (*path, "not_covered"), faults),
    )


def _parse_warranty(value: Value, path: KeyPath, faults: Faults) -> Warranty | None:
    if value is None:
        return None
    known = ("from", "until", "kinds", "repaired_parts", "covers")
    item = read_known_keys(value, path, known, faults, required=("from", "until", "kinds", "covers"))
    begins, until = (_read_day(item.get(key), (*path, key), faults) for key in ("from", "until"))
    if begins and until and until < begins:
        faults.append(Fault((*path, "until"), Sentence("lies before {value}", {"value": begins.isoformat()})))
    repaired = item.get("repaired_parts")
    match = _DAYS.fullmatch(str(repaired)) if repaired is not None else None
    if repaired is not None and match is None:
        sentence = Sentence("must be a number of days, as 180d, not {value}", {"value": abbreviate(repaired)})
        faults.append(Fault((*path, "repaired_parts"), sentence))
    return Warranty(
        begins or date.min,
        until or date.min,
        _read_choices(item.get("kinds"), (*path, "kinds"), KINDS, faults),
        _read_choices(item.get("covers"), (*path, "covers"), CHARGE_KINDS, faults),
        timedelta(days=int(match[1])) if match else None,
    )


def _parse_pool(value: Value, path: KeyPath, faults: Faults) -> Pool | None:
    if value is None:
        return None
    known = ("hours", "per", "from", "kinds")
    item = read_known_keys(value, path, known, faults, required=("hours", "from", "kinds"))
    if item.get("per") not in (None, "year"):
        sentence = Sentence("must be {choices}, not {value}", {"choices": "year", "value": abbreviate(item["per"])})
        faults.append(Fault((*path, "per"), sentence))
    hours = _read_number(item.get("hours"), (*path, "hours"), faults)
    begins = _read_day(item.get("from"), (*path, "from"), faults)
    kinds = _read_choices(item.get("kinds"), (*path, "kinds"), KINDS, faults)
    return Pool(hours or Decimal(0), begins or date.min, kinds)


def _parse_rates(value: Value, path: KeyPath, faults: Faults, base: Rates) -> Rates:
    """Parse rates over those that hold where nothing else is said."""
    item = read_known_keys(value, path, ("hours", "travel", "material", "least"), faults)
    hours = {
        role: number
        for role, text in read_mapping(item.get("hours"), (*path, "hours"), faults).items()
        if (number := _read_number(text, (*path, "hours", role), faults)) is not None
    }
    travel = _read_numbers(item.get("travel"), (*path, "travel"), ("hours", "day", "km"), faults)
    least = _read_numbers(item.get("least"), (*path, "least"), ("hours", "step"), faults)
    material = read_known_keys(item.get("material"), (*path, "material"), ("markup", "handling"), faults)
    handling = _read_number(material.get("handling"), (*path, "material", "handling"), faults)
    markup = _read_percent(material.get("markup"), (*path, "material", "markup"), faults)
    return replace(
        base,
        hours={**base.hours, **hours},
        travel_hours=travel.get("hours", base.travel_hours),
        travel_day=travel.get("day", base.travel_day),
        travel_km=travel.get("km", base.travel_km),
        markup=base.markup if markup is None else markup,
        handling=base.handling if handling is None else handling,
        least_hours=least.get("hours", base.least_hours),
        step=least.get("step", base.step),
    )


# --- single values ------------------------------------------------------------------------------------------------


def _read_numbers(value: Value, path: KeyPath, keys: tuple[str, ...], faults: Faults) -> dict[str, Decimal]:
    item = read_known_keys(value, path, keys, faults)
    numbers = {key: _read_number(item.get(key), (*path, key), faults) for key in keys}
    return {key: number for key, number in numbers.items() if number is not None}


def _read_number(value: Value, path: KeyPath, faults: Faults) -> Decimal | None:
    note_shape(faults, path, Shape("line"))
    if value is None:
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    faults.append(Fault(path, Sentence("must be a number, as 85.00, not {value}", {"value": abbreviate(value)})))
    return None


def _read_percent(value: Value, path: KeyPath, faults: Faults) -> Decimal | None:
    note_shape(faults, path, Shape("line"))
    if value is None:
        return None
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match:
        return Decimal(match[1]) / 100
    faults.append(Fault(path, Sentence("must be a percentage, as 12%, not {value}", {"value": abbreviate(value)})))
    return None


def _read_day(value: Value, path: KeyPath, faults: Faults) -> date | None:
    note_shape(faults, path, Shape("line"))
    if value is None:
        return None
    try:
        return date.fromisoformat(value if isinstance(value, str) and len(value) == len("2026-03-20") else "")
    except ValueError:
        sentence = Sentence("must be a date, as 2026-03-20, not {value}", {"value": abbreviate(value)})
        faults.append(Fault(path, sentence))
        return None


def _read_choices(value: Value, path: KeyPath, choices: tuple[str, ...], faults: Faults) -> tuple[str, ...]:
    names = read_names(value, path, faults)
    for index, name in enumerate(names):
        note_shape(faults, (*path, index), Shape("choice", choices))
        if name not in choices:
            sentence = Sentence("must be one of {choices}, not {value}", {"choices": tuple(choices), "value": name})
            faults.append(Fault((*path, index), sentence))
    return names
