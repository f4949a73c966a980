"""Narrowing facts to the tickets that a query fits, without reading their files. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from fenji.errors import InvalidUsage
from fenji.model import filters
from fenji.model.appraisal.read_facts import SEPARATOR

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import Facts, TicketFact, VerdictFact
    from fenji.model.board import Row
    from fenji.model.filter_verdicts import Today

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
    """Return the facts of the tickets that fit a query. Raises InvalidUsage for words that facts do not tell."""
    row_filter = filters.parse_filter(query, me=me, fold=fold, today=today)
    verdicts: dict[str, list[VerdictFact]] = defaultdict(list)
    for verdict in facts.verdicts.rows():
        verdicts[verdict.uid].append(verdict)
    try:
        uids = {
            facts.words.numbers[fact.uid]
            for fact in facts.tickets.rows()
            if row_filter.matches(cast("Row", _FactRow(fact, verdicts.get(fact.uid, ()))))
        }
    except AttributeError as error:
        hint = "Plain words, left: and is:late are for the board; ask list for them."
        raise InvalidUsage("A report cannot be narrowed by {query}.", hint=hint, query=query) from error
    return facts.keep(uids.__contains__)


@dataclass(frozen=True)
class _FactRow:
    """A row as filters ask it, made of facts."""

    ticket_fact: TicketFact
    verdicts: Sequence[VerdictFact]

    @property
    def id(self) -> str:
        return self.ticket_fact.id

    @property
    def ticket(self) -> _FactTicket:
        return _FactTicket(self.ticket_fact)


@dataclass(frozen=True)
class _FactTicket:
    """The fields of a ticket as filters ask them, made of facts."""

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
