"""The desk as an object: a method for each thing that a person does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from fenji.desk import acts, opening
from fenji.desk.acts import Act
from fenji.desk.lexicon import Lexicon
from fenji.desk.outlook import Preview
from fenji.desk.trail import Trail
from fenji.errors import FenjiError, Misused, NotFound, Refused, Sentence
from fenji.store import layout
from fenji.ticket import Ticket, Value

if TYPE_CHECKING:
    from fenji.board import Row
    from fenji.desk.undoing import Done, History, Way
    from fenji.store import Stored

__all__ = ["Desk", "Preview", "Said", "SaidAndSet"]
_SENDERS = ("", "requester")


class Said(TypedDict, total=False):
    """What may go with any act: note, reason, clock of an excuse, sender of a note, when it happened, by whom."""

    note: str
    reason: str
    clock: str
    sender: str
    at: datetime | None
    by: str


class SaidAndSet(Said, total=False):
    """The same, the fields that the act sets, and the version of the ticket that the person had before him."""

    fields: Mapping[str, Value]
    seen: Ticket | None


@dataclass(frozen=True)
class _Change:
    """One ticket of an act: as it was, as the act made it, and as it lies in its file now."""

    before: Ticket
    after: Ticket
    stored: Stored


class Desk(Lexicon):
    """One desk and the person at it. Close it (or use `with`), so that trailing commits are made.

    Several threads may use one; several processes may have the same desk open.
    """

    def __init__(
        self, root: Path, *, person: str = "", now: Callable[[], datetime] | None = None, later: bool = False
    ) -> None:
        super().__init__(root, person=person, now=now)
        self._past: History | None = None
        self._trail = Trail(self._commit, later=later)

    @classmethod
    def open(
        cls,
        start: Path | None = None,
        *,
        person: str = "",
        now: Callable[[], datetime] | None = None,
        later: bool = False,
    ) -> Self:
        """The desk at or above `start` (else FENJI_DESK, else the current folder).

        `now` gives the present instant. With `later` an act's commit trails its write by up to a second. What a crash
        has left uncommitted is committed then, else by the next act or `close`. Raises NotFound without a desk, Damaged
        without any policy that can be read.
        """
        return cls(opening.find(start), person=person, now=now, later=later)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
            return
        with suppress(FenjiError):  # what went wrong in the block is what counts
            self.close()

    def close(self) -> None:
        """Make the commits that still trail. Raises Unavailable where one of this desk's acts stays uncommitted."""
        self.watch.close()
        try:
            self._trail.close()
        finally:
            if self._book:
                self._book.close()

    # --- acts -----------------------------------------------------------------------------------------------------

    def new(self, fields: Mapping[str, Value], **said: Unpack[Said]) -> Row:
        """Report a ticket at this site and save it. Raises Refused without a title, a site or a person."""
        self._follow_policy()
        act = self.make("report", **said)
        values = acts.settled(fields)
        if not values.get("title"):
            raise Refused("A ticket needs a title.", hint="Say in one line what is wrong or wanted.", leaves=("title",))
        opening.check_site(self.policy, self.site)
        year = (act.at or act.now).astimezone(self.seat.zone).year
        identity = {"id": f"{self.site}-{year:04}-0000", "uid": _ulid(act.now), "site": self.site}
        draft = acts.report({**values, **identity}, act, self.policy)
        with self._lock:
            stored = self.store.write(draft.put({"id": self.store.next_id(self.site, year)}), None)
            self._remember(act, [_Change(Ticket({}), stored.ticket, stored)])
        return self._row(stored, act.now)

    def act(self, words: str, do: str, **said: Unpack[SaidAndSet]) -> Row:
        """Do one step on one ticket. Raises Refused with what is missing."""
        return self.act_all([words], self.make(do, **said))[0]

    def act_all(self, words: Sequence[str | Path], act: Act, *, uids: Sequence[str] = ()) -> list[Row]:
        """Do one step on several tickets, in one commit; all are checked before the first is written.

        A ticket named twice is one ticket: the answer has a row for each. With `uids` those are meant, also where a
        sync gave one another number meanwhile.
        """
        self._follow_policy()
        act = replace(act, fields=acts.settled(act.fields))
        meant = list(zip_longest(map(str, words), uids, fillvalue=""))
        with self._lock:
            return self._rows_after(act, lambda: (act, [self._stored(*one) for one in meant]))

    def make(self, do: str, **said: Unpack[SaidAndSet]) -> Act:
        """An act by the person at the desk (or `by`), written down now. Raises Refused where nobody is named."""
        if said.get("sender", "") not in _SENDERS:
            raise Misused("A note is from the requester, or says nothing of who sent it.")
        at, note = said.get("at"), said.get("note", "").replace("\r\n", "\n").strip("\n")
        return Act(
            do,
            self._named(said.get("by", "")),
            opening.fixed(self.now()),
            at=opening.fixed(at) if at else None,
            fields=said.get("fields", {}),
            note=note if note.strip() else "",
            reason=" ".join(said.get("reason", "").split()),
            clock=said.get("clock", ""),
            sender=said.get("sender", ""),
            seen=said.get("seen"),
        )

    def attach(self, words: str, paths: Iterable[Path], **said: Unpack[Said]) -> Row:
        """Copy files beside the ticket and name them in it with size and SHA-256.

        Raises NotFound or Refused for a file that is not there, is no plain file or too large, and for a ticket that
        takes none; then nothing is attached.
        """
        act, sources = self.make("attach", **said), [Path(one) for one in paths]
        missing = next((one for one in sources if not one.exists()), None)
        if missing:
            raise NotFound("There is no file {path}.", path=str(missing))
        self._follow_policy()

        def copied() -> tuple[Act, list[Stored]]:
            stored = self._stored(words)
            acts.perform(stored.ticket, replace(act, note=act.note or "?"), self.policy)
            items = self._copied(stored.ticket.id, sources)
            fields = acts.settled({f"files.{one['name']}": one for one in items}, fixed=("files",))
            return replace(act, fields=fields), [stored]

        with self._lock:
            return self._rows_after(act, copied)[0]

    def _copied(self, number: str, sources: Iterable[Path]) -> list[Mapping[str, Value]]:
        """The items of files copied beside the ticket; where one fails, none of the others stays."""
        folder = self.root / layout.files_folder(number)
        before = set(layout.names(folder))
        items: list[Mapping[str, Value]] = []
        try:
            for one in sources:
                items.append(self.store.attach(number, one))  # noqa: PERF401 - what was copied must be known
        except FenjiError:
            for name in {str(item["name"]) for item in items} - before:
                (folder / name).unlink(missing_ok=True)
            raise
        return items

    def _rows_after(self, act: Act, prepare: Callable[[], tuple[Act, list[Stored]]]) -> list[Row]:
        """Carry out what `prepare` gives under the desk lock; the rows of all its tickets."""
        done: list[_Change] = []
        try:
            with self.store.lock:
                act, tickets = prepare()
                self._carry_out([(one, act) for one in {one.path: one for one in tickets}.values()], done)
        finally:  # also what was written before a failure, as of a disk that is full now
            self._remember(act, done)
        written = {one.stored.ticket.uid: one.stored for one in done}
        return [self._row(written.get(one.ticket.uid, one), act.now) for one in tickets]

    def _carry_out(self, wanted: Sequence[tuple[Stored, Act]], done: list[_Change]) -> None:
        """Check all, then write one after the other; what is written is added to `done`. The desk lock is held."""
        planned = []
        for stored, act in wanted:
            before = self.store.explained(stored, by=act.by, at=act.now)
            with acts.named(stored.ticket.id if len(wanted) > 1 else ""):
                planned.append((stored, before, acts.perform(before, act, self.policy)))
        for stored, before, after in planned:
            if after.log != stored.ticket.log:
                done.append(_Change(before, after, self.store.write(after, stored)))

    # --- a ticket in the person's editor --------------------------------------------------------------------------

    def edit_copy(self, words: str) -> Path:
        """A copy of the ticket to edit; one left unfinished earlier is taken up again."""
        from fenji.desk import editing

        return editing.copy(self._stored(words).ticket, self.repo.git_dir / "fenji-edits")

    def edit_take(self, words: str, copy: Path, **said: Unpack[Said]) -> Row:
        """Take over what was changed in the copy; what others changed meanwhile is merged with it.

        Raises Damaged with the place, or Refused; then the copy is kept, and the hint says where.
        """
        from fenji.desk import editing

        try:
            edited = editing.edited(copy)
            if edited.base.uid != self._stored(words).ticket.uid:
                raise Refused("{copy} is a copy of {id}.", copy=copy.name, id=edited.base.id)
            row = self.act(words, "edit", fields=edited.fields, seen=edited.base, **said)
        except FenjiError as error:
            error.hint = Sentence("Your copy is kept: {copy}. Editing the ticket again opens it.", {"copy": str(copy)})
            raise
        editing.forget(copy)
        return row

    # --- undo -----------------------------------------------------------------------------------------------------

    @property
    def _history(self) -> History:
        if self._past is None:
            from fenji.desk.undoing import History

            self._past = History()
        return self._past

    @property
    def undoes(self) -> Done | None:
        """The act that `undo` takes back now, None where there is none or where it stays in the log."""
        with self._lock:
            return self._history.next

    def undo(self) -> Sentence:
        """Take back the last act by an event that makes up for it, on all its tickets in one commit.

        What others changed since stays, and the sentence says so. Raises Refused where nothing can be taken back.
        """
        from fenji.desk import undoing

        with self._lock:
            last = self._history.last()
            try:
                told = self._remade(last, undoing.back, undo=True)
            except (NotFound, Refused):  # refused once: the next undo takes back what was done before it
                self._history.done.pop()
                raise
            self._history.done.pop()
            self._history.undone.append(last)
            return told

    def redo(self) -> Sentence:
        """Do again what was last undone. Raises Refused when there is nothing."""
        from fenji.desk import undoing

        with self._lock:
            last = self._history.last_undone()
            told = self._remade(last, undoing.again, undo=False)
            self._history.undone.pop()
            self._history.done.append(last)
            return told

    def _remade(self, last: Done, way: Callable[[Done, Ticket, Ticket, Ticket], Way], *, undo: bool) -> Sentence:
        from fenji.desk import undoing

        done: list[_Change] = []
        kept: list[str] = []
        now, by = opening.fixed(self.now()), self.person if undo else ""
        try:
            with self.store.lock:
                wanted = []
                for before, after in last.pairs:
                    stored = self._stored(after.id, after.uid)
                    found = way(last, before, after, self.store.explained(stored, by=by or last.act.by, at=now))
                    kept += found.kept
                    if found.act:
                        wanted.append((stored, replace(found.act, now=now, by=by or found.act.by)))
                self._carry_out(wanted, done)
        finally:
            if done:
                self._trail.due()
        return undoing.told(last, [one.after for one in done], kept, undo=undo)

    def _remember(self, act: Act, done: Sequence[_Change]) -> None:
        from fenji.desk.undoing import Done

        pairs = tuple((one.before, one.after) for one in done if one.before.log != one.after.log)
        if pairs:
            self._history.remember(Done(act, pairs))
        if done:
            self._trail.due()

    # --- commits --------------------------------------------------------------------------------------------------

    def _commit(self) -> None:
        self.store.commit_pending(self._author)

    def flush(self) -> None:
        """Make the commits that still trail, now. Raises Unavailable."""
        self._trail.flush()

    @property
    def pending_commits(self) -> int:
        """How many writes wait for their commit."""
        return len(self.store.pending())

    @property
    def commit_failure(self) -> FenjiError | None:
        """Why the last try to commit failed; it is tried again by itself."""
        return self._trail.failure

    def _author(self, person: str) -> tuple[str, str]:
        known = self.policy.people.get(person)
        own = person == self.seat.person
        name = (known.name if known else "") or (self.seat.name if own else "") or person
        email = (known.email if known else "") or (self.seat.email if own else "")
        return name, email or f"{person}@{self.site.lower() or 'desk'}.invalid"


def _ulid(now: datetime) -> str:
    from ulid import ULID

    return str(ULID.from_datetime(now))
