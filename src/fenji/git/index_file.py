"""Make git's index anew where it is gone, or was left by a power cut or a full disk so that git cannot read it.

Its entries follow from HEAD. What was staged by hand is staged no more; the files themselves stay as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fenji.git import process

if TYPE_CHECKING:
    from pathlib import Path

_DAMAGE = re.compile(
    r"index file (smaller than expected|corrupt)|bad signature 0x|bad index (file|version)|unable to map index"
)
_KEPT_NAME = "index.damaged"


def is_damage(stderr: str) -> bool:
    """Return whether git says that it cannot read its index."""
    return bool(_DAMAGE.search(stderr))


def rebuild_index(top: Path, git_dir: Path) -> bool:
    """Make the index anew from HEAD, and keep a damaged one beside it; return whether that was done."""
    path = git_dir / "index"
    try:
        if path.exists():
            path.replace(path.with_name(_KEPT_NAME))
    except OSError:
        return False
    if process.run(("read-tree", "HEAD"), top).returncode:
        return False
    process.run(("sparse-checkout", "reapply"), top)  # fails where the checkout is not sparse
    return True


def ensure_index(top: Path, git_dir: Path) -> None:
    """Make an index where there is none: one with some entries alone would have all others deleted by a commit."""
    if not (git_dir / "index").exists():
        rebuild_index(top, git_dir)
