"""Words of the filter language about verdicts and instants: `response.is:met response.at:2026-11`, `solved:week`. Pure.

A verdict is read as it was when decided (clock rules 26); the plain keys read a ticket as it is now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from math import inf
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from fenji.errors import InvalidUsage
from fenji.model.periods import parse_period

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import TicketFact, VerdictFact

ANY_CLOCK = "clock"
CLOCK_NAMES = ("response", "solution", "item", ANY_CLOCK)
ANSWERS = ("met", "missed", "excused")
_ATTRIBUTES = {"is": "answer", "by": "person"}  # attributes that have another name than their word
VERDICT_WORDS = (
    *("is", "at", "by", "unit", "level", "kind", "site", "impact", "occurrence"),
    *("system", "subsystem", "part", "customer", "requester"),
)
INSTANT_KEYS = ("reported", "responded", "solved", "confirmed", "archived", "decided")


class Decided(Protocol):
    """An object with verdicts and instants to filter by, such as a row of the board."""

    @property
    def verdicts(self) -> Sequence[VerdictFact]: ...

    @property
    def ticket_fact(self) -> TicketFact: ...


class Today(Struct, frozen=True):
    """The date from which `week` and `<7d` count, in the desk's zone."""

    date: date
    zone: tzinfo

    @classmethod
    def at(cls, instant: datetime, zone: tzinfo) -> Today:
        return cls(instant.astimezone(zone).date(), zone)


DAY_OF_NOBODY = Today(date(2026, 1, 1), UTC)  # for filters that are only parsed, not applied
VerdictTest = Callable[["VerdictFact"], bool]


def is_verdict_key(key: str) -> bool:
    """Whether a key asks about a verdict. Raises InvalidUsage for a word that verdicts do not have."""
    clock, dot, word = key.partition(".")
    if not dot or clock not in CLOCK_NAMES:
        return False
    if word not in VERDICT_WORDS:
        known = tuple(f"{clock}.{name}:" for name in VERDICT_WORDS)
        raise InvalidUsage("The filter does not know {key}:.", hint="It knows {known}.", key=key, known=known)
    return True


def make_verdict_test(key: str, values: Sequence[str], today: Today, fold: Callable[[str], str]) -> VerdictTest:
    """Return the test of one word about a verdict: it must have one of the values."""
    clock, _, word = key.partition(".")
    matches_value = _instant_test(values, today) if word == "at" else _value_test(word, values, fold)
    return lambda verdict: (clock in (ANY_CLOCK, verdict.clock)) and matches_value(verdict)


def _value_test(word: str, values: Sequence[str], fold: Callable[[str], str]) -> VerdictTest:
    if word == "is":
        unknown = [value for value in values if value not in ANSWERS]
        if unknown:
            known = tuple(ANSWERS)
            raise InvalidUsage("is: does not know {word}.", hint="It knows {known}.", word=unknown[0], known=known)
    attribute, wanted = _ATTRIBUTES.get(word, word), {fold(value) for value in values}
    return lambda verdict: fold(getattr(verdict, attribute)) in wanted


def _instant_test(values: Sequence[str], today: Today) -> VerdictTest:
    spans = list(_spans(values, today))
    return lambda verdict: any(start <= verdict.at < end for start, end in spans)


def _spans(values: Iterable[str], today: Today) -> Iterable[tuple[float, float]]:
    for value in values:
        period = parse_period(value, today=today.date, zone=today.zone)
        yield period.start.timestamp(), period.end.timestamp()


def verdict_span(key: str, values: Sequence[str], today: Today) -> tuple[float, float]:
    """Return the span, in seconds since 1970, in which all verdicts lie that a word can match."""
    if not key.endswith(".at"):
        return -inf, inf
    starts, ends = zip(*_spans(values, today), strict=True)
    return min(starts), max(ends)


def has_verdict(tests: Sequence[VerdictTest]) -> Callable[[Decided], bool]:
    """Return the test whether a row has a verdict that passes all of `tests`."""
    return lambda row: any(all(test(verdict) for test in tests) for verdict in row.verdicts)


def make_instant_test(key: str, values: Sequence[str], today: Today) -> Callable[[Decided], bool]:
    """Return the test whether a step happened in a period; if it happened several times, the last that counts."""
    spans = list(_spans(values, today))

    def falls_in(instant: float) -> bool:
        return any(start <= instant < end for start, end in spans)

    if key == "decided":
        return lambda row: any(falls_in(verdict.at) for verdict in row.verdicts)
    return lambda row: bool(instant := getattr(row.ticket_fact, key)) and falls_in(instant)
