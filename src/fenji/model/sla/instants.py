"""Instants in the sentences of a story: whole with their zone, or in short where that was said before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from fenji.errors import Sentence


class WrittenInstant(str):
    """An instant as `2026-03-01 08:00+03:00`, with seconds if there are any, that can be written otherwise.

    `beside` is the instant that stands in front of it in the same sentence in every language, None where none does.
    """

    __slots__ = ("at", "beside")
    at: datetime
    beside: datetime | None

    def __new__(cls, at: datetime, beside: datetime | None = None) -> WrittenInstant:
        """Write it whole."""
        written = super().__new__(cls, at.isoformat(sep=" ", timespec=_timespec(at)))
        written.at, written.beside = at, beside
        return written


def format_instant(instant: datetime | None, beside: datetime | None = None) -> str:
    """Return a value of a sentence: the instant as text that can be written otherwise; `-` for None."""
    return WrittenInstant(instant, beside) if instant else "-"


def rewrite_instants(sentence: Sentence, write: Callable[[datetime], str]) -> Sentence:
    """Return the sentence with its instants as `write` writes them; of one on the day beside it the time alone."""
    return replace(sentence, values={key: _rewrite(value, write) for key, value in sentence.values.items()})


def _rewrite(value: object, write: Callable[[datetime], str]) -> object:
    if isinstance(value, WrittenInstant):
        return shorten_beside(value.at, value.beside, write)
    if isinstance(value, tuple):
        return tuple(_rewrite(part, write) for part in value)
    return rewrite_instants(value, write) if isinstance(value, Sentence) else value


def shorten_beside(at: datetime, beside: datetime | None, write: Callable[[datetime], str]) -> str:
    """Return what `write` makes of an instant, without its day where the instant beside it is written with the same."""
    text = write(at)
    day, blank, time = text.partition(" ")
    return time if beside and blank and write(beside).startswith(f"{day} ") else text


def write_after(said: datetime, at: datetime) -> str:
    """Return an instant as `03-01 08:00`, with year or zone only where an instant `said` before has another."""
    if at.utcoffset() != said.utcoffset():
        return WrittenInstant(at)
    text = at.replace(tzinfo=None).isoformat(sep=" ", timespec=_timespec(at))
    return text if at.year != said.year else text.partition("-")[2]


def _timespec(at: datetime) -> str:
    return "auto" if at.second else "minutes"
