"""Tables as columns of numbers, so that a hundred thousand tickets are counted fast: each word is kept once. Pure.

Derived tables are computed column by column on demand; of a column that is not loaded yet, only the rows needed are
read.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cache, cached_property
from itertools import compress
from typing import Any, Generic, TypeVar, cast

from fenji.model.appraisal.codes import mark

RowT = TypeVar("RowT", bound="tuple[object, ...]")


class Words:
    """Words by their numbers; 0 is the empty word.

    The words that tickets share come first, then those that belong to one ticket each, such as its number: `own` has a
    function for each such column that lists one word per ticket, in the order of the tickets. Only `numbers` can look
    these words up, and each list is read when a word of it is first needed.
    """

    def __init__(
        self, shared: Iterable[str] = ("",), own: Mapping[str, Callable[[], list[str]]] | None = None, tickets: int = 0
    ) -> None:
        self.common = list(shared)  # all words by number; own words are blank until read
        self._own = {name: len(self.common) + place * tickets for place, name in enumerate(own or ())}
        self._own_range = range(len(self.common), len(self.common) + len(self._own) * tickets)
        self._tickets = tickets
        self._unread = dict(own or {})
        self.common += [""] * len(self._own_range)
        self._numbers: dict[str, int] | None = None

    @property
    def words(self) -> list[str]:
        """All words by number, own words included."""
        for name in list(self._unread):
            self._read(name)
        return self.common

    def in_column(self, name: str) -> list[str]:
        """Return the words by number with those that the named column may have; other own words may be blank."""
        if name in self._unread:
            self._read(name)
        return self.common

    def _read(self, name: str) -> None:
        words = self._unread.pop(name)()
        if len(words) != self._tickets:
            raise ValueError(name)
        start = self._own[name]
        self.common[start : start + self._tickets] = words

    def own_number(self, name: str) -> int:
        """Return the number of the first ticket's own word in a column; those of the other tickets follow."""
        return self._own[name]

    def own_places(self, name: str, words: Set[str]) -> list[int]:
        """Return the places of the tickets whose own word is one of `words`; a list not read yet is not kept."""
        unread, start = self._unread.get(name), self._own.get(name, 0)
        listed = unread() if unread else self.common[start : start + self._tickets]
        return list(compress(range(self._tickets), map(words.__contains__, listed)))

    @cached_property
    def _known(self) -> dict[str, int]:
        """The numbers of all words except those that belong to one ticket each."""
        own = self._own_range
        known = {word: number for number, word in enumerate(self.common[: own.start])}
        return known | {word: number for number, word in enumerate(self.common[own.stop :], own.stop)}

    @property
    def numbers(self) -> dict[str, int]:
        """The numbers of all words; for words that tickets share, `find` is enough."""
        if self._numbers is None:
            own = self.words[self._own_range.start : self._own_range.stop]
            self._numbers = {word: number for number, word in enumerate(own, self._own_range.start)} | self._known
        return self._numbers

    def find(self, word: str) -> int:
        """Return the number of a word that tickets share, -1 if there is none."""
        return (self._known if self._numbers is None else self._numbers).get(word, -1)

    def add(self, word: str) -> int:
        """Return the number of a word, adding it if it is new; newlines become blanks."""
        word = word.replace("\n", " ") if "\n" in word else word
        known = self._known if self._numbers is None else self._numbers
        number = known.setdefault(word, len(self.common))
        if number == len(self.common):
            self.common.append(word)
        return number


LoadColumn = Callable[[str], "array[int]"]
CutColumn = Callable[[str, int, int], "array[int]"]
Bisect = Callable[["Sequence[float]", float], int]  # bisect_left, or bisect_right
FindPlace = Callable[[str, float, Bisect], int]


_FEW = 1000


class Columns(dict[str, "array[int]"]):
    """Columns of a table by name, each loaded when it is first needed.

    `cut` loads some rows of a column, and `find` finds a place in a sorted one, where that is cheaper than loading the
    whole column.
    """

    def __init__(self, load: LoadColumn, cut: CutColumn | None = None, find: FindPlace | None = None) -> None:
        super().__init__()
        self._load, self._cut, self._find = load, cut, find

    def __missing__(self, name: str) -> array[int]:
        self[name] = column = self._load(name)
        return column

    def peek(self, name: str) -> array[int]:
        """Return a column without caching it, for a single use."""
        return self[name] if name in self else self._load(name)

    def cut(self, name: str, start: int, end: int) -> array[int]:
        """Return the rows of a column from one place to another."""
        return self[name][start:end] if name in self or self._cut is None else self._cut(name, start, end)

    def pick(self, name: str, places: Sequence[int]) -> list[int]:
        """Return some rows of a column, which is not loaded whole for a few."""
        if name in self or self._cut is None or len(places) > _FEW:
            return list(map(self[name].__getitem__, places))
        return [self._cut(name, place, place + 1)[0] for place in places]

    def find(self, name: str, number: float, bisect: Bisect = bisect_left) -> int:
        """Return the place of a number in a sorted column: before equal numbers, or after them (bisect_right)."""
        return bisect(self[name], number) if name in self or self._find is None else self._find(name, number, bisect)


