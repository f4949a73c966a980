"""Dates and times as people and programs write them: one form for a whole column, decided by all its cells. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.ticket import counts_as_year

if TYPE_CHECKING:
    from fenji.imports.cells import Cell

_TIME = (
    r"(?:[T ,]+(?P<half>上午|下午|AM|PM)? ?(?P<hour>\d{1,2})[:时時點点](?P<minute>\d{2})分?"
    r"(?::?(?P<second>\d{2})秒?(?:[.,]\d+)?)?"
    r" ?(?P<half2>AM|PM)? ?(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_PATTERNS = {
    "ymd": r"(?P<y>\d{4}) ?[-/.年] ?(?P<m>\d{1,2}) ?[-/.月] ?(?P<d>\d{1,2}) ?日?",
    "dMy": r"(?P<d>\d{1,2})[-/. ](?P<b>[A-Z]{3,9})\.?[-/., ]+(?P<y>\d{4}|\d{2})",
    "Mdy": r"(?P<b>[A-Z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})",
    "dmy": r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4}|\d{2})",
    "mdy": r"(?P<m>\d{1,2})[-/.](?P<d>\d{1,2})[-/.](?P<y>\d{4}|\d{2})",
    "compact": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:[T ]?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?",
}
_COMPILED = {
    form: re.compile(pattern if form == "compact" else pattern + _TIME, re.IGNORECASE)
    for form, pattern in _PATTERNS.items()
}
_FULL_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = {name[:3]: number for number, name in enumerate(_FULL_MONTHS, 1)} | {"sept": 9}
FORMS = (*_PATTERNS, "epoch", "epoch-ms", "excel", "excel-1904")  # or a pattern of strptime
AUTO = "auto"
_EXCEL_STARTS = {"excel": datetime(1899, 12, 30), "excel-1904": datetime(1904, 1, 1)}
_EPOCH_UNITS = {"epoch": 1, "epoch-ms": 1_000}


@dataclass(frozen=True)
class Moment:
    """An instant to the second, or midnight of a day of which no time is known."""

    at: datetime
    day_only: bool = False


@dataclass(frozen=True)
class DateColumn:
    """How the dates of one column are read: the form, and a cell with what it says. `fault`: why they are not."""

    form: str
    example: str = ""
    meaning: str = ""
    fault: Sentence | None = None


def decide_form(cells: Iterable[Cell], wanted: str = AUTO) -> DateColumn:
    """Return the one form in which a column is read: the wanted one, else the one that all its cells fit.

    Where several fit, or numbers may be dates, the column has a fault, and nothing is guessed.
    """
    held = [cell for cell in cells if cell is not None]
    texts = list(dict.fromkeys(cell.strip() for cell in held if isinstance(cell, str) and cell.strip()))
    if wanted != AUTO:
        return _shown(wanted, texts)
    if any(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in held):
        message = Sentence("holds numbers; if they are dates, say `excel`, `excel-1904`, `epoch` or `epoch-ms`")
        return DateColumn("", fault=message)
    if not texts:
        return DateColumn("ymd")
    found = _choose_form(texts)
    fault = found.fault or _find_half_turned(held, texts, found.form)
    return DateColumn(found.form, found.example, found.meaning, fault)


def _choose_form(texts: Sequence[str]) -> DateColumn:
    fits = {form: [text for text in texts if _parse(text, form)] for form in _PATTERNS}
    day_first, month_first = set(fits["dmy"]), set(fits["mdy"])
    best = max(_PATTERNS, key=lambda form: len(fits[form]))
    if not fits[best]:
        return DateColumn("", texts[0], fault=Sentence("holds {text}, which is no date", {"text": texts[0]}))
    if best in ("dmy", "mdy"):
        only_day, only_month = day_first - month_first, month_first - day_first
        if only_day and only_month:
            values = {"first": min(only_day), "second": min(only_month)}
            message = Sentence("holds both {first} and {second}: days and months stand in either order", values)
            return DateColumn("", min(only_day), fault=message)
        if not only_day and not only_month:
            return DateColumn("", fits[best][0], fault=_explain_ambiguity(fits[best][0]))
        best = "dmy" if only_day else "mdy"
        return _shown(best, sorted(only_day or only_month))
    return _shown(best, fits[best])


def _explain_ambiguity(text: str) -> Sentence:
    readings = [read for form in ("dmy", "mdy") if (read := _parse(text, form))]
    values = {"text": text, "first": readings[0][0].date(), "second": readings[-1][0].date()}
    return Sentence("{text} may be {first} (`dmy`) or {second} (`mdy`); say which", values)


def _find_half_turned(held: Sequence[Cell], texts: Sequence[str], form: str) -> Sentence | None:
    """Tell a column of which a spreadsheet took a part for dates of its own order, and left the rest as texts."""
    typed = [cell for cell in held if isinstance(cell, date)]
    read = [found[0] for text in texts if (found := _parse(text, form))]
    if form not in ("dmy", "mdy") or not typed or not read:
        return None
    if all(cell.day <= 12 for cell in typed) and all(moment.day > 12 for moment in read):
        values = {"count": len(typed), "text": texts[0]}
        return Sentence(
            "{count} of its cells are dates and the others texts as {text}: the spreadsheet has turned days and months "
            "of the former; export it as text",
            values,
        )
    return None


def _shown(form: str, texts: Sequence[str]) -> DateColumn:
    for text in texts:
        read = _parse(text, form)
        if read:
            return DateColumn(form, text, read[0].isoformat(sep=" "))
    return DateColumn(form, texts[0] if texts else "")


def read_moment(cell: Cell, form: str, zone: tzinfo) -> Moment | None:
    """Return the instant in a cell, in the zone where it names none; None where it is no date of this form."""
    read = _read_typed(cell, form) if not isinstance(cell, str) else _parse(cell.strip(), form)
    if read is None or not counts_as_year(read[0].year):
        return None
    moment, day_only = read
    return Moment(_locate(moment, zone), day_only)


def read_day(cell: Cell, form: str) -> str:
    """Return the date in a cell as 2026-03-01; `""` where it is none of this form."""
    read = _read_typed(cell, form) if not isinstance(cell, str) else _parse(cell.strip(), form)
    return read[0].date().isoformat() if read else ""


@lru_cache(maxsize=200_000)
def _locate(moment: datetime, zone: tzinfo) -> datetime:
    """Return an instant with a fixed offset; a wall clock that the zone skips is an hour later."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    offset = aware.utcoffset() or timedelta(0)
    return aware.replace(microsecond=0, tzinfo=timezone(timedelta(seconds=round(offset.total_seconds()))))


