"""A ticket and the events of its log as values."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import force_setattr, replace

from fenji.model.ticket.attributes import FileItem, LinkItem, PlanItem, ResourceItem, TextAttribute, WordsAttribute
from fenji.model.ticket.fields import EVENT_KEYS, FIELD_BY_KEY, FIELDS
from fenji.model.ticket.paths import FIELD_BY_PATH, FieldPath, GroupKey, ItemsKey, find_field, parse_items_key

if TYPE_CHECKING:
    from fenji.model.values import Value

# The key in the header and the part of its group for each path, and for each group itself.
_KEY_AND_PART: Mapping[str, tuple[str, str]] = {
    path: (path.partition(".")[0], path.partition(".")[2]) for path in (*FIELD_BY_PATH, *FIELD_BY_KEY)
}


_BODY_RANKS = {key: rank for rank, key in enumerate(EVENT_KEYS)}


class Event(Struct, frozen=True, dict=True):
    """One entry of the log. `body` has every other key, as in the file (note, reason, set, rewrote …)."""

    n: int
    at: datetime
    by: str
    do: str
    body: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        force_setattr(self, "body", _normalize_body(self.body))

    @property
    def note(self) -> str:
        return str(self.body.get("note") or "")

    @property
    def reason(self) -> str:
        return str(self.body.get("reason") or "")

    @property
    def logged(self) -> datetime | None:
        value = self.body.get("logged")
        return value if isinstance(value, datetime) else None

    @cached_property
    def set(self) -> Mapping[str, Value]:
        """The new value of each short field that it changed; none for `superseded`, which only keeps a lost value."""
        value = self.body.get("set") if self.do != "superseded" else None
        return value if isinstance(value, Mapping) else {}

    @cached_property
    def rewrote(self) -> Sequence[str]:
        value = self.body.get("rewrote") if self.do != "superseded" else None
        return [str(name) for name in value] if isinstance(value, Sequence) and not isinstance(value, str) else []

    @property
    def from_requester(self) -> bool:
        return self.body.get("from") == "requester"

    @property
    def mail(self) -> Mapping[str, Value]:
        """The mail that this event was made from: `key`, `id`, `from`, `as`, `date`; empty for any other event."""
        value = self.body.get("mail")
        return value if isinstance(value, Mapping) else {}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the event's content, hex; equal for equal events on every machine."""
        plain = {"n": self.n, "at": self.at.isoformat(), "by": self.by, "do": self.do, **self.body}
        return hashlib.sha256(_CONTENT_ENCODER.encode(plain).encode()).hexdigest()

    @cached_property
    def sort_key(self) -> tuple[int, float, str]:
        """The order of the log: n, instant, content (format.md 3)."""
        return self.n, self.at.timestamp(), self.digest

    def touches(self, path: str) -> bool:
        """Whether this event changed `path` (`cause`, `product.part`, or an item: `plan.m1`)."""
        group = path.partition(".")[0]
        return path in self.set or path in self.rewrote or group in self.set or group in self.rewrote

    def mapping(self) -> dict[str, Value]:
        """Return the event as in the file: n, at, by and do first, then the rest in fixed order, unknown keys last."""
        return {"n": self.n, "at": self.at, "by": self.by, "do": self.do, **dict(self.sorted_body())}

    def sorted_body(self) -> list[tuple[str, Value]]:
        """Return the entries that follow `do` in the file: known keys in fixed order, then unknown ones by name."""
        return sorted(self.body.items(), key=lambda entry: (_BODY_RANKS.get(entry[0], len(_BODY_RANKS)), entry[0]))


def _normalize_body(body: Mapping[str, Value]) -> dict[str, Value]:
    """Return a body as it reads back from a file: without keys that are None; `""` and `[]` in `set` become None."""
    normalized = {key: _strip_newlines(value) if key in ("note", "value") else value for key, value in body.items()}
    normalized = {key: value for key, value in normalized.items() if value is not None}
    stated = normalized.get("set")
    if isinstance(stated, Mapping):
        normalized["set"] = {path: None if value in ("", []) else value for path, value in stated.items()}
    return normalized


def _strip_newlines(value: Value) -> Value:
    return value.rstrip("\n") or None if isinstance(value, str) else value


