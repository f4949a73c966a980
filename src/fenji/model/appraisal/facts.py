"""What a report counts, read off tickets once: decided clocks, stretches of work, cost lines and signs. Pure.

Words are kept once and rows hold their numbers, column by column, so that a hundred thousand tickets are counted in
moments.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Generic, NamedTuple, TypeVar, cast, get_type_hints

RowT = TypeVar("RowT", bound="tuple[object, ...]")
MET, MISSED, EXCUSED = "met", "missed", "excused"


class TicketFact(NamedTuple):
    """A ticket as it is now; instants are seconds since 1970, 0 for one that did not come."""

    uid: str
    id: str
    title: str
    state: str
    priority: str
    kind: str
    site: str
    owner: str
    units: str  # names separated by U+001F, as are `tags`
    tags: str
    impact: str
    occurrence: str
    system: str
    subsystem: str
    part: str
    serial: str
    customer: str
    requester: str
    reported: int
    responded: int
    solved: int
    confirmed: int
    archived: int
    opportunity: str
    last: int  # the latest event of its log
    formerly: str = ""  # its number before a merge
    measured: int = 0  # when a measure against its cause was first said to work, or its lesson was written


class VerdictFact(NamedTuple):
    """A clock that was decided, with what it goes by as it was then (clock rules 23, 26).

    `at` is when it became final. `used_s` ran on `calendar`, `elapsed_s` went by without waits; `over` is False for a
    miss that still runs.
    """

    uid: str
    clock: str
    item: str  # key of a plan item, else empty
    answer: str
    at: int
    stopped: int
    person: str
    unit: str
    level: str
    kind: str
    site: str
    impact: str
    occurrence: str
    system: str
    subsystem: str
    part: str
    customer: str
    requester: str
    calendar: str
    used_s: int
    elapsed_s: int
    over: bool
    done_by: str = ""  # who stopped the clock


class StretchFact(NamedTuple):
    """A stretch [start, end) in which a ticket was running, waiting or solved, and who held it; `end` 0: until now.

    `in_time`: it is solved, and was so before its promise ran out.
    """

    uid: str
    start: int
    end: int
    state: str
    person: str
    unit: str
    in_time: bool = False


class LineFact(NamedTuple):
    """A resource line: who spent what and when. Numbers are text, exact; `on` is a date as YYYYMMDD, 0 for none."""

    uid: str
    key: str
    on: int
    person: str
    unit: str
    kind: str
    role: str
    hours: str
    cost: str
    currency: str
    billable: str  # yes, no, or empty: not said


class SignFact(NamedTuple):
    """Something beside the rates, by whom it was done, when (clock rules 28)."""

    uid: str
    sign: str
    at: int
    person: str
    unit: str


class LinkFact(NamedTuple):
    """A link of a ticket to another, by number."""

    uid: str
    to: str
    relation: str


class InvolvedFact(NamedTuple):
    """The share of a decided clock's working time in which a unit that does not answer for it had a part in it."""

    uid: str
    clock: str
    at: int  # when the clock was decided
    unit: str
    share_ppm: int  # millionths


class OutsideFact(NamedTuple):
    """Something a person did while the calendar of the ticket's site was closed; `at` is its quarter of an hour."""

    uid: str
    at: int
    person: str
    unit: str


class TicketFacts(NamedTuple):
    """All that one ticket brings to a report."""

    ticket: TicketFact
    verdicts: Sequence[VerdictFact] = ()
    stretches: Sequence[StretchFact] = ()
    lines: Sequence[LineFact] = ()
    signs: Sequence[SignFact] = ()
    links: Sequence[LinkFact] = ()
    involved: Sequence[InvolvedFact] = ()
    outside: Sequence[OutsideFact] = ()


class Words:
    """Words by their numbers; 0 is the empty word."""

    def __init__(self, words: Iterable[str] = ("",)) -> None:
        self.words = list(words)
        self._numbers: dict[str, int] | None = None

    @property
    def numbers(self) -> dict[str, int]:
        if self._numbers is None:
            self._numbers = {word: number for number, word in enumerate(self.words)}
        return self._numbers

    def add(self, word: str) -> int:
        """Return the number of a word, a new one for a new word; a word is one line."""
        word = word.replace("\n", " ") if "\n" in word else word
        number = self.numbers.setdefault(word, len(self.words))
        if number == len(self.words):
            self.words.append(word)
        return number


class Columns(dict[str, "array[int]"]):
    """Columns of a table by their names, each made when it is first asked for."""

    def __init__(self, load: Callable[[str], array[int]]) -> None:
        super().__init__()
        self._load = load

    def __missing__(self, name: str) -> array[int]:
        self[name] = column = self._load(name)
        return column


