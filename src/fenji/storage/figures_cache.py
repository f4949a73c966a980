"""A cache of the facts of archived tickets in a file below `index/`; rebuilt whenever it is stale or damaged.

The file has a line that names the format, the length of a header, the header (JSON), then compressed lists of words and
stretches of columns. A stretch is unpacked when one of its rows is first needed.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, chain, repeat
from operator import add, sub, xor
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from fenji import __version__, files
from fenji.errors import Unavailable
from fenji.model.appraisal.columns import Bisect, Columns, Table, Words, column_types
from fenji.model.appraisal.facts import ORDERS, OWN_WORDS, Facts
from fenji.model.appraisal.read_work import QUARTER_S

CACHE_PATH = "figures/facts"  # below the folder of the index
_MAGIC = b"fenji figures 9\n"
_SHARED_WORDS = "words"
_LEVEL = 6  # of compression
_ROWS = 1 << 14  # rows in a stretch of a column
_FIRST_BIT = b"\0" * 7 + b"\x80"  # the highest bit of an 8-byte number, little-endian
_FEW = 2  # stretches; a read of more of them is not cached
# Columns stored as the difference from another column, which takes less space.
_BASES = {
    "tickets.archived": "last",
    "tickets.confirmed": "last",
    "tickets.solved": "confirmed",
    "tickets.reported": "solved",
    "tickets.responded": "reported",
    "tickets.measured": "solved",
    "verdicts.stopped": "at",
    "verdicts.elapsed_s": "used_s",
    "verdicts.late_from": "at",
    "verdicts.late_until": "stopped",
}
# Columns stored as the difference of each number from the one before.
_RUNNING = {*(f"{table}.{column}" for table, column in ORDERS.items()), "tickets.last", "outside.at", "involved.at"}
_UNITS = {"outside.at": QUARTER_S}  # all numbers of the column are multiples of this unit
# Columns of words that mostly equal those of the ticket, stored as the exclusive or of both.
_LIKE_TICKET = {f"verdicts.{name}" for name in ("system", "subsystem", "part", "customer", "requester")}
_AFTER = {"stretches.start": "length"}  # starts, stored as the difference from the previous end → their lengths
# Columns that others are restored from.
_SOURCES = {
    *(f"{path.partition('.')[0]}.{name}" for path, name in _BASES.items()),
    *("verdicts.uid", "tickets.system", "tickets.subsystem", "tickets.part", "tickets.customer", "tickets.requester"),
}
_MAX_BYTES = 200 * 2**20


class CacheStamp(Struct, frozen=True):
    """The origin of the facts: a commit, a digest of the policy, and the release that read them."""

    commit: str
    policy: str
    release: str


class CachedFacts(Struct, frozen=True):
    """Facts from the cache, their origin, and `unread` files; the checksum `check` tells them from others."""

    stamp: CacheStamp
    facts: Facts
    check: str = ""
    unread: Sequence[str] = ()


# Raised when the same columns are read differently: since 2 plan items count, since 5 who stopped clocks, since 6
# lengths of items end with a withdrawal, and queues have units, since 7 what was confirmed otherwise is a sign.
_READING = 7


def release() -> str:
    """Return the versions that facts depend on: columns, fenji, and the libraries that policies of format 1 use."""
    columns = zlib.crc32(repr([(name, *column_types(kind)) for name, kind in Facts.ROW_TYPES.items()]).encode())
    libraries = (f"{name} {find_version(name)}" for name in ("holidays", "tzdata"))
    return " ".join([f"{columns:x}.{_READING}", f"fenji {__version__}", *libraries])


def find_version(library: str) -> str:
    """Return the version of an installed library, from the name of its dist-info folder.

    importlib.metadata is used only if there is no such folder, because it is slow to import.
    """
    for folder in sys.path:
        for found in Path(folder or ".").glob(f"{library}-*.dist-info"):
            return found.stem.removeprefix(f"{library}-")
    from importlib.metadata import version

    return version(library)


def load(index_folder: Path) -> CachedFacts | None:
    """Load the facts kept in an index folder; None if there are none, or they are damaged."""
    try:
        data, _ = files.read(index_folder / CACHE_PATH, _MAX_BYTES)
        return _parse(data)
    except (OSError, *files.DAMAGE, zlib.error):
        return None


def save(index_folder: Path, stamp: CacheStamp, facts: Facts, unread: Sequence[str] = ()) -> None:
    """Save the facts and the paths that could not be read; if that fails, the next report reads the tickets again."""
    try:
        files.make_folder(index_folder.parent, f"{index_folder.name}/{Path(CACHE_PATH).parent}")
        files.write(index_folder.parent, f"{index_folder.name}/{CACHE_PATH}", _render(stamp, facts, unread))
    except (OSError, Unavailable):
        return


def _parse(data: bytes) -> CachedFacts:
    if not data.startswith(_MAGIC):
        raise ValueError(_MAGIC)
    start = len(_MAGIC) + 4
    size = int.from_bytes(data[len(_MAGIC) : start], "big")
    header = json.loads(data[start : start + size])
    if header["check"] != zlib.crc32(data[start + size :]) or header["order"] != sys.byteorder:
        raise ValueError("check")
    body = _Body(memoryview(data)[start + size :], header["places"])
    rows = header["rows"]
    own = {name: partial(body.read_words, name) for name in OWN_WORDS}
    facts = Facts(Words(body.read_words(_SHARED_WORDS), own, rows["tickets"]))
    tickets = _StoredTable(body, "tickets")
    for name, length in rows.items():
        stored = tickets if name == "tickets" else _StoredTable(body, name, tickets, facts.words.own_number("uid"))
        stored.firsts = header["firsts"].get(name, ())
        columns = Columns(partial(stored.cut, start=0, end=length), stored.cut, stored.find if name in ORDERS else None)
        setattr(facts, name, Table(Facts.ROW_TYPES[name], facts.words, columns, length=length))
    return CachedFacts(CacheStamp(**header["stamp"]), facts, str(header["check"]), header["unread"])


class _Body(Struct, frozen=True):
    """The compressed pieces of the file, by name."""

    data: memoryview
    places: Mapping[str, list[int]]

    def read(self, name: str) -> bytes:
        start, size = self.places[name]
        return zlib.decompress(self.data[start : start + size])

    def read_words(self, name: str) -> list[str]:
        packed = self.read(name)
        data = _gather(packed[1:], packed[0])
        return data.decode("utf-8", "surrogatepass").split("\n")[:-1]


class _StoredTable:
    """The columns of a table, whose stretches are unpacked when they are first needed.

    `first_uid` is the number of the first ticket's uid, `firsts` the first number in each stretch of the column by
    which the table is ordered.
    """

    firsts: Sequence[int] = ()

    def __init__(self, body: _Body, name: str, tickets: _StoredTable | None = None, first_uid: int = 0) -> None:
        self._body, self._name = body, name
        self._tickets, self._first_uid = tickets, first_uid
        self._types = column_types(Facts.ROW_TYPES[name])
        self._known: dict[tuple[str, int], array[int]] = {}
        self._places: dict[int, array[int]] = {}

    def cut(self, column: str, start: int, end: int) -> array[int]:
        """Return the rows of a column from `start` to `end`."""
        first = start // _ROWS
        numbers = range(first, -(-end // _ROWS) if end > start else first)
        rows: array[int] = array(self._types[column])
        for number in numbers:
            rows += self._stretch(column, number)
        if len(numbers) > _FEW and f"{self._name}.{column}" not in _SOURCES:
            self._forget(column)
        return rows[start - first * _ROWS : end - first * _ROWS]

    def _forget(self, column: str) -> None:
        """Drop the cached stretches of a column after a large read, whose result the caller keeps."""
        for known in [known for known in self._known if known[0] == column]:
            del self._known[known]

    def find(self, column: str, number: float, bisect: Bisect) -> int:
        """Return the place of a number in the column that gives the order, unpacking only one stretch."""
        stretch = bisect(self.firsts, number) - 1
        return stretch * _ROWS + bisect(self._stretch(column, stretch), number) if stretch >= 0 else 0

    def _stretch(self, column: str, number: int) -> array[int]:
        if (column, number) not in self._known:
            self._known[column, number] = self._restore(column, number)
        return self._known[column, number]

    def _restore(self, column: str, number: int) -> array[int]:
        """Return a stretch of a column, restored from the stored differences."""
        path, code, kept = f"{self._name}.{column}", self._types[column], self._unpack(column, number)
        if path in _AFTER:
            passed = array(code, (0,)) + self._stretch(_AFTER[path], number)[:-1]
            return array(code, accumulate(_add_rows(kept, passed)))
        if path in _RUNNING:
            running, unit = accumulate(kept), _UNITS.get(path, 1)
            return array(code, running if unit == 1 else (unit * count for count in running))
        if path in _BASES:
            return _change(_add_rows, self._stretch(_BASES[path], number), kept)
        if path in _LIKE_TICKET:
            return _change(_xor_rows, self._of_tickets(column, number), kept)
        return kept

    def _of_tickets(self, column: str, number: int) -> array[int]:
        """Return, for each row of a stretch, its ticket's value in the column of the same name."""
        if self._tickets is None:
            raise ValueError(column)
        places = self._ticket_places(number)
        words = self._tickets.cut(column, 0, max(places, default=-1) + 1)
        return array(words.typecode, map(words.__getitem__, places))

    def _ticket_places(self, number: int) -> array[int]:
        """Return, for each row of a stretch, the place of its ticket."""
        if number not in self._places:
            self._places[number] = array("I", map(sub, self._stretch("uid", number), repeat(self._first_uid)))
        return self._places[number]

    def _unpack(self, column: str, number: int) -> array[int]:
        stretch: array[int] = array(self._types[column])
        stretch.frombytes(_gather(self._body.read(f"{self._name}.{column} {number}"), stretch.itemsize))
        return stretch


