"""Merge the attachments of two desks: each goes to its ticket's folder, even if the ticket's number has changed.

A change by only one side is taken; a deleted attachment comes back; two different files of the same name are both kept
(`attachment_names`). Other files below `tickets/` are merged likewise, but stay deleted if one side deleted them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.model import attachment_names
from fenji.storage import layout
from fenji.sync.trees import PLAIN_MODES, ThreeWay, Tree, is_attachment

if TYPE_CHECKING:
    from fenji.git.fast_import import TreeEntry
    from fenji.sync.pairing import Pairing, TicketPair
    from fenji.sync.trees import BlobCache, TicketCopy

_SIDES = ("ours", "theirs")


class AttachmentSlot(Struct):
    """The entry that each side has for one path of the merged tree, and whether it is unchanged from the base."""

    entries: dict[str, TreeEntry] = field(default_factory=dict)
    unchanged: dict[str, bool] = field(default_factory=dict)


class FolderMoves(Struct):
    """The moves of attachment folders: the owner of each folder on each side, and the folder's merged name."""

    pairing: Pairing
    renamed_folders: dict[str, dict[str, str]]  # by side: old → new name
    blobs: BlobCache

    def targets(self, path: str, side: str, entry: TreeEntry) -> tuple[str, ...]:
        """Return the merged paths of a side's file: in the folder of the ticket that lists it, or of both if two do.

        A file that no ticket lists goes with the ticket that owns its folder on that side.
        """
        folder = "/".join(path.split("/")[:3])
        if folder not in self.renamed_folders[side]:
            return (path,)
        new_folder = self.renamed_folders[side][folder]
        moved, name = new_folder + path[len(folder) :], path[len(folder) + 1 :]
        staying, moving = self._merged_digests(folder), self.digests_by_name(new_folder, side)
        if name not in staying:
            return (moved,)
        if name not in moving:
            return (path,)
        if staying[name] == moving[name]:
            return path, moved
        return (path,) if staying[name] == sha256(self.blobs.data(entry) or b"").hexdigest() else (moved,)

    def digests_by_name(self, folder: str, side: str) -> dict[str, str]:
        """Return the SHA-256 of files by name, as listed by one side's ticket for a folder of the merged tree."""
        return _digests_by_name(copy for pair in self._owners(folder) for copy in pair.copies_on(side))

    def _merged_digests(self, folder: str) -> dict[str, str]:
        return _digests_by_name(copy for pair in self._owners(folder) for copy in pair.merged)

    def _owners(self, folder: str) -> Iterator[TicketPair]:
        """Yield the tickets (one, unless numbers are wrong) that own a folder of the merged tree."""
        for pair in self.pairing.pairs.values():
            if layout.attachments_folder(pair.merged[0].ticket.id) == folder:
                yield pair


def _digests_by_name(copies: Iterable[TicketCopy]) -> dict[str, str]:
    return {item.name: item.sha256 for copy in copies for item in copy.ticket.files}


def merge_attachments(trees: ThreeWay, pairing: Pairing) -> dict[str, TreeEntry | None]:
    """Return the merged entry of each path below `tickets/files/` that differs or is moved by a new ticket number."""
    moves = FolderMoves(pairing, {side: _renamed_folders(side, pairing) for side in _SIDES}, trees.blobs)
    slots: dict[str, AttachmentSlot] = {}
    merged: dict[str, TreeEntry | None] = {}
    for side, tree in zip(_SIDES, trees.sides, strict=True):
        for path in _attachment_paths(trees, moves.renamed_folders[side], tree):
            entry = tree.entry(path)
            merged.setdefault(path, None)
            if entry and entry.mode in PLAIN_MODES:
                for target in moves.targets(path, side, entry):
                    slot = slots.setdefault(target, AttachmentSlot())
                    slot.entries[side], slot.unchanged[side] = entry, entry == trees.base.entry(path)
    for path, slot in slots.items():
        _fill_slot(path, slot, trees, moves)
        merged[path] = _choose_entry(slot)
    for folder in sorted({path.rpartition("/")[0] for path in slots if merged[path] is None}):
        merged |= _resolve_folder(folder, slots, trees, moves)
    return merged


def _renamed_folders(side: str, pairing: Pairing) -> dict[str, str]:
    """Return the attachment folders of a side whose name changes in the merged tree: old → new."""
    folders = {}
    for pair in pairing.pairs.values():
        for copy in pair.copies_on(side):
            if copy.ticket.id != pair.merged[0].ticket.id:
                folders[layout.attachments_folder(copy.ticket.id)] = layout.attachments_folder(pair.merged[0].ticket.id)
    return folders


def _attachment_paths(trees: ThreeWay, renamed_folders: Mapping[str, str], tree: Tree) -> Iterator[str]:
    yield from (path for path in trees.paths if is_attachment(path))
    for folder in renamed_folders:
        yield from (f"{folder}/{name}" for name in tree.list_folder(folder))


