"""The desk as an object, with a method for each thing that a person can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Self, Unpack

from msgspec.structs import replace

from fenji.desk import acts, people
from fenji.desk import open as opening
from fenji.desk.act_details import ActDetails, ActInput, WrittenTicket
from fenji.desk.acts import Act
from fenji.desk.attached_copies import AttachedCopies, UndoneCopies
from fenji.desk.commit_queue import CommitQueue
from fenji.desk.reads import DeskReads
from fenji.desk.synonym_book import Edit, SynonymBook
from fenji.desk.value_checks import validate_fields
from fenji.errors import FenjiError, InvalidUsage, Refused, Sentence
from fenji.model.ticket import LooseValue, Ticket
from fenji.model.ticket.uid import make_uid

if TYPE_CHECKING:
    from fenji.desk.undo import PerformedAct, UndoHistory, UndoPlan
    from fenji.model.board import Row
    from fenji.storage import StoredTicket

_SENDERS = ("", "requester")


class Desk(DeskReads):
    """A desk and the person at it. Close it, or use `with`, so that pending commits are made.

    Several threads may share a Desk; several processes may open the same desk.
    """

    def __init__(
        self, root: Path, *, person: str = "", now: Callable[[], datetime] | None = None, later: bool = False
    ) -> None:
        super().__init__(root, person=person, now=now)
        self.synonyms = SynonymBook(self.root, self.repo, self._rewrite_file)
        self._refused_draft: bytes | None = None  # a draft of the policy that is not judged again
        self._commit_queue = CommitQueue(lambda: self.store.commit_pending(self._author_of), in_background=later)

    @classmethod
    def open(
        cls,
        start: Path | None = None,
        *,
        person: str = "",
        now: Callable[[], datetime] | None = None,
        later: bool = False,
    ) -> Self:
        """Open the desk at or above `start` (else FENJI_DESK, else the current folder).

        `now` returns the present instant. With `later`, a background thread commits each write within a second, and
        also the writes that a crash left uncommitted; otherwise the next act or `close` commits those. Raises NotFound
        if there is no desk, Damaged if no policy can be read.
        """
        return cls(opening.find_desk(start), person=person, now=now, later=later)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
            return
        with suppress(FenjiError):  # the error of the block is the one to raise
            self.close()

    def close(self) -> None:
        """Make all pending commits and close the index. Raises Unavailable if an act made here stays uncommitted."""
        self.history_watch.close()
        try:
            self._commit_queue.close()
        finally:
            if self._ticket_index:
                self._ticket_index.close()

    # --- acts -----------------------------------------------------------------------------------------------------

    def new(
        self, fields: Mapping[str, LooseValue], *, uid: str = "", site: str = "", **details: Unpack[ActDetails]
    ) -> Row:
        """Report a ticket, at this site unless another is named. Raises Refused without a title, site or person."""
        self.reload_changed_policy()
        act = self.make_act("report", **details)
        values = validate_fields(fields)
        if not values.get("title"):
            hint = "Say in one line what is wrong or wanted."
            raise Refused("A ticket needs a title.", hint=hint, field_paths=("title",))
        site = site or self.site
        opening.check_site(self.policy, site)
        year = (act.at or act.now).astimezone(self.user.zone).year
        identity = {"id": f"{site}-{year:04}-0000", "uid": uid or make_uid(act.now), "site": site}
        draft = acts.report({**values, **identity}, act, self.policy)
        with self._lock:
            stored = self.store.write(draft.with_fields({"id": self.store.next_id(site, year)}), None)
            self._remember_act(act, [WrittenTicket(Ticket({}), stored.ticket, stored)])
        return self._make_row(stored, act.now)

    def _rewrite_file(self, path: str, edit: Edit, by: str) -> None:
        """Rewrite a file other than a ticket on behalf of `by` (else the person at the desk) and have it committed."""
        at = opening.fix_offset(self.now())
        with self._lock:
            self.store.rewrite(path, edit, by=self._require_person(by), at=at)
            self._commit_queue.schedule()

    def act(self, number: str, do: str, **details: Unpack[ActInput]) -> Row:
        """Do one step on one ticket. Raises Refused, naming what is missing."""
        return self.act_all([number], self.make_act(do, **details))[0]

    def act_all(self, numbers: Sequence[str | Path], act: Act, *, uids: Sequence[str] = ()) -> list[Row]:
        """Do one step on several tickets, in one commit. All tickets are checked before the first is written.

        Returns a row for each number; a ticket named twice is changed once. With `uids` the tickets are found by uid,
        even if a sync has renumbered them meanwhile.
        """
        return self.act_each([(*target, act) for target in zip_longest(map(str, numbers), uids, fillvalue="")])

    def act_each(self, wanted: Sequence[tuple[str, str, Act]]) -> list[Row]:
        """Do a separate act on each ticket (number, uid, act), in one commit. One undo reverts them all."""
        self.reload_changed_policy()
        with self._lock:
            find, first = self._find_target, wanted[0][2] if wanted else None
            return self._perform_all(first, lambda: [(find(*key), act) for *key, act in wanted]) if first else []

    def make_act(self, do: str, **details: Unpack[ActInput]) -> Act:
        """Return an act by the person at the desk (or `by`), recorded now. Raises Refused if nobody is named."""
        if details.get("sender", "") not in _SENDERS:
            raise InvalidUsage("A note is from the requester or does not say who sent it.")
        at, note = details.get("at"), details.get("note", "").replace("\r\n", "\n").strip("\n")
        mail = details.get("mail", {})
        self._bring_in_policy()
        return Act(
            do,
            self._require_person(details.get("by", "")),
            opening.fix_offset(at if mail and at else self.now()),
            at=opening.fix_offset(at) if at else None,
            fields=validate_fields(details.get("fields", {})),
            note=note if note.strip() else "",
            reason=" ".join(details.get("reason", "").split()),
            clock=details.get("clock", ""),
            sender=details.get("sender", ""),
            mail=mail,
            seen=details.get("seen"),
        )

    def _bring_in_policy(self) -> None:
        """Bring in a draft typed in policy.yaml, if it passes. Do nothing where a hub judges."""
        self.reload_changed_policy()
        in_force = self.policy_in_force
        if not in_force.is_own or (in_force.is_founded and in_force.draft in (None, self._refused_draft)):
            return
        from fenji.sync import policy_record
        from fenji.sync.recorder import Recorder

        recorder = Recorder(self.person, self.now(), self._author_of, self.policy)
        outcome = policy_record.bring_in(self.store, recorder)
        self._refused_draft = in_force.draft if outcome.problems else None
        self.refresh()

    def attach(self, number: str, paths: Iterable[Path], *, name: str = "", **details: Unpack[ActDetails]) -> Row:
        """Copy files to the ticket's attachments and list them in the ticket with size and SHA-256.

        With `name` the copies get that name, each with the extension of its file. Raises NotFound for a missing file,
        Refused for a file that is not regular or too large or a ticket that takes none; nothing is attached then.
        """
        act, copies = self.make_act("attach", **details), AttachedCopies(self.store, paths, name)
        self.reload_changed_policy()

        def plan_act() -> list[tuple[StoredTicket, Act]]:
            stored = self._find_target(number)
            acts.perform(stored.ticket, replace(act, note=act.note or "?"), self.policy)
            return [(stored, replace(act, fields=copies.make(stored.ticket.id)))]

        with self._lock:
            return self._perform_all(act, plan_act, lambda: copies.remove_unnamed(self._find_target(number).ticket))[0]

    def _perform_all(
        self,
        act: Act,
        prepare: Callable[[], list[tuple[StoredTicket, Act]]],
        clean_up: Callable[[], None] = lambda: None,
    ) -> list[Row]:
        """Do the acts that `prepare` returns, remember them for undo as `act`, and return the rows of all tickets.

        `prepare`, the writes and, after a failure, `clean_up` run under the desk lock; the commit follows outside it.
        """
        changes: list[WrittenTicket] = []
        try:
            with self.store.lock:
                try:
                    wanted = prepare()
                    self._carry_out(list({stored.path: (stored, own) for stored, own in wanted}.values()), changes)
                except FenjiError:
                    clean_up()
                    raise
        finally:  # also for tickets written before a failure, such as a full disk
            self._remember_act(act, changes)
        written = {change.stored.ticket.uid: change.stored for change in changes}
        return [self._make_row(written.get(stored.ticket.uid, stored), act.now) for stored, _ in wanted]

    def _carry_out(self, wanted: Sequence[tuple[StoredTicket, Act]], changes: list[WrittenTicket]) -> None:
        """Check all acts, then write the tickets one by one and add each to `changes`. The caller has the desk lock."""
        planned = []
        for stored, act in wanted:
            before = self.store.with_edit_event(stored, by=act.by, at=act.now, policy=self.policy, setting=act.fields)
            with acts.name_ticket_in_errors(stored.ticket.id if len(wanted) > 1 else ""):
                planned.append((stored, before, acts.perform(before, act, self.policy)))
        for stored, before, after in planned:
            if after.log != stored.ticket.log:
                changes.append(WrittenTicket(before, after, self.store.write(after, stored)))

    # --- a ticket in the person's editor --------------------------------------------------------------------------

    def write_edit_copy(self, number: str) -> Path:
        """Write a copy of the ticket to edit, or keep an unfinished copy from earlier; return its path."""
        from fenji.desk import edit

        return edit.write_copy(self._find_target(number).ticket, self.repo.git_dir / "fenji-edits")

    def apply_edit_copy(self, number: str, copy: Path, **details: Unpack[ActDetails]) -> Row:
        """Apply the changes made in the copy, merged with what others changed meanwhile.

        Raises Damaged with the position, or Refused. The copy is then kept, and the hint says where.
        """
        from fenji.desk import edit

        try:
            edited = edit.read_changes(copy)
            if edited.base.uid != self._find_target(number).ticket.uid:
                raise Refused("{copy} is a copy of {id}.", copy=copy.name, id=edited.base.id)
            row = self.act(number, "edit", fields=edited.fields, seen=edited.base, **details)
        except FenjiError as error:
            values = {"copy": str(copy)}
            error.add_hint(Sentence("Your copy is kept: {copy}. Editing the ticket again opens it.", values))
            raise
        edit.remove_copy(copy)
        return row

    # --- undo -----------------------------------------------------------------------------------------------------

    @cached_property
    def _undo_history(self) -> UndoHistory:
        from fenji.desk.undo import UndoHistory

        return UndoHistory()

    @cached_property
    def _undone_copies(self) -> UndoneCopies:
        return UndoneCopies(self.store, lambda ticket: self._find_target(ticket.id, ticket.uid).ticket)

    @property
    def undoable(self) -> PerformedAct | None:
        """The act that `undo` would undo now; None if there is none or if it cannot be undone."""
        with self._lock:
            return self._undo_history.next_undo

    def undo(self) -> Sentence:
        """Undo the last act with a compensating event on each of its tickets, in one commit.

        Fields that others changed since are kept, and the sentence says so. Raises Refused if nothing can be undone.
        """
        from fenji.desk import undo as undoing

        with self._lock:
            last = self._undo_history.last_done()
            with undoing.pop_when_settled(self._undo_history.done):
                self._undone_copies.check(last.pairs)
                message = self._replay(last, undoing.plan_undo, undo=True)
            self._undo_history.undone.append(last)
            self._undone_copies.take_away(last.pairs)
            return message

    def redo(self) -> Sentence:
        """Redo the act that was last undone. Raises Refused if there is none."""
        from fenji.desk import undo as undoing

        with self._lock:
            last = self._undo_history.last_undone()
            with undoing.pop_when_settled(self._undo_history.undone), self._undone_copies.put_back(last.pairs):
                message = self._replay(last, undoing.plan_redo, undo=False)
            self._undo_history.done.append(last)
            return message

    def _replay(
        self, last: PerformedAct, make_plan: Callable[[PerformedAct, Ticket, Ticket, Ticket], UndoPlan], *, undo: bool
    ) -> Sentence:
        from fenji.desk import undo as undoing

        changes: list[WrittenTicket] = []
        kept: list[str] = []
        now, by = opening.fix_offset(self.now()), self.person if undo else ""
        try:
            with self.store.lock, people.insist():  # names accepted with the act are not checked again
                wanted = []
                for before, after in last.pairs:
                    stored = self._find_target(after.id, after.uid)
                    current = self.store.with_edit_event(stored, by=by or last.act.by, at=now, policy=self.policy)
                    plan = make_plan(last, before, after, current)
                    kept += plan.kept
                    if plan.act:
                        wanted.append((stored, replace(plan.act, now=now, by=by or plan.act.by)))
                self._carry_out(wanted, changes)
        finally:
            if changes:
                self._commit_queue.schedule()
        return undoing.describe_undo(last, [change.after for change in changes], kept, undo=undo)

    def _remember_act(self, act: Act, changes: Sequence[WrittenTicket]) -> None:
        from fenji.desk.undo import PerformedAct

        pairs = tuple((change.before, change.after) for change in changes if change.before.log != change.after.log)
        if pairs:
            self._undo_history.remember(PerformedAct(act, pairs))
        if changes:
            self._commit_queue.schedule()

    # --- commits --------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Make all pending commits now. Raises Unavailable."""
        self._commit_queue.flush()

    @property
    def pending_commits(self) -> int:
        """The number of writes that are not committed yet."""
        return len(self.store.pending())

    @property
    def commit_failure(self) -> FenjiError | None:
        """The error of the last attempt to commit, or None. The commit is retried automatically."""
        return self._commit_queue.failure

    def _author_of(self, person: str) -> tuple[str, str]:
        return opening.author_of(person, self.policy, self.user)
