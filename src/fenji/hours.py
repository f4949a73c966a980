"""The local hours of one calendar as values: its zone, weekly spans, holidays, shifts and breaks.

Reads them from a policy's mapping, with everything that is wrong at once, and says which spans a local date has.
Knows local dates and seconds of a day only; instants, and the counting between them, live in `calendars`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from fenji import holidays_by_country
from fenji.errors import Fault, Sentence

DAY_SECONDS = 86_400
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Span = tuple[int, int]  # seconds of the local day, the second one outside
Spans = tuple[Span, ...]  # in order, apart or touching
Path = tuple[str | int, ...]

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()  # local dates are counted as days from here; it was a Thursday
_EPOCH_WEEKDAY = 3
_KEYS = ("tz", "week", "holidays", "shifts", "breaks", "day")
_HOLIDAY_KEYS = ("country", "subdiv", "add", "drop")
_SPAN = re.compile(r"([0-9]{1,2}:[0-9]{1,2})-([0-9]{1,2}:[0-9]{1,2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LENGTH = re.compile(r"(?=.)(?:([0-9]{1,5})h)?(?:([0-9]{1,5})m)?")
# Files beside the zones that differ from machine to machine, or count leap seconds.
_NOT_ZONES = ("localtime", "posixrules", "posix/", "right/")


@dataclass(frozen=True)
class Hours:
    """What one calendar declares (clock rules 2). Dates are days since 1970-01-01, spans seconds of the local day."""

    zone: ZoneInfo
    week: tuple[Spans, ...]  # Monday first
    closed: frozenset[int] = frozenset()
    shifts: tuple[tuple[int, Spans], ...] = ()
    breaks: tuple[tuple[int, Spans], ...] = ()
    country: str = ""
    subdiv: str = ""
    worked: frozenset[int] = frozenset()  # holidays of the country that are not kept here
    day: timedelta | None = None  # what `1d` means; None: not declared

    def spans(self, first: int, last: int) -> Iterator[tuple[int, Spans]]:
        """The dates from `first` to `last`, both included, that are not closed, with their spans (clock rules 3)."""
        shifts, breaks, closed = dict(self.shifts), dict(self.breaks), self._closed(first, last)
        for day in range(first, last + 1):
            if day in closed:
                continue
            spans = shifts[day] if day in shifts else self.week[(day + _EPOCH_WEEKDAY) % 7]
            if day in breaks:
                spans = tuple(_without(spans, breaks[day]))
            if spans:
                yield day, spans

    def _closed(self, first: int, last: int) -> frozenset[int]:
        if not self.country:
            return self.closed
        years = range(_date(first).year, _date(last).year + 1)
        dates = chain.from_iterable(holidays_by_country.dates(self.country, self.subdiv, year) for year in years)
        return self.closed | (frozenset(map(day_number, dates)) - self.worked)


def day_number(day: date) -> int:
    """Days from 1970-01-01 to this local date."""
    return day.toordinal() - _EPOCH_ORDINAL


def _date(day: int) -> date:
    return date.fromordinal(max(1, min(day + _EPOCH_ORDINAL, date.max.toordinal())))


def _without(spans: Spans, breaks: Spans) -> Iterator[Span]:
    for start, end in spans:
        left = start  # where the part of the span begins that no break so far has closed
        for closes, opens in breaks:
            if left < closes < end:
                yield left, closes
            if closes < end:
                left = max(left, opens)
        if left < end:
            yield left, end


# --- from a policy ----------------------------------------------------------------------------------------------


def read(mapping: object, path: Path) -> tuple[Hours | None, list[Fault]]:
    """The hours in one calendar's mapping, and everything that is wrong with it, each by its key path under `path`.

    Values are text, or dates as PyYAML makes them. With faults the hours are None (clock rules 8).
    """
    reader = _Reader(path)
    if not isinstance(mapping, Mapping):
        reader.fault((), Sentence("a calendar is a mapping with {keys}", {"keys": ", ".join(_KEYS)}))
        return None, reader.faults
    reader.known(mapping, _KEYS, ())
    zone = reader.zone(mapping.get("tz"))
    week = reader.week(mapping.get("week"))
    country, subdiv, closed, worked = reader.holidays(mapping.get("holidays"))
    shifts, breaks = reader.dated(mapping.get("shifts"), "shifts"), reader.dated(mapping.get("breaks"), "breaks")
    day = reader.day(mapping.get("day"))
    if zone is None or reader.faults:
        return None, reader.faults
    return Hours(zone, week, closed, shifts, breaks, country, subdiv, worked, day), []


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


class _Reader:
    """Reads the parts of one calendar; what cannot be read becomes a fault and counts as absent."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[Fault] = []

    def fault(self, at: Path, message: Sentence) -> None:
        self.faults.append(Fault((*self.path, *at), message))

    def known(self, mapping: Mapping[object, object], keys: Sequence[str], at: Path) -> None:
        for key in mapping:
            if key not in keys:
                values = {"name": _shown(key), "keys": ", ".join(keys)}
                self.fault((*at, str(key)), Sentence("the key {name} is not known here; known are {keys}", values))

    def zone(self, value: object) -> ZoneInfo | None:
        if value is None or value == "":
            self.fault(("tz",), Sentence("is missing"))
            return None
        try:
            if isinstance(value, str) and not value.startswith(_NOT_ZONES):
                return ZoneInfo(value)
        except (OSError, ValueError, LookupError):
            pass  # no such file, a path that is none, a folder of zones: all of them names of no zone
        self.fault(("tz",), Sentence("{value} is not a known zone; write it as Asia/Riyadh", {"value": _shown(value)}))
        return None

    # --- the week

    def week(self, value: object) -> tuple[Spans, ...]:
        week: dict[int, Spans] = {}
        if not isinstance(value, Mapping | None):
            self.fault(("week",), Sentence('weekdays with their spans are expected, as sun-thu: ["08:00-17:00"]'))
            return ()
        before = len(self.faults)
        named: dict[int, str] = {}
        for key, written in (value or {}).items():
            spans = self.spans(written, ("week", str(key)))
            for weekday in self.weekdays(key):
                if weekday in named:
                    values = {"day": WEEKDAYS[weekday], "other": named[weekday]}
                    self.fault(("week", str(key)), Sentence("{day} stands under {other} already", values))
                    break
                named[weekday], week[weekday] = str(key), spans
        if len(self.faults) == before and not any(week.values()):
            self.fault(("week",), Sentence("there is no open minute in the week"))
        return tuple(week.get(weekday, ()) for weekday in range(7))

    def weekdays(self, key: object) -> list[int]:
        first, dash, last = str(key).partition("-")
        if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
            at, values = ("week", str(key)), {"value": _shown(key), "days": ", ".join(WEEKDAYS)}
            self.fault(at, Sentence("{value} is no weekday; write {days}, or a range as sun-thu", values))
            return []
        if first == last:
            at, values = ("week", str(key)), {"value": _shown(key), "day": first}
            self.fault(at, Sentence("{value} may mean one day or seven; write {day}, or mon-sun", values))
            return []
        start = WEEKDAYS.index(first)
        length = (WEEKDAYS.index(last) - start) % 7 if dash else 0
        return [(start + offset) % 7 for offset in range(length + 1)]

    # --- spans

    def spans(self, value: object, at: Path) -> Spans:
        if not isinstance(value, list | tuple | None):
            self.fault(at, Sentence('a list of spans is expected, as ["08:00-12:00", "13:00-17:00"]'))
            return ()
        read = ((self.span(written, (*at, index)), index) for index, written in enumerate(value or ()))
        found = sorted((span, index) for span, index in read if span)
        widest = (0, -1)  # end and index of the span that reaches furthest so far
        for span, index in found:
            if span[0] < widest[0]:
                later, other = max(index, widest[1]), min(index, widest[1])
                values = {"value": (value or ())[later], "other": (value or ())[other]}
                self.fault((*at, later), Sentence("{value} overlaps {other}", values))
            widest = max(widest, (span[1], index))
        return tuple(span for span, _ in found)

    def span(self, value: object, at: Path) -> Span | None:
        if isinstance(value, int):  # YAML 1.1 takes 12:30 for 750, a number to the base of sixty
            values = {"value": _shown(value)}
            self.fault(at, Sentence('{value} is not a span; write it in quotes, as "08:00-12:00"', values))
            return None
        found = _SPAN.fullmatch(value) if isinstance(value, str) else None
        if not found:
            self.fault(at, Sentence("{value} is not a span; write it as 08:00-12:00", {"value": _shown(value)}))
            return None
        start, end = self.time(found[1], at), self.time(found[2], at)
        if start is None or end is None:
            return None
        wrong = _span_fault(start, end, {"value": value, "start": found[1], "end": found[2]})
        if wrong:
            self.fault(at, wrong)
            return None
        return start * 60, end * 60

    def time(self, text: str, at: Path) -> int | None:
        hour, minute = (int(part) for part in text.split(":"))
        if minute > 59 or hour * 60 + minute > 24 * 60:
            self.fault(at, Sentence("{value} is not a time of day", {"value": text}))
            return None
        if len(text) < 5:
            values = {"value": text, "proper": f"{hour:02}:{minute:02}"}
            self.fault(at, Sentence("{value} is not a time of day; write {proper}", values))
            return None
        return hour * 60 + minute

    # --- dates

    def date(self, value: object, at: Path) -> int | None:
        if isinstance(value, date) and not isinstance(value, datetime):
            return day_number(value)
        try:
            if isinstance(value, str) and _DATE.fullmatch(value):
                return day_number(date.fromisoformat(value))
        except ValueError:
            pass  # 2026-02-30: the same fault as any other text
        self.fault(at, Sentence("{value} is not a date; write it as 2026-09-23", {"value": _shown(value)}))
        return None

    def dates(self, value: object, at: Path) -> frozenset[int]:
        if not isinstance(value, list | tuple | None):
            self.fault(at, Sentence("a list of dates is expected, as [2026-09-23]"))
            return frozenset()
        found: set[int] = set()
        for index, written in enumerate(value or ()):
            self._once(self.date(written, (*at, index)), found, written, (*at, index))
        return frozenset(found)

    def dated(self, value: object, key: str) -> tuple[tuple[int, Spans], ...]:
        if not isinstance(value, Mapping | None):
            self.fault((key,), Sentence('dates with their spans are expected, as 2026-02-14: ["09:00-12:00"]'))
            return ()
        days: set[int] = set()
        found = []
        for written, spans in (value or {}).items():
            day = self._once(self.date(written, (key, str(written))), days, written, (key, str(written)))
            held = self.spans(spans, (key, str(written)))
            if day is not None:
                found.append((day, held))
        return tuple(sorted(found))

    def _once(self, day: int | None, found: set[int], written: object, at: Path) -> int | None:
        if day is None:
            return None
        if day in found:
            self.fault(at, Sentence("the date {value} stands twice", {"value": _shown(written)}))
            return None
        found.add(day)
        return day

    # --- holidays and the length of a day

    def holidays(self, value: object) -> tuple[str, str, frozenset[int], frozenset[int]]:
        """Country, subdivision, days added and days dropped."""
        if not isinstance(value, Mapping):
            return "", "", self.dates(value, ("holidays",)), frozenset()
        self.known(value, _HOLIDAY_KEYS, ("holidays",))
        country = self.country(value.get("country"))
        subdiv = self.subdiv(value.get("subdiv"), country)
        closed = self.dates(value.get("add"), ("holidays", "add"))
        worked = self.dates(value.get("drop"), ("holidays", "drop"))
        if worked and not value.get("country"):
            self.fault(("holidays", "drop"), Sentence("without a country there is no holiday to drop"))
        for day in sorted(closed & worked):
            message = Sentence("the date {value} stands under add and under drop", {"value": str(_date(day))})
            self.fault(("holidays", "drop"), message)
        return country, subdiv, closed, worked

    def country(self, value: object) -> str:
        if value is None or value == "":
            return ""
        if value is False:  # YAML 1.1 takes the code of Norway for a truth value
            self.fault(("holidays", "country"), Sentence('a country is expected; write Norway in quotes, as "NO"'))
        elif isinstance(value, str) and holidays_by_country.known(value):
            return value
        else:
            values = {"value": _shown(value)}
            wrong = Sentence("{value} is not a country whose holidays are known; write its two letters, as SA", values)
            self.fault(("holidays", "country"), wrong)
        return ""

    def subdiv(self, value: object, country: str) -> str:
        if value is None or value == "" or not country:
            return ""
        if isinstance(value, str) and holidays_by_country.known(country, value):
            return value
        values = {"value": _shown(value), "country": country}
        self.fault(("holidays", "subdiv"), Sentence("{value} is not a known subdivision of {country}", values))
        return ""

    def day(self, value: object) -> timedelta | None:
        if value is None or value == "":
            return None
        found = _LENGTH.fullmatch(value) if isinstance(value, str) else None
        length = timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0)) if found else timedelta(0)
        if timedelta(0) < length <= timedelta(days=1):
            return length
        values = {"value": _shown(value)}
        self.fault(("day",), Sentence("{value} is not the length of a day; write 8h or 7h30m, up to 24h", values))
        return None


def _span_fault(start: int, end: int, values: Mapping[str, object]) -> Sentence | None:
    """What is wrong with a span from minute to minute of the day, None if nothing is."""
    if start == 24 * 60:
        return Sentence("24:00 may only end a span")
    if end == 0:
        return Sentence("{value} does not end after it begins; the end of the day is 24:00", values)
    if start == end:
        return Sentence("{value} is empty: it must end after it begins", values)
    if start > end:
        return Sentence("{value} runs over midnight; write {start}-24:00, and 00:00-{end} on the next day", values)
    if end == 24 * 60 - 1:
        return Sentence("{value} leaves the last minute of the day out; write {start}-24:00", values)
    return None
