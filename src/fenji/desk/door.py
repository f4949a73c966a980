"""The desk as an object: a method for each thing that a person does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from fenji import board, clock
from fenji import repo as repositories
from fenji.board import Board, Row
from fenji.desk import acts, checking, editing, opening
from fenji.desk.acts import Act
from fenji.desk.checking import Findings
from fenji.desk.trail import Trail
from fenji.errors import FenjiError, Refused, Sentence
from fenji.store import Store, Stored
from fenji.ticket import Ticket, Value

if TYPE_CHECKING:
    from fenji.clock import Story
    from fenji.desk.book import Book
    from fenji.errors import Problem
    from fenji.handbook.likeness import Suggestion
    from fenji.handbook.searching import Hits
    from fenji.policy import Policy


class Said(TypedDict, total=False):
    """What may go with any act: note, reason, clock of an excuse, sender of a note, when it happened, by whom."""

    note: str
    reason: str
    clock: str
    sender: str
    at: datetime | None
    by: str


class SaidAndSet(Said, total=False):
    """The same, and the fields that the act sets."""

    fields: Mapping[str, Value]


@dataclass(frozen=True)
class Preview:
    """What a new ticket would be promised, while it is being typed."""

    priority: str
    response_due: datetime | None
    solution_due: datetime | None


@dataclass(frozen=True)
class Done:
    """One act as it was carried out, for undoing: the tickets before and after it."""

    act: Act
    tickets: tuple[tuple[Ticket, Ticket], ...]

    @property
    def ids(self) -> str:
        return ", ".join(after.id for _, after in self.tickets)


class Desk:
    """One desk and the person at it. Close it (or use `with`), so that trailing commits are made."""

    def __init__(
        self, root: Path, *, person: str = "", now: Callable[[], datetime] | None = None, later: bool = False
    ) -> None:
        self.root = root
        self.repo = repositories.find(root)
        self.store = Store(root, self.repo)
        settings = self.repo.settings()
        found = opening.rules(root, self.repo)
        self.policy: Policy = found.policy
        self.policy_bad: tuple[Problem, ...] = found.problems
        self._settings, self._asked_person = settings, person
        self.seat = opening.seat(self.policy, settings, person)
        self._now = now
        self._lock = threading.RLock()
        self._done: list[Done] = []
        self._undone: list[Done] = []
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

        `now` gives the present instant. With `later` an act's commit trails its write by up to a second. Raises
        NotFound without a desk, Damaged without any policy that can be read.
        """
        return cls(opening.find(start), person=person, now=now, later=later)

    @property
    def site(self) -> str:
        return self.seat.site

    @property
    def person(self) -> str:
        return self.seat.person

    @property
    def language(self) -> str:
        return self.seat.language

    def now(self) -> datetime:
        """The present instant to the second, in the zone of this site."""
        present = self._now() if self._now else datetime.now(self.seat.zone)
        return present.astimezone(self.seat.zone).replace(microsecond=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Make the commits that still trail."""
        self._trail.close()
        if "book" in self.__dict__:
            self.book.close()

    # --- reading ------------------------------------------------------------------------------------------------

    def stamp(self) -> object:
        """Something that differs (`!=`) once files of the desk have changed, by whomever."""
        return self.store.stamp()

    def refresh(self) -> None:
        """Read the policy again, after it changed."""
        found = opening.rules(self.root, self.repo)
        self.policy, self.policy_bad = found.policy, found.problems
        self.seat = opening.seat(self.policy, self._settings, self._asked_person)

    def board(self, words: str = "", *, at: datetime | None = None, archived: bool = False) -> Board:
        """The rows that match the filter, the promise that runs out next on top, and the bad files.

        Open tickets; with `archived` those of the archive too. Raises Misused for a filter that cannot be read.
        """
        wanted = board.Filter("", ())
        if words.strip():
            from fenji.analysis import fold

            wanted = board.parse(words, me=self.person, fold=fold)
        when = at or self.now()
        found = self.store.scan_open()
        tickets: list[Stored] = list(found.tickets)
        bad = list(found.bad)
        if archived:
            more = self.store.scan_archive()
            tickets += more.tickets
            bad += more.bad
        rows = board.rows(((one.ticket, one.path, one.changed) for one in tickets), self.policy, when)
        return Board(tuple(row for row in rows if wanted.matches(row)), tuple(bad), when)

    def row(self, words: str, *, at: datetime | None = None) -> Row:
        """The ticket whose number ends in `words`. Raises NotFound, Refused where several do, Damaged if unreadable."""
        return self._row(self.store.load(self.store.find(words)), at)

    def story(self, words: str, *, at: datetime | None = None) -> Story:
        """How both verdicts came about, stretch by stretch (clock rules 24)."""
        return clock.explain(self.row(words).ticket, self.policy, at or self.now())

    def file_of(self, words: str) -> Path:
        """The ticket's file."""
        return self.root.joinpath(self.store.find(words))

    def views(self) -> list[tuple[str, str]]:
        """The standing views and those that the policy shares, as (label, filter)."""
        return [*board.VIEWS, *self.policy.views.items()]

    def preview(self, fields: Mapping[str, Value]) -> Preview:
        """The priority and both due times that a ticket with these fields would get if it were reported now."""
        now = self.now()
        numbered = {"id": "X-2000-0000", "uid": "0" * 26, "site": self.site, **fields}
        draft = acts.report(numbered, self.make("report", reason="?"), self.policy)
        reading = clock.reading(draft, self.policy, now)
        return Preview(draft.priority, reading.response.due, reading.solution.due)

    # --- acts ---------------------------------------------------------------------------------------------------

    def new(self, fields: Mapping[str, Value], **said: Unpack[Said]) -> Row:
        """Report a ticket at this site and save it. Raises Refused without a title, a site or a known person."""
        act = self.make("report", **said)
        acts.check_fields(fields)
        if not str(fields.get("title") or "").strip():
            raise Refused("A ticket needs a title.", hint="Say in one line what is wrong or wanted.")
        if not self.site:
            raise Refused("This clone has no site.", hint="Set it once with: git config fenji.site CODE")
        with self._lock:
            when = (act.at or act.now).astimezone(self.seat.zone)
            number = self.store.next_id(self.site, when.year)
            ticket = acts.report({**fields, "id": number, "uid": _ulid(act.now), "site": self.site}, act, self.policy)
            stored = self.store.write(ticket, None)
            self._remember(Done(act, ((Ticket({}), stored.ticket),)))
        return self._row(stored, act.now)

    def act(self, words: str, do: str, **said: Unpack[SaidAndSet]) -> Row:
        """Do one step on one ticket. Raises Refused with what is missing."""
        return self.act_all([words], self.make(do, **said))[0]

    def act_all(self, words: Sequence[str], act: Act) -> list[Row]:
        """Do one step on several tickets, in one commit; all are checked before the first is written."""
        acts.check_fields(act.fields, fixed=("files",) if act.do in ("attach", "edit") else ())
        with self._lock:
            before = [self.store.load(self.store.find(one)) for one in words]
            after = [acts.perform(self._explained(one, act), act, self.policy) for one in before]
            changed = [(old, new) for old, new in zip(before, after, strict=True) if new.log != old.ticket.log]
            written = {old.path: self.store.write(new, old) for old, new in changed}
            if changed:
                self._remember(Done(act, tuple((old.ticket, written[old.path].ticket) for old, _ in changed)))
        return [self._row(written.get(one.path, one), act.now) for one in before]

    def make(self, do: str, **said: Unpack[SaidAndSet]) -> Act:
        """An act by the person at the desk (or `by`), written down now. Raises Refused where nobody is named."""
        by = said.get("by") or self.person
        if not by:
            raise Refused(
                "Nobody is named at this desk.",
                hint="Say who you are once with: git config fenji.user KEY, a key of people in policy.yaml.",
            )
        said["by"] = by
        return Act(do, now=self.now(), **said)

    def attach(self, words: str, paths: Iterable[Path], **said: Unpack[Said]) -> Row:
        """Copy files beside the ticket and name them in it with size and SHA-256."""
        with self._lock:
            number = Path(self.store.find(words)).stem
            items = [self.store.attach(number, one) for one in paths]
            fields = {f"files.{one['name']}": one for one in items}
            return self.act(words, "attach", fields=fields, **said)

    def allowed(self, words: str, do: str) -> Sentence | None:
        """None where the step may be done now, else the sentence that says why not."""
        stored = self.store.load(self.store.find(words))
        try:
            acts.perform(stored.ticket, self.make(do, reason="?", clock="solution"), self.policy)
        except FenjiError as refused:
            return refused.sentence
        return None

    def _explained(self, stored: Stored, act: Act) -> Ticket:
        return self.store.explained(stored, by=act.by, at=act.now)

    def _row(self, stored: Stored, at: datetime | None = None) -> Row:
        reading = clock.reading(stored.ticket, self.policy, at or self.now())
        return Row(stored.ticket, reading, stored.path, stored.changed)

    # --- a ticket in the person's editor --------------------------------------------------------------------------

    def edit_copy(self, words: str) -> Path:
        """A copy of the ticket to edit; one left unfinished earlier is taken up again."""
        return editing.copy(self.row(words).ticket, self.repo.git_dir / "fenji-edits")

    def edit_take(self, words: str, copy: Path, **said: Unpack[Said]) -> Row:
        """Take over what was changed in the copy; what others changed meanwhile stays.

        Raises Damaged with the place, or Refused; then the copy is kept.
        """
        act = replace(self.make("edit", **said), fields=editing.changes(copy))
        row = self.act_all([words], act)[0]
        editing.forget(copy)
        return row

    # --- the handbook, and looking the desk over ------------------------------------------------------------------

    @cached_property
    def book(self) -> Book:
        """The handbook, whose modules are loaded when it is first asked."""
        from fenji.desk.book import Book

        return Book(self.store, self.repo)

    def search(self, text: str, *, limit: int = 10, offset: int = 0, typing: bool = False) -> Hits:
        """The tickets that answer `text`, best first, archived and open; `typing`: the last word may go on."""
        return self.book.search(text, limit=limit, offset=offset, typing=typing)

    def suggest(self, text: str) -> Suggestion:
        """What is like a new ticket of this text, and what such tickets were."""
        return self.book.suggest(text)

    def index(self, *, rebuild: bool = False, progress: Callable[[int], None] | None = None) -> int:
        """Bring the index up to date, or build it anew; how many tickets it holds."""
        return self.book.renew(rebuild=rebuild, progress=progress)

    def check(self) -> Findings:
        """Look the whole desk over; nothing is changed."""
        scans = self.store.scan_open(), self.store.scan_archive()
        tickets = [one for scan in scans for one in scan.tickets]
        damaged = [problem for scan in scans for bad in scan.bad for problem in bad.problems]
        remarks = [one for stored in tickets for one in checking.remarks(self.root, stored, self.policy)]
        return Findings(len(tickets), (*self.policy_bad, *damaged), tuple(remarks))

    # --- undo ---------------------------------------------------------------------------------------------------

    def undo(self) -> Sentence:
        """Take back the last act by an event that makes up for it. Raises Refused where nothing can be taken back."""
        if not self._done:
            raise Refused("There is nothing to undo.", hint="Undo takes back what was done since this desk was opened.")
        last = self._done[-1]
        makeup = [(after.id, acts.inverse(before, after, last.act)) for before, after in last.tickets]
        if any(act is None for _, act in makeup):
            raise Refused("{do} on {ids} stays in the log and cannot be undone.", do=last.act.do, ids=last.ids)
        self._done.pop()
        self._again([(number, act) for number, act in makeup if act])
        self._undone.append(last)
        return Sentence("Undone: {do} on {ids}", {"do": last.act.do, "ids": last.ids})

    def redo(self) -> Sentence:
        """Do again what was last undone. Raises Refused when there is nothing."""
        if not self._undone:
            raise Refused("There is nothing to do again.")
        last = self._undone.pop()
        if last.act.do == "report":
            raise Refused("A withdrawn ticket is not reported again.", hint="Report it as a new one.")
        self._again([(after.id, last.act) for _, after in last.tickets])
        self._done.append(last)
        return Sentence("Done again: {do} on {ids}", {"do": last.act.do, "ids": last.ids})

    def _again(self, many: Sequence[tuple[str, Act]]) -> None:
        kept = list(self._done)
        for number, act in many:
            self.act_all([number], replace(act, now=self.now(), at=None))
        self._done[:] = kept

    def _remember(self, done: Done) -> None:
        self._done.append(done)
        self._undone.clear()
        self._trail.due()

    def _commit(self) -> None:
        with self._lock:
            self.store.commit_pending(self._author)

    def flush(self) -> None:
        """Make the commits that still trail, now."""
        self._trail.flush()

    @property
    def pending_commits(self) -> int:
        return len(self.store.pending())

    def _author(self, person: str) -> tuple[str, str]:
        known = self.policy.people.get(person)
        own = person == self.seat.person
        name = (known.name if known else "") or (self.seat.name if own else "") or person
        email = (known.email if known else "") or (self.seat.email if own else "")
        return name, email or f"{person}@{self.site.lower() or 'desk'}.invalid"


def _ulid(now: datetime) -> str:
    from ulid import ULID

    return str(ULID.from_datetime(now))
