"""Two tickets that took the same number offline: the smaller `uid` keeps it, the other takes a longer one.

Which ticket ends with which number does not depend on the order in which they meet: each asks for its numbers in a
fixed order, and each number prefers the smaller `uid`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from fenji.errors import Damaged
from fenji.merge import renumber
from fenji.store import layout
from fenji.sync.pairing import Pair, Pairing, made
from fenji.sync.sides import Copy, Three

if TYPE_CHECKING:
    from fenji.ticket import Ticket


def settle(pairing: Pairing, three: Three) -> dict[str, str]:
    """Give every ticket of the union a number of its own; answers the former number of those renumbered, by uid."""
    _settle_paths(pairing, three)
    by_number: dict[str, dict[str, Pair]] = {}
    for pair in pairing.pairs.values():
        for one in pair.union:
            by_number.setdefault(one.ticket.id, {})[pair.uid] = pair
    three.ours.look_into(_folders(by_number))
    waiting, former = deque(sorted(by_number)), dict[str, str]()
    while waiting:
        number = waiting.popleft()
        here = by_number[number]
        here |= _undisturbed(number, pairing, three)
        for uid in sorted(here)[1:]:
            pair = here.pop(uid)
            ticket = _renumbered(pair.ticket)
            former.setdefault(uid, number)
            pair.union = [made(ticket, three.contents)]
            by_number.setdefault(ticket.id, {})[uid] = pair
            waiting.append(ticket.id)
    return former


def _renumbered(ticket: Ticket) -> Ticket:
    found = renumber(ticket)
    if found.id == ticket.id:
        raise Damaged(
            "{id} has no number left to give way to: more tickets than can be took the same one.",
            hint="Give one of them another number by hand; fenji check names them.",
            id=ticket.id,
        )
    return found


def _settle_paths(pairing: Pairing, three: Three) -> None:
    """Where two tickets lie at one path, the one that does not belong there goes to its own place."""
    at: dict[str, list[Pair]] = {}
    for pair in pairing.pairs.values():
        for one in pair.union:
            at.setdefault(one.path, []).append(pair)
    for path, pairs in at.items():
        for pair in pairs if len(pairs) > 1 else ():
            if path not in layout.places(pair.ticket.id):
                pair.union = [made(pair.ticket, three.contents)]


def _folders(numbers: Iterable[str]) -> Iterator[str]:
    yield from dict.fromkeys(path.rpartition("/")[0] for one in numbers for path in layout.places(one))


def _undisturbed(number: str, pairing: Pairing, three: Three) -> dict[str, Pair]:
    """Tickets of this number that neither side changed."""
    found = {}
    for path in layout.places(number):
        held = None if path in three.ours.known else three.ours.entry(path)
        ticket = three.contents.ticket(held, path)
        if held and ticket and ticket.id == number and ticket.uid not in pairing.pairs:
            copy = Copy(path, held, three.contents)
            found[ticket.uid] = Pair(ticket.uid, [copy], [copy], [copy], [copy])
    pairing.pairs |= found
    return found
