"""Restore versions of tickets that somebody dropped with git since the last sync.

People delete files, overwrite them with old copies, break them, or resolve conflicts wrongly, and commit that with git.
Each version of a ticket that a commit replaced is compared with the current one: if that lacks an event of it, both are
merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fenji.git import objects
from fenji.storage import layout
from fenji.sync.merge_commit import MERGER_EMAIL, write_merge_commit
from fenji.sync.merge_trees import merge_trees
from fenji.sync.policy_choice import choose_hub_policy
from fenji.sync.trees import BlobCache, ThreeWay, Tree, is_ticket

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.git.fast_import import TreeEntry
    from fenji.sync.results import TicketOutcome


@dataclass(frozen=True)
class _ReplacedVersion:
    """A version of a ticket that a commit replaced, and the parent commit, which contains it."""

    path: str
    before: TreeEntry | None
    after: TreeEntry | None
    parent: str | None


def restore_lost(blobs: BlobCache, since: str | None, head: str) -> tuple[str, list[TicketOutcome]]:
    """Return a commit with `head` and every event committed since `since`, and what was restored; `head` if complete.

    Its further parents are the commits that contain what was restored, so that a judge finds every event in a parent.
    """
    if since == head:
        return head, []
    repo = blobs.repo
    versions = list(_replaced_versions(repo, since, head))
    blobs.fetch(entry for version in versions if version.before for entry in (version.before, version.after))
    current = _load_tree(repo, head, {version.path for version in versions if version.before})
    blobs.fetch(current.known_entries.values())
    unreadable = {path for path, entry in current.known_entries.items() if entry and blobs.ticket(entry, path) is None}
    doubtful = [
        version
        for version in versions
        if version.before and (version.path in unreadable or not _continues(version, blobs))
    ]
    paths = _paths_of(doubtful, versions, blobs) if doubtful else {}
    outcomes: list[TicketOutcome] = []
    for parent, replaced in _group_by_parent(doubtful).items():
        current = _load_tree(repo, head, paths)
        former = Tree(repo, parent, {**current.known_entries, **replaced})
        trees = ThreeWay(former, current, former, tuple(paths), blobs)
        merged = merge_trees(trees, choose_hub_policy, include_other_files=False)
        if any(entry != current.entry(path.removeprefix(repo.prefix)) for path, entry in merged.entries.items()):
            head = write_merge_commit(repo, [head, parent], head, trees, merged)
            outcomes += merged.outcomes
    return head, outcomes


def _replaced_versions(repo: Repo, since: str | None, head: str) -> Iterator[_ReplacedVersion]:
    below = (layout.OPEN_FOLDER, layout.ARCHIVE_FOLDER)
    for step in objects.diff_each_commit(repo, since, head, made_by=MERGER_EMAIL, below=below):
        for difference in step.diffs:
            path = difference.path.removeprefix(repo.prefix)
            if is_ticket(path):
                yield _ReplacedVersion(path, difference.before, difference.after, step.parent)


def _load_tree(repo: Repo, head: str, paths: Iterable[str]) -> Tree:
    tree = Tree(repo, head)
    tree.load_folders({path.rpartition("/")[0] for path in paths})
    tree.known_entries |= {path: tree.entry(path) for path in paths}
    return tree


def _continues(version: _ReplacedVersion, blobs: BlobCache) -> bool:
    """Return whether the version was replaced by the same ticket with a log that clearly continues it."""
    before, after = version.before, version.after
    if before is None or after is None or blobs.uid(before, version.path) != blobs.uid(after, version.path):
        return False
    return blobs.continues(before, after)


def _paths_of(
    doubtful: Iterable[_ReplacedVersion], versions: Sequence[_ReplacedVersion], blobs: BlobCache
) -> dict[str, None]:
    """Return all paths that those tickets had in any of `versions`."""
    uids = {blobs.uid(version.before, version.path) for version in doubtful} - {""}
    blobs.fetch(entry for version in versions for entry in (version.before, version.after))
    return {
        version.path: None
        for version in versions
        if any(entry and blobs.uid(entry, version.path) in uids for entry in (version.before, version.after))
    }


def _group_by_parent(doubtful: Iterable[_ReplacedVersion]) -> dict[str, dict[str, TreeEntry | None]]:
    by_parent: dict[str, dict[str, TreeEntry | None]] = {}
    for version in doubtful:
        if version.parent:
            by_parent.setdefault(version.parent, {})[version.path] = version.before
    return by_parent
