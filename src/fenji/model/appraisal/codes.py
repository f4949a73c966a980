"""What each row of a table goes by as a small number: bytes where they are few, which C picks and counts. Pure."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import reduce
from itertools import chain, compress, count, repeat
from operator import itemgetter, or_
from typing import TypeAlias, TypeVar

from msgspec import Struct

Numbers: TypeAlias = "bytes | array[int]"  # one for each row
GroupKey = tuple[int, ...]  # numbers of words, in the order of the keys
ValueT = TypeVar("ValueT")
_BYTE = 256
_OTHERS = b"\1" + bytes(_BYTE - 1)
_BYTE_KEYS: Sequence[GroupKey] = [(number,) for number in range(_BYTE)]


class Codes(Struct, frozen=True):
    """A code for each row, and the key that each code stands for; no two codes stand for one key."""

    numbers: Numbers
    keys: Sequence[GroupKey]

    def by_key(self, found: Mapping[int, ValueT]) -> dict[GroupKey, ValueT]:
        """Return what was found for each code, by the key that it stands for."""
        return {self.keys[code]: value for code, value in found.items()}

    def renamed(self, keys: Sequence[GroupKey]) -> Codes:
        """Return the same rows under other keys, some of which may be alike."""
        known: dict[GroupKey, int] = {}
        table = [known.setdefault(key, len(known)) for key in keys]
        if isinstance(self.numbers, bytes):
            numbers: Numbers = self.numbers.translate(bytes(table).ljust(_BYTE, b"\0"))
        else:
            numbers = array("I", map(table.__getitem__, self.numbers))
        return Codes(numbers, list(known))


def encode(column: array[int]) -> Codes:
    """Return the codes of a column of words: the numbers themselves where all of them are below 256."""
    data, size = column.tobytes(), column.itemsize
    low, *others = [data[place::size] for place in range(size)][:: 1 if sys.byteorder == "little" else -1]
    if not any(map(bytes(len(column)).__ne__, others)):
        return Codes(low, _BYTE_KEYS)
    known = {number: code for code, number in enumerate(dict.fromkeys(column))}
    return Codes(pack(map(known.__getitem__, column), len(known)), [(number,) for number in known])


def mark(column: array[int], numbers: Set[int]) -> bytes:
    """Return a byte for each row of a column of words, 1 where its number is one of some, else 0."""
    codes = encode(column)
    marks = bytes(number in numbers for (number,) in codes.keys)
    if isinstance(codes.numbers, bytes):
        return codes.numbers.translate(marks.ljust(_BYTE, b"\0"))
    return bytes(map(marks.__getitem__, codes.numbers))


def both(first: bytes, second: bytes) -> bytes:
    """Return the marks of rows that have both of two."""
    return (int.from_bytes(first, "little") & int.from_bytes(second, "little")).to_bytes(len(first), "little")


def unmark(marks: bytes) -> bytes:
    """Return the marks of all other rows."""
    return marks.translate(_OTHERS)


def join(parts: Sequence[Codes], length: int) -> Codes:
    """Return the codes of so many rows that go by several things at once; by nothing all rows are alike."""
    if not parts:
        return Codes(bytes(length), [()])
    if len(parts) == 1:
        return parts[0]
    known: defaultdict[tuple[int, ...], int] = defaultdict(count().__next__)
    numbers = array("I", map(known.__getitem__, zip(*(part.numbers for part in parts), strict=True)))
    keys = [tuple(chain(*(part.keys[code] for part, code in zip(parts, codes, strict=True)))) for codes in known]
    return Codes(pack(numbers, len(keys)), keys)


def spread(counts: Sequence[int], keys: Sequence[GroupKey]) -> Codes:
    """Return the codes of so many rows of each key, one key's behind the other's."""
    return Codes(pack(chain.from_iterable(map(repeat, range(len(counts)), counts)), len(keys)), keys)


def find_ends(column: array[int]) -> bytes:
    """Return a byte for each row of a column, not 0 where the next row differs.

    The column is compared with itself as a single number, moved by a row.
    """
    size, length = column.itemsize, len(column)
    whole = int.from_bytes(column.tobytes(), "little")
    data = (whole ^ whole >> 8 * size).to_bytes(size * length, "little")
    differs = reduce(or_, (int.from_bytes(data[place::size], "little") for place in range(size)))
    return differs.to_bytes(length, "little")[:-1] + b"\1" * bool(length)


def pack(numbers: Iterable[int], count: int) -> Numbers:
    """Return codes below `count`."""
    return bytes(iter(numbers)) if count <= _BYTE else array("I", numbers)


def choose(numbers: Numbers, marks: Iterable[int]) -> Numbers:
    """Return the numbers of those rows whose mark is not 0."""
    chosen = compress(numbers, marks)
    return bytes(chosen) if isinstance(numbers, bytes) else array(numbers.typecode, chosen)


def tally(numbers: Numbers) -> dict[int, int]:
    """Return how often each code stands among some: bytes lose one code after the other."""
    if not isinstance(numbers, bytes):
        return Counter(numbers)
    counts = {}
    while numbers:
        others = numbers.translate(None, numbers[:1])
        counts[numbers[0]] = len(numbers) - len(others)
        numbers = others
    return counts


class Ranks:
    """Where each code stands among some that are in an order."""

    def __init__(self, numbers: Numbers) -> None:
        self.counts = tally(numbers)
        self._numbers = numbers
        self._places: defaultdict[int, list[int]] = defaultdict(list)
        if not isinstance(numbers, bytes):
            for place, code in enumerate(numbers):
                self._places[code].append(place)

    def find(self, code: int, rank: int) -> int:
        """Return the place at which a code stands that stands at so many others before; it stands there."""
        if not isinstance(self._numbers, bytes):
            return self._places[code][rank]
        first, last = 0, len(self._numbers)
        while last - first > 1:
            middle = (first + last) // 2
            before = self._numbers.count(code, first, middle)
            if rank < before:
                last = middle
            else:
                first, rank = middle, rank - before
        return first

    def count_before(self, code: int, place: int) -> int:
        """Return how often a code stands before a place."""
        if not isinstance(self._numbers, bytes):
            return bisect_left(self._places[code], place)
        return self._numbers.count(code, 0, place)


class Places:
    """Some rows of a table in an order, by their places."""

    def __init__(self, places: Sequence[int]) -> None:
        self.places = places
        self._get = itemgetter(*places) if len(places) > 1 else None  # of one place it would return no tuple

    def pick(self, numbers: Numbers) -> Numbers:
        """Return the numbers of these rows."""
        found = self._get(numbers) if self._get else [numbers[place] for place in self.places]
        return bytes(found) if isinstance(numbers, bytes) else array(numbers.typecode, found)
