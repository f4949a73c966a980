"""The bytes of postings: term entries and posting blocks, little-endian. Pure: values to bytes and back.

An index may come from somebody else's desk, so its bytes are only ever read as numbers and text, never executed.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import accumulate, pairwise
from mmap import mmap
from typing import NamedTuple
from zlib import crc32

from fenji.search.manifest import IndexCorrupted

FULL_WEIGHT = 255  # the greatest weight a posting can have
BLOCK_SIZE = 256  # postings per block: large blocks decode faster, small ones are skipped sooner
MAX_INLINE = 8  # postings that are stored in the entry of a term itself

_ENTRY = struct.Struct("<IB")  # number of pages with the term, its greatest weight; postings or extent follow
_EXTENT = struct.Struct("<QI")
# CRC-32 of everything after it, first page, last page, number of postings, bytes per step, whether weights follow
_BLOCK = struct.Struct("<IIIHBB")
_CRC_BYTES = 4
_STEP_CODES = {1: "B", 2: "H", 4: "I"}  # bytes per step → type code

PostingList = tuple[Sequence[int], Sequence[float]]  # page numbers in rising order; weights up to FULL_WEIGHT


class Extent(NamedTuple):
    """The byte range of the blocks of a term in the postings file."""

    offset: int
    size: int


class TermEntry(NamedTuple):
    """The number of pages that contain a term, its greatest weight, and its postings or where they are."""

    page_count: int
    max_weight: float
    info: PostingList | Extent


# --- entries ---


def encode_entry(pages: Sequence[int], weights: bytes | None, extent: Extent | None) -> bytes:
    """Encode the entry of a term, with its postings unless `extent` is given; without weights, each is FULL_WEIGHT."""
    weights = weights or bytes([FULL_WEIGHT]) * len(pages)
    head = _ENTRY.pack(len(pages), max(weights))
    return head + (_EXTENT.pack(*extent) if extent else struct.pack(f"<{len(pages)}I", *pages) + weights)


def decode_entry(data: bytes) -> TermEntry:
    """Decode the entry of a term. Raises IndexCorrupted or struct.error if its length is wrong."""
    page_count, max_weight = _ENTRY.unpack_from(data)
    body = data[_ENTRY.size :]
    if page_count > MAX_INLINE:
        return TermEntry(page_count, max_weight, Extent(*_EXTENT.unpack(body)))
    pages = struct.unpack_from(f"<{page_count}I", body)
    weights = body[4 * page_count :]
    if not page_count or len(weights) != page_count:
        raise IndexCorrupted("a term entry has the wrong length")
    return TermEntry(page_count, max_weight, (pages, weights))


def entry_page_count(data: bytes) -> int:
    """Read only the number of pages from an entry."""
    page_count: int = _ENTRY.unpack_from(data)[0]
    return page_count


# --- blocks ---


def encode_block(pages: Sequence[int], weights: bytes | None) -> bytes:
    """Encode up to BLOCK_SIZE postings: a header, the steps from page to page, and the weights if there are any."""
    steps = [after - before for before, after in pairwise(pages)]
    largest = max(steps, default=0)
    width = 1 if largest < 1 << 8 else 2 if largest < 1 << 16 else 4
    header = _BLOCK.pack(0, pages[0], pages[-1], len(pages), width, bool(weights))[_CRC_BYTES:]
    data = header + struct.pack(f"<{len(steps)}{_STEP_CODES[width]}", *steps) + (weights or b"")
    return struct.pack("<I", crc32(data)) + data


def measure_block(data: bytes | mmap, offset: int) -> tuple[int, int]:
    """Read the last page and the size in bytes of the block at `offset` from its header."""
    _, _, last, count, width, weighted = _BLOCK.unpack_from(data, offset)
    return last, _BLOCK.size + (count - 1) * width + count * weighted


def decode_block(block: bytes) -> tuple[list[int], bytes]:
    """Decode a block to page numbers and weights. Raises IndexCorrupted or struct.error if it is damaged."""
    checksum, first, last, count, width, weighted = _BLOCK.unpack_from(block)
    if crc32(memoryview(block)[_CRC_BYTES:]) != checksum:
        raise IndexCorrupted("a block of postings is damaged")
    steps_end = _BLOCK.size + (count - 1) * width
    steps = block[_BLOCK.size : steps_end]
    pages = list(
        accumulate(steps if width == 1 else struct.unpack(f"<{count - 1}{_STEP_CODES[width]}", steps), initial=first)
    )
    weights = block[steps_end:] if weighted else bytes([FULL_WEIGHT]) * count
    if not len(pages) == len(weights) == count or pages[-1] != last:
        raise IndexCorrupted("a block of postings is damaged")
    return pages, weights
