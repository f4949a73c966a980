"""Inspect an unfinished merge, rebase or the like in this clone, and conclude a merge."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.git.fast_import import TreeEntry
from fenji.git.run import run_git

if TYPE_CHECKING:
    from fenji.git.tree import Repo

# The entry in the git folder during an unfinished operation, and the operation's name.
_OPERATIONS = (
    ("rebase-merge", "rebase"),
    ("rebase-apply/applying", "am"),
    ("rebase-apply", "rebase"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("MERGE_HEAD", "merge"),
)
PICKS = ("cherry-pick", "revert")  # operations that change files like an editor, and merge no history
# Files to remove when a merge is concluded.
_MERGE_FILES = ("MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "AUTO_MERGE", "MERGE_RR")

APPLY_MARKER = "fenji-landing"  # present in the git folder while a sync writes files


class ConflictStages(Struct):
    """The versions of one path in conflict: base, ours and theirs; None for a side without the file."""

    base: TreeEntry | None = None
    ours: TreeEntry | None = None
    theirs: TreeEntry | None = None


class UnfinishedMerge(Struct, frozen=True):
    """The unfinished operation (`""`, merge, rebase, am, cherry-pick, revert), and conflicts by path from the top."""

    operation: str
    stages: dict[str, ConflictStages] = field(default_factory=dict)


def find_operation(repo: Repo) -> str:
    """Return the unfinished git operation, or `""`; this only checks which files exist."""
    return next((operation for name, operation in _OPERATIONS if (repo.git_dir / name).exists()), "")


def is_interrupted(repo: Repo) -> bool:
    """Return whether a git operation or a sync may be unfinished; this only checks which files exist."""
    return bool(find_operation(repo)) or (repo.git_dir / APPLY_MARKER).exists()


def read_unfinished(repo: Repo) -> UnfinishedMerge:
    """Return the unfinished operation and every path in conflict, including conflicts left by a stash."""
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
    """Remove git's record of an unfinished merge after its commit has been made."""
    for name in _MERGE_FILES:
        (repo.git_dir / name).unlink(missing_ok=True)


def is_last_pick(repo: Repo) -> bool:
    """Return whether a cherry-pick or revert is at its last commit."""
    return len(_read_lines(repo.git_dir / "sequencer" / "todo")) <= 1


def list_staged(repo: Repo) -> list[str]:
    """Return the paths, from the top, at which the index differs from HEAD."""
    answer = repo.git.run("diff-index", "--cached", "-z", "--name-only", "HEAD", "--")
    return [path for path in answer.decode("utf-8", "surrogateescape").split("\0") if path]


def end_pick(repo: Repo, operation: str) -> None:
    """End a cherry-pick or revert, keeping its changes."""
    repo.git.run(operation, "--quit")


def is_plain_rebase(repo: Repo) -> bool:
    """Return whether a rebase only repeats commits one by one, as in a pull, without editing any."""
    folder = repo.git_dir / "rebase-merge"
    if not folder.exists():
        return (repo.git_dir / "rebase-apply").exists()
    lines = [line for name in ("done", "git-rebase-todo") for line in _read_lines(folder / name)]
    return all(line.startswith((b"pick ", b"p ", b"noop")) for line in lines)


def read_repeated_author(repo: Repo) -> dict[str, str]:
    """Return the author variables of the commit that a rebase repeats now; {} if there is none."""
    for folder in ("rebase-merge", "rebase-apply"):
        script = repo.git_dir / folder / "author-script"
        try:  # git quotes the values as for a shell
            assignments = shlex.split(script.read_bytes().decode("utf-8", "replace"))
        except (OSError, ValueError):
            continue
        return dict(assignment.partition("=")[::2] for assignment in assignments)
    return {}


def _read_lines(path: Path) -> list[bytes]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return []
    return [line for line in lines if line.strip() and not line.startswith(b"#")]


def end_rebase(repo: Repo) -> None:
    """End a rebase, keeping HEAD and files, and apply the changes that were stashed for it, maybe with conflicts."""
    stashed = any((repo.git_dir / folder / "autostash").exists() for folder in ("rebase-merge", "rebase-apply"))
    repo.git.run("rebase", "--quit")
    if stashed:
        run_git(repo.top, "stash", "pop", "--quiet")
