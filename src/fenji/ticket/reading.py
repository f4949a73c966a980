"""From a loaded document to a ticket, with every fault by its key path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from fenji.errors import Fault, Sentence
from fenji.ticket.fields import BY_KEY, FIELDS, LEAVES, Field, Value
from fenji.ticket.values import Event, Ticket, item_key, natural

SITE_PATTERN = re.compile(r"[A-Z][A-Z0-9]{0,15}")
ID_PATTERN = re.compile(r"[A-Z][A-Z0-9]{0,15}-[0-9]{4}-[0-9]{4,12}(-[0-9A-Z]{2})?")
UID_PATTERN = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
Faults = list[Fault]
Path = tuple[str | int, ...]
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


def read(document: object) -> tuple[Ticket, Faults]:
    """A ticket from a loaded YAML document (mappings, lists, text, None), and everything that is wrong with it.

    Unknown keys are kept in `extra`. With faults the ticket is what could be read.
    """
    faults: Faults = []
    if not isinstance(document, Mapping):
        return Ticket({}), [Fault((), Sentence("a ticket is a mapping of keys"))]
    data: dict[str, Value] = {}
    for one in FIELDS:
        value = field_value(one, document.get(one.key), (one.key,), faults)
        if value not in (None, [], {}):
            data[one.key] = value
        elif one.required and one.key not in ("state",):
            faults.append(Fault((one.key,), Sentence("is missing")))
    _identity(data, faults)
    log = _log(document.get("log"), faults)
    extra = {key: held for key, held in document.items() if key not in BY_KEY and key != "log" and held is not None}
    return Ticket(data, log, extra), faults


def _identity(data: Mapping[str, Value], faults: Faults) -> None:
    for key, pattern, wanted in (
        ("id", ID_PATTERN, Sentence("must be SITE-YEAR-NUMBER, as KSA-2026-0042")),
        ("uid", UID_PATTERN, Sentence("must be a ULID of 26 characters")),
    ):
        if key in data and not pattern.fullmatch(str(data[key])):
            faults.append(Fault((key,), wanted))


def field_value(one: Field, value: Value, path: Path, faults: Faults) -> Value:
    """The value of one field as a ticket holds it, from a loaded document; what is wrong with it goes to `faults`."""
    if value is None:
        return None
    return _READERS[one.held](one, value, path, faults)


def _word(one: Field, value: Value, path: Path, faults: Faults) -> Value:
    if not isinstance(value, str):
        faults.append(Fault(path, Sentence("must be text")))
        return None
    value = value.rstrip("\n") if one.held == "text" else value
    if one.choices and value and value not in one.choices:
        faults.append(Fault(path, Sentence("must be one of {choices}", {"choices": ", ".join(one.choices)})))
    return value or None


def _words(_: Field, value: Value, path: Path, faults: Faults) -> Value:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        faults.append(Fault(path, Sentence("must be a list of words")))
        return None
    return value


def _number(one: Field, value: Value, path: Path, faults: Faults) -> Value:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value) if one.held == "number" else _whole(value, path, faults)
    faults.append(Fault(path, Sentence("must be a number, as 12 or 1200.00")))
    return None


def _whole(value: str, path: Path, faults: Faults) -> Value:
    try:
        return int(value)
    except ValueError:
        faults.append(Fault(path, Sentence("must be a whole number")))
        return None


def _flag(_: Field, value: Value, path: Path, faults: Faults) -> Value:
    if value not in ("true", "false"):
        faults.append(Fault(path, Sentence("must be true or false")))
        return None
    return value == "true"


def _day(_: Field, value: Value, path: Path, faults: Faults) -> Value:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        faults.append(Fault(path, Sentence("must be a date, as 2026-03-20")))
        return None


def _group(one: Field, value: Value, path: Path, faults: Faults) -> Value:
    if not isinstance(value, Mapping):
        faults.append(Fault(path, Sentence("must be a mapping")))
        return None
    known = {part.key: field_value(part, value.get(part.key), (*path, part.key), faults) for part in one.parts}
    rest = {key: value[key] for key in sorted(value) if key not in known and value[key] is not None}
    return {key: held for key, held in known.items() if held not in (None, [])} | rest


def _items(one: Field, value: Value, path: Path, faults: Faults) -> Value:
    if not isinstance(value, list):
        faults.append(Fault(path, Sentence("must be a list")))
        return None
    found: dict[str, Value] = {}
    for index, entry in enumerate(value):
        item = _group(one, entry, (*path, index), faults)
        if not isinstance(item, dict):
            continue
        missing = [part.key for part in one.parts if part.required and not item.get(part.key)]
        if missing:
            faults.append(Fault((*path, index), Sentence("needs {keys}", {"keys": ", ".join(missing)})))
            continue
        key = item_key(one.key, item)
        if key in found:
            faults.append(Fault((*path, index), Sentence("stands twice: {key}", {"key": key})))
        found[key] = item
    return [found[key] for key in sorted(found, key=natural)]


def _tree(_: Field, value: Value, path: Path, faults: Faults) -> Value:
    if isinstance(value, Mapping):
        return {key: _tree(_, held, (*path, key), faults) for key, held in value.items() if held is not None}
    if path[-1] in _FLAGS and value in ("true", "false"):
        return value == "true"
    if path[-1] in _INSTANTS and isinstance(value, str):
        return instant(value) or value
    return value


# In the frozen result; all else is text, whatever it looks like.
_FLAGS = frozenset({"met", "excused"})
_INSTANTS = frozenset({"due", "done", "at"})


_READERS = {
    "word": _word,
    "text": _word,
    "words": _words,
    "number": _number,
    "count": _number,
    "flag": _flag,
    "day": _day,
    "group": _group,
    "items": _items,
    "tree": _tree,
}


def instant(text: str) -> datetime | None:
    """An instant with offset, to the second, from ISO 8601 text; None where it is not one."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None or found.microsecond or len(text) < 19:
        return None
    return found


