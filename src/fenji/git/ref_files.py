"""Read refs from the files that git writes, without starting a process for each; unusual refs are left to git."""

from __future__ import annotations

import re
from pathlib import Path

from fenji.git.locks import common_folder

_ID = re.compile(rb"(?:[0-9a-f]{40}|[0-9a-f]{64})\n?")
_SYMBOLIC = b"ref: "
# Git keeps only commits below these; a tag may point to any object, and names elsewhere may have special rules.
_OF_COMMITS = ("refs/heads/", "refs/remotes/", "refs/fenji/", "refs/worktree/fenji/")
_UNUSABLE = "refs/heads/.invalid"  # the target in HEAD if refs are not stored as files
_MAX_STEPS = 5  # symbolic refs to follow, as in git


def read_commit_id(git_dir: Path, name: str) -> str | None:
    """Return the id in the file of a ref or of HEAD; None if it is packed or unusual, so that git must be asked."""
    for _ in range(_MAX_STEPS):
        if name != "HEAD" and not name.startswith(_OF_COMMITS):
            return None
        content = _read(git_dir, name)
        if _ID.fullmatch(content):
            return content.decode().rstrip("\n")
        target = _parse_target(content)
        if target is None:
            return None
        name = target
    return None


def read_branch(git_dir: Path) -> str | None:
    """Return the branch that HEAD names, `""` if it is detached; None if git must be asked."""
    content = _read(git_dir, "HEAD")
    return "" if _ID.fullmatch(content) else _parse_target(content)


def read_remote_head(git_dir: Path, remote: str) -> str | None:
    """Return the ref that a remote's HEAD names, if its commit is in a file or packed; None if git must be asked."""
    target = _parse_target(_read(git_dir, f"refs/remotes/{remote}/HEAD"))
    if target is None or read_commit_id(git_dir, target):
        return target
    return target if f" {target}\n".encode("utf-8", "surrogateescape") in _read(git_dir, "packed-refs") else None


def _parse_target(content: bytes) -> str | None:
    """Return the full ref name in a symbolic ref; None if it has no usual one."""
    target = content.removeprefix(_SYMBOLIC).rstrip(b"\n").decode("utf-8", "surrogateescape")
    is_usual = content.startswith(_SYMBOLIC) and target.startswith("refs/") and target.isprintable()
    return target if is_usual and target != _UNUSABLE and ".." not in target and " " not in target else None


def _read(git_dir: Path, name: str) -> bytes:
    """Return a ref's file, `b""` if there is none; each working tree has its own HEAD and `refs/worktree/`."""
    is_own = name == "HEAD" or name.startswith("refs/worktree/")
    path = (git_dir if is_own else common_folder(git_dir)) / name
    try:
        return b"" if path.is_symlink() else path.read_bytes()
    except OSError:
        return b""
