"""Choose the policy if both sides changed it: the hub's, else the one changed last (format 3); merge the synonyms."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fenji.storage import synonyms_file
from fenji.sync.trees import PLAIN_MODES, POLICY, SYNONYMS

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
    """Return the merged entry of the policy if it differs; a deleted policy comes back."""
    if POLICY not in trees.paths:
        return {}
    base, ours, theirs = (_plain_file(tree.entry(POLICY)) for tree in (trees.base, *trees.sides))
    if not ours or not theirs:
        return {POLICY: ours or theirs or base}
    if base in (ours, theirs) or ours == theirs:
        return {POLICY: theirs if ours == base else ours}
    return {POLICY: choose_policy(ours, theirs)}


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
