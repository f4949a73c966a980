"""Read and write git objects in bulk: differences between commits, folders of a tree, blobs, merge commits.

Paths are relative to the top of the repository and decoded with `surrogateescape`. Knows nothing of tickets.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fenji.git import fast_import, index_file
from fenji.git.fast_import import TreeEntry
from fenji.git.file_diff import FileDiff, parse_diff
from fenji.git.run import SYNCED, GitError, encode_lines, run_git

if TYPE_CHECKING:
    from fenji.git.tree import Repo

FolderEntries = Mapping[str, TreeEntry]  # name → file; folders within it are left out
MAX_COMMITS = 500  # commits to examine if no starting commit is known
_MAX_NEW_FILTERS = 2_000  # commits whose changed paths are recorded per run; a long history takes several


def diff_commits(repo: Repo, before: str | None, after: str | None) -> list[FileDiff]:
    """Return the files that differ between two commits (None: an empty tree); a rename is a deletion and addition."""
    if before == after:
        return []
    old, new = (commit or _empty_tree(repo) for commit in (before, after))
    answer = repo.git.run("diff-tree", "-r", "-z", "--no-renames", "--no-abbrev", old, new)
    fields = answer.decode("utf-8", "surrogateescape").split("\0")
    return [parse_diff(header, path) for header, path in zip(fields[::2], fields[1::2], strict=False)]


def list_stashed(repo: Repo) -> set[str]:
    """Return the paths of the files that are changed, deleted or untracked in any entry of git's stash."""
    answer = run_git(repo.top, "stash", "list", "--format=%H %P")
    paths: set[str] = set()
    for line in answer.stdout.decode().splitlines():
        stashed, head, _, *untracked = line.split()
        for before, after in ((head, stashed), *((None, commit) for commit in untracked)):
            paths |= {file.path for file in diff_commits(repo, before, after)}
    return paths


class CommitDiff(Struct, frozen=True):
    """The changes of a commit compared with one of its parents (None: it has none)."""

    parent: str | None
    diffs: tuple[FileDiff, ...]


def diff_each_commit(
    repo: Repo, since: str | None, head: str, *, made_by: str, below: Sequence[str]
) -> list[CommitDiff]:
    """Return the changes in the folders `below` by each commit that `head` has and `since` lacks, oldest first.

    Without `since`, the latest MAX_COMMITS commits are examined. A merge is compared with each of its parents; merges
    committed by the address `made_by` are left out.
    """
    limits = (f"^{since}",) if since else (f"--max-count={MAX_COMMITS}",)
    log_options = ("--topo-order", "--reverse", "--format=%H %P%x01%ce")
    log = repo.git.run("log", *log_options, head, *limits, "--").decode("utf-8", "replace")
    pairs: list[tuple[str, str | None]] = []
    for names, _, address in (line.partition("\x01") for line in log.split("\n") if line):
        commit, *parents = names.split()
        if not (address == made_by and len(parents) > 1):
            pairs += [(commit, parent) for parent in parents] or [(commit, None)]
    requests = "".join(f"{commit} {parent or ''}".rstrip() + "\n" for commit, parent in pairs)
    options = ("diff-tree", "--stdin", "--always", "--root", "-r", "-z", "--no-renames", "--no-abbrev")
    answer = repo.git.run(*options, "--", *(f"{repo.prefix}{folder}" for folder in below), data=requests.encode())
    tokens = iter(answer.decode("utf-8", "surrogateescape").split("\0"))
    diffs: list[list[FileDiff]] = []
    for token in tokens:
        if token.startswith(":"):
            diffs[-1].append(parse_diff(token, next(tokens)))
        elif token:
            diffs.append([])
    return [CommitDiff(parent, tuple(changes)) for (_, parent), changes in zip(pairs, diffs, strict=True)]


def _empty_tree(repo: Repo) -> str:
    return hashlib.new(repo.object_format, b"tree 0\0", usedforsecurity=False).hexdigest()


