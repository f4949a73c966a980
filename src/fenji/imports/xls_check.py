"""Check an .xls workbook before it is opened: a small file may need far more memory than there is.

A reader creates every cell between the corners of a sheet, and copies a shared text into each cell that refers to it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from fenji.errors import Refused
from fenji.imports.limits import check_sheet, check_text

_NO_SECTOR = 0xFFFFFFFA  # this and higher numbers are not sectors
_SMALL_STREAM = 4096  # bytes; a smaller stream is stored elsewhere, and is too short to have many cells
_STREAMS = ("Workbook", "Book")
_BEGINS_SHEET, _SHARED, _CONTINUED, _SHARED_CELL = 0x0809, 0x00FC, 0x003C, 0x00FD
_CELL_KINDS = frozenset({0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E})
_ROW_OF_CELLS = frozenset({0x00BD, 0x00BE})  # these end with the number of their last column


def check_xls(data: bytes, name: str) -> None:
    """Raise Refused for a workbook that is damaged, or would grow beyond the limits."""
    try:
        _check_records(list(_read_records(_find_stream(data))), name)
    except (struct.error, IndexError) as error:
        raise Refused("{path} is damaged, or locked with a password.", path=name) from error


# --- the container ----------------------------------------------------------------------------------------------------


def _find_stream(data: bytes) -> bytes:
    """Return the stream of records; empty if it is small, or there is none."""
    size = 1 << min(struct.unpack_from("<H", data, 30)[0], 20)
    table = _read_sector_table(data, size)
    folder = _read_chain(data, struct.unpack_from("<I", data, 48)[0], table, size)
    for at in range(0, len(folder) - 127, 128):
        length = struct.unpack_from("<H", folder, at + 64)[0]
        if folder[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace") in _STREAMS:
            first, count = struct.unpack_from("<II", folder, at + 116)
            return _read_chain(data, first, table, size)[:count] if count >= _SMALL_STREAM else b""
    return b""


def _read_sector_table(data: bytes, size: int) -> Sequence[int]:
    """Return for each sector the number of the next one of its chain."""
    sectors = [number for number in struct.unpack_from("<109I", data, 76) if number < _NO_SECTOR]
    further, count = struct.unpack_from("<II", data, 68)
    for _ in range(min(count, len(data) // size)):
        if further >= _NO_SECTOR:
            break
        *named, further = struct.unpack(f"<{size // 4}I", _read_sector(data, further, size))
        sectors += [number for number in named if number < _NO_SECTOR]
    return [entry for number in sectors for entry in struct.unpack(f"<{size // 4}I", _read_sector(data, number, size))]


def _read_chain(data: bytes, first: int, table: Sequence[int], size: int) -> bytes:
    parts: list[bytes] = []
    number = first
    while number < len(table) and len(parts) <= len(data) // size:
        parts.append(data[(number + 1) * size : (number + 2) * size])
        number = table[number]
    return b"".join(parts)


def _read_sector(data: bytes, number: int, size: int) -> bytes:
    return data[(number + 1) * size : (number + 2) * size].ljust(size, b"\xff")


# --- the records ------------------------------------------------------------------------------------------------------


def _read_records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _check_records(records: Sequence[tuple[int, bytes]], name: str) -> None:
    lengths: Sequence[int] = ()
    rows = columns = text = cells = 0
    for at, (kind, content) in enumerate(records):
        if kind == _SHARED:
            lengths = _text_lengths(records, at)
        elif kind == _BEGINS_SHEET:
            cells, rows, columns = cells + rows * columns, 0, 0
        elif kind in _CELL_KINDS:
            row, column = struct.unpack_from("<HH", content)
            last = struct.unpack_from("<H", content, len(content) - 2)[0] if kind in _ROW_OF_CELLS else column
            rows, columns = max(rows, row + 1), max(columns, last + 1)
            check_sheet(name, rows, columns, others=cells)
            if kind == _SHARED_CELL:
                index = struct.unpack_from("<I", content, 6)[0]
                text += lengths[index] if index < len(lengths) else 0
                check_text(name, text)


def _text_lengths(records: Sequence[tuple[int, bytes]], at: int) -> list[int]:
    """Return the number of characters of each shared text; a text may go on in the next records."""
    end = at + 1
    while end < len(records) and records[end][0] == _CONTINUED:
        end += 1
    content = b"".join(part for _, part in records[at:end])
    edges, place = [], 0
    for _, part in records[at:end]:
        place += len(part)
        edges.append(place)
    edges.reverse()  # the next edge is the last
    lengths: list[int] = []
    place = 8
    for _ in range(struct.unpack_from("<I", content, 4)[0]):
        if place + 3 > len(content):
            break
        while edges and edges[-1] <= place:
            edges.pop()
        count, flags = struct.unpack_from("<HB", content, place)
        place += 3
        runs = struct.unpack_from("<H", content, place)[0] if flags & 8 else 0
        place += 2 * bool(flags & 8)
        extra = struct.unpack_from("<I", content, place)[0] if flags & 4 else 0
        place = _skip_characters(content, place + 4 * bool(flags & 4), count, flags, edges) + 4 * runs + extra
        lengths.append(count)
    return lengths


def _skip_characters(content: bytes, place: int, count: int, flags: int, edges: list[int]) -> int:
    """Return the place after `count` characters; after each edge, a byte says again how wide they are."""
    while count and place < len(content):
        width = 1 + (flags & 1)
        while edges and edges[-1] <= place:
            edges.pop()
        room = ((edges[-1] if edges else len(content)) - place) // width
        taken = min(room, count)
        place, count = place + taken * width, count - taken
        if count and place < len(content):
            flags, place = content[place], place + 1
    return place
