"""Choose between two changed policies: the hub's, else by their contents (format 3). Merge the synonyms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from fenji.errors import Damaged
from fenji.git import objects
from fenji.judge.policy_in_force import parse_policy
from fenji.storage import synonyms_file
from fenji.storage.owned_files import CONTRACTS, read_contracts
from fenji.sync.trees import ISSUED_FOLDER, PLAIN_MODES, POLICY, SYNONYMS, is_owned

if TYPE_CHECKING:
    from fenji.git.fast_import import TreeEntry
    from fenji.sync.trees import BlobCache, ThreeWay, Tree

# Takes the path of an owned file, our version and theirs, and returns the one that wins.
PolicyChooser = Callable[[str, "TreeEntry", "TreeEntry"], "TreeEntry"]


def choose_hub_policy(_path: str, _ours: TreeEntry, theirs: TreeEntry) -> TreeEntry:
    """Choose theirs: the other side is the hub, or comes from it."""
    return theirs


def peer_policy_chooser(blobs: BlobCache, ours: str, theirs: str, hub: Tree | None) -> PolicyChooser:
    """Return a chooser for two clones that exchange without their hub; every clone chooses the same version.

    It prefers the version of the `hub` as last seen, else the version whose history contains the other one, else the
    one with the higher `rank_owned`. The dates of commits are never considered.
    """

    def follows(path: str, commit: str, earlier: TreeEntry) -> bool:
        versions = objects.list_versions(blobs.repo, commit, [path])
        return any(blob == earlier.blob for _, blob in versions)

    def choose(path: str, ours_entry: TreeEntry, theirs_entry: TreeEntry) -> TreeEntry:
        at_hub = hub.entry(path) if hub else None
        if at_hub in (ours_entry, theirs_entry):
            return ours_entry if ours_entry == at_hub else theirs_entry
        is_later = follows(path, ours, theirs_entry), follows(path, theirs, ours_entry)
        if is_later in ((True, False), (False, True)):
            return ours_entry if is_later[0] else theirs_entry
        return max((ours_entry, theirs_entry), key=lambda entry: rank_owned(path, blobs.data(entry) or b""))

    return choose


def rank_owned(path: str, data: bytes) -> tuple[int, datetime, bytes]:
    """Return the rank of an owned file (the highest wins): the number of its versions, newest `since`, bytes."""
    try:
        begins = _list_begins(path, data)
    except Damaged:
        begins = []
    return len(begins), max(begins, default=datetime.min.replace(tzinfo=UTC)), data


def _list_begins(path: str, data: bytes) -> list[datetime]:
    if path == CONTRACTS:
        return [datetime.combine(version.since, time(), UTC) for version in read_contracts(data).versions]
    return [version.begins for version in parse_policy(data).versions] if path == POLICY else []


def merge_policy(trees: ThreeWay, choose_policy: PolicyChooser) -> dict[str, TreeEntry | None]:
    """Return the entries of differing owned files (the policy and the files beside it) and of issued files.

    They are not merged: if both sides changed a file, one version is chosen as for the policy. A deleted policy comes
    back, and so does an issued file.
    """
    paths = [path for path in trees.paths if is_owned(path) or path.startswith(f"{ISSUED_FOLDER}/")]
    return {path: _merge_owned(path, trees, choose_policy) for path in paths}


def _merge_owned(path: str, trees: ThreeWay, choose_policy: PolicyChooser) -> TreeEntry | None:
    base, ours, theirs = (_plain_file(tree.entry(path)) for tree in (trees.base, *trees.sides))
    if base in (ours, theirs) or ours == theirs:
        chosen = theirs if ours == base else ours
        return chosen or (base if path == POLICY or path.startswith(f"{ISSUED_FOLDER}/") else None)
    return choose_policy(path, ours, theirs) if ours and theirs else ours or theirs


def merge_synonyms(trees: ThreeWay) -> dict[str, TreeEntry | None]:
    """Return the merged entry of the synonyms if they differ: the groups of both, without those that either removed."""
    if SYNONYMS not in trees.paths:
        return {}
    entries = [_plain_file(tree.entry(SYNONYMS)) for tree in (trees.base, *trees.sides)]
    data = [trees.blobs.data(entry) if entry else None for entry in entries]
    merged = synonyms_file.merge_versions(*data)
    known = next((entry for entry, content in zip(entries[1:], data[1:], strict=True) if content == merged), None)
    return {SYNONYMS: known or (trees.blobs.add_data(merged) if merged is not None else None)}


def _plain_file(entry: TreeEntry | None) -> TreeEntry | None:
    return entry if entry and entry.mode in PLAIN_MODES else None
