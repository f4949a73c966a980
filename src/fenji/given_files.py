"""Open files that a user names at a prompt or on the command line: regular files only, also through a link.

A named pipe or a device could make a reader wait or read forever; `-` names stdin in commands that say so.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from fenji.files import MAX_BYTES, NotRegularFile
from fenji.folders import expand_home


def expand_user(text: str | os.PathLike[str]) -> Path:
    """Return a path with `~` or `~name` at its start replaced as `expand_home` does."""
    return Path(expand_home(os.fspath(text)))


def open_given(path: Path) -> BinaryIO:
    """Open a file to read its bytes. Raises OSError: IsADirectoryError, or NotRegularFile for a pipe or a device."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # ENXIO from a socket
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        raise NotRegularFile(errno.ENXIO, os.strerror(errno.ENXIO), str(path))
    return os.fdopen(handle, "rb")


def read_given(path: Path, limit: int = MAX_BYTES + 1) -> bytes:
    """Return at most `limit` bytes of a file. Raises OSError as `open_given` does."""
    with open_given(path) as file:
        return file.read(limit)
