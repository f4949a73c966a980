"""Choose the policy if both sides changed it: the hub's, else the one changed last (format 3); merge the synonyms."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fenji.storage import synonyms_file
from fenji.sync.trees import ISSUED_FOLDER, OWNED, PLAIN_MODES, POLICY, SYNONYMS

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.git.fast_import import TreeEntry
    from fenji.sync.trees import ThreeWay

# Takes our policy and theirs, and returns the one that wins.
PolicyChooser = Callable[["TreeEntry", "TreeEntry"], "TreeEntry"]


def choose_hub_policy(_: TreeEntry, theirs: TreeEntry) -> TreeEntry:
    """Choose theirs: the other side is the hub, or comes from it."""
    return theirs


def peer_policy_chooser(repo: Repo, ours: str, theirs: str, hub: TreeEntry | None) -> PolicyChooser:
    """Return a chooser that prefers the hub's last seen version `hub`, else the version committed last."""

    def changed_at(commit: str) -> int:
        output = repo.git.run("log", "-1", "--format=%ct", commit, "--", f"{repo.prefix}{POLICY}").strip()
        return int(output or 0)

    def choose(ours_entry: TreeEntry, theirs_entry: TreeEntry) -> TreeEntry:
        if hub in (ours_entry, theirs_entry):
            return ours_entry if ours_entry == hub else theirs_entry
        ranked = (
            (changed_at(ours), ours_entry.blob, ours_entry),
            (changed_at(theirs), theirs_entry.blob, theirs_entry),
        )
        return max(ranked, key=lambda rank: rank[:2])[2]

    return choose


def merge_policy(trees: ThreeWay, choose_policy: PolicyChooser) -> dict[str, TreeEntry | None]:
    """Return the entries of the policy, of the files beside it and of what was issued, where they differ.

    Nothing of them is merged: where both sides changed a file the choice is as for the policy. A policy that was
    deleted comes back, and so does what was issued.
    """
    paths = [path for path in trees.paths if path in OWNED or path.startswith(f"{ISSUED_FOLDER}/")]
    return {path: _merge_owned(path, trees, choose_policy) for path in paths}


def _merge_owned(path: str, trees: ThreeWay, choose_policy: PolicyChooser) -> TreeEntry | None:
    base, ours, theirs = (_plain_file(tree.entry(path)) for tree in (trees.base, *trees.sides))
    if base in (ours, theirs) or ours == theirs:
        chosen = theirs if ours == base else ours
        return chosen or (base if path == POLICY or path.startswith(f"{ISSUED_FOLDER}/") else None)
    return choose_policy(ours, theirs) if ours and theirs else ours or theirs


def merge_synonyms(trees: ThreeWay) -> dict[str, TreeEntry | None]:
    """Return the merged entry of the synonyms if they differ: the groups of both, without what either removed."""
    if SYNONYMS not in trees.paths:
        return {}
    entries = [_plain_file(tree.entry(SYNONYMS)) for tree in (trees.base, *trees.sides)]
    data = [trees.blobs.data(entry) if entry else None for entry in entries]
    merged = synonyms_file.merge_versions(*data)
    known = next((entry for entry, content in zip(entries[1:], data[1:], strict=True) if content == merged), None)
    return {SYNONYMS: known or (trees.blobs.add_data(merged) if merged is not None else None)}


def _plain_file(entry: TreeEntry | None) -> TreeEntry | None:
    return entry if entry and entry.mode in PLAIN_MODES else None
