"""Writing many files of a desk so that a kill or a power cut leaves each of them old or new, and never a part."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fenji import files

# Up to so many files are synced one by one; beyond that one sync of the whole disk costs less.
FEW_FILES = 32


@dataclass(frozen=True)
class FileContent:
    """What a file is to hold, and whether it may be run."""

    data: bytes
    executable: bool = False


def write_all(root: Path, contents: Mapping[str, FileContent]) -> None:
    """Put each content at its path below `root`. Raises Unavailable; what was replaced by then stays replaced."""
    few = len(contents) <= FEW_FILES
    try:
        temporaries = {path: _write_temporary(root, path, content, sync=few) for path, content in contents.items()}
        if not few:
            os.sync()
        for path, temporary in temporaries.items():
            temporary.replace(root / path)
        for directory in {path.rpartition("/")[0] for path in contents}:
            files.fsync_folder(root / directory)
    except OSError as error:
        raise files.write_failure(error, error.filename or root) from error


def _write_temporary(root: Path, path: str, content: FileContent, *, sync: bool) -> Path:
    """A temporary file beside the place, filled; left ones are swept by the next start."""
    target = root / path
    folder = path.rpartition("/")[0]
    directory = files.make_folder(root, folder) if folder else root
    temporary = files.temporary_path(directory)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    with os.fdopen(handle, "wb") as file:
        mode = stat.S_IMODE(target.stat().st_mode) if target.is_file() else stat.S_IMODE(os.fstat(handle).st_mode)
        executable_mode = mode | (mode & 0o444) >> 2
        os.fchmod(handle, executable_mode if content.executable else mode & ~0o111)
        file.write(content.data)
        if sync:
            file.flush()
            os.fsync(handle)
    return temporary
