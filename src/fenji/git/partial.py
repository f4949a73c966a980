"""Clones that left large files with the hub: which files those are, and having them after all.

What such a clone lacks git fetches by itself, file by file, as soon as anything reads it. So nothing here reads it
before somebody asks: its index entry carries the mark that its file need not stand in the working tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fenji.errors import Unavailable
from fenji.git.run import GitError, run_git

if TYPE_CHECKING:
    from fenji.git.tree import Repo

_SKIPPED = "S "  # how `ls-files -t` shows such an entry


def is_partial(repo: Repo) -> bool:
    """Whether this clone may lack contents that its hub has."""
    answer = run_git(repo.top, "config", "--type=bool", "--get-regexp", r"^remote\..*\.promisor$")
    return any(line.endswith(b" true") for line in answer.stdout.splitlines())


def missing_blobs(repo: Repo, commit: str) -> frozenset[str]:
    """The files of a commit whose contents are not here, by their names in git."""
    options = ("--objects", "--no-object-names", "--missing=print", "--no-walk")
    answer = repo.git.run("rev-list", *options, commit, "--")
    return frozenset(line[1:].decode() for line in answer.splitlines() if line.startswith(b"?"))


def check_out_available(repo: Repo) -> None:
    """Fill index and working tree of a new clone with what is here."""
    head = repo.head()
    if head is None:
        return
    repo.git.run("read-tree", head)
    lacking = missing_blobs(repo, head)
    listing = repo.git.run("ls-files", "-s", "-z").decode("utf-8", "surrogateescape")
    entries = (entry.partition("\t") for entry in listing.split("\0") if entry)
    leave_out(repo, (path for info, _, path in entries if info.split(" ")[1] in lacking))
    repo.git.run("checkout-index", "-a", "-u", "-q")


def list_left_out(repo: Repo, below: str) -> set[str]:
    """The files below a folder that were left with the hub, from the top."""
    answer = run_git(repo.top, "ls-files", "-t", "-z", "--", below)
    entries = answer.stdout.decode("utf-8", "surrogateescape").split("\0")
    return {entry[len(_SKIPPED) :] for entry in entries if entry.startswith(_SKIPPED)}


def leave_out(repo: Repo, paths: Iterable[str]) -> None:
    """Mark files, from the top, as ones that need not stand in the working tree."""
    _set_flag(repo, paths, "--skip-worktree")


def fetch_left_out(repo: Repo, paths: Iterable[str]) -> None:
    """Fetch files that were left out, and put them in their places. Raises Unavailable; then they stay out."""
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
    return "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
