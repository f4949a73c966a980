"""Write, inspect, verify and fetch git bundles: files with a part of the history. Knows nothing of tickets."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

from msgspec import Struct

from fenji import files
from fenji.errors import Damaged, NotFound, Refused, Unavailable, os_reason
from fenji.git.full_disk import MAKE_ROOM, is_full_disk
from fenji.git.run import run_git
from fenji.git.transfer import TransferResult, run_transfer
from fenji.given_files import open_given

if TYPE_CHECKING:
    from fenji.git.remotes import TransferProgress
    from fenji.git.tree import Repo

_SIGNATURES = (b"# v2 git bundle\n", b"# v3 git bundle\n")
# Git's checksum covers only the pack of a bundle. fenji's own covers the header: it is the name of an additional last
# ref, which git lists like any other and never copies.
CHECKSUM = "refs/fenji/header-sha256/"
_SHA = r"(?:[0-9a-f]{40}|[0-9a-f]{64})"
_HEAD = re.compile(rf"({_SHA}) (HEAD|refs/[^\x00-\x20\x7f]+)")
_OTHER_LINE = re.compile(rf"-{_SHA}(?: [^\x00]*)?|@object-format=sha(?:1|256)")
_MAX_LINE = 1 << 20  # bytes in a line, which may contain a commit's subject


class BundleHead(Struct, frozen=True):
    """A ref in a bundle and the commit that it points at."""

    name: str
    commit: str


def is_bundle(path: Path) -> bool:
    """Return whether a file starts with a bundle's signature. Raises OSError if it cannot be read."""
    with open_given(path) as file:
        return file.read(len(_SIGNATURES[0])) in _SIGNATURES


def write_bundle(
    repo: Repo, path: Path, refs: Iterable[str], *, without: Iterable[str], progress: TransferProgress | None = None
) -> None:
    """Write the commits of `refs` that are not in the history of `without`, replacing an older bundle at `path`.

    The file is complete or absent, never partial. Raises Refused if `path` is another kind of file, Unavailable if it
    cannot be written.
    """
    target = path.absolute()
    try:
        if target.exists() and not is_bundle(target):
            raise Refused("{path} already exists, and is not a bundle.", hint="Name another file.", path=str(path))
        if not target.parent.is_dir():
            hint = "Plug in the stick, or name a file in an existing folder."
            raise Refused("There is no folder {folder}.", hint=hint, folder=str(path.parent))
        unfinished = target.with_name(f".fenji-{target.name}.tmp")
        from_git = unfinished.with_name(f"{unfinished.name}.git")
        leftovers = unfinished, from_git, from_git.with_name(f"{from_git.name}.lock")  # of a killed process
        for leftover in leftovers:
            leftover.unlink(missing_ok=True)
        result = run_transfer(
            repo.top,
            *("-c", "pack.window=250", "bundle", "create", "--progress", str(from_git)),
            *refs,
            *(f"^{commit}" for commit in without),
            progress=progress,
        )
        try:
            if result.status:
                raise _write_error(result, path)
            _add_checksum(from_git, unfinished)
            files.move_into_place(unfinished, target)
        finally:
            unfinished.unlink(missing_ok=True)
            from_git.unlink(missing_ok=True)
    except OSError as error:
        reason = os_reason(error)
        raise Unavailable("{path} cannot be written: {reason}.", path=str(path), reason=reason) from error


def list_heads(path: Path) -> list[BundleHead]:
    """Return the refs in the header of a bundle, after checking the header's checksum, if it has one.

    Raises NotFound if the file cannot be read, Damaged if it is no bundle or its header is damaged.
    """
    try:
        with open_given(path) as file:
            if file.readline(len(_SIGNATURES[0])) not in _SIGNATURES:
                hint = "Copy it again: it may have been cut off on the way."
                raise Damaged("{path} is not a bundle.", hint=hint, path=str(path))
            file.seek(0)
            lines = _read_header(file)
            # A damaged letter that became a line feed may end the header before its checksum.
            ends_in_pack = file.read(4) == b"PACK"
    except OSError as error:
        reason = os_reason(error)
        raise NotFound("{path} cannot be read: {reason}.", path=str(path), reason=reason) from error
    heads = _parse_header(lines) if ends_in_pack else None
    if heads is None:
        raise damaged_bundle(path)
    return heads


def damaged_bundle(path: Path) -> Damaged:
    """Return the error for a file with an invalid or contradictory header."""
    return Damaged("{path} is not a bundle that can be used here.", path=str(path), hint="Copy it again.")


