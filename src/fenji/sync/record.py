"""Commit the changes in the desk's files that git does not have yet: acts, hand edits, new files, the policy.

A deleted ticket file is restored, since tickets are withdrawn, never deleted. So are a deleted policy and an emptied
file beside it. A file that cannot be read stays as it is, uncommitted, and is reported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji import files
from fenji.errors import Damaged, Problem, Sentence
from fenji.files import NotRegularFile
from fenji.git import file_modes
from fenji.judge import paths as desk_paths
from fenji.model import policy as policies
from fenji.storage import BadFile, hand_edits, layout, owned_files, synonyms_file, yaml_codec
from fenji.storage.ahead import VersionTask
from fenji.storage.attachments import MAX_FILE_BYTES
from fenji.storage.reader import StoredTicket
from fenji.storage.remarks import plain_bytes
from fenji.storage.write_many import FileContent, write_all
from fenji.sync import policy_record
from fenji.sync.trees import POLICY, SYNONYMS, BlobCache, is_attachment, is_owned, is_ticket

if TYPE_CHECKING:
    from fenji.git.fast_import import TreeEntry
    from fenji.model.ticket import Ticket
    from fenji.storage import Store
    from fenji.sync.recorder import Recorder


class RecordResult(Struct, frozen=True):
    """The files left alone, and whether one is a draft of the policy that would pass if its `since` were now."""

    left_alone: list[Problem]
    draft_passes_from_now: bool = False


def record(store: Store, recorder: Recorder, *, since: Iterable[str] = (), also: Iterable[str] = ()) -> RecordResult:
    """Commit all uncommitted changes. Raises Unavailable; the remaining changes then stay uncommitted.

    `also` are paths of tickets that somebody changed with git after one of the commits `since`, without events that
    explain the change.
    """
    marked = store.repo.reveal_hidden()
    status = store.repo.read_status(ignored=True)
    if marked or status.marked:
        author = recorder.author(recorder.by)
        with store.lock:
            file_modes.unmark(store.repo, status.marked, marked, author=author, at=recorder.at)
    dirty = [path for path in status.uncommitted if files.printable(path) == path]
    tickets = [path for path in dirty if _is_ticket_file(store, path)]
    moved_paths = _restore_deleted(store, tickets)
    restored = _restore_emptied(store, dirty)
    also, problems = list(also), list[Problem]()
    if tickets or also:
        adopted = store.adopt_hand_edits(also, by=recorder.by, at=recorder.at, since=since, policy=recorder.policy)
        problems = adopted.reverted
    store.commit_pending(recorder.author)
    _commit(store, {path: None for path in moved_paths if not os.path.lexists(store.root / path)}, "move", recorder)
    blocked = [_blocked_problem(path) for path in tickets if layout.is_blocked(store.root, path)]
    unnamed = [_name_problem(path) for path in status.uncommitted if path not in dirty]
    left_alone = [
        *problems,
        *_unreadable_problems(store, tickets),
        *blocked,
        *unnamed,
        *ignored_problems(status.ignored),
    ]
    other_files: dict[str, bytes | None] = {}
    _unify_line_ends(store, dirty)
    draft = policy_record.bring_in(store, recorder)
    for path in dirty:
        if path == POLICY and draft.problems:
            left_alone += draft.problems
        elif path not in tickets and path not in restored:
            _collect_other_file(store, path, other_files, left_alone)
    _commit(store, other_files, ", ".join(sorted(other_files)[:1]) + (" …" if len(other_files) > 1 else ""), recorder)
    return RecordResult(left_alone, POLICY in dirty and draft.passes_from_now)


def _is_ticket_file(store: Store, path: str) -> bool:
    """Return whether a file on the disk should be read as a ticket and was not merely placed next to one."""
    return is_ticket(path) and not layout.is_beside_ticket(store.root, path)


def find_unexplained(blobs: BlobCache, since: str, head: str) -> list[str]:
    """Return the paths of tickets that changed between two commits without events that explain the change."""
    repo = blobs.repo
    differences = blobs.diff_commits(since, head)
    changes = [difference for difference in differences if is_ticket(repo.desk_path(difference.path))]
    blobs.expect_tickets(len(changes))
    blobs.fetch(entry for difference in changes for entry in (difference.before, difference.after))
    versions = [(repo.desk_path(difference.path), (difference.before, difference.after)) for difference in changes]
    blobs.prepare(versions, VersionTask.EXPLAIN)
    former = {blobs.uid(before, path): (before, path) for path, (before, _) in versions if before}
    return [path for path, entries in versions if _is_unexplained(path, entries, former, blobs)]


FormerEntries = Mapping[str, tuple["TreeEntry", str]]  # by uid


def _is_unexplained(
    path: str, entries: tuple[TreeEntry | None, TreeEntry | None], former: FormerEntries, blobs: BlobCache
) -> bool:
    ticket, after = blobs.ticket(entries[1], path), entries[1]
    if ticket is None or after is None:
        return False
    if path != layout.ticket_path(ticket):
        return True
    if blobs.are_explained(*entries):
        return False
    before = blobs.ticket(*former[ticket.uid]) if ticket.uid in former else None
    return not hand_edits.is_explained(ticket, blobs.data(after) or b"", before)


def _restore_deleted(store: Store, paths: Iterable[str]) -> list[str]:
    """Restore deleted and emptied ticket files; return the paths of tickets that somebody only moved."""
    deleted = [path for path in paths if not os.path.lexists(store.root / path) or _is_blank(store, path)]
    if not deleted:
        return []
    present = (store.reader.read_path(path) for path in paths if path not in deleted)
    present_uids = {stored.ticket.uid for stored in present if isinstance(stored, StoredTicket)}
    committed = store.repo.read_many(deleted)
    moved: list[str] = []
    lost: dict[str, FileContent] = {}
    for path, data in committed.items():
        uid = _read_uid(path, data)
        if uid and uid in present_uids:
            moved.append(path)
        elif data is not None and not layout.is_blocked(store.root, path):
            lost[path] = FileContent(data)
    with store.lock:
        write_all(store.root, lost)
    return moved


def _restore_emptied(store: Store, paths: Iterable[str]) -> Collection[str]:
    """Restore emptied owned files and synonyms, and a policy that is emptied or deleted; return their paths."""
    emptied = [path for path in paths if (is_owned(path) or path == SYNONYMS) and _is_blank(store, path)]
    if POLICY in paths and not os.path.lexists(store.root / POLICY):  # without it there is no desk
        emptied.append(POLICY)
    committed = store.repo.read_many(emptied) if emptied else {}
    lost = {path: FileContent(data) for path, data in committed.items() if data is not None}
    with store.lock:
        write_all(store.root, lost)
    return lost.keys()


def _is_blank(store: Store, path: str) -> bool:
    """Return whether a file contains only blanks and null bytes, as after a power cut or on a full disk."""
    try:
        return not files.read_below(store.root, path, MAX_FILE_BYTES)[0].strip(b"\0 \r\n\t")
    except (NotRegularFile, OSError):
        return False


def _unify_line_ends(store: Store, paths: Iterable[str]) -> None:
    """Remove an editor's line endings and byte order mark from the policy and the files beside it."""
    with store.lock:
        for path in paths:
            if path not in _CHECKS and not desk_paths.is_mapping(path):
                continue
            try:
                data = files.read_below(store.root, path, MAX_FILE_BYTES)[0]
                data.decode()
            except (NotRegularFile, OSError, UnicodeDecodeError):
                continue
            plain = plain_bytes(data)
            if plain != data:
                files.write(store.root, path, plain)


