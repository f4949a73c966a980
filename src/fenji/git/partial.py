"""Partial clones, which leave large files at the hub: find out which files these are, and fetch them on request.

Git itself fetches missing files, one by one, as soon as anything reads them. So a missing file is marked skip-worktree
in the index, which keeps git from expecting it in the working tree, and nothing reads it until somebody asks for it.
Then it is fetched by id, so that a failure is reported like that of any other exchange, and written when complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from fenji import files
from fenji.errors import FenjiError, Refused, Unavailable
from fenji.git import leftovers
from fenji.git.config import read_entries
from fenji.git.remotes import LINK_BROKE, TransferProgress, transfer_error
from fenji.git.run import encode_lines, run_git
from fenji.git.transfer import run_transfer

if TYPE_CHECKING:
    from pathlib import Path

    from fenji.git.tree import Repo

_SKIPPED = "S "  # the mark of a skip-worktree entry in `ls-files -t`


def is_partial(repo: Repo) -> bool:
    """Return whether this clone may lack contents that its hub has."""
    return bool(_promisors(repo))


def missing_blobs(repo: Repo, commit: str) -> frozenset[str]:
    """Return the ids of the blobs of a commit whose contents are not in this clone."""
    options = ("--objects", "--no-object-names", "--missing=print", "--no-walk")
    answer = repo.git.run("rev-list", *options, commit, "--")
    return frozenset(line[1:].decode() for line in answer.splitlines() if line.startswith(b"?"))


def check_out_available(repo: Repo, prepare: Callable[[Repo], None]) -> None:
    """Fill the index and working tree of a new clone with the files that it has; `prepare` sets up git in between."""
    head = repo.head()
    if head is None:
        return
    repo.git.run("read-tree", head)
    prepare(repo)
    lacking = missing_blobs(repo, head)
    listing = repo.git.run("ls-files", "-s", "-z").decode("utf-8", "surrogateescape")
    entries = (entry.partition("\t") for entry in listing.split("\0") if entry)
    leave_out(repo, (path for info, _, path in entries if info.split(" ")[1] in lacking))
    repo.git.run("checkout-index", "-a", "-u", "-q")


def list_left_out(repo: Repo, below: str) -> set[str]:
    """Return the files below a folder that were left at the hub; paths are relative to the top of the repository."""
    answer = run_git(repo.top, "ls-files", "-t", "-z", "--", below)
    entries = answer.stdout.decode("utf-8", "surrogateescape").split("\0")
    return {entry[len(_SKIPPED) :] for entry in entries if entry.startswith(_SKIPPED)}


def leave_out(repo: Repo, paths: Iterable[str]) -> None:
    """Mark files (paths relative to the top) as absent from the working tree on purpose."""
    _set_flag(repo, paths, "--skip-worktree")


def find_placeholders(repo: Repo, below: str) -> list[str]:
    """Return the left-out files below a folder whose place has an empty file, as earlier failed fetches left it."""
    entries = _left_out_entries(repo, below)
    return [path for path, blob in entries.items() if blob != repo.blob_id(b"") and _is_empty(repo.top / path)]


def fetch_left_out(repo: Repo, below: str, *, progress: TransferProgress | None = None) -> None:
    """Fetch the files below a folder that were left out, and write them to the working tree, one after the other.

    A file that somebody put in such a place is taken as it is if it has the right contents. Raises Unavailable with the
    reason; files that have arrived stay, and nothing else is left. Raises Refused if another file is in the way.
    """
    entries = _left_out_entries(repo, below)
    missing = missing_blobs(repo, f"HEAD:{below}") if entries else frozenset()
    for path, blob in entries.items():
        target = repo.top / path
        if _is_empty(target):
            target.unlink()
        if target.exists():
            _adopt_file(repo, path, blob)
            continue
        if blob in missing:
            try:
                fetch_blobs(repo, [blob], progress=progress)
            except Unavailable as failure:
                raise _still_at_hub(path, failure) from failure
        files.write(repo.top, path, repo.git.run("cat-file", "blob", blob))
        _take_back(repo, path)


def fetch_history(repo: Repo, commit: str, without: Iterable[str], *, progress: TransferProgress | None = None) -> None:
    """Fetch every file of the history of `commit` that this clone lacks. Raises Unavailable."""
    if is_partial(repo):
        options = ("--objects", "--no-object-names", "--missing=print")
        answer = repo.git.run("rev-list", *options, commit, *(f"^{known}" for known in without), "--")
        fetch_blobs(repo, [line[1:].decode() for line in answer.splitlines() if line[:1] == b"?"], progress=progress)


def fetch_blobs(repo: Repo, blobs: Iterable[str], *, progress: TransferProgress | None = None) -> None:
    """Fetch blobs by their ids one by one, so that those that have arrived stay if the link breaks. Raises Unavailable.

    Git would fetch them by itself, but without the time limits and error sentences of other exchanges.
    """
    remote = _promisor(repo)
    options = ("--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance")
    verbosity = "--progress" if progress else "--no-progress"
    for blob in blobs:
        leftovers.remove_leftovers(repo.git_dir, repo.top)
        result = run_transfer(
            repo.top,
            *("-c", "fetch.negotiationAlgorithm=noop", "fetch", *options, "--filter=blob:none", verbosity),
            *("--", remote, blob),
            progress=progress,
        )
        if result.status:
            leftovers.remove_leftovers(repo.git_dir, repo.top)
            raise transfer_error(result, remote)


def _promisor(repo: Repo) -> str:
    """Return the name of the remote that has the contents that this clone lacks."""
    names = _promisors(repo)
    return "origin" if "origin" in names or not names else names[0]


def _promisors(repo: Repo) -> list[str]:
    """Return the names of the remotes that may have contents that this clone lacks."""
    return [
        entry.key.removeprefix("remote.").removesuffix(".promisor")
        for entry in read_entries(repo.top)
        if entry.key.startswith("remote.") and entry.key.endswith(".promisor") and entry.is_true
    ]


def _left_out_entries(repo: Repo, below: str) -> dict[str, str]:
    """Return the blob ids of the files below a folder that were left out, by path."""
    answer = run_git(repo.top, "--literal-pathspecs", "ls-files", "-t", "-s", "-z", "--", below)
    entries = (entry.partition("\t") for entry in answer.stdout.decode("utf-8", "surrogateescape").split("\0"))
    return {path: info.split(" ")[2] for info, _, path in entries if info.startswith(_SKIPPED)}


def _is_empty(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size == 0


def _adopt_file(repo: Repo, path: str, blob: str) -> None:
    """Accept a file in the place of a left-out one if it has the same contents. Raises Refused if it has not."""
    target = repo.top / path
    try:
        data = files.read(target, target.lstat().st_size + 1)[0]
    except OSError as error:
        raise files.write_failure(error, target) from error
    if repo.blob_id(data) != blob:
        hint = "Move it away and try again: the right one is still at the hub."
        raise Refused("{path} is not the file that the ticket names.", hint=hint, path=path)
    repo.git.run("hash-object", "-w", "--stdin", data=data)
    _take_back(repo, path)


def _take_back(repo: Repo, path: str) -> None:
    """Have git expect a file in the working tree again."""
    _set_flag(repo, [path], "--no-skip-worktree")
    repo.git.run("update-index", "-z", "--stdin", data=_join_paths([path]))


def _still_at_hub(path: str, failure: FenjiError) -> Unavailable:
    template = "{path} is still at the hub: {reason}"
    if failure.sentence.template != LINK_BROKE:
        hint = failure.hint.template if failure.hint else ""
        return Unavailable(template, hint=hint, **{**failure.sentence.values, "path": path, "reason": failure.sentence})
    hint = (
        "git fetches a file in one go or not at all. If the link never holds that long, have it brought over: there "
        "`fenji bundle OUT --whole`, here `fenji receive OUT`; or put the file itself in place. Then try again."
    )
    return Unavailable(template, hint=hint, path=path, reason=failure.sentence)


def _set_flag(repo: Repo, paths: Iterable[str], option: str) -> None:
    data = _join_paths(paths)
    if data:
        repo.git.run("update-index", "-z", option, "--stdin", data=data)


def _join_paths(paths: Iterable[str]) -> bytes:
    return encode_lines(paths, "\0")
