"""Dates and times as people and programs write them: one form for a whole column, decided by all its cells. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import Sentence
from fenji.imports.cells import Cell, cell_text
from fenji.imports.date_texts import TEXT_FORMS, parse_text, try_text
from fenji.model.ticket import counts_as_year

TURNED = "-turned"  # after a form: cells that the spreadsheet took for dates have day and month swapped
FORMS = (*TEXT_FORMS, f"dmy{TURNED}", f"mdy{TURNED}", "epoch", "epoch-ms", "excel", "excel-1904")
AUTO = "auto"
_EXCEL_STARTS = {"excel": datetime(1899, 12, 30), "excel-1904": datetime(1904, 1, 1)}
_ORDERS = ("dmy", "mdy")
_NAMED_MONTHS = ("dMy", "Mdy", "yMd")
_LIKELY_YEARS = range(1990, 2100)
_EPOCH_UNITS = {"epoch": 1, "epoch-ms": 1_000}
_NUMBER_FORMS = (*_EXCEL_STARTS, *_EPOCH_UNITS)


class Moment(Struct, frozen=True):
    """An instant to the second, or midnight of a day whose time is unknown."""

    at: datetime
    day_only: bool = False


class DateColumn(Struct, frozen=True):
    """How the dates of one column are read: the form, and a cell with its meaning. `fault`: why they are not read."""

    form: str
    example: str = ""
    meaning: str = ""
    fault: Sentence | None = None


def is_form(text: str) -> bool:
    """Whether a mapping may name this form: one of FORMS, or a pattern of strptime."""
    return text in FORMS or "%" in text


def decide_form(cells: Iterable[Cell], wanted: str = AUTO) -> DateColumn:
    """Return the one form in which a column is read: the wanted one, else the one that all its cells fit.

    If several fit, or numbers may be dates, the column has a fault, and nothing is guessed.
    """
    held = [cell for cell in cells if cell is not None]
    texts = list(dict.fromkeys(text for cell in held if (text := _text_of(cell))))
    typed = [cell for cell in held if isinstance(cell, date)]
    if wanted != AUTO:
        found = _shown(wanted, held)
        if found.fault and wanted in _ORDERS and texts:  # such as `2026-03-05` in spite of the wanted order
            found = _choose_form(texts)
        return found if "%" in wanted or wanted.endswith(TURNED) else _with_turned(found, typed, texts)
    if not texts:
        return _shown("ymd", typed)
    return _with_turned(_choose_form(texts), typed, texts)


def _text_of(cell: Cell) -> str:
    """Return the text of a cell, `""` for a date of the spreadsheet; whole numbers are digits, such as 20240305."""
    return "" if isinstance(cell, date | time | timedelta) else cell_text(cell)


def _choose_form(texts: Sequence[str]) -> DateColumn:
    fits: dict[str, dict[str, datetime]] = {form: {} for form in TEXT_FORMS}
    for text in texts:
        for form, fitting in fits.items():
            if read := try_text(text, form):
                fitting[text] = read[0]
    most = max(map(len, fits.values()))
    forms = [form for form in TEXT_FORMS if len(fits[form]) == most]
    if not most:
        return DateColumn("", texts[0], fault=_explain_none(texts))
    best = forms[0]
    for other in (*forms[1:], *(_ORDERS if best in _ORDERS else ())):
        apart = sorted(set(fits[other]) - set(fits[best]))
        if apart:
            values = {"first": min(set(fits[best]) - set(fits[other])), "second": apart[0]}
            message = Sentence("holds both {first} and {second}, and no date format fits both", values)
            return DateColumn("", values["first"], fault=message)
    if len(forms) > 1:
        text = next((text for text in fits[best] if len({fits[form][text] for form in forms}) > 1), min(fits[best]))
        return DateColumn("", text, fault=_explain_several(text, {form: fits[form][text] for form in forms}))
    rivals = {text for form in TEXT_FORMS if form != best for text in fits[form]}
    return _shown(best, sorted(fits[best], key=lambda text: text in rivals))


def _explain_none(texts: Sequence[str]) -> Sentence:
    """Explain that a column has no dates, or which dates its numbers may be."""
    readings = {form: read[0] for form in _NUMBER_FORMS if (read := _read_number(_number(texts[0]), form))}
    likely = {form: read for form, read in readings.items() if read.year in _LIKELY_YEARS}
    if likely:
        return _explain_several(texts[0], likely)
    return Sentence("holds {text}, which is not a date", {"text": texts[0]})


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _explain_several(text: str, readings: Mapping[str, datetime]) -> Sentence:
    dates = " / ".join(f"{read.date()} (`{form}`)" for form, read in readings.items())
    return Sentence("{text} may be {readings}; say which", {"text": text, "readings": dates})


def _with_turned(found: DateColumn, typed: Sequence[date], texts: Sequence[str]) -> DateColumn:
    """Return the column, with a fault if a spreadsheet took a part of it for dates in its own order.

    Those dates only have days up to 12, and the cells that it left as texts only later days.
    """
    read = [moment[0] for text in texts if found.form in _ORDERS and (moment := parse_text(text, found.form))]
    if found.fault or not typed or not read:
        return found
    if any(cell.day > 12 for cell in typed) or any(moment.day <= 12 for moment in read):
        return found
    values = {"count": len(typed), "text": texts[0], "form": f"{found.form}{TURNED}"}
    message = Sentence(
        "{count} of its cells are dates and the rest text such as {text}: the spreadsheet has swapped the days and "
        "months of the dates; write `{form}` to swap them back, or export it as text",
        values,
    )
    return replace(found, fault=message)


def _shown(form: str, cells: Sequence[Cell]) -> DateColumn:
    """Return a column of this form, with its first cell that has this form."""
    for cell in cells:
        read = _read(cell, form)
        if read:
            return DateColumn(form, cell_text(cell), read[0].isoformat(sep=" "))
    if not cells:
        return DateColumn(form)
    message = Sentence("holds {text}, and nothing of the form {form}", {"form": form, "text": cell_text(cells[0])})
    return DateColumn(form, cell_text(cells[0]), fault=message)


def read_moment(cell: Cell, form: str, zone: tzinfo) -> Moment | None:
    """Return the instant in a cell, in `zone` if it names none; None if it is not a date of this form."""
    read = _read(cell, form)
    if read is None or not counts_as_year(read[0].year):
        return None
    moment, day_only = read
    return Moment(_locate(moment, zone), day_only)


def read_day(cell: Cell, form: str) -> str:
    """Return the date in a cell in the form 2026-03-01; `""` if it is not a date of this form."""
    read = _read(cell, form)
    return read[0].date().isoformat() if read else ""


@lru_cache(maxsize=200_000)
def _locate(moment: datetime, zone: tzinfo) -> datetime:
    """Return an instant with a fixed UTC offset; a wall-clock time that the zone skips becomes an hour later."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    offset = aware.utcoffset() or timedelta(0)
    return aware.replace(microsecond=0, tzinfo=timezone(timedelta(seconds=round(offset.total_seconds()))))


