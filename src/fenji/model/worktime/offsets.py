"""The written offsets of a zone, `{2026-04-24T00:00:00+02:00: +03:00}`: reading them from a policy, and writing them.

An offset may be written `+03:00`, `3`, `5.5` or `5:45`, with `-` west of Greenwich; `+03:00` is what fenji writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import TYPE_CHECKING

from fenji.errors import Fault, Sentence
from fenji.model.ticket import FIRST_YEAR, LAST_YEAR, counts_as_year, parse_instant
from fenji.model.worktime.zone import EPOCH

if TYPE_CHECKING:
    from fenji.model.values import LooseValue

KeyPath = tuple[str | int, ...]
WrittenOffsets = tuple[tuple[int, int], ...]  # seconds since 1970, and the seconds ahead of UTC from then on
MOST_HOURS = 18  # from UTC; no place on earth was ever more than 16 away
_OFFSET = re.compile(r"([+-]?)([0-9]{1,2})(?::([0-5][0-9])(?::([0-5][0-9]))?|\.([0-9]{1,4}))?")


def parse_offsets(value: LooseValue, path: KeyPath, faults: list[Fault]) -> WrittenOffsets:
    """Read the offsets in order of time; what is wrong is added to `faults` with its key path."""
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        example = "2026-04-24T00:00:00+02:00: +03:00"
        message = Sentence("expected instants with their hours from UTC, such as {example}", {"example": example})
        faults.append(Fault(path, message))
        return ()
    offsets: dict[int, int] = {}
    for key, written in value.items():
        at = (*path, str(key))
        second, offset = _parse_second(key, at, faults), parse_offset(written)
        if offset is None:
            values = {"value": str(written)[:40], "most": MOST_HOURS}
            message = Sentence(
                "{value} is not a number of hours from UTC; write it like +03:00, up to {most} hours either way", values
            )
            faults.append(Fault(at, message))
        elif second in offsets:
            faults.append(Fault(at, Sentence("the instant {value} appears twice", {"value": str(key)[:40]})))
        elif second is not None:
            offsets[second] = offset
    return tuple(sorted(offsets.items()))


def _parse_second(key: LooseValue, at: KeyPath, faults: list[Fault]) -> int | None:
    instant = key if isinstance(key, datetime) else parse_instant(str(key))
    if instant and instant.utcoffset() is not None and counts_as_year(instant.year):
        return (instant - EPOCH) // timedelta(seconds=1)
    message = Sentence(
        "{value} is not an instant with an offset in the years {first} to {last}; write it like "
        "2026-04-24T00:00:00+02:00",
        {"value": str(key)[:40], "first": FIRST_YEAR, "last": LAST_YEAR},
    )
    faults.append(Fault(at, message))
    return None


def parse_offset(value: LooseValue) -> int | None:
    """Return an offset in seconds ahead of UTC; None if the value is not an offset in whole seconds.

    Some YAML readers turn `+10:00` into 600 and `+10:04:52` into 36,292, as base-60 numbers; these are turned back.
    """
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MOST_HOURS:
        seconds = value * 60 if abs(value) < 3600 else value
        return seconds if 3600 <= abs(seconds) <= MOST_HOURS * 3600 else None
    match = _OFFSET.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
    if not match:
        return None
    sign, hours, minutes, seconds_text, fraction = match.groups()
    length = int(hours) * 3600 + int(minutes or 0) * 60 + int(seconds_text or 0)
    part = Fraction(int(fraction), 10 ** len(fraction)) * 3600 if fraction else Fraction(0)
    if part.denominator != 1 or length + part > MOST_HOURS * 3600:
        return None
    return (-1 if sign == "-" else 1) * (length + int(part))


def format_offset(seconds: int) -> str:
    """Write an offset as `+03:00`, with seconds if it has any."""
    hours, rest = divmod(abs(seconds), 3600)
    minutes, odd = divmod(rest, 60)
    text = f"{'-' if seconds < 0 else '+'}{hours:02}:{minutes:02}"
    return f"{text}:{odd:02}" if odd else text


def format_change(second: int, before: int) -> str:
    """Write the instant of a change in the offset `before` it; in UTC if that has seconds or shows another year."""
    instant = EPOCH + timedelta(seconds=second)
    shown = instant.astimezone(timezone(timedelta(seconds=before)))
    return (instant if before % 60 or shown.year != instant.year else shown).isoformat()
