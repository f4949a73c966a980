"""What rows of a report go by, and the keys of rows read off the tables of facts. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from fenji.errors import InvalidUsage, Sentence
from fenji.model.periods import day_number, split_period
from fenji.text import fold, fold_code

if TYPE_CHECKING:
    from fenji.model.appraisal.columns import Table
    from fenji.model.appraisal.facts import Facts, LineFact
    from fenji.model.periods import Period

NOT_SAID = ""  # the row of what a line does not say
GroupKey = tuple[int, ...]  # numbers of words, in the order of the keys
MONTH = "month"
# A key, and the column of a verdict and of a ticket that it reads.
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
)  # of a ticket alone
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
QUERY_KEYS = {"person": "by", "priority": "level"}  # where a query names a key otherwise


def parse_keys(text: str, known: Sequence[str] = KEYS) -> tuple[str, ...]:
    """Parse `person,kind`. Raises InvalidUsage for a key that is not `known`, or one named twice."""
    keys = tuple(key.strip().lower() for key in text.split(",") if key.strip())
    if keys and not known:
        raise InvalidUsage("The rows of this kind go by nothing.", hint="Leave --by out.")
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise InvalidUsage("Rows cannot go by {key}.", hint="They go by {keys}.", key=tuple(unknown), keys=tuple(known))
    if len(set(keys)) < len(keys):
        raise InvalidUsage("A key stands twice in {keys}.", hint="Name each key once.", keys=text)
    return keys


def name_order(words: Iterable[str]) -> list[tuple[bool, str]]:
    """Return what rows are ordered by: their names, what is not said last."""
    return [(not word, word) for word in words]


def sort_keys(keys: Iterable[GroupKey], grouping: Grouping) -> list[GroupKey]:
    """Return keys of rows in the order of their names."""
    return sorted(keys, key=lambda key: name_order(grouping.words_of(key).values()))


class Grouping:
    """The keys that rows go by, read off each table.

    With `by_code` parts and serial numbers are alike whatever stands between their letters, as in a search. `unit` is
    what the key *month* stands for: a month, quarter or year (M, Q, Y).
    """

    def __init__(
        self, keys: Sequence[str], facts: Facts, period: Period, *, by_code: bool = False, unit: str = "M"
    ) -> None:
        self.keys, self.facts, self.period, self.by_code = tuple(keys), facts, period, by_code
        self.months = split_period(period, unit) if MONTH in keys else []
        self._month_starts = [int(month.start.timestamp()) for month in self.months]
        self._month_words = [facts.words.add(month.text) for month in self.months]
        self._words_by_position = self._month_words[:1] + self._month_words  # before the first month counts as in it
        self._month_by_word = dict(zip(self._month_words, self.months, strict=True))

    def ids_of_verdicts(self, verdicts: Table[Any], *, person: str = "person") -> Sequence[Hashable]:
        """Return an id of the row of each verdict; `person` names the column that persons are read from."""
        columns: list[Sequence[int]] = [
            self._months_of(verdicts.columns["at"])
            if key == MONTH
            else self._fold(key, verdicts.columns[person if key == "person" else _COLUMNS[key][0]])
            for key in self.keys
        ]
        return self._join(columns, len(verdicts))

    def ids_of_rows(self, table: Table[Any], instant: str = "", *, months: Sequence[int] = ()) -> Sequence[Hashable]:
        """Return an id of the row of each line of a table: person and unit are its own, all else its ticket's as it is.

        Its month is that of the column `instant`, or its own of `months`, each a word's number.
        """
        columns: list[Sequence[int]] = []
        for key in self.keys:
            if key in HOLDER_KEYS:
                columns.append(table.columns[key])
            elif key == MONTH:
                columns.append(self._months_of(table.columns[instant]) if instant else months or [0] * len(table))
            else:
                column = self.facts.tickets.columns[_COLUMNS[key][1]]
                columns.append(self._fold(key, list(map(column.__getitem__, self.facts.places_of(table)))))
        return self._join(columns, len(table))

    def _join(self, columns: Sequence[Sequence[int]], length: int) -> Sequence[Hashable]:
        """Return an id for each row of some columns: the number itself where there is one column."""
        if len(columns) == 1:
            return columns[0]
        return list(zip(*columns, strict=True)) if columns else [()] * length

    def key_of(self, row: Hashable) -> GroupKey:
        """Return the key that an id stands for."""
        return cast("GroupKey", (row,) if len(self.keys) == 1 else row)

    def of_rows(self, table: Table[Any], instant: str = "", *, months: Sequence[int] = ()) -> list[GroupKey]:
        """Return the key of each line of a table, as `ids_of_rows`."""
        return list(map(self.key_of, self.ids_of_rows(table, instant, months=months)))

    def of_lines(self, lines: Table[LineFact]) -> list[GroupKey]:
        """Return the key of each resource line; its month is that of the date on it."""
        keys = self.of_rows(lines)
        if MONTH not in self.keys:
            return keys
        place, first_days = self.keys.index(MONTH), [day_number(month.first) for month in self.months]
        words = [self._month_words[max(bisect_right(first_days, on) - 1, 0)] for on in lines.columns["on"]]
        return [(*key[:place], word, *key[place + 1 :]) for key, word in zip(keys, words, strict=True)]

    def spans(self) -> dict[int, Period]:
        """Return the period by no word, or its months by the numbers of their words, where rows go by them."""
        return self._month_by_word or {0: self.period}

    def span_of(self, key: GroupKey) -> Period:
        """Return the month that a row is of, cut at the ends of the period; else the whole period."""
        return self._month_by_word[key[self.keys.index(MONTH)]] if self.months and key else self.period

    @property
    def ticket_places(self) -> Sequence[int]:
        """The place of each ticket in its table, by the number of its uid."""
        return self.facts.ticket_places

    def words_of(self, key: GroupKey) -> dict[str, str]:
        """Return a key in words."""
        return {name: self.facts.words.common[number] for name, number in zip(self.keys, key, strict=True)}

    def _fold(self, key: str, numbers: Sequence[int]) -> Sequence[int]:
        """Return one number for all spellings of a word that people typed: that of the commonest."""
        if key not in _FREE_KEYS:
            return numbers
        by_code = self.by_code and key in _CODE_KEYS
        spellings = self.facts.derive(("spellings", key, by_code), lambda: self._find_spellings(key, by_code=by_code))
        return array("I", map(spellings.__getitem__, numbers)) if spellings else numbers

    def _find_spellings(self, key: str, *, by_code: bool) -> Sequence[int]:
        """Return what each word is taken for, by its number; nothing where each is taken for itself."""
        words, common = self.facts.words.common, Counter(self.facts.tickets.columns[_COLUMNS[key][1]])
        fold_word = fold_code if by_code else fold
        by_fold: dict[str, int] = {}
        ordered = sorted(common.items(), key=lambda item: (-item[1], words[item[0]]))
        known = {number: by_fold.setdefault(fold_word(words[number]), number) for number, _ in ordered}
        if all(number == taken for number, taken in known.items()):
            return ()
        spellings = array("I", range(len(words)))
        for number, taken in known.items():
            spellings[number] = taken
        return spellings

    def _months_of(self, instants: Iterable[int]) -> Sequence[int]:
        positions = map(partial(bisect_right, self._month_starts), instants)
        return array("I", map(self._words_by_position.__getitem__, positions))
