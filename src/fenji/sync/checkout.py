"""Update the desk's files to a new commit, each only if it is still as it was committed (compare and swap).

A ticket that was edited by hand meanwhile is merged with the incoming version. An edited policy, contract or the like
is kept in a file of its own. Any other changed file is left alone and reported.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji import files
from fenji.errors import Damaged, Problem, Sentence, Unavailable
from fenji.files import NotRegularFile
from fenji.git import file_modes
from fenji.model.merge import merge
from fenji.model.workflow import with_replayed_state
from fenji.storage import edit_base, hand_edits, layout, synonyms_file, yaml_codec
from fenji.storage.adopt import TYPED_FOLDER, HandEditAdoption, HandEditedFile
from fenji.storage.attachments import MAX_FILE_BYTES
from fenji.storage.write_many import FileContent, write_all
from fenji.sync import keep
from fenji.sync.trees import SYNONYMS, BlobCache, is_attachment, is_owned, is_ticket

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.git.fast_import import TreeEntry
    from fenji.git.file_diff import FileDiff
    from fenji.model.policy import Policy
    from fenji.model.ticket import Ticket
    from fenji.storage import Store
    from fenji.storage.committer import AuthorLookup

_START_MARK, _END_MARK = re.compile(rb"^<{7} ", re.MULTILINE), re.compile(rb"^>{7} ", re.MULTILINE)
# Files in memory at once, which are also synced to the disk together; attachments may be large.
_CHUNK_SIZE, _LARGE_CHUNK_SIZE = 2_000, 4
FileProgress = Callable[[int, int], None]


def ignore_files(_done: int, _of: int) -> None:
    """Ignore the progress of writing files."""


class CheckoutOptions(Struct, frozen=True):
    """How files are written: `by` and `at` are for the event of a hand edit that is found, `on_progress` is a callback.

    Hand edits that a command would refuse under `policy` are put back.

    `author` gives a person's name and address, for a commit of their hand edits before a merge.

    `replaceable` gives, by path, the ids of blobs that git itself put there and nobody typed. `conflicted` are the
    paths at which git may have left conflict markers, `absent` the ids of blobs that a partial clone left at its hub.
    `contents` are bytes of blobs, by id, that need not be read from git.
    """

    by: str
    at: datetime
    policy: Policy | None = None
    on_progress: FileProgress = ignore_files
    author: AuthorLookup | None = None
    replaceable: Mapping[str, frozenset[str]] = field(default_factory=dict)
    conflicted: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    contents: Mapping[str, bytes] = field(default_factory=dict)


class CheckoutResult(Struct):
    """The outcome of writing files: the problems of files left alone, and the paths merged with a hand edit.

    `drafts_kept` maps the path of an owned file to the file that keeps this clone's version of it; `absent` are the
    paths of files that were left at the hub.
    """

    left_alone: list[Problem] = field(default_factory=list)
    merged_edits: list[str] = field(default_factory=list)
    drafts_kept: dict[str, str] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)


Differences = Mapping[str, "FileDiff"]  # by path below the desk


def check_out(store: Store, differences: Differences, options: CheckoutOptions) -> CheckoutResult:
    """Write and remove files as `differences` demand. The caller holds the desk lock. Raises Unavailable."""
    checkout = _Checkout(store, differences, options)
    checkout.write()
    for path in checkout.to_remove:
        files.remove(store.root, path)
    for path, data in checkout.hand_edited.items():
        checkout.merge_edited(path, data)
    return checkout.result


class _Checkout:
    """One pass over the files that writes them at once, and collects those to remove and those edited by hand."""

    def __init__(self, store: Store, differences: Differences, options: CheckoutOptions) -> None:
        self.store, self.differences, self.options = store, differences, options
        self.blobs = BlobCache(store.repo)
        self.result = CheckoutResult()
        self.to_remove: list[str] = []
        self.hand_edited: dict[str, bytes] = {}

    def write(self) -> None:
        """Write every file that is still as it was committed; collect the others."""
        done = 0
        for chunk in _chunks(self.differences):
            writes = {path: entry for path in chunk if (entry := self._entry_to_write(path))}
            blobs = BlobCache(
                self.store.repo, self.options.contents
            )  # dropped after each chunk: attachments may be large
            blobs.fetch(writes.values())
            write_all(self.store.root, {path: _load_content(path, entry, blobs) for path, entry in writes.items()})
            done += len(chunk)
            self.options.on_progress(done, len(self.differences))

    def _entry_to_write(self, path: str) -> TreeEntry | None:
        """Return the entry to write at the path, judging by the file that is there now; None to write nothing."""
        try:
            data = self._read_present(path)
        except (NotRegularFile, NotADirectoryError):
            self._leave_alone(path, Sentence("is not a plain file; what came in is only in git"))
            return None
        except OSError as error:
            raise files.write_failure(error, self.store.root / path) from error
        after = self.differences[path].after
        blob = str(self.store.repo.blob_id(data)) if data is not None else ""
        if after and blob == after.blob:
            file_modes.unmark_file(self.store.root / path)
            return None
        if data is not None and not self._is_replaceable(path, data, blob):
            self.hand_edited[path] = data
            return None
        is_absent = after is not None and after.blob in self.options.absent
        if is_absent:
            self.result.absent.append(path)
        if data is not None and (is_absent or after is None):
            self.to_remove.append(path)
        return None if is_absent else after

    def _read_present(self, path: str) -> bytes | None:
        """Return the bytes of the file, or None if there is none. Raises OSError, also if its folder cannot be made."""
        try:
            return files.read_below(self.store.root, path, MAX_FILE_BYTES + 1)[0]
        except FileNotFoundError:
            if layout.is_blocked(self.store.root, path):
                raise NotRegularFile(errno.ENOTDIR, "a link or a file stands where a folder should") from None
            return None

    def _is_replaceable(self, path: str, data: bytes, blob: str) -> bool:
        """Return whether the file is as it was committed, or has contents that git put there in a merge."""
        before = self.differences[path].before
        if (before and blob == before.blob) or blob in self.options.replaceable.get(path, ()):
            return True
        if has_conflict_marks(data) and (is_ticket(path) or path in self.options.conflicted):
            keep.keep_conflict_text(self.store.repo, path.rpartition("/")[2], data)
            return True
        return False

    def _leave_alone(self, path: str, message: Sentence) -> None:
        self.result.left_alone.append(Problem(path, 0, 0, "", message))

    # --- hand edits -----------------------------------------------------------------------------------------------

    def merge_edited(self, path: str, data: bytes) -> None:
        """Merge a file that was edited by hand with the incoming version."""
        after = self.differences[path].after
        if is_owned(path) and after:
            self.result.drafts_kept[path] = keep.keep_draft(self.store.root, path, data)
            write_all(self.store.root, {path: _load_content(path, after, self.blobs)})
            return
        if path == SYNONYMS:
            self._merge_synonyms(data)
            return
        is_new = after is not None and self.differences[path].before is None
        if after and is_new and is_attachment(path) and after.blob not in self.options.absent:
            self._set_aside(path, after)
            return
        ticket = _read_ticket(path, data) if is_ticket(path) else None
        if is_ticket(path) and ticket is None:
            message = "was changed here and cannot be read, so it is left alone; what came in is in git"
            self._leave_alone(path, Sentence(message))
        elif ticket is None or (incoming := self._incoming_ticket(ticket.uid)) is None:
            self._leave_alone(path, Sentence("was changed here meanwhile and is left alone; what came in is in git"))
        else:
            self._merge_ticket(path, ticket, incoming, data)

    def _set_aside(self, path: str, after: TreeEntry) -> None:
        """Rename a file that nobody attached, to make way for an incoming one."""
        name = keep.set_aside(self.store.root / path)
        write_all(self.store.root, {path: _load_content(path, after, self.blobs)})
        message = Sentence("another file with this name came in; the local one is now {name}", {"name": name})
        self._leave_alone(path, message)

    def _merge_synonyms(self, data: bytes) -> None:
        difference = self.differences[SYNONYMS]
        before, after = (self.blobs.data(entry) if entry else None for entry in (difference.before, difference.after))
        merged = synonyms_file.merge_versions(before, data, after)
        if merged is not None:
            write_all(self.store.root, {SYNONYMS: FileContent(merged)})
        self.result.merged_edits.append(SYNONYMS)

    def _merge_ticket(self, path: str, edited: Ticket, incoming: Ticket, data: bytes) -> None:
        merged = with_replayed_state(merge(self._explain_edit(path, edited, data), incoming))
        target = layout.ticket_path(merged)
        write_all(self.store.root, {target: FileContent(yaml_codec.dump(merged))})
        if target != path:
            files.remove(self.store.root, path)
        self.result.merged_edits.append(target)

    def _incoming_ticket(self, uid: str) -> Ticket | None:
        """Return the incoming version of a ticket, whatever its path."""
        tickets = (
            self.blobs.ticket(difference.after, path)
            for path, difference in self.differences.items()
            if is_ticket(path)
        )
        return next((ticket for ticket in tickets if ticket and ticket.uid == uid), None)

    def _explain_edit(self, path: str, ticket: Ticket, data: bytes) -> Ticket:
        """Return the edited ticket with an event that explains the changes by hand since its last commit."""
        before = self.blobs.ticket(self.differences[path].before, path)
        before = before if before and before.uid == ticket.uid else None
        adopting = HandEditAdoption(self.options.by, self.options.at, self.options.policy)
        base = before
        if before and hand_edits.lacks_events(ticket, before):
            base = edit_base.find_base(self.store.repo, ticket)
        bases = (base,) if base else ()
        edited = HandEditedFile(path, data, ticket, bases, before, self.store.repo.git_dir / TYPED_FOLDER)
        ticket = adopting.explain(edited)
        self.result.left_alone += adopting.reverted
        return ticket


def _chunks(differences: Differences) -> Iterator[Sequence[str]]:
    """Yield chunks of paths: first all but attachments, deletions last; then attachments, a few at a time."""
    small = sorted(
        (path for path in differences if not is_attachment(path)), key=lambda path: differences[path].after is None
    )
    large = [path for path in differences if is_attachment(path)]
    for paths, size in ((small, _CHUNK_SIZE), (large, _LARGE_CHUNK_SIZE)):
        yield from (paths[start : start + size] for start in range(0, len(paths), size))


def _load_content(path: str, entry: TreeEntry, blobs: BlobCache) -> FileContent:
    data = blobs.data(entry)
    if data is None:
        raise Unavailable(
            "{path} is not here: git does not have its contents.",
            hint="Bring the link up and sync again; a thin clone fetches large files when they are needed.",
            path=path,
        )
    return FileContent(data)


def has_conflict_marks(data: bytes) -> bool:
    """Return whether a text has conflict markers; a ticket never has these at the start of a line."""
    return bool(_START_MARK.search(data)) and bool(_END_MARK.search(data))


def _read_ticket(path: str, data: bytes) -> Ticket | None:
    try:
        return with_replayed_state(yaml_codec.read_ticket(data, path))
    except Damaged:
        return None
