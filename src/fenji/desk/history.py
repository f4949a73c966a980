"""The history of a ticket and of the desk as acts: who did what when, what it changed, what a sync brought.

It is read from git: each act is a commit, and the reflog of this clone says when the acts of others arrived here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import FenjiError
from fenji.git import changes, objects
from fenji.judge import authors
from fenji.model.ticket_changes import FieldChange, compare_tickets
from fenji.storage import layout, yaml_codec

if TYPE_CHECKING:
    from fenji.desk.reads import DeskReads
    from fenji.git.changes import CommitChange, HeadMove
    from fenji.git.commit_object import CommitPerson
    from fenji.git.file_diff import FileDiff
    from fenji.model.ticket import Event, Ticket

__all__ = ["DeskEntry", "FieldChange", "HistoryEntry", "list_desk_history", "read_details", "read_ticket_history"]
SYNC_REASON = "fenji: merge"  # start of the reflog message of a move made by a sync
_DESK_PATHS = (
    layout.OPEN_FOLDER,
    layout.ARCHIVE_FOLDER,
    "policy.yaml",
    "handbook.yaml",
    "contracts.yaml",
    "remind.yaml",
    "imports",
    "templates",
    "issued",
)
PAGE = 200  # commits of the desk read at a time


class HistoryEntry(Struct, frozen=True):
    """One change of a ticket: a commit, or what a sync brought to this clone (`is_arrival`).

    `events` are the new events, `changes` those of the header. `who` is the key of the author if the policy knows
    them, else a name; `recorder` likewise is whoever recorded the change, if that was somebody else.
    """

    at: datetime
    who: str
    commit: str
    events: tuple[Event, ...]
    changes: tuple[FieldChange, ...]
    is_arrival: bool = False
    recorder: str = ""


class DeskEntry(Struct, frozen=True):
    """One change of the desk: a commit with the tickets or files that it changed, or what a sync brought.

    `acts` are the steps that the commit records, as its subject names them.
    """

    at: datetime
    who: str
    commit: str
    before: str
    names: tuple[str, ...]
    acts: tuple[str, ...]
    is_arrival: bool = False
    recorder: str = ""


# --- a ticket ---------------------------------------------------------------------------------------------------------


def read_ticket_history(desk: DeskReads, number: str) -> tuple[HistoryEntry, ...]:
    """Return all that git knows about a ticket, newest first, without changes that are not committed yet."""
    ticket = desk.row(number).ticket
    paths = [path for name in (ticket.id, ticket.formerly) if name for path in layout.ticket_paths(name)]
    commits = changes.list_changes(desk.repo, paths)
    entries = [_read_commit(desk, commit, ticket.uid) for commit in commits]
    entries += _read_arrivals(desk, paths, ticket.uid)
    told = [entry for entry in entries if entry is not None]
    return tuple(sorted(told, key=lambda entry: entry.at, reverse=True))


def entries_by_event(entries: Iterable[HistoryEntry]) -> Mapping[str, HistoryEntry]:
    """Return the entry of the first commit with each event, by the event's digest."""
    by_digest: dict[str, HistoryEntry] = {}
    for entry in sorted((entry for entry in entries if not entry.is_arrival), key=lambda entry: entry.at, reverse=True):
        by_digest |= {event.digest: entry for event in entry.events}
    return by_digest


def _find_people(desk: DeskReads, commit: CommitChange) -> tuple[str, str]:
    """Return a commit's author, and its committer if different (else `""`), as keys of the policy or else as names."""
    author, committer = (_find_person(desk, person) for person in (commit.author, commit.committer))
    return author, committer if committer != author else ""


def _find_person(desk: DeskReads, person: CommitPerson) -> str:
    key = authors.identify_author(person, desk.policy)
    return key if key in desk.policy.people else person.name or key


def _read_commit(desk: DeskReads, commit: CommitChange, uid: str) -> HistoryEntry | None:
    before, after = _read_versions(desk, commit.files, uid)
    if after is None:
        return None
    events = after.events_since(before)
    author, recorder = _find_people(desk, commit)
    who = events[-1].by if events else author
    return HistoryEntry(commit.at, who, commit.sha, events, compare_tickets(before, after), recorder=recorder)


def _read_versions(desk: DeskReads, files: Sequence[FileDiff], uid: str) -> tuple[Ticket | None, Ticket | None]:
    """Return the ticket before and after a commit; a version that cannot be read counts as none."""
    blobs = objects.read_blobs(
        desk.repo, [entry.blob for file in files for entry in (file.before, file.after) if entry]
    )
    olds = [_parse(blobs.get(file.before.blob), file.path, uid) for file in files if file.before]
    news = [_parse(blobs.get(file.after.blob), file.path, uid) for file in files if file.after]
    return next((old for old in olds if old), None), next((new for new in news if new), None)


def _parse(data: bytes | None, path: str, uid: str) -> Ticket | None:
    try:
        ticket = yaml_codec.read_ticket(data, path) if data else None
    except FenjiError:
        return None
    return ticket if ticket and (not uid or ticket.uid == uid) else None