class Table(Generic[RowT]):
    """Rows of one type in columns of numbers: words as 4 bytes, numbers as 8, flags as 1."""

    def __init__(
        self, row_type: type[RowT], words: Words, columns: Columns | None = None, *, length: int | Callable[[], int] = 0
    ) -> None:
        self.row_type, self.words = row_type, words
        self.types = column_types(row_type)
        self.columns = Columns(lambda name: array(self.types[name])) if columns is None else columns
        self._known_length = length

    @property
    def _length(self) -> int:
        if not isinstance(self._known_length, int):
            self._known_length = self._known_length()
        return self._known_length

    def __len__(self) -> int:
        return self._length

    def extend(self, rows: Iterable[RowT]) -> None:
        """Append rows."""
        listed = list(rows)
        for (name, code), values in zip(self.types.items(), zip(*listed, strict=True), strict=False):
            numbers = self._add_words(cast("tuple[str, ...]", values)) if code == "I" else values
            self.columns[name].extend(cast("Iterable[int]", numbers))
        self._known_length = self._length + len(listed)

    def _add_words(self, words: Sequence[str]) -> Iterator[int]:
        numbers = {word: self.words.add(word) for word in dict.fromkeys(words)}
        return map(numbers.__getitem__, words)

    def rows(self, span: slice = slice(None)) -> Iterator[RowT]:
        """Yield the rows as values of the row type."""
        parts = [
            map(self.words.in_column(name).__getitem__, column)
            if code == "I"
            else map(bool, column)
            if code == "B"
            else column
            for name, code, column in ((name, code, self.columns[name][span]) for name, code in self.types.items())
        ]
        make = self.row_type._make  # type: ignore[attr-defined]
        yield from map(make, zip(*parts, strict=True))

    def column(self, name: str) -> Iterator[str]:
        """Yield the words of a column."""
        return map(self.words.in_column(name).__getitem__, self.columns[name])

    # --- other tables of the same rows ----------------------------------------------------------------------------

    def select(self, mask: bytes) -> Table[RowT]:
        """Return the rows whose byte in `mask` is not 0."""
        return self._derive(lambda column: compress(column, mask), len(mask) - mask.count(0))

    def choose(self, name: str, numbers: Set[int]) -> Table[RowT]:
        """Return the rows whose number in a column is one of `numbers`."""
        return self.select(mark(self.columns[name], numbers))

    def without(self, name: str, numbers: Set[int]) -> Table[RowT]:
        """Return the rows whose number in a column is none of a few; they are found when a row is first needed."""
        rest = _Rest(self, name, numbers)
        columns = Columns(lambda column: rest.cut(column, 0, rest.length), rest.cut, rest.find)
        return Table(self.row_type, self.words, columns, length=lambda: rest.length)

    def take(self, places: Sequence[int]) -> Table[RowT]:
        """Return the rows at some places."""
        return self._derive(lambda column: map(column.__getitem__, places), len(places))

    def only(self, names: Iterable[str]) -> Table[RowT]:
        """Return these rows with only some columns, loaded now, so that their source can be freed."""
        columns, types = Columns(lambda name: array(types[name])), self.types
        columns.update((name, self.columns.peek(name)) for name in names)
        return Table(self.row_type, self.words, columns, length=len(self))

    def sorted_by(self, keys: Iterable[Any]) -> Table[RowT]:
        """Return the rows sorted by `keys`, one for each row."""
        found = list(keys)
        return self.take(sorted(range(len(self)), key=found.__getitem__))

    def cut(self, start: int, end: int) -> Table[RowT]:
        """Return the rows from one place to another."""
        source = self.columns
        columns = Columns(
            lambda name: source.cut(name, start, end),
            lambda name, first, last: source.cut(name, start + first, min(start + last, end)),
            lambda name, number, bisect: min(max(source.find(name, number, bisect), start), end) - start,
        )
        return Table(self.row_type, self.words, columns, length=max(end - start, 0))

    def within(self, name: str, start: int, end: int) -> Table[RowT]:
        """Return the rows whose number in a column is in [start, end), from a table in any order."""
        return self.select(bytes(start <= number < end for number in self.columns[name]))

    def between(self, name: str, start: float, end: float) -> Table[RowT]:
        """Return the rows whose number in a column is in [start, end), from a table sorted by this column."""
        return self.cut(self.columns.find(name, start), self.columns.find(name, end))

    def joined(self, added: Table[RowT], order: str = "") -> Table[RowT]:
        """Return these rows and the added ones: appended, or merged in the order of the column `order`."""
        if not len(added):
            return self
        joint = _Joint(self, added, order)
        columns = Columns(lambda name: joint.cut(name, 0, joint.length), joint.cut, joint.find if order else None)
        return Table(self.row_type, self.words, columns, length=lambda: joint.length)

    def _derive(self, change: Callable[[array[int]], Iterable[int]], length: int) -> Table[RowT]:
        """Return a table of `length` rows whose columns are computed from these on demand."""
        source, types = self.columns, self.types
        columns = Columns(lambda name: array(types[name], change(source.peek(name))))
        return Table(self.row_type, self.words, columns, length=length)


