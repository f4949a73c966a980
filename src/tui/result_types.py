"""Protocols of the search results that screens get from the desk, with only what they read of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

HitSpans = Sequence[tuple[int, int]]


class HandbookPageView(Protocol):
    """A ticket as stored in the handbook."""

    @property
    def state(self) -> str: ...
    @property
    def texts(self) -> Mapping[str, str]: ...


class SimilarTicketView(Protocol):
    """A ticket similar to a text, and how similar it is in per cent."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def percent(self) -> int: ...
    @property
    def page(self) -> HandbookPageView: ...


class GuessView(Protocol):
    """The `values` that `count` `of` the tickets similar to a text had, or of those with `word` if that is given."""

    @property
    def values(self) -> Sequence[str]: ...
    @property
    def word(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def of(self) -> int: ...


class SuggestionView(Protocol):
    """The tickets similar to a text, and guesses by field."""

    @property
    def likes(self) -> Sequence[SimilarTicketView]: ...
    @property
    def guesses(self) -> Mapping[str, GuessView]: ...


class SearchHitView(Protocol):
    """A ticket that was found, with the matching passage; spans count characters."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def title_spans(self) -> HitSpans: ...
    @property
    def excerpt(self) -> str: ...
    @property
    def spans(self) -> HitSpans: ...
    @property
    def place(self) -> str: ...
    @property
    def page(self) -> HandbookPageView: ...


class SearchHitsView(Protocol):
    """One page of the hits, and how many there are in all."""

    @property
    def total(self) -> int: ...
    @property
    def hits(self) -> Sequence[SearchHitView]: ...
    @property
    def meant(self) -> Mapping[str, str] | None: ...
