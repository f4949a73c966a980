"""Write the holidays and zone hours of the installed packages into policy.yaml (clock rules 10a).

Dates that have begun are not changed; only a calendar without any written dates gets past ones too, once. The file is
changed in place, and is a draft like any other until it is brought in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fenji.desk.open import POLICY_FILE
from fenji.errors import Damaged, InvalidUsage, NotFound, Refused
from fenji.model.ticket import FIRST_YEAR, LAST_YEAR
from fenji.model.worktime import holidays as public_holidays
from fenji.model.worktime import upkeep
from fenji.model.worktime.calendar import parse_calendar
from fenji.model.worktime.hours import Hours, to_date
from fenji.model.worktime.offsets import WrittenOffsets, format_change, format_offset
from fenji.model.worktime.zone import EPOCH, Zone, zone_country
from fenji.storage import policy_text, yaml_codec

if TYPE_CHECKING:
    from fenji.model.values import JsonValue, Value
    from fenji.model.worktime.upkeep import Years

_YEARS = re.compile(r"([0-9]{4})(?:-([0-9]{4}))?")
_COUNTRY = re.compile(r"([A-Za-z]{2,3})(?:[- ](\S{1,8}))?")
_LANGUAGES = {"zh-Hans": ("zh_CN", "en_US"), "zh-Hant": ("zh_TW", "zh_CN", "en_US")}
Country = tuple[str, str]  # code of the country, code of a part of it or ""


@dataclass(frozen=True)
class CalendarDates:
    """The changes of one calendar: dates with names of holidays, or instants with offsets, as written in the file."""

    calendar: str
    added: Mapping[str, str]
    removed: Mapping[str, str]
    entries: Mapping[str, str] = field(repr=False)  # all entries after the change

    @property
    def changes(self) -> bool:
        """Whether anything is added or removed."""
        return bool(self.added or self.removed)

    def mapping(self) -> dict[str, JsonValue]:
        """Return the changes as a JSON object."""
        return {"calendar": self.calendar, "added": dict(self.added), "removed": dict(self.removed)}


def parse_years(text: str) -> Years:
    """Parse `2026` or `2026-2028` into the first and last year. Raises InvalidUsage."""
    match = _YEARS.fullmatch(text.strip())
    first = int(match[1]) if match else 0
    last = int(match[2] or first) if match else 0
    if not match or not FIRST_YEAR <= first <= last <= LAST_YEAR:
        hint = "Write 2026-2028, between {first} and {last}."
        values = {"years": text, "first": FIRST_YEAR, "last": LAST_YEAR}
        raise InvalidUsage("{years} is not a year or range of years.", hint=hint, **values)
    return first, last


def parse_country(text: str) -> Country:
    """Parse `SA`, or `DE-BY` for a part of a country. Raises InvalidUsage if its holidays are not known."""
    match = _COUNTRY.fullmatch(text.strip())
    code, part = (match[1].upper(), match[2] or "") if match else ("", "")
    for spelled in (part, part.upper()):
        if match and public_holidays.is_known(code, spelled):
            return code, spelled
    hint = "Write its two-letter code, such as SA, or a region's, such as DE-BY."
    raise InvalidUsage("No holidays are known for {country}.", hint=hint, country=text)


def languages_of(document: Mapping[str, Value]) -> Sequence[str]:
    """Return the languages for the names of holidays in a loaded policy, best first."""
    return _LANGUAGES.get(str(document.get("language")), ("en_US",))


class PolicyDates:
    """The calendars of a policy.yaml, and the dates that can be written into them. `now` decides which have begun.

    Raises Damaged for a file or a calendar that cannot be read, Refused for a policy of format 1.
    """

    def __init__(self, data: bytes, now: datetime) -> None:
        self.data, self.now = data, now
        document: Any = yaml_codec.load(data, POLICY_FILE)
        self.document: dict[str, Any] = document if isinstance(document, dict) else {}
        if self.document.get("format") == "1":
            raise Refused(
                "policy.yaml is in format 1, which has no written dates.",
                hint="Convert it to format 2 first: fenji policy amend --format 2",
            )
        calendars = self.document.get("calendars")
        self.typed: dict[str, Any] = calendars if isinstance(calendars, dict) else {}
        self.hours = {name: self._parse(name) for name in self.typed}

    def _parse(self, name: str) -> Hours:
        calendar, faults = parse_calendar(self.typed[name], ("calendars", name), format_number=2)
        if calendar is None or calendar.hours is None:
            problems = yaml_codec.locate_faults(self.data, POLICY_FILE, faults)
            raise Damaged("{path} cannot be read.", path=POLICY_FILE, problems=problems)
        return calendar.hours

    def _pick(self, name: str) -> str:
        if name in self.hours:
            return name
        known = tuple(self.hours)
        raise NotFound("There is no calendar {name}.", hint="Known are {known}.", name=name, known=known)

    # --- holidays

    def plan_holidays(self, country: Country, years: Years, calendar: str = "") -> list[CalendarDates]:
        """Plan the holidays of a country for one calendar, else for all that name the country.

        Raises NotFound for an unknown calendar; Refused if no calendar names the country, the given one names another,
        or the package has no holidays for these years.
        """
        names = [self._pick(calendar)] if calendar else [name for name in self.hours if self._country(name) == country]
        if not names:
            hint = "Name the calendar: --calendar NAME, one of {known}."
            where, known = _join(country), tuple(self.hours)
            raise Refused("No calendar has the holidays of {country}.", hint=hint, country=where, known=known)
        languages = languages_of(self.document)
        span = range(years[0], years[1] + 1)
        installed = public_holidays.public_holidays(country[0], span, country[1], languages=languages)
        if not installed:
            values = {"country": _join(country), "years": "-".join(map(str, dict.fromkeys(years)))}
            raise Refused("The installed holidays package has no holidays for {country} in {years}.", **values)
        return [self._plan_holidays(name, country, installed, years) for name in names]

    def _country(self, name: str) -> Country:
        written = self.hours[name].written
        return (written.country, written.subdiv) if written else ("", "")

    def _plan_holidays(self, name: str, country: Country, installed: Mapping[date, str], years: Years) -> CalendarDates:
        if self._country(name) not in (("", ""), country):
            hint = "Change `country` in policy.yaml first, if that is intended."
            values = {"name": name, "written": _join(self._country(name)), "country": _join(country)}
            raise Refused("Calendar {name} has the holidays of {written}, not of {country}.", hint=hint, **values)
        hours = self.hours[name]
        present = {str(to_date(day)): title for day, title in hours.written.dates} if hours.written else {}
        planned = upkeep.plan_holidays(hours, installed, years, self.now)
        return _compare(name, present, {str(day): title for day, title in planned.items()})

    def write_holidays(self, plans: Iterable[CalendarDates], country: Country) -> bytes:
        """Return the file with these dates in it. Raises Refused if it cannot be changed in place."""
        words = {key: word for key, word in zip(("country", "subdiv"), country, strict=True) if word}
        data = self.data
        for plan in plans:
            if plan.changes:
                data = policy_text.set_holidays(data, POLICY_FILE, plan.calendar, words, plan.entries)
        return data

    # --- the hours of zones

    def plan_zones(self, years: Years, calendar: str = "") -> list[CalendarDates]:
        """Plan the offsets of all zones that change in these years or already have written ones. Raises NotFound."""
        names = [self._pick(calendar)] if calendar else list(self.hours)
        plans = [(name, upkeep.plan_offsets(self.hours[name].zone, years, self.now)) for name in names]
        return [self._compare_offsets(name, offsets) for name, offsets in plans if offsets]

    def _compare_offsets(self, name: str, planned: WrittenOffsets) -> CalendarDates:
        zone = self.hours[name].zone
        typed = {_second(key): (key, word) for key, word in (self.typed[name].get("offsets") or {}).items()}
        words: dict[str, str] = {}
        before = Zone(zone.key).offset_at(planned[0][0] - 1)
        for at, offset in planned:
            key, word = typed.get(at, (format_change(at, before), ""))
            words[key] = word if (at, offset) in zone.offsets else format_offset(offset)
            before = offset
        return _compare(name, dict(typed.values()), words)

    def write_zones(self, plans: Iterable[CalendarDates]) -> bytes:
        """Return the file with these offsets in it. Raises Refused if it cannot be changed in place."""
        data = self.data
        for plan in plans:
            if plan.changes:
                data = policy_text.set_offsets(data, POLICY_FILE, plan.calendar, plan.entries, _second)
        return data


def write_first_dates(data: bytes, zone: str, now: datetime) -> bytes:
    """Return a new desk's policy with the holidays of the zone's country and its offsets, for three years from now."""
    years = now.year, min(now.year + 2, LAST_YEAR)
    country = zone_country(zone)
    if country and public_holidays.is_known(country):
        dates = PolicyDates(data, now)
        plans = [plan for name in dates.hours for plan in dates.plan_holidays((country, ""), years, name)]
        data = dates.write_holidays(plans, (country, ""))
    dates = PolicyDates(data, now)
    return dates.write_zones(dates.plan_zones(years))


def _compare(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> CalendarDates:
    added = {key: word for key, word in after.items() if before.get(key) != word}
    removed = {key: word for key, word in before.items() if after.get(key) != word}
    return CalendarDates(name, added, removed, after)


def _join(country: Country) -> str:
    return "-".join(filter(None, country))


def _second(key: str) -> int:
    return (datetime.fromisoformat(key) - EPOCH) // timedelta(seconds=1)
