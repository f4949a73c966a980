"""JSON Schemas of the files that people write by hand, so that an editor can complete and check them.

The schema of a ticket is made from the table of fields. Those of a policy, of contracts and of a mapping are recorded
from what their parsers ask for while they parse a sample. A policy is parsed again with other names: keys common to
both runs belong to fenji, all others are names chosen by the desk.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING

from fenji.errors import InvalidUsage
from fenji.imports.parse_mapping import parse_mapping
from fenji.model.contracts.parse import parse_contracts
from fenji.model.policy import parse_policy
from fenji.model.policy.shapes import NotedFaults, Schema, make_schema
from fenji.model.synonyms import MAX_GROUPS, MAX_WORD_LENGTH, MAX_WORDS, SYNONYMS_KEY
from fenji.model.ticket.schema import ticket_schema
from fenji.storage import yaml_codec

if TYPE_CHECKING:
    from fenji.model.values import Value

DIALECT = "http://json-schema.org/draft-07/schema#"
_NAMING = ("sites", "units", "people", "impact", "occurrence", "priorities", "calendars", "waiting", "views")


def schema_of(name: str) -> Schema:
    """Return the schema of a kind of file, named as in SCHEMA_NAMES. Raises InvalidUsage for any other name."""
    if name not in _SCHEMAS:
        known = tuple(_SCHEMAS)
        raise InvalidUsage("There is no schema for {name}.", hint="There are: {known}.", name=name, known=known)
    return {"$schema": DIALECT, "title": f"fenji: {name}", **_SCHEMAS[name]()}


def _policy_schema() -> Schema:
    sample = _load_sample("policy")
    names = {str(key) for part in _NAMING for key in _keys_of(sample, part)}
    notes = []
    for document in (sample, _rename(sample, names)):
        faults = NotedFaults()
        parse_policy(document, faults)
        notes.append(faults.shapes)
    return make_schema(notes)


def _contracts_schema() -> Schema:
    faults = NotedFaults()
    parse_contracts(_load_sample("contracts"), faults)
    return make_schema([faults.shapes])


def _mapping_schema() -> Schema:
    faults = NotedFaults()
    parse_mapping(_load_sample("mapping"), "sample", faults)
    return make_schema([faults.shapes])


def _handbook_schema() -> Schema:
    word: Schema = {"type": ["string", "number"], "maxLength": MAX_WORD_LENGTH}
    group: Schema = {"type": "array", "items": word, "minItems": 2, "maxItems": MAX_WORDS}
    groups: Schema = {"type": ["array", "null"], "items": group, "maxItems": MAX_GROUPS}
    return {
        "type": "object",
        "properties": {SYNONYMS_KEY: groups},
        "required": [SYNONYMS_KEY],
        "additionalProperties": False,
    }


_SCHEMAS: dict[str, Callable[[], Schema]] = {
    "ticket": ticket_schema,
    "policy": _policy_schema,
    "handbook": _handbook_schema,
    "contracts": _contracts_schema,
    "mapping": _mapping_schema,
}
SCHEMA_NAMES = tuple(_SCHEMAS)


# --- samples ------------------------------------------------------------------------------------------------------


def _load_sample(name: str) -> Value:
    path = files("fenji.desk") / "samples" / f"{name}.yaml"
    return yaml_codec.load(path.read_bytes(), f"{name}.yaml")


def _keys_of(document: Value, part: str) -> list[str]:
    value = document.get(part) if isinstance(document, dict) else None
    return list(value) if isinstance(value, dict) else []


def _rename(value: Value, names: set[str]) -> Value:
    """Return a copy of a document in which each of these names is replaced by another, as key or as value."""
    if isinstance(value, dict):
        return {str(_rename(key, names)): _rename(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_rename(item, names) for item in value]
    return f"{value}9" if isinstance(value, str) and value in names else value
