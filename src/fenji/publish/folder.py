"""Writes the files of a handbook into a folder without touching anything that somebody else made.

A manifest in the folder lists each file that was written, with its SHA-256. Only these files are replaced or removed,
and only while they are unchanged; everything is checked before anything is written.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Refused, Unavailable, name_some, os_reason
from fenji.files import fsync_folder, printable
from fenji.storage.temporary_files import remove_orphaned_temporary_files
from fenji.storage.write_many import FileContent, write_all

if TYPE_CHECKING:
    from fenji.publish.pages import AttachmentCopy, HandbookFile

MANIFEST = "fenji-handbook.json"
MAX_BYTES = 64 << 20  # bytes read of a manifest or an attachment at most
_BATCH_BYTES = 32 << 20  # bytes written and flushed to the disk at a time
_SAFE_PATH = re.compile(r"(?:(?:search|files/[A-Z0-9-]+)/)?[^/\\\x00-\x1f]{1,150}")
_MAX_NAMES = 5  # files named in a refusal


class FolderResult(Struct, frozen=True):
    """The numbers of files in a folder now, of files written and removed, and of bytes in all files."""

    files: int
    written: int
    removed: int
    byte_count: int


class _PlannedFile(Struct, frozen=True):
    """A file to be written: the SHA-256 of its bytes, and a function that loads them."""

    digest: str
    load: Callable[[], bytes]


def write_folder(
    folder: Path, kind: str, files: Iterable[HandbookFile], copies: Mapping[AttachmentCopy, Callable[[], bytes]]
) -> FolderResult:
    """Write these files into `folder`, and remove other files of an earlier handbook of this kind (`html` or `md`).

    The folder may be new, empty, or have a handbook of the same kind in it. `copies` loads the bytes of attachments,
    one at a time. Raises Refused, with nothing changed, for any other folder, for a path that leads out of it, and if a
    file to be replaced or removed is not ours or was changed since; Unavailable if the folder cannot be written.
    """
    wanted = {file.path: _PlannedFile(sha256(file.data).hexdigest(), partial(bytes, file.data)) for file in files}
    wanted |= {attachment.path: _PlannedFile(attachment.sha256, load) for attachment, load in copies.items()}
    unsafe = sorted(path for path in wanted if not _is_safe_path(path))
    if unsafe:
        raise Refused(
            "A handbook may have no files of these names: {names}.",
            hint="Nothing was written.",
            names=name_some(map(printable, unsafe), _MAX_NAMES),
        )
    with _translate_disk_errors(folder):
        owned = _read_manifest(folder, kind)
        _check_untouched(folder, owned, wanted)
        return _replace_files(folder, kind, owned, wanted)


def _replace_files(
    folder: Path, kind: str, owned: Mapping[str, set[str]], wanted: Mapping[str, _PlannedFile]
) -> FolderResult:
    folder.mkdir(parents=True, exist_ok=True)
    # Until the end the manifest lists both old and new files, so that files of an interrupted run still count as ours.
    digests = {path: {file.digest} for path, file in wanted.items()}
    both = {path: owned.get(path, set()) | digests.get(path, set()) for path in {*owned, *wanted}}
    _write(folder, MANIFEST, _manifest_bytes(kind, both))
    _remove_leftovers(folder, both)
    changed = [path for path, file in wanted.items() if _file_digest(folder / path) != file.digest]
    for batch in _batches(changed, wanted):
        write_all(folder, batch)
    removed = [path for path in owned if path not in wanted]
    _remove(folder, removed)
    _write(folder, MANIFEST, _manifest_bytes(kind, digests))
    return FolderResult(len(wanted), len(changed), len(removed), sum((folder / path).stat().st_size for path in wanted))


# --- checks before anything is written --------------------------------------------------------------------------------


def _read_manifest(folder: Path, kind: str) -> dict[str, set[str]]:
    """Return the digests that each of our files may have, by path. Raises Refused for a folder that is not ours."""
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return {}
    if not names:
        return {}
    if MANIFEST not in names:
        hint = "Name a new folder or an empty one."
        raise Refused("{path} is not empty and holds no handbook.", hint=hint, path=str(folder))
    data = _read_plain_file(folder / MANIFEST)
    try:
        document = json.loads(data or b"")
        owned = {str(path): set(map(str, digests)) for path, digests in document["files"].items()}
        found_kind = str(document["handbook"])
    except (ValueError, KeyError, TypeError, AttributeError):
        hint = "Name a new folder, or move that one away."
        raise Refused("The list of files in {path} cannot be read.", hint=hint, path=str(folder / MANIFEST)) from None
    if found_kind != kind:
        hint = "Name another folder for this one."
        raise Refused("{path} holds a handbook of another kind ({kind}).", hint=hint, path=str(folder), kind=found_kind)
    return {path: digests for path, digests in owned.items() if _is_safe_path(path)}


def _check_untouched(folder: Path, owned: Mapping[str, set[str]], wanted: Iterable[str]) -> None:
    """Raise Refused if a file that would be replaced or removed is not ours, or not as we left it."""
    for parent in sorted({path.rpartition("/")[0] for path in {*owned, *wanted}} - {""}):
        current = folder
        for part in parent.split("/"):
            current /= part
            if os.path.lexists(current) and not stat.S_ISDIR(current.lstat().st_mode):
                raise _changed_error(folder, [str(current.relative_to(folder))])
    changed = [path for path in {*owned, *wanted} if not _is_unchanged(folder / path, owned.get(path, set()))]
    if changed:
        raise _changed_error(folder, changed)


def _changed_error(folder: Path, paths: Iterable[str]) -> Refused:
    return Refused(
        "These files in {path} are not as the handbook left them: {names}.",
        hint="Move them away, or name another folder; nothing was changed.",
        path=str(folder),
        names=name_some(sorted(paths), _MAX_NAMES),
    )


def _is_unchanged(path: Path, digests: set[str]) -> bool:
    return not os.path.lexists(path) or _file_digest(path) in digests


def _file_digest(path: Path) -> str:
    data = _read_plain_file(path)
    return sha256(data).hexdigest() if data is not None else ""


def _read_plain_file(path: Path) -> bytes | None:
    """Return the bytes of a regular file, up to one more than MAX_BYTES; None for anything else, symlinks included."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_safe_path(path: str) -> bool:
    """Tell whether a handbook may have this path: inside the folder, not hidden, not the manifest."""
    parts = path.split("/")
    return bool(_SAFE_PATH.fullmatch(path)) and path != MANIFEST and not any(part.startswith(".") for part in parts)


