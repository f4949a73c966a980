"""The facts of a desk's tickets under the policy in force, now or at an instant, without events no hub would accept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fenji.errors import Refused
from fenji.model.policy.newer import describe_newer
from fenji.model.sla.names import EXCUSED_BY_CORRECTION
from fenji.storage.figure_reader import FigureReader, Progress

if TYPE_CHECKING:
    from fenji.desk.reads import DeskReads
    from fenji.model.appraisal.facts import Facts, TicketFacts
    from fenji.model.board import BadFile

_FRESH = timedelta(minutes=1)  # for which facts are reused; short enough to notice promises that run out


class DeskFacts:
    """The facts of all tickets, read once and reused for a minute unless something changes."""

    def __init__(self, desk: DeskReads) -> None:
        self._desk = desk
        self._facts: tuple[object, Facts] | None = None
        self.read_at = desk.now()  # the instant at which the facts hold
        self.bad_archived: Sequence[BadFile] = ()  # the archived files that could not be read

    def read(self, *, as_of: datetime | None = None, progress: Progress | None = None) -> Facts:
        """Return the facts of all tickets: now, or as the events up to the instant `as_of` left them."""
        self._desk.history_watch.scan(self._desk.policy)
        self._desk.reload_changed_policy()
        if self._desk.policy.newer_format:
            raise Refused("{reason}", reason=describe_newer(self._desk.policy))
        stamp, now = (self._desk.stamp(), self._desk.policy_in_force.data), self._desk.now()
        if self._facts is None or self._facts[0] != stamp or not timedelta(0) <= now - self.read_at < _FRESH:
            reader = self._reader()
            self._facts, self.read_at = (stamp, self._without_refused(reader.read(now, progress=progress))), now
            self.bad_archived = reader.bad_files
        return self._read_as_of(self._facts[1], as_of) if as_of and as_of < self.read_at else self._facts[1]

    def _reader(self) -> FigureReader:
        return FigureReader(self._desk.store, self._desk.repo, self._desk.policy_in_force.data)

    def _read_as_of(self, facts: Facts, at: datetime) -> Facts:
        """Return the facts at an instant, reading again only the tickets that were different then.

        These are the tickets with later events, with verdicts that a correction excuses, and with running clocks.
        """
        seconds = int(at.timestamp())
        later = facts.tickets.select(bytes(last > seconds for last in facts.tickets.columns["last"]))
        uids = {*later.column("uid"), *corrected_tickets(facts), *running_tickets(facts)}
        marked = self._desk.marks.keys() & uids
        numbers = _numbers(facts)
        left = facts.without(uids)
        found = self._reader().read_tickets((numbers[uid] for uid in uids - marked), at)
        left.add(fact for fact in (*found, *self._read_marked(facts, marked, at)) if fact.ticket.reported)
        return left

    def _without_refused(self, facts: Facts) -> Facts:
        """Return the facts with marked tickets read again without the events that no hub would have accepted."""
        if not self._desk.marks:
            return facts
        left = facts.without(self._desk.marks)
        left.add(self._read_marked(facts, self._desk.marks, self._desk.now()))
        return left

    def _read_marked(self, facts: Facts, uids: Iterable[str], at: datetime) -> Iterator[TicketFacts]:
        from fenji.model.appraisal.read_facts import read_facts

        numbers = _numbers(facts) if uids else {}
        tickets = [self._desk.row(numbers[uid], uid=uid).ticket for uid in uids if uid in numbers]
        return (read_facts(ticket, self._desk.policy, at) for ticket in self._desk.counted_tickets(tickets))


def corrected_tickets(facts: Facts) -> set[str]:
    """Return the uids of the tickets with a verdict that a correction excuses."""
    number = facts.words.find(EXCUSED_BY_CORRECTION)
    return set(facts.signs.select(bytes(sign == number for sign in facts.signs.columns["sign"])).column("uid"))


def running_tickets(facts: Facts) -> set[str]:
    """Return the uids of the tickets with a verdict whose clock still runs, so that its durations grow."""
    verdicts = facts.verdicts
    return set(verdicts.select(bytes(not over for over in verdicts.columns["over"])).column("uid"))


def _numbers(facts: Facts) -> dict[str, str]:
    return dict(zip(facts.tickets.column("uid"), facts.tickets.column("id"), strict=True))
