"""Which files are the index now, and who may write them. Knows files and their names, not what is in them.

One small file says which folder, which generation and up to which revision; it is replaced whole, so a reader sees the
old index or the new one. It lists size, time and inode of every file, because Whoosh's files hold pickles: a file that
came from elsewhere (a pulled commit, a copied folder) or was damaged is not opened, and the index is built anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, field
from pathlib import Path

FORMAT = 4  # of the index: raised when terms, weights or records change, so that old ones are built anew
_POLL_SECONDS = 0.02
_TAIL = 5000  # pages beside the archive that make an index crowded …
_HIDDEN = 5  # … or one page in so many of the archive replaced since
Mark = tuple[int, int, int]


@dataclass(frozen=True)
class Part:
    """A segment of the index: its name, its pages, and the numbers of those that were replaced or removed since."""

    name: str
    pages: int
    hidden: tuple[int, ...] = ()


@dataclass(frozen=True)
class Ledger:
    """The state of the index. `mean` is the mean length of its pages, by which new ones are weighed."""

    book: str  # folder of this index, beside the lock
    generation: int
    release: str
    revision: str = ""
    mean: float = 0.0
    parts: tuple[Part, ...] = ()  # the archive first, where there is one
    files: Mapping[str, Mark] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def crowded(self) -> bool:
        """Whether so much changed since it was built that building it anew would make searching quicker."""
        archive, *tail = self.parts or (Part("", 0),)
        return sum(part.pages for part in tail) > _TAIL or len(archive.hidden) * _HIDDEN > archive.pages


def read(path: Path) -> Ledger | None:
    """The ledger at `path`; None where there is none or it is none of ours."""
    try:
        held = json.loads(path.read_bytes())
        files = {str(name): (int(mark[0]), int(mark[1]), int(mark[2])) for name, mark in held.pop("files").items()}
        parts = tuple(Part(str(name), int(pages), tuple(hidden)) for name, pages, hidden in held.pop("parts"))
        ledger = Ledger(**held, parts=parts, files=files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None
    whole = Path(ledger.book).name == ledger.book and isinstance(ledger.generation, int)
    return ledger if ledger.format == FORMAT and whole else None


def mark(path: Path) -> Mark | None:
    """Size, time and inode of a file; None where there is none."""
    try:
        return _mark(path.stat())
    except OSError:
        return None


def write(path: Path, ledger: Ledger) -> None:
    """Replace the ledger at `path` in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    parts = [astuple(part) for part in ledger.parts]
    temporary.write_text(json.dumps({**vars(ledger), "parts": parts}), "utf-8")
    temporary.replace(path)


def marks(folder: Path) -> dict[str, Mark]:
    """Size, time of change and inode of every file in a folder."""
    with os.scandir(folder) as entries:
        return {entry.name: _mark(entry.stat()) for entry in entries if entry.is_file(follow_symlinks=False)}


def unchanged(folder: Path, files: Mapping[str, Mark]) -> bool:
    """Whether every file listed lies in `folder` as it was listed."""
    try:
        return all(_mark((folder / name).lstat()) == mark for name, mark in files.items())
    except OSError:
        return False


def _mark(found: os.stat_result) -> Mark:
    return found.st_size, found.st_mtime_ns, found.st_ino


@contextlib.contextmanager
def writing(lock: Path, *, wait_seconds: float) -> Iterator[bool]:
    """Hold the right to write; False where another process held it all the while. It ends with the process."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        yield _acquired(handle, time.monotonic() + wait_seconds)
    finally:
        os.close(handle)


def _acquired(handle: int, until: float) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_POLL_SECONDS)
        else:
            return True
