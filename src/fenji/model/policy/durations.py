"""Durations of promises as written: `30m`, `8h`, `14d`, `1d12h`, `none`. Knows no calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

from fenji.errors import Sentence

DAY = timedelta(hours=24)
MAX_DURATION = timedelta(days=5 * 365)  # no due time is searched beyond five years (clock rules 7)
NONE = "none"
_PATTERN = re.compile(r"(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?")
_FINER_THAN_MINUTES = re.compile(r"[0-9]+\s*s|.*[0-9][.,][0-9].*|.*[0-9]\s*s(ec(onds?)?)?", re.IGNORECASE)


@dataclass(frozen=True)
class Duration:
    """A written duration: days, whose length depends on the calendar, and whole minutes."""

    days: int
    minutes: int
    text: str = field(compare=False)

    def to_timedelta(self, day: timedelta) -> timedelta:
        """Return its working time where one `d` is `day` long."""
        return self.days * day + timedelta(minutes=self.minutes)

    def __str__(self) -> str:
        return self.text


def parse_duration(text: str) -> Duration | Sentence:
    """Parse a duration, or return the sentence that says what is wrong (format 5, clock rules 8)."""
    match = _PATTERN.fullmatch(text.strip())
    if not text.strip() or not match:
        return _describe_error(text)
    days, hours, minutes = (int(part or 0) for part in match.groups())
    duration = Duration(days, 60 * hours + minutes, text.strip())
    if not duration.to_timedelta(DAY):
        return Sentence("{value} promises nothing: give at least 1m, or `none`", {"value": text})
    if duration.to_timedelta(DAY) > MAX_DURATION:
        return Sentence("{value} is longer than five years", {"value": text})
    return duration


def format_duration(length: timedelta) -> str:
    """Format whole minutes as a policy writes them, without days: `7h30m`; `none` for zero."""
    hours, minutes = divmod(length // timedelta(minutes=1), 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "") or NONE


def _describe_error(text: str) -> Sentence:
    if text.strip().startswith("-"):
        return Sentence("{value} is negative: give at least 1m, or `none`", {"value": text})
    if _FINER_THAN_MINUTES.fullmatch(text.strip()):
        return Sentence("{value} is not whole minutes: write it as 90m or 1h30m", {"value": text})
    return Sentence("{value} is not a duration: write it as 30m, 8h, 14d or 1d12h", {"value": text})
