"""Parse many tickets that have much in common, such as versions of one ticket, without parsing any part twice.

A part is the text of one header key with its value, or of one event of the log. Files in an unusual layout, and all
faulty ones, are read as a whole by `yaml_codec`, which reports what is wrong and where.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from fenji import files
from fenji.errors import Damaged, Fault
from fenji.model import ticket as tickets
from fenji.model.ticket import FIELD_BY_KEY, FIELDS, ID_PATTERN, UID_PATTERN, Event, Ticket, Value
from fenji.storage import yaml_codec

# A line that neither starts nor continues a key or an item: a comment, a YAML marker, a quoted key.
_UNUSUAL_LINE = re.compile(rb"\n(?![a-z_]+:[ \n]|- |[ \n]|\Z)")
_KEY_START = re.compile(rb"\n(?=[a-z_]+:[ \n])")
_FILE_START, _LOG_START, _ITEM_START = b"id: ", b"log:\n- ", b"\n- "
_REQUIRED = tuple(field.key for field in FIELDS if field.required and field.key != "state")


class _TicketParts(Struct, frozen=True):
    """The text of each header key and of each event."""

    header: Sequence[bytes]
    events: Sequence[bytes]


class TicketParser:
    """Parses tickets and caches their parts by text."""

    def __init__(self) -> None:
        self._values: dict[bytes, tuple[str, Value]] = {}
        self._events: dict[bytes, Event] = {}

    def parse_ticket(self, data: bytes, path: str) -> Ticket:
        """Parse a ticket with the same result and errors as `yaml_codec.read_ticket`."""
        parts = _split_parts(data)
        if parts is None or not self._parse_new_parts(parts, path):
            return yaml_codec.read_ticket(data, path)
        values = dict(self._values[part] for part in parts.header)
        fields = {field.key: values[field.key] for field in FIELDS if values.get(field.key) not in (None, [], {})}
        if len(values) < len(parts.header) or not _is_complete(fields):
            return yaml_codec.read_ticket(data, path)
        extra = {key: value for key, value in values.items() if key not in FIELD_BY_KEY and value is not None}
        return Ticket(fields, (), extra).with_events(self._events[part] for part in parts.events)

    def _parse_new_parts(self, parts: _TicketParts, path: str) -> bool:
        """Parse the parts that are new; return False if they are faulty or not what they seem."""
        header = [part for part in parts.header if part not in self._values]
        events = list(dict.fromkeys(part for part in parts.events if part not in self._events))
        text = b"\n".join(header) + b"\n" if header else b""
        if events:
            text += _LOG_START + _ITEM_START.join(events) + b"\n"
        return not text or self._cache_parts(header, events, text, path)

    def _cache_parts(self, header: Sequence[bytes], events: Sequence[bytes], text: bytes, path: str) -> bool:
        try:
            document = yaml_codec.load(text, path)
        except Damaged:
            return False
        log = document.pop("log", []) if isinstance(document, dict) else None
        keys = [part.partition(b":")[0].decode() for part in header]
        if (
            not isinstance(log, list)
            or len(log) != len(events)
            or not isinstance(document, dict)
            or [*document] != keys
        ):
            return False
        faults: list[Fault] = []
        values = {key: _parse_value(key, value, faults) for key, value in document.items()}
        parsed_events = [tickets.parse_event(entry, ("log",), faults) for entry in log]
        if faults:
            return False
        self._values |= {part: (key, values[key]) for part, key in zip(header, keys, strict=True)}
        self._events |= {part: event for part, event in zip(events, parsed_events, strict=True) if event}
        return True


def _parse_value(key: str, value: Value, faults: list[Fault]) -> Value:
    return tickets.parse_field(FIELD_BY_KEY[key], value, (key,), faults) if key in FIELD_BY_KEY else value


def _split_parts(data: bytes) -> _TicketParts | None:
    """Split a file at its keys and events; return None if its layout is unusual."""
    if len(data) > files.MAX_BYTES or not data.startswith(_FILE_START) or not data.endswith(b"\n"):
        return None
    if b"\r" in data or _UNUSUAL_LINE.search(data):
        return None
    parts = _KEY_START.split(data[:-1])
    logs = [part for part in parts if part.startswith(b"log:")]
    if len(logs) != 1 or not logs[0].startswith(_LOG_START):
        return None
    return _TicketParts([part for part in parts if part is not logs[0]], logs[0][len(_LOG_START) :].split(_ITEM_START))


def _is_complete(fields: Mapping[str, Value]) -> bool:
    """Return whether all required fields are present, with a valid id and uid."""
    identified = ID_PATTERN.fullmatch(str(fields.get("id"))) and UID_PATTERN.fullmatch(str(fields.get("uid")))
    return bool(identified) and all(key in fields for key in _REQUIRED)
