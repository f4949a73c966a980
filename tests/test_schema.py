"""Schemas for editors: what they refuse the readers refuse, on right documents and on random changes of them."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from commandline import fenji
from fenji.desk.schema import SCHEMA_NAMES, schema_of
from fenji.imports import parse_mapping as mappings
from fenji.model.contracts.parse import parse_contracts
from fenji.model.policy import parse_policy
from fenji.model.synonyms import find_faults
from fenji.model.ticket import parse_ticket
from fenji.storage import yaml_codec

ROOT = Path(__file__).parent.parent
CHANGES = 300  # of each kind of file
OTHERS: list[Any] = ["x", "2026-13-01", "", "12", "true", [], ["x"], {"x": "y"}, {}, None]
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def errors(schema: Any, value: Any) -> Iterator[str]:
    """What of a value a schema of draft 7 refuses, as far as ours go."""
    if "anyOf" in schema and not any(not list(errors(other, value)) for other in schema["anyOf"]):
        yield "anyOf"
    if "enum" in schema and not any(value == word and type(value) is type(word) for word in schema["enum"]):
        yield f"{value} is none of {schema['enum']}"
    if "type" in schema and not _has_type(schema["type"], value):
        yield f"{value} is no {schema['type']}"
    yield from _length_errors(schema, value)
    for item in value if isinstance(value, list) else ():
        yield from errors(schema.get("items", {}), item)
    if isinstance(value, dict):
        yield from (f"{key} is missing" for key in schema.get("required", ()) if key not in value)
        for key, item in value.items():
            below = schema.get("properties", {}).get(key, schema.get("additionalProperties", True))
            if below is False:
                yield f"{key} is unknown"
            yield from errors(below if isinstance(below, dict) else {}, item)


def _length_errors(schema: Any, value: Any) -> Iterator[str]:
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{value} does not fit {schema['pattern']}"
    if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        yield "maxLength"
    if isinstance(value, list) and not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield "minItems"


def _has_type(names: Any, value: Any) -> bool:
    """Scalars of a loaded document are text."""
    wanted = [names] if isinstance(names, str) else names
    return any(isinstance(value, TYPES[name]) for name in wanted if name in TYPES)


def _policy_faults(document: Any) -> object:
    return parse_policy(document)[1]


def _ticket_faults(document: Any) -> object:
    return parse_ticket(document)[1]


def _contracts_faults(document: Any) -> object:
    return parse_contracts(document)[1]


def _mapping_faults(document: Any) -> object:
    faults: list[Any] = []
    mappings.parse_mapping(document, "m", faults)
    return faults


READERS: Mapping[str, Callable[[Any], object]] = {
    "ticket": _ticket_faults,
    "policy": _policy_faults,
    "handbook": lambda document: list(find_faults(document)),
    "contracts": _contracts_faults,
    "mapping": _mapping_faults,
}


@cache
def documents(name: str) -> list[Any]:
    """Documents of a kind that are right."""
    shipped = [mappings.read_shipped(each) for each in mappings.shipped_names()]
    found = {
        "ticket": [path.read_bytes() for path in sorted((ROOT / "tickets").rglob("*.yaml"))],
        "policy": [(ROOT / "policy.yaml").read_bytes()],
        "handbook": [(ROOT / "handbook.yaml").read_bytes()],
        "contracts": [(ROOT / "contracts.yaml").read_bytes()],
        "mapping": shipped,
    }
    return [yaml_codec.load(data, name) for data in found[name]]


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_what_is_right_is_right_to_the_schema(name: str) -> None:
    schema = schema_of(name)
    for document in documents(name):
        assert READERS[name](document) == []
        assert list(errors(schema, document)) == []


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_what_a_schema_refuses_the_reader_refuses(name: str) -> None:
    schema, chance, refused = schema_of(name), Random(name), 0
    for _ in range(CHANGES):
        document = copy.deepcopy(chance.choice(documents(name)))
        change(document, chance)
        found = list(errors(schema, document))
        if found:
            refused += 1
            assert READERS[name](document), (found, document)
    assert refused > CHANGES / 10


@pytest.mark.parametrize("name", ["policy", "handbook", "contracts", "mapping"])
def test_a_key_that_is_none_is_none_to_both(name: str) -> None:
    for document in documents(name):
        wrong = {**document, "nonesuch": "x"}
        assert READERS[name](wrong)
        assert list(errors(schema_of(name), wrong)) == ["nonesuch is unknown"]


def change(document: Any, chance: Random) -> None:
    """Change one thing at random: a key taken out or misspelt, a value that is another, or of another sort."""
    holders = [place for place in _places(document) if place]
    holder = chance.choice(holders)
    key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    kind = chance.randrange(3)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder[f"{key}x"] = holder.pop(key)
    else:
        holder[key] = copy.deepcopy(
            chance.choice(["x", "2026-13-01", "", "12", "true", [], ["x"], {"x": "y"}, {}, None])
        )


def _places(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from _places(item)


def test_the_command_prints_a_schema_and_names_the_others() -> None:
    result = fenji("schema", "policy")
    assert (result.code, json.loads(result.out)) == (0, schema_of("policy"))
    wrong = fenji("schema", "policies")
    assert (wrong.code, "ticket, policy, handbook, contracts, mapping" in wrong.err) == (2, True)
