"""A merge, rebase or the like that git has begun in this clone and not finished: its stages, and concluding it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fenji.git.fast_import import TreeEntry
from fenji.git.run import run_git

if TYPE_CHECKING:
    from fenji.git.tree import Repo

# What stands in the git folder while it is under way, and what it is called.
_OPERATIONS = (
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("MERGE_HEAD", "merge"),
)
# What a concluded merge leaves no trace of.
_MERGE_FILES = ("MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "AUTO_MERGE", "MERGE_RR")

APPLY_MARKER = "fenji-landing"  # says in the git folder that an exchange was cut off while it wrote files


@dataclass
class ConflictStages:
    """The versions of one path: that of the base, ours and theirs; None where a side has none."""

    base: TreeEntry | None = None
    ours: TreeEntry | None = None
    theirs: TreeEntry | None = None


@dataclass(frozen=True)
class UnfinishedMerge:
    """What is under way (`""`, merge, rebase, cherry-pick, revert), and the paths in conflict, from the top."""

    operation: str
    stages: dict[str, ConflictStages] = field(default_factory=dict)


def find_operation(repo: Repo) -> str:
    """What git has begun and not finished here; `""` for nothing. Looks at names of files alone."""
    return next((operation for name, operation in _OPERATIONS if (repo.git_dir / name).exists()), "")


def is_interrupted(repo: Repo) -> bool:
    """Whether there may be something to mend here: git's, or of an exchange. Looks at names of files alone."""
    return bool(find_operation(repo)) or (repo.git_dir / APPLY_MARKER).exists()


def read_unfinished(repo: Repo) -> UnfinishedMerge:
    """What is under way, and every path in conflict; also one that a stash left."""
    answer = run_git(repo.top, "ls-files", "-u", "-z")
    stages: dict[str, ConflictStages] = {}
    for entry in answer.stdout.decode("utf-8", "surrogateescape").split("\0"):
        info, _, path = entry.partition("\t")
        if path:
            mode, blob, stage = info.split(" ")
            path_stages = stages.setdefault(path, ConflictStages())
            setattr(path_stages, ("base", "ours", "theirs")[int(stage) - 1], TreeEntry(blob, mode))
    return UnfinishedMerge(find_operation(repo), stages)


def clear_merge_state(repo: Repo) -> None:
    """Forget that a merge was under way: its commit is made."""
    for name in _MERGE_FILES:
        (repo.git_dir / name).unlink(missing_ok=True)
