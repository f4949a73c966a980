"""Pair the tickets of two desks by `uid`, whatever their paths, and merge each pair (format, Merging).

A change by only one side is taken as it is; changes by both are merged. A ticket that one side deleted comes back, a
readable version wins over an unreadable one, and events that one side dropped are restored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.errors import Refused
from fenji.model.merge import merge
from fenji.storage import layout
from fenji.storage.ahead import VersionTask, merge_versions
from fenji.sync.trees import BlobCache, ThreeWay, TicketCopy

if TYPE_CHECKING:
    from fenji.git.fast_import import TreeEntry
    from fenji.model.ticket import Ticket

Copies = list[TicketCopy]


class TicketPair(Struct):
    """The copies of one ticket in base, ours, theirs and the union."""

    uid: str
    base: Copies = field(default_factory=list)
    ours: Copies = field(default_factory=list)
    theirs: Copies = field(default_factory=list)
    merged: Copies = field(default_factory=list)
    left_out: str = ""  # blob id of a version that was not merged because both together are too large

    def copies_on(self, side: str) -> Copies:
        """Return the copies on a side, `ours` or `theirs`."""
        return self.ours if side == "ours" else self.theirs

    @property
    def ticket(self) -> Ticket:
        """The ticket in the union; copies at two paths are merged."""
        return reduce(merge, (copy.ticket for copy in self.merged))


class UnreadableVersion(Struct, frozen=True):
    """A version that cannot be read as a ticket; `uid` is the uid of the ticket at this path in another version."""

    path: str
    side: str
    entry: TreeEntry
    uid: str


class Pairing(Struct):
    """All tickets that differ between the sides, by uid, and the versions that cannot be read."""

    pairs: dict[str, TicketPair]
    unreadable: list[UnreadableVersion]


def pair_tickets(trees: ThreeWay) -> Pairing:
    """Pair the tickets at the paths that differ, and merge each pair."""
    entries = [tree.known_entries.get(path) for path in trees.tickets for tree in (trees.base, *trees.sides)]
    trees.blobs.expect_tickets(len(trees.tickets))
    trees.blobs.fetch(entries)
    trees.blobs.prepare(_find_mergeable(trees), VersionTask.MERGE)
    pairing = Pairing({}, [])
    for path in trees.tickets:
        _add_path(path, trees, pairing)
    for uid, pair in list(pairing.pairs.items()):
        if not pair.ours and not pair.theirs and not _readable(pair.base):
            del pairing.pairs[uid]
    for pair in pairing.pairs.values():
        pair.merged = _choose_side(pair, trees.blobs) or _merge_sides(pair, trees.blobs)
    return pairing


def _find_mergeable(trees: ThreeWay) -> Iterator[tuple[str, tuple[TreeEntry, TreeEntry]]]:
    """Yield the paths of tickets that both sides changed in place, with both versions."""
    for path in trees.tickets:
        base, ours, theirs = (tree.known_entries.get(path) for tree in (trees.base, *trees.sides))
        if base and ours and theirs and len({base.blob, ours.blob, theirs.blob}) == 3:
            yield path, (ours, theirs)


def _add_path(path: str, trees: ThreeWay, pairing: Pairing) -> None:
    blobs, base, owner = trees.blobs, trees.base.entry(path), ""
    if base and (owner := blobs.uid(base, path)):
        _get_pair(pairing, owner).base.append(TicketCopy(path, base, blobs))
    unreadable = []
    for side, tree in (("ours", trees.ours), ("theirs", trees.theirs)):
        entry = tree.entry(path)
        ticket = blobs.ticket(entry, path)
        if entry and ticket:
            owner = owner or ticket.uid
            _get_pair(pairing, ticket.uid).copies_on(side).append(TicketCopy(path, entry, blobs))
        elif entry:
            unreadable.append((side, entry))
    pairing.unreadable += [UnreadableVersion(path, side, entry, owner) for side, entry in unreadable]


def _get_pair(pairing: Pairing, uid: str) -> TicketPair:
    return pairing.pairs.setdefault(uid, TicketPair(uid))


def _readable(copies: Copies) -> Copies:
    """Return the copies that can be read; a copy in the base may have nothing readable but its uid."""
    return [copy for copy in copies if copy.blobs.ticket(copy.entry, copy.path)]


def copy_keys(copies: Iterable[TicketCopy]) -> set[tuple[str, str]]:
    """Return the keys that tell copies apart: the path and blob id of each."""
    return {(copy.path, copy.entry.blob) for copy in copies}


def _choose_side(pair: TicketPair, blobs: BlobCache) -> Copies:
    """Return the copies of the side that can be taken as it is; none if both must be merged."""
    base, ours, theirs = (copy_keys(copies) for copies in (pair.base, pair.ours, pair.theirs))
    if ours == theirs:
        return pair.ours or _readable(pair.base)
    if not ours or not theirs:
        return pair.ours or pair.theirs
    if theirs == base and _keeps_events(pair.base, pair.ours, blobs):
        return pair.ours
    if ours == base and _keeps_events(pair.base, pair.theirs, blobs):
        return pair.theirs
    return []


def _keeps_events(before: Copies, after: Copies, blobs: BlobCache) -> bool:
    """Return whether `after` has every event of `before`: logs only ever grow."""
    if len(before) == len(after) == 1 and blobs.continues(before[0].entry, after[0].entry):
        return True
    digests = {event.digest for copy in after for event in copy.ticket.log}
    return all(event.digest in digests for copy in before for event in copy.ticket.log)


def _merge_sides(pair: TicketPair, blobs: BlobCache) -> Copies:
    if len(pair.ours) == len(pair.theirs) == 1 and (
        merged := blobs.add_merged(pair.ours[0].entry, pair.theirs[0].entry)
    ):
        return [TicketCopy(layout.ticket_path(merged[0]), merged[1], blobs)]
    ours, theirs = (reduce(merge, (copy.ticket for copy in copies)) for copies in (pair.ours, pair.theirs))
    try:
        return [make_copy(merge_versions(ours, theirs, lambda: pair.base[0].ticket if pair.base else None), blobs)]
    except Refused:  # too large for a file: the longer log wins, on every clone alike, and the sync goes on
        shorter, longer = sorted((pair.ours, pair.theirs), key=_log_rank)
        pair.left_out = shorter[0].entry.blob
        return longer


def _log_rank(copies: Copies) -> tuple[int, str]:
    return max(len(copy.ticket.log) for copy in copies), max(copy.entry.blob for copy in copies)


def make_copy(ticket: Ticket, blobs: BlobCache) -> TicketCopy:
    """Return a copy of the ticket at the path where it belongs, and add its contents to `blobs`."""
    return TicketCopy(layout.ticket_path(ticket), blobs.add_ticket(ticket), blobs)
