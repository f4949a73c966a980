"""Keep files for the person to look at: what they wrote in a file that is the hub's, and texts with conflict marks."""

from __future__ import annotations

import os
import re
from itertools import count
from typing import TYPE_CHECKING

from fenji import files
from fenji.git.locks import common_folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fenji.git import Repo

# Git ignores them: what this clone wrote in a file of which the hub's version stands.
LOCAL_DRAFTS = (
    "policy.local*.yaml",
    "contracts.local*.yaml",
    "remind.local*.yaml",
    "templates/form.local*.docx",
    "imports/*.local*.yaml",
)
_LOCAL = re.compile(r"\.local(-[0-9]+)?(?=\.[a-z]+\Z)")
_CONFLICT_FOLDER = "fenji-marked"  # in the git folder


def keep_draft(root: Path, path: str, data: bytes) -> str:
    """Keep this clone's `policy.yaml` as `policy.local.yaml`, and the like, which git ignores; return the new path.

    An older file that differs stays: the new one is then `policy.local-2.yaml`. The same bytes are kept only once.
    """
    for number in count(1):
        name = _local_name(path, number)
        try:
            files.create(root, name, data, private=True)
        except FileExistsError:
            if _holds(root / name, data):
                return name
        else:
            return name
    raise AssertionError("there is always another number")


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def list_drafts(root: Path) -> dict[str, str]:
    """Return the files that keep what this clone wrote, by path, each with the path of the file that lost it."""
    found = (path.relative_to(root).as_posix() for pattern in LOCAL_DRAFTS for path in root.glob(pattern))
    return {path: _LOCAL.sub("", path) for path in sorted(found)}


def _local_name(path: str, number: int) -> str:
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}.local{'' if number == 1 else f'-{number}'}{dot}{suffix}"


def set_aside(path: Path) -> str:
    """Rename a file: `photo.jpg` to `photo.local.jpg`, or `photo.local-2.jpg`; return its new name."""
    for number in count(1):
        name = f"{path.stem}.local{'' if number == 1 else f'-{number}'}{path.suffix}"
        if not os.path.lexists(path.with_name(name)):
            files.rename(path, name)
            return name
    raise AssertionError("there is always another number")


def keep_conflict_text(repo: Repo, name: str, data: bytes) -> None:
    """Keep a text with conflict markers in the git folder, in case somebody had edited it."""
    blob = str(repo.blob_id(data))[:8]
    files.keep(repo.git_dir, f"{_CONFLICT_FOLDER}/{blob}-{name}", data)


def ensure_lines(repo: Repo, name: str, lines: Iterable[str]) -> bool:
    """Add those of these lines to a file in git's `info` folder that are missing there; return whether any was."""
    path = common_folder(repo.git_dir) / "info" / name
    content = path.read_bytes() if path.is_file() else b""
    present = content.splitlines()
    missing = [line for line in (line.encode("utf-8", "surrogateescape") for line in lines) if line not in present]
    if not missing:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    separator = b"\n" if content and not content.endswith(b"\n") else b""
    files.write(path.parent, path.name, b"".join([content, separator, *(line + b"\n" for line in missing)]))
    return True
