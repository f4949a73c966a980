"""Narrow facts to the tickets that match a query, and list these, without reading their files. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from fenji.errors import InvalidUsage
from fenji.model import filters
from fenji.model.appraisal.columns import column_types
from fenji.model.appraisal.facts import SEPARATOR, TicketFact

if TYPE_CHECKING:
    from fenji.model.appraisal.columns import Table
    from fenji.model.appraisal.facts import Facts, VerdictFact
    from fenji.model.board import Row
    from fenji.model.filter_verdicts import Today
    from fenji.model.filters import RowFilter

_COLUMNS = {
    "product.system": "system",
    "product.subsystem": "subsystem",
    "product.part": "part",
    "product.serial": "serial",
    "requester.name": "requester",
    "requester.unit": "customer",
}
_LISTS = ("units", "tags")


def narrow(facts: Facts, query: str, *, me: str, fold: Callable[[str], str], today: Today) -> Facts:
    """Return the facts of the tickets that match a query. Raises InvalidUsage for words that facts cannot answer."""
    row_filter = filters.parse_filter(query, me=me, fold=fold, today=today)
    uids = {facts.words.numbers[fact.uid] for fact, _ in select(facts, row_filter)}
    return facts.choose(uids)


def select(facts: Facts, row_filter: RowFilter) -> Iterator[tuple[TicketFact, Sequence[VerdictFact]]]:
    """Yield the tickets that match a filter, each with the verdicts that the filter asks for.

    Raises InvalidUsage for words that facts cannot answer.
    """
    tickets, verdicts = _candidates(facts, row_filter)
    own: dict[str, list[VerdictFact]] = defaultdict(list)
    for verdict in verdicts.rows():
        own[verdict.uid].append(verdict)
    with _refuse_untold(row_filter):
        for fact in tickets.rows():
            if row_filter.matches(cast("Row", _FactRow(fact, own.get(fact.uid, ())))):
                yield fact, [verdict for verdict in own.get(fact.uid, ()) if _fits(verdict, row_filter)]


def check_filter(row_filter: RowFilter) -> None:
    """Raise InvalidUsage for a filter with words that facts cannot answer."""
    blank = TicketFact._make("" if code == "I" else 0 for code in column_types(TicketFact).values())
    with _refuse_untold(row_filter):
        for test in row_filter.tests:
            test(cast("Row", _FactRow(blank, ())))


@contextmanager
def _refuse_untold(row_filter: RowFilter) -> Iterator[None]:
    try:
        yield
    except AttributeError as error:
        hint = "Plain words, left: and is:late are for the board; use list for them."
        raise InvalidUsage("A report cannot be narrowed by {query}.", hint=hint, query=row_filter.text) from error


def _candidates(facts: Facts, row_filter: RowFilter) -> tuple[Table[TicketFact], Table[VerdictFact]]:
    """Return the tickets and verdicts to test; if a verdict is asked for, only those of tickets that have it."""
    if not row_filter.verdict_tests:
        return facts.tickets, facts.verdicts
    near = facts.verdicts.between("at", *row_filter.verdict_span)
    fits = bytes(_fits(verdict, row_filter) for verdict in near.rows())
    uids = set(near.select(fits).columns["uid"])
    tickets, verdicts = facts.tickets, facts.verdicts
    return (
        tickets.select(bytes(map(uids.__contains__, tickets.columns["uid"]))),
        verdicts.select(bytes(map(uids.__contains__, verdicts.columns["uid"]))),
    )


def _fits(verdict: VerdictFact, row_filter: RowFilter) -> bool:
    return all(test(verdict) for test in row_filter.verdict_tests)


class _FactRow(Struct, frozen=True):
    """A row with what filters read, made from facts."""

    ticket_fact: TicketFact
    verdicts: Sequence[VerdictFact]

    @property
    def id(self) -> str:
        return self.ticket_fact.id

    @property
    def ticket(self) -> _FactTicket:
        return _FactTicket(self.ticket_fact)


class _FactTicket(Struct, frozen=True):
    """A ticket with the fields that filters read, made from facts."""

    fact: TicketFact

    @property
    def state(self) -> str:
        return self.fact.state

    @property
    def owner(self) -> str:
        return self.fact.owner

    @property
    def priority(self) -> str:
        return self.fact.priority

    def get(self, path: str) -> str | list[str]:
        value: str = getattr(self.fact, _COLUMNS.get(path, path))
        return [word for word in value.split(SEPARATOR) if word] if path in _LISTS else value
