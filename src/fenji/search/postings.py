"""Reading the postings of a segment: which pages hold a term, and how much it weighs in each. Knows no terms."""

from __future__ import annotations

import mmap
import pickle
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from fenji.search.damage import IndexCorrupted, corruption_guard
from fenji.search.segment_writer import FULL_WEIGHT

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK_LENGTH = struct.Struct("!i")
_MAGIC_BYTES = 4  # bytes before the first block of a term
_SPARSE_RATIO = 10  # pages for each wanted one from which searching beats a table of all
_MIN_SKIPPABLE_POSTINGS = 6000  # postings from which it pays to leave blocks unread
_MAX_CACHED_POSTINGS = 400_000  # postings kept decoded, some 16 MB
_SAMPLED_BLOCKS = 4  # blocks of postings that speak for a common term

PostingList = tuple[
    Sequence[int], Sequence[float]
]  # numbers of pages in rising order, and the weight in each (up to FULL)


class TermEntry(NamedTuple):
    """What the term table says of a term: pages that hold it, greatest weight, and where its postings lie.

    For an entry that was made of several, `info` holds the postings themselves.
    """

    page_count: int
    max_weight: float
    info: Any


class PostingsFile:
    """The file of postings, mapped into memory, and the lists that were asked for lately."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            empty = not path.stat().st_size
            self._bytes = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._cache: dict[int, PostingList] = {}
        self._cache_room = _MAX_CACHED_POSTINGS

    def close(self) -> None:
        """Let go of the file."""
        if isinstance(self._bytes, mmap.mmap):
            self._bytes.close()

    def read(self, entry: TermEntry) -> PostingList:
        """The pages that hold a term, and its weight in each."""
        if isinstance(entry.info, tuple):
            return entry.info
        if entry.info.is_inlined():
            pages, weights, _ = entry.info.inlined_postings()
            return pages, weights
        offset, _ = entry.info.extent()
        if offset not in self._cache:
            self._cache_room -= entry.page_count
            if self._cache_room < 0:
                self._cache, self._cache_room = {}, _MAX_CACHED_POSTINGS - entry.page_count
            self._cache[offset] = self._join_blocks(offset, entry.page_count)
        return self._cache[offset]

    def sample(self, entry: TermEntry) -> Sequence[int]:
        """Pages that hold a term: all of them, or of a common term those in a few blocks from all over."""
        if not entry.info.is_inlined():
            extents = list(self._extents(entry.info.extent()[0]))
            if len(extents) > 2 * _SAMPLED_BLOCKS:
                step = len(extents) // _SAMPLED_BLOCKS
                sampled = extents[step - 1 :: step][:_SAMPLED_BLOCKS]
                return [page for start, end in sampled for page in _decode(self._bytes[start:end])[0]]
        return self.read(entry)[0]

    def weights_in(self, entry: TermEntry, pages: Sequence[int]) -> Iterator[tuple[int, float]]:
        """The weight of a term in those of `pages` (in rising order) that hold it; other blocks stay unread."""
        is_merged = isinstance(entry.info, tuple)
        offset = 0 if is_merged else entry.info.extent()[0]
        if (
            is_merged
            or entry.page_count < _MIN_SKIPPABLE_POSTINGS
            or len(pages) * _SPARSE_RATIO > entry.page_count
            or offset in self._cache
        ):
            yield from _look_up(pages, *self.read(entry))
            return
        done = 0
        for last, block in self._blocks(offset):
            end = bisect_right(pages, last, done)
            if end > done:
                yield from _look_up(pages[done:end], *_decode(block))
            done = end
            if done == len(pages):
                return

    def _join_blocks(self, offset: int, count: int) -> PostingList:
        pages: list[int] = []
        weights = bytearray()
        for _, block in self._blocks(offset):
            block_pages, block_weights = _decode(block)
            pages += block_pages
            weights += block_weights
        if len(pages) != count:
            raise IndexCorrupted("postings are missing")
        return pages, weights

    def _blocks(self, offset: int) -> Iterator[tuple[int, bytes]]:
        """The last page of each block, and the block."""
        for start, end in self._extents(offset):
            block = self._bytes[start:end]
            with corruption_guard:
                last = pickle.loads(block)[1]  # the first pickle only
            yield last, block

    def _extents(self, offset: int) -> Iterator[tuple[int, int]]:
        """Where each block of a term begins and ends; the length of the last one is negative."""
        at, length = offset + _MAGIC_BYTES, 1
        while length > 0:
            with corruption_guard:
                (length,) = _BLOCK_LENGTH.unpack_from(self._bytes, at)
            start = at + _BLOCK_LENGTH.size
            at = start + abs(length)
            yield start, at


def _decode(block: bytes) -> tuple[list[int], bytes]:
    with corruption_guard:
        stream = BytesIO(block)
        pickle.load(stream)
        steps, weights, _ = pickle.load(stream)
        pages = list(accumulate(steps))
        return pages, bytes(weights or bytes([FULL_WEIGHT]) * len(pages))


def _look_up(wanted: Sequence[int], pages: Sequence[int], weights: Sequence[float]) -> Iterator[tuple[int, float]]:
    """Those of some wanted pages that are among `pages`, each with its weight."""
    if len(wanted) * _SPARSE_RATIO > len(pages):
        weight_by_page = dict(zip(pages, weights, strict=True))
        yield from ((page, weight_by_page[page]) for page in wanted if page in weight_by_page)
        return
    at = 0
    for page in wanted:
        at = bisect_left(pages, page, at)
        if at < len(pages) and pages[at] == page:
            yield page, weights[at]
