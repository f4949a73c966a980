"""Instants in the sentences of a story: in full with their offset, or short where date or offset was already given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from fenji.errors import Sentence


class WrittenInstant(str):
    """An instant written as `2026-03-01 08:00+03:00`, with seconds if there are any, that can be rewritten later.

    `beside` is the instant that precedes it in the same sentence in every language; None if there is none.
    """

    __slots__ = ("at", "beside")
    at: datetime
    beside: datetime | None

    def __new__(cls, at: datetime, beside: datetime | None = None) -> WrittenInstant:
        """Write the instant in full."""
        written = super().__new__(cls, at.isoformat(sep=" ", timespec=_timespec(at)))
        written.at, written.beside = at, beside
        return written


def format_instant(instant: datetime | None, beside: datetime | None = None) -> str:
    """Return an instant as a value for a sentence, as text that can be rewritten later; `-` for None."""
    return WrittenInstant(instant, beside) if instant else "-"


def rewrite_instants(sentence: Sentence, write: Callable[[datetime], str]) -> Sentence:
    """Return the sentence with its instants written by `write`, only the time for one on the day of its `beside`."""
    return replace(sentence, values={key: _rewrite(value, write) for key, value in sentence.values.items()})


def _rewrite(value: object, write: Callable[[datetime], str]) -> object:
    if isinstance(value, WrittenInstant):
        return shorten_beside(value.at, value.beside, write)
    if isinstance(value, tuple):
        return tuple(_rewrite(part, write) for part in value)
    return rewrite_instants(value, write) if isinstance(value, Sentence) else value


def shorten_beside(at: datetime, beside: datetime | None, write: Callable[[datetime], str]) -> str:
    """Return an instant as `write` writes it, without the day if `beside` is written with the same day."""
    text = write(at)
    day, blank, time = text.partition(" ")
    return time if beside and blank and write(beside).startswith(f"{day} ") else text


def write_after(said: datetime, at: datetime) -> str:
    """Return an instant as `03-01 08:00`, with year or offset only where they differ from those of `said` before it."""
    if at.utcoffset() != said.utcoffset():
        return WrittenInstant(at)
    text = at.replace(tzinfo=None).isoformat(sep=" ", timespec=_timespec(at))
    return text if at.year != said.year else text.partition("-")[2]


def _timespec(at: datetime) -> str:
    return "auto" if at.second else "minutes"
