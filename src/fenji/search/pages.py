"""A page of the handbook: the searchable content of one ticket, as a value. Pure; knows neither index nor files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from fenji.model.ticket import PATH_BY_FILTER_KEY, TEXT_KEYS, FieldPath, Ticket

# How much a word counts by the field it is in; a field not listed here counts 1.
FIELD_WEIGHTS: Mapping[str, float] = {
    "title": 3.0,
    "product": 3.0,
    "cause": 1.5,
    "solution": 1.3,
    "lessons": 1.3,
    "notes": 0.5,
}


# The filter keys whose values count as much as the title: the product and the tags.
_PRODUCT_KEYS = tuple(key for key, path in PATH_BY_FILTER_KEY.items() if path.startswith("product.") or path == "tags")
_CLOSED_STATES = ("archived", "withdrawn")


class FilterWord(Struct, frozen=True):
    """A descriptor for the first value of a page under a filter key; `""` if it has none."""

    key: str

    def __get__(self, page: HandbookPage, owner: type) -> str:
        return "".join(page.values.get(self.key, ())[:1])


class HandbookPage(Struct, frozen=True):
    """One ticket as the index stores it. `path` is its identity; `digest` tells whether it changed.

    `values` has what filters ask for, by filter key; `texts` the long texts by name (description, cause, decision,
    solution, lessons, notes), as written.
    """

    path: str
    digest: str
    uid: str = ""
    formerly: str = ""
    title: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    id = FilterWord("id")
    kind = FilterWord("kind")
    state = FilterWord("state")
    priority = FilterWord("priority")
    impact = FilterWord("impact")
    occurrence = FilterWord("occurrence")
    owner = FilterWord("owner")
    part = FilterWord("part")
    serial = FilterWord("serial")

    @property
    def units(self) -> tuple[str, ...]:
        return self.values.get("unit", ())

    @property
    def year(self) -> str:
        """The year in the number: `2026` of `KSA-2026-0042`."""
        return next((part for part in self.id.split("-")[1:2]), "")

    def passages(self) -> Iterator[tuple[str, str]]:
        """Yield everything that is searched, as (field, text): title, product, number, then each of `texts`."""
        yield "title", self.title
        yield "product", "\n".join(value for key in _PRODUCT_KEYS for value in self.values.get(key, ()))
        yield "number", "\n".join(value for value in (self.id, self.formerly) if value)
        yield from self.texts.items()


class FoundPage(Struct, frozen=True):
    """A page that was found, with the properties by which people know it."""

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


class RemovedPage(Struct, frozen=True):
    """The ticket file at `path` is gone."""

    path: str


def build_page(ticket: Ticket, path: str, *, digest: str = "") -> HandbookPage:
    """Build the page of a ticket whose file is `path` (relative to the desk).

    `digest` identifies the file's content (its SHA-256); without one it is computed from the page.
    """
    texts: dict[str, str] = {key: ticket.word(key) for key in TEXT_KEYS} | {"notes": "\n".join(_collect_notes(ticket))}
    values = {key: values for key, path in PATH_BY_FILTER_KEY.items() if (values := _values_of(ticket, path))}
    texts = {key: text for key, text in texts.items() if text}
    built = HandbookPage(path, digest, ticket.uid, ticket.formerly, ticket.title, values, texts)
    return built if digest else replace(built, digest=hashlib.sha256(repr(built).encode()).hexdigest())


def _values_of(ticket: Ticket, path: FieldPath) -> tuple[str, ...]:
    value = ticket.get(path)
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),) if value else ()


def _collect_notes(ticket: Ticket) -> Iterable[str]:
    """Yield what people wrote along the way: notes of events, work items, the customer's comments."""
    yield from (event.note for event in ticket.log if event.note)
    yield from (item.what for items in (ticket.plan, ticket.resources) for item in items if item.what)
    yield from filter(None, (ticket.word("feedback.comment"), ticket.word("feedback.opportunity")))


class SimilarTicket(FoundPage, frozen=True):
    """A page that is similar to a text; `percent` says how similar, up to 100."""

    percent: int

    @property
    def is_open(self) -> bool:
        return self.page.state not in _CLOSED_STATES
