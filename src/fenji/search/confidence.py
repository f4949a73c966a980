"""Which guesses are sure enough to be spoken: those of whose like four in five were right on tickets not seen before.

What is measured, on which tickets, and how often that holds, stands in docs/suggest.md; `bench/suggest.py --curve`
measures it anew. A guess below its line is not made: an empty field is better than a value that is believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fenji.search.predict import Guess

WANTED = 0.8  # share of the spoken guesses that are to be right
LONG_TEXT_WORDS = 12  # words that are compared, from which on a text is more than a title


class Line(NamedTuple):
    """The percentage of a guess from which on it is spoken: of a whole text, and of a title alone."""

    text: int
    title: int


SPEAK_FROM: Mapping[str, Line] = {
    "kind": Line(65, 80),
    "priority": Line(70, 95),
    # Impact and occurrence make the priority, and the tickets measured have none of their own.
    "impact": Line(70, 95),
    "occurrence": Line(70, 95),
    "owner": Line(80, 85),
    "units": Line(80, 85),
}
_SHARED_FIELDS = ("owner", "units")
_MIN_TICKETS_FOR_TITLE = 3  # that shared an owner or units: titles are the same more often than what stands behind them


def is_sure(field_name: str, guess: Guess, word_count: int) -> bool:
    """Return whether a guess for a field is spoken; `word_count` counts the words of the text that it is made from."""
    line = SPEAK_FROM[field_name]
    if word_count >= LONG_TEXT_WORDS:
        return guess.percent >= line.text
    has_evidence = field_name not in _SHARED_FIELDS or guess.count >= _MIN_TICKETS_FOR_TITLE
    return has_evidence and guess.percent >= line.title