def _change(
    change: Callable[[array[int], array[int]], array[int]], base: array[int], differences: array[int]
) -> array[int]:
    """Return a column made from another and the differences from it; in most stretches there are none."""
    return change(base, differences) if differences.tobytes().strip(b"\0") else base


def _add_rows(first: array[int], second: array[int]) -> array[int]:
    """Return the row-by-row sum of two columns of 8-byte numbers, each column taken as one large number.

    The highest bits are added separately, so that no row carries into the next.
    """
    bits = int.from_bytes(_FIRST_BIT * len(first), "little")
    left, right = (int.from_bytes(column.tobytes(), sys.byteorder) for column in (first, second))
    rest = bits - (bits >> 63)
    return _from_number(((left & rest) + (right & rest)) ^ ((left ^ right) & bits), first)


def _xor_rows(first: array[int], second: array[int]) -> array[int]:
    """Return the exclusive or of two columns, row by row."""
    left, right = (int.from_bytes(column.tobytes(), sys.byteorder) for column in (first, second))
    return _from_number(left ^ right, first)


def _from_number(number: int, like: array[int]) -> array[int]:
    column = array(like.typecode)
    column.frombytes(number.to_bytes(len(like) * like.itemsize, sys.byteorder))
    return column


def _render(stamp: CacheStamp, facts: Facts, unread: Sequence[str]) -> bytes:
    facts = facts.compacted()
    pieces = dict(_pieces(facts))
    places, at = {}, 0
    for name, piece in pieces.items():
        places[name] = [at, len(piece)]
        at += len(piece)
    body = b"".join(pieces.values())
    header = {
        "stamp": asdict(stamp),
        "order": sys.byteorder,
        "rows": {name: len(getattr(facts, name)) for name in Facts.ROW_TYPES},
        "firsts": {name: list(getattr(facts, name).columns[column][::_ROWS]) for name, column in ORDERS.items()},
        "places": places,
        "unread": list(unread),
        "check": zlib.crc32(body),
    }
    encoded = json.dumps(header).encode()
    return b"".join((_MAGIC, len(encoded).to_bytes(4, "big"), encoded, body))


