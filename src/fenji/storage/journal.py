"""The journal of writes that are not committed yet: one line per write, on disk before the file itself."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji import files

if TYPE_CHECKING:
    from fenji.model.values import JsonValue

_BYTES = "surrogateescape"  # bytes that are not UTF-8 pass through the journal's JSON


class JournalEntry(Struct, frozen=True):
    """One write that waits for its commit: the ticket, the paths written or removed, and who did what when.

    `at` is ISO 8601. `by` and `do` are empty for a file attached before the event that names it. `before` has the
    uncommitted bytes that the write overwrites, by path (None: no file); empty if they are committed.
    """

    id: str
    paths: tuple[str, ...]
    by: str = ""
    do: tuple[str, ...] = ()
    at: str = ""
    before: Mapping[str, bytes | None] = field(default_factory=dict)

    @property
    def instant(self) -> datetime | None:
        return datetime.fromisoformat(self.at) if self.at else None


class Journal:
    """A small file in the git folder. Change it only while holding the desk lock."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, entry: JournalEntry) -> None:
        """Append a write that is about to be made. Raises Unavailable; then nothing was added.

        Only a disk that refuses even to take it back keeps the line.
        """
        line = "\n" + json.dumps(_to_record(entry)) + "\n"
        try:
            self._append(line.encode())
        except OSError as error:
            raise files.write_failure(error, self.path) from error

    def _append(self, data: bytes) -> None:
        """Append bytes and sync them to disk. Raises OSError, after taking back what was appended."""
        # Unbuffered: a buffer would write once more what has been taken back.
        with os.fdopen(files.open_kept(self.path, os.O_WRONLY | os.O_APPEND), "ab", 0) as file:
            size = os.fstat(file.fileno()).st_size
            try:
                while data:
                    data = data[file.write(data) or 0 :]
                os.fsync(file.fileno())
                if size == 0:
                    files.fsync_folder(self.path.parent)
            except OSError:
                os.ftruncate(file.fileno(), size)
                raise

    def entries(self) -> list[JournalEntry]:
        """Return the entries in the order of their writes, without a line that a crash cut off."""
        parsed = (_parse_entry(line) for line in self._lines())
        return [entry for entry in parsed if entry]

    def drop(self, count: int) -> None:
        """Remove the first `count` entries, which are committed now. Later ones stay."""
        lines = [(line, _parse_entry(line) is not None) for line in self._lines()]
        remaining = [line for line, can_be_read in lines if can_be_read][count:]
        damaged = [line for line, can_be_read in lines if not can_be_read]
        if damaged:  # cut off by a crash, or damaged on the disk: kept, as nothing that people wrote is thrown away
            self._set_aside(damaged)
        if remaining:
            files.keep(self.path.parent, self.path.name, b"".join(line + b"\n" for line in remaining))
        else:
            files.remove(self.path.parent, self.path.name)

    def _set_aside(self, damaged: list[bytes]) -> None:
        name = f"{self.path.name}.damaged"
        path = self.path.with_name(name)
        earlier = path.read_bytes() if path.is_file() else b""
        files.keep(self.path.parent, name, earlier + b"".join(line + b"\n" for line in damaged))

    def _lines(self) -> list[bytes]:
        try:
            return [line for line in self.path.read_bytes().split(b"\n") if line]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise files.write_failure(error, self.path) from error


def _to_record(entry: JournalEntry) -> dict[str, JsonValue]:
    before = {path: data if data is None else data.decode("utf-8", _BYTES) for path, data in entry.before.items()}
    record: dict[str, JsonValue] = {
        "id": entry.id,
        "paths": entry.paths,
        "by": entry.by,
        "do": entry.do,
        "at": entry.at,
    }
    return record | ({"before": before} if before else {})


def _encode(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", _BYTES)


def _parse_entry(line: bytes) -> JournalEntry | None:
    try:
        record = json.loads(line)
        before = {_path(path): _encode(text) for path, text in record.get("before", {}).items()}
        paths, do = tuple(map(_path, record["paths"])), tuple(map(_text, record["do"]))
        entry = JournalEntry(_text(record["id"]), paths, _text(record["by"]), do, _text(record["at"]), before)
        if entry.instant and entry.instant.tzinfo is None:
            return None
    except files.DAMAGE:
        return None
    return entry


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("the journal holds text")
    return value


def _path(value: object) -> str:
    """Return a path below the top of the repository. Raises ValueError for another one."""
    path = _text(value)
    if not path or any(part in ("", ".", "..", ".git") for part in path.split("/")):
        raise ValueError("the journal names files of the desk")
    return path
