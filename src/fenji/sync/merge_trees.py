"""Merge two versions of a desk into the files of their union, with the outcome for each ticket. Writes nothing.

The same two versions give the same union whichever of them is ours, except that the hub's policy wins.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji import files
from fenji.errors import Damaged, Refused
from fenji.model.merge import renumber
from fenji.storage import layout
from fenji.sync import attachments, other_files, pairing, policy_choice, results
from fenji.sync.pairing import Pairing, TicketPair, copy_keys, make_copy
from fenji.sync.results import TicketOutcome
from fenji.sync.trees import PLAIN_MODES, ThreeWay, TicketCopy, is_owned

if TYPE_CHECKING:
    from fenji.git.fast_import import TreeEntry
    from fenji.model.ticket import Ticket
    from fenji.sync.pairing import UnreadableVersion
    from fenji.sync.policy_choice import PolicyChooser


class MergedTree(Struct, frozen=True):
    """The merged entries, by path from the top, where the sides differ or a new ticket number moves a file.

    `new_blobs` are contents by blob id that git does not have yet.
    """

    entries: Mapping[str, TreeEntry | None]
    new_blobs: Mapping[str, bytes]
    outcomes: tuple[TicketOutcome, ...]


def merge_trees(trees: ThreeWay, choose_policy: PolicyChooser, *, include_other_files: bool = True) -> MergedTree:
    """Merge two versions of a desk and, with `include_other_files`, the files outside it.

    Raises Refused if files outside the desk conflict or a path is not allowed; nothing has been changed then.
    """
    pairs = pairing.pair_tickets(trees)
    former_numbers = assign_numbers(pairs, trees)
    entries = _ticket_entries(trees, pairs)
    entries |= attachments.merge_attachments(trees, pairs)
    entries |= attachments.merge_loose_files(trees)
    entries |= policy_choice.merge_policy(trees, choose_policy)
    entries |= policy_choice.merge_synonyms(trees)
    entries |= dict.fromkeys(filter(layout.is_folder_place, trees.paths))  # a file there would be in the desk's way
    prefix = trees.ours.repo.prefix
    entries_from_top = {f"{prefix}{path}": entry for path, entry in entries.items()}
    entries_from_top |= other_files.merge_other_files(trees) if include_other_files else {}
    _check_folders(entries_from_top)
    outcome_list = (*_pair_outcomes(pairs, former_numbers), *_unreadable_outcomes(pairs, entries))
    return MergedTree(entries_from_top, trees.blobs.new_blobs, tuple(outcome_list))


def _ticket_entries(trees: ThreeWay, pairs: Pairing) -> dict[str, TreeEntry | None]:
    entries: dict[str, TreeEntry | None] = dict.fromkeys(trees.tickets)
    for pair in pairs.pairs.values():
        for copy in (*pair.base, *pair.ours, *pair.theirs):
            entries[copy.path] = None
    owned = set()
    for pair in pairs.pairs.values():
        for copy in pair.merged:
            entries[copy.path] = copy.entry
            owned.add(copy.path)
    for version in pairs.unreadable:
        if version.path not in owned and not version.uid:
            entries[version.path] = _choose_unreadable(version, pairs, trees)
    return entries


def _choose_unreadable(version: UnreadableVersion, pairs: Pairing, trees: ThreeWay) -> TreeEntry | None:
    """Choose between unreadable versions at one path: the changed one; if both changed, the one with the higher id."""
    base = trees.base.entry(version.path)
    candidates = [
        unreadable.entry
        for unreadable in pairs.unreadable
        if unreadable.path == version.path and unreadable.entry.mode in PLAIN_MODES
    ]
    changed = [entry for entry in candidates if entry != base]
    return max(changed or candidates, key=lambda entry: entry.blob, default=None)


def _check_folders(entries: Mapping[str, TreeEntry | None]) -> None:
    """Raise Refused for a file at a path where a folder is needed, or for a path that leads out of the desk."""
    paths = {path for path, entry in entries.items() if entry}
    blocked = paths & {parent for path in paths for parent in _iter_folders(path)}
    for path in paths:
        if (blocked and not blocked.isdisjoint(_iter_folders(path))) or {"..", ".", ".git", ""} & set(
            path.lower().split("/")
        ):
            raise Refused(
                "{path} cannot be where it is.",
                hint="Somebody put it there with git, bypassing fenji: remove it there, or ask who did.",
                path=files.printable(path),
            )


def _iter_folders(path: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first."""
    while path := path.rpartition("/")[0]:
        yield path


