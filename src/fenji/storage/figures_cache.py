"""The facts of archived tickets as a file below `index/`: derived, and made anew wherever it does not fit.

One file: a line that names the format, the length of a header, the header (JSON), then compressed columns and words.
A column is unpacked when it is first asked for.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from operator import add, sub
from pathlib import Path
from typing import Any

from fenji import files
from fenji.errors import Unavailable
from fenji.model.appraisal.facts import Columns, Facts, Table, Words, column_types

CACHE_PATH = "figures/facts"  # below the folder of the index
_MAGIC = b"fenji figures 3\n"
_WORDS = "words"
_LEVEL = 1  # of compression: the fastest
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
    "stretches.end": "start",
}
_MAX_BYTES = 200 * 2**20


@dataclass(frozen=True)
class CacheStamp:
    """What the facts were made from: a commit, what counts in the policy, and the release that read them."""

    commit: str
    policy: str
    release: str


@dataclass(frozen=True)
class CachedFacts:
    """Facts that were kept, and what they were made from."""

    stamp: CacheStamp
    facts: Facts


_READING = 2  # raised whenever the same columns are read otherwise: 2 counts the items of plans


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
    facts = Facts(Words(body.read(_WORDS).decode("utf-8", "surrogatepass").split("\n")))
    for name, length in header["rows"].items():
        row_type = Facts.ROW_TYPES[name]
        columns = Columns(body.column_loader(name, column_types(row_type)))
        setattr(facts, name, Table(row_type, facts.words, columns, length=length))
    return CachedFacts(CacheStamp(**header["stamp"]), facts)


@dataclass(frozen=True)
class _Body:
    """The compressed pieces of the file, by name."""

    data: memoryview
    places: Mapping[str, list[int]]

    def read(self, name: str) -> bytes:
        start, size = self.places[name]
        return zlib.decompress(self.data[start : start + size])

    def column_loader(self, table: str, types: Mapping[str, str]) -> Any:
        def load_column(name: str) -> array[int]:
            column = _gather(types[name], self.read(f"{table}.{name}"))
            base = _BASES.get(f"{table}.{name}")
            return array(types[name], map(add, column, load_column(base))) if base else column

        return load_column


def _render(stamp: CacheStamp, facts: Facts) -> bytes:
    pieces = dict(_pieces(facts))
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
    for name, row_type in Facts.ROW_TYPES.items():
        columns = getattr(facts, name).columns
        for column in column_types(row_type):
            yield f"{name}.{column}", zlib.compress(_scatter(columns, f"{name}.{column}"), _LEVEL)
    yield _WORDS, zlib.compress("\n".join(facts.words.words).encode("utf-8", "surrogatepass"), _LEVEL)


def _scatter(columns: Mapping[str, array[int]], path: str) -> bytes:
    """Return the bytes of a column, the first ones of all its numbers first: like ones stand together."""
    column = columns[path.partition(".")[2]]
    if path in _BASES:
        column = array(column.typecode, map(sub, column, columns[_BASES[path]]))
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
