"""Parse tickets and values from other loaders of YAML or JSON as strictly as a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from fenji.errors import Damaged, Fault, Problem, Sentence
from fenji.model.ticket.fields import FIELD_BY_KEY, Field
from fenji.model.ticket.parse import Faults, parse_field, parse_ticket
from fenji.model.ticket.paths import find_field
from fenji.model.ticket.ticket import Ticket, item_key

if TYPE_CHECKING:
    from fenji.model.values import LooseValue, Value


def from_mapping(mapping: Mapping[str, LooseValue]) -> Ticket:
    """Parse the ticket in a mapping, also one with dates, numbers and booleans as other YAML loaders make them.

    Text that such a loader has read as another type (`no`, `0123`, `12:30` without quotes) is lost before it comes
    here; `fenji.storage.yaml_codec.read_ticket` reads a file as it was written. Raises Damaged with every problem; they
    have key paths but no lines.
    """
    ticket, faults = parse_ticket(stringify(mapping))
    if faults:
        problems = tuple(Problem("ticket", 0, 0, ".".join(map(str, fault.path)), fault.message) for fault in faults)
        raise Damaged("The ticket cannot be used.", problems=problems, hint="Fix what is listed.")
    return ticket


def stringify(value: LooseValue) -> Value:
    """Convert a value to what a strict loader gives: mappings, lists, text and None, whatever its scalars were."""
    if isinstance(value, Mapping):
        return {str(stringify(key)): stringify(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [stringify(item) for item in value]
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        value = Decimal(repr(value))  # 1e-05 becomes 0.00001; NaN stays `NaN`, which is refused when parsed
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def convert_value(field_path: str, value: LooseValue) -> tuple[Value, Faults]:
    """Return an outside value converted for a field (`product.part`, `plan.m1`), and everything that is wrong with it.

    Lists of words (split at commas), numbers, flags and dates may be given as text. For a field of one line, several
    lines are joined and outer blanks removed. None, blank text and empty lists empty the field. Raises KeyError for a
    field that does not exist.
    """
    key, _, name = field_path.partition(".")
    field = find_field(field_path)
    faults: Faults = []
    if field is None:
        field = FIELD_BY_KEY[key]
        if field.type != "items" or not name:
            raise KeyError(field_path)
        return _convert_item(field, name, stringify(value), faults), faults
    parsed = parse_field(field, _normalize(field, stringify(value)), (field_path,), faults)
    return (None if parsed in ("", [], {}) else parsed), faults


def _normalize(field: Field, value: Value) -> Value:
    if field.type == "words":
        words = value.split(",") if isinstance(value, str) else value
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            return list(dict.fromkeys(filter(None, (_to_single_line(str(word)) for word in words))))
        return words
    if field.type in ("items", "group"):
        items = [_normalize_parts(field, item) for item in (value if isinstance(value, list) else [value])]
        return items if isinstance(value, list) else items[0]
    if not isinstance(value, str):
        return value
    if field.type == "text":
        text = value.replace("\r\n", "\n")
        return text if text.strip() else None
    return _to_single_line(value) or None


def _normalize_parts(field: Field, item: Value) -> Value:
    if not isinstance(item, Mapping):
        return item
    known = {part.key: part for part in field.parts}
    return {key: _normalize(known[key], value) if key in known else value for key, value in item.items()}


def _to_single_line(text: str) -> str:
    return " ".join(part for part in map(str.strip, text.splitlines()) if part)


def _convert_item(field: Field, name: str, value: Value, faults: Faults) -> Value:
    if not value:
        return None
    parsed = parse_field(field, _normalize(field, [value]), (field.key,), faults)
    items = parsed if isinstance(parsed, list) else []
    if not faults and [item_key(field.key, item) for item in items] != [name]:
        faults.append(Fault((field.key,), Sentence("must have the key {key}", {"key": name})))
    return items[0] if items else None