def _fill_slot(path: str, slot: AttachmentSlot, trees: ThreeWay, moves: FolderMoves) -> None:
    """Add the entry that each side has at the path itself, unless the slot already has one of that side."""
    for side, tree in zip(_SIDES, trees.sides, strict=True):
        entry = tree.entry(path)
        if (
            side not in slot.entries
            and entry
            and entry.mode in PLAIN_MODES
            and path in moves.targets(path, side, entry)
        ):
            slot.entries[side], slot.unchanged[side] = entry, entry == trees.base.entry(path)


def _choose_entry(slot: AttachmentSlot) -> TreeEntry | None:
    """Return the merged entry for the slot; None if both sides changed the file differently."""
    entries = list(slot.entries.values())
    if len(entries) == 1 or entries[0].blob == entries[1].blob:
        return max(entries, key=lambda entry: entry.mode)
    if slot.unchanged["ours"] or slot.unchanged["theirs"]:
        return slot.entries["theirs" if slot.unchanged["ours"] else "ours"]
    return None


def _resolve_folder(
    folder: str, slots: Mapping[str, AttachmentSlot], trees: ThreeWay, moves: FolderMoves
) -> dict[str, TreeEntry | None]:
    """Return the merged files of a folder in which a name has different contents on the two sides, by path."""
    files = [_files_in_folder(folder, side, slots, trees, moves) for side in _SIDES]
    digests = [moves.digests_by_name(folder, side) for side in _SIDES]
    resolved: dict[str, TreeEntry | None] = {}
    for name in sorted(files[0].keys() & files[1].keys()):
        if files[0][name].blob != files[1][name].blob:
            chains_by_side = [
                attachment_names.find_chain(name, {other: other for other in entries}) for entries in files
            ]
            keys_by_side = [
                {other: _content_key(entries[other], known.get(other, ""), trees) for other in names}
                for names, entries, known in zip(chains_by_side, files, digests, strict=True)
            ]
            entry_by_key = {key: files[index][other] for index in (0, 1) for other, key in keys_by_side[index].items()}
            resolved |= {f"{folder}/{other}": None for other in (*chains_by_side[0], *chains_by_side[1])}
            resolved |= {
                f"{folder}/{other}": entry_by_key[key]
                for key, other in attachment_names.assign_names(*keys_by_side).items()
            }
    return resolved


def _files_in_folder(
    folder: str, side: str, slots: Mapping[str, AttachmentSlot], trees: ThreeWay, moves: FolderMoves
) -> dict[str, TreeEntry]:
    """Return the files of a folder of the merged tree, by name, as one side would have them."""
    files: dict[str, TreeEntry] = {}
    for path, slot in slots.items():
        if path.rpartition("/")[0] == folder and (chosen := _choose_entry(slot) or slot.entries.get(side)):
            files[path.rpartition("/")[2]] = chosen
    tree = trees.ours if side == "ours" else trees.theirs
    known = slots.keys() | tree.known_entries.keys()
    untouched = ((f"{folder}/{name}", name, entry) for name, entry in tree.list_folder(folder).items())
    return files | {
        name: entry for path, name, entry in untouched if path not in known and path in moves.targets(path, side, entry)
    }


def _content_key(entry: TreeEntry, digest: str, trees: ThreeWay) -> str:
    """Return the key that identifies and orders file contents: the SHA-256 that the ticket lists, and the blob id.

    Only a file that no ticket lists is read, since reading a large one would fetch it in a partial clone.
    """
    sha = digest or sha256(trees.blobs.data(entry) or b"").hexdigest()
    return f"{sha} {entry.blob}"


def merge_loose_files(trees: ThreeWay) -> dict[str, TreeEntry | None]:
    """Return the merged entries of other files below `tickets/`: the changed version, or both if both sides changed."""
    merged: dict[str, TreeEntry | None] = {}
    for path in trees.paths:
        if path.startswith("tickets/") and not is_attachment(path) and path not in trees.tickets:
            merged |= _merge_loose_file(path, trees)
    return merged


def _merge_loose_file(path: str, trees: ThreeWay) -> dict[str, TreeEntry | None]:
    base, ours, theirs = (tree.entry(path) for tree in (trees.base, *trees.sides))
    if base in (ours, theirs) or ours == theirs:
        chosen = theirs if ours == base else ours
        return {path: chosen if chosen is None or chosen.mode in PLAIN_MODES else None}
    candidates = [entry for entry in (ours, theirs) if entry and entry.mode in PLAIN_MODES]
    if len(candidates) < 2:
        return {path: candidates[0] if candidates else None}
    first, second = sorted(candidates, key=lambda entry: entry.blob)
    return {path: first, _free_path(path, trees): second}


def _free_path(path: str, trees: ThreeWay) -> str:
    """Return the first numbered variant of `path` at which neither side has a file."""
    folder, _, name = path.rpartition("/")
    stem, number, suffix = attachment_names.split_name(name)
    while any(tree.entry(f"{folder}/{attachment_names.numbered_name(stem, number, suffix)}") for tree in trees.sides):
        number += 1
    return f"{folder}/{attachment_names.numbered_name(stem, number, suffix)}"
