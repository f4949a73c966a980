"""Two versions of one ticket into one, with no human and no base (format, Merging).

Pure. Holds how fields, items and logs join; which files hold the versions is the business of `store` and `sync`.

Each leaf of the header carries the stamp of the latest event that touched it; the side with the greater stamp wins.
Where the stamps are equal and the values are not, somebody changed the file without an event: a value that is not the
one the event states wins, then the one whose canonical text is greater. So each field is a maximum over one total
order, which makes the merge of fields commutative, associative and idempotent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from fenji import flow
from fenji.ticket import BY_KEY, FIELDS, Event, Ticket, Value, from_mapping, item_key, short
from fenji.ticket.values import natural

# Not merged by their own stamp: identity, what is read off the log, and the frozen verdict.
_APART = frozenset({"id", "uid", "formerly", "state", "sla"})
# The events that freeze, change or lift the verdict under `sla`.
_VERDICT_EVENTS = frozenset({"confirm", "excuse", "reopen"})
DEEPEST_KEPT = 6  # levels: the value stands two levels deeper in the log than it stood in the header
Order = tuple[int, float, str]
_NEVER: Order = (0, 0.0, "")


def merge(ours: Ticket | Mapping[str, object], theirs: Ticket | Mapping[str, object]) -> Ticket:
    """One ticket holding all that both versions know; commutative and idempotent, its fields associative.

    A version may also be a plain mapping, as YAML loaders make it of a file; raises Damaged for a faulty one.
    A value that loses to one whose writer had not seen it, and that stands in no event's `set`, is kept as a
    `superseded` event. Raises ValueError for tickets of different `uid`.
    """
    ours, theirs = (one if isinstance(one, Ticket) else from_mapping(one) for one in (ours, theirs))
    if ours.uid != theirs.uid:
        raise ValueError(f"{ours.id} and {theirs.id} are different tickets")
    first, second = _Side(ours), _Side(theirs)
    header = _joined(first, second, dict(leaves(ours)), dict(leaves(theirs)))
    extra = _joined(first, second, ours.extra, theirs.extra)
    merged = Ticket(
        _assembled({**header.values, **_apart(first, second)}),
        ours.with_events((*theirs.log, *header.superseded, *extra.superseded)).log,
        {key: extra.values[key] for key in sorted(extra.values)},
    )
    return _in_its_state(merged, ours, theirs)


def renumber(ticket: Ticket) -> Ticket:
    """The ticket under the number it takes when another one keeps its own: `-` and the last two letters of its uid.

    The number it had stands in `formerly`. A ticket renumbered already takes the next two letters to the left.
    """
    number = ticket.word("formerly") or ticket.id
    pairs = _suffixes(ticket)
    suffix = pairs[min(_renumbered(ticket), len(pairs) - 1)]
    return ticket.put({"id": f"{number}-{suffix}", "formerly": number})


@dataclass(frozen=True)
class _Side:
    """One version, and the latest event that names each leaf."""

    ticket: Ticket

    @cached_property
    def digests(self) -> frozenset[str]:
        return frozenset(event.digest for event in self.ticket.log)

    @cached_property
    def latest(self) -> dict[str, Event]:
        found: dict[str, Event] = {}
        for event in sorted(self.ticket.log, key=lambda one: one.order):
            if event.do != "superseded":
                found |= dict.fromkeys((*event.set, *event.rewrote), event)
        return found

    @cached_property
    def verdict(self) -> Event | None:
        found = [event for event in self.ticket.log if event.do in _VERDICT_EVENTS]
        return max(found, key=lambda one: one.order, default=None)

    def stamp(self, leaf: str) -> Event | None:
        """The latest event that touches `leaf`, by its own name or by the name of the whole field."""
        named = [self.latest[name] for name in {leaf, leaf.partition(".")[0]} if name in self.latest]
        return max(named, key=lambda one: one.order, default=None)


@dataclass(frozen=True)
class _Claim:
    """What one side holds for a leaf, and the event that says so."""

    side: _Side
    leaf: str
    value: Value

    @cached_property
    def stamp(self) -> Event | None:
        return self.side.stamp(self.leaf)

    @property
    def stated(self) -> bool:
        """Whether the event's `set` states this very value."""
        return self.stamp is not None and self.leaf in self.stamp.set and same(self.value, self.stamp.set[self.leaf])

    @property
    def rank(self) -> tuple[Order, bool, str]:
        by_hand = self.stamp is not None and self.leaf in self.stamp.set and not self.stated
        order = self.stamp.order if self.stamp else _NEVER
        return order, by_hand, "" if self.value is None else _canonical(self.value)


@dataclass
class _Join:
    """The values that leaves take, absent ones left out, and the events that keep what they replaced."""

    values: dict[str, Value]
    superseded: list[Event]


def _joined(first: _Side, second: _Side, ours: Mapping[str, Value], theirs: Mapping[str, Value]) -> _Join:
    join = _Join({}, [])
    for leaf in {**ours, **theirs}:
        value = ours.get(leaf)
        if not short(leaf) or not same(value, theirs.get(leaf)):
            claims = _Claim(first, leaf, value), _Claim(second, leaf, theirs.get(leaf))
            loser, winner = sorted(claims, key=lambda one: one.rank)
            value = winner.value
            join.superseded += _kept(loser, winner)
        if value is not None:
            join.values[leaf] = value
    return join


