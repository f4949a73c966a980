"""Resolve refs, compare histories, and move branches and fenji's own refs."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fenji.git import ref_files
from fenji.git.locks import common_folder
from fenji.git.run import SYNCED, GitError, run_git

if TYPE_CHECKING:
    from fenji.git.tree import Repo

HELD_REFS = "refs/fenji/held"  # held acts, each named by its event's hash
ELSEWHERE_REFS = "refs/fenji/elsewhere"  # commits made off the desk's branch, by id, until that branch has them
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REF = re.compile(r"refs/[^\x00-\x20\x7f~^:?*\[\\]+")


def current_branch(repo: Repo) -> str | None:
    """Return the full name of HEAD's branch, e.g. `refs/heads/main`; None if HEAD is detached."""
    branch = ref_files.read_branch(repo.git_dir)
    if branch is not None:
        return branch or None
    answer = run_git(repo.top, "symbolic-ref", "--quiet", "HEAD")
    return answer.stdout.decode("utf-8", "surrogateescape").strip() or None


def resolve(repo: Repo, name: str) -> str | None:
    """Return the commit of a full ref name, HEAD, MERGE_HEAD or a full commit id; None if there is none."""
    if not (_REF.fullmatch(name) or _SHA.fullmatch(name) or name in ("HEAD", "MERGE_HEAD")) or ".." in name:
        raise ValueError(name)
    return repo.find_commit(name)


def merge_base(repo: Repo, ours: str, theirs: str) -> str | None:
    """Return a best common ancestor of two commits, or None; the order of the two does not matter."""
    if ours == theirs:
        return ours
    answer = run_git(repo.top, "merge-base", "--all", ours, theirs)
    if answer.returncode not in (0, 1):
        raise GitError(("merge-base",), answer.returncode, answer.stderr.decode("utf-8", "replace"))
    return min(answer.stdout.decode().split(), default=None)


def contains(repo: Repo, later: str, earlier: str) -> bool:
    """Return whether the history of `later` contains `earlier`."""
    return later == earlier or run_git(repo.top, "merge-base", "--is-ancestor", earlier, later).returncode == 0


def is_shallow(repo: Repo) -> bool:
    """Return whether this clone was made without the older part of the history."""
    return run_git(repo.top, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"


def count_ahead_behind(repo: Repo, ours: str, theirs: str) -> tuple[int, int]:
    """Count the commits, without merges, that each history has and the other lacks."""
    answer = run_git(repo.top, "rev-list", "--count", "--left-right", "--no-merges", f"{ours}...{theirs}", "--")
    counts = answer.stdout.split()
    return (int(counts[0]), int(counts[1])) if len(counts) == 2 else (0, 0)


def latest_commit_time(repo: Repo, *commits: str) -> datetime:
    """Return the latest commit time of these commits, in UTC."""
    answer = repo.git.run("show", "-s", "--format=%ct", *commits, "--")
    return datetime.fromtimestamp(max(int(word) for word in answer.split()), UTC)


def move_named_branch(repo: Repo, branch: str, before: str | None, after: str) -> None:
    """Move a branch that is not checked out from one commit (None: it is new) to another. Raises GitError."""
    line = f"update {branch} {after} {before or repo.null_id}\n"
    repo.git.run(*SYNCED, "update-ref", "-m", "fenji: carry", "--stdin", data=line.encode("utf-8", "surrogateescape"))


def attach_head(repo: Repo, branch: str) -> None:
    """Attach HEAD to a branch that is at the same commit."""
    repo.git.run("symbolic-ref", "-m", "fenji: back to the desk's branch", "HEAD", branch)


def set_ref(repo: Repo, name: str, commit: str | None) -> None:
    """Set one of fenji's own refs (None: remove it)."""
    if not _REF.fullmatch(name) or not name.startswith(("refs/fenji/", "refs/worktree/fenji/")) or ".." in name:
        raise ValueError(name)
    line = f"update {name} {commit}\n" if commit else f"delete {name}\n"
    if commit or resolve(repo, name):
        repo.git.run(*SYNCED, "update-ref", "--stdin", data=line.encode())


def list_refs(repo: Repo, prefix: str) -> dict[str, str]:
    """Return the commits of the refs below a prefix, by the rest of the ref's name."""
    answer = run_git(repo.top, "for-each-ref", "--format=%(refname) %(objectname)", prefix)
    pairs = (line.rsplit(" ", 1) for line in answer.stdout.decode("utf-8", "surrogateescape").splitlines())
    return {name.removeprefix(f"{prefix}/"): commit for name, commit in pairs}


def may_have(repo: Repo, prefix: str) -> bool:
    """Return whether there may be refs below a prefix, from a few files and without running git."""
    folder = common_folder(repo.git_dir)
    packed = folder / "packed-refs"
    return (
        (folder / prefix).is_dir()
        or (folder / "reftable").is_dir()
        or (packed.is_file() and f" {prefix}/".encode() in packed.read_bytes())
    )


def list_messages(repo: Repo, prefix: str) -> dict[str, tuple[str, str]]:
    """Return the commit and its message for each ref below a prefix, by the rest of the ref's name."""
    answer = run_git(repo.top, "for-each-ref", "--format=%(refname)%00%(objectname)%00%(contents)%00", prefix)
    fields = answer.stdout.decode("utf-8", "surrogateescape").split("\0")
    rows = zip(fields[::3], fields[1::3], fields[2::3], strict=False)
    return {name.lstrip("\n").removeprefix(f"{prefix}/"): (commit, message) for name, commit, message in rows}
