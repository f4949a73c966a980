"""Renumber tickets that took the same number offline: the smaller `uid` keeps it, the other takes a longer one.

Which ticket gets which number does not depend on the order in which clones sync: each ticket tries its numbers in a
fixed order, and each number goes to the smallest `uid`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from fenji.errors import Damaged
from fenji.model.merge import renumber
from fenji.storage import layout
from fenji.sync.pairing import Pairing, TicketPair, make_copy
from fenji.sync.trees import ThreeWay, TicketCopy

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket


def assign_numbers(pairing: Pairing, trees: ThreeWay) -> dict[str, str]:
    """Give every ticket of the union a number of its own; return the former numbers of those renumbered, by uid.

    Raises Damaged if a ticket has no number left to take.
    """
    _assign_paths(pairing, trees)
    by_number: dict[str, dict[str, TicketPair]] = {}
    for pair in pairing.pairs.values():
        for copy in pair.merged:
            by_number.setdefault(copy.ticket.id, {})[pair.uid] = pair
    trees.ours.load_folders(_ticket_folders(by_number))
    queue, former_numbers = deque(sorted(by_number)), dict[str, str]()
    while queue:
        number = queue.popleft()
        claimants = by_number[number]
        claimants |= _unchanged_pairs(number, pairing, trees)
        for uid in sorted(claimants)[1:]:
            pair = claimants.pop(uid)
            ticket = _renumber(pair.ticket)
            former_numbers.setdefault(uid, number)
            pair.merged = [make_copy(ticket, trees.blobs)]
            by_number.setdefault(ticket.id, {})[uid] = pair
            queue.append(ticket.id)
    return former_numbers


def _renumber(ticket: Ticket) -> Ticket:
    renumbered = renumber(ticket)
    if renumbered.id == ticket.id:
        raise Damaged(
            "{id} has no number left to give way to: more tickets than can be took the same one.",
            hint="Give one of them another number by hand; fenji check names them.",
            id=ticket.id,
        )
    return renumbered


def _assign_paths(pairing: Pairing, trees: ThreeWay) -> None:
    """Move tickets that share a path but do not belong there to the paths of their own numbers."""
    pairs_by_path: dict[str, list[TicketPair]] = {}
    for pair in pairing.pairs.values():
        for copy in pair.merged:
            pairs_by_path.setdefault(copy.path, []).append(pair)
    for path, pairs in pairs_by_path.items():
        for pair in pairs if len(pairs) > 1 else ():
            if path not in layout.ticket_paths(pair.ticket.id):
                pair.merged = [make_copy(pair.ticket, trees.blobs)]


def _ticket_folders(numbers: Iterable[str]) -> Iterator[str]:
    yield from dict.fromkeys(path.rpartition("/")[0] for number in numbers for path in layout.ticket_paths(number))


def _unchanged_pairs(number: str, pairing: Pairing, trees: ThreeWay) -> dict[str, TicketPair]:
    """Add the tickets of this number that neither side changed to the pairing, and return them by uid."""
    unchanged = {}
    for path in layout.ticket_paths(number):
        entry = None if path in trees.ours.known_entries else trees.ours.entry(path)
        ticket = trees.blobs.ticket(entry, path)
        if entry and ticket and ticket.id == number and ticket.uid not in pairing.pairs:
            copy = TicketCopy(path, entry, trees.blobs)
            unchanged[ticket.uid] = TicketPair(ticket.uid, [copy], [copy], [copy], [copy])
    pairing.pairs |= unchanged
    return unchanged
