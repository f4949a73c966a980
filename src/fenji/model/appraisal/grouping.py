"""The keys by which rows of a report are grouped, and their values read from the tables of facts. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import sub
from typing import TYPE_CHECKING, Any

from fenji.errors import InvalidUsage, Sentence
from fenji.model.appraisal.codes import Codes, GroupKey, encode, join, pack, spread
from fenji.model.appraisal.facts import ORDERS, Facts
from fenji.model.periods import day_number, split_period
from fenji.text import fold, fold_code

if TYPE_CHECKING:
    from fenji.model.appraisal.columns import Table
    from fenji.model.appraisal.facts import LineFact, VerdictFact
    from fenji.model.periods import Period

_ORDERS = {Facts.ROW_TYPES[name]: column for name, column in ORDERS.items()}
NOT_SAID = ""  # the row of lines that do not give a key
MONTH = "month"
# Each key with the column that it reads from a verdict and the one from a ticket.
_COLUMNS = {
    "person": ("person", "owner"),
    "unit": ("unit", ""),
    "site": ("site", "site"),
    "kind": ("kind", "kind"),
    "priority": ("level", "priority"),
    "impact": ("impact", "impact"),
    "occurrence": ("occurrence", "occurrence"),
    "system": ("system", "system"),
    "subsystem": ("subsystem", "subsystem"),
    "part": ("part", "part"),
    "serial": ("", "serial"),
    "customer": ("customer", "customer"),
    "requester": ("requester", "requester"),
}
KEYS = (*(key for key, (verdict, _) in _COLUMNS.items() if verdict), MONTH)
TICKET_KEYS = (
    *(key for key, (_, ticket) in _COLUMNS.items() if ticket and key != "person"),
    MONTH,
)  # keys read from a ticket only
HOLDER_KEYS = frozenset({"person", "unit"})  # of a stretch, not of its ticket
PART_KEYS = ("part", "subsystem", "system", "serial")
KEY_LABELS = {
    "person": Sentence("person"),
    "unit": Sentence("unit"),
    "site": Sentence("site name"),
    "kind": Sentence("kind"),
    "priority": Sentence("priority"),
    "impact": Sentence("impact"),
    "occurrence": Sentence("occurrence"),
    "system": Sentence("system"),
    "subsystem": Sentence("subsystem"),
    "part": Sentence("part"),
    "serial": Sentence("serial number"),
    "customer": Sentence("customer"),
    "requester": Sentence("requester"),
    MONTH: Sentence("month"),
}
_FREE_KEYS = ("system", "subsystem", "part", "serial", "customer", "requester")  # typed by people: spellings are folded
_CODE_KEYS = ("part", "serial")
QUERY_KEYS = {"person": "by", "priority": "level"}  # keys with another name in queries


def parse_keys(text: str, known: Sequence[str] = KEYS) -> tuple[str, ...]:
    """Parse `person,kind`. Raises InvalidUsage for a key that is not `known`, or one named twice."""
    keys = tuple(key.strip().lower() for key in text.split(",") if key.strip())
    if keys and not known:
        raise InvalidUsage("This kind of report is not grouped.", hint="Leave out --by.")
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise InvalidUsage("Cannot group by {key}.", hint="Group by {keys}.", key=tuple(unknown), keys=tuple(known))
    if len(set(keys)) < len(keys):
        raise InvalidUsage("A key appears twice in {keys}.", hint="Name each key once.", keys=text)
    return keys


def name_order(words: Iterable[str]) -> list[tuple[bool, str]]:
    """Return the sort key of a row: its names, with missing ones last."""
    return [(not word, word) for word in words]


def sort_keys(keys: Iterable[GroupKey], grouping: Grouping) -> list[GroupKey]:
    """Return the keys of rows ordered by their names."""
    return sorted(keys, key=lambda key: name_order(grouping.words_of(key).values()))


class Grouping:
    """The keys by which rows are grouped, read from each table.

    With `by_code`, parts and serial numbers are equal whatever is between their letters, as in a search. `unit` is the
    length that the key *month* stands for: a month, quarter or year (M, Q, Y).
    """

    def __init__(
        self, keys: Sequence[str], facts: Facts, period: Period, *, by_code: bool = False, unit: str = "M"
    ) -> None:
        self.keys, self.facts, self.period, self.by_code = tuple(keys), facts, period, by_code
        self.months = split_period(period, unit) if MONTH in keys else []
        self._month_starts = [int(month.start.timestamp()) for month in self.months]
        self._month_words = [facts.words.add(month.text) for month in self.months]
        self._month_by_word = dict(zip(self._month_words, self.months, strict=True))

    def codes_of_verdicts(self, verdicts: Table[VerdictFact], *, person: str = "person") -> Codes:
        """Return the row of each verdict; `person` names the column that persons are read from."""
        parts = [
            self._months_of(verdicts, "at")
            if key == MONTH
            else self._fold(key, encode(verdicts.columns.peek(person if key == "person" else _COLUMNS[key][0])))
            for key in self.keys
        ]
        return join(parts, len(verdicts))

    def codes_of_rows(self, table: Table[Any], instant: str = "", *, months: Codes | None = None) -> Codes:
        """Return the row of each line of a table: person and unit are those of the line, other keys its ticket's now.

        The month of a line is that of the column `instant`, else the one in `months`; without either it has none.
        """
        parts = []
        for key in self.keys:
            if key in HOLDER_KEYS:
                parts.append(encode(table.columns[key]))
            elif key == MONTH:
                own = months or Codes(bytes(len(table)), [(0,)])
                parts.append(self._months_of(table, instant) if instant else own)
            else:
                codes = self.codes_of_tickets(key)
                parts.append(Codes(self.facts.places_of(table).pick(codes.numbers), codes.keys))
        return join(parts, len(table))

    def codes_of_tickets(self, key: str) -> Codes:
        """Return the value of a key for each ticket, as it is now."""
        return self._fold(key, encode(self.facts.tickets.columns.peek(_COLUMNS[key][1])))

    def codes_of_all_tickets(self) -> Codes:
        """Return the row of each ticket, as it is now; only for keys without holders and months."""
        return join(list(map(self.codes_of_tickets, self.keys)), len(self.facts.tickets))

    def of_rows(self, table: Table[Any], instant: str = "", *, months: Codes | None = None) -> list[GroupKey]:
        """Return the key of each line of a table, as `codes_of_rows` finds it."""
        codes = self.codes_of_rows(table, instant, months=months)
        return list(map(codes.keys.__getitem__, codes.numbers))

    def of_lines(self, lines: Table[LineFact]) -> list[GroupKey]:
        """Return the key of each resource line."""
        codes = self.codes_of_lines(lines)
        return list(map(codes.keys.__getitem__, codes.numbers))

    def codes_of_lines(self, lines: Table[LineFact]) -> Codes:
        """Return the row of each resource line; its month is that of the date on it."""
        return self.codes_of_rows(lines, months=self.months_of_dates(lines.columns["on"]))

    def months_of_dates(self, dates: Iterable[int]) -> Codes | None:
        """Return the month of each date, given as YYYYMMDD; None if rows are not grouped by month."""
        first_days = [day_number(month.first) for month in self.months]
        return self._positions(first_days, dates) if self.months else None

    def spans(self) -> dict[int, Period]:
        """Return the months by the numbers of their words if rows are grouped by month, else the period under 0."""
        return self._month_by_word or {0: self.period}

    def span_of(self, key: GroupKey) -> Period:
        """Return the month of a row, cut at the ends of the period, or the whole period for rows without month."""
        return self._month_by_word[key[self.keys.index(MONTH)]] if self.months and key else self.period

    @property
    def ticket_places(self) -> Sequence[int]:
        """The place of each ticket in its table, by the number of its uid."""
        return self.facts.ticket_places

    def words_of(self, key: GroupKey) -> dict[str, str]:
        """Return a key in words."""
        return {name: self.facts.words.common[number] for name, number in zip(self.keys, key, strict=True)}

    def _fold(self, key: str, codes: Codes) -> Codes:
        """Return codes with one key for all spellings of a word that people typed: that of the commonest."""
        if key not in _FREE_KEYS:
            return codes
        by_code = self.by_code and key in _CODE_KEYS
        spellings = self.facts.derive(("spellings", key, by_code), lambda: self._find_spellings(key, by_code=by_code))
        words = self.facts.words.common
        for number in sorted((number for (number,) in codes.used_keys), key=words.__getitem__):
            spellings.take(number)
        return codes.renamed([(spellings.taken.get(number, number),) for (number,) in codes.keys])

    def _find_spellings(self, key: str, *, by_code: bool) -> _Spellings:
        words, common = self.facts.words.common, Counter(self.facts.tickets.columns.peek(_COLUMNS[key][1]))
        spellings = _Spellings(words, fold_code if by_code else fold)
        for number in sorted(common, key=lambda number: (-common[number], words[number])):
            spellings.take(number)
        return spellings

    def _months_of(self, table: Table[Any], instant: str) -> Codes:
        """Return the month of an instant in each row; an instant before the first month counts as in it."""
        column = table.columns[instant]
        if _ORDERS.get(table.row_type) != instant:
            return self._positions(self._month_starts, column)
        bounds = [0, *(table.columns.find(instant, start) for start in self._month_starts[1:]), len(table)]
        return spread(list(map(sub, bounds[1:], bounds)), [(word,) for word in self._month_words])

    def _positions(self, starts: Sequence[int], instants: Iterable[int]) -> Codes:
        found = map(partial(bisect_right, starts[1:]), instants)
        return Codes(pack(found, len(starts)), [(word,) for word in self._month_words])


class _Spellings:
    """Words that people typed, by their numbers, each mapped to the first one taken of those that fold alike."""

    def __init__(self, words: Sequence[str], fold_word: Callable[[str], str]) -> None:
        self.taken: dict[int, int] = {}
        self._words, self._fold_word = words, fold_word
        self._by_fold: dict[str, int] = {}

    def take(self, number: int) -> None:
        """Add a word, unless it is known."""
        if number not in self.taken:
            self.taken[number] = self._by_fold.setdefault(self._fold_word(self._words[number]), number)
