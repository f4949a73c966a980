"""The forms in which people and programs write a date, each read strictly. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_MORNING = "上午|凌晨|清晨|早上|早晨"
_NOON, _EVENING, _AFTERNOON = "中午", "晚上|夜间|夜間", "下午|傍晚"
_HALF = rf"{_MORNING}|{_NOON}|{_EVENING}|{_AFTERNOON}|[AP]\.? ?M\.?"
_WEEKDAY = (
    r"(?: ?(?:[(\[](?:星期|周|週)?[一二三四五六日天月火水木金土][)\]]|(?:星期|周|週|礼拜|禮拜)[一二三四五六日天]))?"
)
_TIME = (
    rf"(?:{_WEEKDAY}(?:[T ,]+|(?<=[日号號)\]])|(?=[上下凌清早中晚傍夜]))(?P<half>{_HALF})? ?(?P<hour>\d{{1,2}})"
    r"(?:[:h时時點点](?P<minute>\d{2}|\d(?=分))分?(?::?(?P<second>\d{2})秒?(?:[.,]\d+)?)?"
    r"|[时時點点h]整?|(?= ?[AP]\.? ?M))"
    rf" ?(?P<half2>{_HALF})? ?\(?(?P<zone>Z|(?:UTC|GMT)(?![+-])|(?:UTC|GMT)?[+-]\d{{1,2}}(?::?\d{{2}})?)?\)?"
    rf"|{_WEEKDAY})"
)
_MONTH = r"(?P<b>\d{1,2}月|[^\W\d_]{2,10})"
_NAMED_DAY = r"(?:[^\W\d_]{3,10}\.?,? )?"  # `Tue 5 Mar 2024`
_PATTERNS = {
    "ymd": r"(?P<y>\d{4}|\d{2}) ?[-/.年] ?(?P<m>\d{1,2}) ?[-/.月] ?(?P<d>\d{1,2}) ?[日号號]?",
    "dMy": rf"{_NAMED_DAY}(?P<d>\d{{1,2}})(?:[-/. ]+|\.? de ){_MONTH}\.?(?:[-/., ]+|\.? de )(?P<y>\d{{4}}|\d{{2}})",
    "Mdy": rf"{_NAMED_DAY}{_MONTH}\.? (?P<d>\d{{1,2}}),? (?P<y>\d{{4}})",
    "yMd": rf"(?P<y>\d{{4}})[-/. ]{_MONTH}[-/. ](?P<d>\d{{1,2}})",
    "dmy": r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4}|\d{2})",
    "mdy": r"(?P<m>\d{1,2})[-/.](?P<d>\d{1,2})[-/.](?P<y>\d{4}|\d{2})",
    "roc": r"(?:(?:中[華华])?民[國国] ?)?(?P<roc>\d{2,3}) ?[-/.年] ?(?P<m>\d{1,2}) ?[-/.月] ?(?P<d>\d{1,2}) ?[日号號]?",
    "compact": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:[T ]?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?",
}
TEXT_FORMS = tuple(_PATTERNS)
_COMPILED = {
    form: re.compile(pattern if form == "compact" else pattern + _TIME, re.IGNORECASE)
    for form, pattern in _PATTERNS.items()
}
_ROC_STARTS, _ROC_EARLIEST = 1911, 60  # a lower two-digit year is of another calendar
_MONTH_NAMES = (
    "january|jan|janeiro|enero|ene|janvier|janv|januar|gennaio|gen|一月",
    "february|feb|fevereiro|fev|febrero|février|févr|fevr|februar|febbraio|二月",
    "march|mar|março|marco|marzo|mars|märz|mär|mrz|三月",
    "april|apr|abril|abr|avril|avr|aprile|四月",
    "may|maio|mai|mayo|maggio|mag|五月",
    "june|jun|junho|junio|juin|juni|giugno|giu|六月",
    "july|jul|julho|julio|juillet|juil|juli|luglio|lug|七月",
    "august|aug|agosto|ago|août|aout|八月",
    "september|sep|sept|setembro|set|septiembre|septembre|settembre|九月",
    "october|oct|outubro|out|octubre|octobre|oktober|okt|ottobre|ott|十月",
    "november|nov|novembro|noviembre|novembre|十一月",
    "december|dec|dezembro|dez|diciembre|dic|décembre|déc|dezember|dicembre|十二月",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split("|")}


def try_text(text: str, form: str) -> tuple[datetime, bool] | None:
    """Return the instant in a text, without a zone if it names none, and whether it names only a day.

    `form` is one of TEXT_FORMS or a pattern of strptime. Returns None for a text that is not of this form.
    """
    plain = _plain(text)
    if "%" in form:
        return _parse_pattern(plain, form)
    match = _COMPILED[form].fullmatch(plain)
    return _from_parts(match.groupdict(), plain) if match else None


parse_text = lru_cache(maxsize=200_000)(try_text)  # for the one form in which a column is read


@lru_cache(maxsize=1_000)
def _plain(text: str) -> str:
    """Return a text with plain letters and digits and one blank between words; cached, as many forms are tried."""
    return " ".join(text.split()) if text.isascii() else " ".join(unicodedata.normalize("NFKC", text).split())


def _parse_pattern(text: str, pattern: str) -> tuple[datetime, bool] | None:
    try:
        return datetime.strptime(text, pattern), not any(part in pattern for part in ("%H", "%I", "%c", "%X", "%T"))
    except (ValueError, re.error):
        return None


def _from_parts(parts: Mapping[str, str | None], text: str) -> tuple[datetime, bool] | None:
    year, month = _year(parts, text), _month(parts["b"]) if parts.get("b") else int(parts["m"] or 0)
    hour = _hour(int(parts["hour"] or 0), parts.get("half") or parts.get("half2") or "")
    try:
        moment = datetime(year, month, int(parts["d"] or 0), hour, int(parts["minute"] or 0), int(parts["second"] or 0))
    except ValueError:
        return None
    zone = parts.get("zone")
    return (moment.replace(tzinfo=_zone(zone)) if zone else moment), parts["hour"] is None


def _year(parts: Mapping[str, str | None], text: str) -> int:
    """Return the year, two digits being 1969 to 2068; 0, which no date has, for one of another calendar."""
    roc = parts.get("roc")
    if roc:
        return int(roc) + _ROC_STARTS if int(roc) >= _ROC_EARLIEST or "民" in text else 0
    year = int(parts["y"] or 0)
    return year if year >= 100 else year + (2000 if year < 69 else 1900)


def _hour(hour: int, half: str) -> int:
    """Return the hour, from a 12-hour clock if `half` is given; -1, which no time has, if they do not fit."""
    word = half.upper()
    if not word:
        return hour
    if word.startswith("A") or word in _MORNING:
        return hour % 12 if hour <= 12 else -1
    if word == _NOON and hour in (10, 11):
        return hour
    if hour == 12 and word in _EVENING:
        return -1  # midnight, but it is unknown of which day
    return hour % 12 + 12 if hour < 24 else -1


def _month(name: str | None) -> int:
    word = (name or "").lower()
    return int(word[:-1]) if word[:-1].isdecimal() else _MONTHS.get(word, 0)


def _zone(text: str) -> timezone:
    offset = re.sub(r"(?i)utc|gmt|z", "", text)
    if not offset:
        return UTC
    digits = offset[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    length = timedelta(hours=hours, minutes=minutes)
    return timezone(-length if offset[0] == "-" else length)
