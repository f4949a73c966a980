"""What screens read off the handbook's answers, as far as they know it: they get it through the desk alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

HitSpans = Sequence[tuple[int, int]]


class HandbookPageView(Protocol):
    """A ticket as the handbook holds it."""

    @property
    def state(self) -> str: ...
    @property
    def texts(self) -> Mapping[str, str]: ...


class SimilarTicketView(Protocol):
    """A ticket that is like a text, by so many per cent."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def percent(self) -> int: ...
    @property
    def page(self) -> HandbookPageView: ...


class GuessView(Protocol):
    """What `count` `of` the tickets like a text were, or of those with `word` where that is given."""

    @property
    def values(self) -> Sequence[str]: ...
    @property
    def word(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def of(self) -> int: ...


class SuggestionView(Protocol):
    """What is like a text, and guesses by field."""

    @property
    def likes(self) -> Sequence[SimilarTicketView]: ...
    @property
    def guesses(self) -> Mapping[str, GuessView]: ...


class SearchHitView(Protocol):
    """A ticket that was found, with the passage that fits; spans count characters."""

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
    """One stretch of the hits, and how many there are in all."""

    @property
    def total(self) -> int: ...
    @property
    def hits(self) -> Sequence[SearchHitView]: ...
    @property
    def meant(self) -> Mapping[str, str] | None: ...
