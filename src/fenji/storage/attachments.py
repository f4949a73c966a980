"""Copy a file to the attachments of a ticket, under a safe name, with its size and SHA-256."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fenji import files
from fenji.errors import NotFound, RefusalCollector, Refused, os_reason
from fenji.git import objects
from fenji.given_files import open_given
from fenji.model.ticket import Value, sanitize
from fenji.storage import layout

if TYPE_CHECKING:
    from fenji.git import Repo

MAX_FILE_BYTES = 64 << 20  # bytes; every full clone carries every attachment for ever, over slow links
MAX_NAME_BYTES = 120  # bytes in UTF-8; most disks take 255
_CHUNK_BYTES = 1 << 20
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|$)", re.IGNORECASE)  # device names of Windows
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def safe_name(name: str) -> str:
    """Return a file name that is valid on every system, without invisible characters; its script is kept."""
    text = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    text = "".join(_visible(char) for char in text)
    text = _UNSAFE.sub("_", text).strip(" .").lstrip("-")
    text = f"_{text}" if _RESERVED.match(text) else text
    stem, dot, suffix = text.rpartition(".")
    if not dot or len(suffix.encode()) > 16:
        stem, suffix = text, ""
    end = f".{suffix}" if suffix else ""
    return _truncate_utf8(stem, MAX_NAME_BYTES - len(end.encode())) + end if text else "file"


def check_sources(sources: Iterable[Path]) -> None:
    """Raise NotFound for files to attach that do not exist, once for all of them."""
    refusals = RefusalCollector()
    for source in sources:
        with refusals.checking():
            if not source.exists():
                raise NotFound("There is no file {path}.", path=str(source))
    refusals.raise_all()


def _visible(char: str) -> str:
    """Return the character, a plain space for any other blank, or an empty string for an invisible one."""
    category = unicodedata.category(char)
    if char in "\n\t" or category == "Zs":
        return char if char in "\n\t" else " "
    shapeless = category in _INVISIBLE_CATEGORIES or sanitize(char) != char
    return "" if shapeless else char


def _truncate_utf8(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore")


def copy_attachment(root: Path, ticket_id: str, source: Path, repo: Repo, *, name: str = "") -> dict[str, Value]:
    """Copy `source` to the attachments of a ticket, as `name` if given, and return its item: name, size, sha256.

    A file that is already attached keeps its item. Another file of the same name gets `-2`, even if the first is only
    in git: left at the hub, outside a sparse checkout, or deleted here. Raises NotFound, Unavailable, and Refused for
    a file that is not regular or too large.
    """
    directory = layout.attachments_folder(ticket_id)
    try:
        files.make_folder(root, directory)
        temporary = files.temporary_path(root / layout.ATTACHMENTS_FOLDER)
        try:
            size, digest = _copy_and_hash(source, temporary)
            wanted = safe_name(name or source.name)
            absent = _absent_files(repo, directory, temporary)
            name = _link_under_free_name(root / directory, wanted, temporary, digest, absent)
        finally:
            temporary.unlink(missing_ok=True)
        files.fsync_folder(root / directory)
    except OSError as error:
        raise files.write_failure(error, root / directory) from error
    return {"name": name, "size": size, "sha256": digest}


def _copy_and_hash(source: Path, temporary: Path) -> tuple[int, str]:
    size, digest = 0, sha256()
    with (
        _open_source(source) as file,
        os.fdopen(files.open_shared(temporary, os.O_WRONLY | os.O_EXCL), "wb") as copy,
    ):
        while chunk := file.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > MAX_FILE_BYTES:
                hint = "Keep it elsewhere and write down where; or attach the part that matters."
                raise Refused(
                    "{path} is larger than {most} MiB.", hint=hint, path=str(source), most=MAX_FILE_BYTES >> 20
                )
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    return size, digest.hexdigest()


def _open_source(source: Path) -> BinaryIO:
    try:
        return open_given(source)
    except FileNotFoundError as error:
        raise NotFound("There is no file {path}.", path=str(source)) from error
    except OSError as error:
        reason = os_reason(error)
        raise Refused("{path} cannot be read: {reason}.", path=str(source), reason=reason) from error


def _absent_files(repo: Repo, directory: str, temporary: Path) -> dict[str, bool]:
    """Return the names in a folder that are in git but not on disk, each with whether the bytes equal `temporary`'s."""
    folder = f"{repo.prefix}{directory}"
    committed = objects.list_folders(repo, repo.head(), [folder])[folder]
    absent = {name: entry for name, entry in committed.items() if not os.path.lexists(repo.root / directory / name)}
    blob = repo.blob_id(temporary.read_bytes()) if absent else None
    return {name: entry.blob == blob for name, entry in absent.items()}


def _link_under_free_name(directory: Path, name: str, temporary: Path, digest: str, absent: Mapping[str, bool]) -> str:
    """Give the copy the first free name among `name`, `name-2` …, or return the name that the same file already has.

    `absent` has the names that are only in git, each with whether it is the same file; the copy then takes that name.
    """
    taken = {
        existing.casefold(): directory / existing
        for existing in (*absent, *(entry.name for entry in directory.iterdir()))
    }
    stem, suffix = Path(name).stem, Path(name).suffix
    for number in range(1, len(taken) + 2):
        candidate = name if number == 1 else f"{stem}-{number}{suffix}"
        existing_path = taken.get(candidate.casefold())
        if existing_path is None:
            files.link_into_place(temporary, directory / candidate)
            return candidate
        if not os.path.lexists(existing_path):
            if absent[existing_path.name]:
                files.link_into_place(temporary, existing_path)
                return existing_path.name
        elif (
            existing_path.is_file()
            and not existing_path.is_symlink()
            and sha256(existing_path.read_bytes()).hexdigest() == digest
        ):
            return existing_path.name
    raise AssertionError("more files than names")
