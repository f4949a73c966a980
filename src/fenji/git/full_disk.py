"""Recognise that git failed because a disk is full, even if it only reports that it could not write."""

from __future__ import annotations

import os
import re
from pathlib import Path

MAKE_ROOM = "Make room on the disk and try again; nothing written so far is lost."
_SAYS_SO = re.compile(r"No space left|Out of diskspace|Disk quota")
_COULD_NOT_WRITE = re.compile(r"(fail|unable|could not|cannot)[^\n]* (writ|creat|clos)|write error", re.IGNORECASE)
_MIN_FREE_BYTES = 1 << 16


def is_full_disk(stderr: str, folder: Path | None = None) -> bool:
    """Return whether git's message means a full disk; if it gives no reason, check the free space at `folder`."""
    if _SAYS_SO.search(stderr):
        return True
    return folder is not None and bool(_COULD_NOT_WRITE.search(stderr)) and not _has_room(folder)


def _has_room(folder: Path) -> bool:
    try:
        disk = os.statvfs(folder)
    except OSError:
        return True
    return disk.f_bavail * disk.f_frsize >= _MIN_FREE_BYTES and (disk.f_favail > 0 or not disk.f_files)
