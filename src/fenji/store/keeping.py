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

from fenji import yamlio
from fenji.board import Bad
from fenji.errors import Damaged, Refused, Unavailable
from fenji.merge import merge
from fenji.store import attachments, files, hand_edits, layout
from fenji.store.adopting import TYPED, Adopted, Adopting, Edited
from fenji.store.files import NotPlain
from fenji.store.journal import Entry, Journal
from fenji.store.lock import Lock
from fenji.store.shelf import Shelf, Stored, in_its_state

if TYPE_CHECKING:
    from fenji.policy import Policy
    from fenji.repo import Repo
    from fenji.ticket import Event, Ticket, Value

_SHELVES = (f"{layout.OPEN}/", f"{layout.ARCHIVE}/")
Author = Callable[[str], tuple[str, str]]


class Store(Shelf):
    """The tickets of one desk, for reading and writing."""

    def __init__(self, root: Path, repo: Repo) -> None:
        super().__init__(root)
        self.repo = repo
        self.lock = Lock(repo.git_dir / "fenji.lock")
        # Taken before the desk lock, never while it is held: commits wait for each other, and no write for a commit.
        self._committing = Lock(repo.git_dir / "fenji-commit.lock")
        self._journal = Journal(repo.git_dir / "fenji-pending")
        self._taken: set[str] = set()
        # By path, the SHA-256 of bytes of which git or this process has the history: nothing in them is unexplained.
        self._accounted: dict[str, str] = {}

    # --- numbers ------------------------------------------------------------------------------------------------

    def next_id(self, site: str, year: int) -> str:
        """The next free number of a site in a year, over open and archived tickets and what was asked for before."""
        folders = (layout.OPEN, f"{layout.ARCHIVE}/{site}/{year}")
        there = chain.from_iterable(layout.numbers(self.root / folder) for folder in folders)
        begin = f"{site}-{year:04}-"
        running = 1 + max((layout.count(one) for one in (*there, *self._taken) if one.startswith(begin)), default=0)
        found = layout.number(site, year, running)
        self._taken.add(found)
        return found

    # --- writing ------------------------------------------------------------------------------------------------

    def write(self, ticket: Ticket, base: Stored | None) -> Stored:
        """Write a ticket that was made from `base` (None: a new one) and answer what now lies in its file.

        Where the file changed since `base` was read, both versions are merged. A header changed by hand gets the `edit`
        event that explains it. A new ticket whose number, given by `next_id`, another process took meanwhile gets the
        next one; any other number that is taken is Refused. Raises Damaged where the file can no longer be read,
        Unavailable where it cannot be written; then nothing was changed.
        """
        with self.lock:
            there = self._there(ticket, base)
            if base is None and not there:
                return self._created(ticket)
            ticket = self._joined(ticket, base, there)
            return self._replaced(ticket, there, base.ticket if base else None)

    def explained(self, stored: Stored, *, by: str, at: datetime) -> Ticket:
        """The ticket with an `edit` event where its header was changed by hand, long texts and items too.

        Raises Refused where what was changed is settled.
        """
        body, committed = self._hand_edit(stored)
        _check_settled(stored.ticket, body, committed)
        return hand_edits.explained(stored.ticket, body, by=by, at=at) if body else stored.ticket

    def adopt_hand_edits(
        self, paths: Iterable[str] = (), *, by: str, at: datetime, since: str = "HEAD", policy: Policy | None = None
    ) -> Adopted:
        """Write the explaining event into every ticket that was changed by hand, and note new files for the commit.

        Beside what is not committed it looks at `paths`, held against their versions in the commit `since`. What is
        settled, or no grade of the policy, is put back, and the file as it was typed kept in the git folder.
        """
        with self.lock:
            dirty = [path for path in self.repo.dirty() if path.startswith(_SHELVES) and path.endswith(".yaml")]
            every = [*dirty, *(path for path in paths if path not in dirty)]
            former, held = self.repo.read_many(every, since), self.repo.read_many(dirty)
            found = [one for path in every if isinstance(one := self._load(path), Stored)]
            adopting = Adopting(by, at, policy)
            versions = ((one, former[one.path], held.get(one.path)) for one in found)
            return Adopted([self._adopted(*version, adopting) for version in versions], adopting.put_back)

    def rewrite(self, path: str, made: Callable[[bytes | None], bytes], *, by: str, at: datetime) -> None:
        """Write a file of the desk that is no ticket: what `made` makes of its present bytes (None: there is none).

        It waits for its commit, as a ticket does. Raises Unavailable, and whatever `made` does; then nothing changed.
        """
        with self.lock:
            before = self._bytes(path)
            after = made(before)
            if after != before:
                self._journal.add(Entry(path, (path,), by, ("edit",), at.isoformat()))
                files.write(self.root, path, after)

    def attach(self, number: str, source: Path) -> dict[str, Value]:
        """Copy a file beside a ticket; the answer is its item for `files`: name, size, sha256."""
        with self.lock:
            elsewhere = self._elsewhere(layout.files_folder(number))
            item = attachments.copy_in(self.root, number, source, elsewhere=elsewhere)
            self._journal.add(Entry(number, (f"{layout.files_folder(number)}/{item['name']}",)))
            return item

    def _elsewhere(self, folder: str) -> list[str]:
        """The names of attachments that this clone left with the hub."""
        from fenji.repo import thin

        found = thin.left_out(self.repo, f"{self.repo.prefix}{folder}") if thin.is_thin(self.repo) else ()
        return [path.rpartition("/")[2] for path in found]

    def _there(self, ticket: Ticket, base: Stored | None) -> list[Stored]:
        """The files that hold the ticket now: none, one, or both where a move was cut off."""
        found: list[Stored] = []
        for path in dict.fromkeys((*layout.places(ticket.id), *((base.path,) if base else ()))):
            one = self._load(path)
            if isinstance(one, Bad):
                hint = "Mend it first; its bytes were left alone, and nothing was written."
                raise Damaged("{path} can no longer be read.", path=path, hint=hint, problems=one.problems)
            if one and one.ticket.uid == ticket.uid:
                found.append(one)
            elif one and (base or ticket.id not in self._taken):
                raise Refused("Another ticket has the number {id}.", hint="`fenji check` tells where.", id=ticket.id)
        return found

    def _joined(self, ticket: Ticket, base: Stored | None, there: list[Stored]) -> Ticket:
        for one in there:
            body, committed = self._hand_edit(one, base)
            _check_settled(one.ticket, body, committed)
            if base and one.digest == base.digest:
                ticket = hand_edits.explained_before(ticket, base.ticket, body)
            else:
                current, last = one.ticket, ticket.log[-1] if ticket.log else None
                if body and last:
                    current = hand_edits.explained(current, body, by=last.by, at=last.logged or last.at)
                ticket = merge(current, ticket)
            if committed and hand_edits.lacks(ticket, committed):
                ticket = merge(committed, ticket)
        return in_its_state(ticket)

    def _hand_edit(self, stored: Stored, base: Stored | None = None) -> tuple[dict[str, Value], Ticket | None]:
        """What goes with the event that explains the file's header, and the committed version where it differs."""
        if self._accounted.get(stored.path) == stored.digest:
            return hand_edits.explain_hand_edit(stored.ticket), None
        data = self.repo.read(stored.path)
        if data is not None and sha256(data).hexdigest() == stored.digest:
            self._accounted[stored.path] = stored.digest
            return hand_edits.explain_hand_edit(stored.ticket), None
        committed = _readable(data, stored)
        before = base.ticket if base and base.digest != stored.digest else committed
        return hand_edits.explain_hand_edit(stored.ticket, before), committed

    def _adopted(self, stored: Stored, former: bytes | None, held: bytes | None, adopting: Adopting) -> Stored:
        before, committed = _readable(former, stored), _readable(held, stored)
        whole = self._accounted.get(stored.path) == stored.digest  # nothing in it is unexplained
        typed = self._bytes(stored.path) or b""
        edited = Edited(stored.path, typed, stored.ticket, before, committed, self.repo.git_dir / TYPED)
        ticket, body = adopting.bounded(edited, whole=whole)
        ticket = hand_edits.explained(ticket, body, by=adopting.by, at=adopting.at) if body else ticket
        if committed and hand_edits.lacks(ticket, committed):
            ticket = in_its_state(merge(committed, ticket))
        if edited.restated or ticket != stored.ticket or layout.place(ticket) != stored.path:
            return self._replaced(ticket, [stored], stored.ticket)
        if not any(stored.path in entry.paths for entry in self._journal.entries()):
            entry = Entry(stored.ticket.id, (stored.path,), adopting.by, ("edit",), adopting.at.isoformat())
            self._journal.add(entry)
        return stored

    def _created(self, ticket: Ticket) -> Stored:
        while True:
            path, data = layout.place(ticket), yamlio.dump(ticket)
            try:
                if any(os.path.lexists(self.root / one) for one in layout.places(ticket.id)):
                    raise FileExistsError(path)
                self._journal.add(_entry(ticket, (path,), ticket.log))
                files.create(self.root, path, data)
            except FileExistsError:
                if ticket.id not in self._taken:
                    raise Refused("Another ticket has the number {id}.", hint="Do it again.", id=ticket.id) from None
                site, year, _ = ticket.id.split("-", 2)
                ticket = ticket.put({"id": self.next_id(site, int(year))})
            else:
                return self._written(path)

    def _replaced(self, ticket: Ticket, there: list[Stored], base: Ticket | None) -> Stored:
        path, data = layout.place(ticket), yamlio.dump(ticket)
        left = [one.path for one in there if one.path != path]
        same = [one for one in there if one.path == path and one.digest == sha256(data).hexdigest()]
        if same and not left:
            return same[0]
        known = {one.digest for held in (base, *(one.ticket for one in there)) if held for one in held.log}
        new = [one for one in ticket.log if one.digest not in known]
        self._journal.add(_entry(ticket, (path, *left), new))
        return self._moved(path, data, left)

    def _moved(self, path: str, data: bytes, left: list[str]) -> Stored:
        files.write(self.root, path, data)
        for one in left:
            files.remove(self.root, one)
        return self._written(path)

    def _written(self, path: str) -> Stored:
        stored = self.load(path)
        self._accounted[path] = stored.digest
        return stored

    # --- commits ------------------------------------------------------------------------------------------------

    def pending(self) -> list[Entry]:
        """What is written and not committed yet."""
        return self._journal.entries()

    def commit_pending(self, author: Author | None = None) -> list[str]:
        """Commit what is written and not committed, also by a process that was killed; answer the commits made.

        One commit for each person and act, of the paths written alone. First what a killed writer left is mended:
        temporary files go, and a ticket in two places is written whole to its own. `author` gives the name and address
        of a person by key. Raises Unavailable; then it stays pending.
        """
        if not self._journal.entries():
            return []
        with self._committing:
            with self.lock:
                self._mend()
                entries = self._journal.entries()
                due = [(group, self._changes(group)) for group in _grouped(entries)]
            made = [self._committed(group, changes, author or self._author) for group, changes in due]
            with self.lock:
                self._journal.drop(len(entries))
        return [one for one in made if one]

    def _mend(self) -> None:
        folders = {path.rpartition("/")[0] for entry in self._journal.entries() for path in entry.paths}
        for folder in {*folders, layout.FILES}:
            files.sweep(self.root / folder)
        for entry in self._journal.entries():
            found = [self._load(path) for path in entry.paths if path.startswith(_SHELVES)]
            twins = [one for one in found if isinstance(one, Stored)]
            if len(twins) > 1 and len({one.ticket.uid for one in twins}) == 1:
                whole = twins[0].ticket
                for one in twins[1:]:
                    whole = merge(whole, one.ticket)
                path = layout.place(in_its_state(whole))
                self._moved(path, yamlio.dump(in_its_state(whole)), [one.path for one in twins if one.path != path])

    def _committed(self, group: _Group, changes: Mapping[str, bytes | None], author: Author) -> str | None:
        at = max((one.instant for one in group.entries if one.instant), default=datetime.now(UTC))
        return self.repo.commit(changes, message=group.subject, author=author(group.by), at=at)

    def _changes(self, group: _Group) -> dict[str, bytes | None]:
        return {path: data for entry in group.entries for path, data in self._changed(entry)}

    def _changed(self, entry: Entry) -> Iterator[tuple[str, bytes | None]]:
        """The bytes of what was written. A place that is empty counts as left only where the ticket lies in another."""
        found = {path: self._bytes(path) for path in entry.paths}
        yield from ((path, data) for path, data in found.items() if data is not None)
        if any(data is not None for path, data in found.items() if path.startswith(_SHELVES)):
            for path, data in found.items():
                if data is None and path.startswith(_SHELVES) and not os.path.lexists(self.root / path):
                    yield path, None

    def _bytes(self, path: str) -> bytes | None:
        try:
            return files.read(self.root / path, attachments.LARGEST_FILE)[0]
        except (FileNotFoundError, NotPlain):
            return None
        except OSError as error:
            reason = error.strerror or str(error)
            raise Unavailable("{path} cannot be read: {reason}.", path=path, reason=reason) from error

    def _author(self, person: str) -> tuple[str, str]:
        own = self.repo.settings()
        key = person or own.person or "nobody"
        address = f"{key}@{own.site.lower() or 'desk'}.invalid"
        return (own.name or key, own.email or address) if key == own.person else (key, address)


