"""Which open tickets the index was told of, by the marks of their files: a new process need not read them again.

A small file in git's folder. It is never believed further than it goes: an entry holds for a file that is as it was, in
an index that knows the same bytes; without the file everything is read.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

from fenji.store.files import Mark
from fenji.store.shelf import UNSURE_NS

_Entry = tuple[Mark, str]


class Seen:
    """Path → mark of the file and digest of what was read from it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: dict[str, _Entry] | None = None
        self._changed = False

    def holds(self, path: str, mark: Mark | None, digest: str | None) -> bool:
        """Whether the file at `path` is the one that the index knows by `digest`."""
        return mark is not None and digest is not None and self._entries().get(path) == (mark, digest)

    def note(self, path: str, mark: Mark, digest: str) -> None:
        """Remember a file that was read; not one that was written so lately that its mark may not tell yet."""
        if time.time_ns() - max(mark.mtime_ns, mark.ctime_ns) > UNSURE_NS:
            self._entries()[path] = (mark, digest)
            self._changed = True

    def keep(self, paths: set[str]) -> None:
        """Write down what was noted, of these paths. Where that fails it is only read again."""
        if not self._changed:
            return
        held = {path: [*astuple(mark), digest] for path, (mark, digest) in self._entries().items() if path in paths}
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with suppress(OSError):
            temporary.write_text(json.dumps(held), "utf-8")
            temporary.replace(self._path)
            self._changed = False

    def _entries(self) -> dict[str, _Entry]:
        if self._held is None:
            self._held = {}
            with suppress(OSError, ValueError, TypeError, AttributeError):
                held = json.loads(self._path.read_bytes())
                self._held = {path: (Mark(*map(int, one[:4])), str(one[4])) for path, one in held.items()}
        return self._held
