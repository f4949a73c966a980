"""Where attachments lie in the union of two desks: beside their ticket, also when its number changed.

What one side alone changed is taken; one that was deleted comes back; of two different files of one name both are kept
(`chains`). Other files below `tickets/` are joined alike, except that a deletion of theirs stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from fenji.store import layout
from fenji.sync import chains
from fenji.sync.sides import PLAIN, Side, Three, is_enclosed

if TYPE_CHECKING:
    from fenji.repo.stream import Held
    from fenji.sync.pairing import Pairing

_NAMES = ("ours", "theirs")


@dataclass
class Slot:
    """What each side has for one place in the union, and whether it is what the base had."""

    held: dict[str, Held] = field(default_factory=dict)
    old: dict[str, bool] = field(default_factory=dict)


def placed(three: Three, pairing: Pairing, former: Mapping[str, str]) -> dict[str, Held | None]:
    """What the union holds at each path below `tickets/files/` that differs or that a new number moves."""
    moves = {name: _moves(name, pairing) for name in _NAMES} if former or _any_moved(pairing) else {}
    slots: dict[str, Slot] = {}
    found: dict[str, Held | None] = {}
    for name, side in zip(_NAMES, three.sides, strict=True):
        for path in _paths(three, moves.get(name, {}), side):
            held = side.entry(path)
            found.setdefault(path, None)
            if held and held.mode in PLAIN:
                slot = slots.setdefault(_moved(path, moves.get(name, {})), Slot())
                slot.held[name], slot.old[name] = held, held == three.base.entry(path)
    for path, slot in slots.items():
        _complete(path, slot, three, moves)
        found[path] = _one(slot)
    for folder in sorted({path.rpartition("/")[0] for path, slot in slots.items() if found[path] is None}):
        found |= _settled(folder, slots, three, moves)
    return found


def _any_moved(pairing: Pairing) -> bool:
    return any(
        one.ticket.id != pair.union[0].ticket.id
        for pair in pairing.pairs.values()
        for side in _NAMES
        for one in pair.of(side)
    )


def _moves(name: str, pairing: Pairing) -> dict[str, str]:
    """Folders of attachments on a side that have another name in the union."""
    found = {}
    for pair in pairing.pairs.values():
        for one in pair.of(name):
            if one.ticket.id != pair.union[0].ticket.id:
                found[layout.files_folder(one.ticket.id)] = layout.files_folder(pair.union[0].ticket.id)
    return found


def _moved(path: str, moves: Mapping[str, str]) -> str:
    folder = "/".join(path.split("/")[:3])
    return moves.get(folder, folder) + path[len(folder) :]


def _paths(three: Three, moves: Mapping[str, str], side: Side) -> Iterator[str]:
    yield from (path for path in three.paths if is_enclosed(path))
    for folder in moves:
        yield from (f"{folder}/{name}" for name in side.folder(folder))


def _complete(path: str, slot: Slot, three: Three, moves: Mapping[str, Mapping[str, str]]) -> None:
    """Add what a side has at the place itself, where nothing of it has been looked at."""
    for name, side in zip(_NAMES, three.sides, strict=True):
        held = side.entry(path)
        if name not in slot.held and held and held.mode in PLAIN and _moved(path, moves.get(name, {})) == path:
            slot.held[name], slot.old[name] = held, held == three.base.entry(path)


def _one(slot: Slot) -> Held | None:
    """The file for the place; None where both sides have another one of their own."""
    held = list(slot.held.values())
    if len(held) == 1 or held[0].blob == held[1].blob:
        return max(held, key=lambda one: one.mode)
    if slot.old["ours"] or slot.old["theirs"]:
        return slot.held["theirs" if slot.old["ours"] else "ours"]
    return None


def _settled(
    folder: str, slots: Mapping[str, Slot], three: Three, moves: Mapping[str, Mapping[str, str]]
) -> dict[str, Held | None]:
    """The files of a folder in which one name stands for different contents."""
    sides = {name: _contents(folder, name, slots, three) for name in _NAMES}
    for name, side in zip(_NAMES, three.sides, strict=True):
        untouched = {} if folder in moves.get(name, {}) else side.folder(folder)
        sides[name] |= _read(
            {
                one: held
                for one, held in untouched.items()
                if f"{folder}/{one}" not in slots and f"{folder}/{one}" not in side.known
            },
            three,
        )
    digests = {name: {one: key for one, (key, _) in sides[name].items()} for name in _NAMES}
    files = {key: held for name in _NAMES for key, held in sides[name].values()}
    found: dict[str, Held | None] = {}
    names = [one for one in digests["ours"] if digests["theirs"].get(one, digests["ours"][one]) != digests["ours"][one]]
    for name in sorted(names):
        pair = [chains.chain(name, digests[side]) for side in _NAMES]
        found |= {f"{folder}/{one}": None for one in (*pair[0], *pair[1])}
        found |= {f"{folder}/{one}": files[key] for key, one in chains.settled(*pair).items()}
    return found


def _contents(folder: str, name: str, slots: Mapping[str, Slot], three: Three) -> dict[str, tuple[str, Held]]:
    """Name → (SHA-256, file) of what has a place in a folder of the union, as one side would have it."""
    here: dict[str, Held] = {}
    for path, slot in slots.items():
        if path.rpartition("/")[0] == folder and (chosen := _one(slot) or slot.held.get(name)):
            here[path.rpartition("/")[2]] = chosen
    return _read(here, three)


def _read(files: Mapping[str, Held], three: Three) -> dict[str, tuple[str, Held]]:
    three.contents.fetch(files.values())
    found = {name: three.contents.data(held) for name, held in files.items()}
    return {name: (sha256(data).hexdigest(), files[name]) for name, data in found.items() if data is not None}


def loose(three: Three) -> dict[str, Held | None]:
    """What the union holds of other files below `tickets/`: the changed one of two; of two changed ones both."""
    found: dict[str, Held | None] = {}
    for path in three.paths:
        if path.startswith("tickets/") and not is_enclosed(path) and path not in three.tickets:
            found |= _joined(path, three)
    return found


def _joined(path: str, three: Three) -> dict[str, Held | None]:
    base, ours, theirs = (side.entry(path) for side in (three.base, *three.sides))
    if base in (ours, theirs) or ours == theirs:
        chosen = theirs if ours == base else ours
        return {path: chosen if chosen is None or chosen.mode in PLAIN else None}
    both = [one for one in (ours, theirs) if one and one.mode in PLAIN]
    if len(both) < 2:
        return {path: both[0] if both else None}
    first, second = sorted(both, key=lambda one: one.blob)
    return {path: first, _free(path, three): second}


def _free(path: str, three: Three) -> str:
    """The first place after `path` by its running number that no side has a file at."""
    folder, _, name = path.rpartition("/")
    stem, number, suffix = chains.parts(name)
    while any(side.entry(f"{folder}/{chains.numbered(stem, number, suffix)}") for side in three.sides):
        number += 1
    return f"{folder}/{chains.numbered(stem, number, suffix)}"
