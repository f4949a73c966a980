"""Read the hours of one calendar from a policy's mapping, reporting every fault at once (clock rules 8)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from fenji.errors import Fault, Sentence
from fenji.model.worktime import holidays as public_holidays
from fenji.model.worktime.hours import WEEKDAYS, Hours, TimeSpan, TimeSpans, WrittenHolidays, day_number, to_date
from fenji.model.worktime.offsets import parse_offsets
from fenji.model.worktime.zone import Zone, known_zones

if TYPE_CHECKING:
    from fenji.model.values import LooseValue

KeyPath = tuple[str | int, ...]
CALENDAR_KEYS = {
    1: ("tz", "week", "holidays", "shifts", "breaks", "day"),
    2: ("tz", "week", "holidays", "shifts", "breaks", "day", "offsets"),
}
HOLIDAY_KEYS = {1: ("country", "subdiv", "add", "drop"), 2: ("country", "subdiv", "dates", "add", "drop")}
_SPAN = re.compile(r"([0-9]{1,2}:[0-9]{1,2})-([0-9]{1,2}:[0-9]{1,2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LENGTH = re.compile(r"(?=.)(?:([0-9]{1,5})h)?(?:([0-9]{1,5})m)?")


def parse_hours(mapping: LooseValue, path: KeyPath, *, format_number: int) -> tuple[Hours | None, list[Fault]]:
    """Return the hours in one calendar's mapping, and every fault with its key path under `path`.

    In format 1 the package `holidays` gives those of a country; in format 2 only written dates count. Values are text,
    or dates as PyYAML makes them. With faults the hours are None (clock rules 8).
    """
    parser = HoursParser(path, format_number)
    keys = CALENDAR_KEYS[format_number]
    if not isinstance(mapping, Mapping):
        parser.add_fault((), Sentence("a calendar is a mapping with {keys}", {"keys": tuple(keys)}))
        return None, parser.faults
    parser.check_keys(mapping, CALENDAR_KEYS, ())
    zone = parser.parse_zone(mapping.get("tz"), mapping.get("offsets"))
    week = parser.parse_week(mapping.get("week"))
    holidays = parser.parse_holidays(mapping.get("holidays"))
    shifts, breaks = (
        parser.parse_dated_spans(mapping.get("shifts"), "shifts"),
        parser.parse_dated_spans(mapping.get("breaks"), "breaks"),
    )
    day = parser.parse_day(mapping.get("day"))
    if zone is None or parser.faults:
        return None, parser.faults
    if format_number == 1:
        country, subdiv, worked = holidays.country, holidays.subdiv, holidays.dropped
        return Hours(zone, week, holidays.added, shifts, breaks, country, subdiv, worked, day), []
    return Hours(zone, week, holidays.closed, shifts, breaks, day=day, written=holidays), []


def _abbreviate(value: LooseValue) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


class HoursParser:
    """Reads the parts of one calendar; what cannot be read becomes a fault and counts as absent."""

    def __init__(self, path: KeyPath, format_number: int) -> None:
        self.path, self.format_number = path, format_number
        self.faults: list[Fault] = []

    def add_fault(self, at: KeyPath, message: Sentence) -> None:
        self.faults.append(Fault((*self.path, *at), message))

    def check_keys(
        self, mapping: Mapping[str, LooseValue], keys_by_format: Mapping[int, Sequence[str]], at: KeyPath
    ) -> None:
        keys = keys_by_format[self.format_number]
        for key in mapping:
            values = {"name": _abbreviate(key), "keys": tuple(keys)}
            if key not in keys and key in keys_by_format[2]:
                message = Sentence(
                    "{name} needs format 2; upgrade the policy with: fenji policy amend --format 2", values
                )
                self.add_fault((*at, str(key)), message)
            elif key not in keys:
                message = Sentence("the key {name} is not known here; known: {keys}", values)
                self.add_fault((*at, str(key)), message)

    def parse_zone(self, value: LooseValue, written: LooseValue) -> Zone | None:
        offsets = parse_offsets(written, (*self.path, "offsets"), self.faults) if self.format_number > 1 else ()
        if value is None or value == "":
            self.add_fault(("tz",), Sentence("is missing"))
            return None
        if isinstance(value, str) and value in known_zones():
            return Zone(value, offsets)
        self.add_fault(
            ("tz",), Sentence("{value} is not a known zone; write it like Asia/Riyadh", {"value": _abbreviate(value)})
        )
        return None

    # --- the week

    def parse_week(self, value: LooseValue) -> tuple[TimeSpans, ...]:
        week: dict[int, TimeSpans] = {}
        if not isinstance(value, Mapping | None):
            self.add_fault(("week",), Sentence('expected weekdays with their spans, such as sun-thu: ["08:00-17:00"]'))
            return ()
        fault_count = len(self.faults)
        seen: dict[int, str] = {}
        for key, written in (value or {}).items():
            spans = self.parse_spans(written, ("week", str(key)))
            for weekday in self.parse_weekdays(key):
                if weekday in seen:
                    values = {"day": WEEKDAYS[weekday], "other": seen[weekday]}
                    self.add_fault(("week", str(key)), Sentence("{day} is already under {other}", values))
                    break
                seen[weekday], week[weekday] = str(key), spans
        if len(self.faults) == fault_count and not any(week.values()):
            self.add_fault(("week",), Sentence("the week has no open minute"))
        return tuple(week.get(weekday, ()) for weekday in range(7))

    def parse_weekdays(self, key: LooseValue) -> list[int]:
        first, dash, last = str(key).partition("-")
        if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
            at, values = ("week", str(key)), {"value": _abbreviate(key), "days": tuple(WEEKDAYS)}
            self.add_fault(at, Sentence("{value} is not a weekday; write {days}, or a range like sun-thu", values))
            return []
        if first == last:
            at, values = ("week", str(key)), {"value": _abbreviate(key), "day": first}
            self.add_fault(at, Sentence("{value} may mean one day or seven; write {day}, or mon-sun", values))
            return []
        start = WEEKDAYS.index(first)
        length = (WEEKDAYS.index(last) - start) % 7 if dash else 0
        return [(start + offset) % 7 for offset in range(length + 1)]

    # --- spans

    def parse_spans(self, value: LooseValue, at: KeyPath) -> TimeSpans:
        if not isinstance(value, list | tuple | None):
            self.add_fault(at, Sentence('expected a list of spans, such as ["08:00-12:00", "13:00-17:00"]'))
            return ()
        parsed = ((self.parse_span(written, (*at, index)), index) for index, written in enumerate(value or ()))
        ordered = sorted((span, index) for span, index in parsed if span)
        widest = (0, -1)  # end and index of the span that reaches furthest so far
        for span, index in ordered:
            if span[0] < widest[0]:
                later, other = max(index, widest[1]), min(index, widest[1])
                values = {"value": (value or ())[later], "other": (value or ())[other]}
                self.add_fault((*at, later), Sentence("{value} overlaps {other}", values))
            widest = max(widest, (span[1], index))
        return tuple(span for span, _ in ordered)

    def parse_span(self, value: LooseValue, at: KeyPath) -> TimeSpan | None:
        if isinstance(value, int):  # YAML 1.1 reads 12:30 as 750, a base-60 number
            values = {"value": _abbreviate(value)}
            self.add_fault(at, Sentence('{value} is not a span; write it in quotes, such as "08:00-12:00"', values))
            return None
        match = _SPAN.fullmatch(value) if isinstance(value, str) else None
        if not match:
            values = {"value": _abbreviate(value)}
            self.add_fault(at, Sentence("{value} is not a span; write it like 08:00-12:00", values))
            return None
        start, end = self.parse_time(match[1], at), self.parse_time(match[2], at)
        if start is None or end is None:
            return None
        problem = _span_fault(start, end, {"value": value, "start": match[1], "end": match[2]})
        if problem:
            self.add_fault(at, problem)
        return None if problem else (start * 60, end * 60)

    def parse_time(self, text: str, at: KeyPath) -> int | None:
        hour, minute = (int(part) for part in text.split(":"))
        if minute > 59 or hour * 60 + minute > 24 * 60:
            self.add_fault(at, Sentence("{value} is not a time of day", {"value": text}))
            return None
        if len(text) < 5:
            values = {"value": text, "proper": f"{hour:02}:{minute:02}"}
            self.add_fault(at, Sentence("{value} is not a time of day; write {proper}", values))
            return None
        return hour * 60 + minute

    # --- dates

    def parse_date(self, value: LooseValue, at: KeyPath) -> int | None:
        if isinstance(value, date) and not isinstance(value, datetime):
            return day_number(value)
        try:
            if isinstance(value, str) and _DATE.fullmatch(value):
                return day_number(date.fromisoformat(value))
        except ValueError:
            pass  # 2026-02-30: the same fault as any other text
        self.add_fault(at, Sentence("{value} is not a date; write it like 2026-09-23", {"value": _abbreviate(value)}))
        return None

    def parse_dates(self, value: LooseValue, at: KeyPath) -> frozenset[int]:
        if not isinstance(value, list | tuple | None):
            self.add_fault(at, Sentence("expected a list of dates, such as [2026-09-23]"))
            return frozenset()
        days: set[int] = set()
        for index, written in enumerate(value or ()):
            self._add_once(self.parse_date(written, (*at, index)), days, written, (*at, index))
        return frozenset(days)

    def parse_dated_spans(self, value: LooseValue, key: str) -> tuple[tuple[int, TimeSpans], ...]:
        if not isinstance(value, Mapping | None):
            self.add_fault((key,), Sentence('expected dates with their spans, such as 2026-02-14: ["09:00-12:00"]'))
            return ()
        days: set[int] = set()
        dated = []
        for written, spans in (value or {}).items():
            day = self._add_once(self.parse_date(written, (key, str(written))), days, written, (key, str(written)))
            day_spans = self.parse_spans(spans, (key, str(written)))
            if day is not None:
                dated.append((day, day_spans))
        return tuple(sorted(dated))

    def _add_once(self, day: int | None, seen: set[int], written: LooseValue, at: KeyPath) -> int | None:
        if day is None:
            return None
        if day in seen:
            self.add_fault(at, Sentence("the date {value} appears twice", {"value": _abbreviate(written)}))
            return None
        seen.add(day)
        return day

    # --- holidays and the length of a day

    def parse_holidays(self, value: LooseValue) -> WrittenHolidays:
        if not isinstance(value, Mapping):
            return WrittenHolidays("", "", (), self.parse_dates(value, ("holidays",)), frozenset())
        self.check_keys(value, HOLIDAY_KEYS, ("holidays",))
        country = self.parse_country(value.get("country"))
        subdiv = self.parse_subdiv(value.get("subdiv"), country)
        named = self.parse_named_dates(value.get("dates")) if self.format_number > 1 else ()
        closed = self.parse_dates(value.get("add"), ("holidays", "add"))
        worked = self.parse_dates(value.get("drop"), ("holidays", "drop"))
        if worked and not value.get("country") and not named:
            self.add_fault(("holidays", "drop"), Sentence("without a country there is no holiday to drop"))
        for day in sorted(closed & worked):
            message = Sentence("the date {value} is under both add and drop", {"value": str(to_date(day))})
            self.add_fault(("holidays", "drop"), message)
        return WrittenHolidays(country, subdiv, named, closed, worked)

    def parse_named_dates(self, value: LooseValue) -> tuple[tuple[int, str], ...]:
        if not isinstance(value, Mapping | None):
            message = Sentence("expected dates with their names, such as 2026-09-23: National Day")
            self.add_fault(("holidays", "dates"), message)
            return ()
        days: set[int] = set()
        named = []
        for written, name in (value or {}).items():
            at = ("holidays", "dates", str(written))
            day = self._add_once(self.parse_date(written, at), days, written, at)
            if isinstance(name, Mapping | list | tuple):
                self.add_fault(at, Sentence("{value} is not a name", {"value": _abbreviate(name)}))
            if day is not None:
                named.append((day, "" if name is None else str(name)))
        return tuple(sorted(named))

    def parse_country(self, value: LooseValue) -> str:
        if value is None or value == "":
            return ""
        if value is False:  # YAML 1.1 reads the code of Norway as a boolean
            self.add_fault(("holidays", "country"), Sentence('expected a country; write Norway as "NO", in quotes'))
        elif isinstance(value, str) and public_holidays.is_known(value):
            return value
        else:
            values = {"value": _abbreviate(value)}
            message = Sentence(
                "{value} is not a country whose holidays are known; write its two-letter code, such as SA", values
            )
            self.add_fault(("holidays", "country"), message)
        return ""

    def parse_subdiv(self, value: LooseValue, country: str) -> str:
        if value is None or value == "" or not country:
            return ""
        if isinstance(value, str) and public_holidays.is_known(country, value):
            return value
        values = {"value": _abbreviate(value), "country": country}
        self.add_fault(("holidays", "subdiv"), Sentence("{value} is not a known subdivision of {country}", values))
        return ""

    def parse_day(self, value: LooseValue) -> timedelta | None:
        if value is None or value == "":
            return None
        match = _LENGTH.fullmatch(value) if isinstance(value, str) else None
        length = timedelta(hours=int(match[1] or 0), minutes=int(match[2] or 0)) if match else timedelta(0)
        if timedelta(0) < length <= timedelta(days=1):
            return length
        values = {"value": _abbreviate(value)}
        self.add_fault(("day",), Sentence("{value} is not the length of a day; write 8h or 7h30m, up to 24h", values))
        return None


def _span_fault(start: int, end: int, values: Mapping[str, LooseValue]) -> Sentence | None:
    """Return what is wrong with a span given in minutes of the day; None if nothing is."""
    if start == 24 * 60:
        return Sentence("24:00 may only end a span")
    if end == 0:
        return Sentence("{value} does not end after it begins; the end of the day is 24:00", values)
    if start == end:
        return Sentence("{value} is empty: it must end after it begins", values)
    if start > end:
        return Sentence("{value} runs past midnight; write {start}-24:00, and 00:00-{end} on the next day", values)
    if end == 24 * 60 - 1:
        return Sentence("{value} leaves out the last minute of the day; write {start}-24:00", values)
    return None
