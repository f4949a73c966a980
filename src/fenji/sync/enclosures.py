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


@dataclass
class Where:
    """Which ticket a folder belongs to on each side, and where it goes."""

    pairing: Pairing
    moves: dict[str, dict[str, str]]  # by side: folders that have another name in the union

    def told(self, folder: str, name: str) -> dict[str, str]:
        """The SHA-256 by file name, as the ticket of a folder of the union names them on one side."""
        found = (one for one in self.pairing.pairs.values() if layout.files_folder(one.union[0].ticket.id) == folder)
        copies = (copy for pair in found for copy in pair.of(name))
        items = (item for copy in copies for item in copy.ticket.items("files"))
        return {str(item["name"]): str(item.get("sha256") or "") for item in items}


def placed(three: Three, pairing: Pairing) -> dict[str, Held | None]:
    """What the union holds at each path below `tickets/files/` that differs or that a new number moves."""
    where = Where(pairing, {name: _moves(name, pairing) for name in _NAMES})
    slots: dict[str, Slot] = {}
    found: dict[str, Held | None] = {}
    for name, side in zip(_NAMES, three.sides, strict=True):
        for path in _paths(three, where.moves[name], side):
            held = side.entry(path)
            found.setdefault(path, None)
            if held and held.mode in PLAIN:
                slot = slots.setdefault(_moved(path, where.moves[name]), Slot())
                slot.held[name], slot.old[name] = held, held == three.base.entry(path)
    for path, slot in slots.items():
        _complete(path, slot, three, where)
        found[path] = _one(slot)
    for folder in sorted({path.rpartition("/")[0] for path in slots if found[path] is None}):
        found |= _settled(folder, slots, three, where)
    return found


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


def _complete(path: str, slot: Slot, three: Three, where: Where) -> None:
    """Add what a side has at the place itself, where nothing of it has been looked at."""
    for name, side in zip(_NAMES, three.sides, strict=True):
        held = side.entry(path)
        if name not in slot.held and held and held.mode in PLAIN and _moved(path, where.moves[name]) == path:
            slot.held[name], slot.old[name] = held, held == three.base.entry(path)


def _one(slot: Slot) -> Held | None:
    """The file for the place; None where both sides have another one of their own."""
    held = list(slot.held.values())
    if len(held) == 1 or held[0].blob == held[1].blob:
        return max(held, key=lambda one: one.mode)
    if slot.old["ours"] or slot.old["theirs"]:
        return slot.held["theirs" if slot.old["ours"] else "ours"]
    return None


def _settled(folder: str, slots: Mapping[str, Slot], three: Three, where: Where) -> dict[str, Held | None]:
    """The files of a folder in which one name stands for different contents."""
    files = [_files(folder, name, slots, three, where) for name in _NAMES]
    told = [where.told(folder, name) for name in _NAMES]
    found: dict[str, Held | None] = {}
    for name in sorted(files[0].keys() & files[1].keys()):
        if files[0][name].blob != files[1][name].blob:
            named = [chains.chain(name, {one: one for one in held}) for held in files]
            keys = [
                {one: _key(held[one], known.get(one, ""), three) for one in names}
                for names, held, known in zip(named, files, told, strict=True)
            ]
            by_key = {key: files[at][one] for at in (0, 1) for one, key in keys[at].items()}
            found |= {f"{folder}/{one}": None for one in (*named[0], *named[1])}
            found |= {f"{folder}/{one}": by_key[key] for key, one in chains.settled(*keys).items()}
    return found


def _files(folder: str, name: str, slots: Mapping[str, Slot], three: Three, where: Where) -> dict[str, Held]:
    """What has a place in a folder of the union, as one side would have it."""
    here: dict[str, Held] = {}
    for path, slot in slots.items():
        if path.rpartition("/")[0] == folder and (chosen := _one(slot) or slot.held.get(name)):
            here[path.rpartition("/")[2]] = chosen
    side = three.ours if name == "ours" else three.theirs
    untouched = {} if folder in where.moves[name] else side.folder(folder)
    known = slots.keys() | side.known.keys()
    return here | {one: held for one, held in untouched.items() if f"{folder}/{one}" not in known}


def _key(held: Held, told: str, three: Three) -> str:
    """What tells a content from others, and puts them in order: its SHA-256, as the ticket names it, and git's name.

    A file that no ticket names is read; of a thin clone's large ones that would fetch each.
    """
    digest = told or sha256(three.contents.data(held) or b"").hexdigest()
    return f"{digest} {held.blob}"


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
