"""What can be seen from a desk: who sits at it, the rules in force, the tickets, the handbook. Changes no ticket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import clock
from fenji import repo as repositories
from fenji.beside import Beside
from fenji.board import VIEWS, Board, Filter, Row, parse, rows
from fenji.desk import acts, aside, opening
from fenji.desk.acts import Act
from fenji.desk.watch import Watch
from fenji.errors import Damaged, FenjiError, NotFound
from fenji.store import Store
from fenji.ticket import KINDS

if TYPE_CHECKING:
    from fenji.beside import Unsigned
    from fenji.clock import Story
    from fenji.desk.book import Book
    from fenji.desk.checking import Findings
    from fenji.desk.wordbook import Synonyms
    from fenji.errors import Problem, Sentence
    from fenji.handbook.likeness import Suggestion
    from fenji.handbook.searching import Hits
    from fenji.policy import Policy
    from fenji.store import Stored
    from fenji.ticket import Value


@dataclass(frozen=True)
class Preview:
    """What a new ticket would be promised, while it is being typed."""

    priority: str
    response_due: datetime | None
    solution_due: datetime | None
    owner: str  # as given, else by the first route that fits
    units: tuple[str, ...]


class Outlook:
    """The reading half of a desk; `fenji.desk.Desk` adds the acts."""

    def __init__(self, root: Path, *, person: str = "", now: Callable[[], datetime] | None = None) -> None:
        self.root = root
        self.repo = repositories.find(root)
        self.store = Store(root, self.repo)
        self.watch = Watch(self.repo)
        self._now, self._asked_person = now, person
        self._lock = threading.RLock()
        self._opening_book = threading.Lock()
        self._book: Book | None = None
        self._synonyms: Synonyms | None = None
        self._synonyms_mark: object = None
        self._policy_mark = opening.mark(root)
        found = opening.rules(root, self.repo)
        self.policy: Policy = found.policy
        self.policy_bad: tuple[Problem, ...] = found.problems
        self.seat = opening.seat(self.policy, self.repo.settings(), person)

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

    # --- what changed outside -------------------------------------------------------------------------------------

    def stamp(self) -> object:
        """Something that differs (`!=`) once files of the desk have changed, by whomever, or unsigned steps came up."""
        return self.store.stamp(), self.unsigned

    def refresh(self) -> None:
        """Read policy and settings again. A policy that went bad since leaves the last good one in force.

        The board, new tickets and acts do so by themselves once policy.yaml has changed.
        """
        self._policy_mark = opening.mark(self.root)
        try:
            found = opening.rules(self.root, self.repo)
        except Damaged as damaged:  # git has none either: the one that is in force stays
            self.policy_bad = damaged.problems
        else:
            self.policy, self.policy_bad = found.policy, found.problems
        self.seat = opening.seat(self.policy, self.repo.settings(), self._asked_person)

    def _follow_policy(self) -> None:
        if opening.mark(self.root) != self._policy_mark:
            self.refresh()

    # --- tickets --------------------------------------------------------------------------------------------------

    def board(self, words: str = "", *, at: datetime | None = None, archived: bool = False) -> Board:
        """The rows that match the filter, the promise that runs out next on top, and the bad files.

        Open tickets; with `archived` those of the archive too. Raises Misused for a filter that cannot be read.
        """
        self._follow_policy()
        wanted = self._filter(words)
        when = at or self.now()
        scans = [self.store.scan_open(), *([self.store.scan_archive()] if archived else [])]
        tickets = ((one.ticket, one.path, one.changed) for scan in scans for one in scan.tickets)
        found = tuple(row for row in rows(tickets, self.policy, when, self.beside) if wanted.matches(row))
        return Board(found, tuple(one for scan in scans for one in scan.bad), when)

    def _filter(self, words: str) -> Filter:
        if not words.strip():
            return Filter("", ())
        from fenji.analysis import fold

        return parse(words, me=self.person, fold=fold)

    def row(self, words: str, *, uid: str = "", at: datetime | None = None) -> Row:
        """The ticket whose number ends in `words`; with `uid` that one, also where a sync gave it another number.

        Raises NotFound, Refused where several do, Damaged if unreadable.
        """
        return self._row(self._stored(words, uid), at)

    def _stored(self, words: str, uid: str = "") -> Stored:
        missing: FenjiError | None = None
        try:
            found = self.store.load(self.store.find(str(words)))
            if uid in ("", found.ticket.uid):
                return found
        except FenjiError as error:
            missing = error
        there = next((one for one in self.store.scan_open().tickets if uid and one.ticket.uid == uid), None)
        if there is None:
            raise missing or NotFound("There is no ticket {number}.", number=words)
        return there

    def _row(self, stored: Stored, at: datetime | None = None) -> Row:
        return rows([(stored.ticket, stored.path, stored.changed)], self.policy, at or self.now(), self.beside)[0]

    @property
    def beside(self) -> Beside:
        """What is known of the tickets beside their files: what was put aside here, which steps lack a signature."""
        return Beside(self.person, aside.names(self.repo, self.person), self.unsigned)

    @property
    def unsigned(self) -> Mapping[str, tuple[Unsigned, ...]]:
        """By uid the steps without the signature that the policy demands, as far as the history was looked at."""
        return self.watch.unsigned(self.policy)

    def story(self, words: str, *, at: datetime | None = None) -> Story:
        """How both verdicts came about, stretch by stretch (clock rules 24)."""
        return clock.explain(self._stored(words).ticket, self.policy, at or self.now())

    def file_of(self, words: str) -> Path:
        """The ticket's file."""
        return self.root.joinpath(self.store.find(words))

    def views(self) -> list[tuple[str, str]]:
        """The standing views and those that the policy shares, as (label, filter)."""
        return [*VIEWS, *self.policy.views.items()]

    # --- before an act --------------------------------------------------------------------------------------------

    def preview(self, fields: Mapping[str, Value]) -> Preview:
        """Priority, both due times, owner and units that a ticket with these fields would get if reported now.

        Raises Misused or Refused for a value that does not fit.
        """
        act = Act("report", self.person or "?", opening.fixed(self.now()), reason="?")
        values = {**acts.settled(fields), "id": "X-2000-0000", "uid": "0" * 26, "site": self.site}
        draft = acts.report(values, act, self.policy)
        reading = clock.reading(draft, self.policy, act.now)
        units = tuple(str(one) for one in draft.units)
        return Preview(draft.priority, reading.response.due, reading.solution.due, draft.owner, units)

    def allowed(self, words: str, do: str) -> Sentence | None:
        """None where the person may do the step now, else the sentence that says why not.

        What a step is asked with (reason, note, clock, owner) is not missed. Fields that the policy wants first are:
        the sentence then holds them as `leaves`.
        """
        try:
            by = self._named("")
            ticket = self._stored(words).ticket
        except FenjiError as refused:
            return refused.sentence
        return acts.hindrance(ticket, do, by=by, now=opening.fixed(self.now()), policy=self.policy)

    def _named(self, by: str) -> str:
        return opening.named(by or self.person)

    # --- the handbook, and looking the desk over ------------------------------------------------------------------

    @property
    def book(self) -> Book:
        """The handbook, whose modules are loaded when it is first asked."""
        with self._opening_book:
            if self._book is None:
                from fenji.desk.book import Book

                self._book = Book(self.store, self.repo)
            return self._book

    def search(self, text: str, *, limit: int = 10, offset: int = 0, typing: bool = False) -> Hits:
        """The tickets that answer `text`, best first, archived and open; `typing`: the last word may go on."""
        groups = self.synonyms().groups
        return self.book.search(text, limit=limit, offset=offset, typing=typing, me=self.person, synonyms=groups)

    def synonyms(self) -> Synonyms:
        """The groups of words for one thing that are in force, and what is wrong with handbook.yaml.

        The file is read again once it has changed; a bad one leaves the last good one from git in force.
        """
        from fenji.desk import wordbook

        mark = wordbook.mark(self.root)
        if self._synonyms is None or mark != self._synonyms_mark:
            self._synonyms, self._synonyms_mark = wordbook.in_force(self.root, self.repo), mark
        return self._synonyms

    def check_synonyms(self, words: Iterable[str]) -> None:
        """Raise Misused where these words make no group."""
        from fenji import synonyms

        synonyms.check(words)

    def folded(self, text: str) -> str:
        """A text as texts are compared: script, letter case and width make no difference."""
        from fenji.analysis import fold

        return fold(text)

    @property
    def synonyms_bad(self) -> tuple[Problem, ...]:
        """What was wrong with handbook.yaml when it was last read; nothing before."""
        return self._synonyms.problems if self._synonyms else ()

    def suggest(self, text: str, *, exclude: str = "") -> Suggestion:
        """What is like a new ticket of this text, and what such tickets were; `exclude` is the path of one to skip.

        Grades, people and units that the policy in force does not know are never suggested.
        """
        policy = self.policy
        known: dict[str, Collection[str]] = {
            "kind": KINDS,
            "impact": policy.impact,
            "occurrence": policy.occurrence,
            "priority": policy.levels,
            "owner": policy.people,
            "units": policy.units,
        }
        return self.book.suggest(text, exclude=exclude, known=known, synonyms=self.synonyms().groups)

    def index(self, *, rebuild: bool = False, progress: Callable[[int], None] | None = None) -> int:
        """Bring the index up to date, or build it anew; how many tickets it holds."""
        return self.book.renew(rebuild=rebuild, progress=progress)

    def check(self) -> Findings:
        """Look the whole desk over; nothing is changed."""
        from fenji.desk import checking

        return checking.findings(self)
