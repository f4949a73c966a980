"""Find what changed in the figures of a period, compared with an issue or with the facts of a commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.desk.figure_facts import corrected_tickets
from fenji.errors import FenjiError, Refused
from fenji.model.appraisal.changes import (
    UNEXPLAINED,
    Cause,
    Difference,
    FigureChange,
    TicketPast,
    find_cause,
    find_differences,
)
from fenji.model.appraisal.facts import Facts
from fenji.model.appraisal.issued import KnownVerdict, VerdictKey, Verdicts, known_verdicts
from fenji.model.appraisal.read_facts import read_facts
from fenji.storage import layout, past_tickets

if TYPE_CHECKING:
    from fenji.desk.reads import DeskReads
    from fenji.model.appraisal.issued import IssuedFigures
    from fenji.model.periods import Period
    from fenji.model.ticket import Ticket
    from fenji.model.values import JsonValue


class Baseline(Struct, frozen=True):
    """The baseline of a comparison: a commit, the instant at which it was known, and its issue if it is one."""

    commit: str
    at: datetime
    issue: IssuedFigures | None = None

    def mapping(self) -> dict[str, JsonValue]:
        """Return the baseline as a JSON object."""
        named = {"issue": self.issue.name} if self.issue else {}
        return {**named, "commit": self.commit, "at": self.at.isoformat()}


class FigureChanges:
    """Compares the verdicts of a period with those that were known at a baseline.

    `facts` are the present ones. With `narrowed` only their tickets are compared, with `clock` only that clock.
    """

    def __init__(
        self, desk: DeskReads, facts: Facts, period: Period, *, clock: str = "", narrowed: bool = False
    ) -> None:
        self._desk, self._facts, self._clock = desk, facts, clock
        self._start, self._end = period.start, period.end
        self._uids = set(facts.tickets.column("uid")) if narrowed else None

    def differences(self, baseline: Baseline) -> list[Difference]:
        """Return the differences without their causes. Raises Refused for a commit that is not in this clone."""
        end = min(self._end, baseline.at)
        after = known_verdicts(self._facts, self._start, end)
        if baseline.issue:
            before: Verdicts = baseline.issue.verdict_map()
        else:
            before, after = self._changed_since(baseline, after, end)
        found = find_differences(before, after)
        return [difference for difference in found if self._is_asked(difference)]

    def _is_asked(self, difference: Difference) -> bool:
        key = difference.key
        return self._clock in ("", key.clock) and (self._uids is None or key.uid in self._uids)

    def changes(self, baseline: Baseline) -> list[FigureChange]:
        """Return the differences, each with its cause."""
        differences = self.differences(baseline)
        pasts = {past.ticket.uid: past for past in self._pasts(baseline, differences)}
        now, policy = self._desk.now(), self._desk.policy
        found = []
        for difference in differences:
            past = pasts.get(difference.key.uid)
            cause = find_cause(difference, past, policy, now) if past else Cause(UNEXPLAINED)
            if past and cause.event and cause.since is None:
                since = past_tickets.find_arrival(self._desk.repo, baseline.commit, past.ticket, cause.event)
                cause = replace(cause, since=since)
            found.append(FigureChange(difference, cause))
        return found

    # --- the facts of a commit ------------------------------------------------------------------------------------

    def _changed_since(
        self, baseline: Baseline, after: Verdicts, end: datetime
    ) -> tuple[Verdicts, dict[VerdictKey, KnownVerdict]]:
        """Return the verdicts, at the commit and now, of the tickets that have changed since the commit."""
        paths = past_tickets.changed_paths(self._desk.repo, baseline.commit)
        if paths is None:
            raise Refused("{commit} is not in this clone.", hint="Name another commit.", commit=baseline.commit[:12])
        corrected = self._later_corrected(baseline.at)
        numbers = self._numbers()
        paths += [path for uid in corrected for path in layout.ticket_paths(numbers[uid])]
        paths += [stored.path for stored in self._desk.store.reader.scan_open().tickets]
        then = past_tickets.read_tickets(self._desk.repo, baseline.commit, dict.fromkeys(paths))
        facts = Facts()
        tickets = self._desk.counted_tickets(then.values())
        facts.add(read_facts(ticket, self._desk.policy, baseline.at) for ticket in tickets)
        before = known_verdicts(facts, self._start, end)
        stems = {path.rpartition("/")[2].removesuffix(".yaml") for path in paths}
        touched = then.keys() | corrected | {uid for uid, number in numbers.items() if number in stems}
        return before, {key: verdict for key, verdict in after.items() if key.uid in touched}

    def _later_corrected(self, at: datetime) -> set[str]:
        if all(correction.on <= at for correction in self._desk.policy.corrections):
            return set()
        return corrected_tickets(self._facts)

    def _numbers(self) -> dict[str, str]:
        tickets = self._facts.tickets
        return dict(zip(tickets.column("uid"), tickets.column("id"), strict=True))

    # --- the past of single tickets -------------------------------------------------------------------------------

    def _pasts(self, baseline: Baseline, differences: Sequence[Difference]) -> Iterator[TicketPast]:
        """Yield what was known at the baseline about each ticket that differs."""
        uids = {difference.key.uid for difference in differences}
        if not uids:
            return
        tickets = list(self._current(uids))
        then = past_tickets.read_tickets(self._desk.repo, baseline.commit, self._former_paths(baseline, tickets))
        for ticket in self._desk.counted_tickets(tickets):
            known = then.get(ticket.uid)
            digests = frozenset(event.digest for event in known.log) if known else frozenset()
            yield TicketPast(ticket, digests, baseline.at, self._start, min(self._end, baseline.at))

    def _current(self, uids: Iterable[str]) -> Iterator[Ticket]:
        numbers = self._numbers()
        for uid in uids:
            try:
                if uid in numbers:
                    yield self._desk.row(numbers[uid], uid=uid).ticket
            except FenjiError:  # a file that can no longer be read: `check` reports it
                continue

    def _former_paths(self, baseline: Baseline, tickets: Sequence[Ticket]) -> dict[str, None]:
        """Return the paths that the tickets may have had at the baseline, under all their numbers."""
        uids = {ticket.uid for ticket in tickets}
        issued = baseline.issue.verdicts if baseline.issue else ()
        numbers = {verdict.ticket for verdict in issued if verdict.key.uid in uids}
        numbers |= {number for ticket in tickets for number in (ticket.id, ticket.word("formerly")) if number}
        return dict.fromkeys(path for number in sorted(numbers) for path in layout.ticket_paths(number))
