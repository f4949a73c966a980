"""The key of each table row as a small number: bytes for up to 256 keys, which C code picks and counts. Pure."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from itertools import chain, compress, count, repeat
from operator import itemgetter
from typing import TypeAlias, TypeVar

from msgspec import Struct

Numbers: TypeAlias = "bytes | array[int]"  # one for each row
GroupKey = tuple[int, ...]  # numbers of words, in the order of the keys
ValueT = TypeVar("ValueT")
_BYTE, _TWO_BYTES = 256, 1 << 16
_PACKED = array("Q")
_OTHERS = b"\1" + bytes(_BYTE - 1)
_BYTE_KEYS: Sequence[GroupKey] = [(number,) for number in range(_BYTE)]


class Codes(Struct, frozen=True):
    """A code for each row, and the key that each code stands for; no two codes stand for one key."""

    numbers: Numbers
    keys: Sequence[GroupKey]

    def by_key(self, found: Mapping[int, ValueT]) -> dict[GroupKey, ValueT]:
        """Return the values found for codes, by the keys that the codes stand for."""
        return {self.keys[code]: value for code, value in found.items()}

    @property
    def used_keys(self) -> Sequence[GroupKey]:
        """The keys of all codes; where bytes stand for themselves, only those that some row has."""
        return self.keys if self.keys is not _BYTE_KEYS else [self.keys[code] for code in tally(self.numbers)]

    def renamed(self, keys: Sequence[GroupKey]) -> Codes:
        """Return the codes of these rows under other keys, some of which may be equal."""
        known: dict[GroupKey, int] = {}
        table = [known.setdefault(key, len(known)) for key in keys]
        if len(known) == len(keys):
            return Codes(self.numbers, keys)
        if isinstance(self.numbers, bytes):
            numbers: Numbers = self.numbers.translate(bytes(table).ljust(_BYTE, b"\0"))
        else:
            numbers = array(self.numbers.typecode, map(table.__getitem__, self.numbers))
        return Codes(numbers, list(known))


def encode(column: array[int]) -> Codes:
    """Return the codes of a column of words: the numbers themselves where all of them are below 256."""
    low, *others = _planes(column)
    if not any(map(bytes(len(column)).__ne__, others)):
        return Codes(low, _BYTE_KEYS)
    known = {number: code for code, number in enumerate(dict.fromkeys(column))}
    return Codes(pack(map(known.__getitem__, column), len(known)), [(number,) for number in known])


def mark(column: array[int], numbers: Set[int]) -> bytes:
    """Return a byte for each row of a word column: 1 if its number is one of `numbers`, else 0."""
    codes = encode(column)
    marks = bytes(number in numbers for (number,) in codes.keys)
    if isinstance(codes.numbers, bytes):
        return codes.numbers.translate(marks.ljust(_BYTE, b"\0"))
    return bytes(map(marks.__getitem__, codes.numbers))


def both(first: bytes, second: bytes) -> bytes:
    """Return the marks of the rows that are marked in both."""
    return (int.from_bytes(first, "little") & int.from_bytes(second, "little")).to_bytes(len(first), "little")


def unmark(marks: bytes) -> bytes:
    """Return the inverted marks."""
    return marks.translate(_OTHERS)


def join(parts: Sequence[Codes], length: int) -> Codes:
    """Return the codes of `length` rows by several keys combined; without parts all rows have the same key."""
    if not parts:
        return Codes(bytes(length), [()])
    if len(parts) == 1:
        return parts[0]
    known: defaultdict[Hashable, int] = defaultdict(count().__next__)
    numbers = array("I", map(known.__getitem__, _side_by_side([part.numbers for part in parts], length)))
    rows = dict(zip(reversed(numbers), range(length - 1, -1, -1), strict=True))  # the first row of each code
    firsts = [[part.keys[part.numbers[rows[code]]] for part in parts] for code in range(len(known))]
    keys = [tuple(chain.from_iterable(own)) for own in firsts]
    return Codes(pack(numbers, len(keys)), keys)


def _side_by_side(parts: Sequence[Numbers], length: int) -> Iterable[Hashable]:
    """Return one value for each row that combines its numbers: a single number if their bytes fit into one."""
    planes = list(chain.from_iterable(map(_planes, parts)))
    if len(planes) > _PACKED.itemsize:
        return zip(*parts, strict=True)
    data = bytearray(_PACKED.itemsize * length)
    for place, plane in enumerate(planes):
        data[place :: _PACKED.itemsize] = plane
    packed = _PACKED[:]
    packed.frombytes(data)
    return packed


def spread(counts: Sequence[int], keys: Sequence[GroupKey]) -> Codes:
    """Return codes for runs of rows: `counts` says how many consecutive rows each key has."""
    if len(keys) <= _BYTE:
        return Codes(b"".join(bytes((code,)) * count for code, count in enumerate(counts)), keys)
    return Codes(pack(chain.from_iterable(map(repeat, range(len(counts)), counts)), len(keys)), keys)


def pack(numbers: Iterable[int], count: int) -> Numbers:
    """Return numbers below `count` as codes, in the smallest type that fits."""
    return bytes(iter(numbers)) if count <= _BYTE else array("H" if count <= _TWO_BYTES else "I", numbers)


def choose(numbers: Numbers, marks: Iterable[int]) -> Numbers:
    """Return the numbers of the rows whose mark is not 0."""
    chosen = compress(numbers, marks)
    return bytes(chosen) if isinstance(numbers, bytes) else array(numbers.typecode, chosen)


def tally(numbers: Numbers) -> dict[int, int]:
    """Return how often each code occurs; bytes are counted by removing one code after the other."""
    if not isinstance(numbers, bytes):
        return Counter(numbers)
    counts = {}
    while numbers:
        others = numbers.translate(None, numbers[:1])
        counts[numbers[0]] = len(numbers) - len(others)
        numbers = others
    return counts


def _planes(numbers: Numbers) -> list[bytes]:
    """Return the numbers split by byte position, the lowest bytes first."""
    if isinstance(numbers, bytes):
        return [numbers]
    data, size = numbers.tobytes(), numbers.itemsize
    planes = [data[place::size] for place in range(size)]
    return planes if sys.byteorder == "little" else planes[::-1]


class Ranks:
    """The places of each code in a sequence of codes."""

    def __init__(self, numbers: Numbers) -> None:
        self.counts = tally(numbers)
        self._numbers = numbers
        self._places: dict[int, list[int]] = {code: [] for code in self.counts}
        if not isinstance(numbers, bytes):
            places = self._places
            for place, code in enumerate(numbers):
                places[code].append(place)

    def find(self, code: int, rank: int) -> int:
        """Return the place of occurrence number `rank` (from 0) of a code; there must be one."""
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
        """Return how often a code occurs before a place."""
        if not isinstance(self._numbers, bytes):
            return bisect_left(self._places[code], place)
        return self._numbers.count(code, 0, place)


class Places:
    """Some rows of a table in some order, given by their places."""

    def __init__(self, places: Sequence[int]) -> None:
        self.places = places
        self._get = itemgetter(*places) if len(places) > 1 else None  # for one place it would return no tuple

    def pick(self, numbers: Numbers) -> Numbers:
        """Return the numbers of these rows."""
        found = self._get(numbers) if self._get else [numbers[place] for place in self.places]
        return bytes(found) if isinstance(numbers, bytes) else array(numbers.typecode, found)
