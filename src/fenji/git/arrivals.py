"""Look up commit times, and the commits on HEAD's first-parent line that changed given files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.git.run import GitError

if TYPE_CHECKING:
    from fenji.git.tree import Repo


def find_commit(repo: Repo, name: str) -> tuple[str, datetime] | None:
    """Return the commit with an abbreviated id, and when it was committed; None if there is none."""
    try:
        answer = repo.git.run("show", "-s", "--format=%H %cI", f"{name}^{{commit}}", "--").decode()
    except GitError:
        return None
    sha, _, date = answer.strip().partition(" ")
    return sha, datetime.fromisoformat(date)


def list_arrivals(repo: Repo, since: str, paths: Iterable[str]) -> list[tuple[str, datetime]]:
    """Return the commits on HEAD's first-parent line after `since` that changed `paths`, oldest first, with dates.

    A merge counts as one change with everything that it brought. Empty if `since` is unknown.
    """
    limits = ("--first-parent", "--reverse", "HEAD", f"^{since}")
    where = [f"{repo.prefix}{path}" for path in paths]
    try:
        answer = repo.git.run("log", "--format=%H %cI", *limits, "--", *where).decode()
    except GitError:
        return []
    pairs = (line.partition(" ") for line in answer.splitlines() if line)
    return [(sha, datetime.fromisoformat(date)) for sha, _, date in pairs]
