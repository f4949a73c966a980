"""Carry what was recorded elsewhere to the desk's branch: on a HEAD that is on no branch, or on another one.

The two are merged like any two versions of the desk, and the desk's branch is moved to the result, before anything is
sent. So going back to that branch by hand finds everything there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.errors import Refused
from fenji.git import branches, objects, refs
from fenji.git.branches import short_name
from fenji.sync.other_files import format_paths
from fenji.sync.trees import is_desk_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.git import Repo


def carry(repo: Repo, branch: str | None, merge: Callable[..., object], *, fetched: str | None = None) -> str | None:
    """Have the desk's branch merged with HEAD where HEAD is elsewhere, and move it there.

    `merge` is called with the tip of that branch and the merge `base`. Returns None where HEAD is on the branch; else
    its name if it lacked something that was recorded on HEAD, or `""`.
    A HEAD that is on no branch is put on the desk's; another branch stays the one that is worked on. Raises Refused if
    there is something else than the desk's files on HEAD, as in a larger repository: that is not fenji's to merge.
    What the hub's commit has, as `fetched`, is no such thing.
    """
    here = refs.current_branch(repo)
    if branch is None or here == branch or (head := repo.head()) is None:
        return None
    tip = refs.resolve(repo, branch)
    _check_only_desk_files(repo, head, tip, branch, fetched)
    carried_to = "" if tip and refs.contains(repo, tip, head) else short_name(branch)
    if tip and not refs.contains(repo, head, tip):
        merge(tip, base=refs.merge_base(repo, head, tip))
    follow(repo, branch)
    if here is None and not branches.is_checked_out_elsewhere(repo, branch):
        refs.attach_head(repo, branch)
    return carried_to


def follow(repo: Repo, branch: str | None) -> None:
    """Move the desk's branch to HEAD, which contains it, unless another working tree is on that branch."""
    here = refs.current_branch(repo)
    if branch is None or here == branch or (head := repo.head()) is None:
        return
    tip = refs.resolve(repo, branch)
    is_behind = tip is None or (tip != head and refs.contains(repo, head, tip))
    if is_behind and not branches.is_checked_out_elsewhere(repo, branch):
        refs.move_named_branch(repo, branch, tip, head)


def _check_only_desk_files(repo: Repo, head: str, tip: str | None, branch: str, fetched: str | None) -> None:
    base = refs.merge_base(repo, head, tip) if tip else None
    if base is None:
        return
    settled = {base, fetched} - {None}
    paths = set.intersection(*({change.path for change in objects.diff_commits(repo, old, head)} for old in settled))
    others = [
        path
        for path in sorted(paths)
        if not (path.startswith(repo.prefix) and is_desk_file(path.removeprefix(repo.prefix)))
    ]
    if others:
        raise Refused(
            "HEAD is not on {branch}, the desk's branch, and has more than tickets: {paths}.",
            hint="Take that to {branch} with git merge, or leave it and take the tickets alone:"
            " git switch {branch}, then git cherry-pick of their commits.",
            branch=short_name(branch),
            paths=format_paths(others),
        )