def _json_default(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_CONTENT_ENCODER = json.JSONEncoder(sort_keys=True, default=_json_default)


class Ticket(Struct, frozen=True):
    """One ticket: the header by key (groups as mappings, items as lists of mappings), its log, and unknown keys."""

    data: Mapping[str, Value]
    log: tuple[Event, ...] = ()
    extra: Mapping[str, Value] = field(default_factory=dict)

    id = TextAttribute("id")
    uid = TextAttribute("uid")
    formerly = TextAttribute("formerly")
    kind = TextAttribute("kind")
    title = TextAttribute("title")
    state = TextAttribute("state")
    priority = TextAttribute("priority")
    impact = TextAttribute("impact")
    occurrence = TextAttribute("occurrence")
    site = TextAttribute("site")
    owner = TextAttribute("owner")
    units = WordsAttribute("units")
    tags = WordsAttribute("tags")
    description = TextAttribute("description")
    cause = TextAttribute("cause")
    decision = TextAttribute("decision")
    solution = TextAttribute("solution")
    lessons = TextAttribute("lessons")
    failed = TextAttribute("failed")

    @property
    def sla(self) -> Mapping[str, Value]:
        """The verdicts as the site lead confirmed them; empty if nobody did."""
        value = self.data.get("sla")
        return value if isinstance(value, Mapping) else {}

    @property
    def links(self) -> list[LinkItem]:
        return [LinkItem(item) for item in self.items("links")]

    @property
    def resources(self) -> list[ResourceItem]:
        return [ResourceItem(item) for item in self.items("resources")]

    @property
    def plan(self) -> list[PlanItem]:
        return [PlanItem(item) for item in self.items("plan")]

    @property
    def files(self) -> list[FileItem]:
        return [FileItem(item) for item in self.items("files")]

    def word(self, path: FieldPath) -> str:
        """Return the value of a field as text, `""` if absent. Raises KeyError for a field that does not exist."""
        value = self.get(path)
        return "" if value is None else str(value)

    def get(self, path: FieldPath | GroupKey) -> Value:
        """Return the value of a field or a group, None if absent. Raises KeyError for a field that does not exist."""
        key, part = _KEY_AND_PART[path]
        value = self.data.get(key)
        if not part:
            return value
        return value.get(part) if isinstance(value, Mapping) else None

    def items(self, key: ItemsKey) -> Sequence[Mapping[str, Value]]:
        """Return the items of a list as in the file; empty if absent. Raises KeyError for any other key."""
        return _mappings(self.data.get(parse_items_key(key)))

    def look_up(self, name: str) -> Value:
        """Return the value that an event names: a field, a part (also unknown), an item (`plan.m1`); None if absent."""
        key, _, part = name.partition(".")
        value = self.data.get(key)
        if not part or value is None:
            return value
        if isinstance(value, Mapping):
            return value.get(part)
        return next((item for item in _mappings(value) if item_key(key, item) == part), None)

    def with_fields(self, changes: Mapping[str, Value]) -> Ticket:
        """Return a copy with fields changed; None, `""` and empty lists remove a field. An item is named `plan.m1`."""
        data: dict[str, Value] = dict(self.data)
        for path, value in changes.items():
            _set_path(data, path, value)
        return replace(self, data=_in_field_order(data))

    def with_events(self, events: Iterable[Event]) -> Ticket:
        """Return a copy whose log also has `events`, in the order of the log, equal ones once."""
        union = {event.digest: event for event in (*self.log, *events)}
        return replace(self, log=tuple(sorted(union.values(), key=lambda event: event.sort_key)))

    def events_since(self, before: Ticket | None) -> tuple[Event, ...]:
        """Return the events that another version lacks, in the order of the log; all of them without one."""
        known = {event.digest for event in before.log} if before else set()
        return tuple(event for event in self.log if event.digest not in known)

    @property
    def next_n(self) -> int:
        """The Lamport counter of the next event: 1 + the largest in the file."""
        return 1 + max((event.n for event in self.log), default=0)

    @property
    def reported_at(self) -> datetime | None:
        """The instant of the first `report` event; None if there is none."""
        return min((event.at for event in self.log if event.do == "report"), default=None)

    @property
    def is_judged(self) -> bool:
        """Whether somebody judged how urgent it is: impact and occurrence, or the priority by hand."""
        if self.impact and self.occurrence:
            return True
        last = next((event for event in reversed(self.log) if "priority" in event.set), None)
        return last is not None and bool(last.reason or (last.do == "edit"))

    @property
    def priority_text(self) -> str:
        """The priority as shown to people: `P4?` while nobody has judged the ticket, since it may still be any."""
        return f"{self.priority}?" if self.priority and not self.is_judged else self.priority


def _mappings(value: Value) -> Sequence[Mapping[str, Value]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else ()


def item_key(key: str, item: Mapping[str, Value]) -> str:
    """Return the key that pairs an item with its other versions: `key`, a file's name, a link's target and relation."""
    return "/".join(str(item.get(part) or "") for part in FIELD_BY_KEY[key].key_parts)


def _set_path(data: dict[str, Value], path: str, value: Value) -> None:
    key, _, part = path.partition(".")
    field = find_field(path)
    if field and field.type == "text":
        value = _strip_newlines(value)
    if part and FIELD_BY_KEY[key].type == "items":
        if isinstance(value, Mapping):
            value = {name: part_value for name, part_value in value.items() if part_value not in (None, "", [])}
        items = [item for item in _mappings(data.get(key)) if item_key(key, item) != part]
        value = [*items, value] if value else items
        value = sorted(value, key=lambda item: natural_sort_key(item_key(key, item)))
    elif part:
        group = data.get(key)
        value = {**(group if isinstance(group, Mapping) else {}), part: value}
        value = {
            part_field.key: value[part_field.key]
            for part_field in FIELD_BY_KEY[key].parts
            if value.get(part_field.key) not in (None, "")
        } | {
            name: part_value
            for name, part_value in value.items()
            if name not in {part_field.key for part_field in FIELD_BY_KEY[key].parts}
        }
    if value is None or (isinstance(value, str | list | dict) and not value):
        data.pop(key, None)
    else:
        data[key] = value


def _in_field_order(data: Mapping[str, Value]) -> dict[str, Value]:
    return {ticket_field.key: data[ticket_field.key] for ticket_field in FIELDS if ticket_field.key in data}


def natural_sort_key(key: str) -> list[tuple[int, int, str]]:
    """Return the sort key of item keys: `m2` before `m10`, however long the numbers are and in whatever script."""
    return [_sort_part(part) for part in re.split(r"(\d+)", key) if part]


def _sort_part(part: str) -> tuple[int, int, str]:
    if not part.isdecimal():
        return 1, 0, part
    digits = "".join(str(int(digit)) for digit in part).lstrip("0")
    return 0, len(digits), digits
