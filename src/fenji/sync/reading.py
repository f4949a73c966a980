"""Reading many tickets that have much in common, as two versions of one do: a part that was read before is not again.

A part is one key of the header with all that belongs to it, or one event of the log, as it stands in the file. Files
that are not written plainly, and all faulty ones, are read as a whole by `yamlio`, which tells what is wrong and where.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fenji import ticket as tickets
from fenji import yamlio
from fenji.errors import Damaged, Fault
from fenji.ticket import BY_KEY, FIELDS, ID_PATTERN, UID_PATTERN, Event, Ticket, Value

# A line that begins neither a key, an item, nor what belongs to one: a comment, a mark of YAML, a key in quotes.
_STRANGE = re.compile(rb"\n(?![a-z_]+:[ \n]|- |[ \n]|\Z)")
_KEY = re.compile(rb"\n(?=[a-z_]+:[ \n])")
_BEGIN, _LOG, _ITEM = b"id: ", b"log:\n- ", b"\n- "
_REQUIRED = tuple(one.key for one in FIELDS if one.required and one.key != "state")


@dataclass(frozen=True)
class _Parts:
    """The text of each key of the header and of each event."""

    header: Sequence[bytes]
    events: Sequence[bytes]


class Reader:
    """What was read so far, by its text."""

    def __init__(self) -> None:
        self._values: dict[bytes, tuple[str, Value]] = {}
        self._events: dict[bytes, Event] = {}

    def read_ticket(self, data: bytes, path: str) -> Ticket:
        """The same as `yamlio.read_ticket`."""
        parts = _parts(data)
        if parts is None or not self._learn(parts, path):
            return yamlio.read_ticket(data, path)
        values = dict(self._values[one] for one in parts.header)
        found = {one.key: values[one.key] for one in FIELDS if values.get(one.key) not in (None, [], {})}
        if len(values) < len(parts.header) or not _whole(found):
            return yamlio.read_ticket(data, path)
        extra = {key: value for key, value in values.items() if key not in BY_KEY and value is not None}
        return Ticket(found, (), extra).with_events(self._events[one] for one in parts.events)

    def _learn(self, parts: _Parts, path: str) -> bool:
        """Read those parts that are new; False where they are not what they seem, or faulty."""
        header = [one for one in parts.header if one not in self._values]
        events = list(dict.fromkeys(one for one in parts.events if one not in self._events))
        text = b"\n".join(header) + b"\n" if header else b""
        if events:
            text += _LOG + _ITEM.join(events) + b"\n"
        return not text or self._keep(header, events, text, path)

    def _keep(self, header: Sequence[bytes], events: Sequence[bytes], text: bytes, path: str) -> bool:
        try:
            found = yamlio.load(text, path)
        except Damaged:
            return False
        log = found.pop("log", []) if isinstance(found, dict) else None
        keys = [one.partition(b":")[0].decode() for one in header]
        if not isinstance(log, list) or len(log) != len(events) or not isinstance(found, dict) or [*found] != keys:
            return False
        faults: list[Fault] = []
        values = {key: _value(key, held, faults) for key, held in found.items()}
        made = [tickets.event(entry, ("log",), faults) for entry in log]
        if faults:
            return False
        self._values |= {part: (key, values[key]) for part, key in zip(header, keys, strict=True)}
        self._events |= {part: one for part, one in zip(events, made, strict=True) if one}
        return True


def _value(key: str, held: Value, faults: list[Fault]) -> Value:
    return tickets.field_value(BY_KEY[key], held, (key,), faults) if key in BY_KEY else held


def _parts(data: bytes) -> _Parts | None:
    """A file taken apart at its keys and events; None where it is not written plainly."""
    if len(data) > yamlio.LARGEST or not data.startswith(_BEGIN) or not data.endswith(b"\n"):
        return None
    if b"\r" in data or _STRANGE.search(data):
        return None
    parts = _KEY.split(data[:-1])
    logs = [one for one in parts if one.startswith(b"log:")]
    if len(logs) != 1 or not logs[0].startswith(_LOG):
        return None
    return _Parts([one for one in parts if one is not logs[0]], logs[0][len(_LOG) :].split(_ITEM))


def _whole(found: Mapping[str, Value]) -> bool:
    """Whether what every ticket needs is there, and of its form."""
    named = ID_PATTERN.fullmatch(str(found.get("id"))) and UID_PATTERN.fullmatch(str(found.get("uid")))
    return bool(named) and all(key in found for key in _REQUIRED)
