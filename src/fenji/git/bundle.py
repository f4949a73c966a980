"""Git bundles: a part of the history in one file, made, looked into, checked and taken in. Knows no ticket."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.errors import Damaged, NotFound, Refused, Unavailable
from fenji.git.run import run_git
from fenji.git.transfer import TransferResult, run_transfer

if TYPE_CHECKING:
    from fenji.git.remotes import TransferProgress
    from fenji.git.tree import Repo

_SIGNATURES = (b"# v2 git bundle\n", b"# v3 git bundle\n")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class BundleHead:
    """A ref in a bundle and the commit it is at."""

    name: str
    commit: str


def is_bundle(path: Path) -> bool:
    """Whether a file begins as a bundle does. Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return file.read(len(_SIGNATURES[0])) in _SIGNATURES


def write_bundle(
    repo: Repo, path: Path, refs: Iterable[str], *, without: Iterable[str], progress: TransferProgress | None = None
) -> None:
    """Write the commits of `refs` that the commits `without` do not hold; an older bundle there is replaced.

    The file is complete or not there at all. Raises Refused where another sort of file stands there, Unavailable.
    """
    target = path.absolute()
    try:
        if target.exists() and not is_bundle(target):
            raise Refused("{path} is there already, and is no bundle.", hint="Name another file.", path=str(path))
        unfinished = target.with_name(f".fenji-{target.name}.tmp")
        leftovers = unfinished, unfinished.with_name(f"{unfinished.name}.lock")  # by one that was killed
        for leftover in leftovers:
            leftover.unlink(missing_ok=True)
        result = run_transfer(
            repo.top,
            *("-c", "pack.window=250", "bundle", "create", "--progress", str(unfinished)),
            *refs,
            *(f"^{commit}" for commit in without),
            progress=progress,
        )
        try:
            if result.status:
                raise _bundle_error(result, path)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unavailable("{path} cannot be written: {reason}.", path=str(path), reason=reason) from error


def list_heads(repo: Repo, path: Path) -> list[BundleHead]:
    """The refs in a bundle. Raises NotFound where there is no file, Damaged where it is no bundle."""
    try:
        is_valid = is_bundle(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotFound("{path} cannot be read: {reason}.", path=str(path), reason=reason) from error
    answer = run_git(repo.top, "bundle", "list-heads", str(path.absolute())) if is_valid else None
    if answer is None or answer.returncode:
        hint = "Copy it again: it may have been cut off on the way."
        raise Damaged("{path} is no bundle.", hint=hint, path=str(path))
    lines = answer.stdout.decode("utf-8", "surrogateescape").splitlines()
    pairs = (line.partition(" ") for line in lines)
    return [BundleHead(name, commit) for commit, _, name in pairs if _SHA.fullmatch(commit)]


def verify(repo: Repo, path: Path) -> None:
    """Raise Refused where the bundle builds on commits that are not here, Damaged where it is broken."""
    answer = run_git(repo.top, "bundle", "verify", str(path.absolute()))
    if answer.returncode == 0:
        return
    stderr = answer.stderr.decode("utf-8", "replace")
    if "lacks these prerequisite" in stderr:
        raise Refused(
            "{path} goes on from something that has not arrived here.",
            hint="Receive the bundles before it first, or ask for a whole one: fenji bundle OUT --whole",
            path=str(path),
        )
    raise Damaged("{path} is no bundle that can be used here.", path=str(path), hint="Copy it again.")


def fetch_bundle(repo: Repo, path: Path, names: Mapping[str, str], *, progress: TransferProgress | None = None) -> None:
    """Take in commits and have refs of fenji's own point at them: ref in the bundle → ref here. Everything is checked.

    Raises Damaged where the file is broken; then nothing points at anything new.
    """
    options = ("-c", "fetch.fsckObjects=true", "fetch", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
    refspecs = [f"+{source}:{target}" for source, target in names.items()]
    result = run_transfer(repo.top, *options, "--progress", "--", str(path.absolute()), *refspecs, progress=progress)
    if result.status:
        raise _bundle_error(result, path)


def unpack(repo: Repo, path: Path) -> None:
    """Take in the objects alone, to look at: nothing refers to them, and git forgets them again after some weeks."""
    result = run_transfer(repo.top, "bundle", "unbundle", str(path.absolute()))
    if result.status:
        raise _bundle_error(result, path)


def _bundle_error(result: TransferResult, path: Path) -> Damaged | Unavailable:
    reason = " ".join(result.stderr.split())[:300] or f"status {result.status}"
    if re.search(
        r"No space left|Permission denied|Read-only|[Uu]nable to create|c(annot|ould not) create", result.stderr
    ):
        return Unavailable("{path} cannot be written: {reason}", path=str(path), reason=reason)
    hint = "Copy it again: it may have been damaged on the way."
    return Damaged("{path} is damaged: {reason}", path=str(path), reason=reason, hint=hint)
