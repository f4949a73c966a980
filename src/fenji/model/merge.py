"""Merge two versions of one ticket, without a human and without a base version (format, Merging).

Pure: merges fields, items and logs; `fenji.storage` and `fenji.sync` know which files hold the versions.

Each field of the header carries the stamp of the latest event that touched it; the side with the greater stamp wins.
If the stamps are equal and the values are not, somebody changed the file without an event: a value other than the one
that the event states wins, then the one whose canonical text is greater. So each field is a maximum over one total
order, which makes the merge of fields commutative, associative and idempotent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property

from msgspec import Struct

from fenji.model import workflow
from fenji.model.ticket import (
    FIELD_BY_KEY,
    FIELDS,
    Event,
    LooseValue,
    Ticket,
    Value,
    from_mapping,
    is_short,
    item_key,
    parse_items_key,
)
from fenji.model.ticket.ticket import natural_sort_key

# Not merged by their own stamp: identity, what is derived from the log, and the frozen verdict.
_MERGED_SEPARATELY = frozenset({"id", "uid", "formerly", "state", "origin", "sla"})
# The events that freeze, change or lift the verdict under `sla`.
_VERDICT_EVENTS = frozenset({"confirm", "reopen"})
MAX_KEPT_DEPTH = 6  # levels; the log holds the value two levels deeper than the header does
SortKey = tuple[int, float, str]
_BEFORE_ALL: SortKey = (0, 0.0, "")


def merge(ours: Ticket | Mapping[str, LooseValue], theirs: Ticket | Mapping[str, LooseValue]) -> Ticket:
    """Merge two versions of a ticket; commutative and idempotent, and associative in the fields.

    A version may also be a plain mapping, as YAML loaders return it. A value that loses to one whose writer had
    not seen it, and that is in no event's `set`, is kept as a `superseded` event. Raises Damaged for a faulty mapping,
    ValueError for tickets with different `uid`.
    """
    ours, theirs = (version if isinstance(version, Ticket) else from_mapping(version) for version in (ours, theirs))
    if ours.uid != theirs.uid:
        raise ValueError(f"{ours.id} and {theirs.id} are different tickets")
    first, second = _MergeSide(ours), _MergeSide(theirs)
    apart = original_number(ours.id) != original_number(theirs.id)
    # Two sites gave the ticket different numbers: its site is the one of its number.
    sides = [
        {path: value for path, value in flatten(side) if not (apart and path == "site")} for side in (ours, theirs)
    ]
    header = _merge_paths(first, second, *sides)
    extra = _merge_paths(first, second, ours.extra, theirs.extra)
    merged = Ticket(
        _unflatten({**header.values, **_merge_separately(first, second)}),
        ours.with_events((*theirs.log, *header.superseded, *extra.superseded)).log,
        {key: extra.values[key] for key in sorted(extra.values)},
    )
    return _with_replayed_state(merged, ours, theirs)


def renumber(ticket: Ticket) -> Ticket:
    """Return the ticket renumbered, since another keeps its number: that number, `-` and two letters of its own uid.

    They are the last two, or, if it was renumbered before, the next two to the left. `formerly` holds the old number.
    """
    number = original_number(ticket.id)
    pairs = _id_suffixes(ticket.uid)
    suffix = pairs[min(_renumber_count(ticket), len(pairs) - 1)]
    return ticket.with_fields({"id": f"{number}-{suffix}", "formerly": number})


def original_number(number: str) -> str:
    """Return the number a ticket was created with: its number without the suffix of a renumbered ticket.

    `formerly` says the same, but anybody may have typed something else there.
    """
    return "-".join(number.split("-")[:3])


def possible_numbers(uid: str, born: str) -> tuple[str, ...]:
    """Return all numbers that a ticket may ever have: its original one, and those it takes if renumbered."""
    return (born, *(f"{born}-{suffix}" for suffix in _id_suffixes(uid)))


class _MergeSide(Struct, frozen=True, dict=True):
    """One version to merge, with the latest event that names each field."""

    ticket: Ticket

    @cached_property
    def digests(self) -> frozenset[str]:
        return frozenset(event.digest for event in self.ticket.log)

    @cached_property
    def latest_events(self) -> dict[str, Event]:
        latest: dict[str, Event] = {}
        for event in sorted(self.ticket.log, key=lambda entry: entry.sort_key):
            if event.do != "superseded":
                latest |= dict.fromkeys((*event.set, *event.rewrote), event)
        return latest

    @cached_property
    def verdict_key(self) -> tuple[float, int, str]:
        """The instant, `n` and digest of the latest event that freezes or lifts the verdict."""
        keys = (event.sort_key for event in self.ticket.log if event.do in _VERDICT_EVENTS)
        return max(((at, n, digest) for n, at, digest in keys), default=(0.0, 0, ""))

    def latest_event(self, field_path: str) -> Event | None:
        """Return the latest event that touches `field_path`, by its own name or by the name of the whole field."""
        candidates = [
            self.latest_events[name]
            for name in {field_path, field_path.partition(".")[0]}
            if name in self.latest_events
        ]
        return max(candidates, key=lambda event: event.sort_key, default=None)


class _Candidate(Struct, frozen=True, dict=True):
    """The value of one side for a field, and the latest event that touched it."""

    side: _MergeSide
    field_path: str
    value: Value

    @cached_property
    def event(self) -> Event | None:
        return self.side.latest_event(self.field_path)

    @property
    def stated(self) -> bool:
        """Whether the event's `set` states this very value."""
        return (
            self.event is not None
            and self.field_path in self.event.set
            and equal_values(self.value, self.event.set[self.field_path])
        )

    @property
    def rank(self) -> tuple[SortKey, bool, str]:
        by_hand = self.event is not None and self.field_path in self.event.set and not self.stated
        order = self.event.sort_key if self.event else _BEFORE_ALL
        return order, by_hand, "" if self.value is None else _canonical_json(self.value)


