"""Keep files for the person to look at: their own policy, and texts with conflict markers."""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING

from fenji import files
from fenji.git.locks import common_folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fenji.git import Repo

LOCAL_POLICY = "policy.local"
_CONFLICT_FOLDER = "fenji-marked"  # in the git folder


def keep_policy(root: Path, data: bytes) -> str:
    """Keep this clone's policy as `policy.local.yaml`, which git ignores; return the file's name.

    An older file that differs stays: the new one is then `policy.local-2.yaml`. The same bytes are kept only once.
    """
    for number in count(1):
        name = f"{LOCAL_POLICY}.yaml" if number == 1 else f"{LOCAL_POLICY}-{number}.yaml"
        try:
            files.create(root, name, data, private=True)
        except FileExistsError:
            path = root / name
            if path.is_file() and path.read_bytes() == data:
                return name
        else:
            return name
    raise AssertionError("there is always another number")


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