# --- writing ----------------------------------------------------------------------------------------------------------


def _manifest_bytes(kind: str, files: Mapping[str, set[str]]) -> bytes:
    document = {"handbook": kind, "files": {path: sorted(files[path]) for path in sorted(files)}}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _write(folder: Path, path: str, data: bytes) -> None:
    write_all(folder, {path: FileContent(data)})


def _remove_leftovers(folder: Path, paths: Iterable[str]) -> None:
    """Remove the temporary files that an interrupted run left beside these files."""
    for directory in {folder, *((folder / path).parent for path in paths)}:
        remove_orphaned_temporary_files(directory)


def _batches(paths: Iterable[str], wanted: Mapping[str, _PlannedFile]) -> Iterator[dict[str, FileContent]]:
    """Yield the files loaded, in batches of at most _BATCH_BYTES or of one larger file."""
    batch, byte_count = dict[str, FileContent](), 0
    for path in paths:
        data = wanted[path].load()
        if batch and byte_count + len(data) > _BATCH_BYTES:
            yield batch
            batch, byte_count = {}, 0
        batch[path] = FileContent(data)
        byte_count += len(data)
    if batch:
        yield batch


def _remove(folder: Path, paths: Iterable[str]) -> None:
    parents = set()
    for path in paths:
        (folder / path).unlink(missing_ok=True)
        parents.add((folder / path).parent)
    for parent in parents - {folder}:
        with suppress(OSError):  # the subfolder may contain files of others
            parent.rmdir()
    for directory in {parent if parent.is_dir() else folder for parent in parents}:
        fsync_folder(directory)


class _translate_disk_errors:  # noqa: N801 - reads as a word of the `with` statement
    """Turns an OSError into Unavailable, with a sentence for people."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: object, __: object) -> None:
        error = error.__cause__ if isinstance(error, Unavailable) else error
        if isinstance(error, OSError):
            reason = os_reason(error)
            path = str(error.filename or self.folder)
            hint = "Nothing is lost: fix that and publish again."
            raise Unavailable("{path} cannot be written: {reason}.", hint=hint, path=path, reason=reason) from error
