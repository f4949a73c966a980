"""A page of the handbook: the searchable content of one ticket, as a value. Pure; knows neither index nor files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fenji.model.ticket import TEXT_KEYS

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket

# How much a word counts by the field it is in; a field not listed here counts 1.
FIELD_WEIGHTS: Mapping[str, float] = {
    "title": 3.0,
    "product": 3.0,
    "cause": 1.5,
    "solution": 1.3,
    "lessons": 1.3,
    "notes": 0.5,
}


@dataclass(frozen=True)
class HandbookPage:
    """One ticket as the index stores it. `path` is its identity; `digest` tells whether it changed.

    `texts` has the long texts by name (description, cause, decision, solution, lessons, notes), as written.
    """

    path: str
    digest: str
    id: str = ""
    uid: str = ""
    formerly: str = ""
    title: str = ""
    kind: str = ""
    state: str = ""
    priority: str = ""
    impact: str = ""
    occurrence: str = ""
    site: str = ""
    owner: str = ""
    system: str = ""
    subsystem: str = ""
    part: str = ""
    serial: str = ""
    requester: str = ""
    customer: str = ""
    units: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def year(self) -> str:
        """The year in the number: `2026` of `KSA-2026-0042`."""
        return next((part for part in self.id.split("-")[1:2]), "")

    def passages(self) -> Iterator[tuple[str, str]]:
        """Yield everything that is searched, as (field, text): title, product, number, then each of `texts`."""
        yield "title", self.title
        product = (self.system, self.subsystem, self.part, self.serial, *self.tags)
        yield "product", "\n".join(value for value in product if value)
        yield "number", "\n".join(value for value in (self.id, self.formerly) if value)
        yield from self.texts.items()


@dataclass(frozen=True)
class FoundPage:
    """A page that answers a question, by what people know it by."""

    page: HandbookPage

    @property
    def id(self) -> str:
        return self.page.id

    @property
    def title(self) -> str:
        return self.page.title

    @property
    def path(self) -> str:
        return self.page.path


@dataclass(frozen=True)
class RemovedPage:
    """The ticket file at `path` is gone."""

    path: str


def build_page(ticket: Ticket, path: str, *, digest: str = "") -> HandbookPage:
    """Build the page of a ticket whose file is `path` (relative to the desk).

    `digest` identifies the file's content (a git blob id); without one it is computed from the page.
    """
    texts = {key: ticket.word(key) for key in TEXT_KEYS} | {"notes": "\n".join(_collect_notes(ticket))}
    built = HandbookPage(
        path,
        digest,
        id=ticket.id,
        uid=ticket.uid,
        formerly=ticket.formerly,
        title=ticket.title,
        kind=ticket.kind,
        state=ticket.state,
        priority=ticket.priority,
        impact=ticket.impact,
        occurrence=ticket.occurrence,
        site=ticket.site,
        owner=ticket.owner,
        system=ticket.word("product.system"),
        subsystem=ticket.word("product.subsystem"),
        part=ticket.word("product.part"),
        serial=ticket.word("product.serial"),
        requester=ticket.word("requester.name"),
        customer=ticket.word("requester.unit"),
        units=tuple(ticket.units),
        tags=tuple(ticket.tags),
        texts={key: text for key, text in texts.items() if text},
    )
    return built if digest else replace(built, digest=hashlib.sha256(repr(built).encode()).hexdigest())


def _collect_notes(ticket: Ticket) -> Iterable[str]:
    """Yield what people wrote along the way: notes of events, work items, the customer's comments."""
    yield from (event.note for event in ticket.log if event.note)
    yield from (item.what for items in (ticket.plan, ticket.resources) for item in items if item.what)
    yield from filter(None, (ticket.word("feedback.comment"), ticket.word("feedback.opportunity")))
