"""Partial clones, which leave large files at the hub: find out which files those are, and fetch them on request.

Git fetches a missing file by itself, one by one, as soon as anything reads it. So nothing reads one before somebody
asks for it: its index entry is marked skip-worktree, so that git does not expect it in the working tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from fenji.errors import Unavailable
from fenji.git.run import GitError, encode_lines, run_git

if TYPE_CHECKING:
    from fenji.git.tree import Repo

_SKIPPED = "S "  # how `ls-files -t` shows such an entry


def is_partial(repo: Repo) -> bool:
    """Return whether this clone may lack contents that its hub has."""
    answer = run_git(repo.top, "config", "--type=bool", "--get-regexp", r"^remote\..*\.promisor$")
    return any(line.endswith(b" true") for line in answer.stdout.splitlines())


def missing_blobs(repo: Repo, commit: str) -> frozenset[str]:
    """Return the ids of the blobs of a commit whose contents are not in this clone."""
    options = ("--objects", "--no-object-names", "--missing=print", "--no-walk")
    answer = repo.git.run("rev-list", *options, commit, "--")
    return frozenset(line[1:].decode() for line in answer.splitlines() if line.startswith(b"?"))


def check_out_available(repo: Repo, prepare: Callable[[Repo], None]) -> None:
    """Fill index and working tree of a new clone with the files that it has; `prepare` sets up git in between."""
    head = repo.head()
    if head is None:
        return
    repo.git.run("read-tree", head)
    prepare(repo)
    lacking = missing_blobs(repo, head)
    listing = repo.git.run("ls-files", "-s", "-z").decode("utf-8", "surrogateescape")
    entries = (entry.partition("\t") for entry in listing.split("\0") if entry)
    leave_out(repo, (path for info, _, path in entries if info.split(" ")[1] in lacking))
    repo.git.run("checkout-index", "-a", "-u", "-q")


def list_left_out(repo: Repo, below: str) -> set[str]:
    """Return the files below a folder that were left at the hub; paths are relative to the top of the repository."""
    answer = run_git(repo.top, "ls-files", "-t", "-z", "--", below)
    entries = answer.stdout.decode("utf-8", "surrogateescape").split("\0")
    return {entry[len(_SKIPPED) :] for entry in entries if entry.startswith(_SKIPPED)}


def leave_out(repo: Repo, paths: Iterable[str]) -> None:
    """Mark files (paths relative to the top) as absent from the working tree on purpose."""
    _set_flag(repo, paths, "--skip-worktree")


def fetch_left_out(repo: Repo, paths: Iterable[str]) -> None:
    """Fetch files that were left out and write them to the working tree. Raises Unavailable; then they stay out."""
    wanted = list(paths)
    if not wanted:
        return
    _set_flag(repo, wanted, "--no-skip-worktree")
    try:
        repo.git.run("checkout-index", "-u", "-q", "-z", "--stdin", data=_join_paths(wanted))
    except GitError as failure:
        _set_flag(repo, wanted, "--skip-worktree")
        raise Unavailable(
            "These files are at the hub, and it cannot be reached: {paths}",
            hint="Try again once there is a link.",
            paths=", ".join(wanted),
        ) from failure


def _set_flag(repo: Repo, paths: Iterable[str], option: str) -> None:
    data = _join_paths(paths)
    if data:
        repo.git.run("update-index", "-z", option, "--stdin", data=data)


def _join_paths(paths: Iterable[str]) -> bytes:
    return encode_lines(paths, "\0")