def _read_uid(path: str, data: bytes | None) -> str:
    try:
        return yaml_codec.read_ticket(data, path).uid if data is not None else ""
    except Damaged:
        return ""


def ignored_problems(ignored: Iterable[str]) -> list[Problem]:
    """Return a problem for each file of the desk that no sync takes because git ignores it, unless it is hidden."""
    message = Sentence("is ignored by git, so no sync includes it; add it with: fenji attach")
    paths = [path for path in ignored if is_attachment(path) or is_ticket(path) or path in _CHECKS]
    visible = (
        path for path in paths if not path.rpartition("/")[2].startswith(".") and not path.endswith(("~", ".swp"))
    )
    return [Problem(files.printable(path), 0, 0, "", message) for path in visible]


def _blocked_problem(path: str) -> Problem:
    message = Sentence("a link or a file is where its folder should be; remove that, and it comes back")
    return Problem(path, 0, 0, "", message)


def _name_problem(path: str) -> Problem:
    message = Sentence("has a name that is not plain text; rename it, or attach it with: fenji attach")
    return Problem(files.printable(path), 0, 0, "", message)


def _unreadable_problems(store: Store, paths: Iterable[str]) -> list[Problem]:
    looked_up = (store.reader.read_path(path) for path in paths)
    return [problem for file in looked_up if isinstance(file, BadFile) for problem in file.problems]


