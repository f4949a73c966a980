"""The query behind every figure: words of the filter language that list exactly the tickets counted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from fenji.model.appraisal.grouping import MONTH, QUERY_KEYS

if TYPE_CHECKING:
    from fenji.model.appraisal.figures import FigureRow
    from fenji.model.periods import Period


def row_queries(
    row: FigureRow, period: Period, listed: Mapping[str, Iterable[str]], *, where: str = ""
) -> dict[str, str]:
    """Return a query for each count in a row that is not 0; `listed` names the tickets that no other words tell."""
    from fenji.model.appraisal.figures import CLOCKS, COUNT_NAMES

    verdicts = {
        f"{COUNT_NAMES[clock]}_{answer}": verdict_query(clock, answer, row.key, period, where=where)
        for clock in CLOCKS
        for answer in ("met", "missed", "excused")
        if getattr(row.clock(clock), answer)
    }
    return verdicts | {name: list_query(ids) for name, ids in listed.items() if ids}


def verdict_query(clock: str, answer: str, key: Mapping[str, str], period: Period, *, where: str = "") -> str:
    """Return the words that list the tickets whose clock was so decided in a period, and that a row goes by."""
    return _clock_query(clock, (answer,), key, period, where)


def decided_query(clock: str, key: Mapping[str, str], period: Period, *, where: str = "") -> str:
    """Return the words that list the tickets behind a rate: those whose clock was met or missed."""
    return _clock_query(clock, ("met", "missed"), key, period, where)


def _clock_query(clock: str, answers: Iterable[str], key: Mapping[str, str], period: Period, where: str) -> str:
    words = [f"{clock}.is:{','.join(answers)}", f"{clock}.at:{period.query}"]
    words += [f"{clock}.{QUERY_KEYS.get(name, name)}:{quote(value)}" for name, value in key.items() if name != MONTH]
    return " ".join([*words, where] if where else words)


def list_query(ids: Iterable[str]) -> str:
    """Return the words that list tickets by their numbers, where no other words tell them; empty for none."""
    numbers = sorted(set(ids))
    return f"id:{','.join(numbers)}" if numbers else ""


def quote(value: str) -> str:
    """Return a value as the filter language takes it whole: in quotes, those within twice; `""` for none."""
    if value and not any(character.isspace() or character in ',"' for character in value):
        return value
    return '"{}"'.format(value.replace('"', '""'))
