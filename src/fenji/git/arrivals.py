"""When commits were made, and which of the desk's own line brought a change to some files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.git.run import GitError

if TYPE_CHECKING:
    from fenji.git.tree import Repo


def find_commit(repo: Repo, name: str) -> tuple[str, datetime] | None:
    """Return the commit that seven or more digits name, and when it was committed; None where none is named so."""
    try:
        answer = repo.git.run("show", "-s", "--format=%H %cI", f"{name}^{{commit}}", "--").decode()
    except GitError:
        return None
    sha, _, date = answer.strip().partition(" ")
    return sha, datetime.fromisoformat(date)


def list_arrivals(repo: Repo, since: str, paths: Iterable[str]) -> list[tuple[str, datetime]]:
    """Return the commits of HEAD's own line since a commit that changed files, oldest first, with their dates.

    A merge counts as one change, of what it brought. Empty where the commit is unknown.
    """
    limits = ("--first-parent", "--reverse", "HEAD", f"^{since}")
    where = [f"{repo.prefix}{path}" for path in paths]
    try:
        answer = repo.git.run("log", "--format=%H %cI", *limits, "--", *where).decode()
    except GitError:
        return []
    pairs = (line.partition(" ") for line in answer.splitlines() if line)
    return [(sha, datetime.fromisoformat(date)) for sha, _, date in pairs]
