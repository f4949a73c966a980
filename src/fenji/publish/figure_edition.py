"""A report as published: its figures, the tickets behind them, and their source. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.i18n import join_words, say
from fenji.model.appraisal import figure_text
from fenji.model.ticket import sanitize

if TYPE_CHECKING:
    from fenji.model.appraisal.behind import CountedTicket
    from fenji.model.appraisal.figure_text import Say
    from fenji.model.appraisal.tables import Figures


class FigureEdition(Struct, frozen=True):
    """The figures of one period: `parts` are the requested report, then others that belong on the same page.

    `behind` has the tickets behind each figure, by its query; `earlier` is the same report for the period before.
    """

    parts: Sequence[Figures]
    sites: Sequence[str]
    commit: str
    at_hub: bool
    language: str
    behind: Mapping[str, Sequence[CountedTicket]]
    earlier: Figures | None = None

    @property
    def main(self) -> Figures:
        """The requested report."""
        return self.parts[0]

    @property
    def listed_sites(self) -> str:
        """The codes of the sites, as a list in the edition's language."""
        return join_words(self.sites, self.language)

    @property
    def say(self) -> Say:
        """A function that translates words into the edition's language and makes them safe to print."""
        return lambda words: sanitize(say(words, self.language))

    @property
    def title(self) -> str:
        return " · ".join(figure_text.title_parts(self.main, self.listed_sites, self.say))

    @property
    def source(self) -> str:
        """What the figures were read from."""
        return " · ".join(figure_text.source_parts(self.main, self.commit, self.say, at_hub=self.at_hub))