class _MergedFields(Struct):
    """The merged values of fields, absent ones left out, and the events that keep the values that lost."""

    values: dict[str, Value]
    superseded: list[Event]


def _merge_paths(
    first: _MergeSide, second: _MergeSide, ours: Mapping[str, Value], theirs: Mapping[str, Value]
) -> _MergedFields:
    merged = _MergedFields({}, [])
    for field_path in {**ours, **theirs}:
        value, other = ours.get(field_path), theirs.get(field_path)
        is_alike = is_short(field_path) or first.latest_event(field_path) is second.latest_event(field_path)
        if not (is_alike and equal_values(value, other)):
            candidates = _Candidate(first, field_path, value), _Candidate(second, field_path, other)
            loser, winner = sorted(candidates, key=lambda candidate: candidate.rank)
            value = winner.value
            merged.superseded += _preserve_loser(loser, winner)
        if value is not None:
            merged.values[field_path] = value
    return merged


def _preserve_loser(loser: _Candidate, winner: _Candidate) -> list[Event]:
    """Return the event that keeps the losing value, unless it is empty, in the log, or was seen by the winner.

    The same text typed twice is kept too: otherwise the result of merging a third version would depend on the order of
    the merges.
    """
    losing_event, winning_event = loser.event, winner.event
    is_alike = losing_event == winning_event and equal_values(loser.value, winner.value)
    if loser.value is None or loser.stated or is_alike:
        return []
    if losing_event != winning_event and (losing_event is None or losing_event.digest in winner.side.digests):
        return []
    log = (*loser.side.ticket.log, *winner.side.ticket.log)
    origin = losing_event or min(log, key=lambda event: event.sort_key, default=None)
    return [superseded_event(loser.field_path, loser.value, origin)] if origin else []


def superseded_event(field_path: str, value: Value, origin: Event) -> Event:
    """Make the event that keeps the `value` that `origin` gave to a field (format, Merging); items as text mappings."""
    more = {"field": field_path, "value": to_logged_value(value), "of": origin.digest[:16]}
    return Event(origin.n, origin.at, origin.by, "superseded", more)


def preserve_current(ticket: Ticket, field_path: str) -> list[Event]:
    """Return the event that keeps a field's present value before it is overwritten; none if empty or in the log."""
    candidate = _Candidate(_MergeSide(ticket), field_path, ticket.look_up(field_path))
    origin = candidate.event or min(ticket.log, key=lambda event: event.sort_key, default=None)
    return (
        []
        if candidate.value is None or candidate.stated or origin is None
        else [superseded_event(field_path, candidate.value, origin)]
    )


