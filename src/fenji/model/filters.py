"""The filter language shared by board, list, report and search. Pure: a text in, a test of rows out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf

from msgspec import Struct

from fenji.errors import InvalidUsage, RefusalCollector
from fenji.model.board import Row
from fenji.model.filter_values import check_choices
from fenji.model.filter_verdicts import (
    DAY_OF_NOBODY,
    INSTANT_KEYS,
    Today,
    VerdictTest,
    has_verdict,
    is_verdict_key,
    make_instant_test,
    make_verdict_test,
    verdict_span,
)
from fenji.model.ticket import CLOSED_STATES, FIELD_BY_PATH, PATH_BY_FILTER_KEY, FieldPath, Ticket
from fenji.text import fold_code

RowTest = Callable[[Row], bool]
_QUOTED = r'"((?:[^"]|"")*)"?'
_VALUE = r'(?:"(?:[^"]|"")*"?|[^\s,]*)'
# A word is a key with its values, a phrase, or plain text, each with an optional minus.
_WORD = re.compile(rf"(-?)(?:([a-z]+(?:\.[a-z]+)?):(?=\S)({_VALUE}(?:,{_VALUE})*)|{_QUOTED}|(\S+))", re.IGNORECASE)
_LISTED_VALUE = re.compile(rf"(?:{_QUOTED}|([^\s,]*)),")  # with the comma after it
_PRIORITY_KEYS = ("p", "priority")
_IS_TESTS: Mapping[str, Callable[[Row], bool]] = {
    "late": lambda row: row.sign == "!",
    "risk": lambda row: row.sign == "~",
    "held": lambda row: row.sign == "=",
    "open": lambda row: row.ticket.state not in CLOSED_STATES,
    "closed": lambda row: row.ticket.state in CLOSED_STATES,
    "unowned": lambda row: not row.ticket.owner,
    "missed": lambda row: "missed" in _clock_states(row) or "breached" in _clock_states(row),
    "edited": lambda row: row.hand_edited,
    "unsigned": lambda row: bool(row.unsigned),
    "refused": lambda row: bool(row.refused),
    "marked": lambda row: bool(row.marks),
    "held-back": lambda row: bool(row.held),
    "customer-wrote": lambda row: row.customer_wrote,
    "superseded": lambda row: bool(row.superseded),
}
FILTER_KEYS = ("p", *PATH_BY_FILTER_KEY, "left", "is", "year", *INSTANT_KEYS)
_LEFT = re.compile(r"([<>]=?)(-?)(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?")
_WHOLE_NUMBER = re.compile(r"[a-z0-9]+-[0-9]{4}-[0-9]{4,7}", re.IGNORECASE)
_PRIORITY_NUMBER = re.compile(r"[0-9]{1,6}")
_YEAR = re.compile(r"[0-9]{4}")


def _clock_states(row: Row) -> tuple[str, str]:
    return row.reading.response.state, row.reading.solution.state


class RowFilter(Struct, frozen=True):
    """A filter of rows; every word must match. `p:1..2 state:waiting owner:me left:<4h -site:HQ "轉台"`."""

    text: str
    tests: tuple[RowTest, ...]
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()  # of words not negated, as (key, folded values)
    verdict_tests: tuple[VerdictTest, ...] = ()  # a single verdict must pass all of them
    verdict_span: tuple[float, float] = (-inf, inf)  # that verdict lies in [start, end), in seconds since 1970

    def matches(self, row: Row) -> bool:
        return all(test(row) for test in self.tests)


def parse_filter(
    text: str, *, me: str = "", fold: Callable[[str], str] = str.casefold, today: Today = DAY_OF_NOBODY
) -> RowFilter:
    """Parse the filter in `text`; `me` is the current user, `fold` makes scripts and letter cases equal.

    Several values of one key are separated by commas; a leading `-` negates a word. A value with blanks or commas is
    quoted, and a quote within it is doubled. The words about verdicts that are not negated ask for one verdict that
    fits all of them. Raises InvalidUsage for all unknown keys and values.
    """
    tests: list[RowTest] = []
    verdict_tests: list[VerdictTest] = []
    values: list[tuple[str, tuple[str, ...]]] = []
    span = -inf, inf
    refusals = RefusalCollector()
    for negated, name, listed, quoted, word in _WORD.findall(text):
        key, given = name.lower(), _split_values(listed) if name else [_unquote(quoted) or word]
        with refusals.checking():
            if is_verdict_key(key):
                test = make_verdict_test(key, given, today, fold)
                if negated:
                    tests.append(_negate(has_verdict([test])))
                    continue
                verdict_tests.append(test)
                start, end = verdict_span(key, given, today)
                span = max(span[0], start), min(span[1], end)
                continue
            is_instant = key in INSTANT_KEYS
            row_test = make_instant_test(key, given, today) if is_instant else _build_test(key, given, me, fold)
            tests.append(_negate(row_test) if negated else row_test)
            if key and not negated:
                values.append((key, tuple(map(fold, given))))
    refusals.raise_all()
    tests += [has_verdict(verdict_tests)] if verdict_tests else []
    return RowFilter(text, tuple(tests), tuple(values), tuple(verdict_tests), span)


def quote(value: str) -> str:
    """Return a value as a single word of the filter language: quoted if needed, inner quotes doubled."""
    if value and not any(character.isspace() or character in ',"' for character in value):
        return value
    return '"{}"'.format(value.replace('"', '""'))


def _unquote(quoted: str) -> str:
    return quoted.replace('""', '"')


def _split_values(listed: str) -> list[str]:
    """Return the values of a key, which are separated by commas; those within quotes separate nothing."""
    return [_unquote(quoted) or bare for quoted, bare in _LISTED_VALUE.findall(f"{listed},")]


def _negate(test: RowTest) -> RowTest:
    return lambda row: not test(row)


def _build_test(key: str, values: Sequence[str], me: str, fold: Callable[[str], str]) -> RowTest:
    if not key:
        wanted = fold(values[0])
        return lambda row: wanted in fold(_searchable_text(row.ticket))
    values = [value for value in values if value]
    if not values:
        raise InvalidUsage("Nothing follows {key}: in the filter.", key=key)
    if key in _PRIORITY_KEYS:
        return _any_of(map(_priority_test, values))
    if key == "left":
        return _any_of(map(_left_test, values))
    if key == "year":
        return _any_of(map(_year_test, values))
    if key == "is":
        return _any_of(map(_is_test, values))
    if key in PATH_BY_FILTER_KEY:
        check_choices(key, PATH_BY_FILTER_KEY[key], map(fold, values), fold)
        return _path_test(PATH_BY_FILTER_KEY[key], values, me, fold)
    keys = tuple(FILTER_KEYS)
    hint = "It knows {keys}; plain words search the text."
    raise InvalidUsage("The filter does not know {key}:.", hint=hint, key=key, keys=keys)


def _any_of(tests: Iterable[RowTest]) -> RowTest:
    listed = tuple(tests)
    return lambda row: any(test(row) for test in listed)


def _searchable_text(ticket: Ticket) -> str:
    fields = FIELD_BY_PATH.items()
    parts = [ticket.word(path) for path, field in fields if field.type in ("word", "text")]
    lists = [ticket.get(path) for path, field in fields if field.type == "words"]
    return "\n".join([*parts, *(str(word) for words in lists if isinstance(words, list) for word in words)])


def _priority_test(value: str) -> RowTest:
    low, dots, high = value.upper().removeprefix("P").partition("..")
    high = high.removeprefix("P") if dots else low
    if not all(_PRIORITY_NUMBER.fullmatch(number) for number in (low, high)):
        raise InvalidUsage("Not a priority: {value}.", hint="Write p:1 or p:1..2.", value=value)
    numbers = range(int(low), int(high) + 1)

    def test(row: Row) -> bool:
        number = row.ticket.priority[1:]
        return bool(_PRIORITY_NUMBER.fullmatch(number)) and int(number) in numbers

    return test


def _year_test(value: str) -> RowTest:
    first, dots, last = value.partition("..")
    last = last if dots else first
    if not _YEAR.fullmatch(first) or not _YEAR.fullmatch(last):
        raise InvalidUsage("{value} is no year.", hint="Write year:2026 or year:2025..2026.", value=value)
    return lambda row: any(first <= year <= last for year in row.id.split("-")[1:2])


def _left_test(value: str) -> RowTest:
    match = _LEFT.fullmatch(value)
    if not match or not any(match.groups()[2:]):
        raise InvalidUsage("Not a time left: {value}.", hint="Write left:<4h or left:>2d.", value=value)
    days, hours, minutes = (int(part or 0) for part in match.groups()[2:])
    seconds = (days * 86400 + hours * 3600 + minutes * 60) * (-1 if match[2] else 1)
    less, or_equal = match[1][0] == "<", match[1].endswith("=")

    def test(row: Row) -> bool:
        if row.left_s is None:
            return False
        return (row.left_s < seconds if less else row.left_s > seconds) or (or_equal and row.left_s == seconds)

    return test


def _is_test(value: str) -> RowTest:
    word, known = value.lower(), tuple(_IS_TESTS)
    if word not in _IS_TESTS:
        raise InvalidUsage("is: does not know {word}.", hint="It knows {known}.", word=word, known=known)
    return _IS_TESTS[word]


def _number_test(wanted: Sequence[str], fold: Callable[[str], str]) -> RowTest:
    """Return the test of a ticket's number: a whole number must be equal, any other text may be a part of it."""
    whole = {word for word in wanted if _WHOLE_NUMBER.fullmatch(word)}
    parts = [word for word in wanted if word and word not in whole]

    def test(row: Row) -> bool:
        number = fold(row.id)
        return number in whole or any(part in number for part in parts)

    return test


