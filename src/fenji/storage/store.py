"""The Store: writing tickets under the desk lock, and committing what was written.

A write notes itself in the journal, replaces the file in one step, and moves it between `open` and `archive` by writing
the new place before leaving the old. So a kill at any instant leaves the ticket in at least one place, and what the
journal still holds is committed at the next start.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import files
from fenji.errors import Damaged, Refused, Unavailable
from fenji.files import NotRegularFile
from fenji.model.board import BadFile
from fenji.model.merge import merge
from fenji.storage import attachments, hand_edits, layout, yaml_codec
from fenji.storage.adopt import TYPED_FOLDER, AdoptionResult, HandEditAdoption, HandEditedFile
from fenji.storage.journal import Journal, JournalEntry
from fenji.storage.lock import FileLock
from fenji.storage.reader import StoredTicket, TicketReader, with_replayed_state

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event, Ticket, Value

_TICKET_FOLDERS = (f"{layout.OPEN_FOLDER}/", f"{layout.ARCHIVE_FOLDER}/")
AuthorLookup = Callable[[str], tuple[str, str]]


class Store(TicketReader):
    """The tickets of one desk, for reading and writing."""

    def __init__(self, root: Path, repo: Repo) -> None:
        super().__init__(root)
        self.repo = repo
        self.lock = FileLock(repo.git_dir / "fenji.lock")
        # Taken before the desk lock, never while it is held: commits wait for each other, and no write for a commit.
        self._commit_lock = FileLock(repo.git_dir / "fenji-commit.lock")
        self._journal = Journal(repo.git_dir / "fenji-pending")
        self._reserved_ids: set[str] = set()
        # By path, the SHA-256 of bytes of which git or this process has the history: nothing in them is unexplained.
        self._explained_digests: dict[str, str] = {}

    # --- numbers ------------------------------------------------------------------------------------------------

    def next_id(self, site: str, year: int) -> str:
        """The next free number of a site in a year, over open and archived tickets and what was asked for before."""
        folders = (layout.OPEN_FOLDER, f"{layout.ARCHIVE_FOLDER}/{site}/{year}")
        existing = chain.from_iterable(layout.list_ticket_ids(self.root / folder) for folder in folders)
        prefix = f"{site}-{year:04}-"
        sequence = 1 + max(
            (
                layout.sequence_number(existing_id)
                for existing_id in (*existing, *self._reserved_ids)
                if existing_id.startswith(prefix)
            ),
            default=0,
        )
        new_id = layout.format_ticket_id(site, year, sequence)
        self._reserved_ids.add(new_id)
        return new_id

    # --- writing ------------------------------------------------------------------------------------------------

    def write(self, ticket: Ticket, base: StoredTicket | None) -> StoredTicket:
        """Write a ticket that was made from `base` (None: a new one) and answer what now lies in its file.

        Where the file changed since `base` was read, both versions are merged. A header changed by hand gets the `edit`
        event that explains it. A new ticket whose number, given by `next_id`, another process took meanwhile gets the
        next one; any other number that is taken is Refused. Raises Damaged where the file can no longer be read,
        Unavailable where it cannot be written; then nothing was changed.
        """
        with self.lock:
            current_files = self._find_current_files(ticket, base)
            if base is None and not current_files:
                return self._create(ticket)
            ticket = self._merge_current(ticket, base, current_files)
            return self._replace(ticket, current_files, base.ticket if base else None)

    def with_edit_event(self, stored: StoredTicket, *, by: str, at: datetime) -> Ticket:
        """The ticket with an `edit` event where its header was changed by hand, long texts and items too.

        Raises Refused where what was changed is settled.
        """
        body, committed = self._explain_hand_edit(stored)
        _refuse_locked(stored.ticket, body, committed)
        return hand_edits.with_edit_event(stored.ticket, body, by=by, at=at) if body else stored.ticket

    def adopt_hand_edits(
        self, paths: Iterable[str] = (), *, by: str, at: datetime, since: str = "HEAD", policy: Policy | None = None
    ) -> AdoptionResult:
        """Write the explaining event into every ticket that was changed by hand, and note new files for the commit.

        Beside what is not committed it looks at `paths`, held against their versions in the commit `since`. What is
        settled, or no grade of the policy, is put back, and the file as it was typed kept in the git folder.
        """
        with self.lock:
            dirty = [
                path for path in self.repo.dirty_paths() if path.startswith(_TICKET_FOLDERS) and path.endswith(".yaml")
            ]
            all_paths = [*dirty, *(path for path in paths if path not in dirty)]
            since_versions, head_versions = self.repo.read_many(all_paths, since), self.repo.read_many(dirty)
            edited = [stored for path in all_paths if isinstance(stored := self._read_file(path), StoredTicket)]
            adoption = HandEditAdoption(by, at, policy)
            versions = ((stored, since_versions[stored.path], head_versions.get(stored.path)) for stored in edited)
            return AdoptionResult([self._adopt(*version, adoption) for version in versions], adoption.reverted)

    def rewrite(self, path: str, transform: Callable[[bytes | None], bytes], *, by: str, at: datetime) -> None:
        """Write a file of the desk that is no ticket: what `made` makes of its present bytes (None: there is none).

        It waits for its commit, as a ticket does. Raises Unavailable, and whatever `made` does; then nothing changed.
        """
        with self.lock:
            before = self._read_bytes(path)
            after = transform(before)
            if after != before:
                self._journal.add(JournalEntry(path, (path,), by, ("edit",), at.isoformat()))
                files.write(self.root, path, after)

    def attach(self, ticket_id: str, source: Path) -> dict[str, Value]:
        """Copy a file beside a ticket; the answer is its item for `files`: name, size, sha256."""
        with self.lock:
            omitted = self._omitted_attachments(layout.attachments_folder(ticket_id))
            item = attachments.copy_attachment(self.root, ticket_id, source, reserved_names=omitted)
            self._journal.add(JournalEntry(ticket_id, (f"{layout.attachments_folder(ticket_id)}/{item['name']}",)))
            return item

    def _omitted_attachments(self, folder: str) -> list[str]:
        """The names of attachments that this clone left with the hub."""
        from fenji.git import partial

        omitted = (
            partial.list_left_out(self.repo, f"{self.repo.prefix}{folder}") if partial.is_partial(self.repo) else ()
        )
        return [path.rpartition("/")[2] for path in omitted]

    def _find_current_files(self, ticket: Ticket, base: StoredTicket | None) -> list[StoredTicket]:
        """The files that hold the ticket now: none, one, or both where a move was cut off."""
        current_files: list[StoredTicket] = []
        for path in dict.fromkeys((*layout.ticket_paths(ticket.id), *((base.path,) if base else ()))):
            stored = self._read_file(path)
            if isinstance(stored, BadFile):
                hint = "Mend it first; its bytes were left alone, and nothing was written."
                raise Damaged("{path} can no longer be read.", path=path, hint=hint, problems=stored.problems)
            if stored and stored.ticket.uid == ticket.uid:
                current_files.append(stored)
            elif stored and (base or ticket.id not in self._reserved_ids):
                raise Refused("Another ticket has the number {id}.", hint="`fenji check` tells where.", id=ticket.id)
        return current_files

    def _merge_current(self, ticket: Ticket, base: StoredTicket | None, current_files: list[StoredTicket]) -> Ticket:
        for stored in current_files:
            body, committed = self._explain_hand_edit(stored, base)
            _refuse_locked(stored.ticket, body, committed)
            if base and stored.digest == base.digest:
                ticket = hand_edits.with_edit_event_before(ticket, base.ticket, body)
            else:
                current, last = stored.ticket, ticket.log[-1] if ticket.log else None
                if body and last:
                    current = hand_edits.with_edit_event(current, body, by=last.by, at=last.logged or last.at)
                ticket = merge(current, ticket)
            if committed and hand_edits.lacks_events(ticket, committed):
                ticket = merge(committed, ticket)
        return with_replayed_state(ticket)

    def _explain_hand_edit(
        self, stored: StoredTicket, base: StoredTicket | None = None
    ) -> tuple[dict[str, Value], Ticket | None]:
        """What goes with the event that explains the file's header, and the committed version where it differs."""
        if self._explained_digests.get(stored.path) == stored.digest:
            return hand_edits.explain_hand_edit(stored.ticket), None
        data = self.repo.read(stored.path)
        if data is not None and sha256(data).hexdigest() == stored.digest:
            self._explained_digests[stored.path] = stored.digest
            return hand_edits.explain_hand_edit(stored.ticket), None
        committed = _parse_or_none(data, stored)
        before = base.ticket if base and base.digest != stored.digest else committed
        return hand_edits.explain_hand_edit(stored.ticket, before), committed

    def _adopt(
        self, stored: StoredTicket, since_data: bytes | None, head_data: bytes | None, adoption: HandEditAdoption
    ) -> StoredTicket:
        before, committed = _parse_or_none(since_data, stored), _parse_or_none(head_data, stored)
        fully_logged = self._explained_digests.get(stored.path) == stored.digest  # nothing in it is unexplained
        typed = self._read_bytes(stored.path) or b""
        edited = HandEditedFile(stored.path, typed, stored.ticket, before, committed, self.repo.git_dir / TYPED_FOLDER)
        ticket, body = adoption.revert_forbidden(edited, fully_logged=fully_logged)
        ticket = hand_edits.with_edit_event(ticket, body, by=adoption.by, at=adoption.at) if body else ticket
        if committed and hand_edits.lacks_events(ticket, committed):
            ticket = with_replayed_state(merge(committed, ticket))
        if edited.state_changed or ticket != stored.ticket or layout.ticket_path(ticket) != stored.path:
            return self._replace(ticket, [stored], stored.ticket)
        if not any(stored.path in entry.paths for entry in self._journal.entries()):
            entry = JournalEntry(stored.ticket.id, (stored.path,), adoption.by, ("edit",), adoption.at.isoformat())
            self._journal.add(entry)
        return stored

    def _create(self, ticket: Ticket) -> StoredTicket:
        while True:
            path, data = layout.ticket_path(ticket), yaml_codec.dump(ticket)
            try:
                if any(os.path.lexists(self.root / candidate) for candidate in layout.ticket_paths(ticket.id)):
                    raise FileExistsError(path)
                self._journal.add(_journal_entry(ticket, (path,), ticket.log))
                files.create(self.root, path, data)
            except FileExistsError:
                if ticket.id not in self._reserved_ids:
                    raise Refused("Another ticket has the number {id}.", hint="Do it again.", id=ticket.id) from None
                site, year, _ = ticket.id.split("-", 2)
                ticket = ticket.with_fields({"id": self.next_id(site, int(year))})
            else:
                return self._load_written(path)

    def _replace(self, ticket: Ticket, current_files: list[StoredTicket], base: Ticket | None) -> StoredTicket:
        path, data = layout.ticket_path(ticket), yaml_codec.dump(ticket)
        stale_paths = [stored.path for stored in current_files if stored.path != path]
        unchanged = [
            stored for stored in current_files if stored.path == path and stored.digest == sha256(data).hexdigest()
        ]
        if unchanged and not stale_paths:
            return unchanged[0]
        known_digests = {
            event.digest
            for version in (base, *(stored.ticket for stored in current_files))
            if version
            for event in version.log
        }
        new_events = [event for event in ticket.log if event.digest not in known_digests]
        self._journal.add(_journal_entry(ticket, (path, *stale_paths), new_events))
        return self._write_and_remove(path, data, stale_paths)

    def _write_and_remove(self, path: str, data: bytes, stale_paths: list[str]) -> StoredTicket:
        files.write(self.root, path, data)
        for stale_path in stale_paths:
            files.remove(self.root, stale_path)
        return self._load_written(path)

    def _load_written(self, path: str) -> StoredTicket:
        stored = self.load(path)
        self._explained_digests[path] = stored.digest
        return stored

    # --- commits ------------------------------------------------------------------------------------------------

    def pending(self) -> list[JournalEntry]:
        """What is written and not committed yet."""
        return self._journal.entries()

    def commit_pending(self, author: AuthorLookup | None = None) -> list[str]:
        """Commit what is written and not committed, also by a process that was killed; answer the commits made.

        One commit for each person and act, of the paths written alone. First what a killed writer left is mended:
        temporary files go, and a ticket in two places is written whole to its own. `author` gives the name and address
        of a person by key. Raises Unavailable; then it stays pending.
        """
        if not self._journal.entries():
            return []
        with self._commit_lock:
            with self.lock:
                self._repair()
                entries = self._journal.entries()
                due = [(group, self._group_changes(group)) for group in _group_entries(entries)]
            commits = [self._commit_group(group, changes, author or self._default_author) for group, changes in due]
            with self.lock:
                self._journal.drop(len(entries))
        return [commit for commit in commits if commit]

    def _repair(self) -> None:
        folders = {path.rpartition("/")[0] for entry in self._journal.entries() for path in entry.paths}
        for folder in {*folders, layout.ATTACHMENTS_FOLDER}:
            files.remove_temporary_files(self.root / folder)
        for entry in self._journal.entries():
            versions = [self._read_file(path) for path in entry.paths if path.startswith(_TICKET_FOLDERS)]
            copies = [version for version in versions if isinstance(version, StoredTicket)]
            if len(copies) > 1 and len({version.ticket.uid for version in copies}) == 1:
                merged = copies[0].ticket
                for version in copies[1:]:
                    merged = merge(merged, version.ticket)
                path = layout.ticket_path(with_replayed_state(merged))
                self._write_and_remove(
                    path,
                    yaml_codec.dump(with_replayed_state(merged)),
                    [version.path for version in copies if version.path != path],
                )

    def _commit_group(
        self, group: _CommitGroup, changes: Mapping[str, bytes | None], author: AuthorLookup
    ) -> str | None:
        at = max((entry.instant for entry in group.entries if entry.instant), default=datetime.now(UTC))
        return self.repo.commit(changes, message=group.subject, author=author(group.by), at=at)

    def _group_changes(self, group: _CommitGroup) -> dict[str, bytes | None]:
        return {path: data for entry in group.entries for path, data in self._entry_changes(entry)}

    def _entry_changes(self, entry: JournalEntry) -> Iterator[tuple[str, bytes | None]]:
        """The bytes of what was written. A place that is empty counts as left only where the ticket lies in another."""
        contents = {path: self._read_bytes(path) for path in entry.paths}
        yield from ((path, data) for path, data in contents.items() if data is not None)
        if any(data is not None for path, data in contents.items() if path.startswith(_TICKET_FOLDERS)):
            for path, data in contents.items():
                if data is None and path.startswith(_TICKET_FOLDERS) and not os.path.lexists(self.root / path):
                    yield path, None

    def _read_bytes(self, path: str) -> bytes | None:
        try:
            return files.read(self.root / path, attachments.MAX_FILE_BYTES)[0]
        except (FileNotFoundError, NotRegularFile):
            return None
        except OSError as error:
            reason = error.strerror or str(error)
            raise Unavailable("{path} cannot be read: {reason}.", path=path, reason=reason) from error

    def _default_author(self, person: str) -> tuple[str, str]:
        settings = self.repo.read_settings()
        key = person or settings.person or "nobody"
        address = f"{key}@{settings.site.lower() or 'desk'}.invalid"
        return (settings.name or key, settings.email or address) if key == settings.person else (key, address)


