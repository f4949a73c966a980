"""Cache which open files are indexed, by their stamps, so that a new process need not read them again.

A small file in the git folder. An entry counts only while its file is unchanged and the index holds the same bytes;
without the cache every file is read.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

from fenji import files
from fenji.files import FileStamp
from fenji.storage.reader import RACY_WINDOW_NS

_CacheEntry = tuple[FileStamp, str]


class IndexCache:
    """Path → stamp of the file and digest of what was read from it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cached: dict[str, _CacheEntry] | None = None
        self._dirty = False

    def is_current(self, path: str, stamp: FileStamp | None, digest: str | None) -> bool:
        """Whether the file at `path` is the one that the index holds under `digest`."""
        return stamp is not None and digest is not None and self._load().get(path) == (stamp, digest)

    def record(self, path: str, stamp: FileStamp, digest: str) -> None:
        """Remember a file that was read, unless it was written so recently that its stamp cannot be trusted yet."""
        if time.time_ns() - max(stamp.mtime_ns, stamp.ctime_ns) > RACY_WINDOW_NS:
            self._load()[path] = (stamp, digest)
            self._dirty = True

    def save(self, paths: set[str]) -> None:
        """Save the entries of these paths. A failure is ignored: the files are only read again."""
        if not self._dirty:
            return
        data = {path: [*astuple(stamp), digest] for path, (stamp, digest) in self._load().items() if path in paths}
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with suppress(OSError):
            with os.fdopen(files.open_kept(temporary, os.O_WRONLY | os.O_TRUNC), "w", encoding="utf-8") as file:
                json.dump(data, file)
            temporary.replace(self._path)
            self._dirty = False

    def _load(self) -> dict[str, _CacheEntry]:
        if self._cached is None:
            self._cached = {}
            with suppress(*files.DAMAGE):
                data = json.loads(self._path.read_bytes())
                self._cached = {path: (FileStamp(*map(int, entry[:4])), str(entry[4])) for path, entry in data.items()}
        return self._cached
