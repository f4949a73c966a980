"""The versions of a desk that are merged: their files, listed folder by folder, and their tickets, each read once.

Paths are relative to the desk. `other_files` merges the files outside the desk.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.git import objects
from fenji.git.fast_import import TreeEntry
from fenji.model.ticket import Ticket
from fenji.storage import layout, synonyms_file
from fenji.storage.ahead import TicketMemory, TicketVersions

if TYPE_CHECKING:
    from fenji.errors import Problem
    from fenji.git import Repo
    from fenji.git.file_diff import FileDiff
    from fenji.storage.ahead import ParsedTicket, SecondCore, VersionTask

_HEADER = re.compile(rb"\A(?:\xef\xbb\xbf)?id: [^\n]*\nuid: ([0-9A-HJKMNP-TV-Z]{26})\n")
_LOG_START = b"\nlog:\n"
POLICY, SYNONYMS = "policy.yaml", synonyms_file.FILE_NAME
ISSUED_FOLDER = "issued"
# Headquarters' own files: the hub's version wins.
OWNED_FILES, OWNED_FOLDERS = (POLICY, "contracts.yaml", "remind.yaml"), ("imports/", "templates/")
_OWN_FOLDERS = ("tickets/", f"{ISSUED_FOLDER}/")
PLAIN_MODES = ("100644", "100755", "100664")
Folders = dict[str, Mapping[str, TreeEntry]]  # folder path → file name → entry


def is_ticket(path: str) -> bool:
    """Return whether a file at this path should be read as a ticket."""
    name = path.rpartition("/")[2]
    return path.startswith(layout.TICKET_FOLDERS) and name.endswith(".yaml") and not name.startswith(".")


def is_owned(path: str) -> bool:
    """Return whether a file is headquarters' own: the hub's version wins, and the one written here is kept aside."""
    return path in OWNED_FILES or path.startswith(OWNED_FOLDERS)


def is_attachment(path: str) -> bool:
    """Return whether a file at this path is an attachment of a ticket."""
    return path.startswith(f"{layout.ATTACHMENTS_FOLDER}/") and path.count("/") > 2


class BlobCache:
    """The contents and the tickets of one repository's blobs by id, each read once."""

    def __init__(self, repo: Repo, contents: Mapping[str, bytes] | None = None) -> None:
        self.repo = repo
        self._bytes: dict[str, bytes] = dict(contents or {})
        self._differences: dict[tuple[str | None, str], list[FileDiff]] = {}
        self._folders: dict[str | None, Folders] = {}
        self._memory = TicketMemory()
        self.second_core: SecondCore | None = None
        self.new_blobs: dict[str, bytes] = {}  # by id: contents that git does not have yet

    @property
    def contents(self) -> Mapping[str, bytes]:
        """The bytes of blobs that were read or made in this cache, by id."""
        return self._bytes

    def diff_commits(self, before: str | None, after: str) -> list[FileDiff]:
        """Return the files that differ between two commits, looked up once."""
        if (before, after) not in self._differences:
            self._differences[before, after] = objects.diff_commits(self.repo, before, after)
        return self._differences[before, after]

    def tree(self, commit: str | None) -> Tree:
        """Return the desk of a commit; all trees of a commit from this cache share their listed folders."""
        return Tree(self.repo, commit, _folders=self._folders.setdefault(commit, {}))

    def fetch(self, entries: Iterable[TreeEntry | None]) -> None:
        """Read the blobs of these entries with one git command."""
        missing = {entry.blob for entry in entries if entry and entry.mode in PLAIN_MODES} - self._bytes.keys()
        self._bytes |= objects.read_blobs(self.repo, sorted(missing))

    def expect_tickets(self, count: int) -> None:
        """Get ready for a `prepare` with this many tickets."""
        if self.second_core:
            self.second_core.expect(count)

    def add_ticket(self, ticket: Ticket) -> TreeEntry:
        """Add a ticket that is to be written, and return its entry."""
        return self._add_parsed(ticket, self._memory.dump(ticket))

    def _add_parsed(self, ticket: Ticket, data: bytes) -> TreeEntry:
        entry = self.add_data(data)
        self._memory.tickets[entry.blob] = ticket
        return entry

    def prepare(self, versions: Iterable[tuple[str, Sequence[TreeEntry | None]]], task: VersionTask) -> None:
        """Parse the two versions at each path and do the task with them, on two cores if there are many.

        Their bytes must have been fetched; a path without two versions is skipped.
        """
        if self.second_core:
            work = ((path, [entry.blob for entry in entries if entry]) for path, entries in versions)
            contents = (
                (path, tuple((blob, self._bytes[blob]) for blob in ids if blob in self._bytes)) for path, ids in work
            )
            self.second_core.prepare(
                self._memory, (TicketVersions(path, pair, task) for path, pair in contents if len(pair) == 2)
            )

    def are_explained(self, before: TreeEntry | None, after: TreeEntry | None) -> bool:
        """Return whether `prepare` found that events explain all changes between two versions."""
        return before is not None and after is not None and (before.blob, after.blob) in self._memory.explained

    def add_merged(self, ours: TreeEntry, theirs: TreeEntry) -> tuple[Ticket, TreeEntry] | None:
        """Add the ticket that `prepare` made of two versions, and return it with its entry; None if it made none."""
        prepared = self._memory.merged.get((ours.blob, theirs.blob))
        return (prepared[0], self._add_parsed(*prepared)) if prepared else None

    def add_data(self, data: bytes) -> TreeEntry:
        """Add bytes that are to be written, and return their entry."""
        entry = TreeEntry(str(self.repo.blob_id(data)))
        self._bytes[entry.blob] = data
        self.new_blobs |= {entry.blob: data}
        return entry

    def data(self, entry: TreeEntry) -> bytes | None:
        """Return the bytes of an entry; None if it is no plain file, or this clone lacks its contents."""
        if entry.mode not in PLAIN_MODES:
            return None
        if entry.blob not in self._bytes:
            self.fetch([entry])
        return self._bytes.get(entry.blob)

    def ticket(self, entry: TreeEntry | None, path: str) -> Ticket | None:
        """Return the ticket of an entry in the state that its log gives; None if it cannot be read as a ticket."""
        parsed = self._parse(entry, path) if entry else ()
        return None if isinstance(parsed, tuple) else parsed

    def fetched_ticket(self, entry: TreeEntry | None, path: str) -> Ticket | None:
        """Return the ticket of an entry if its bytes have been fetched, else None."""
        return self.ticket(entry, path) if entry and entry.blob in self._bytes else None

    def problems(self, entry: TreeEntry, path: str) -> tuple[Problem, ...]:
        """Return why an entry cannot be read as a ticket."""
        parsed = self._parse(entry, path)
        return parsed if isinstance(parsed, tuple) else ()

    def _parse(self, entry: TreeEntry, path: str) -> ParsedTicket:
        data = self.data(entry)
        if data is None:
            return ()
        return self._memory.parse(entry.blob, data, path)

    def uid(self, entry: TreeEntry | None, path: str) -> str:
        """Return the ticket's uid, or `""`; a file in fenji's own layout is not parsed for this."""
        data = self.data(entry) if entry else None
        match = _HEADER.match(data) if data else None
        if match:
            return match[1].decode()
        ticket = self.ticket(entry, path)
        return ticket.uid if ticket else ""

    def continues(self, before: TreeEntry, after: TreeEntry) -> bool:
        """Return whether the text of the new log starts with the whole old log; False does not prove the contrary."""
        old, new = self.data(before), self.data(after)
        if old is None or new is None:
            return False
        old_start, new_start = old.find(_LOG_START), new.find(_LOG_START)
        if old_start < 0 or new_start < 0 or not new.startswith(old[old_start:], new_start):
            return False
        # An indented line would belong to the last event of the old log.
        return new[new_start + len(old) - old_start :][:1] != b" "