def _pieces(facts: Facts) -> Iterator[tuple[str, bytes]]:
    for table, row_type in Facts.ROW_TYPES.items():
        for name in column_types(row_type):
            for number, stretch in enumerate(_stretches(facts, table, name)):
                yield f"{table}.{name} {number}", zlib.compress(_scatter(stretch.tobytes(), stretch.itemsize), _LEVEL)
    for name, part in _word_lists(facts):
        data = "\n".join([*part, ""]).encode("utf-8", "surrogatepass")
        size = _line_size(data)
        yield name, zlib.compress(bytes([size]) + _scatter(data, size), _LEVEL)


def _word_lists(facts: Facts) -> Iterator[tuple[str, list[str]]]:
    """Yield the list of words that tickets share, then the lists of words that belong to one ticket each."""
    words = facts.words
    yield _SHARED_WORDS, words.common[: words.own_number(OWN_WORDS[0])]
    yield from ((name, list(facts.tickets.column(name))) for name in OWN_WORDS)


def _line_size(data: bytes) -> int:
    """Return the length in bytes of each line if all are equally long and below 256, as uids are; else 1."""
    size = data.find(b"\n") + 1
    is_even = 0 < size < 256 and not len(data) % size
    return size if is_even and data[size - 1 :: size].count(b"\n") == data.count(b"\n") == len(data) // size else 1


def _stretches(facts: Facts, table: str, name: str) -> Iterator[array[int]]:
    """Yield a column in stretches, in stored form."""
    columns, path = getattr(facts, table).columns, f"{table}.{name}"
    if path in _LIKE_TICKET:
        places, words = facts.ticket_places, facts.tickets.columns[name]
        same = (words[places[uid]] for uid in columns["uid"])
        columns = {name: array("I", map(xor, columns[name], same))}
    for start in range(0, len(columns[name]), _ROWS):
        yield _differences(columns, path, slice(start, start + _ROWS))


def _differences(columns: Mapping[str, array[int]], path: str, rows: slice) -> array[int]:
    """Return some rows of a column in stored form."""
    name = path.partition(".")[2]
    stretch = columns[name][rows]
    if path in _AFTER:
        ends = map(add, stretch, columns[_AFTER[path]][rows])
        return array(stretch.typecode, map(sub, stretch, chain((0,), ends)))
    if path in _RUNNING:
        units = [number // _UNITS.get(path, 1) for number in stretch]
        return array(stretch.typecode, map(sub, units, [0, *units]))
    if path in _BASES:
        return array(stretch.typecode, map(sub, stretch, columns[_BASES[path]][rows]))
    return stretch


def _scatter(data: bytes, size: int) -> bytes:
    """Return the first bytes of all items of this size, then the second ones, and so on: this compresses better."""
    return b"".join(data[place::size] for place in range(size))


def _gather(data: bytes, size: int) -> bytearray:
    """Return the items whose bytes `_scatter` reordered."""
    gathered, number = bytearray(len(data)), len(data) // size
    for place in range(size):
        gathered[place::size] = data[place * number : (place + 1) * number]
    return gathered
