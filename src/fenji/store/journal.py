"""What was written and is not committed yet: a line per write, on disk before the file is."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from fenji.store import files


@dataclass(frozen=True)
class Entry:
    """One write that waits for its commit: the ticket, the paths written or removed, and who did what when.

    `at` is ISO 8601. `by` is empty and `do` too for a file attached before the event that names it.
    """

    id: str
    paths: tuple[str, ...]
    by: str = ""
    do: tuple[str, ...] = ()
    at: str = ""

    @property
    def instant(self) -> datetime | None:
        return datetime.fromisoformat(self.at) if self.at else None


class Journal:
    """A small file in the git folder; its holder holds the desk lock to change it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, entry: Entry) -> None:
        """Note a write that is about to be made. Raises Unavailable; then nothing was noted."""
        line = "\n" + json.dumps(asdict(entry)) + "\n"
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
            with os.fdopen(handle, "ab") as file:
                file.write(line.encode())
                file.flush()
                os.fsync(handle)
        except OSError as error:
            raise files.failure(error, self.path) from error

    def entries(self) -> list[Entry]:
        """The entries in the order of their writes; a line that a crash cut off stands for nothing."""
        found = (_entry(line) for line in self._lines())
        return [entry for entry in found if entry]

    def drop(self, count: int) -> None:
        """Forget the first `count` entries: they are committed. What was noted since stays."""
        left = [line for line in self._lines() if _entry(line)][count:]
        if left:
            files.write(self.path.parent, self.path.name, b"".join(line + b"\n" for line in left))
        else:
            files.remove(self.path.parent, self.path.name)

    def _lines(self) -> list[bytes]:
        try:
            return [line for line in self.path.read_bytes().split(b"\n") if line]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise files.failure(error, self.path) from error


def _entry(line: bytes) -> Entry | None:
    try:
        held = json.loads(line)
        return Entry(held["id"], tuple(held["paths"]), held["by"], tuple(held["do"]), held["at"])
    except (ValueError, KeyError, TypeError):
        return None