def _check_settled(ticket: Ticket, body: Mapping[str, Value], committed: Ticket | None) -> None:
    """Refuse to go on from a file in which settled values were changed, or events that were committed."""
    found = (*hand_edits.barred(ticket, body), *(("log",) if hand_edits.altered(ticket, committed) else ()))
    if found:
        raise Refused(
            "{id} is {state}: {fields} can no longer be changed.",
            hint="Put back what was changed in its file, or let fenji sync do so: it keeps what was typed.",
            id=ticket.id,
            state=ticket.state,
            fields=", ".join(found),
        )


def _readable(data: bytes | None, stored: Stored) -> Ticket | None:
    if data is None:
        return None
    try:
        return yamlio.read_ticket(data, stored.path)
    except Damaged:
        return None


def _entry(ticket: Ticket, paths: tuple[str, ...], new: Iterable[Event]) -> Entry:
    acts = [one for one in new if one.do != "superseded"]
    last = acts[-1] if acts else None
    do = tuple(dict.fromkeys(one.do for one in acts)) or ("merge",)
    return Entry(ticket.id, paths, last.by if last else "", do, (last.logged or last.at).isoformat() if last else "")


@dataclass(frozen=True)
class _Group:
    """Writes that make one commit: by one person, the same acts."""

    by: str
    do: tuple[str, ...]
    entries: tuple[Entry, ...]

    @property
    def subject(self) -> str:
        ids = sorted(entry.id for entry in self.entries)
        named = ", ".join(ids) if len(ids) <= 3 else f"{len(ids)} tickets"
        return f"{named}: {', '.join(self.do) or 'attach'}"


def _grouped(entries: list[Entry]) -> list[_Group]:
    by_ticket: dict[str, Entry] = {}
    for one in entries:
        held = by_ticket.get(one.id, Entry(one.id, ()))
        by_ticket[one.id] = replace(
            held,
            paths=tuple(dict.fromkeys((*held.paths, *one.paths))),
            by=one.by or held.by,
            do=tuple(dict.fromkeys((*held.do, *one.do))),
            at=one.at or held.at,
        )
    groups: dict[tuple[str, tuple[str, ...]], list[Entry]] = {}
    for one in by_ticket.values():
        groups.setdefault((one.by, one.do), []).append(one)
    return [_Group(by, do, tuple(held)) for (by, do), held in groups.items()]
