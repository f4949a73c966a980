"""Rebuild git's index if it is gone, or if a power cut or a full disk has left it unreadable.

Its entries are taken from HEAD, so changes staged by hand are no longer staged; the files themselves do not change.
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
    """Return whether git reports that it cannot read its index."""
    return bool(_DAMAGE.search(stderr))


def rebuild_index(top: Path, git_dir: Path) -> bool:
    """Rebuild the index from HEAD, and keep a damaged one next to it; return whether this succeeded."""
    path = git_dir / "index"
    try:
        if path.exists():
            path.replace(path.with_name(_KEPT_NAME))
    except OSError:
        return False
    if process.run(("read-tree", "HEAD"), top).returncode:
        return False
    process.run(("sparse-checkout", "reapply"), top)  # fails if the checkout is not sparse
    return True


def reveal_hidden(top: Path, pathspecs: Sequence[str]) -> dict[str, str]:
    """Have git notice files on the disk again that somebody told it to ignore (assume-unchanged, skip-worktree).

    Return the blobs of files that the index marks executable, by path.
    """
    listing = process.run(("--literal-pathspecs", "ls-files", "-v", "-s", "-z", "--", *pathspecs), top).stdout
    # The lines are `TAG MODE BLOB STAGE⇥PATH`; those of ordinary files, usually nearly all, are skipped at once.
    lines = [line for line in listing.decode("utf-8", "surrogateescape").split("\0") if line[:9] != _PLAIN_LINE]
    entries = [(line[0], line[2:].split(" ", 2), line.partition("\t")[2]) for line in lines if line]
    hidden = [path for tag, _, path in entries if tag.islower() or (tag == "S" and (top / path).is_file())]
    if hidden:
        data = "".join(f"{path}\0" for path in hidden).encode("utf-8", "surrogateescape")
        for flag in ("--no-assume-unchanged", "--no-skip-worktree"):
            process.run(("update-index", flag, "-z", "--stdin"), top, data=data)
    return {path: blob for tag, (mode, blob, _), path in entries if mode == PROGRAM and tag != "M"}


def ensure_index(top: Path, git_dir: Path) -> None:
    """Rebuild a missing index: with a few entries in an empty one, git's next commit would delete all other files."""
    if not (git_dir / "index").exists():
        rebuild_index(top, git_dir)
