"""Remove the executable mark from the files of a desk: on the disk, in the index and on the branch.

A photo from a USB stick, or a ticket edited on a disk without file modes, has the mark; a hub refuses such files.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from fenji.git import objects
from fenji.git.fast_import import PROGRAM, TreeEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from fenji.git.tree import Repo


def unmark(
    repo: Repo, paths: Iterable[str], in_index: Mapping[str, str], *, author: tuple[str, str], at: datetime
) -> None:
    """Remove the mark from files, by path from the top; `in_index` are the blobs of those that the index marks.

    If the disk marks every file, git is configured to ignore the marks in this clone. If the branch moves meanwhile,
    the next call commits the change.
    """
    paths = sorted({*paths, *in_index})
    unmarked = [unmark_file(repo.top / path) for path in paths]
    if not all(unmarked):
        repo.git.run("config", "--local", "core.fileMode", "false")
    head = repo.head()
    marked = _list_marked(repo, head, paths)
    if head and marked:
        header = repo.format_header("desk: no programs", author=author, at=at)
        commit = repo.write_commit(head, marked, header)
        if not repo.move_branch(head, commit, "commit: desk: no programs"):
            return
    objects.update_index(repo, {path: TreeEntry(blob) for path, blob in in_index.items()})


def _list_marked(repo: Repo, head: str | None, paths: Iterable[str]) -> dict[str, TreeEntry]:
    """Return the entries at these paths that have the mark in HEAD, with the mark removed."""
    places = {path: path.rpartition("/")[::2] for path in paths}
    folders = objects.list_folders(repo, head, (folder for folder, _ in places.values()))
    entries = {path: folders[folder].get(name) for path, (folder, name) in places.items()}
    return {path: TreeEntry(entry.blob) for path, entry in entries.items() if entry and entry.mode == PROGRAM}


def unmark_file(path: Path) -> bool:
    """Remove the mark from a plain file; return False if its disk does not let it be removed.

    A file of another account is left alone.
    """
    with suppress(OSError):
        if stat.S_ISREG(mode := path.lstat().st_mode) and mode & 0o111:
            path.chmod(stat.S_IMODE(mode) & ~0o111)
            return not os.lstat(path).st_mode & 0o111
    return True
