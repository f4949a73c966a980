"""The facts of archived tickets as a file below `index/`: derived, and made anew wherever it does not fit.

One file: a line that names the format, the length of a header, the header (JSON), then compressed words and stretches
of columns. A stretch is unpacked when a row of it is first asked for.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from itertools import accumulate, pairwise
from operator import add, sub
from pathlib import Path

from fenji import files
from fenji.errors import Unavailable
from fenji.model.appraisal.columns import Columns, Table, Words, column_types
from fenji.model.appraisal.facts import ORDERS, OWN_WORDS, Facts

CACHE_PATH = "figures/facts"  # below the folder of the index
_MAGIC = b"fenji figures 4\n"
_SHARED_WORDS, _OWN_WORDS = "words", "own words"
_LEVEL = 1  # of compression: the fastest
_ROWS = 1 << 14  # of a column, that are compressed together
# Columns that are kept as their difference from another, which takes less room.
_BASES = {
    "tickets.responded": "reported",
    "tickets.solved": "reported",
    "tickets.measured": "reported",
    "tickets.confirmed": "solved",
    "tickets.archived": "confirmed",
    "tickets.last": "confirmed",
    "verdicts.stopped": "at",
    "verdicts.elapsed_s": "used_s",
    "stretches.start": "end",
}
# Columns that are kept as the difference of each number from the one before.
_RUNNING = {"tickets.reported", *(f"{table}.{column}" for table, column in ORDERS.items())}
_MAX_BYTES = 200 * 2**20


@dataclass(frozen=True)
class CacheStamp:
    """What the facts were made from: a commit, what counts in the policy, and the release that read them."""

    commit: str
    policy: str
    release: str


@dataclass(frozen=True)
class CachedFacts:
    """Facts that were kept, and what they were made from; `check` tells them from others."""

    stamp: CacheStamp
    facts: Facts
    check: str = ""


_READING = 3  # raised whenever the same columns are read otherwise: 2 counts the items of plans


def release() -> str:
    """Return what read the facts: their columns, this release, those of the libraries that policies of format 1 ask."""
    columns = zlib.crc32(repr([(name, *column_types(kind)) for name, kind in Facts.ROW_TYPES.items()]).encode())
    return " ".join(
        [f"{columns:x}.{_READING}", *(f"{name} {version(name)}" for name in ("fenji", "holidays", "tzdata"))]
    )


def load(index_folder: Path) -> CachedFacts | None:
    """Load the facts kept in an index folder; None if there are none, or they are damaged."""
    try:
        data, _ = files.read(index_folder / CACHE_PATH, _MAX_BYTES)
        return _parse(data)
    except (OSError, *files.DAMAGE, zlib.error):
        return None


def save(index_folder: Path, stamp: CacheStamp, facts: Facts) -> None:
    """Keep the facts; where that cannot be, the next report reads the tickets again."""
    try:
        files.make_folder(index_folder.parent, f"{index_folder.name}/{Path(CACHE_PATH).parent}")
        files.write(index_folder.parent, f"{index_folder.name}/{CACHE_PATH}", _render(stamp, facts))
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
    shared, own = (body.read(name).decode("utf-8", "surrogatepass").split("\n") for name in (_SHARED_WORDS, _OWN_WORDS))
    rows = header["rows"]
    own = own[: len(OWN_WORDS) * rows["tickets"]]
    facts = Facts(Words([*shared, *own], len(own)))
    for name, length in rows.items():
        row_type = Facts.ROW_TYPES[name]
        setattr(facts, name, Table(row_type, facts.words, _read_columns(body, name, length), length=length))
    return CachedFacts(CacheStamp(**header["stamp"]), facts, str(header["check"]))


@dataclass(frozen=True)
class _Body:
    """The compressed pieces of the file, by name."""

    data: memoryview
    places: Mapping[str, list[int]]

    def read(self, name: str) -> bytes:
        start, size = self.places[name]
        return zlib.decompress(self.data[start : start + size])


def _read_columns(body: _Body, table: str, length: int) -> Columns:
    """Return the columns of a table, whose stretches are unpacked when they are asked for."""
    types = column_types(Facts.ROW_TYPES[table])
    known: dict[tuple[str, int], array[int]] = {}

    def read_stretch(name: str, number: int) -> array[int]:
        if (name, number) not in known:
            path = f"{table}.{name}"
            stretch = _gather(types[name], body.read(f"{path} {number}"))
            if path in _RUNNING:
                stretch = array(types[name], accumulate(stretch))
            elif base := _BASES.get(path):
                stretch = array(types[name], map(add, stretch, read_stretch(base, number)))
            known[name, number] = stretch
        return known[name, number]

    def cut(name: str, start: int, end: int) -> array[int]:
        first = start // _ROWS
        column: array[int] = array(types[name])
        for number in range(first, -(-end // _ROWS) if end > start else first):
            column += read_stretch(name, number)
        return column[start - first * _ROWS : end - first * _ROWS]

    return Columns(lambda name: cut(name, 0, length), cut)


def _render(stamp: CacheStamp, facts: Facts) -> bytes:
    pieces = dict(_pieces(facts.compacted()))
    places, at = {}, 0
    for name, piece in pieces.items():
        places[name] = [at, len(piece)]
        at += len(piece)
    body = b"".join(pieces.values())
    header = {
        "stamp": vars(stamp),
        "order": sys.byteorder,
        "rows": {name: len(getattr(facts, name)) for name in Facts.ROW_TYPES},
        "places": places,
        "check": zlib.crc32(body),
    }
    encoded = json.dumps(header).encode()
    return b"".join((_MAGIC, len(encoded).to_bytes(4, "big"), encoded, body))


def _pieces(facts: Facts) -> Iterator[tuple[str, bytes]]:
    for table, row_type in Facts.ROW_TYPES.items():
        columns = getattr(facts, table).columns
        for name in column_types(row_type):
            for number, stretch in enumerate(_stretches(columns, table, name)):
                yield f"{table}.{name} {number}", zlib.compress(_scatter(stretch), _LEVEL)
    words, own = facts.words.words, len(OWN_WORDS) * len(facts.tickets)
    for piece, part in ((_SHARED_WORDS, words[: len(words) - own]), (_OWN_WORDS, words[len(words) - own :])):
        yield piece, zlib.compress("\n".join(part).encode("utf-8", "surrogatepass"), _LEVEL)


def _stretches(columns: Columns, table: str, name: str) -> Iterator[array[int]]:
    """Yield a column in stretches, as it is kept."""
    column, path = columns[name], f"{table}.{name}"
    base = columns[_BASES[path]] if path in _BASES else None
    for start in range(0, len(column), _ROWS):
        stretch = column[start : start + _ROWS]
        if path in _RUNNING:
            stretch = array(stretch.typecode, (next_number - number for number, next_number in pairwise([0, *stretch])))
        elif base is not None:
            stretch = array(stretch.typecode, map(sub, stretch, base[start : start + _ROWS]))
        yield stretch


def _scatter(column: array[int]) -> bytes:
    """Return the bytes of a column, the first ones of all its numbers first: like ones stand together."""
    data = column.tobytes()
    return b"".join(data[place :: column.itemsize] for place in range(column.itemsize))


def _gather(type_code: str, data: bytes) -> array[int]:
    """Return the column whose bytes were scattered."""
    column: array[int] = array(type_code)
    gathered, size = bytearray(len(data)), len(data) // column.itemsize
    for place in range(column.itemsize):
        gathered[place :: column.itemsize] = data[place * size : (place + 1) * size]
    column.frombytes(gathered)
    return column
