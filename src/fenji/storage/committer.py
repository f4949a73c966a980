"""The commits that the journal's entries make: one for each person and act, of exactly the paths that were written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import files
from fenji.errors import Unavailable
from fenji.files import NotRegularFile
from fenji.storage import attachments, layout
from fenji.storage.journal import JournalEntry

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.model.ticket import Event, Ticket

TICKET_FOLDERS = (f"{layout.OPEN_FOLDER}/", f"{layout.ARCHIVE_FOLDER}/")
AuthorLookup = Callable[[str], tuple[str, str]]  # name and address of a person by key


def journal_entry(ticket: Ticket, paths: tuple[str, ...], new_events: Iterable[Event]) -> JournalEntry:
    """Return the note for the journal that `paths` were written for a ticket with these new events."""
    events = [event for event in new_events if event.do != "superseded"]
    last = events[-1] if events else None
    do = tuple(dict.fromkeys(event.do for event in events)) or ("merge",)
    return JournalEntry(
        ticket.id, paths, last.by if last else "", do, (last.logged or last.at).isoformat() if last else ""
    )


@dataclass(frozen=True)
class CommitGroup:
    """Writes that make one commit: the same acts by one person."""

    by: str
    do: tuple[str, ...]
    entries: tuple[JournalEntry, ...]

    @property
    def subject(self) -> str:
        ids = sorted(entry.id for entry in self.entries)
        label = ", ".join(ids) if len(ids) <= 3 else f"{len(ids)} tickets"
        return f"{label}: {', '.join(self.do) or 'attach'}"

    def commit(self, repo: Repo, changes: Mapping[str, bytes | None], author: AuthorLookup | None) -> str | None:
        """Commit the bytes of each path, dated by the last act; return the commit, or None if nothing differs."""
        at = max((entry.instant for entry in self.entries if entry.instant), default=datetime.now(UTC))
        by = author(self.by) if author else _default_author(repo, self.by)
        return repo.commit(changes, message=self.subject, author=by, at=at)

    def read_changes(self, root: Path) -> dict[str, bytes | None]:
        """Return the bytes of each written path; None (removed) only where the ticket lies at another path."""
        return {path: data for entry in self.entries for path, data in _entry_changes(root, entry)}


def group_entries(entries: list[JournalEntry]) -> list[CommitGroup]:
    """Return the commits that the entries of the journal make, one for each person and act."""
    by_ticket: dict[str, JournalEntry] = {}
    for entry in entries:
        gathered = by_ticket.get(entry.id, JournalEntry(entry.id, ()))
        by_ticket[entry.id] = replace(
            gathered,
            paths=tuple(dict.fromkeys((*gathered.paths, *entry.paths))),
            by=entry.by or gathered.by,
            do=tuple(dict.fromkeys((*gathered.do, *entry.do))),
            at=entry.at or gathered.at,
        )
    groups: dict[tuple[str, tuple[str, ...]], list[JournalEntry]] = {}
    for entry in by_ticket.values():
        groups.setdefault((entry.by, entry.do), []).append(entry)
    return [CommitGroup(by, do, tuple(members)) for (by, do), members in groups.items()]


def _entry_changes(root: Path, entry: JournalEntry) -> Iterator[tuple[str, bytes | None]]:
    contents = {path: read_bytes(root, path) for path in entry.paths}
    yield from ((path, data) for path, data in contents.items() if data is not None)
    if any(data is not None for path, data in contents.items() if path.startswith(TICKET_FOLDERS)):
        for path, data in contents.items():
            if data is None and path.startswith(TICKET_FOLDERS) and not os.path.lexists(root / path):
                yield path, None


def read_bytes(root: Path, path: str) -> bytes | None:
    """Return the bytes of a file of the desk, None if there is none. Raises Unavailable if it cannot be read."""
    try:
        return files.read(root / path, attachments.MAX_FILE_BYTES)[0]
    except (FileNotFoundError, NotRegularFile):
        return None
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unavailable("{path} cannot be read: {reason}.", path=path, reason=reason) from error


def _default_author(repo: Repo, person: str) -> tuple[str, str]:
    settings = repo.read_settings()
    key = person or settings.person or "nobody"
    address = f"{key}@{settings.site.lower() or 'desk'}.invalid"
    return (settings.name or key, settings.email or address) if key == settings.person else (key, address)
