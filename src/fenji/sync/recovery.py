"""Restore versions of tickets that somebody dropped with git since the last sync.

People delete files, overwrite them with old copies, break them, or resolve conflicts wrongly, and commit that with git.
So each version of a ticket that a commit replaced is compared with the current version, which is found by its uid at
any path. If the current version lacks one of its events, both are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.git import objects
from fenji.model.merge import original_number, possible_numbers
from fenji.model.ticket import ID_PATTERN
from fenji.storage import layout
from fenji.sync.explain import CommittedEdits, explain_for
from fenji.sync.merge_commit import MERGER_EMAIL, write_merge_commit
from fenji.sync.merge_trees import merge_trees
from fenji.sync.policy_choice import choose_hub_policy
from fenji.sync.trees import BlobCache, ThreeWay, Tree, is_ticket

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.git.fast_import import TreeEntry
    from fenji.sync.recorder import Recorder
    from fenji.sync.results import TicketOutcome

_FOLDERS = (layout.OPEN_FOLDER, layout.ARCHIVE_FOLDER)


class _ReplacedVersion(Struct, frozen=True):
    """A version of a ticket that a commit replaced, and the parent commit, which contains it."""

    path: str
    before: TreeEntry | None
    after: TreeEntry | None
    parent: str | None


def restore_lost(blobs: BlobCache, since: str | None, head: str, recorder: Recorder) -> tuple[str, list[TicketOutcome]]:
    """Return a commit on `head` with every event committed since `since`, and the restored tickets; `head` if complete.

    Its further parents are the commits that contain the restored events, so that a judge finds every event in a parent.
    If `head` has no readable version, several independent versions may be merged, so hand edits in them are explained
    first.
    """
    if since == head:
        return head, []
    repo = blobs.repo
    versions = list(_replaced_versions(repo, since, head))
    blobs.fetch(entry for version in versions if version.before for entry in (version.before, version.after))
    current = _load_tree(blobs, head, {version.path for version in versions if version.before})
    blobs.fetch(current.known_entries.values())
    unreadable = {path for path, entry in current.known_entries.items() if entry and blobs.ticket(entry, path) is None}
    doubtful = [
        version
        for version in versions
        if version.before and (version.path in unreadable or not _continues(version, blobs))
    ]
    outcomes: list[TicketOutcome] = []
    paths: dict[str, None] | None = None
    for commit, replaced in _group_by_parent(doubtful).items():
        parent = commit
        paths = paths or _paths_of(doubtful, versions, _CurrentTickets(blobs.tree(head), blobs))
        current = _load_tree(blobs, head, paths)
        blobs.fetch(current.known_entries.values())
        present = {blobs.uid(entry, path) for path, entry in current.known_entries.items() if entry}
        if any(path in unreadable or blobs.uid(entry, path) not in present for path, entry in replaced.items()):
            parent = explain_for(recorder, blobs, CommittedEdits(commit, since, replaced))
            replaced |= {path: blobs.tree(parent).entry(path) for path in replaced}
        former = Tree(repo, parent, {**current.known_entries, **replaced})
        trees = ThreeWay(former, current, former, tuple(paths), blobs)
        merged = merge_trees(trees, choose_hub_policy, include_other_files=False)
        if any(entry != current.entry(repo.desk_path(path)) for path, entry in merged.entries.items()):
            head = write_merge_commit(repo, [head, parent], head, trees, merged)
            outcomes += merged.outcomes
            paths = None  # a ticket may have another number now
    return head, outcomes


def _replaced_versions(repo: Repo, since: str | None, head: str) -> Iterator[_ReplacedVersion]:
    for step in objects.diff_each_commit(repo, since, head, made_by=MERGER_EMAIL, below=_FOLDERS):
        for difference in step.diffs:
            path = repo.desk_path(difference.path)
            if is_ticket(path):
                yield _ReplacedVersion(path, difference.before, difference.after, step.parent)


def _load_tree(blobs: BlobCache, head: str, paths: Iterable[str]) -> Tree:
    tree = blobs.tree(head)
    tree.load_folders({path.rpartition("/")[0] for path in paths})
    tree.known_entries |= {path: tree.entry(path) for path in paths}
    return tree


def _continues(version: _ReplacedVersion, blobs: BlobCache) -> bool:
    """Return whether the version was replaced by one of the same ticket whose log clearly continues its log."""
    before, after = version.before, version.after
    if before is None or after is None or blobs.uid(before, version.path) != blobs.uid(after, version.path):
        return False
    return blobs.continues(before, after)


def _paths_of(
    doubtful: Sequence[_ReplacedVersion], versions: Sequence[_ReplacedVersion], current: _CurrentTickets
) -> dict[str, None]:
    """Return all paths that the tickets of `doubtful` had in any of `versions`, and their current paths."""
    blobs = current.blobs
    numbers: dict[str, set[str]] = {}
    for version in doubtful:
        if uid := blobs.uid(version.before, version.path):
            numbers.setdefault(uid, set()).add(original_number(PurePosixPath(version.path).stem))
    blobs.fetch(entry for version in versions for entry in (version.before, version.after))
    former = {
        version.path: None
        for version in versions
        if any(entry and blobs.uid(entry, version.path) in numbers for entry in (version.before, version.after))
    }
    return former | dict.fromkeys(current.find(numbers))


class _CurrentTickets(Struct, frozen=True):
    """The tickets of one commit, to be found by uid at any path: moved, archived or under another number."""

    tree: Tree
    blobs: BlobCache

    def find(self, numbers: Mapping[str, Iterable[str]]) -> list[str]:
        """Return the current paths of tickets, given by uid with the numbers that they first had in some version.

        Almost every ticket is at the path of one of its possible numbers; the others are searched for in all files.
        """
        near = {uid: set(self._paths_near(uid, born)) for uid, born in numbers.items()}
        self.blobs.fetch(self.tree.entry(path) for paths in near.values() for path in paths)
        found = {
            path: uid
            for uid, paths in near.items()
            for path in paths
            if self.blobs.uid(self.tree.entry(path), path) == uid
        }
        missing = numbers.keys() - found.values()
        return [*found, *self._search(missing)]

    def _paths_near(self, uid: str, numbers: Iterable[str]) -> Iterator[str]:
        for born in filter(ID_PATTERN.fullmatch, numbers):
            yield from (path for number in possible_numbers(uid, born) for path in layout.ticket_paths(number))

    def _search(self, uids: Iterable[str]) -> list[str]:
        repo = self.blobs.repo
        texts = [f"uid: {uid}" for uid in uids]
        found = objects.find_files(repo, self.tree.commit, texts, below=_FOLDERS) if self.tree.commit else []
        return [path for path in (repo.desk_path(name) for name in found) if is_ticket(path)]


def _group_by_parent(doubtful: Iterable[_ReplacedVersion]) -> dict[str, dict[str, TreeEntry | None]]:
    by_parent: dict[str, dict[str, TreeEntry | None]] = {}
    for version in doubtful:
        if version.parent:
            by_parent.setdefault(version.parent, {})[version.path] = version.before
    return by_parent
