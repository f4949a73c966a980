"""Clones that left large files with the hub: which files those are, and having them after all.

What such a clone lacks git fetches by itself, file by file, as soon as anything reads it. So nothing here reads it
before somebody asks: its index entry carries the mark that its file need not stand in the working tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fenji.errors import Unavailable
from fenji.repo.command import GitFailed, ask

if TYPE_CHECKING:
    from fenji.repo.tree import Repo

_MARKED = "S "  # how `ls-files -t` shows such an entry


def is_thin(repo: Repo) -> bool:
    """Whether this clone may lack contents that its hub has."""
    answer = ask(repo.top, "config", "--type=bool", "--get-regexp", r"^remote\..*\.promisor$")
    return any(line.endswith(b" true") for line in answer.stdout.splitlines())


def missing(repo: Repo, commit: str) -> frozenset[str]:
    """The files of a commit whose contents are not here, by their names in git."""
    plain = ("--objects", "--no-object-names", "--missing=print", "--no-walk")
    answer = repo.git.run("rev-list", *plain, commit, "--")
    return frozenset(line[1:].decode() for line in answer.splitlines() if line.startswith(b"?"))


def begin(repo: Repo) -> None:
    """Fill index and working tree of a new clone with what is here."""
    head = repo.head()
    if head is None:
        return
    repo.git.run("read-tree", head)
    lacking = missing(repo, head)
    listed = repo.git.run("ls-files", "-s", "-z").decode("utf-8", "surrogateescape")
    entries = (entry.partition("\t") for entry in listed.split("\0") if entry)
    leave_out(repo, (path for told, _, path in entries if told.split(" ")[1] in lacking))
    repo.git.run("checkout-index", "-a", "-u", "-q")


def left_out(repo: Repo, below: str) -> set[str]:
    """The files below a folder that were left with the hub, from the top."""
    answer = ask(repo.top, "ls-files", "-t", "-z", "--", below)
    entries = answer.stdout.decode("utf-8", "surrogateescape").split("\0")
    return {entry[len(_MARKED) :] for entry in entries if entry.startswith(_MARKED)}


def leave_out(repo: Repo, paths: Iterable[str]) -> None:
    """Mark files, from the top, as ones that need not stand in the working tree."""
    _mark(repo, paths, "--skip-worktree")


def take_up(repo: Repo, paths: Iterable[str]) -> None:
    """Fetch files that were left out, and put them in their places. Raises Unavailable; then they stay out."""
    wanted = list(paths)
    if not wanted:
        return
    _mark(repo, wanted, "--no-skip-worktree")
    try:
        repo.git.run("checkout-index", "-u", "-q", "-z", "--stdin", data=_listed(wanted))
    except GitFailed as failure:
        _mark(repo, wanted, "--skip-worktree")
        raise Unavailable(
            "These files are at the hub, and it cannot be reached: {paths}",
            hint="Try again once there is a link.",
            paths=", ".join(wanted),
        ) from failure


def _mark(repo: Repo, paths: Iterable[str], how: str) -> None:
    data = _listed(paths)
    if data:
        repo.git.run("update-index", "-z", how, "--stdin", data=data)


def _listed(paths: Iterable[str]) -> bytes:
    return "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
