"""Carry what was recorded elsewhere to the desk's branch: on a HEAD that is on no branch, or on another one.

So is what was recorded there before HEAD left, as by `git switch`. The two are merged like any two versions of the
desk, and the desk's branch is moved to the result, before anything is sent.
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
    """The desk's branch if it lacked something that was recorded elsewhere, else `""`.

    `left_behind` is what stays elsewhere, since it stands beside other work than the desk's.
    """

    branch: str
    left_behind: tuple[Problem, ...] = ()


def carry(repo: Repo, branch: str | None, merge: Callable[..., object], fetched: str | None) -> Carried:
    """Have what was recorded elsewhere merged with the desk's branch: on HEAD, and where HEAD has been.

    `merge` is called with another commit than HEAD and the merge `base`; what the hub's commit has, as `fetched`, is
    no other work. Raises Refused if there is something else than the desk's files on HEAD, as in a larger repository:
    that is not fenji's to merge.
    """
    if branch is None:
        return Carried("")
    is_carried, before = _carry_head(repo, branch, merge, fetched), repo.head()
    left_behind = _carry_left_behind(repo, branch, merge, fetched)
    return Carried(short_name(branch) if is_carried or repo.head() != before else "", tuple(left_behind))


def _carry_head(repo: Repo, branch: str, merge: Callable[..., object], fetched: str | None) -> bool:
    """Have the desk's branch merged with HEAD where HEAD is elsewhere, and move it there; return whether it lacked it.

    A HEAD that is on no branch is put on the desk's; another branch stays the one that is worked on.
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
    """Have HEAD merged with what was recorded off the desk's branch, and HEAD has left since; return what stays."""
    problems: list[Problem] = []
    for commit in branches.list_left_behind(repo):
        head = repo.head()
        others = _list_other_files(repo, commit, head, fetched)
        if others:
            message = Sentence(
                "was recorded beside other work ({paths}) and stays there; take it with: git cherry-pick",
                {"paths": name_paths(others)},
            )
            problems.append(Problem(commit[:12], 0, 0, "", message))
        else:
            merge(commit, base=refs.merge_base(repo, head, commit) if head else None)
    follow(repo, branch)
    _forget_carried(repo, branch)
    return problems


def _forget_carried(repo: Repo, branch: str) -> None:
    """Forget the commits made off the desk's branch that are on it by now."""
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
    """Return the files that are none of the desk's and that neither the tip of its branch nor the hub has so."""
    base = refs.merge_base(repo, head, tip) if tip else None
    if base is None:
        return []
    settled = {base, fetched} - {None}
    paths = set.intersection(*({change.path for change in objects.diff_commits(repo, old, head)} for old in settled))
    return [
        path
        for path in sorted(paths)
        if not (path.startswith(repo.prefix) and is_desk_file(path.removeprefix(repo.prefix)))
    ]


def _check_only_desk_files(repo: Repo, head: str, tip: str | None, branch: str, fetched: str | None) -> None:
    others = _list_other_files(repo, head, tip, fetched)
    if others:
        raise Refused(
            "HEAD is not on {branch}, the desk's branch, and has more than tickets: {paths}.",
            hint="Take that to {branch} with git merge, or leave it and take the tickets alone:"
            " git switch {branch}, then git cherry-pick of their commits.",
            branch=short_name(branch),
            paths=name_paths(others),
        )