# --- the outcome for each ticket --------------------------------------------------------------------------------------


def _pair_outcomes(pairs: Pairing, former_numbers: Mapping[str, str]) -> Iterator[TicketOutcome]:
    unreadable = {(version.uid, version.side) for version in pairs.unreadable}
    for pair in pairs.pairs.values():
        how = _classify(pair, former_numbers)
        if how and not (how == results.RETURNED and {(pair.uid, "ours"), (pair.uid, "theirs")} & unreadable):
            yield _make_outcome(pair, how, former_numbers.get(pair.uid, ""))


def _classify(pair: TicketPair, former_numbers: Mapping[str, str]) -> str:
    merged = copy_keys(pair.merged)
    if pair.left_out:
        return results.TOO_LARGE
    if pair.uid in former_numbers:
        return results.RENUMBERED
    if pair.base and not (pair.ours and pair.theirs):
        return results.RETURNED
    if merged == copy_keys(pair.ours):
        return ""
    if not pair.ours:
        return results.NEW
    return results.UPDATED if merged == copy_keys(pair.theirs) else results.MERGED


def _make_outcome(pair: TicketPair, how: str, was: str) -> TicketOutcome:
    ticket, path = pair.ticket, pair.merged[0].path
    ours = {event.digest for copy in pair.ours for event in copy.ticket.log}
    theirs = {event.digest for copy in pair.theirs for event in copy.ticket.log}
    new_events = [event for event in ticket.log if event.digest not in ours and event.do != "superseded"]
    superseded = [
        str(event.body.get("field") or "")
        for event in ticket.log
        if event.do == "superseded" and event.digest not in ours | theirs
    ]
    # Two attachments of one name are both kept, each under a name of its own, so neither is superseded.
    superseded = [field for field in superseded if not field.startswith("files.")]
    people = tuple(dict.fromkeys(event.by for event in new_events))
    return TicketOutcome(ticket.id, how, path, pair.uid, was, tuple(superseded), len(new_events), people, pair.left_out)


def _unreadable_outcomes(pairs: Pairing, entries: Mapping[str, TreeEntry | None]) -> Iterator[TicketOutcome]:
    for version in pairs.unreadable:
        kept = entries.get(version.path) == version.entry
        number = PurePosixPath(version.path).stem
        yield TicketOutcome(
            number, results.UNREADABLE, version.path, version.uid, left_out="" if kept else version.entry.blob
        )


def find_lost_drafts(trees: ThreeWay, merged: MergedTree) -> dict[str, bytes]:
    """Return our bytes of each owned file that we changed and for which the union has another version."""
    lost = {path: trees.ours.entry(path) for path in trees.paths if is_owned(path)}
    prefix = trees.ours.repo.prefix
    return {
        path: trees.blobs.data(ours) or b""
        for path, ours in lost.items()
        if ours and ours not in (trees.base.entry(path), merged.entries.get(f"{prefix}{path}"))
    }


def assign_numbers(pairing: Pairing, trees: ThreeWay) -> dict[str, str]:
    """Give every ticket of the union a number of its own; return the former numbers of the renumbered ones, by uid.

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
            "{id} cannot be renumbered: too many tickets took the same number.",
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
    """Add tickets with this number that neither side changed to the pairing, and return their pairs by uid."""
    unchanged = {}
    for path in layout.ticket_paths(number):
        entry = None if path in trees.ours.known_entries else trees.ours.entry(path)
        ticket = trees.blobs.ticket(entry, path)
        if entry and ticket and ticket.id == number and ticket.uid not in pairing.pairs:
            copy = TicketCopy(path, entry, trees.blobs)
            unchanged[ticket.uid] = TicketPair(ticket.uid, [copy], [copy], [copy], [copy])
    pairing.pairs |= unchanged
    return unchanged