def _log(value: Value, faults: Faults) -> tuple[Event, ...]:
    if value is None:
        faults.append(Fault(("log",), Sentence("is missing: a ticket begins with its report event")))
        return ()
    if not isinstance(value, list):
        faults.append(Fault(("log",), Sentence("must be a list")))
        return ()
    events = [event(entry, ("log", index), faults) for index, entry in enumerate(value)]
    return Ticket({}).with_events(one for one in events if one).log


def event(entry: Value, path: Path, faults: Faults) -> Event | None:
    """One event of a loaded log; None where it is faulty, and what is wrong with it goes to `faults`."""
    if not isinstance(entry, Mapping):
        faults.append(Fault(path, Sentence("an event is a mapping with n, at, by and do")))
        return None
    before = len(faults)
    n, at, by, do = (entry.get(key) for key in ("n", "at", "by", "do"))
    if not isinstance(n, str) or not (n.isascii() and n.isdecimal()) or len(n) > 12 or not int(n):
        faults.append(Fault((*path, "n"), Sentence("must be a whole number from 1")))
    when = instant(at) if isinstance(at, str) else None
    if when is None:
        faults.append(Fault((*path, "at"), Sentence("must be an instant with offset, as 2026-03-01T08:00:00+03:00")))
    for key, word in (("by", by), ("do", do)):
        if not isinstance(word, str):
            faults.append(Fault((*path, key), Sentence("must be text")))
    more = {key: _more(key, held, (*path, key), faults) for key, held in entry.items() if key not in _EVENT_HEAD}
    if len(faults) > before or when is None:
        return None
    return Event(int(str(n)), when, str(by), str(do), {key: held for key, held in more.items() if held is not None})


_EVENT_HEAD = frozenset({"n", "at", "by", "do"})


def _more(key: str, value: Value, path: Path, faults: Faults) -> Value:
    if key == "logged":
        found = instant(value) if isinstance(value, str) else None
        if found is None:
            faults.append(Fault(path, Sentence("must be an instant with offset, as 2026-03-01T08:00:00+03:00")))
        return found
    if key == "set":
        if not isinstance(value, Mapping):
            faults.append(Fault(path, Sentence("must be a mapping")))
            return None
        return {leaf: _set_value(leaf, held, (*path, leaf), faults) for leaf, held in value.items()}
    if key == "rewrote" and not isinstance(value, list):
        faults.append(Fault(path, Sentence("must be a list of words")))
        return None
    if key in ("note", "value") and isinstance(value, str):
        return value.rstrip("\n") or None
    return value


def _set_value(leaf: str, value: Value, path: Path, faults: Faults) -> Value:
    one = LEAVES.get(leaf)
    return field_value(one, value, path, faults) if one else value


def parse_value(leaf: str, text: str) -> Value:
    """The value that a person typed for a leaf: lists split at commas, flags, numbers and dates read.

    Raises ValueError holding the fault's English sentence where it does not fit the field.
    """
    one = LEAVES[leaf]
    if not text.strip():
        return None
    typed: Value = [word.strip() for word in text.split(",") if word.strip()] if one.held == "words" else text
    faults: Faults = []
    value = field_value(one, typed, (leaf,), faults)
    if faults:
        raise ValueError(str(faults[0].message))
    return value