class Tree(Struct):
    """One version of the desk; `known_entries` are entries by path that need no lookup (None: no file)."""

    repo: Repo
    commit: str | None
    known_entries: dict[str, TreeEntry | None] = field(default_factory=dict)
    _folders: Folders = field(default_factory=dict)

    def entry(self, path: str) -> TreeEntry | None:
        """Return the entry at a path, or None."""
        if path in self.known_entries:
            return self.known_entries[path]
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            self.load_folders([folder])
        return self._folders[folder].get(name)

    def list_folder(self, path: str) -> dict[str, TreeEntry]:
        """Return the files directly in a folder, by name."""
        self.load_folders([path])
        files = dict(self._folders[path])
        for known_path, entry in self.known_entries.items():
            folder, _, name = known_path.rpartition("/")
            if folder == path:
                files.pop(name, None)
                files |= {name: entry} if entry else {}
        return files

    def loaded_attachments(self) -> Iterator[tuple[str, TreeEntry]]:
        """Yield the entries of attachments loaded so far, by path."""
        yield from ((path, entry) for path, entry in self.known_entries.items() if entry and is_attachment(path))
        below_files = ((folder, files) for folder, files in self._folders.items() if is_attachment(f"{folder}/"))
        for folder, files in below_files:
            in_folder = ((f"{folder}/{name}", entry) for name, entry in files.items())
            yield from ((path, entry) for path, entry in in_folder if path not in self.known_entries)

    def load_folders(self, folders: Iterable[str]) -> None:
        """List these folders with one git command."""
        missing = {f"{self.repo.prefix}{folder}": folder for folder in folders if folder not in self._folders}
        if missing:
            loaded = objects.list_folders(self.repo, self.commit, missing)
            self._folders |= {folder: loaded[path] for path, folder in missing.items()}


