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
from fenji.model.policy.document import DocumentNode, Faults, NodeByKey, abbreviate
from fenji.model.ticket import CHARGE_KINDS, KINDS

if TYPE_CHECKING:
    from fenji.model.values import Value

_VERSION_KEYS = ("since", "currency", "rates", "contracts")
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_CONTRACT_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_DAYS = re.compile(r"([1-9][0-9]{0,4})d")
_PERCENT = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,3})?)%")
_DATE_LENGTH = len("2026-03-20")


def parse_contracts(document: Value, faults: Faults | None = None) -> tuple[Contracts | None, Faults]:
    """Parse the contracts in a loaded document, or return None and everything that is wrong with it."""
    faults = [] if faults is None else faults
    if not isinstance(document, Mapping) or not document:
        return None, [Fault((), Sentence("contracts are a mapping of keys that begins with `format: 1`"))]
    node = DocumentNode(document, faults)
    top = node.keys(("format", *_VERSION_KEYS, "earlier"), required=("format", "since", "currency"))
    top["format"].note("choice", ("1",))
    if top["format"].value not in (None, "1"):
        top["format"].add_fault("is {value}; this version reads format 1", value=abbreviate(top["format"].value))
    versions = [_parse_version(top)]
    former = (entry.keys(_VERSION_KEYS, required=("since", "currency")) for entry in top["earlier"].items())
    versions += map(_parse_version, former)
    ordered = tuple(sorted(versions, key=lambda version: version.since))
    for earlier, later in itertools.pairwise(ordered):
        if earlier.since == later.since:
            top["earlier"].add_fault("{value} stands twice", value=earlier.since.isoformat())
    if versions[0] is not ordered[-1]:
        top["since"].add_fault("must be later than every version under `earlier`")
    return (None if faults else Contracts(ordered)), faults


def _parse_version(parts: NodeByKey) -> ContractsVersion:
    since = _read_day(parts["since"]) or date.min
    currency = parts["currency"].line()
    if currency and not CURRENCY.fullmatch(currency):
        parts["currency"].add_fault(
            "must be a currency of three capital letters, such as USD, not {value}", value=currency
        )
    rates = _parse_rates(parts["rates"], Rates())
    contracts = {key: _parse_contract(key, entry, rates) for key, entry in parts["contracts"].names().items()}
    return ContractsVersion(since, currency, contracts)


def _parse_contract(key: str, node: DocumentNode, rates: Rates) -> Contract:
    if not _CONTRACT_KEY.fullmatch(key):
        node.add_fault("must consist of letters, digits, dots and dashes: it is part of a statement's number")
    known = ("customer", "systems", "warranty", "pool", "rates", "not_covered")
    parts = node.keys(known, required=("customer",))
    return Contract(
        key,
        {name: tuple(spellings.words()) for name, spellings in parts["customer"].names().items()},
        tuple(parts["systems"].words()),
        _parse_warranty(parts["warranty"]),
        _parse_pool(parts["pool"]),
        _parse_rates(parts["rates"], rates),
        tuple(parts["not_covered"].words()),
    )


def _parse_warranty(node: DocumentNode) -> Warranty | None:
    if node.value is None:
        return None
    known = ("from", "until", "kinds", "repaired_parts", "covers")
    parts = node.keys(known, required=("from", "until", "kinds", "covers"))
    begins, until = (_read_day(parts[key]) for key in ("from", "until"))
    if begins and until and until < begins:
        parts["until"].add_fault("lies before {value}", value=begins.isoformat())
    repaired = _read_length(parts["repaired_parts"])
    kinds, covers = _read_choices(parts["kinds"], KINDS), _read_choices(parts["covers"], CHARGE_KINDS)
    return Warranty(begins or date.min, until or date.min, kinds, covers, repaired)


def _parse_pool(node: DocumentNode) -> Pool | None:
    if node.value is None:
        return None
    parts = node.keys(("hours", "per", "from", "kinds"), required=("hours", "from", "kinds"))
    if parts["per"].value not in (None, "year"):
        value = abbreviate(parts["per"].value)
        parts["per"].add_fault("must be {choices}, not {value}", choices="year", value=value)
    hours, begins = _read_number(parts["hours"]), _read_day(parts["from"])
    return Pool(hours or Decimal(0), begins or date.min, _read_choices(parts["kinds"], KINDS))


def _parse_rates(node: DocumentNode, base: Rates) -> Rates:
    """Parse rates; those that are not stated are taken from `base`."""
    parts = node.keys(("hours", "travel", "material", "least"))
    hours = _read_numbers(parts["hours"].names())
    travel = _read_numbers(parts["travel"].keys(("hours", "day", "km")))
    least = _read_numbers(parts["least"].keys(("hours", "step")))
    material = parts["material"].keys(("markup", "handling"))
    handling, markup = _read_number(material["handling"]), _read_percent(material["markup"])
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


def _read_numbers(entries: Mapping[str, DocumentNode]) -> dict[str, Decimal]:
    numbers = {key: _read_number(entry) for key, entry in entries.items()}
    return {key: number for key, number in numbers.items() if number is not None}


def _read_number(node: DocumentNode) -> Decimal | None:
    node.note("line")
    if node.value is None:
        return None
    if isinstance(node.value, str) and _NUMBER.fullmatch(node.value):
        return Decimal(node.value)
    node.add_fault("must be a number, such as 85.00, not {value}", value=abbreviate(node.value))
    return None


def _read_percent(node: DocumentNode) -> Decimal | None:
    node.note("line")
    if node.value is None:
        return None
    match = _PERCENT.fullmatch(node.value) if isinstance(node.value, str) else None
    if match:
        return Decimal(match[1]) / 100
    node.add_fault("must be a percentage, such as 12%, not {value}", value=abbreviate(node.value))
    return None


def _read_day(node: DocumentNode) -> date | None:
    node.note("line")
    if node.value is None:
        return None
    try:
        return date.fromisoformat(node.value if isinstance(node.value, str) and len(node.value) == _DATE_LENGTH else "")
    except ValueError:
        node.add_fault("must be a date, such as 2026-03-20, not {value}", value=abbreviate(node.value))
        return None


def _read_length(node: DocumentNode) -> timedelta | None:
    match = _DAYS.fullmatch(str(node.value)) if node.value is not None else None
    if node.value is not None and match is None:
        node.add_fault("must be a number of days, such as 180d, not {value}", value=abbreviate(node.value))
    return timedelta(days=int(match[1])) if match else None


def _read_choices(node: DocumentNode, choices: tuple[str, ...]) -> tuple[str, ...]:
    words = node.words()
    for word, place in words.items():
        place.note("choice", choices)
        if word not in choices:
            place.add_fault("must be one of {choices}, not {value}", choices=choices, value=word)
    return tuple(words)