def _refuse_locked(ticket: Ticket, body: Mapping[str, Value], committed: Ticket | None) -> None:
    """Refuse to go on from a file in which settled values were changed, or events that were committed."""
    locked = (
        *hand_edits.find_locked(ticket, body),
        *(("log",) if hand_edits.find_altered_events(ticket, committed) else ()),
    )
    if locked:
        raise Refused(
            "{id} is {state}: {fields} can no longer be changed.",
            hint="Put back what was changed in its file, or let fenji sync do so: it keeps what was typed.",
            id=ticket.id,
            state=ticket.state,
            fields=", ".join(locked),
        )


def _parse_or_none(data: bytes | None, stored: StoredTicket) -> Ticket | None:
    if data is None:
        return None
    try:
        return yaml_codec.read_ticket(data, stored.path)
    except Damaged:
        return None


def _journal_entry(ticket: Ticket, paths: tuple[str, ...], new_events: Iterable[Event]) -> JournalEntry:
    events = [event for event in new_events if event.do != "superseded"]
    last = events[-1] if events else None
    do = tuple(dict.fromkeys(event.do for event in events)) or ("merge",)
    return JournalEntry(
        ticket.id, paths, last.by if last else "", do, (last.logged or last.at).isoformat() if last else ""
    )


@dataclass(frozen=True)
class _CommitGroup:
    """Writes that make one commit: by one person, the same acts."""

    by: str
    do: tuple[str, ...]
    entries: tuple[JournalEntry, ...]

    @property
    def subject(self) -> str:
        ids = sorted(entry.id for entry in self.entries)
        label = ", ".join(ids) if len(ids) <= 3 else f"{len(ids)} tickets"
        return f"{label}: {', '.join(self.do) or 'attach'}"


def _group_entries(entries: list[JournalEntry]) -> list[_CommitGroup]:
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
    return [_CommitGroup(by, do, tuple(members)) for (by, do), members in groups.items()]
