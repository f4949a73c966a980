"""Which files make up the current index, and the lock for writing them. Knows files and their names, not their content.

The manifest is one small file that names the folder, the generation and the revision of the index. It is replaced as a
whole, so a reader sees the old index or the new one. It lists size, time and inode of every file: if a file came from
elsewhere (a pulled commit, a copied folder), was damaged, or was written with other versions of the libraries, it is
not opened and the index is rebuilt. The manifest may also be foreign: no name in it can lead out of the index folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

from msgspec import Struct, field
from msgspec.structs import asdict, astuple

from fenji import files
from fenji.errors import Unavailable
from fenji.storage.lock import wait_for_lock

INDEX_FORMAT = 8  # raised when terms, weights or records change, so that old indexes are rebuilt
_MAX_TAIL_PAGES = 5000  # pages outside the archive segment, above which an index needs compaction …
_HIDDEN_SHARE = 5  # … or if more than one in so many pages of the archive segment was replaced
FileStamp = tuple[int, int, int]


class SegmentInfo(Struct, frozen=True):
    """A segment of the index: its name, its number of pages, and the numbers of pages replaced or removed since."""

    name: str
    page_count: int
    hidden: tuple[int, ...] = ()


class Manifest(Struct, frozen=True):
    """The state of the index. `mean` is the mean length of its pages, used to weigh new ones."""

    book: str  # folder of this index, next to the lock
    generation: int
    versions: Mapping[str, str]  # of the libraries it was written with
    revision: str = ""
    mean: float = 0.0
    parts: tuple[SegmentInfo, ...] = ()  # the archive segment first, if there is one
    files: Mapping[str, FileStamp] = field(default_factory=dict)
    format: int = INDEX_FORMAT

    @property
    def needs_compaction(self) -> bool:
        """Whether so much has changed since the index was built that rebuilding it would make searching faster."""
        archive, *tail = self.parts or (SegmentInfo("", 0),)
        return (
            sum(info.page_count for info in tail) > _MAX_TAIL_PAGES
            or len(archive.hidden) * _HIDDEN_SHARE > archive.page_count
        )


def load(path: Path) -> Manifest | None:
    """Load the manifest at `path`; None if there is none, or it is invalid or of another format."""
    try:
        data = json.loads(path.read_bytes())
        files = {str(name): (int(stamp[0]), int(stamp[1]), int(stamp[2])) for name, stamp in data.pop("files").items()}
        parts = tuple(
            SegmentInfo(str(name), int(page_count), tuple(map(int, hidden)))
            for name, page_count, hidden in data.pop("parts")
        )
        manifest = Manifest(**data, parts=parts, files=files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None
    names = (manifest.book, *files, *(info.name for info in parts))
    is_valid = all(map(_is_plain_name, names)) and isinstance(manifest.generation, int)
    return manifest if manifest.format == INDEX_FORMAT and is_valid else None


def _is_plain_name(name: object) -> bool:
    return isinstance(name, str) and Path(name).name == name and name not in {"", ".."}


def stamp_file(path: Path) -> FileStamp | None:
    """Return size, time of change and inode of a file; None if there is none."""
    try:
        return _stamp(path.stat())
    except OSError:
        return None


def save(path: Path, manifest: Manifest) -> None:
    """Replace the manifest at `path` in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    parts = [astuple(info) for info in manifest.parts]
    try:
        with os.fdopen(files.open_kept(temporary, os.O_WRONLY | os.O_TRUNC), "w", encoding="utf-8") as file:
            json.dump({**asdict(manifest), "parts": parts}, file)
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def share_as_folder(path: Path) -> None:
    """Give a new file or folder the permissions of its parent folder, as a desk shared by a group needs."""
    with contextlib.suppress(OSError):  # the file of another user stays as it is
        mode, parent_mode = path.stat().st_mode, path.parent.stat().st_mode
        wanted = parent_mode & (0o2777 if stat.S_ISDIR(mode) else 0o666)
        if stat.S_IMODE(mode) != wanted:
            path.chmod(wanted)


def stamp_files(folder: Path) -> dict[str, FileStamp]:
    """Return size, time of change and inode of every file in a folder, by name."""
    with os.scandir(folder) as entries:
        return {entry.name: _stamp(entry.stat()) for entry in entries if entry.is_file(follow_symlinks=False)}


def unchanged(folder: Path, files: Mapping[str, FileStamp]) -> bool:
    """Return whether every listed file is in `folder` with the listed stamp."""
    try:
        return all(_stamp((folder / name).lstat()) == stamp for name, stamp in files.items())
    except OSError:
        return False


def _stamp(status: os.stat_result) -> FileStamp:
    return status.st_size, status.st_mtime_ns, status.st_ino


@contextlib.contextmanager
def write_lock(lock: Path, *, wait_seconds: float) -> Iterator[bool]:
    """Hold the write lock; yield False if another process held it all the time. The lock ends with the process."""
    if not lock.parent.is_dir():
        lock.parent.mkdir(parents=True)
        share_as_folder(lock.parent)
    is_new = not lock.exists()
    descriptor = os.open(lock, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    if is_new:
        share_as_folder(lock)
    try:
        yield wait_for_lock(descriptor, wait_seconds)
    finally:
        os.close(descriptor)


class IndexCorrupted(Exception):
    """Raised if the files of the index are not as they were written."""


class IndexNotWritable(Unavailable):
    """Raised if the folder of the index cannot be written, so that the index cannot follow the tickets."""


class _CorruptionGuard:
    """Turn every exception raised while the index is read into IndexCorrupted.

    A damaged file shows as an error of any kind, from a wrong length to a missing key.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, IndexCorrupted):
            raise IndexCorrupted(f"{type(error).__name__}: {error}") from error


corruption_guard = _CorruptionGuard()
