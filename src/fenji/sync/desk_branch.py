"""Carry commits made elsewhere to the desk's branch: those on a detached HEAD or on another branch.

Commits that HEAD has left since, e.g. by `git switch`, are carried too. They are merged with the desk's branch like any
two versions of the desk, and the branch is moved to the result before anything is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Problem, Refused, Sentence
from fenji.git import branches, objects, refs
from fenji.git.branches import short_name
from fenji.sync.other_files import name_paths
from fenji.sync.trees import is_desk_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.git import Repo


class Carried(Struct, frozen=True):
    """The desk's branch if it lacked commits made elsewhere, else `""`.

    `left_behind` has a problem for each commit that stays elsewhere, since it contains other work than the desk's.
    """

    branch: str
    left_behind: tuple[Problem, ...] = ()


def carry(repo: Repo, branch: str | None, merge: Callable[..., object], fetched: str | None) -> Carried:
    """Have commits made elsewhere merged with the desk's branch: those on HEAD, and those that HEAD has left.

    `merge` is called with a commit to merge into HEAD and the merge `base`. Files that are as in the hub's commit
    `fetched` do not count as other work. Raises Refused if HEAD has changes to files outside the desk, e.g. in a larger
    repository: fenji must not merge those.
    """
    if branch is None:
        return Carried("")
    is_carried, before = _carry_head(repo, branch, merge, fetched), repo.head()
    left_behind = _carry_left_behind(repo, branch, merge, fetched)
    return Carried(short_name(branch) if is_carried or repo.head() != before else "", tuple(left_behind))


def _carry_head(repo: Repo, branch: str, merge: Callable[..., object], fetched: str | None) -> bool:
    """If HEAD is not on the desk's branch, merge both and move the branch there; return whether it lacked HEAD.

    A detached HEAD is then put on the desk's branch; another branch stays checked out.
    """
    here = refs.current_branch(repo)
    if here == branch or (head := repo.head()) is None:
        return False
    tip = refs.resolve(repo, branch)
    _check_only_desk_files(repo, head, tip, branch, fetched)
    is_lacking = not (tip and refs.contains(repo, tip, head))
    if tip and not refs.contains(repo, head, tip):
        merge(tip, base=refs.merge_base(repo, head, tip))
    follow(repo, branch)
    if here is None and not branches.is_checked_out_elsewhere(repo, branch):
        refs.attach_head(repo, branch)
    return is_lacking


def _carry_left_behind(repo: Repo, branch: str, merge: Callable[..., object], fetched: str | None) -> list[Problem]:
    """Merge commits made off the desk's branch, which HEAD has left, into HEAD; return problems for the others."""
    problems: list[Problem] = []
    for commit in branches.list_left_behind(repo):
        head = repo.head()
        others = _list_other_files(repo, commit, head, fetched)
        if others:
            message = Sentence(
                "was recorded with other work ({paths}) and stays there; take it with: git cherry-pick",
                {"paths": name_paths(others)},
            )
            problems.append(Problem(commit[:12], 0, 0, "", message))
        else:
            merge(commit, base=refs.merge_base(repo, head, commit) if head else None)
    follow(repo, branch)
    _forget_carried(repo, branch)
    return problems


def _forget_carried(repo: Repo, branch: str) -> None:
    """Forget the commits made off the desk's branch that are now on it."""
    if not refs.may_have(repo, refs.ELSEWHERE_REFS) or (tip := refs.resolve(repo, branch)) is None:
        return
    for commit in refs.list_refs(repo, refs.ELSEWHERE_REFS).values():
        if refs.contains(repo, tip, commit):
            refs.set_ref(repo, f"{refs.ELSEWHERE_REFS}/{commit}", None)


def follow(repo: Repo, branch: str | None) -> None:
    """Move the desk's branch to HEAD, which contains it, unless another working tree is on that branch."""
    here = refs.current_branch(repo)
    if branch is None or here == branch or (head := repo.head()) is None:
        return
    tip = refs.resolve(repo, branch)
    is_behind = tip is None or (tip != head and refs.contains(repo, head, tip))
    if is_behind and not branches.is_checked_out_elsewhere(repo, branch):
        refs.move_named_branch(repo, branch, tip, head)


def _list_other_files(repo: Repo, head: str, tip: str | None, fetched: str | None) -> list[str]:
    """Return the files outside the desk that `head` changed since its merge base with `tip` and unlike the hub."""
    base = refs.merge_base(repo, head, tip) if tip else None
    if base is None:
        return []
    settled = {base, fetched} - {None}
    paths = set.intersection(*({change.path for change in objects.diff_commits(repo, old, head)} for old in settled))
    return [path for path in sorted(paths) if not (path.startswith(repo.prefix) and is_desk_file(repo.desk_path(path)))]


def _check_only_desk_files(repo: Repo, head: str, tip: str | None, branch: str, fetched: str | None) -> None:
    others = _list_other_files(repo, head, tip, fetched)
    if others:
        raise Refused(
            "HEAD is not on {branch}, the desk's branch, and has more than tickets: {paths}.",
            hint="Bring that into {branch} with git merge, or leave it and take only the tickets: git switch {branch}, "
            "then git cherry-pick their commits.",
            branch=short_name(branch),
            paths=name_paths(others),
        )
