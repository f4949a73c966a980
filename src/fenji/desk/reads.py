"""What can be seen from a desk: who sits at it, the rules in force, the tickets, the handbook. Changes no ticket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import git as repositories
from fenji.desk import acts, dismissed
from fenji.desk import open as opening
from fenji.desk.acts import Act
from fenji.desk.signature_watch import SignatureWatch
from fenji.errors import Damaged, FenjiError, NotFound
from fenji.model import sla as clocks
from fenji.model.annotations import Annotations
from fenji.model.board import VIEWS, Board, Row, RowFilter, build_rows, parse_filter
from fenji.model.ticket import KINDS
from fenji.storage import Store

if TYPE_CHECKING:
    from fenji.desk.check import CheckResult
    from fenji.desk.index import TicketIndex
    from fenji.desk.synonyms import SynonymsInForce
    from fenji.errors import Problem, Sentence
    from fenji.model.annotations import UnsignedStep
    from fenji.model.policy import Policy
    from fenji.model.sla import Explanation
    from fenji.model.ticket import Value
    from fenji.search.searcher import SearchHits
    from fenji.search.similar import Suggestion
    from fenji.storage import StoredTicket


@dataclass(frozen=True)
class TicketPreview:
    """What a new ticket would be promised, while it is being typed."""

    priority: str
    response_due: datetime | None
    solution_due: datetime | None
    owner: str  # as given, else by the first route that fits
    units: tuple[str, ...]


class DeskReads:
    """The reading half of a desk; `fenji.desk.Desk` adds the acts."""

    def __init__(self, root: Path, *, person: str = "", now: Callable[[], datetime] | None = None) -> None:
        self.root = root
        self.repo = repositories.find_repo(root)
        self.store = Store(root, self.repo)
        self.signature_watch = SignatureWatch(self.repo)
        self._now, self._asked_person = now, person
        self._lock = threading.RLock()
        self._index_lock = threading.Lock()
        self._ticket_index: TicketIndex | None = None
        self._synonyms: SynonymsInForce | None = None
        self._synonyms_stamp: object = None
        self._policy_stamp = opening.policy_stamp(root)
        loaded = opening.load_policy(root, self.repo)
        self.policy: Policy = loaded.policy
        self.policy_problems: tuple[Problem, ...] = loaded.problems
        self.user = opening.resolve_user(self.policy, self.repo.read_settings(), person)

    @property
    def site(self) -> str:
        return self.user.site

    @property
    def person(self) -> str:
        return self.user.person

    @property
    def language(self) -> str:
        return self.user.language

    def now(self) -> datetime:
        """The present instant to the second, in the zone of this site."""
        present = self._now() if self._now else datetime.now(self.user.zone)
        return present.astimezone(self.user.zone).replace(microsecond=0)

    # --- what changed outside -------------------------------------------------------------------------------------

    def stamp(self) -> object:
        """Something that differs (`!=`) once files of the desk have changed, by whomever, or unsigned steps came up."""
        return self.store.fingerprint(), self.unsigned

    def refresh(self) -> None:
        """Read policy and settings again. A policy that went bad since leaves the last good one in force.

        The board, new tickets and acts do so by themselves once policy.yaml has changed.
        """
        self._policy_stamp = opening.policy_stamp(self.root)
        try:
            loaded = opening.load_policy(self.root, self.repo)
        except Damaged as damaged:  # git has none either: the one that is in force stays
            self.policy_problems = damaged.problems
        else:
            self.policy, self.policy_problems = loaded.policy, loaded.problems
        self.user = opening.resolve_user(self.policy, self.repo.read_settings(), self._asked_person)

    def _reload_changed_policy(self) -> None:
        if opening.policy_stamp(self.root) != self._policy_stamp:
            self.refresh()

    # --- tickets --------------------------------------------------------------------------------------------------

    def board(self, filter_text: str = "", *, at: datetime | None = None, archived: bool = False) -> Board:
        """The rows that match the filter, the promise that runs out next on top, and the bad files.

        Open tickets; with `archived` those of the archive too. Raises Misused for a filter that cannot be read.
        """
        self._reload_changed_policy()
        row_filter = self._parse_filter(filter_text)
        instant = at or self.now()
        scans = [self.store.scan_open(), *([self.store.scan_archive()] if archived else [])]
        tickets = ((stored.ticket, stored.path, stored.hand_edited) for scan in scans for stored in scan.tickets)
        matching = tuple(
            row for row in build_rows(tickets, self.policy, instant, self.annotations) if row_filter.matches(row)
        )
        return Board(matching, tuple(bad for scan in scans for bad in scan.bad_files), instant)

    def _parse_filter(self, filter_text: str) -> RowFilter:
        if not filter_text.strip():
            return RowFilter("", ())
        from fenji.text import fold

        return parse_filter(filter_text, me=self.person, fold=fold)

    def row(self, number: str, *, uid: str = "", at: datetime | None = None) -> Row:
        """The ticket whose number ends in `words`; with `uid` that one, also where a sync gave it another number.

        Raises NotFound, Refused where several do, Damaged if unreadable.
        """
        return self._make_row(self._find_stored(number, uid), at)

    def _find_stored(self, number: str, uid: str = "") -> StoredTicket:
        missing: FenjiError | None = None
        try:
            stored = self.store.load(self.store.find_path(str(number)))
            if uid in ("", stored.ticket.uid):
                return stored
        except FenjiError as error:
            missing = error
        moved = next(
            (candidate for candidate in self.store.scan_open().tickets if uid and candidate.ticket.uid == uid), None
        )
        if moved is None:
            raise missing or NotFound("There is no ticket {number}.", number=number)
        return moved

    def _make_row(self, stored: StoredTicket, at: datetime | None = None) -> Row:
        return build_rows(
            [(stored.ticket, stored.path, stored.hand_edited)], self.policy, at or self.now(), self.annotations
        )[0]

    @property
    def annotations(self) -> Annotations:
        """What is known of the tickets beside their files: what was put aside here, which steps lack a signature."""
        return Annotations(self.person, dismissed.dismissed_names(self.repo, self.person), self.unsigned)

    @property
    def unsigned(self) -> Mapping[str, tuple[UnsignedStep, ...]]:
        """By uid the steps without the signature that the policy demands, as far as the history was looked at."""
        return self.signature_watch.unsigned(self.policy)

    def explain_clocks(self, number: str, *, at: datetime | None = None) -> Explanation:
        """How both verdicts came about, stretch by stretch (clock rules 24)."""
        return clocks.explain_clocks(self._find_stored(number).ticket, self.policy, at or self.now())

    def path_of(self, number: str) -> Path:
        """The ticket's file."""
        return self.root.joinpath(self.store.find_path(number))

    def views(self) -> list[tuple[str, str]]:
        """The standing views and those that the policy shares, as (label, filter)."""
        return [*VIEWS, *self.policy.views.items()]

    # --- before an act --------------------------------------------------------------------------------------------

    def preview(self, fields: Mapping[str, Value]) -> TicketPreview:
        """Priority, both due times, owner and units that a ticket with these fields would get if reported now.

        Raises Misused or Refused for a value that does not fit.
        """
        act = Act("report", self.person or "?", opening.fix_offset(self.now()), reason="?")
        values = {**acts.validate_fields(fields), "id": "X-2000-0000", "uid": "0" * 26, "site": self.site}
        draft = acts.report(values, act, self.policy)
        reading = clocks.reading(draft, self.policy, act.now)
        units = tuple(str(unit) for unit in draft.units)
        return TicketPreview(draft.priority, reading.response.due, reading.solution.due, draft.owner, units)

    def find_obstacle(self, number: str, do: str) -> Sentence | None:
        """None where the person may do the step now, else the sentence that says why not.

        What a step is asked with (reason, note, clock, owner) is not missed. Fields that the policy wants first are:
        the sentence then holds them as `leaves`.
        """
        try:
            by = self._require_person("")
            ticket = self._find_stored(number).ticket
        except FenjiError as refused:
            return refused.sentence
        return acts.find_obstacle(ticket, do, by=by, now=opening.fix_offset(self.now()), policy=self.policy)

    def _require_person(self, by: str) -> str:
        return opening.require_person(by or self.person)

    # --- the handbook, and looking the desk over ------------------------------------------------------------------

    @property
    def ticket_index(self) -> TicketIndex:
        """The handbook, whose modules are loaded when it is first asked."""
        with self._index_lock:
            if self._ticket_index is None:
                from fenji.desk.index import TicketIndex

                self._ticket_index = TicketIndex(self.store, self.repo)
            return self._ticket_index

    def search(self, text: str, *, limit: int = 10, offset: int = 0, typing: bool = False) -> SearchHits:
        """The tickets that answer `text`, best first, archived and open; `typing`: the last word may go on."""
        groups = self.synonyms().groups
        return self.ticket_index.search(
            text, limit=limit, offset=offset, typing=typing, me=self.person, synonyms=groups
        )

    def synonyms(self) -> SynonymsInForce:
        """The groups of words for one thing that are in force, and what is wrong with handbook.yaml.

        The file is read again once it has changed; a bad one leaves the last good one from git in force.
        """
        from fenji.desk import synonyms as wordbook

        stamp = wordbook.file_stamp(self.root)
        if self._synonyms is None or stamp != self._synonyms_stamp:
            self._synonyms, self._synonyms_stamp = wordbook.load_synonyms(self.root, self.repo), stamp
        return self._synonyms

    def check_synonyms(self, words: Iterable[str]) -> None:
        """Raise Misused where these words make no group."""
        from fenji.model import synonyms

        synonyms.make_group(words)

    def fold(self, text: str) -> str:
        """A text as texts are compared: script, letter case and width make no difference."""
        from fenji.text import fold

        return fold(text)

    @property
    def synonym_problems(self) -> tuple[Problem, ...]:
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
        return self.ticket_index.suggest(text, exclude=exclude, known=known, synonyms=self.synonyms().groups)

    def update_index(self, *, rebuild: bool = False, progress: Callable[[int], None] | None = None) -> int:
        """Bring the index up to date, or build it anew; how many tickets it holds."""
        return self.ticket_index.reindex(rebuild=rebuild, progress=progress)

    def check(self) -> CheckResult:
        """Look the whole desk over; nothing is changed."""
        from fenji.desk import check as checking

        return checking.check_desk(self)
