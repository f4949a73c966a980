"""Which tickets the union of two desks holds, and where: paired by `uid`, wherever their files lie (format, Merging).

What one side alone changed is taken as it stands; what both changed is merged. A ticket that one side deleted comes
back, a version that cannot be read yields to one that can, and events that one side dropped are taken up again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

from fenji.errors import Refused
from fenji.merge import merge
from fenji.store import layout
from fenji.sync import chains
from fenji.sync.sides import Contents, Copy, Three

if TYPE_CHECKING:
    from fenji.repo.stream import Held
    from fenji.ticket import Ticket

Copies = list[Copy]


@dataclass
class Pair:
    """One ticket on three sides, and the copies of it that the union holds."""

    uid: str
    base: Copies = field(default_factory=list)
    ours: Copies = field(default_factory=list)
    theirs: Copies = field(default_factory=list)
    union: Copies = field(default_factory=list)
    left_out: str = ""  # git's name of a version that could not be merged, since both together are too large

    def of(self, side: str) -> Copies:
        """The copies on `ours` or `theirs`."""
        return self.ours if side == "ours" else self.theirs

    @property
    def ticket(self) -> Ticket:
        """The ticket as the union holds it; where it lies in two places, what both know."""
        return reduce(merge, (one.ticket for one in self.union))


@dataclass(frozen=True)
class Broken:
    """A version that cannot be read as a ticket, and whose it was: the `uid` that lies there on another side."""

    path: str
    side: str
    held: Held
    uid: str


@dataclass
class Pairing:
    """All tickets that differ between the sides, by uid, and the versions that cannot be read."""

    pairs: dict[str, Pair]
    broken: list[Broken]


def paired(three: Three) -> Pairing:
    """The tickets of the paths that differ, with the union of each."""
    entries = [side.known.get(path) for path in three.tickets for side in (three.base, *three.sides)]
    three.contents.fetch(entries)
    pairing = Pairing({}, [])
    for path in three.tickets:
        _enter(path, three, pairing)
    for pair in pairing.pairs.values():
        pair.union = _chosen(pair, three.contents) or _merged(pair, three.contents)
    return pairing


def _enter(path: str, three: Three, pairing: Pairing) -> None:
    contents, base, owner = three.contents, three.base.entry(path), ""
    if base and (owner := contents.uid(base, path)):
        _pair(pairing, owner).base.append(Copy(path, base, contents))
    unread = []
    for name, side in (("ours", three.ours), ("theirs", three.theirs)):
        held = side.entry(path)
        ticket = contents.ticket(held, path)
        if held and ticket:
            owner = owner or ticket.uid
            _pair(pairing, ticket.uid).of(name).append(Copy(path, held, contents))
        elif held:
            unread.append((name, held))
    pairing.broken += [Broken(path, name, held, owner) for name, held in unread]


def _pair(pairing: Pairing, uid: str) -> Pair:
    return pairing.pairs.setdefault(uid, Pair(uid))


def _keys(copies: Iterable[Copy]) -> set[tuple[str, str]]:
    return {(one.path, one.held.blob) for one in copies}


def _chosen(pair: Pair, contents: Contents) -> Copies:
    """The copies of one side that stand for both; none where they have to be merged."""
    base, ours, theirs = (_keys(one) for one in (pair.base, pair.ours, pair.theirs))
    if ours == theirs:
        return pair.ours or pair.base
    if not ours or not theirs:
        return pair.ours or pair.theirs
    if theirs == base and _keeps(pair.base, pair.ours, contents):
        return pair.ours
    if ours == base and _keeps(pair.base, pair.theirs, contents):
        return pair.theirs
    return []


def _keeps(before: Copies, after: Copies, contents: Contents) -> bool:
    """Whether every event of one version stands in the other, which is only ever added to."""
    if len(before) == len(after) == 1 and contents.goes_on(before[0].held, after[0].held):
        return True
    kept = {event.digest for one in after for event in one.ticket.log}
    return all(event.digest in kept for one in before for event in one.ticket.log)


def _merged(pair: Pair, contents: Contents) -> Copies:
    ours, theirs = (reduce(merge, (one.ticket for one in side)) for side in (pair.ours, pair.theirs))
    try:
        return [made(joined(ours, theirs, lambda: pair.base[0].ticket if pair.base else None), contents)]
    except Refused:  # more than a file may hold: the longer log stands, on every clone the same; the rest goes on
        lesser, greater = sorted((pair.ours, pair.theirs), key=_rank)
        pair.left_out = lesser[0].held.blob
        return greater


def _rank(copies: Copies) -> tuple[int, str]:
    return max(len(one.ticket.log) for one in copies), max(one.held.blob for one in copies)


def joined(ours: Ticket, theirs: Ticket, base: Callable[[], Ticket | None]) -> Ticket:
    """Two versions of one ticket as one; attachments of one name and different content take different names."""
    return merge(*chains.united(ours, theirs, base))


def made(ticket: Ticket, contents: Contents) -> Copy:
    """A ticket as it is written to its own place."""
    return Copy(layout.place(ticket), contents.add(ticket), contents)
