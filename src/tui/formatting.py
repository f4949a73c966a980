"""Text for the user: translated sentences, and times and dates in the desk's zone. Uses no widget and no colour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.i18n import join_sentences, join_words, say
from fenji.model.sla.instants import rewrite_instants, shorten_beside
from fenji.model.undo_notes import explain_note
from tui.drawing import cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fenji.errors import FenjiError, Sentence


STATE_LABELS: Mapping[str, str] = {"responded": "answered"}  # states shown under another name than in the files


class Formatter(Struct, frozen=True):
    """Formats sentences, terms and times in the user's language and time zone."""

    language: str = "en"
    zone: tzinfo = UTC

    def say(self, text: str | Sentence, /, **values: object) -> str:
        """Translate a sentence, as one line that is safe to draw."""
        return cells.sanitize_line(say(text, self.language, **values))

    def format_error(self, error: FenjiError) -> str:
        """Return the text of an error, with its hint on what to do, followed by the other errors it carries."""
        parts = [self.say(error.sentence), self.say(error.hint) if error.hint else ""]
        return self.join_sentences([*parts, *map(self.format_error, error.others)])

    def join(self, words: Iterable[str]) -> str:
        """Join words into a list in the style of the language."""
        return join_words(words, self.language)

    def join_sentences(self, sentences: Iterable[str]) -> str:
        """Join the sentences that are not empty."""
        return join_sentences(sentences, self.language)

    def close_sentence(self, text: str) -> str:
        """Return words as a sentence, with the full stop of the language."""
        return self.say("{sentence}.", sentence=text)

    def word(self, word: str) -> str:
        """Translate a term of the workflow (`quality`, `waiting`, `major`); `""` stays empty."""
        return self.say(word) if word else ""

    def say_note(self, note: str) -> str:
        """Return a note as written, or translated if fenji wrote it."""
        sentence = explain_note(note)
        return self.say(sentence) if sentence else note

    def state(self, state: str) -> str:
        """Translate the state of a ticket, by the name that all screens use."""
        return self.word(STATE_LABELS.get(state, state))

    def format_offset(self, instant: datetime) -> str:
        """Return the offset of the desk's zone, `UTC+08:00`, or `UTC` if it is zero."""
        offset = instant.astimezone(self.zone).isoformat()[-6:]
        return "UTC" if offset == "+00:00" else f"UTC{offset}"

    def format_time(self, instant: datetime) -> str:
        """Return `14:02`."""
        return f"{instant.astimezone(self.zone):%H:%M}"

    def format_moment(self, instant: datetime, now: datetime) -> str:
        """Return `08:00` if it is today, `03-01 08:00` within half a year, else `2025-03-01 08:00`."""
        is_today = instant.astimezone(self.zone).date() == now.astimezone(self.zone).date()
        return self.format_time(instant) if is_today else self.format_dated(instant, now)

    def format_dated(self, instant: datetime, now: datetime) -> str:
        """Return `03-01 08:00` within half a year, else `2025-03-01 08:00`; the day is included even if it is today."""
        near = abs(instant - now) < timedelta(days=180)
        return f"{instant.astimezone(self.zone):{'%m-%d %H:%M' if near else '%Y-%m-%d %H:%M'}}"

    def format_span(self, start: datetime, end: datetime, now: datetime) -> str:
        """Return `03-01 08:00 - 10:00`; the end has a day only if it differs from that of the start."""
        write = partial(self.format_dated, now=now)
        return f"{write(start)} - {shorten_beside(end, start, write)}"

    def say_story(self, sentence: Sentence, now: datetime) -> str:
        """Translate a sentence on how a clock ran; its instants appear in the desk's zone, each with its day."""
        return self.say(rewrite_instants(sentence, partial(self.format_dated, now=now)))

    def format_stamp(self, instant: datetime, now: datetime) -> str:
        """Return `03-01 08:00` within half a year, else only the day: at most eleven cells, for a column."""
        local = instant.astimezone(self.zone)
        return f"{local:%m-%d %H:%M}" if abs(instant - now) < timedelta(days=180) else f"{local:%Y-%m-%d}"