def _path_test(path: FieldPath, given: Sequence[str], me: str, fold: Callable[[str], str]) -> RowTest:
    if path != "id" and FIELD_BY_PATH[path].match == "code":
        fold = fold_code
    wanted = [fold(me if word == "me" and path == "owner" else word) for word in given]
    if path == "id":
        return _number_test(wanted, fold)
    exact = FIELD_BY_PATH[path].match == "whole"

    def test(row: Row) -> bool:
        field_value = row.ticket.get(path) or ""
        values = [fold(str(item)) for item in (field_value if isinstance(field_value, list) else [field_value])]
        if exact:
            return any(text in wanted for text in values)
        return any(word and word in text for text in values for word in wanted)

    return test


def complete_filter(text: str, values: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a filter with its last word completed: to keys with their colon, or the known values of its key."""
    last = next((word[0] for word in _WORD.finditer(text) if word.end() == len(text)), "")
    before, minus = text[: len(text) - len(last)], "-" if last.startswith("-") else ""
    key, colon, listed = last.removeprefix("-").partition(":")
    if not colon:
        return [f"{before}{minus}{candidate}:" for candidate in FILTER_KEYS if candidate.startswith(key) and key]
    known = {"is": tuple(_IS_TESTS), **values}.get(key, ())
    *_, begun = _LISTED_VALUE.finditer(f"{listed},")
    before += f"{minus}{key}:{listed[: begun.start()]}"
    typed = _unquote(begun[1] or "") or begun[2] or ""
    return [f"{before}{quote(candidate)}" for candidate in known if candidate.startswith(typed)]
