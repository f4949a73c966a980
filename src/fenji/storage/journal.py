"""What was written and is not committed yet: a line per write, on disk before the file is."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from fenji import files


@dataclass(frozen=True)
class JournalEntry:
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

    def add(self, entry: JournalEntry) -> None:
        """Note a write that is about to be made. Raises Unavailable; then nothing was noted."""
        line = "\n" + json.dumps(asdict(entry)) + "\n"
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
            with os.fdopen(handle, "ab") as file:
                file.write(line.encode())
                file.flush()
                os.fsync(handle)
        except OSError as error:
            raise files.write_failure(error, self.path) from error

    def entries(self) -> list[JournalEntry]:
        """The entries in the order of their writes; a line that a crash cut off stands for nothing."""
        parsed = (_parse_entry(line) for line in self._lines())
        return [entry for entry in parsed if entry]

    def drop(self, count: int) -> None:
        """Forget the first `count` entries: they are committed. What was noted since stays."""
        remaining = [line for line in self._lines() if _parse_entry(line)][count:]
        if remaining:
            files.write(self.path.parent, self.path.name, b"".join(line + b"\n" for line in remaining))
        else:
            files.remove(self.path.parent, self.path.name)

    def _lines(self) -> list[bytes]:
        try:
            return [line for line in self.path.read_bytes().split(b"\n") if line]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise files.write_failure(error, self.path) from error


def _parse_entry(line: bytes) -> JournalEntry | None:
    try:
        record = json.loads(line)
        return JournalEntry(record["id"], tuple(record["paths"]), record["by"], tuple(record["do"]), record["at"])
    except (ValueError, KeyError, TypeError):
        return None
