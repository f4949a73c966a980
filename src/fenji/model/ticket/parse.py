"""Parse a loaded document into a ticket, reporting every fault with its key path."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from fenji.errors import Fault, Sentence
from fenji.model.ticket.fields import FIELD_BY_KEY, FIELDS, Field
from fenji.model.ticket.item_parts import find_item_part
from fenji.model.ticket.paths import FIELD_BY_PATH, FieldPath, find_field
from fenji.model.ticket.ticket import Event, Ticket, item_key, natural_sort_key

if TYPE_CHECKING:
    from fenji.model.values import Value

SITE_PATTERN = re.compile(r"[A-Z][A-Z0-9]{0,15}")
ID_PATTERN = re.compile(r"[A-Z][A-Z0-9]{0,15}-[0-9]{4}-[0-9]{4,7}(-[0-9A-Z]{2})?")
UID_PATTERN = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
FIRST_YEAR, LAST_YEAR = 1900, 2200  # of instants (clock rules 2)
Faults = list[Fault]
KeyPath = tuple[str | int, ...]
DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


def parse_ticket(document: Value) -> tuple[Ticket, Faults]:
    """Parse a ticket from a loaded YAML document (mappings, lists, text, None), and everything that is wrong with it.

    Unknown keys are kept in `extra`. With faults the ticket is what could be read.
    """
    faults: Faults = []
    if not isinstance(document, Mapping):
        return Ticket({}), [Fault((), Sentence("a ticket is a mapping of keys"))]
    data: dict[str, Value] = {}
    for field in FIELDS:
        value = parse_field(field, document.get(field.key), (field.key,), faults)
        if value not in (None, [], {}):
            data[field.key] = value
        elif field.required and field.key not in ("state",):
            faults.append(_missing_fault(field.key, document))
    _check_identity(data, faults)
    _check_disguised(document, _KNOWN_KEYS, (), faults)
    log = _parse_log(document.get("log"), faults)
    extra = {
        key: item for key, item in document.items() if key not in FIELD_BY_KEY and key != "log" and item is not None
    }
    return Ticket(data, log, extra), faults


def _missing_fault(key: str, document: Mapping[str, Value]) -> Fault:
    """Return the fault of a missing key, or of an unknown key that is probably a misspelling of it."""
    import difflib  # here, so that it is only loaded after a mistake

    unknown = (name for name in document if name not in FIELD_BY_KEY and name != "log")
    near = next((name for name in unknown if difflib.SequenceMatcher(None, _fold_key(name), key).ratio() > _NEAR), "")
    if not near:
        return Fault((key,), Sentence("is missing"))
    return Fault((near,), Sentence("the key {key} is unknown; did you mean {nearest}?", {"key": near, "nearest": key}))


_NEAR = 0.7  # similarity of two keys, by difflib


def _fold_key(key: str) -> str:
    """Return a key without invisible characters, with wide and capital letters as plain ones."""
    letters = (letter for letter in unicodedata.normalize("NFKC", key) if unicodedata.category(letter)[0] != "C")
    return "".join(letters).strip().casefold()


_KNOWN_KEYS = frozenset({*FIELD_BY_KEY, "log"})


def _check_disguised(document: Mapping[str, Value], known: Collection[str], path: KeyPath, faults: Faults) -> None:
    """Add a fault for each key that differs from a known one only in case, width or invisible characters."""
    for key in document:
        meant = _fold_key(str(key)) if key not in known and document[key] is not None else ""
        if meant in known and not any(fault.path == (*path, key) for fault in faults):
            message = Sentence("the key {key} is unknown; did you mean {nearest}?", {"key": key, "nearest": meant})
            faults.append(Fault((*path, key), message))


def _check_identity(data: Mapping[str, Value], faults: Faults) -> None:
    for key, pattern, message in (
        ("id", ID_PATTERN, Sentence("must be SITE-YEAR-NUMBER, such as KSA-2026-0042")),
        ("uid", UID_PATTERN, Sentence("must be a ULID of 26 characters")),
    ):
        if key in data and not pattern.fullmatch(str(data[key])):
            faults.append(Fault((key,), message))


def parse_field(field: Field, value: Value, path: KeyPath, faults: Faults) -> Value:
    """Parse the value of one field of a loaded document; what is wrong with it is added to `faults`."""
    if value is None:
        return None
    return _PARSERS[field.type](field, value, path, faults)


def _parse_text(field: Field, value: Value, path: KeyPath, faults: Faults) -> Value:
    if not isinstance(value, str):
        faults.append(Fault(path, Sentence("must be text")))
        return None
    value = value.rstrip("\n") if field.type == "text" else value
    if field.choices and value and value not in field.choices:
        faults.append(Fault(path, Sentence("must be one of {choices}", {"choices": tuple(field.choices)})))
    return value or None


def _parse_words(_: Field, value: Value, path: KeyPath, faults: Faults) -> Value:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        faults.append(Fault(path, Sentence("must be a list of words")))
        return None
    return value


def _parse_number(field: Field, value: Value, path: KeyPath, faults: Faults) -> Value:
    if isinstance(value, str) and DECIMAL.fullmatch(value):
        return Decimal(value) if field.type == "number" else _parse_integer(value, path, faults)
    faults.append(Fault(path, Sentence("must be a number, such as 12 or 1200.00")))
    return None


def _parse_integer(value: str, path: KeyPath, faults: Faults) -> Value:
    try:
        return int(value)
    except ValueError:
        faults.append(Fault(path, Sentence("must be a whole number")))
        return None


def _parse_flag(_: Field, value: Value, path: KeyPath, faults: Faults) -> Value:
    if value not in ("true", "false"):
        faults.append(Fault(path, Sentence("must be true or false")))
        return None
    return value == "true"


def _parse_date(_: Field, value: Value, path: KeyPath, faults: Faults) -> Value:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        faults.append(Fault(path, Sentence("must be a date, such as 2026-03-20")))
        return None


def _parse_group(field: Field, value: Value, path: KeyPath, faults: Faults) -> Value:
    if not isinstance(value, Mapping):
        faults.append(Fault(path, Sentence("must be a mapping")))
        return None
    stated = ((part.key, part) for part in field.parts if part.key in value)
    known = {key: parse_field(part, value[key], (*path, key), faults) for key, part in stated}
    _check_disguised(value, field.part_by_key, path, faults)
    rest = {key: value[key] for key in sorted(value) if key not in field.part_by_key and value[key] is not None}
    return {key: item for key, item in known.items() if item not in (None, [], {})} | rest


def _parse_items(field: Field, value: Value, path: KeyPath, faults: Faults) -> Value:
    if not isinstance(value, list):
        faults.append(Fault(path, Sentence("must be a list")))
        return None
    items: dict[str, Value] = {}
    for index, entry in enumerate(value):
        item = _parse_group(field, entry, (*path, index), faults)
        if not isinstance(item, dict):
            continue
        missing = [part.key for part in field.parts if part.required and not item.get(part.key)]
        if missing:
            faults.append(Fault((*path, index), Sentence("needs {keys}", {"keys": tuple(missing)})))
            continue
        key = item_key(field.key, item)
        if key in items:
            faults.append(Fault((*path, index), Sentence("stands twice: {key}", {"key": key})))
        items[key] = item
    return [items[key] for key in sorted(items, key=natural_sort_key)]


def _parse_tree(field: Field, value: Value, path: KeyPath, faults: Faults) -> Value:
    if isinstance(value, Mapping):
        parts = {key: _parse_tree(field, item, (*path, key), faults) for key, item in value.items() if item is not None}
        return (
            {part.key: parts[part.key] for part in field.parts if part.key in parts} | parts
            if len(path) == 1
            else parts
        )
    if path[0] == "origin":  # values from another system stay text
        return parse_instant(value) or value if path == ("origin", "at") and isinstance(value, str) else value
    if path[-1] in _RESULT_FLAGS and value in ("true", "false"):
        return value == "true"
    if path[-1] in _RESULT_INSTANTS and isinstance(value, str):
        return parse_instant(value) or value
    return value


# Keys in the frozen result; values of all other keys are text, whatever they look like.
_RESULT_FLAGS = frozenset({"met", "excused"})
_RESULT_INSTANTS = frozenset({"due", "done", "at"})


_PARSERS = {
    "word": _parse_text,
    "text": _parse_text,
    "words": _parse_words,
    "number": _parse_number,
    "count": _parse_number,
    "flag": _parse_flag,
    "day": _parse_date,
    "group": _parse_group,
    "items": _parse_items,
    "tree": _parse_tree,
}


def parse_instant(text: str) -> datetime | None:
    """Parse ISO 8601 text as an instant with offset, to the second; None if it is none, or its year does not count."""
    parsed = _parse_any_instant(text)
    return parsed if parsed and counts_as_year(parsed.year) else None


def parse_day(value: Value) -> date | None:
    """Return a value as a date; None if it is not one."""
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def counts_as_year(year: int) -> bool:
    """Whether instants of this year count (clock rules 2)."""
    return FIRST_YEAR <= year <= LAST_YEAR


# ISO 8601 only, whatever other forms the installed Python reads.
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:[.,]0+)?"
    r"(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2}){0,2})"
)


def _parse_any_instant(text: str) -> datetime | None:
    if not _INSTANT.fullmatch(text):
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed


def _read_instant(value: Value, path: KeyPath, faults: Faults) -> datetime | None:
    instant = _parse_any_instant(value) if isinstance(value, str) else None
    if instant is None:
        faults.append(Fault(path, Sentence("must be a time with an offset, such as 2026-03-01T08:00:00+03:00")))
    elif not counts_as_year(instant.year):
        years = {"first": FIRST_YEAR, "last": LAST_YEAR}
        faults.append(Fault(path, Sentence("must be in the years {first} to {last}", years)))
    else:
        return instant
    return None


def _parse_log(value: Value, faults: Faults) -> tuple[Event, ...]:
    if value is None:
        faults.append(Fault(("log",), Sentence("is missing: a ticket begins with its report event")))
        return ()
    if not isinstance(value, list):
        faults.append(Fault(("log",), Sentence("must be a list")))
        return ()
    events = [parse_event(entry, ("log", index), faults) for index, entry in enumerate(value)]
    return Ticket({}).with_events(event for event in events if event).log


def parse_event(entry: Value, path: KeyPath, faults: Faults) -> Event | None:
    """Parse one event of a loaded log; None if it is faulty. What is wrong with it is added to `faults`."""
    if not isinstance(entry, Mapping):
        faults.append(Fault(path, Sentence("an event is a mapping with n, at, by and do")))
        return None
    before = len(faults)
    n, at, by, do = (entry.get(key) for key in ("n", "at", "by", "do"))
    if not isinstance(n, str) or not (n.isascii() and n.isdecimal()) or len(n) > 12 or not int(n):
        faults.append(Fault((*path, "n"), Sentence("must be a whole number from 1")))
    when = _read_instant(at, (*path, "at"), faults)
    for key, word in (("by", by), ("do", do)):
        if not isinstance(word, str):
            faults.append(Fault((*path, key), Sentence("must be text")))
    more = {key: _parse_event_key(key, entry[key], (*path, key), faults) for key in entry if key not in _EVENT_HEAD}
    if len(faults) > before or when is None:
        return None
    return Event(int(str(n)), when, str(by), str(do), {key: item for key, item in more.items() if item is not None})


_EVENT_HEAD = frozenset({"n", "at", "by", "do"})


def _parse_event_key(key: str, value: Value, path: KeyPath, faults: Faults) -> Value:
    if key == "logged":
        return _read_instant(value, path, faults)
    if key == "set" and not isinstance(value, Mapping):
        faults.append(Fault(path, Sentence("must be a mapping")))
        return None
    if key == "set" and isinstance(value, Mapping):
        return {name: _parse_set_value(name, item, (*path, name), faults) for name, item in value.items()}
    if key == "rewrote" and not isinstance(value, list):
        faults.append(Fault(path, Sentence("must be a list of words")))
        return None
    if key in ("note", "value") and isinstance(value, str):
        return value.rstrip("\n") or None
    return value


def _parse_set_value(field_path: str, value: Value, path: KeyPath, faults: Faults) -> Value:
    field = find_field(field_path)
    if field:
        return parse_field(field, value, path, faults)
    part = find_item_part(field_path)
    part_faults: Faults = []
    parsed = parse_field(part, value, path, part_faults) if part else value
    return value if part_faults else parsed


def parse_input(path: FieldPath, text: str) -> Value:
    """Parse the text that a person typed for a field: a list is split at commas; flags, numbers and dates are parsed.

    Raises ValueError with the fault's English sentence if the text does not fit the field.
    """
    field = FIELD_BY_PATH[path]
    if not text.strip():
        return None
    typed: Value = [word.strip() for word in text.split(",") if word.strip()] if field.type == "words" else text
    faults: Faults = []
    value = parse_field(field, typed, (path,), faults)
    if faults:
        raise ValueError(str(faults[0].message))
    return value