def _kept(loser: _Claim, winner: _Claim) -> list[Event]:
    """The event that keeps the losing value, unless it is empty, stands in the log, or was seen by the winner.

    The same text typed twice is kept too: whether it is still the same once a third version has come in must not
    depend on the order in which they came.
    """
    source, winning = loser.stamp, winner.stamp
    if loser.value is None or loser.stated or (source == winning and same(loser.value, winner.value)):
        return []
    if source != winning and (source is None or source.digest in winner.side.digests):
        return []
    log = (*loser.side.ticket.log, *winner.side.ticket.log)
    of = source or min(log, key=lambda one: one.order, default=None)
    return [superseded(loser.leaf, loser.value, of)] if of else []


def superseded(leaf: str, value: Value, of: Event) -> Event:
    """The event that keeps the `value` which `of` gave to `leaf` (format, Merging); items as mappings of text."""
    more = {"field": leaf, "value": told(value), "of": of.digest[:16]}
    return Event(of.n, of.at, of.by, "superseded", more)


def keeping(ticket: Ticket, leaf: str) -> list[Event]:
    """The event that keeps what a leaf holds now, for one who overwrites it; none for what is empty or in the log."""
    claim = _Claim(_Side(ticket), leaf, ticket.get(leaf))
    of = claim.stamp or min(ticket.log, key=lambda one: one.order, default=None)
    return [] if claim.value is None or claim.stated or of is None else [superseded(leaf, claim.value, of)]


def told(value: Value, depth: int = 0) -> Value:
    """A value as the reader gives it back from a `superseded` event: all scalars as text, deep strangers as JSON."""
    if isinstance(value, Mapping | list | tuple) and depth == DEEPEST_KEPT:
        return _canonical(value)
    if isinstance(value, Mapping):
        return {str(key): told(held, depth + 1) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [told(held, depth + 1) for held in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    text = None if value is None else str(value)
    return text.rstrip("\n") if text and not depth else text


def same(one: Value, other: Value) -> bool:
    """Whether two values are written alike; 1.5 and 1.50 are not."""
    if one is other or (isinstance(one, str) and isinstance(other, str)):
        return one == other
    return _canonical(one) == _canonical(other)


def _canonical(value: Value) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


# --- what is not merged by its own stamp --------------------------------------------------------------------------


def _apart(first: _Side, second: _Side) -> dict[str, Value]:
    """Identity from the version renumbered furthest; the verdict from the side with the latest word on it.

    The verdict stands as it was frozen even where the merged log no longer counts its confirmation: readers take it
    only in the states confirmed and archived.
    """
    identity = max((first, second), key=_identity_rank).ticket
    verdict = max((first, second), key=_verdict_rank).ticket
    found = {key: identity.get(key) for key in ("id", "uid", "formerly")} | {"sla": verdict.get("sla")}
    return {key: value for key, value in found.items() if value is not None}


def _identity_rank(side: _Side) -> tuple[int, str, str]:
    return _renumbered(side.ticket), side.ticket.id, side.ticket.word("formerly")


def _verdict_rank(side: _Side) -> tuple[Order, str]:
    sla = side.ticket.get("sla")
    return side.verdict.order if side.verdict else _NEVER, "" if sla is None else _canonical(sla)


def _renumbered(ticket: Ticket) -> int:
    """How often the ticket gave up its number: 0 for one that has the number it was born with."""
    if not ticket.word("formerly"):
        return 0
    suffix = ticket.id.rpartition("-")[2]
    pairs = _suffixes(ticket)
    return pairs.index(suffix) + 1 if suffix in pairs else 1


def _suffixes(ticket: Ticket) -> list[str]:
    uid = ticket.uid
    return [uid[start : start + 2] for start in range(len(uid) - 2, -1, -2)]


def _in_its_state(merged: Ticket, ours: Ticket, theirs: Ticket) -> Ticket:
    state = flow.standing(merged).state or max(ours.state, theirs.state)
    return merged.put({"state": state})


# --- a header opened into leaves, and closed again ----------------------------------------------------------------


def leaves(ticket: Ticket) -> Iterator[tuple[str, Value]]:
    """The header opened: leaves by name (`product.part`, also parts unknown to this version) and items (`plan.m1`)."""
    for key, value in ticket.data.items():
        if key in _APART:
            continue
        if BY_KEY[key].held == "group" and isinstance(value, Mapping):
            yield from ((f"{key}.{part}", held) for part, held in value.items())
        elif BY_KEY[key].held == "items":
            yield from ((f"{key}.{item_key(key, item)}", item) for item in ticket.items(key))
        else:
            yield key, value


def _assembled(leaves: Mapping[str, Value]) -> dict[str, Value]:
    gathered: dict[str, dict[str, Value]] = {}
    for leaf, value in leaves.items():
        key, _, part = leaf.partition(".")
        gathered.setdefault(key, {})[part] = value
    return {one.key: _closed(one.key, gathered[one.key]) for one in FIELDS if one.key in gathered}


def _closed(key: str, parts: Mapping[str, Value]) -> Value:
    one = BY_KEY[key]
    if one.held == "items":
        return [parts[name] for name in sorted(parts, key=natural)]
    if one.held == "group":
        known = [part.key for part in one.parts if part.key in parts]
        return {part: parts[part] for part in (*known, *sorted(parts.keys() - set(known)))}
    return parts[""]