def _read(cell: Cell, form: str) -> tuple[datetime, bool] | None:
    """Return the wall-clock time in a cell, and whether it is only a day; None if it is not a date of this form."""
    if isinstance(cell, date):
        moment = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
        turned = form.endswith(TURNED) and moment.day <= 12
        moment = moment.replace(day=moment.month, month=moment.day) if turned else moment
        return moment, not isinstance(cell, datetime)
    if form in _NUMBER_FORMS:
        return _read_number(_number(cell_text(cell)), form) if isinstance(cell, str | int | float) else None
    text, form = _text_of(cell), form.removesuffix(TURNED)
    if not text:
        return None
    return parse_text(text, form) or (_read_plain(text) if form in TEXT_FORMS else None)


def _read_plain(text: str) -> tuple[datetime, bool] | None:
    """Return the date in a text that has only one reading, whatever the others in its column are like.

    Its year has four digits, and either comes first or the month has a name.
    """
    if not re.search(r"(?<!\d)\d{4}(?!\d)", unicodedata.normalize("NFKC", text)):
        return None
    forms = (*_NAMED_MONTHS, *(["ymd"] if re.match(r"\d{4}\D", text) else []))
    return next((read for form in forms if (read := parse_text(text, form))), None)


def _read_number(number: float, form: str) -> tuple[datetime, bool] | None:
    try:
        if form in _EXCEL_STARTS:
            day_only = number.is_integer()
            return _EXCEL_STARTS[form] + timedelta(seconds=round(number * 86_400)), day_only
        return datetime.fromtimestamp(number / _EPOCH_UNITS[form], UTC).replace(microsecond=0), False
    except (OverflowError, ValueError, OSError):
        return None
