"""A ticket and the events of its log as values."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from fenji.ticket.fields import BY_KEY, EVENT_KEYS, FIELDS, LEAVES, Value


@dataclass(frozen=True)
class Event:
    """One entry of the log. `more` holds every other key as it stands in the file (note, reason, set, rewrote …)."""

    n: int
    at: datetime
    by: str
    do: str
    more: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "more", _settled(self.more))

    @property
    def note(self) -> str:
        return str(self.more.get("note") or "")

    @property
    def reason(self) -> str:
        return str(self.more.get("reason") or "")

    @property
    def logged(self) -> datetime | None:
        value = self.more.get("logged")
        return value if isinstance(value, datetime) else None

    @property
    def set(self) -> Mapping[str, Value]:
        value = self.more.get("set")
        return value if isinstance(value, Mapping) else {}

    @property
    def rewrote(self) -> Sequence[str]:
        value = self.more.get("rewrote")
        return [str(one) for one in value] if isinstance(value, Sequence) and not isinstance(value, str) else []

    @property
    def from_requester(self) -> bool:
        return self.more.get("from") == "requester"

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the event's content, hex; equal for equal events on every machine."""
        plain = {"n": self.n, "at": self.at.isoformat(), "by": self.by, "do": self.do, **self.more}
        return hashlib.sha256(json.dumps(plain, sort_keys=True, default=_plain).encode()).hexdigest()

    @cached_property
    def order(self) -> tuple[int, float, str]:
        """The order of the log: n, instant, content (format.md 3)."""
        return self.n, self.at.timestamp(), self.digest

    def touches(self, leaf: str) -> bool:
        """Whether this event changed `leaf` (`cause`, `product.part`, or an item: `plan.m1`)."""
        if self.do == "superseded":
            return False
        whole = leaf.partition(".")[0]
        return leaf in self.set or leaf in self.rewrote or whole in self.set or whole in self.rewrote

    def mapping(self) -> dict[str, Value]:
        """The event as it stands in the file: n, at, by, do first, the rest in fixed order, unknown keys last."""
        known = {key: self.more[key] for key in EVENT_KEYS if key in self.more}
        rest = {key: self.more[key] for key in sorted(self.more) if key not in known}
        return {"n": self.n, "at": self.at, "by": self.by, "do": self.do, **known, **rest}


def _settled(more: Mapping[str, Value]) -> dict[str, Value]:
    """What goes with an event as it reads back from a file: absent is None, in `set` so are `""` and `[]`."""
    found = {key: _trimmed(value) if key in ("note", "value") else value for key, value in more.items()}
    found = {key: value for key, value in found.items() if value is not None}
    stated = found.get("set")
    if isinstance(stated, Mapping):
        found["set"] = {leaf: None if value in ("", []) else value for leaf, value in stated.items()}
    return found


def _trimmed(value: Value) -> Value:
    return value.rstrip("\n") or None if isinstance(value, str) else value


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


@dataclass(frozen=True)
class Ticket:
    """One ticket: the header by key (groups as mappings, items as lists of mappings), its log, and unknown keys."""

    data: Mapping[str, Value]
    log: tuple[Event, ...] = ()
    extra: Mapping[str, Value] = field(default_factory=dict)

    def word(self, leaf: str) -> str:
        """The value of a leaf as text, `""` where it is absent."""
        value = self.get(leaf)
        return "" if value is None else str(value)

    def get(self, leaf: str) -> Value:
        """The value of `title`, `product.part`, `units`, or of an item (`plan.m1`); None where absent."""
        key, _, part = leaf.partition(".")
        value = self.data.get(key)
        if not part or value is None:
            return value
        if isinstance(value, Mapping):
            return value.get(part)
        return next((item for item in self.items(key) if item_key(key, item) == part), None)

    def items(self, key: str) -> Sequence[Mapping[str, Value]]:
        """The items of `links`, `resources`, `plan` or `files`; empty where absent."""
        value = self.data.get(key)
        return value if isinstance(value, Sequence) and not isinstance(value, str) else ()

    def put(self, changes: Mapping[str, Value]) -> Ticket:
        """A copy with leaves changed; None, `""` and empty lists make a leaf absent. An item is named `plan.m1`."""
        data: dict[str, Value] = dict(self.data)
        for leaf, value in changes.items():
            _put(data, leaf, value)
        return replace(self, data=_ordered(data))

    def with_events(self, events: Iterable[Event]) -> Ticket:
        """A copy whose log also holds `events`, in the order of the log, equal ones once."""
        union = {one.digest: one for one in (*self.log, *events)}
        return replace(self, log=tuple(sorted(union.values(), key=lambda one: one.order)))

    @property
    def next_n(self) -> int:
        """The Lamport counter of the next event: 1 + the largest in the file."""
        return 1 + max((one.n for one in self.log), default=0)

    @property
    def reported(self) -> datetime | None:
        """When it was reported: the instant of the first `report` event."""
        return min((one.at for one in self.log if one.do == "report"), default=None)

    @property
    def id(self) -> str:
        return self.word("id")

    @property
    def uid(self) -> str:
        return self.word("uid")

    @property
    def kind(self) -> str:
        return self.word("kind")

    @property
    def title(self) -> str:
        return self.word("title")

    @property
    def state(self) -> str:
        return self.word("state")

    @property
    def priority(self) -> str:
        return self.word("priority")

    @property
    def site(self) -> str:
        return self.word("site")

    @property
    def owner(self) -> str:
        return self.word("owner")

    @property
    def units(self) -> Sequence[str]:
        value = self.data.get("units")
        return [str(one) for one in value] if isinstance(value, Sequence) and not isinstance(value, str) else []


def item_key(key: str, item: Mapping[str, Value]) -> str:
    """The key that pairs an item with its other versions: its `key`, a file's name, a link's target and relation."""
    return "/".join(str(item.get(part) or "") for part in BY_KEY[key].paired_by)


def _put(data: dict[str, Value], leaf: str, value: Value) -> None:
    key, _, part = leaf.partition(".")
    if leaf in LEAVES and LEAVES[leaf].held == "text":
        value = _trimmed(value)
    if part and BY_KEY[key].held == "items":
        if isinstance(value, Mapping):
            value = {name: held for name, held in value.items() if held not in (None, "", [])}
        kept = [one for one in Ticket(data).items(key) if item_key(key, one) != part]
        value = [*kept, value] if value else kept
        value = sorted(value, key=lambda one: natural(item_key(key, one)))
    elif part:
        group = data.get(key)
        value = {**(group if isinstance(group, Mapping) else {}), part: value}
        value = {one.key: value[one.key] for one in BY_KEY[key].parts if value.get(one.key) not in (None, "")} | {
            name: held for name, held in value.items() if name not in {one.key for one in BY_KEY[key].parts}
        }
    if value is None or (isinstance(value, str | list | dict) and not value):
        data.pop(key, None)
    else:
        data[key] = value


def _ordered(data: Mapping[str, Value]) -> dict[str, Value]:
    return {one.key: data[one.key] for one in FIELDS if one.key in data}


def natural(key: str) -> list[tuple[int, int | str]]:
    """The order of item keys: `m2` before `m10`."""
    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", key) if part]
