"""Write many files at once; a kill or a power cut leaves each of them old or new, never partly written."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from fenji import files

# Up to this many files are synced one by one; for more files, one sync of the whole disk costs less.
FEW_FILES = 32


class FileContent(Struct, frozen=True):
    """The bytes of a file to write, and whether it is executable."""

    data: bytes
    executable: bool = False


def write_all(root: Path, contents: Mapping[str, FileContent]) -> None:
    """Write each content to its path below `root`. Raises Unavailable; files replaced by then stay replaced."""
    few = len(contents) <= FEW_FILES
    temporaries: dict[Path, Path] = {}  # by target
    try:
        folders = {folder: _make_folder(root, folder) for folder in {path.rpartition("/")[0] for path in contents}}
        for path, content in contents.items():
            folder, _, name = path.rpartition("/")
            target, temporary = folders[folder] / name, files.temporary_path(folders[folder])
            temporaries[target] = temporary
            _write_temporary(temporary, target, content, sync=few)
        if not few:
            _sync_disk(root)
        for target, temporary in temporaries.items():
            temporary.replace(target)
        for directory in folders.values():
            files.fsync_folder(directory)
    except OSError as error:
        for temporary in temporaries.values():
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise files.write_failure(error, error.filename or root) from error


def _sync_disk(root: Path) -> None:
    """Sync the disk of a folder, and no others: a full stick elsewhere may take minutes. Raises OSError."""
    import ctypes

    try:
        sync_file_system = ctypes.CDLL(None, use_errno=True).syncfs
    except (AttributeError, OSError):  # not Linux
        os.sync()
        return
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if sync_file_system(handle):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(root))
    finally:
        os.close(handle)


def _make_folder(root: Path, folder: str) -> Path:
    return files.make_folder(root, folder) if folder else root


def _write_temporary(temporary: Path, target: Path, content: FileContent, *, sync: bool) -> None:
    kept = files.mode_to_keep(target)
    handle = files.open_shared(temporary, os.O_WRONLY | os.O_EXCL)
    with os.fdopen(handle, "wb") as file:
        mode = kept or stat.S_IMODE(os.fstat(handle).st_mode)
        executable_mode = mode | (mode & 0o444) >> 2
        files.set_mode(handle, executable_mode if content.executable else mode & ~0o111)
        file.write(content.data)
        if sync:
            file.flush()
            os.fsync(handle)
