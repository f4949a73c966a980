"""Putting the files of a handbook into a folder, so that nothing that somebody else made is touched.

The manifest beside the files names each one that was put there, with its SHA-256. Only such files are replaced or taken
away, and only while they are still what was put; everything is looked at before anything is written.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from fenji.errors import Refused, Unavailable

if TYPE_CHECKING:
    from fenji.publish.pages import AttachmentCopy, HandbookFile

MANIFEST = "fenji-handbook.json"
MAX_BYTES = 64 << 20  # bytes of a manifest or of an attachment that are looked at
_SAFE_PATH = re.compile(r"(?:(?:search|files/[A-Z0-9-]+)/)?[^/\\\x00-\x1f]{1,150}")
_MAX_NAMES = 5  # files named in a refusal


@dataclass(frozen=True)
class FolderResult:
    """What was done to a folder: how many files it holds now, how many of them were written, how many went, bytes."""

    files: int
    written: int
    removed: int
    byte_count: int


@dataclass(frozen=True)
class _PlannedFile:
    """A file as it shall be: the SHA-256 of its bytes, and the way to them."""

    digest: str
    load: Callable[[], bytes]


def write_folder(
    folder: Path, kind: str, files: Iterable[HandbookFile], copies: Mapping[AttachmentCopy, Callable[[], bytes]]
) -> FolderResult:
    """Make `folder` hold these files and no other ones of a handbook of this kind (`html` or `md`).

    It may be new, empty, or hold a handbook of the same kind. `copies` gives the bytes of each attachment when asked,
    one after the other. Raises Refused, with nothing changed, where the folder holds anything else, or where one of our
    files was changed since; Unavailable where it cannot be written.
    """
    wanted = {file.path: _PlannedFile(sha256(file.data).hexdigest(), partial(bytes, file.data)) for file in files}
    wanted |= {attachment.path: _PlannedFile(attachment.sha256, load) for attachment, load in copies.items()}
    unsafe = [path for path in wanted if not _is_safe_path(path)]
    assert not unsafe, unsafe
    with _translate_disk_errors(folder):
        owned = _read_manifest(folder, kind)
        _check_untouched(folder, owned, wanted)
        return _replace_files(folder, kind, owned, wanted)


def _replace_files(
    folder: Path, kind: str, owned: Mapping[str, set[str]], wanted: Mapping[str, _PlannedFile]
) -> FolderResult:
    folder.mkdir(parents=True, exist_ok=True)
    # Until all is done the manifest names the old files and the new ones: whatever a kill leaves is still ours.
    digests = {path: {file.digest} for path, file in wanted.items()}
    both = {path: owned.get(path, set()) | digests.get(path, set()) for path in {*owned, *wanted}}
    _write_atomic(folder, MANIFEST, _manifest_bytes(kind, both))
    changed = [path for path, file in wanted.items() if _file_digest(folder / path) != file.digest]
    for path in changed:
        _write_atomic(folder, path, wanted[path].load())
    removed = [path for path in owned if path not in wanted]
    for path in removed:
        (folder / path).unlink(missing_ok=True)
        with suppress(OSError):  # others' files may lie in it
            if "/" in path:
                (folder / path).parent.rmdir()
    _write_atomic(folder, MANIFEST, _manifest_bytes(kind, digests))
    return FolderResult(len(wanted), len(changed), len(removed), sum((folder / path).stat().st_size for path in wanted))


# --- looking before anything is written -------------------------------------------------------------------------------


def _read_manifest(folder: Path, kind: str) -> dict[str, set[str]]:
    """Path → the digests that a file of ours may have. Raises Refused for a folder that is somebody else's."""
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
    """Refuse where a file that would be written or taken away is not ours, or not as we left it."""
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
    names = sorted(paths)
    more = f" +{len(names) - _MAX_NAMES}" if len(names) > _MAX_NAMES else ""
    return Refused(
        "In {path} these files are not as the handbook left them: {names}.",
        hint="Move them away, or name another folder; nothing was changed.",
        path=str(folder),
        names=", ".join(names[:_MAX_NAMES]) + more,
    )


def _is_unchanged(path: Path, digests: set[str]) -> bool:
    return not os.path.lexists(path) or _file_digest(path) in digests


def _file_digest(path: Path) -> str:
    data = _read_plain_file(path)
    return sha256(data).hexdigest() if data is not None else ""


def _read_plain_file(path: Path) -> bytes | None:
    """The bytes of a plain file; None for what is none. Links are not followed."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_safe_path(path: str) -> bool:
    """Whether a path is one that a handbook may have: no way out of the folder, no hidden file, not the manifest."""
    parts = path.split("/")
    return bool(_SAFE_PATH.fullmatch(path)) and path != MANIFEST and not any(part.startswith(".") for part in parts)


# --- writing ----------------------------------------------------------------------------------------------------------


def _manifest_bytes(kind: str, files: Mapping[str, set[str]]) -> bytes:
    document = {"handbook": kind, "files": {path: sorted(files[path]) for path in sorted(files)}}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _write_atomic(folder: Path, path: str, data: bytes) -> None:
    """In one step: a reader sees the old file or the new one."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".fenji-{os.getpid()}-{token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


class _translate_disk_errors:  # noqa: N801 - reads as a word of the `with` statement
    """Turns failures of the disk into a sentence."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: object, __: object) -> None:
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
            path = str(error.filename or self.folder)
            hint = "Nothing is lost: put that right and publish again."
            raise Unavailable("{path} cannot be written: {reason}.", hint=hint, path=path, reason=reason) from error
