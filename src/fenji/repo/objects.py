"""Objects of git in bulk: what differs between two commits, folders of a tree, many blobs, a commit of two histories.

Paths are bytes of the file system as text (`surrogateescape`), from the top of the repository. Knows no ticket.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.repo import stream
from fenji.repo.command import ask
from fenji.repo.stream import Held

if TYPE_CHECKING:
    from fenji.repo.tree import Repo

Folder = Mapping[str, Held]  # name → file; folders within it are left out
_SYNCED = ("-c", "core.fsync=committed")
MOST = 500  # commits looked through where it is not known since when
_FILTERS = 2_000  # commits whose paths are noted at one go; a long history takes several


@dataclass(frozen=True)
class Difference:
    """A file that differs between two commits: as it was before and after, None where it was not there."""

    path: str
    before: Held | None
    after: Held | None


def differences(repo: Repo, before: str | None, after: str | None) -> list[Difference]:
    """Every file that differs between two commits (None: an empty tree); a renamed one is gone here and new there."""
    old, new = (commit or _empty_tree(repo) for commit in (before, after))
    answer = repo.git.run("diff-tree", "-r", "-z", "--no-renames", "--no-abbrev", old, new)
    words = answer.decode("utf-8", "surrogateescape").split("\0")
    return [_difference(told, path) for told, path in zip(words[::2], words[1::2], strict=False)]


@dataclass(frozen=True)
class Step:
    """What a commit changed, held against one of its parents (None: it has none)."""

    parent: str | None
    found: tuple[Difference, ...]


def steps(repo: Repo, since: str | None, head: str, *, made_by: str, below: Sequence[str]) -> list[Step]:
    """What each commit that `head` has and `since` lacks (None: the latest ones) changed in some folders, oldest first.

    A merge is held against each of its parents; those that the address `made_by` made are left out.
    """
    where = (f"^{since}",) if since else (f"--max-count={MOST}",)
    shown = ("--no-show-signature", "--topo-order", "--reverse", "--format=%H %P%x01%ce")
    listed = repo.git.run("log", *shown, head, *where, "--").decode("utf-8", "replace")
    pairs: list[tuple[str, str | None]] = []
    for names, _, address in (line.partition("\x01") for line in listed.split("\n") if line):
        commit, *parents = names.split()
        if not (address == made_by and len(parents) > 1):
            pairs += [(commit, parent) for parent in parents] or [(commit, None)]
    asked = "".join(f"{commit} {parent or ''}".rstrip() + "\n" for commit, parent in pairs)
    plain = ("diff-tree", "--stdin", "--always", "--root", "-r", "-z", "--no-renames", "--no-abbrev")
    answer = repo.git.run(*plain, "--", *(f"{repo.prefix}{one}" for one in below), data=asked.encode())
    words = iter(answer.decode("utf-8", "surrogateescape").split("\0"))
    found: list[list[Difference]] = []
    for word in words:
        if word.startswith(":"):
            found[-1].append(_difference(word, next(words)))
        elif word:
            found.append([])
    return [Step(parent, tuple(one)) for (_, parent), one in zip(pairs, found, strict=True)]


def _difference(told: str, path: str) -> Difference:
    mode, new_mode, blob, new_blob, _ = told.removeprefix(":").split(" ")
    return Difference(path, _held(mode, blob), _held(new_mode, new_blob))


def _held(mode: str, blob: str) -> Held | None:
    return Held(blob, mode) if mode.strip("0") else None


def _empty_tree(repo: Repo) -> str:
    return hashlib.new(repo.hashed, b"tree 0\0", usedforsecurity=False).hexdigest()


def folders(repo: Repo, commit: str | None, paths: Iterable[str]) -> dict[str, Folder]:
    """The files that stand in each of the folders at `commit`; none where there is no such folder."""
    wanted = list(dict.fromkeys(paths))
    if commit is None:
        return {path: {} for path in wanted}
    found = _batch(repo, [f"{commit}:{path}" for path in wanted])
    return {
        path: _folder(repo, answer[1]) if answer and answer[0] == "tree" else {}
        for path, answer in zip(wanted, found, strict=True)
    }


def _folder(repo: Repo, data: bytes) -> Folder:
    size, at = len(repo.nothing) // 2, 0
    found: dict[str, Held] = {}
    while at < len(data):
        space, end = data.index(b" ", at), data.index(b"\0", at)
        mode = data[at:space].decode().rjust(6, "0")
        if mode != "040000":
            name = data[space + 1 : end].decode("utf-8", "surrogateescape")
            found[name] = Held(data[end + 1 : end + 1 + size].hex(), mode)
        at = end + 1 + size
    return found


def blobs(repo: Repo, names: Iterable[str]) -> dict[str, bytes]:
    """The bytes of many blobs by git's names, with one command; what is no blob here is left out."""
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return {}
    found = zip(wanted, _batch(repo, wanted), strict=True)
    return {name: answer[1] for name, answer in found if answer and answer[0] == "blob"}