def _read_header(file: IO[bytes]) -> list[bytes]:
    """Read the lines before the first empty line, each with its line feed; an empty list if there is no such line."""
    lines = []
    while (line := file.readline(_MAX_LINE)) != b"\n":
        if not line.endswith(b"\n"):
            return []
        lines.append(line)
    return lines


def _parse_header(lines: list[bytes]) -> list[BundleHead] | None:
    """Return the refs of a header, without the checksum; None if a line or the checksum is wrong."""
    heads = []
    for line in lines[1:]:
        text = line[:-1].decode("utf-8", "surrogateescape")
        head = _HEAD.fullmatch(text)
        if head:
            heads.append(BundleHead(head[2], head[1]))
        elif not _OTHER_LINE.fullmatch(text):
            return None
    if heads and heads[-1].name.startswith(CHECKSUM):
        checksum = heads.pop()
        if checksum.name != _checksum_name(lines[:-1], checksum.commit):
            return None
    return heads or None


def _checksum_name(lines: list[bytes], commit: str) -> str:
    """Return the ref name with the checksum of the header lines before it and of the commit id on its own line."""
    return CHECKSUM + hashlib.sha256(b"".join(lines) + commit.encode()).hexdigest()


def _add_checksum(source: Path, target: Path) -> None:
    """Copy a bundle that git has written, with the checksum of its header."""
    with source.open("rb") as file, target.open("xb") as copy:
        lines = _read_header(file)
        commit = lines[-1].split()[0].decode()
        copy.write(b"".join([*lines, f"{commit} {_checksum_name(lines, commit)}\n\n".encode()]))
        shutil.copyfileobj(file, copy)


def verify(repo: Repo, path: Path) -> None:
    """Raise Refused if the bundle needs missing commits or has another kind of object ids, Damaged if it is broken."""
    if any(len(head.commit) != len(repo.null_id) for head in list_heads(path)):
        raise Refused(
            "{path} is from a repository whose object format differs from this desk's, SHA-1 and SHA-256.",
            hint="Create a desk of its kind from it: fenji init DIR --site SITE --from {path}",
            path=str(path),
        )
    answer = run_git(repo.top, "bundle", "verify", str(path.absolute()))
    if answer.returncode == 0:
        return
    stderr = answer.stderr.decode("utf-8", "replace")
    if "lacks these prerequisite" in stderr:
        raise Refused(
            "{path} builds on something that has not arrived here.",
            hint="Receive the earlier bundles first, or ask for a whole one: fenji bundle OUT --whole",
            path=str(path),
        )
    raise damaged_bundle(path)


def fetch_bundle(repo: Repo, path: Path, names: Mapping[str, str], *, progress: TransferProgress | None = None) -> None:
    """Fetch commits from a bundle and set fenji's own refs to them; `names` maps refs in the bundle to refs here.

    Every object is checked. Raises Damaged if the file is broken; the refs are left alone then.
    """
    options = ("-c", "fetch.fsckObjects=true", "fetch", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
    refspecs = [f"+{source}:{target}" for source, target in names.items()]
    result = run_transfer(repo.top, *options, "--progress", "--", str(path.absolute()), *refspecs, progress=progress)
    if result.status:
        raise _bundle_error(result, path)


def unpack(repo: Repo, path: Path) -> None:
    """Import only the objects, for inspection: no ref points at them, so git drops them after some weeks."""
    result = run_transfer(repo.top, "bundle", "unbundle", str(path.absolute()))
    if result.status:
        raise _bundle_error(result, path)


def _bundle_error(result: TransferResult, path: Path) -> Damaged | Unavailable:
    """Return the error for a file that could not be read into the repository."""
    if re.search(r"Permission denied|Read-only|[Uu]nable to create|c(annot|ould not) create", result.stderr):
        return _write_error(result, path)
    if is_full_disk(result.stderr):
        return Unavailable("{path} cannot be received: the disk is full.", hint=MAKE_ROOM, path=str(path))
    hint = "Copy it again: it may have been damaged on the way."
    return Damaged("{path} is damaged: {reason}", path=str(path), reason=_shorten(result), hint=hint)


def _write_error(result: TransferResult, path: Path) -> Unavailable:
    if is_full_disk(result.stderr, path.absolute().parent):
        return Unavailable("{path} cannot be written: the disk is full.", hint=MAKE_ROOM, path=str(path))
    return Unavailable("{path} cannot be written: {reason}", path=str(path), reason=_shorten(result))


def _shorten(result: TransferResult) -> str:
    return " ".join(result.stderr.split())[:300] or f"status {result.status}"
