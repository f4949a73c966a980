"""Names of commits: branches, what comes from what, how far two histories lie apart."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fenji.repo.command import GitFailed, ask

if TYPE_CHECKING:
    from fenji.repo.tree import Repo

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REF = re.compile(r"refs/[^\x00-\x20\x7f~^:?*\[\\]+")
_SYNCED = ("-c", "core.fsync=committed")


def branch(repo: Repo) -> str | None:
    """The branch that HEAD stands on, as `refs/heads/main`; None where HEAD is detached."""
    answer = ask(repo.top, "symbolic-ref", "--quiet", "HEAD")
    return answer.stdout.decode("utf-8", "surrogateescape").strip() or None


def resolve(repo: Repo, name: str) -> str | None:
    """The commit of a full ref name, of HEAD, MERGE_HEAD or a commit's own name; None where there is none."""
    if not (_REF.fullmatch(name) or _SHA.fullmatch(name) or name in ("HEAD", "MERGE_HEAD")) or ".." in name:
        raise ValueError(name)
    answer = ask(repo.top, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return answer.stdout.decode().strip() or None


def base(repo: Repo, one: str, other: str) -> str | None:
    """A commit that both histories hold, and none of whose successors do; the same whichever comes first."""
    answer = ask(repo.top, "merge-base", "--all", one, other)
    if answer.returncode not in (0, 1):
        raise GitFailed(("merge-base",), answer.returncode, answer.stderr.decode("utf-8", "replace"))
    return min(answer.stdout.decode().split(), default=None)


def holds(repo: Repo, later: str, earlier: str) -> bool:
    """Whether the history of `later` holds `earlier`."""
    return later == earlier or ask(repo.top, "merge-base", "--is-ancestor", earlier, later).returncode == 0


def apart(repo: Repo, ours: str, theirs: str) -> tuple[int, int]:
    """How many commits, merges not counted, each history has that the other lacks."""
    answer = ask(repo.top, "rev-list", "--count", "--left-right", "--no-merges", f"{ours}...{theirs}", "--")
    words = answer.stdout.split()
    return (int(words[0]), int(words[1])) if len(words) == 2 else (0, 0)


def committed_at(repo: Repo, *commits: str) -> datetime:
    """The latest instant at which one of the commits was made, in UTC."""
    answer = repo.git.run("show", "-s", "--no-show-signature", "--format=%ct", *commits, "--")
    return datetime.fromtimestamp(max(int(word) for word in answer.split()), UTC)


def advance(repo: Repo, before: str | None, after: str, reason: str) -> bool:
    """Move HEAD's branch from one commit to another; False where it is no longer at the first."""
    line = f"update HEAD {after} {before or repo.nothing}\n"
    try:
        repo.git.run(*_SYNCED, "update-ref", "-m", reason, "--stdin", data=line.encode())
    except GitFailed as failure:
        if "but expected" in failure.said or "reference already exists" in failure.said:
            return False
        raise
    return True


def put(repo: Repo, name: str, commit: str | None) -> None:
    """Set a ref of fenji's own (None: remove it)."""
    if not _REF.fullmatch(name) or not name.startswith(("refs/fenji/", "refs/worktree/fenji/")) or ".." in name:
        raise ValueError(name)
    line = f"update {name} {commit}\n" if commit else f"delete {name}\n"
    if commit or resolve(repo, name):
        repo.git.run(*_SYNCED, "update-ref", "--stdin", data=line.encode())


def named(repo: Repo, below: str) -> dict[str, str]:
    """The refs below a prefix of fenji's own, by the rest of their names, with their commits."""
    answer = ask(repo.top, "for-each-ref", "--format=%(refname) %(objectname)", below)
    pairs = (line.rsplit(" ", 1) for line in answer.stdout.decode("utf-8", "surrogateescape").splitlines())
    return {name.removeprefix(f"{below}/"): commit for name, commit in pairs}