def _batch(repo: Repo, questions: Sequence[str]) -> list[tuple[str, bytes] | None]:
    """The kind and bytes of each object asked for; a line feed in a question must not be."""
    lines = "".join(f"{one}\n" for one in questions)
    answer = repo.git.run("cat-file", "--batch", "--buffer", data=lines.encode("utf-8", "surrogateescape"))
    found: list[tuple[str, bytes] | None] = []
    at = 0
    for _ in questions:
        end = answer.index(b"\n", at)
        words = answer[at:end].split(b" ")
        if words[-1] in (b"missing", b"ambiguous") or len(words) != 3:
            found.append(None)
            at = end + 1
        else:
            size = int(words[2])
            found.append((words[1].decode(), answer[end + 1 : end + 1 + size]))
            at = end + 1 + size + 1
    return found


@dataclass(frozen=True)
class Signed:
    """Who stands in a commit as author and committer, and when."""

    name: str
    email: str
    at: datetime


@dataclass(frozen=True)
class Edit:
    """Changes to the files of a commit."""

    over: str
    changes: stream.Changes


def write_commit(repo: Repo, parents: Sequence[str], edit: Edit, *, message: str, signed: Signed) -> str:
    """A commit over `parents` that holds the files of `edit`; on no branch, the index left alone.

    The same parents, changes, message and signature give the same commit everywhere.
    """
    who = stream.signature(signed.name, signed.email, signed.at)
    heading = stream.heading(message, author=who, committer=who)
    tree = "" if edit.over == parents[0] else repo.git.run("rev-parse", f"{edit.over}^{{tree}}").decode().strip()
    data = stream.commit(parents, heading, edit.changes, nothing=repo.nothing, tree=tree)
    return (
        repo.git.run(*_SYNCED, "fast-import", "--quiet", "--force", "--depth=0", "--done", data=data).decode().strip()
    )


def write_blob(repo: Repo, data: bytes) -> str:
    """Git's name of the bytes, which are kept; what nothing refers to is forgotten again after some weeks."""
    return repo.git.run("hash-object", "-w", "--stdin", data=data).decode().strip()


def tidy(repo: Repo) -> None:
    """Have git know the files that were written without looking into them again, and the history quickly by path.

    Both only save time later: where they fail, nothing is said.
    """
    ask(repo.top, "update-index", "-q", "--refresh")
    graph = ("commit-graph", "write", "--reachable", "--changed-paths", "--split", "--no-progress")
    ask(repo.top, "-c", f"commitGraph.maxNewFilters={_FILTERS}", *graph)


def follow(repo: Repo, entries: Mapping[str, Held | None]) -> None:
    """Set the index entries of these paths alone, None removes one; conflict stages of theirs end."""
    if not entries:
        return
    gone = f"0 {repo.nothing}"
    lines = (f"{f'{one.mode} {one.blob}' if one else gone}\t{path}\0" for path, one in entries.items())
    data = "".join(lines).encode("utf-8", "surrogateescape")
    repo.git.run("update-index", "-z", "--index-info", data=data)