def _sync_moves(desk: DeskReads) -> list[HeadMove]:
    return [move for move in changes.list_moves(desk.repo) if move.reason.startswith(SYNC_REASON)]


def _read_arrivals(desk: DeskReads, paths: Sequence[str], uid: str) -> list[HistoryEntry]:
    """Return what each sync brought to a ticket; all versions are read at once."""
    moves = _sync_moves(desk)
    commits = list(dict.fromkeys(commit for move in moves for commit in (move.before, move.after)))
    contents = {path: desk.repo.read_versions(path, commits) for path in paths} if commits else {}
    versions: dict[bytes, Ticket | None] = {}

    def read(commit: str) -> Ticket | None:
        for path in paths:
            data = contents[path][commit]
            if data is not None and data not in versions:
                versions[data] = _parse(data, path, uid)
            if data is not None and versions[data] is not None:
                return versions[data]
        return None

    pairs = ((move, read(move.before), read(move.after)) for move in moves)
    return [_make_arrival_entry(move, old, new) for move, old, new in pairs if new is not None and new is not old]


def _make_arrival_entry(move: HeadMove, before: Ticket | None, after: Ticket) -> HistoryEntry:
    events = after.events_since(before)
    who = ", ".join(dict.fromkeys(event.by for event in events))
    return HistoryEntry(move.at, who, move.after, events, compare_tickets(before, after), is_arrival=True)


def _read_at(desk: DeskReads, commit: str, paths: Sequence[str], uid: str) -> Ticket | None:
    contents = desk.repo.read_many(paths, commit)
    return next((ticket for path in paths if (ticket := _parse(contents[path], path, uid))), None)


# --- the desk ---------------------------------------------------------------------------------------------------------


def list_desk_history(desk: DeskReads, *, offset: int = 0, limit: int = PAGE) -> tuple[DeskEntry, ...]:
    """Return `limit` changes of the desk from `offset` on, newest first, and the syncs between them."""
    overlap = min(offset, 1)  # the last commit of the page before: syncs that are older belong to this one
    commits = changes.list_changes(desk.repo, _DESK_PATHS, limit=limit + overlap, skip=offset - overlap)
    if overlap and not commits:
        return ()  # past the end
    before, shown = commits[:overlap], commits[overlap:]
    entries = [_make_desk_entry(desk, commit) for commit in shown]
    oldest = shown[-1].at if len(shown) == limit else None
    entries += [
        _make_arrival(desk, move)
        for move in _sync_moves(desk)
        if (oldest is None or move.at >= oldest) and all(move.at < commit.at for commit in before)
    ]
    return tuple(sorted(entries, key=lambda entry: entry.at, reverse=True))


def _make_desk_entry(desk: DeskReads, commit: CommitChange) -> DeskEntry:
    _, _, acts = commit.subject.partition(": ")
    names = tuple(dict.fromkeys(_name_of(file.path) for file in commit.files))
    who, recorder = _find_people(desk, commit)
    told = tuple(filter(None, acts.split(", ")))
    return DeskEntry(commit.at, who, commit.sha, f"{commit.sha}^", names, told, recorder=recorder)


def _make_arrival(desk: DeskReads, move: HeadMove) -> DeskEntry:
    diffs = objects.diff_commits(desk.repo, move.before, move.after)
    names = (_name_of(desk.repo.desk_path(diff.path)) for diff in diffs)
    return DeskEntry(move.at, "", move.after, move.before, tuple(dict.fromkeys(names)), (), is_arrival=True)


def _name_of(path: str) -> str:
    return PurePosixPath(path).stem if path.startswith(layout.TICKET_FOLDERS) else path


def read_details(desk: DeskReads, entry: DeskEntry) -> Mapping[str, HistoryEntry]:
    """Return the changes that an entry made to each of its tickets, by number."""
    details: dict[str, HistoryEntry] = {}
    for number in entry.names:
        if not _is_number(number):
            continue
        paths = layout.ticket_paths(number)
        after = _read_at(desk, entry.commit, paths, "")
        if after is not None:
            before = _read_before(desk, entry, paths, after.uid)
            found = after.events_since(before)
            changed = compare_tickets(before, after)
            details[number] = HistoryEntry(entry.at, entry.who, entry.commit, found, changed, recorder=entry.recorder)
    return details


def _read_before(desk: DeskReads, entry: DeskEntry, paths: Sequence[str], uid: str) -> Ticket | None:
    parent = entry.before
    if parent.endswith("^"):
        parents = desk.repo.git.run("rev-list", "--parents", "-n", "1", entry.commit).decode().split()[1:]
        parent = parents[0] if parents else ""
    return _read_at(desk, parent, paths, uid) if parent else None


def _is_number(name: str) -> bool:
    try:
        layout.ticket_paths(name)
    except (FenjiError, ValueError):
        return False
    return True
