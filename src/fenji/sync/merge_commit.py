"""Merge two commits into one that contains both: the union of their desks, as a commit that is on no branch yet.

Every clone that merges the same two commits makes the same merge commit: same author, time and order of parents. So
clones that sync with each other in both directions at once end with the same commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.git import objects, refs
from fenji.git.fast_import import CopyFrom
from fenji.git.objects import CommitAuthor, TreeEdit
from fenji.sync import results
from fenji.sync.merge_trees import MergedTree, find_lost_drafts, merge_trees
from fenji.sync.trees import POLICY, BlobCache, ThreeWay, Tree, load_three_way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fenji.git import Repo
    from fenji.git.fast_import import TreeEntry
    from fenji.sync.policy_choice import PolicyChooser

# The author of merge commits, since no person makes them.
MERGER_NAME, MERGER_EMAIL = "fenji", "merge@fenji.invalid"
_MAX_NAMED = 3


class MergeCommit(Struct, frozen=True):
    """The commit that contains both histories (it may be one of the two), its files, and whether our policy changed.

    `lost_drafts` are our bytes of owned files for which another version won, by path.
    """

    commit: str
    tree: MergedTree
    lost_drafts: dict[str, bytes]
    policy_changed: bool


def merge_commits(
    blobs: BlobCache, ours: str, theirs: str, *, choose_policy: PolicyChooser, base: str | None = None
) -> MergeCommit:
    """Return a commit that contains `ours` and `theirs`; `base` is their common ancestor, looked up if not given.

    That is one of the two if it contains the other and its files are the union. Only objects are written. Raises
    Refused if files outside the desk conflict.
    """
    repo = blobs.repo
    base = base or refs.merge_base(repo, ours, theirs)
    trees = load_three_way(blobs, base, ours, theirs)
    merged = merge_trees(trees, choose_policy)
    commit = next((candidate for candidate in (ours, theirs) if _is_complete(candidate, base, trees, merged)), "")
    # The merge commit starts from their files, so that files which a partial clone lacks need not be read.
    commit = commit or write_merge_commit(repo, sorted((ours, theirs)), theirs, trees, merged)
    policy = f"{repo.prefix}{POLICY}"
    changed = policy in merged.entries and merged.entries[policy] != trees.ours.entry(POLICY)
    return MergeCommit(commit, merged, find_lost_drafts(trees, merged), changed)


def _is_complete(commit: str, base: str | None, trees: ThreeWay, merged: MergedTree) -> bool:
    """Return whether a commit contains the other one and its files are the union."""
    other = trees.theirs.commit if commit == trees.ours.commit else trees.ours.commit
    return base == other and not _changed_entries(commit, trees, merged)


def _changed_entries(commit: str, trees: ThreeWay, merged: MergedTree) -> dict[str, TreeEntry | None]:
    tree = trees.ours if commit == trees.ours.commit else trees.theirs
    return {path: entry for path, entry in merged.entries.items() if entry != _entry_in(path, tree, trees)}


def write_merge_commit(repo: Repo, parents: list[str], onto: str, trees: ThreeWay, merged: MergedTree) -> str:
    """Write a commit of the union; `merged` must cover all differences between the files of `onto` and the union."""
    changes = _changed_entries(onto, trees, merged)
    attachment_paths = _attachment_paths(trees.ours if onto == trees.ours.commit else trees.theirs)
    written = {path: _entry_content(entry, merged, attachment_paths) for path, entry in changes.items()}
    author = CommitAuthor(MERGER_NAME, MERGER_EMAIL, refs.latest_commit_time(repo, *parents))
    return objects.write_commit(repo, parents, TreeEdit(onto, written), message=_format_message(merged), author=author)


def _entry_in(path: str, tree: object, trees: ThreeWay) -> TreeEntry | None:
    index = 1 if tree is trees.ours else 2
    if path in trees.other_files:
        return trees.other_files[path][index]
    desk_path = trees.ours.repo.desk_path(path)
    return (trees.ours if index == 1 else trees.theirs).entry(desk_path)


def _attachment_paths(tree: Tree) -> dict[TreeEntry, str]:
    """Return the paths of a side's attachments by entry; one that only moves is copied: a partial clone may lack it."""
    return {entry: f"{tree.repo.prefix}{path}" for path, entry in tree.loaded_attachments()}


def _entry_content(
    entry: TreeEntry | None, merged: MergedTree, attachment_paths: Mapping[TreeEntry, str]
) -> bytes | TreeEntry | CopyFrom | None:
    if entry is None:
        return None
    return CopyFrom(attachment_paths[entry]) if entry in attachment_paths else merged.new_blobs.get(entry.blob, entry)


def _format_message(merged: MergedTree) -> str:
    """Return the message, which is the same on every clone: the merged tickets, then the renumbered and left out."""
    one_sided = (results.NEW, results.UPDATED)
    changed = sorted({outcome.id for outcome in merged.outcomes if outcome.how not in one_sided})
    names = ", ".join(changed) if len(changed) <= _MAX_NAMED else f"{len(changed)} tickets"
    lines = [f"{outcome.id}: was {outcome.was}" for outcome in merged.outcomes if outcome.was]
    lines += [
        f"{outcome.path}: cannot be read, left out: {outcome.left_out}"
        for outcome in merged.outcomes
        if outcome.left_out
    ]
    body = "\n".join(sorted(set(lines)))
    subject = f"{names}: merge" if names else "merge"
    return f"{subject}\n\n{body}" if body else subject
