"""Make git's index anew where it is gone, or was left by a power cut or a full disk so that git cannot read it.

Its entries follow from HEAD. What was staged by hand is staged no more; the files themselves stay as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fenji.git import process
from fenji.git.fast_import import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_DAMAGE = re.compile(
    r"index file (smaller than expected|corrupt)|bad signature 0x|bad index (file|version)|unable to map index"
)
_PLAIN_LINE = "H 100644 "  # of `git ls-files -v -s`
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


def reveal_hidden(top: Path, pathspecs: Sequence[str]) -> dict[str, str]:
    """Have git look again at files of which somebody told it to take no notice, where they are on the disk.

    Return the blobs of those marked as programs, by path.
    """
    listing = process.run(("--literal-pathspecs", "ls-files", "-v", "-s", "-z", "--", *pathspecs), top).stdout
    # `TAG MODE BLOB STAGE⇥PATH`: of the many files, those that are as they should be are passed over at once.
    lines = [line for line in listing.decode("utf-8", "surrogateescape").split("\0") if line[:9] != _PLAIN_LINE]
    entries = [(line[0], line[2:].split(" ", 2), line.partition("\t")[2]) for line in lines if line]
    hidden = [path for tag, _, path in entries if tag.islower() or (tag == "S" and (top / path).is_file())]
    if hidden:
        data = "".join(f"{path}\0" for path in hidden).encode("utf-8", "surrogateescape")
        for flag in ("--no-assume-unchanged", "--no-skip-worktree"):
            process.run(("update-index", flag, "-z", "--stdin"), top, data=data)
    return {path: blob for tag, (mode, blob, _), path in entries if mode == PROGRAM and tag != "M"}


def ensure_index(top: Path, git_dir: Path) -> None:
    """Make an index where there is none: one with some entries alone would have all others deleted by a commit."""
    if not (git_dir / "index").exists():
        rebuild_index(top, git_dir)
