"""Remove the temporary files of killed writers from folders that are written without a lock."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fenji.files import TEMPORARY_PREFIX

if TYPE_CHECKING:
    from pathlib import Path


def remove_orphaned_temporary_files(directory: Path) -> None:
    """Remove temporary files whose process has ended; for a folder that several processes write to without a lock."""
    for path in directory.glob(f"{TEMPORARY_PREFIX}*.tmp"):
        pid = path.name.removeprefix(TEMPORARY_PREFIX).partition("-")[0]
        if pid.isdecimal() and not _is_running(int(pid)):
            path.unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # another user's process, or not a process id
        return True
    return True
