"""Merge the files outside the desk as git merges them, or refuse the sync.

If git would report a conflict, the sync stops before anything is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.errors import Refused, name_some
from fenji.git import objects
from fenji.git.run import run_git

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fenji.git import Repo
    from fenji.git.fast_import import TreeEntry
    from fenji.sync.trees import ThreeWay

_MAX_NAMED = 5


def merge_other_files(trees: ThreeWay) -> dict[str, TreeEntry | None]:
    """Return the merged entry of each differing path outside the desk. Raises Refused if git would find a conflict."""
    merged: dict[str, TreeEntry | None] = {}
    both_changed = False
    for path, (base, ours, theirs) in trees.other_files.items():
        merged[path] = theirs if ours == base else ours
        both_changed = both_changed or (base not in (ours, theirs) and ours != theirs)
    return _merge_by_git(trees) if both_changed else merged


def _merge_by_git(trees: ThreeWay) -> dict[str, TreeEntry | None]:
    repo = trees.ours.repo
    commits = [str(tree.commit) for tree in trees.sides]
    # The desk's own files are merged elsewhere, so git's result for them does not matter here.
    arguments = ("-c", "merge.fenji.driver=true", "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages")
    answer = run_git(repo.top, *arguments, *commits)
    tree, *conflicts = answer.stdout.decode("utf-8", "surrogateescape").split("\0")
    paths = (
        sorted(set(conflicts) & trees.other_files.keys()) if answer.returncode in (0, 1) else sorted(trees.other_files)
    )
    if paths:
        raise Refused(
            "{paths}: changed on both sides, and not part of the desk.",
            hint="Merge it with git pull, commit, then sync again.",
            paths=name_paths(paths),
        )
    return _load_entries(repo, tree, trees.other_files)


def _load_entries(repo: Repo, tree: str, paths: Iterable[str]) -> dict[str, TreeEntry | None]:
    split = {path: path.rpartition("/")[::2] for path in paths}
    folders = objects.list_folders(repo, tree, (folder for folder, _ in split.values()))
    return {path: folders[folder].get(name) for path, (folder, name) in split.items()}


def name_paths(paths: list[str]) -> tuple[str, ...]:
    """Return the first few paths, with `…` if there are more."""
    return name_some(paths, _MAX_NAMED)
