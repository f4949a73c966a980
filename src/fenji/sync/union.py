"""The union of two versions of a desk: every file of it, and what became of each ticket. Writes nothing.

The same two versions give the same union whichever of them is ours, but for the policy where one is the hub's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fenji.errors import Refused
from fenji.sync import enclosures, numbers, outcomes, pairing, rules, strangers
from fenji.sync.outcomes import Outcome
from fenji.sync.sides import PLAIN, POLICY

if TYPE_CHECKING:
    from fenji.repo.stream import Held
    from fenji.sync.pairing import Broken, Pair, Pairing
    from fenji.sync.rules import Ruling
    from fenji.sync.sides import Copy, Three


@dataclass(frozen=True)
class Union:
    """What the union holds at every path, from the top, at which the sides differ or that a new number moves.

    `made` are the bytes, by git's names, that git does not have yet.
    """

    entries: Mapping[str, Held | None]
    made: Mapping[str, bytes]
    outcomes: tuple[Outcome, ...]


def union(three: Three, ruling: Ruling, *, whole: bool = True) -> Union:
    """Join two versions of a desk, and with `whole` the files outside it.

    Raises Refused where files outside the desk conflict; then nothing has happened.
    """
    found = pairing.paired(three)
    former = numbers.settle(found, three)
    entries = _tickets(three, found)
    entries |= enclosures.placed(three, found)
    entries |= enclosures.loose(three)
    entries |= rules.chosen(three, ruling)
    entries |= rules.words(three)
    prefix = three.ours.repo.prefix
    found_at = {f"{prefix}{path}": held for path, held in entries.items()}
    found_at |= strangers.joined(three) if whole else {}
    _check_folders(found_at)
    told = (*_told(found, former), *_unread(found, entries))
    return Union(found_at, three.contents.made, tuple(told))


def _tickets(three: Three, found: Pairing) -> dict[str, Held | None]:
    entries: dict[str, Held | None] = dict.fromkeys(three.tickets)
    for pair in found.pairs.values():
        for one in (*pair.base, *pair.ours, *pair.theirs):
            entries[one.path] = None
    owned = set()
    for pair in found.pairs.values():
        for one in pair.union:
            entries[one.path] = one.held
            owned.add(one.path)
    for broken in found.broken:
        if broken.path not in owned and not broken.uid:
            entries[broken.path] = _stranger(broken, found, three)
    return entries


def _stranger(broken: Broken, found: Pairing, three: Three) -> Held | None:
    """A file that nobody can read as a ticket: the changed one of two; of two changed ones always the same."""
    base = three.base.entry(broken.path)
    here = [one.held for one in found.broken if one.path == broken.path and one.held.mode in PLAIN]
    changed = [one for one in here if one != base]
    return max(changed or here, key=lambda one: one.blob, default=None)


def _check_folders(entries: Mapping[str, Held | None]) -> None:
    """Refuse a file at a place where another path needs a folder, and a path that leads out of the desk."""
    here = {path for path, held in entries.items() if held}
    for path in here:
        above = {str(one) for one in PurePosixPath(path).parents}
        if above & here or {"..", ".", ".git", ""} & set(path.lower().split("/")) or any(one in path for one in "\0\n"):
            raise Refused(
                "{path} cannot stand where it does.",
                hint="Somebody put it there with git, past fenji: take it out there, or ask who did.",
                path=path,
            )


# --- what became of each ticket ---------------------------------------------------------------------------------------


def _places(copies: list[Copy]) -> set[tuple[str, str]]:
    return {(one.path, one.held.blob) for one in copies}


def _told(found: Pairing, former: Mapping[str, str]) -> Iterator[Outcome]:
    broken = {(one.uid, one.side) for one in found.broken}
    for pair in found.pairs.values():
        how = _how(pair, former)
        if how and not (how == outcomes.RETURNED and {(pair.uid, "ours"), (pair.uid, "theirs")} & broken):
            yield _outcome(pair, how, former.get(pair.uid, ""))


def _how(pair: Pair, former: Mapping[str, str]) -> str:
    union = _places(pair.union)
    if pair.left_out:
        return outcomes.TOO_LARGE
    if pair.uid in former:
        return outcomes.RENUMBERED
    if pair.base and not (pair.ours and pair.theirs):
        return outcomes.RETURNED
    if union == _places(pair.ours):
        return ""
    if not pair.ours:
        return outcomes.NEW
    return outcomes.UPDATED if union == _places(pair.theirs) else outcomes.MERGED


def _outcome(pair: Pair, how: str, was: str) -> Outcome:
    ticket, place = pair.ticket, pair.union[0].path
    ours = {one.digest for copy in pair.ours for one in copy.ticket.log}
    theirs = {one.digest for copy in pair.theirs for one in copy.ticket.log}
    came = [one for one in ticket.log if one.digest not in ours and one.do != "superseded"]
    lost = [
        str(one.more.get("field") or "")
        for one in ticket.log
        if one.do == "superseded" and one.digest not in ours | theirs
    ]
    lost = [leaf for leaf in lost if not leaf.startswith("files.")]  # both files are kept, each under a name of its own
    people = tuple(dict.fromkeys(one.by for one in came))
    return Outcome(ticket.id, how, place, pair.uid, was, tuple(lost), len(came), people, pair.left_out)


def _unread(found: Pairing, entries: Mapping[str, Held | None]) -> Iterator[Outcome]:
    for one in found.broken:
        kept = entries.get(one.path) == one.held
        number = PurePosixPath(one.path).stem
        yield Outcome(number, outcomes.UNREADABLE, one.path, one.uid, left_out="" if kept else one.held.blob)


def policy_lost(three: Three, union: Union) -> bytes | None:
    """The bytes of our policy where another one stands in the union and ours is in neither of the others."""
    ours = three.ours.entry(POLICY) if POLICY in three.paths else None
    if ours is None or ours in (three.base.entry(POLICY), union.entries.get(f"{three.ours.repo.prefix}{POLICY}")):
        return None
    return three.contents.data(ours)
