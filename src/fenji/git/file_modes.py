"""Files of a desk are no programs: take the mark of one from the disk, from the index and from the branch.

A photo from a stick, or a ticket edited on a disk that knows no modes, comes with the mark; a hub takes no such file.
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
    """Take the mark from files at these paths from the top; `in_index` are the blobs of those that the index marks.

    Where the disk gives every file a mark, git is told to heed none in this clone. Where the branch moves meanwhile,
    the next call commits it.
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
    """Return what stands at these paths in HEAD with the mark, without it."""
    places = {path: path.rpartition("/")[::2] for path in paths}
    folders = objects.list_folders(repo, head, (folder for folder, _ in places.values()))
    entries = {path: folders[folder].get(name) for path, (folder, name) in places.items()}
    return {path: TreeEntry(entry.blob) for path, entry in entries.items() if entry and entry.mode == PROGRAM}


def unmark_file(path: Path) -> bool:
    """Take the mark from a file, if it is a plain one with a mark; return False where its disk takes none away.

    One of another account is left to that one.
    """
    with suppress(OSError):
        if stat.S_ISREG(mode := path.lstat().st_mode) and mode & 0o111:
            path.chmod(stat.S_IMODE(mode) & ~0o111)
            return not os.lstat(path).st_mode & 0o111
    return True
