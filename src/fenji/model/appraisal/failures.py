"""Failures of products: quality tickets neither withdrawn nor a duplicate, and which of them came again. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.text import fold, fold_code

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import Facts, TicketFact

DAY_S = 86_400
RECURRENCE_DAYS = 90  # after the earlier failure was solved


class Recurrence(Struct, frozen=True):
    """A failure that came again, and the one before it."""

    again: TicketFact
    before: TicketFact

    @property
    def days(self) -> int:
        return (self.again.reported - self.before.solved) // DAY_S


class Failures(Struct, frozen=True, dict=True):
    """All failures up to an instant, in the order of their reports."""

    facts: Facts
    end: int

    @cached_property
    def all(self) -> Sequence[TicketFact]:
        quality, withdrawn = self.facts.words.find("quality"), self.facts.words.find("withdrawn")
        columns = self.facts.tickets.columns
        duplicates = duplicate_uids(self.facts)
        mask = bytes(
            kind == quality and state != withdrawn and uid not in duplicates and 0 < reported < self.end
            for uid, kind, state, reported in zip(
                *(columns[name] for name in ("uid", "kind", "state", "reported")), strict=True
            )
        )
        return sorted(self.facts.tickets.select(mask).rows(), key=lambda ticket: (ticket.reported, ticket.id))

    def since(self, start: int) -> list[TicketFact]:
        """Return the failures reported from an instant on."""
        return [ticket for ticket in self.all if ticket.reported >= start]

    def recurrences(self, start: int) -> Iterator[Recurrence]:
        """Yield the failures reported from an instant on, within 90 days after a similar one was solved.

        A similar failure has the same serial number if both give one, else the same part at the same site; script, case
        and separators make no difference.
        """
        by_serial, by_place = self._by_serial, self._by_place
        for ticket in self.since(start):
            candidates = (
                *by_serial.get(fold_code(ticket.serial), ()),
                *(other for other in by_place.get(_place(ticket), ()) if not (ticket.serial and other.serial)),
            )
            earlier = [other for other in candidates if _came_again(other, ticket)]
            if earlier:
                yield Recurrence(ticket, max(earlier, key=lambda other: (other.solved, other.id)))

    @cached_property
    def _by_serial(self) -> Mapping[str, Sequence[TicketFact]]:
        found: dict[str, list[TicketFact]] = defaultdict(list)
        for ticket in self.all:
            if ticket.serial:
                found[fold_code(ticket.serial)].append(ticket)
        return found

    @cached_property
    def _by_place(self) -> Mapping[tuple[str, str], Sequence[TicketFact]]:
        found: dict[tuple[str, str], list[TicketFact]] = defaultdict(list)
        for ticket in self.all:
            if ticket.part:
                found[_place(ticket)].append(ticket)
        return found


def duplicate_uids(facts: Facts) -> set[int]:
    """Return the tickets that are linked as a duplicate of another, by the numbers of their uids."""
    duplicate, links = facts.words.find("duplicate"), facts.links
    return set(links.select(bytes(relation == duplicate for relation in links.columns["relation"])).columns["uid"])


def _place(ticket: TicketFact) -> tuple[str, str]:
    return fold_code(ticket.part), fold(ticket.site)


def _came_again(before: TicketFact, ticket: TicketFact) -> bool:
    return (
        before.uid != ticket.uid
        and bool(before.solved)
        and before.solved <= ticket.reported <= before.solved + RECURRENCE_DAYS * DAY_S
    )
