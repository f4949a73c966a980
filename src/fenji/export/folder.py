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
    from fenji.export.leaves import Attachment, File

MANIFEST = "fenji-handbook.json"
LARGEST = 64 << 20  # bytes of a manifest or of an attachment that are looked at
_NAME = re.compile(r"(?:(?:search|files/[A-Z0-9-]+)/)?[^/\\\x00-\x1f]{1,150}")
_NAMED = 5  # files named in a refusal


@dataclass(frozen=True)
class Put:
    """What was done to a folder: how many files it holds now, how many of them were written, how many went, bytes."""

    files: int
    written: int
    removed: int
    octets: int


@dataclass(frozen=True)
class _Wanted:
    """A file as it shall be: the SHA-256 of its bytes, and the way to them."""

    digest: str
    load: Callable[[], bytes]


def put(folder: Path, kind: str, files: Iterable[File], copies: Mapping[Attachment, Callable[[], bytes]]) -> Put:
    """Make `folder` hold these files and no other ones of a handbook of this kind (`html` or `md`).

    It may be new, empty, or hold a handbook of the same kind. `copies` gives the bytes of each attachment when asked,
    one after the other. Raises Refused, with nothing changed, where the folder holds anything else, or where one of our
    files was changed since; Unavailable where it cannot be written.
    """
    wanted = {one.path: _Wanted(sha256(one.data).hexdigest(), partial(bytes, one.data)) for one in files}
    wanted |= {one.path: _Wanted(one.sha256, load) for one, load in copies.items()}
    strange = [path for path in wanted if not _sound(path)]
    assert not strange, strange
    with _translated(folder):
        made = _manifest(folder, kind)
        _check(folder, made, wanted)
        return _replaced(folder, kind, made, wanted)


def _replaced(folder: Path, kind: str, made: Mapping[str, set[str]], wanted: Mapping[str, _Wanted]) -> Put:
    folder.mkdir(parents=True, exist_ok=True)
    # Until all is done the manifest names the old files and the new ones: whatever a kill leaves is still ours.
    digests = {path: {one.digest} for path, one in wanted.items()}
    both = {path: made.get(path, set()) | digests.get(path, set()) for path in {*made, *wanted}}
    _write(folder, MANIFEST, _document(kind, both))
    changed = [path for path, one in wanted.items() if _digest(folder / path) != one.digest]
    for path in changed:
        _write(folder, path, wanted[path].load())
    gone = [path for path in made if path not in wanted]
    for path in gone:
        (folder / path).unlink(missing_ok=True)
        with suppress(OSError):  # others' files may lie in it
            if "/" in path:
                (folder / path).parent.rmdir()
    _write(folder, MANIFEST, _document(kind, digests))
    return Put(len(wanted), len(changed), len(gone), sum((folder / path).stat().st_size for path in wanted))


# --- looking before anything is written -------------------------------------------------------------------------------


def _manifest(folder: Path, kind: str) -> dict[str, set[str]]:
    """Path → the digests that a file of ours may have. Raises Refused for a folder that is somebody else's."""
    try:
        there = [one.name for one in folder.iterdir()]
    except FileNotFoundError:
        return {}
    if not there:
        return {}
    if MANIFEST not in there:
        hint = "Name a new folder or an empty one."
        raise Refused("{path} is not empty and holds no handbook.", hint=hint, path=str(folder))
    data = _plain(folder / MANIFEST)
    try:
        held = json.loads(data or b"")
        made = {str(path): set(map(str, digests)) for path, digests in held["files"].items()}
        other = str(held["handbook"])
    except (ValueError, KeyError, TypeError, AttributeError):
        hint = "Name a new folder, or move that one away."
        raise Refused("The list of files in {path} cannot be read.", hint=hint, path=str(folder / MANIFEST)) from None
    if other != kind:
        hint = "Name another folder for this one."
        raise Refused("{path} holds a handbook of another kind ({kind}).", hint=hint, path=str(folder), kind=other)
    return {path: digests for path, digests in made.items() if _sound(path)}


def _check(folder: Path, made: Mapping[str, set[str]], wanted: Iterable[str]) -> None:
    """Refuse where a file that would be written or taken away is not ours, or not as we left it."""
    for place in sorted({path.rpartition("/")[0] for path in {*made, *wanted}} - {""}):
        current = folder
        for part in place.split("/"):
            current /= part
            if os.path.lexists(current) and not stat.S_ISDIR(current.lstat().st_mode):
                raise _touched(folder, [str(current.relative_to(folder))])
    touched = [path for path in {*made, *wanted} if not _ours(folder / path, made.get(path, set()))]
    if touched:
        raise _touched(folder, touched)


def _touched(folder: Path, paths: Iterable[str]) -> Refused:
    names = sorted(paths)
    more = f" +{len(names) - _NAMED}" if len(names) > _NAMED else ""
    return Refused(
        "In {path} these files are not as the handbook left them: {names}.",
        hint="Move them away, or name another folder; nothing was changed.",
        path=str(folder),
        names=", ".join(names[:_NAMED]) + more,
    )


def _ours(path: Path, digests: set[str]) -> bool:
    return not os.path.lexists(path) or _digest(path) in digests


def _digest(path: Path) -> str:
    data = _plain(path)
    return sha256(data).hexdigest() if data is not None else ""


def _plain(path: Path) -> bytes | None:
    """The bytes of a plain file; None for what is none. Links are not followed."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _sound(path: str) -> bool:
    """Whether a path is one that a handbook may have: no way out of the folder, no hidden file, not the manifest."""
    parts = path.split("/")
    return bool(_NAME.fullmatch(path)) and path != MANIFEST and not any(part.startswith(".") for part in parts)


# --- writing ----------------------------------------------------------------------------------------------------------


def _document(kind: str, files: Mapping[str, set[str]]) -> bytes:
    held = {"handbook": kind, "files": {path: sorted(files[path]) for path in sorted(files)}}
    return (json.dumps(held, ensure_ascii=False, indent=1) + "\n").encode()


def _write(folder: Path, path: str, data: bytes) -> None:
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


class _translated:  # noqa: N801 - reads as a word of the `with` statement
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