def to_logged_value(value: Value, depth: int = 0) -> Value:
    """Convert a value to the form that a `superseded` event reads back: scalars as text, too deep nesting as JSON."""
    if isinstance(value, Mapping | list | tuple) and depth == MAX_KEPT_DEPTH:
        return _canonical_json(value)
    if isinstance(value, Mapping):
        return {str(key): to_logged_value(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_logged_value(item, depth + 1) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    text = None if value is None else str(value)
    return text.rstrip("\n") if text and not depth else text


def equal_values(value: Value, other: Value) -> bool:
    """Whether two values are written the same way; 1.5 and 1.50 are not."""
    if value is other or (isinstance(value, str) and isinstance(other, str)):
        return value == other
    if isinstance(value, dict) and isinstance(other, dict):
        return value.keys() == other.keys() and all(equal_values(part, other[key]) for key, part in value.items())
    return _canonical_json(value) == _canonical_json(other)


def _canonical_json(value: Value) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


# --- values not merged by their own stamp -------------------------------------------------------------------------


def _merge_separately(first: _MergeSide, second: _MergeSide) -> dict[str, Value]:
    """Take the identity from the version renumbered most often, the verdict from the side that confirmed last.

    The verdict stays frozen even where the merged log no longer counts its confirmation: readers use it only in the
    states confirmed and archived.
    """
    origin = min((first, second), key=_origin_rank).ticket.get("origin")
    is_equal = equal_values(first.ticket.get("sla"), second.ticket.get("sla"))
    verdict = first.ticket if is_equal else max((first, second), key=_verdict_rank).ticket
    merged = _merge_identity(first.ticket, second.ticket) | {"origin": origin, "sla": verdict.get("sla")}
    return {key: value for key, value in merged.items() if value is not None}


def _merge_identity(ours: Ticket, theirs: Ticket) -> dict[str, Value]:
    """Take the most renumbered number; of two sites' numbers the smaller with its site, the other as `formerly`."""
    numbers = sorted({original_number(ours.id), original_number(theirs.id)}, key=_number_rank)
    candidates = [ticket for ticket in (ours, theirs) if original_number(ticket.id) == numbers[0]]
    identity = max(candidates, key=_identity_rank)
    formerly: Value = identity.get("formerly")
    if identity.id == numbers[0]:
        others = {*numbers[1:], ours.word("formerly"), theirs.word("formerly")} - {"", identity.id}
        formerly = max(others, key=_number_rank, default=None)
    site = {"site": identity.get("site")} if len(numbers) > 1 else {}
    return {"id": identity.id, "uid": identity.uid, "formerly": formerly, **site}


def _number_rank(number: str) -> tuple[list[tuple[int, int, str]], str]:
    return natural_sort_key(number), number


def _identity_rank(ticket: Ticket) -> tuple[int, str, str]:
    return _renumber_count(ticket), ticket.id, ticket.word("formerly")


def _origin_rank(side: _MergeSide) -> tuple[bool, float, str]:
    """Rank the origin of an imported ticket: the earlier one wins, and any origin wins over none."""
    origin = side.ticket.get("origin")
    at = origin.get("at") if isinstance(origin, Mapping) else None
    seconds = at.timestamp() if isinstance(at, datetime) else 0.0
    return origin is None, seconds, "" if origin is None else _canonical_json(origin)


def _verdict_rank(side: _MergeSide) -> tuple[tuple[float, int, str], int, str]:
    """Rank a frozen verdict: the one frozen last wins, then the one with more excuses."""
    sla = side.ticket.get("sla")
    verdicts = sla.values() if isinstance(sla, Mapping) else ()
    excuses = sum(isinstance(verdict, Mapping) and bool(verdict.get("excused")) for verdict in verdicts)
    return side.verdict_key, excuses, "" if sla is None else _canonical_json(sla)


def _renumber_count(ticket: Ticket) -> int:
    """Return how often the ticket was renumbered: 0 if it still has its first number."""
    if ticket.id == original_number(ticket.id):
        return 0
    suffix, pairs = ticket.id.rpartition("-")[2], _id_suffixes(ticket.uid)
    return pairs.index(suffix) + 1 if suffix in pairs else 1


def _id_suffixes(uid: str) -> list[str]:
    return [uid[start : start + 2] for start in range(len(uid) - 2, -1, -2)]


def _with_replayed_state(merged: Ticket, ours: Ticket, theirs: Ticket) -> Ticket:
    """Set the state that the log gives; where it gives none here, that of the side with the greater latest event."""
    state = "" if workflow.find_unknown_step(merged.log) else workflow.current_state(merged).state
    return merged.with_fields({"state": state or max(map(_latest_state, (ours, theirs)))[1]})


def _latest_state(side: Ticket) -> tuple[SortKey, str]:
    return max((event.sort_key for event in side.log if event.do != "superseded"), default=_BEFORE_ALL), side.state


# --- header to fields, and fields to header ----------------------------------------------------------------------


def flatten(ticket: Ticket) -> Iterator[tuple[str, Value]]:
    """Yield the header as fields by name (`product.part`, also parts unknown to this version) and items (`plan.m1`)."""
    for key, value in ticket.data.items():
        if key in _MERGED_SEPARATELY:
            continue
        kind = FIELD_BY_KEY[key].type
        if kind == "group" and isinstance(value, (dict, Mapping)):
            for part, part_value in value.items():
                yield f"{key}.{part}", part_value
        elif kind == "items":
            for item in ticket.items(parse_items_key(key)):
                yield f"{key}.{item_key(key, item)}", item
        else:
            yield key, value


def _unflatten(field_paths: Mapping[str, Value]) -> dict[str, Value]:
    grouped: dict[str, dict[str, Value]] = {}
    for field_path, value in field_paths.items():
        key, _, part = field_path.partition(".")
        grouped.setdefault(key, {})[part] = value
    return {field.key: _assemble_field(field.key, grouped[field.key]) for field in FIELDS if field.key in grouped}


def _assemble_field(key: str, parts: Mapping[str, Value]) -> Value:
    field = FIELD_BY_KEY[key]
    if field.type == "items":
        return [parts[name] for name in sorted(parts, key=natural_sort_key)]
    if field.type == "group":
        known = [part.key for part in field.parts if part.key in parts]
        return {part: parts[part] for part in (*known, *sorted(parts.keys() - set(known)))}
    return parts[""]