class Table(Generic[RowT]):
    """Rows of one type in columns of numbers: words as 4 bytes, numbers as 8, flags as 1."""

    def __init__(
        self, row_type: type[RowT], words: Words, columns: dict[str, array[int]] | None = None, *, length: int = 0
    ) -> None:
        self.row_type, self.words = row_type, words
        self.types = column_types(row_type)
        self.columns = Columns(lambda name: array(self.types[name])) if columns is None else columns
        self._length = length

    def __len__(self) -> int:
        return self._length

    def extend(self, rows: Iterable[RowT]) -> None:
        """Append rows."""
        number = self.words.add
        for row in rows:
            for (name, code), value in zip(self.types.items(), row, strict=True):
                self.columns[name].append(number(cast("str", value)) if code == "I" else cast("int", value))
            self._length += 1

    def rows(self, span: slice = slice(None)) -> Iterator[RowT]:
        """Yield rows as values."""
        words = self.words.words
        parts = [
            map(words.__getitem__, column) if code == "I" else map(bool, column) if code == "B" else column
            for code, column in ((code, self.columns[name][span]) for name, code in self.types.items())
        ]
        make = self.row_type._make  # type: ignore[attr-defined]
        yield from map(make, zip(*parts, strict=True))

    def column(self, name: str) -> Iterator[str]:
        """Yield the words of a column."""
        return map(self.words.words.__getitem__, self.columns[name])

    def select(self, mask: bytes) -> Table[RowT]:
        """Return the rows whose byte in `mask` is not 0."""
        return self._derive(lambda column: compress(column, mask), len(mask) - mask.count(0))

    def cut(self, start: int, end: int) -> Table[RowT]:
        """Return the rows from one place to another."""
        return self._derive(lambda column: column[start:end], max(end - start, 0))

    def within(self, name: str, start: int, end: int) -> Table[RowT]:
        """Return the rows whose number lies in [start, end), of a table in any order."""
        return self.select(bytes(start <= number < end for number in self.columns[name]))

    def joined(self, added: Table[RowT], order: str = "") -> Table[RowT]:
        """Return these rows and others: behind them, or each at its place in the order of a column of numbers."""
        if not len(added):
            return self
        places = None
        if order:
            added = added.take(sorted(range(len(added)), key=added.columns[order].__getitem__))
            column = self.columns[order]
            places = [bisect_right(column, number) for number in added.columns[order]]
        source, more, types = self.columns, added.columns, self.types
        columns = Columns(lambda name: _insert(array(types[name], source[name]), more[name], places))
        return Table(self.row_type, self.words, columns, length=len(self) + len(added))

    def take(self, places: Sequence[int]) -> Table[RowT]:
        """Return the rows at some places."""
        return self._derive(lambda column: map(column.__getitem__, places), len(places))

    def between(self, name: str, start: float, end: float) -> Table[RowT]:
        """Return the rows whose number lies in [start, end), of a table that is in the order of this column."""
        column = self.columns[name]
        return self.cut(bisect_left(column, start), bisect_left(column, end))

    def _derive(self, change: Callable[[array[int]], Iterable[int]], length: int) -> Table[RowT]:
        """Return a table of so many rows whose columns are made from these when they are asked for."""
        source, types = self.columns, self.types
        columns = Columns(lambda name: array(types[name], change(source[name])))
        return Table(self.row_type, self.words, columns, length=length)


def _insert(column: array[int], added: array[int], places: Sequence[int] | None) -> array[int]:
    """Return a column with numbers added: behind it, or each before the number at its place, places in their order."""
    if places is None or (places and places[0] == len(column)):
        return column + added
    whole, start = array(column.typecode), 0
    for place, number in zip(places, added, strict=True):
        whole += column[start:place]
        whole.append(number)
        start = place
    return whole + column[start:]


def column_types(row_type: type[RowT]) -> dict[str, str]:
    """Return the array type of each column."""
    codes = {str: "I", int: "q", bool: "B"}
    return {name: codes[hint] for name, hint in get_type_hints(row_type).items()}


_IN_ORDER = ("verdicts", "signs")  # tables in the order of their instants


class Facts:
    """The facts of all tickets; verdicts and signs in the order of their instants."""

    ROW_TYPES: Mapping[str, type[tuple[object, ...]]] = {
        "tickets": TicketFact,
        "verdicts": VerdictFact,
        "stretches": StretchFact,
        "lines": LineFact,
        "signs": SignFact,
        "links": LinkFact,
        "involved": InvolvedFact,
        "outside": OutsideFact,
    }

    def __init__(self, words: Words | None = None) -> None:
        self.words = words or Words()
        self.tickets = Table(TicketFact, self.words)
        self.verdicts = Table(VerdictFact, self.words)
        self.stretches = Table(StretchFact, self.words)
        self.lines = Table(LineFact, self.words)
        self.signs = Table(SignFact, self.words)
        self.links = Table(LinkFact, self.words)
        self.involved = Table(InvolvedFact, self.words)
        self.outside = Table(OutsideFact, self.words)

    def number_at(self, place: int) -> str:
        """Return the number of the ticket at a place of its table."""
        return self.words.words[self.tickets.columns["id"][place]]

    def add(self, tickets: Iterable[TicketFacts]) -> None:
        """Add the facts of tickets, each table in its order; a column that was not asked for yet stays where it is."""
        added = Facts(self.words)
        for facts in tickets:
            added.tickets.extend([facts.ticket])
            for name in self.ROW_TYPES:
                if name != "tickets":
                    getattr(added, name).extend(getattr(facts, name))
        for name in self.ROW_TYPES:
            order = "at" if name in _IN_ORDER else ""
            setattr(self, name, getattr(self, name).joined(getattr(added, name), order))

    def without(self, uids: Iterable[str]) -> Facts:
        """Return the facts of all tickets but these."""
        numbers = {self.words.numbers[uid] for uid in uids if uid in self.words.numbers}
        return self.keep(lambda number: number not in numbers)

    def keep(self, test: Callable[[int], bool]) -> Facts:
        """Return the facts of the tickets whose uid, as a word's number, passes the test."""
        kept = Facts(self.words)
        for name in self.ROW_TYPES:
            table = getattr(self, name)
            setattr(kept, name, table.select(bytes(map(test, table.columns["uid"]))))
        return kept
