"""The query behind every figure: words of the filter language that list exactly the tickets counted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from fenji.model.appraisal.grouping import MONTH, QUERY_KEYS
from fenji.model.filter_verdicts import ANSWERS, ANY_CLOCK
from fenji.model.filters import quote

if TYPE_CHECKING:
    from fenji.model.appraisal.figures import FigureRow
    from fenji.model.periods import Period


def row_queries(
    row: FigureRow, period: Period, listed: Mapping[str, Iterable[str]], *, clock: str = "", where: str = ""
) -> dict[str, str]:
    """Return a query for each count in a row that is not 0; `listed` has the tickets that no other words select.

    `clock` is the only one counted, or empty.
    """
    from fenji.model.appraisal.figures import CLOCKS, COUNT_NAMES

    at, keys = period.query, _key_words(row.key)
    decided = _clock_query(clock or ANY_CLOCK, ",".join(ANSWERS), at, keys, where)
    verdicts = {
        f"{COUNT_NAMES[clock]}_{answer}": _clock_query(clock, answer, at, keys, where)
        for clock in CLOCKS
        for answer in ANSWERS
        if getattr(row.clock(clock), answer)
    }
    return (
        ({"tickets": decided} if row.tickets else {})
        | verdicts
        | {name: list_query(ids) for name, ids in listed.items() if ids}
    )


def verdict_query(clock: str, answer: str, key: Mapping[str, str], period: Period, *, where: str = "") -> str:
    """Return the query for the tickets of a row whose clock got this answer in a period."""
    return _clock_query(clock, answer, period.query, _key_words(key), where)


def decided_query(clock: str, key: Mapping[str, str], period: Period, *, where: str = "") -> str:
    """Return the query for the tickets behind a rate: those whose clock was met or missed."""
    return _clock_query(clock, "met,missed", period.query, _key_words(key), where)


def _key_words(key: Mapping[str, str]) -> list[str]:
    """Return the query words for a row's key, without the clock name that precedes each."""
    return [f"{QUERY_KEYS.get(name, name)}:{quote(value)}" for name, value in key.items() if name != MONTH]


def _clock_query(clock: str, answers: str, at: str, keys: Iterable[str], where: str) -> str:
    words = [f"{clock}.{word}" for word in (f"is:{answers}", f"at:{at}", *keys)]
    return " ".join([*words, where] if where else words)


def list_query(ids: Iterable[str]) -> str:
    """Return a query that lists tickets by their numbers, for those that no other words select; empty for none."""
    numbers = sorted(dict.fromkeys(ids))  # fromkeys keeps an order that is there already
    return f"id:{','.join(numbers)}" if numbers else ""