def _read_typed(cell: Cell, form: str) -> tuple[datetime, bool] | None:
    if isinstance(cell, datetime):
        return cell, False
    if isinstance(cell, date):
        return datetime.combine(cell, time()), True
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return None
    if form in _EXCEL_STARTS or form in _EPOCH_UNITS:
        return _read_number(float(cell), form)
    return _parse(str(int(cell)), form) if form == "compact" and float(cell).is_integer() else None


def _read_number(number: float, form: str) -> tuple[datetime, bool] | None:
    try:
        if form in _EXCEL_STARTS:
            day_only = number.is_integer()
            return _EXCEL_STARTS[form] + timedelta(seconds=round(number * 86_400)), day_only
        return datetime.fromtimestamp(number / _EPOCH_UNITS[form], UTC).replace(microsecond=0), False
    except (OverflowError, ValueError, OSError):
        return None


@lru_cache(maxsize=200_000)
def _parse(text: str, form: str) -> tuple[datetime, bool] | None:
    """Return a text's instant, without a zone where it names none, and whether it names the day alone."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if "%" in form:
        return _parse_pattern(plain, form)
    if form in _EXCEL_STARTS or form in _EPOCH_UNITS:
        try:
            return _read_number(float(plain), form)
        except ValueError:
            return None
    match = _COMPILED[form].fullmatch(plain)
    return _from_parts(match.groupdict()) if match else None


def _parse_pattern(text: str, pattern: str) -> tuple[datetime, bool] | None:
    try:
        return datetime.strptime(text, pattern), not any(part in pattern for part in ("%H", "%I", "%c", "%X", "%T"))
    except ValueError:
        return None


def _from_parts(parts: Mapping[str, str | None]) -> tuple[datetime, bool] | None:
    month = _month(parts["b"]) if parts.get("b") else int(parts["m"] or 0)
    year = int(parts["y"] or 0)
    if year < 100:
        year += 2000 if year < 69 else 1900
    hour = int(parts["hour"] or 0)
    half = (parts.get("half") or parts.get("half2") or "").upper()
    if half:
        hour = hour % 12 + (12 if half in ("PM", "下午") else 0)
    try:
        moment = datetime(year, month, int(parts["d"] or 0), hour, int(parts["minute"] or 0), int(parts["second"] or 0))
    except ValueError:
        return None
    zone = parts.get("zone")
    return (moment.replace(tzinfo=_zone(zone)) if zone else moment), parts["hour"] is None


def _month(name: str | None) -> int:
    word = (name or "").lower()
    return _FULL_MONTHS.index(word) + 1 if word in _FULL_MONTHS else _MONTHS.get(word, 0)


def _zone(text: str) -> timezone:
    if text.upper() in ("Z", "UTC"):
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)
