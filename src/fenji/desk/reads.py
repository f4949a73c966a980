"""The read-only half of a desk: the person at it, the policy in force, tickets and search."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from fenji import git as repositories
from fenji.desk import acts, dismissed, obstacles, people
from fenji.desk import open as opening
from fenji.desk.act_details import TicketPreview
from fenji.desk.acts import Act
from fenji.desk.history_watch import HistoryWatch
from fenji.desk.value_checks import validate_fields
from fenji.errors import Damaged, FenjiError, NotFound, Problem, Sentence
from fenji.git import refs
from fenji.git.refs import HELD_REFS
from fenji.model import sla as clocks
from fenji.model.annotations import Annotations, HeldAct, Mark
from fenji.model.board import VIEWS, Board, Row, build_rows, counted_ticket
from fenji.model.filter_verdicts import Today
from fenji.model.filters import RowFilter, parse_filter
from fenji.model.ticket import KINDS, LooseValue, Ticket
from fenji.model.worktime.zone import find_zone
from fenji.storage import Store, StoredTicket

if TYPE_CHECKING:
    from fenji.desk.index import TicketIndex
    from fenji.desk.synonym_book import SynonymBook
    from fenji.model.board import BadFile
    from fenji.model.policy import Policy
    from fenji.model.sla import Explanation
    from fenji.search.searcher import SearchHits
    from fenji.search.similar import Suggestion
    from fenji.storage.reader import Fingerprint

DeskStamp: TypeAlias = "tuple[Fingerprint, Mapping[str, tuple[Mark, ...]]]"


class DeskReads:
    """The read-only half of a desk; `fenji.desk.Desk` adds the acts."""

    synonyms: SynonymBook  # set by `Desk`, which can write them

    def __init__(self, root: Path, *, person: str = "", now: Callable[[], datetime] | None = None) -> None:
        self.root = root
        self.repo = repositories.find_repo(root)
        self.store = Store(root, self.repo)
        self.history_watch = HistoryWatch(self.repo)
        self._now, self._asked_person = now, person
        self._lock = threading.RLock()
        self._index_lock = threading.Lock()
        self._ticket_index: TicketIndex | None = None
        settings = self.repo.read_settings()
        self.policy_in_force = opening.load_policy_in_force(root, self.repo, settings)
        self.user = opening.resolve_user(self.policy, settings, person)

    @property
    def policy(self) -> Policy:
        """The policy in force, which policy.yaml may differ from."""
        return self.policy_in_force.policy

    @property
    def policy_problems(self) -> tuple[Problem, ...]:
        """Why policy.yaml, or the policy on the hub's branch, cannot be used."""
        return self.policy_in_force.problems

    @property
    def policy_notice(self) -> Sentence | None:
        """The notice to show next to every due time while policy.yaml is not the policy in force; else None."""
        return self.policy_in_force.notice

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
        """Return the present instant to the second, in the zone of this site."""
        present = self._now() if self._now else datetime.now(self.user.zone)
        return present.astimezone(self.user.zone).replace(microsecond=0)

    def today(self) -> Today:
        """Return the date from which the filter language counts, in the desk's zone."""
        return Today.at(self.now(), self.period_zone)

    @property
    def period_zone(self) -> tzinfo:
        """The time zone of periods: that of the policy, never of this machine or clone."""
        return find_zone(self.policy.zone) or UTC

    # --- changes from outside -------------------------------------------------------------------------------------

    def stamp(self) -> DeskStamp:
        """Return a value that differs (`!=`) after any change of the desk's files or of the marked steps."""
        return self.store.reader.fingerprint(), self.marks

    def refresh(self) -> None:
        """Reload policy and settings. If the policy is bad, the last good one stays in force."""
        settings = self.repo.read_settings()
        try:
            self.policy_in_force = opening.load_policy_in_force(self.root, self.repo, settings)
        except Damaged as damaged:  # git has no good policy either: keep the present one
            self.policy_in_force = replace(self.policy_in_force, problems=damaged.problems)
        self.user = opening.resolve_user(self.policy, settings, self._asked_person)

    def reload_changed_policy(self) -> None:
        """Reload policy and settings if policy.yaml has changed or another policy was fetched."""
        if self.policy_in_force.is_outdated:
            self.refresh()

    # --- tickets --------------------------------------------------------------------------------------------------

    def board(self, filter_text: str = "", *, at: datetime | None = None, archived: bool = False) -> Board:
        """Return the rows that match the filter, the next promise to run out first, and the bad files.

        Includes the archive only with `archived`. Raises InvalidUsage for an invalid filter.
        """
        self.reload_changed_policy()
        row_filter = self.row_filter(filter_text)
        instant = at or self.now()
        scans = [self.store.reader.scan_open(), *([self.store.reader.scan_archive()] if archived else [])]
        tickets = [(stored.ticket, stored.path, stored.hand_edited) for scan in scans for stored in scan.tickets]
        rows = build_rows(tickets, self.policy, instant, self.annotations)
        matching = tuple(filter(row_filter.matches, rows))
        if not matching:
            self._check_filter_values(row_filter)
        return Board(matching, tuple(bad for scan in scans for bad in scan.bad_files), instant)

    @property
    def open_bad_files(self) -> tuple[BadFile, ...]:
        """The files among the open tickets that cannot be read; unchanged files are not read again."""
        return self.store.reader.scan_open().bad_files

    def check_filter(self, filter_text: str) -> None:
        """Raise InvalidUsage for an invalid filter, or one that asks for an owner, site … that no ticket has."""
        self._check_filter_values(self.row_filter(filter_text))

    def _check_filter_values(self, row_filter: RowFilter) -> None:
        if row_filter.values:
            from fenji.model import filter_values
            from fenji.text import fold

            scans = (scan() for scan in (self.store.reader.scan_open, self.store.reader.scan_archive))
            everywhere = (stored.ticket for scan in scans for stored in scan.tickets)
            filter_values.check_known(row_filter.values, everywhere, self.policy, fold)

    def row_filter(self, filter_text: str) -> RowFilter:
        """Return the parsed filter. Raises InvalidUsage for an invalid one."""
        if not filter_text.strip():
            return RowFilter("", ())
        from fenji.text import fold

        return parse_filter(filter_text, me=self.person, fold=fold, today=self.today())

    def find_path(self, number: str, *, acting: bool = False) -> str:
        """Return the path, below the desk, of the ticket whose number ends in `number`, this site's tickets first.

        With `acting` a single digit is not enough. The rule is in the reader's `find_path`.
        """
        return self.store.reader.find_path(str(number), site=self.site, acting=acting)

    def row(self, number: str, *, uid: str = "", at: datetime | None = None) -> Row:
        """Return the row of the ticket whose number ends in `number`.

        With `uid` it is the ticket with that uid, even if a sync has renumbered it. Raises NotFound, Refused if several
        match, Damaged if its file is unreadable.
        """
        return self._make_row(self._find_stored(number, uid), at)

    def _find_target(self, number: str, uid: str = "") -> StoredTicket:
        """Return the ticket to act on."""
        return self._find_stored(number, uid, acting=True)

    def _find_stored(self, number: str, uid: str = "", *, acting: bool = False) -> StoredTicket:
        missing: FenjiError | None = None
        try:
            stored = self.store.reader.load(self.find_path(number, acting=acting))
            if uid in ("", stored.ticket.uid):
                return stored
        except FenjiError as error:
            missing = error
        moved = next(
            (candidate for candidate in self.store.reader.scan_open().tickets if uid and candidate.ticket.uid == uid),
            None,
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
        """What this clone knows about tickets besides their files: dismissed values, marked steps, held acts."""
        dismissed_names = dismissed.dismissed_names(self.repo, self.person)
        return Annotations(self.person, dismissed_names, self.marks, self._held())

    def _held(self) -> Mapping[str, tuple[HeldAct, ...]]:
        if not refs.may_have(self.repo, HELD_REFS):
            return {}
        from fenji.sync.held import held_by_ticket

        return held_by_ticket(self.repo)

    @property
    def marks(self) -> Mapping[str, tuple[Mark, ...]]:
        """The steps that no hub would have accepted, by uid, as far as the history was scanned."""
        return self.history_watch.marks(self.policy)

    def counted_tickets(self, tickets: Iterable[Ticket]) -> Iterator[Ticket]:
        """Yield tickets as the figures count them: without the events, or whole tickets, that a hub would refuse."""
        self.history_watch.scan(self.policy)
        marks = self.marks
        counted = (counted_ticket(ticket, marks.get(ticket.uid, ())) for ticket in tickets)
        yield from (ticket for ticket in counted if ticket)

    def explain_clocks(self, number: str, *, at: datetime | None = None) -> Explanation:
        """Explain how both verdicts came about, interval by interval (clock rules 24)."""
        return clocks.explain_clocks(self._find_stored(number).ticket, self.policy, at or self.now())

    def path_of(self, number: str, *, acting: bool = False) -> Path:
        """Return the full path of the ticket's file; with `acting` a single digit is not enough."""
        return self.root.joinpath(self.find_path(number, acting=acting))

    def views(self) -> list[tuple[str, str]]:
        """Return the built-in views and those of the policy, as (label, filter)."""
        return [*VIEWS, *self.policy.views.items()]

    # --- before an act --------------------------------------------------------------------------------------------

    def preview(self, fields: Mapping[str, LooseValue]) -> TicketPreview:
        """Return the priority, both due times, owner and units of a ticket with these fields if it were reported now.

        Raises InvalidUsage or Refused for a value that does not fit.
        """
        act = Act("report", self.person or "?", opening.fix_offset(self.now()), reason="?")
        values = {**validate_fields(fields), "id": "X-2000-0000", "uid": "0" * 26, "site": self.site}
        with people.insist():
            draft = acts.report(values, act, self.policy)
        reading = clocks.reading(draft, self.policy, act.now)
        units = tuple(str(unit) for unit in draft.units)
        judged = bool(values.get("priority") or (values.get("impact") and values.get("occurrence")))
        return TicketPreview(draft.priority, reading.response.due, reading.solution.due, draft.owner, units, judged)

    def find_obstacle(self, number: str, do: str) -> Sentence | None:
        """Return the sentence that says why the person may not do the step now, or None if they may.

        Values given with the step itself (reason, note, clock, owner) do not count as missing. Fields that the policy
        requires do; the sentence then has them as `field_paths`.
        """
        try:
            by = self._require_person("")
            ticket = self._find_stored(number).ticket
        except FenjiError as refused:
            return refused.sentence
        return obstacles.find_obstacle(ticket, do, by=by, now=opening.fix_offset(self.now()), policy=self.policy)

    def _require_person(self, by: str) -> str:
        """Return the acting person. Raises Refused if nobody is named, UnknownName for somebody else who is unknown.

        The person at the desk may be new to the policy: whether they may do an act is checked when it is accepted.
        """
        self.reload_changed_policy()
        person = opening.require_person(by or self.person)
        if person != self.user.self_named:
            people.check_person(person, self.policy)
        return person

    # --- search ---------------------------------------------------------------------------------------------------

    @property
    def ticket_index(self) -> TicketIndex:
        """The search index, whose modules are imported on first use."""
        with self._index_lock:
            if self._ticket_index is None:
                from fenji.desk.index import TicketIndex

                self._ticket_index = TicketIndex(self.store, self.repo)
            return self._ticket_index

    @property
    def index_notice(self) -> Sentence | None:
        """Which index is searched instead, and why, if the desk's own cannot follow the tickets; None if it can."""
        return self._ticket_index.notice if self._ticket_index else None

    def search(self, text: str, *, limit: int = 10, offset: int = 0, typing: bool = False) -> SearchHits:
        """Return the tickets that match `text`, best first. With `typing` the last word may be incomplete."""
        groups = self.synonyms.in_force().groups
        return self.ticket_index.search(
            text, limit=limit, offset=offset, typing=typing, me=self.person, synonyms=groups
        )

    def suggest(self, text: str, *, exclude: str = "") -> Suggestion:
        """Return tickets similar to a new one with this text, and the field values that they suggest.

        `exclude` is the path of a ticket to skip. Grades, people and units that the policy in force does not know, or
        that have ended, are never suggested.
        """
        policy, now = self.policy, self.now()
        known: dict[str, Collection[str]] = {
            "kind": KINDS,
            "impact": policy.impact,
            "occurrence": policy.occurrence,
            "priority": policy.levels,
            "owner": policy.present_people(now),
            "units": policy.present_units(now),
        }
        return self.ticket_index.suggest(text, exclude=exclude, known=known, synonyms=self.synonyms.in_force().groups)

    def update_index(self, *, rebuild: bool = False, progress: Callable[[int], None] | None = None) -> int:
        """Update the index, or rebuild it, and return the number of tickets in it."""
        return self.ticket_index.reindex(rebuild=rebuild, progress=progress)