@dataclass(frozen=True)
class TicketCopy:
    """A version of a ticket: its path and entry; the ticket is read when it is first used."""

    path: str
    entry: TreeEntry
    blobs: BlobCache = dataclasses.field(repr=False, compare=False)

    @property
    def ticket(self) -> Ticket:
        return self.blobs.ticket(self.entry, self.path) or Ticket({})


EntryVersions = tuple[TreeEntry | None, TreeEntry | None, TreeEntry | None]


class ThreeWay(Struct, dict=True):
    """Two versions of a desk and their common ancestor, with the paths at which any of them differ.

    `other_files` are the differing files outside the desk: the entries of base, ours and theirs, by path from the top.
    """

    base: Tree
    ours: Tree
    theirs: Tree
    paths: tuple[str, ...]
    blobs: BlobCache
    other_files: Mapping[str, EntryVersions] = field(default_factory=dict)

    @cached_property
    def tickets(self) -> tuple[str, ...]:
        return tuple(path for path in self.paths if is_ticket(path))

    @property
    def sides(self) -> tuple[Tree, Tree]:
        return self.ours, self.theirs


def is_desk_file(path: str) -> bool:
    """Return whether a path is one of the desk's: a file of its own, one below its folders, or a folder's own path."""
    return is_owned(path) or path == SYNONYMS or path.startswith(_OWN_FOLDERS) or layout.is_folder_place(path)


def load_three_way(blobs: BlobCache, base: str | None, ours: str, theirs: str) -> ThreeWay:
    """Load the desks of two commits and of their common ancestor (None: they have no common ancestor)."""
    repo = blobs.repo
    base_entries: dict[str, TreeEntry | None] = {}
    changed: list[dict[str, TreeEntry | None]] = []
    for commit in (ours, theirs):
        differences = blobs.diff_commits(base, commit) if commit != base else []
        base_entries |= {difference.path: difference.before for difference in differences}
        changed.append({difference.path: difference.after for difference in differences})
    trees = blobs.tree(base), blobs.tree(ours), blobs.tree(theirs)
    other_files: dict[str, EntryVersions] = {}
    for path, before in sorted(base_entries.items()):
        versions = (before, changed[0].get(path, before), changed[1].get(path, before))
        desk_path = repo.desk_path(path)
        if path.startswith(repo.prefix) and is_desk_file(desk_path):
            for tree, entry in zip(trees, versions, strict=True):
                tree.known_entries[desk_path] = entry
        else:
            other_files[path] = versions
    return ThreeWay(*trees, tuple(trees[0].known_entries), blobs, other_files)


def count_changed_tickets(repo: Repo, before: str | None, after: str) -> int:
    """Count the tickets of `after` that are new or changed compared with `before`."""
    return count_tickets(repo, objects.diff_commits(repo, before, after))


def count_tickets(repo: Repo, differences: Iterable[FileDiff]) -> int:
    """Count the tickets that are new or changed by these differences."""
    return sum(is_ticket(repo.desk_path(difference.path)) for difference in differences if difference.after)