def list_folders(repo: Repo, commit: str | None, paths: Iterable[str]) -> dict[str, FolderEntries]:
    """Return the files directly in each of the folders of `commit`; none for a folder that does not exist."""
    wanted = list(dict.fromkeys(paths))
    if commit is None:
        return {path: {} for path in wanted}
    objects = _read_objects(repo, [f"{commit}:{path}" for path in wanted])
    return {
        path: TreeListing(answer[1], len(repo.null_id) // 2) if answer and answer[0] == "tree" else {}
        for path, answer in zip(wanted, objects, strict=True)
    }


class TreeListing(Mapping[str, TreeEntry]):
    """The files of one tree by name, without its folders; its bytes are parsed when a file is first looked up."""

    def __init__(self, data: bytes, id_size: int) -> None:
        self._data, self._id_size = data, id_size

    @cached_property
    def _entries(self) -> dict[str, TreeEntry]:
        entries: dict[str, TreeEntry] = {}
        for mode, name, blob in _tree_rows(self._id_size).findall(self._data):
            if mode.lstrip(b"0") != b"40000":  # git finds the first of two entries with the same name
                entries.setdefault(name.decode("utf-8", "surrogateescape"), TreeEntry(blob.hex(), mode.decode()))
        return entries

    def get(self, name: str, default: object = None) -> Any:
        """Return the file with this name; nothing is parsed if the name does not occur in the bytes."""
        if b" %b\0" % name.encode("utf-8", "surrogateescape") not in self._data:
            return default
        return self._entries.get(name, default)

    def __getitem__(self, name: str) -> TreeEntry:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


@cache
def _tree_rows(size: int) -> re.Pattern[bytes]:
    """Return the pattern of one row of a tree (mode, name, id) whose ids have `size` bytes."""
    return re.compile(rb"([0-7]{5,6}) ([^\0]+)\0(.{%d})" % size, re.DOTALL)


def count_new(repo: Repo, head: str, known: str) -> int:
    """Count the objects in the history of `head` that the history of `known` lacks, which a push would send."""
    return repo.git.run(
        "rev-list", "--objects", "--no-object-names", "--missing=allow-any", head, f"^{known}", "--"
    ).count(b"\n")


def read_blobs(repo: Repo, names: Iterable[str]) -> dict[str, bytes]:
    """Return the contents of many blobs by id, with one command, leaving out ids that are no blob here."""
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return {}
    objects = zip(wanted, _read_objects(repo, wanted), strict=True)
    return {name: answer[1] for name, answer in objects if answer and answer[0] == "blob"}


def _read_objects(repo: Repo, specs: Sequence[str]) -> list[tuple[str, bytes] | None]:
    """Return the type and contents of each object, None if missing."""
    names = (_find_object(repo, spec) if "\n" in spec else spec for spec in specs)
    answer = repo.git.run("cat-file", "--batch", "--buffer", data=encode_lines(names))
    objects: list[tuple[str, bytes] | None] = []
    at = 0
    for _ in specs:
        end = answer.index(b"\n", at)
        header = answer[at:end].split(b" ")
        if header[-1] in (b"missing", b"ambiguous") or len(header) != 3:
            objects.append(None)
            at = end + 1
        else:
            size = int(header[2])
            objects.append((header[1].decode(), answer[end + 1 : end + 1 + size]))
            at = end + 1 + size + 1
    return objects


def _find_object(repo: Repo, spec: str) -> str:
    """Return the id of an object whose name has a line feed, unfit for line input; the null id if it is missing."""
    return run_git(repo.top, "rev-parse", "--verify", "--quiet", spec).stdout.decode().strip() or repo.null_id


class CommitAuthor(Struct, frozen=True):
    """The author and committer of a commit, with the time."""

    name: str
    email: str
    at: datetime


class TreeEdit(Struct, frozen=True):
    """Changes to the files of the commit `base`."""

    base: str
    changes: fast_import.FileChanges


def write_commit(repo: Repo, parents: Sequence[str], edit: TreeEdit, *, message: str, author: CommitAuthor) -> str:
    """Write a commit on `parents` (maybe none) with the files of `edit`, on no branch; the index is left alone.

    The same parents, changes, message and author give the same commit everywhere.
    """
    person = fast_import.format_person(author.name, author.email, author.at)
    header = fast_import.format_header(message, author=person, committer=person)
    tree = (
        ""
        if parents and edit.base == parents[0]
        else repo.git.run("rev-parse", f"{edit.base}^{{tree}}").decode().strip()
    )
    data = fast_import.format_commit(parents, header, edit.changes, null_id=repo.null_id, tree=tree)
    return repo.git.run(*SYNCED, "fast-import", "--quiet", "--force", "--depth=0", "--done", data=data).decode().strip()


def list_versions(repo: Repo, start: str, paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return the path and blob id of each version of these files in the history of `start`, newest first."""
    options = ("--no-show-signature", "--format=", "--raw", "-z", "-m", "--full-history", "--no-renames", "--no-abbrev")
    answer = repo.git.run("log", *options, start, "--", *(f"{repo.prefix}{path}" for path in paths))
    fields = answer.decode("utf-8", "surrogateescape").split("\0")
    diffs = (parse_diff(header.strip("\n"), path) for header, path in zip(fields[::2], fields[1::2], strict=False))
    return list(dict.fromkeys((diff.path, diff.after.blob) for diff in diffs if diff.after))


def find_files(repo: Repo, commit: str, texts: Sequence[str], *, below: Sequence[str]) -> list[str]:
    """Return the files of a commit in the folders `below` of the desk that contain one of these texts."""
    if not texts:
        return []
    options = ("-l", "-z", "-a", "--no-color", "--fixed-strings", "-f", "-")
    folders = (f"{repo.prefix}{folder}" for folder in below)
    try:
        answer = repo.git.run("grep", *options, commit, "--", *folders, data="\n".join(texts).encode())
    except GitError as failure:
        if failure.status == 1:  # none
            return []
        raise
    names = answer.decode("utf-8", "surrogateescape").split("\0")
    return [name.removeprefix(f"{commit}:") for name in names if name]


def write_blob(repo: Repo, data: bytes) -> str:
    """Store the bytes as a blob and return its id; git drops it after some weeks if nothing refers to it."""
    return repo.git.run("hash-object", "-w", "--stdin", data=data).decode().strip()


def run_maintenance(repo: Repo) -> None:
    """Refresh git's index and update its commit graph, so that later commands need not reread files or history.

    Both only save time later, so failures are ignored.
    """
    run_git(repo.top, "update-index", "-q", "--refresh")
    graph = ("commit-graph", "write", "--reachable", "--changed-paths", "--split", "--no-progress")
    run_git(repo.top, "-c", f"commitGraph.maxNewFilters={_MAX_NEW_FILTERS}", *graph)


def update_index(repo: Repo, entries: Mapping[str, TreeEntry | None]) -> None:
    """Set only the index entries of these paths (None removes one) and clear their conflict stages."""
    if not entries:
        return
    index_file.ensure_index(repo.top, repo.git_dir)
    removed = f"0 {repo.null_id}"
    lines = (f"{f'{entry.mode} {entry.blob}' if entry else removed}\t{path}" for path, entry in entries.items())
    repo.git.run("update-index", "-z", "--index-info", data=encode_lines(lines, "\0"))
