"""Make commits from the journal's entries: one for each person and act, of exactly the paths that were written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial, reduce
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji import files
from fenji.errors import Unavailable, os_reason
from fenji.files import NotRegularFile
from fenji.storage import attachments, layout
from fenji.storage.journal import JournalEntry

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.model.ticket import Event, Ticket

# Name and address of a person by key; the key `""` is the user of this desk, who records what others did.
AuthorLookup = Callable[[str], tuple[str, str]]


def journal_entry(
    ticket: Ticket,
    paths: tuple[str, ...],
    new_events: Iterable[Event],
    *,
    by: str = "",
) -> JournalEntry:
    """Return the journal entry for a ticket written to `paths` with new events; `by` counts if there are none."""
    events = [event for event in new_events if event.do != "superseded"]
    last = events[-1] if events else None
    do = tuple(dict.fromkeys(event.do for event in events)) or ("merge",)
    at = (last.logged or last.at).isoformat() if last else ""
    return JournalEntry(ticket.id, paths, last.by if last else by, do, at)


class _Write(Struct, frozen=True):
    """One version of a ticket to commit: the journal's entries for it, combined, and the bytes of its paths then."""

    entry: JournalEntry
    contents: Mapping[str, bytes | None]

    @property
    def is_ticket(self) -> bool:
        """Whether it is a version of a ticket, whose log only grows, so that the same bytes never recur."""
        return any(path.startswith(layout.TICKET_FOLDERS) for path in self.changes)

    @property
    def changes(self) -> dict[str, bytes | None]:
        """The bytes of each written path; None (removed) only if the ticket is at another path."""
        written = {path: data for path, data in self.contents.items() if data is not None}
        tickets = {path: data for path, data in self.contents.items() if path.startswith(layout.TICKET_FOLDERS)}
        return {**tickets, **written} if written.keys() & tickets.keys() else {**written}


class CommitGroup(Struct):
    """Writes that make one commit: the same acts by one person, one version of each ticket."""

    by: str
    do: tuple[str, ...]
    writes: list[_Write]

    @property
    def subject(self) -> str:
        ids = sorted(write.entry.id for write in self.writes)
        label = ", ".join(ids) if len(ids) <= 3 else f"{len(ids)} tickets"
        return f"{label}: {', '.join(self.do) or 'attach'}"

    def commit(self, repo: Repo, author: AuthorLookup | None) -> str | None:
        """Commit the bytes of each path, dated by the last act; return the commit, or None if nothing differs.

        Its author is the person who acted, its committer the one who recorded the act.
        """
        changes = {path: data for write in self.writes for path, data in write.changes.items()}
        instants = [write.entry.instant for write in self.writes if write.entry.instant]
        name = author or partial(_default_author, repo)
        return repo.commit(
            changes,
            message=self.subject,
            author=name(self.by),
            committer=name(""),
            at=max(instants, default=datetime.now(UTC)),
        )


def plan_commits(entries: Iterable[JournalEntry], root: Path, repo: Repo) -> list[CommitGroup]:
    """Return the commits for the journal's entries, in their order: one for each person and act.

    If a ticket was written again before its commit, each version that was overwritten gets a commit of its own, unless
    an interrupted run has made it already.
    """
    by_id: dict[str, list[JournalEntry]] = {}
    for entry in entries:
        by_id.setdefault(entry.id, []).append(entry)
    groups: list[CommitGroup] = []
    for writes in (_versions(of_ticket, root, repo) for of_ticket in by_id.values()):
        last = -1  # a later version of a ticket never goes into an earlier commit
        for write in writes:
            key = (write.entry.by, write.entry.do)
            later = range(last + 1, len(groups))
            last = next((at for at in later if (groups[at].by, groups[at].do) == key), len(groups))
            if last == len(groups):
                groups.append(CommitGroup(*key, []))
            groups[last].writes.append(write)
    return groups


def _versions(entries: list[JournalEntry], root: Path, repo: Repo) -> list[_Write]:
    """Return the versions of one ticket to commit, oldest first; the last one is in the files now."""
    runs: list[list[JournalEntry]] = []
    for entry in entries:
        if runs and not entry.before:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    writes = [_make_write(run, after[0].before, root) for run, after in pairwise(runs)]
    writes.append(_make_write(runs[-1], {}, root))
    if len(writes) == 1:
        return writes
    committed = repo.read_many({path for write in writes for path in write.contents})
    done = [at for at, write in enumerate(writes) if write.is_ticket and write.changes.items() <= committed.items()]
    # Always include the last one: a kill may have come between its commit and git's index.
    return writes[min(max(done, default=-1) + 1, len(writes) - 1) :]


def _make_write(run: Sequence[JournalEntry], overwritten: Mapping[str, bytes | None], root: Path) -> _Write:
    entry = reduce(_combine, run)
    contents: dict[str, bytes | None] = {}
    for path in entry.paths:
        data = overwritten[path] if path in overwritten else read_bytes(root, path)
        if data is not None or path in overwritten or not os.path.lexists(root / path):
            contents[path] = data
    return _Write(entry, contents)


def _combine(first: JournalEntry, second: JournalEntry) -> JournalEntry:
    return JournalEntry(
        first.id,
        tuple(dict.fromkeys((*first.paths, *second.paths))),
        second.by or first.by,
        tuple(dict.fromkeys((*first.do, *second.do))),
        second.at or first.at,
    )


def read_bytes(root: Path, path: str) -> bytes | None:
    """Return the bytes of a file of the desk, None if there is none. Raises Unavailable if it cannot be read."""
    try:
        return files.read_below(root, path, attachments.MAX_FILE_BYTES)[0]
    except (FileNotFoundError, NotRegularFile):
        return None
    except OSError as error:
        reason = os_reason(error)
        raise Unavailable("{path} cannot be read: {reason}.", path=path, reason=reason) from error


def _default_author(repo: Repo, person: str) -> tuple[str, str]:
    settings = repo.read_settings()
    key = person or settings.person or "nobody"
    address = f"{key}@{settings.site.lower() or 'desk'}.invalid"
    return (settings.name or key, settings.email or address) if key == settings.person else (key, address)
