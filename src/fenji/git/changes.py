"""The history of a branch as people are shown it: the commits that changed files, and the moves of HEAD."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.git.commit_object import CommitPerson
from fenji.git.file_diff import FileDiff, parse_diff
from fenji.git.run import GitError

if TYPE_CHECKING:
    from fenji.git.tree import Repo

_MOST_MOVES = 200  # moves of HEAD to list
_FIELD_END, _COMMIT_START = "\x1f", "\x1e"
_LOG_FORMAT = f"--format={_COMMIT_START}" + _FIELD_END.join(("%H", "%aI", "%an", "%ae", "%cn", "%ce", "%s"))


class CommitChange(Struct, frozen=True):
    """One commit: its id, author time, author, committer, subject and changed files."""

    sha: str
    at: datetime
    author: CommitPerson
    committer: CommitPerson
    subject: str
    files: tuple[FileDiff, ...]


class HeadMove(Struct, frozen=True):
    """A move of this clone's HEAD: the commits before and after, the time, and the reason in git's reflog."""

    before: str
    after: str
    at: datetime
    reason: str


def list_changes(repo: Repo, paths: Iterable[str], *, limit: int = 0, skip: int = 0) -> list[CommitChange]:
    """Return the commits of HEAD's history that changed files at or below `paths` of the desk, newest first.

    Merges are left out, since the changes are in the commits that they join. At most `limit` commits, 0 for all.
    """
    if repo.head() is None:
        return []
    options = ["--no-show-signature", "--raw", "-z", "--full-history", "--no-merges", "--no-renames", "--no-abbrev"]
    options += [f"--max-count={limit}", f"--skip={skip}"] if limit else []
    where = (f"{repo.prefix}{path}" for path in paths)
    answer = repo.git.run("log", *options, _LOG_FORMAT, "HEAD", "--", *where).decode("utf-8", "surrogateescape")
    return [_parse_commit(part, repo.prefix) for part in answer.split(_COMMIT_START) if part.strip("\0\n")]


def _parse_commit(text: str, prefix: str) -> CommitChange:
    head, *fields = text.split("\0")
    sha, written, *people, subject = head.split(_FIELD_END, 6)
    at = datetime.fromisoformat(written)
    author, committer = (CommitPerson(name, email, at) for name, email in (people[:2], people[2:]))
    tokens = [field.strip("\n") for field in fields if field.strip("\n")]
    diffs = [
        parse_diff(header, path.removeprefix(prefix)) for header, path in zip(tokens[::2], tokens[1::2], strict=False)
    ]
    return CommitChange(sha, at, author, committer, subject.strip("\n"), tuple(diffs))


def list_moves(repo: Repo) -> list[HeadMove]:
    """Return the latest moves of HEAD in this clone, newest first; none if git keeps no reflog."""
    try:
        options = (f"--max-count={_MOST_MOVES + 1}", "--date=iso-strict", f"--format=%H{_FIELD_END}%gd{_FIELD_END}%gs")
        answer = repo.git.run("log", "--walk-reflogs", "--no-show-signature", *options, "HEAD", "--")
    except GitError:
        return []
    rows = [line.split(_FIELD_END, 2) for line in answer.decode("utf-8", "surrogateescape").splitlines() if line]
    return [HeadMove(before[0], after[0], _parse_selector(after[1]), after[2]) for after, before in pairwise(rows)]


def _parse_selector(selector: str) -> datetime:
    """Parse `HEAD@{2026-11-28T10:05:00+03:00}`."""
    return datetime.fromisoformat(selector[selector.index("{") + 1 : -1])
