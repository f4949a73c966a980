"""Keep texts for the person to look at: their version of a file that is the hub's, and texts with conflict markers."""

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

# Files, ignored by git, with this clone's version of a file for which the hub's version won.
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
    """Keep this clone's version of an owned file, e.g. of `policy.yaml` as `policy.local.yaml`; return the new path.

    Git ignores the new file. If an older one has other contents, the next number is taken: `policy.local-2.yaml`. The
    same bytes are kept only once.
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
    """Return the paths of the kept drafts, each with the path of the owned file that it is a version of."""
    found = (path.relative_to(root).as_posix() for pattern in LOCAL_DRAFTS for path in root.glob(pattern))
    return {path: _LOCAL.sub("", path) for path in sorted(found)}


def _local_name(path: str, number: int) -> str:
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}.local{'' if number == 1 else f'-{number}'}{dot}{suffix}"


def set_aside(path: Path) -> str:
    """Rename a file, e.g. `photo.jpg` to `photo.local.jpg` or else `photo.local-2.jpg`; return its new name."""
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
    """Add the lines that a file in git's `info` folder lacks; return whether any line was missing."""
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
