"""Tickets and values as other programs hold them: what other loaders make of YAML or JSON, read as a file would be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from fenji.errors import Damaged, Fault, Problem, Sentence
from fenji.ticket.fields import BY_KEY, LEAVES, Field, Value
from fenji.ticket.reading import Faults, field_value, read
from fenji.ticket.values import Ticket, item_key


def from_mapping(mapping: Mapping[str, object]) -> Ticket:
    """The ticket in a mapping, also one with the dates, numbers and truth values that other YAML loaders make.

    What such a loader has taken for something else (`no`, `0123`, `12:30` without quotes) is lost before it comes
    here; `fenji.yamlio.read_ticket` reads a file as it was written. Raises Damaged with every problem; they carry key
    paths and no lines.
    """
    ticket, faults = read(as_text(mapping))
    if faults:
        problems = tuple(Problem("ticket", 0, 0, ".".join(map(str, one.path)), one.message) for one in faults)
        raise Damaged("The ticket cannot be used.", problems=problems, hint="Mend what is listed.")
    return ticket


def as_text(value: object) -> object:
    """A value as a strict loader gives it: mappings, lists, text and None, whatever its scalars were."""
    if isinstance(value, Mapping):
        return {str(as_text(key)): as_text(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_text(one) for one in value]
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        value = Decimal(repr(value))  # 1e-05 is 0.00001; what is no number stays `NaN`, and is refused where it stands
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def value_of(leaf: str, value: object) -> tuple[Value, Faults]:
    """A value from outside as a ticket holds it under `leaf` (`product.part`, `plan`, `plan.m1`), and what is wrong.

    Text may stand for lists of words (split at commas), numbers, flags and dates. One line of text is made of several
    where the field takes one line; blanks at its ends go. None, blank text and empty lists empty the field. Raises
    KeyError for a leaf that does not exist.
    """
    key, _, name = leaf.partition(".")
    one = LEAVES[leaf] if leaf in LEAVES else BY_KEY[key]
    faults: Faults = []
    if leaf not in LEAVES:
        if one.held != "items" or not name:
            raise KeyError(leaf)
        return _item(one, name, as_text(value), faults), faults
    found = field_value(one, _typed(one, as_text(value)), (leaf,), faults)
    return (None if found in ("", [], {}) else found), faults


def _typed(one: Field, value: object) -> object:
    if one.held == "words":
        words = value.split(",") if isinstance(value, str) else value
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            return list(dict.fromkeys(filter(None, map(_line, words))))
        return words
    if one.held == "items" and isinstance(value, list):
        return [_parts(one, item) for item in value]
    if not isinstance(value, str):
        return value
    if one.held == "text":
        text = value.replace("\r\n", "\n")
        return text if text.strip() else None
    return _line(value) or None


def _parts(one: Field, item: object) -> object:
    if not isinstance(item, Mapping):
        return item
    known = {part.key: part for part in one.parts}
    return {key: _typed(known[key], value) if key in known else value for key, value in item.items()}


def _line(text: str) -> str:
    return " ".join(part for part in map(str.strip, text.splitlines()) if part)


def _item(one: Field, name: str, value: object, faults: Faults) -> Value:
    if not value:
        return None
    found = field_value(one, _typed(one, [value]), (one.key,), faults)
    items = found if isinstance(found, list) else []
    if not faults and [item_key(one.key, item) for item in items] != [name]:
        faults.append(Fault((one.key,), Sentence("must have the key {key}", {"key": name})))
    return items[0] if items else None