def _collect_other_file(
    store: Store, path: str, other_files: dict[str, bytes | None], left_alone: list[Problem]
) -> None:
    """Add a file that is no ticket to `other_files`, or a problem to `left_alone` if it must not be committed."""
    try:
        content = _read_other_file(store, path)
    except _NotCommittedError as reason:
        left_alone.append(Problem(path, 0, 0, "", reason.message))
        return
    problems = _CHECKS[path](content) if content is not None and path in _CHECKS else ()
    if problems:
        left_alone.extend(problems)
    else:
        other_files[path] = content


def find_left_alone(store: Store, uncommitted: Iterable[str]) -> list[Problem]:
    """Return the problems of files that a sync would leave alone: those not of the desk, or placed next to a ticket."""
    other_files: dict[str, bytes | None] = {}
    left_alone: list[Problem] = []
    for path in uncommitted:
        if files.printable(path) != path:
            left_alone.append(_name_problem(path))
        elif path not in _CHECKS and not _is_ticket_file(store, path):
            _collect_other_file(store, path, other_files, left_alone)
    return left_alone


class _NotCommittedError(Exception):
    """Raised with the reason for a file that must not be committed."""

    def __init__(self, message: Sentence) -> None:
        super().__init__(str(message))
        self.message = message


def _read_other_file(store: Store, path: str) -> bytes | None:
    """Return the bytes to commit of a file that is no ticket (None: its deletion). Raises _NotCommittedError.

    Whether a file is allowed in a desk is decided as the hub does. Attachments change only by events (format 2).
    """
    try:
        data = files.read_below(store.root, path, MAX_FILE_BYTES + 1)[0]
    except FileNotFoundError:
        is_attachment_kept = path.startswith(f"{layout.ATTACHMENTS_FOLDER}/") and not _is_taken_back(store, path)
        stays = path == POLICY or is_attachment_kept or desk_paths.is_issued(path)
        if stays or layout.is_blocked(store.root, path):
            raise _NotCommittedError(Sentence("was deleted here; git still has it")) from None
        return None
    except (NotRegularFile, OSError):
        raise _NotCommittedError(Sentence("is not a plain file; it was not committed")) from None
    if len(data) > MAX_FILE_BYTES:
        template = "is larger than {most} MiB; it was not committed"
        raise _NotCommittedError(Sentence(template, {"most": MAX_FILE_BYTES >> 20}))
    if not desk_paths.is_allowed(path):
        raise _NotCommittedError(Sentence("is not a file of the desk: it is left alone and stays here"))
    attachment = desk_paths.attachment_at(path)
    if attachment and not _is_attached(store, *attachment, data):
        template = "is not attached, and stays here; add it with: fenji attach {id} {path}"
        raise _NotCommittedError(Sentence(template, {"id": attachment[0], "path": path}))
    return data


def _is_attached(store: Store, number: str, name: str, data: bytes) -> bool:
    """Return whether a ticket lists this file with its size and its SHA-256."""
    items = (item for ticket in _read_tickets(store, number) for item in ticket.items("files"))
    return any(
        item.get("name") == name
        and item.get("size") in (None, len(data))
        and item.get("sha256") in (None, sha256(data).hexdigest())
        for item in items
    )


def _is_taken_back(store: Store, path: str) -> bool:
    """Return whether the attaching of a file was undone: its ticket can be read and does not list the file."""
    number, name = desk_paths.attachment_at(path) or ("", "")
    tickets = _read_tickets(store, number) if number else []
    return bool(tickets) and not any(item.name == name for ticket in tickets for item in ticket.files)


def _read_tickets(store: Store, number: str) -> list[Ticket]:
    stored = (store.reader.read_path(path) for path in layout.ticket_paths(number))
    return [each.ticket for each in stored if isinstance(each, StoredTicket)]


def _policy_problems(data: bytes) -> tuple[Problem, ...]:
    try:
        policy, faults = policies.parse_policy(yaml_codec.load(data, POLICY))
    except Damaged as damaged:
        return damaged.problems
    return yaml_codec.locate_faults(data, POLICY, faults) if policy is None or faults else ()


def _synonym_problems(data: bytes) -> tuple[Problem, ...]:
    try:
        synonyms_file.parse(data)
    except Damaged as damaged:
        return damaged.problems
    return ()


_CHECKS: Mapping[str, Callable[[bytes], tuple[Problem, ...]]] = {
    POLICY: _policy_problems,
    SYNONYMS: _synonym_problems,
    **{path: partial(owned_files.find_problems, path) for path in owned_files.READERS},
}


def _commit(store: Store, changes: dict[str, bytes | None], what: str, recorder: Recorder) -> None:
    if changes:
        with store.lock:
            author = recorder.author(recorder.by)
            store.repo.commit(
                changes, message=f"desk: {what}", author=author, at=recorder.at, committer=recorder.author("")
            )