class _Rest(Generic[RowT]):
    """The columns of a table without some of its rows."""

    def __init__(self, table: Table[RowT], name: str, numbers: Set[int]) -> None:
        self._table, self._name, self._numbers = table, name, numbers

    @property
    def length(self) -> int:
        return len(self._table) - len(self._gone)

    @cached_property
    def _gone(self) -> list[int]:
        """The places of the rows that are left out."""
        mask = bytes(map(self._numbers.__contains__, self._table.columns[self._name]))
        return list(compress(range(len(mask)), mask))

    @cached_property
    def _left_before(self) -> list[int]:
        """For each row that is left out, how many kept rows precede it."""
        return [place - number for number, place in enumerate(self._gone)]

    def find(self, name: str, number: float, bisect: Bisect) -> int:
        """Return the place of a number in a sorted column."""
        place = self._table.columns.find(name, number, bisect)
        return place - bisect_left(self._gone, place)

    def cut(self, name: str, start: int, end: int) -> array[int]:
        """Return the rows of a column from one place to another."""
        if start >= end:
            return array(self._table.types[name])
        first, last = (place + bisect_right(self._left_before, place) for place in (start, end - 1))
        column = self._table.columns.cut(name, first, last + 1)
        gone = self._gone[bisect_left(self._gone, first) : bisect_left(self._gone, last)]
        left, start = array(column.typecode), 0
        for place in gone:
            left += column[start : place - first]
            start = place - first + 1
        return left + column[start:]


class _Joint(Generic[RowT]):
    """The columns of two tables, joined into one."""

    def __init__(self, table: Table[RowT], added: Table[RowT], order: str) -> None:
        self._table, self._order = table, order
        self._added = added.sorted_by(added.columns[order]) if order else added

    @property
    def length(self) -> int:
        return len(self._table) + len(self._added)

    @cached_property
    def _places(self) -> list[int]:
        """For each row of the second table, the row of the first before which it is placed."""
        if not self._order:
            return [len(self._table)] * len(self._added)
        find = self._table.columns.find
        return [find(self._order, number, bisect_right) for number in self._added.columns[self._order]]

    @cached_property
    def _standing(self) -> list[int]:
        """The place of each row of the second table in the joint one."""
        return [place + number for number, place in enumerate(self._places)]

    def find(self, name: str, number: float, bisect: Bisect) -> int:
        """Return the place of a number in the column by which both tables are sorted."""
        return self._table.columns.find(name, number, bisect) + self._added.columns.find(name, number, bisect)

    def cut(self, name: str, start: int, end: int) -> array[int]:
        """Return the rows of a column from one place to another."""
        first, last = bisect_left(self._standing, start), bisect_left(self._standing, end)
        base = start - first
        column = self._table.columns.cut(name, base, end - last)
        places = [place - base for place in self._places[first:last]]
        return _insert(column, self._added.columns[name][first:last], places)


def _insert(column: array[int], added: array[int], places: Sequence[int]) -> array[int]:
    """Return a column with numbers inserted, each before the number at its place; places are in ascending order."""
    if not places or places[0] == len(column):
        return column + added
    whole, start = array(column.typecode), 0
    for place, number in zip(places, added, strict=True):
        whole += column[start:place]
        whole.append(number)
        start = place
    return whole + column[start:]


@cache
def column_types(row_type: type[tuple[object, ...]]) -> dict[str, str]:
    """Return the typecode of the array of each column."""
    codes = {"str": "I", "int": "q", "bool": "B"}
    return {name: codes[hint.__forward_arg__] for name, hint in row_type.__annotations__.items()}
