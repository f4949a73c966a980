"""Texts, durations and instants in the language of a published handbook. Knows no markup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from fenji.i18n import join_words, say
from fenji.text import HAN

_HAN = re.compile(f"[{HAN}]")


class Locale(Struct, frozen=True):
    """The language of a handbook; labels are English templates of the translation catalogue."""

    language: str

    def say(self, template: str, **values: object) -> str:
        """Return the template translated and filled in."""
        return say(template, self.language, **values)

    def join(self, words: Iterable[str]) -> str:
        """Join words into a list, punctuated as in the language; empty words are left out."""
        return join_words(filter(None, words), self.language)

    def lang_of(self, text: str) -> str | None:
        """Return the `lang` attribute of a text if it needs one: `zh` for Chinese on an English page."""
        return "zh" if self.language == "en" and _HAN.search(text) else None

    def format_length(self, seconds: int | None) -> str:
        """Format seconds as `9 d 5 h`, `1 h 10 min` or `12 min`: two units at most, days of 24 hours; `""` for None."""
        if seconds is None:
            return ""
        minutes, rest = divmod(seconds, 60)
        days, hours, left = minutes // 1440, minutes % 1440 // 60, minutes % 60
        if days:
            return self.say("{days} d {hours} h", days=days, hours=hours) if hours else self.say("{days} d", days=days)
        if hours:
            values = {"hours": hours, "minutes": left}
            return self.say("{hours} h {minutes} min", **values) if left else self.say("{hours} h", hours=hours)
        return self.say("{minutes} min", minutes=left) if left or not rest else self.say("{seconds} s", seconds=rest)


def format_instant(instant: datetime | None) -> str:
    """Format an instant as `2026-03-12 10:00 +03:00`, with its own offset; `-` for None."""
    return f"{instant:%Y-%m-%d %H:%M} {instant.isoformat()[-6:]}" if instant else "-"
