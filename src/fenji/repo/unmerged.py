"""A merge, rebase or the like that git has begun in this clone and not finished: its stages, and concluding it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fenji.repo.command import ask
from fenji.repo.stream import Held

if TYPE_CHECKING:
    from fenji.repo.tree import Repo

# What stands in the git folder while it is under way, and what it is called.
_UNDER_WAY = (
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("MERGE_HEAD", "merge"),
)
# What a concluded merge leaves no trace of.
_TRACES = ("MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "AUTO_MERGE", "MERGE_RR")

LANDING_NOTE = "fenji-landing"  # says in the git folder that an exchange was cut off while it wrote files


@dataclass
class Stages:
    """The versions of one path: that of the base, ours and theirs; None where a side has none."""

    base: Held | None = None
    ours: Held | None = None
    theirs: Held | None = None


@dataclass(frozen=True)
class Unfinished:
    """What is under way (`""`, merge, rebase, cherry-pick, revert), and the paths in conflict, from the top."""

    what: str
    stages: dict[str, Stages] = field(default_factory=dict)


def under_way(repo: Repo) -> str:
    """What git has begun and not finished here; `""` for nothing. Looks at names of files alone."""
    return next((what for name, what in _UNDER_WAY if (repo.git_dir / name).exists()), "")


def interrupted(repo: Repo) -> bool:
    """Whether there may be something to mend here: git's, or of an exchange. Looks at names of files alone."""
    return bool(under_way(repo)) or (repo.git_dir / LANDING_NOTE).exists()


def unfinished(repo: Repo) -> Unfinished:
    """What is under way, and every path in conflict; also one that a stash left."""
    answer = ask(repo.top, "ls-files", "-u", "-z")
    stages: dict[str, Stages] = {}
    for entry in answer.stdout.decode("utf-8", "surrogateescape").split("\0"):
        told, _, path = entry.partition("\t")
        if path:
            mode, blob, stage = told.split(" ")
            held = stages.setdefault(path, Stages())
            setattr(held, ("base", "ours", "theirs")[int(stage) - 1], Held(blob, mode))
    return Unfinished(under_way(repo), stages)


def conclude(repo: Repo) -> None:
    """Forget that a merge was under way: its commit is made."""
    for name in _TRACES:
        (repo.git_dir / name).unlink(missing_ok=True)
