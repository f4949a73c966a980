"""The Store: writes tickets under the desk lock, and commits what was written.

A write is noted in the journal first, then replaces the file in one step; a move between `open` and `archive` writes
the new file before it removes the old. So a kill at any instant leaves the ticket in at least one place, and the writes
that are still in the journal are committed at the next start.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import reduce
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji import files
from fenji.errors import Damaged, Refused
from fenji.git import branches
from fenji.model.board import BadFile
from fenji.model.merge import merge
from fenji.model.workflow import with_replayed_state
from fenji.storage import attachments, edit_base, fixed_parts, hand_edits, layout, remarks, typed_values, yaml_codec
from fenji.storage.adopt import TYPED_FOLDER, AdoptionResult, HandEditAdoption, HandEditedFile
from fenji.storage.committer import AuthorLookup, journal_entry, plan_commits, read_bytes
from fenji.storage.journal import Journal, JournalEntry
from fenji.storage.lock import FileLock
from fenji.storage.numbers import UsedNumbers
from fenji.storage.reader import StoredTicket, TicketReader
from fenji.storage.typed_values import HandEditAuthor, TypedFile

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.model.policy import Policy
    from fenji.model.ticket import Ticket, Value


class Store:
    """Writes the tickets of one desk; its `reader` reads them."""

    def __init__(self, root: Path, repo: Repo) -> None:
        self.root, self.repo = root, repo
        self.reader = TicketReader(root)
        self.lock = FileLock(repo.git_dir / "fenji.lock")
        # Taken before the desk lock, never while holding it: commits wait for each other, but no write for a commit.
        self._commit_lock = FileLock(repo.git_dir / "fenji-commit.lock")
        self._journal = Journal(repo.git_dir / "fenji-pending")
        self._reserved_ids: set[str] = set()
        self.used_numbers = UsedNumbers(repo)
        # By path, the SHA-256 of bytes that are committed or that this process wrote: nothing in them is unexplained.
        self._explained_digests: dict[str, str] = {}

    # --- numbers ------------------------------------------------------------------------------------------------

    def next_id(self, site: str, year: int) -> str:
        """Reserve the next number of a site in a year, after all numbers in files, commits and reservations.

        A number is never given again, even if its ticket is not on this disk, was moved, or its file is gone.
        """
        folders = (layout.OPEN_FOLDER, f"{layout.ARCHIVE_FOLDER}/{site}/{year}")
        on_disk = chain.from_iterable(layout.list_ticket_ids(self.root / folder) for folder in folders)
        pending = (entry.id for entry in self._journal.entries())
        sequence = self.used_numbers.next_sequence(site, year, (*on_disk, *pending, *self._reserved_ids))
        new_id = layout.format_ticket_id(site, year, sequence)
        self._reserved_ids.add(new_id)
        return new_id

    # --- writing ------------------------------------------------------------------------------------------------

    def write(self, ticket: Ticket, base: StoredTicket | None) -> StoredTicket:
        """Write a ticket that was made from `base` (None: a new ticket) and return what its file holds now.

        If the file changed since `base` was read, both versions are merged. A header changed by hand gets the `edit`
        event that explains it. If another process meanwhile took the number that `next_id` gave to a new ticket, the
        ticket gets the next one. Raises Refused if any other number is taken, Damaged if the file can no longer be
        read, Unavailable if it cannot be written; then nothing was changed.
        """
        with self.lock:
            current_files = self._find_current_files(ticket, base)
            if base is None and not current_files:
                return self._create(ticket)
            ticket = self._merge_current(ticket, base, current_files)
            return self._replace(ticket, current_files, base.ticket if base else None)

    def with_edit_event(
        self, stored: StoredTicket, *, by: str, at: datetime, policy: Policy | None = None, setting: Iterable[str] = ()
    ) -> Ticket:
        """Return the ticket with an `edit` event if its header, long texts and items included, was changed by hand.

        Raises Refused for settled values and values that the policy does not allow, except for the fields `setting`.
        """
        body, committed = self._explain_hand_edit(stored)
        if committed is None and self._explained_digests.get(stored.path) != stored.digest:
            stored = replace(stored, ticket=typed_values.with_stated_report(stored.ticket))
        grading = policy if "priority" not in setting else None
        graded, body = typed_values.with_matrix_priority(stored.ticket, body, grading)
        stored = replace(stored, ticket=graded)
        refused = hand_edits.find_refused(stored.ticket, body, policy, at=at, before=committed)
        own = [field for field in refused if field in setting]
        hand_edits.refuse_typed(stored.ticket, {field: why for field, why in refused.items() if field not in own})
        if own:
            body = hand_edits.without_paths(body, own)
            stored = replace(stored, ticket=hand_edits.revert_paths(stored.ticket, own, committed))
        fixed_parts.refuse_locked(stored.ticket, body, committed)
        ticket = hand_edits.with_edit_event(stored.ticket, body, by=by, at=at) if body else stored.ticket
        typed = typed_values.find_typed_state(ticket, TypedFile(read_bytes(self.root, stored.path) or b"", committed))
        return typed_values.with_typed_values(ticket, typed, HandEditAuthor(by, at, policy))

    def adopt_hand_edits(
        self,
        paths: Iterable[str] = (),
        *,
        by: str,
        at: datetime,
        since: Iterable[str] = (),
        policy: Policy | None = None,
    ) -> AdoptionResult:
        """Write an `edit` event into every ticket that was changed by hand, and note new files for the commit.

        Looks at uncommitted files, compared with HEAD, and at `paths`, compared with the commits `since`. Settled
        values and grades that the policy does not know are put back, and the file as typed is kept in the git folder.
        """
        with self.lock:
            changed = (path for path in self.repo.dirty_paths() if path.startswith(layout.TICKET_FOLDERS))
            dirty = [path for path in changed if path.endswith(".yaml")]
            sources = {commit: set(paths) for commit in since} | {"HEAD": set(dirty)}
            edited = [
                stored
                for path in dict.fromkeys((*dirty, *chain(*sources.values())))
                if isinstance(stored := self.reader.read_path(path), StoredTicket)
            ]
            near = {path for stored in edited for path in (stored.path, *layout.ticket_paths(stored.ticket.id))}
            versions = {commit: self.repo.read_many(near, commit) for commit in sources}
            adoption = HandEditAdoption(by, at, policy)
            tickets = []
            for file in edited:
                committed = edit_base.parse_or_none(versions["HEAD"].get(file.path), file.path)
                stored = replace(file, ticket=fixed_parts.with_committed_uid(file.ticket, committed))
                commits = [commit for commit, changed in sources.items() if stored.path in changed]
                bases = (self._choose_base(stored, versions[commit], commit) for commit in commits)
                tickets.append(self._adopt(stored, tuple(filter(None, bases)), committed, adoption))
            return AdoptionResult(tickets, adoption.reverted)

    def _choose_base(self, stored: StoredTicket, versions: Mapping[str, bytes | None], commit: str) -> Ticket | None:
        paths = (stored.path, *layout.ticket_paths(stored.ticket.id))
        return edit_base.choose_base(self.repo, stored.ticket, {path: versions[path] for path in paths}, commit)

    def rewrite(
        self, path: str, transform: Callable[[bytes | None], bytes], *, by: str, at: datetime, do: str = "edit"
    ) -> None:
        """Replace a file that is not a ticket by what `transform` makes of its bytes (None: no file), and journal it.

        Raises Unavailable, and whatever `transform` raises; then nothing was changed.
        """
        with self.lock:
            after = transform(before := read_bytes(self.root, path))
            if after != before:
                entry = JournalEntry(path, (path,), by, (do,), at.isoformat(), self._uncommitted((path,)))
                self._journal.add(entry)
                files.write(self.root, path, after)

    def attach(self, ticket_id: str, source: Path, name: str = "") -> dict[str, Value]:
        """Copy a file to the attachments of a ticket, as `name` if given; return its item: name, size, sha256."""
        with self.lock:
            item = attachments.copy_attachment(self.root, ticket_id, source, self.repo, name=name)
            self._journal.add(JournalEntry(ticket_id, (f"{layout.attachments_folder(ticket_id)}/{item['name']}",)))
            return item

    def _find_current_files(self, ticket: Ticket, base: StoredTicket | None) -> list[StoredTicket]:
        """Read the files that hold the ticket now: none, one, or both if a move was interrupted.

        Raises Damaged if one cannot be read, Refused if another ticket has the number.
        """
        current_files: list[StoredTicket] = []
        for path in dict.fromkeys((*layout.ticket_paths(ticket.id), *((base.path,) if base else ()))):
            stored = self.reader.read_again(base) if base and base.path == path else self.reader.read_path(path)
            if isinstance(stored, BadFile):
                hint = "Fix it first; its bytes were left alone, and nothing was written."
                raise Damaged("{path} can no longer be read.", path=path, hint=hint, problems=stored.problems)
            if stored and stored.ticket.uid == ticket.uid:
                current_files.append(stored)
            elif stored and (base or ticket.id not in self._reserved_ids):
                raise Refused("Another ticket has the number {id}.", hint="`fenji check` shows where.", id=ticket.id)
        return current_files

    def _merge_current(self, ticket: Ticket, base: StoredTicket | None, current_files: list[StoredTicket]) -> Ticket:
        for stored in current_files:
            body, committed = self._explain_hand_edit(stored, base)
            fixed_parts.refuse_locked(stored.ticket, body, committed)
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
        """Return the body of the `edit` event for the file's header, and the committed version if it differs."""
        if self._explained_digests.get(stored.path) == stored.digest:
            return hand_edits.explain_hand_edit(stored.ticket), None
        data = self.repo.read(stored.path)
        if data is not None and sha256(data).hexdigest() == stored.digest:
            self._explained_digests[stored.path] = stored.digest
            return hand_edits.explain_hand_edit(stored.ticket), None
        committed = edit_base.parse_or_none(data, stored.path)
        before = base.ticket if base and base.digest != stored.digest else committed
        if committed and (before is None or hand_edits.lacks_events(stored.ticket, before)):
            before = edit_base.find_base(self.repo, stored.ticket)
        return hand_edits.explain_hand_edit(stored.ticket, before), committed

    def _adopt(
        self, stored: StoredTicket, bases: tuple[Ticket, ...], committed: Ticket | None, adoption: HandEditAdoption
    ) -> StoredTicket:
        fully_logged = self._explained_digests.get(stored.path) == stored.digest  # nothing in it is unexplained
        typed = read_bytes(self.root, stored.path) or b""
        edited = HandEditedFile(stored.path, typed, stored.ticket, bases, committed, self.repo.git_dir / TYPED_FOLDER)
        ticket = adoption.explain(edited, fully_logged=fully_logged)
        if committed and hand_edits.lacks_events(ticket, committed):
            ticket = with_replayed_state(merge(committed, ticket))
        if edited.puts_back or ticket != stored.ticket or layout.ticket_path(ticket) != stored.path:
            return self._replace(ticket, [stored], stored.ticket, by=adoption.by)
        if not any(stored.path in entry.paths for entry in self._journal.entries()):
            entry = JournalEntry(stored.ticket.id, (stored.path,), adoption.by, ("edit",), adoption.at.isoformat())
            self._journal.add(entry)
        plain = remarks.plain_bytes(typed)
        if plain != typed and edit_base.parse_or_none(plain, stored.path):
            return self._write_and_remove(stored.path, plain, [])
        return stored

    def _create(self, ticket: Ticket) -> StoredTicket:
        while True:
            path, data = layout.ticket_path(ticket), yaml_codec.dump(ticket)
            try:
                if any(os.path.lexists(self.root / candidate) for candidate in layout.ticket_paths(ticket.id)):
                    raise FileExistsError(path)
                self._journal.add(journal_entry(ticket, (path,), ticket.log))
                files.create(self.root, path, data)
            except FileExistsError:
                if ticket.id not in self._reserved_ids:
                    raise Refused("Another ticket has the number {id}.", hint="Try again.", id=ticket.id) from None
                site, year, _ = ticket.id.split("-", 2)
                ticket = ticket.with_fields({"id": self.next_id(site, int(year))})
            else:
                self.used_numbers.remember(ticket.id)
                return self._load_written(path, data, ticket)

    def _replace(
        self, ticket: Ticket, current_files: list[StoredTicket], base: Ticket | None, *, by: str = ""
    ) -> StoredTicket:
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
        entry = journal_entry(ticket, (path, *stale_paths), new_events, by=by)
        self._keep_as_typed(current_files, None if by else ticket, entry)
        before = self._uncommitted((*entry.paths, *(stored.path for stored in current_files)))
        self._journal.add(replace(entry, before=before))
        return self._write_and_remove(path, data, stale_paths, ticket)

    def _keep_as_typed(self, current_files: Iterable[StoredTicket], after: Ticket | None, entry: JournalEntry) -> None:
        """Journal a file as typed before `after` is written, if that drops a comment or typed value that git lacks."""
        for stored in current_files:
            path, data = stored.path, read_bytes(self.root, stored.path) or b""
            drops_remark = bool(remarks.find_remarks(data))
            may_drop_value = after is not None and self._explained_digests.get(path) != stored.digest
            if not (drops_remark or may_drop_value) or (known := self.repo.read(path)) == data:
                continue
            committed = edit_base.parse_or_none(known, path)
            if drops_remark or (after and hand_edits.drops_typed(stored.ticket, committed, after)):
                self._journal.add(replace(entry, paths=(path,), do=("as typed",), before=self._uncommitted((path,))))

    def _uncommitted(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """Return the bytes of these paths if one of them awaits its commit, as the next write would overwrite it."""
        pending = {path for entry in self._journal.entries() for path in entry.paths}
        wanted = set(paths)
        return {path: read_bytes(self.root, path) for path in sorted(wanted)} if wanted & pending else {}

    def _write_and_remove(
        self, path: str, data: bytes, stale_paths: list[str], ticket: Ticket | None = None
    ) -> StoredTicket:
        files.write(self.root, path, data)
        for stale_path in stale_paths:
            files.remove(self.root, stale_path)
        return self._load_written(path, data, ticket)

    def _load_written(self, path: str, data: bytes, ticket: Ticket | None) -> StoredTicket:
        """Read a file just written; a `ticket` that `dump` has read back from `data` is not parsed again."""
        stored = self.reader.load_as(path, data, ticket) if ticket else self.reader.load(path)
        self._explained_digests[path] = stored.digest
        return stored

    # --- commits ------------------------------------------------------------------------------------------------

    def pending(self) -> list[JournalEntry]:
        """Return the writes that are not committed yet."""
        return self._journal.entries()

    def commit_pending(self, author: AuthorLookup | None = None) -> list[str]:
        """Commit all pending writes, also those of a killed process, and return the commits made.

        Makes one for each person, act and overwritten version, of the written paths only. A ticket in two places is
        merged first. `author` gives name and address by key. Raises Unavailable; then the writes stay pending.
        """
        if not self._journal.entries():
            return []
        with self._commit_lock:
            with self.lock:
                self._repair()
                entries = self._journal.entries()
                due = plan_commits(entries, self.root, self.repo)
            commits = [group.commit(self.repo, author) for group in due]
            branches.keep_elsewhere(self.repo)
            with self.lock:
                self._journal.drop(len(entries))
        return [commit for commit in commits if commit]

    def _repair(self) -> None:
        folders = {path.rpartition("/")[0] for entry in self._journal.entries() for path in entry.paths}
        for folder in {*folders, layout.ATTACHMENTS_FOLDER}:
            files.remove_temporary_files(self.root / folder)
        for entry in self._journal.entries():
            versions = [self.reader.read_path(path) for path in entry.paths if path.startswith(layout.TICKET_FOLDERS)]
            copies = [version for version in versions if isinstance(version, StoredTicket)]
            if len(copies) > 1 and len({version.ticket.uid for version in copies}) == 1:
                merged = with_replayed_state(reduce(merge, (version.ticket for version in copies)))
                path = layout.ticket_path(merged)
                stale_paths = [version.path for version in copies if version.path != path]
                self._write_and_remove(path, yaml_codec.dump(merged), stale_paths)
