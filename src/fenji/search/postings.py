"""Reads the postings of a segment: the pages that contain a term, and its weight in each. Knows no terms."""

from __future__ import annotations

import mmap
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fenji.search.damage import IndexCorrupted, corruption_guard
from fenji.search.posting_format import Extent, PostingList, TermEntry, decode_block, measure_block

if TYPE_CHECKING:
    from pathlib import Path

_SPARSE_RATIO = 10  # pages for each wanted one from which searching beats a table of all
_MIN_SKIPPABLE_POSTINGS = 6000  # postings from which it pays to leave blocks unread
_MAX_CACHED_POSTINGS = 400_000  # postings kept decoded, some 16 MB
_SAMPLED_BLOCKS = 4  # blocks read to sample a common term


class PostingsFile:
    """The postings file of a segment of `page_count` pages, memory-mapped, with a cache of decoded lists."""

    def __init__(self, path: Path, page_count: int) -> None:
        self._page_count = page_count
        with path.open("rb") as file:
            empty = not path.stat().st_size
            self._bytes = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._cache: dict[int, PostingList] = {}
        self._cache_room = _MAX_CACHED_POSTINGS

    def close(self) -> None:
        """Close the file."""
        if isinstance(self._bytes, mmap.mmap):
            self._bytes.close()

    def read(self, entry: TermEntry) -> PostingList:
        """Return the pages that contain a term, and its weight in each."""
        if not isinstance(entry.info, Extent):
            return entry.info
        offset = entry.info.offset
        if offset not in self._cache:
            self._cache_room -= entry.page_count
            if self._cache_room < 0:
                self._cache, self._cache_room = {}, _MAX_CACHED_POSTINGS - entry.page_count
            self._cache[offset] = self._join_blocks(entry.info, entry.page_count)
        return self._cache[offset]

    def sample(self, entry: TermEntry) -> Sequence[int]:
        """Return pages that contain a term: all of them, or for a common term those of a few scattered blocks."""
        if isinstance(entry.info, Extent):
            blocks = list(self._blocks(entry.info))
            if len(blocks) > 2 * _SAMPLED_BLOCKS:
                step = len(blocks) // _SAMPLED_BLOCKS
                sampled = blocks[step - 1 :: step][:_SAMPLED_BLOCKS]
                return [page for _, start, end in sampled for page in self._decode(start, end)[0]]
        return self.read(entry)[0]

    def weights_in(self, entry: TermEntry, pages: Sequence[int]) -> Iterator[tuple[int, float]]:
        """Yield the weight of a term in those of `pages` (in rising order) that contain it; skip other blocks."""
        if (
            not isinstance(entry.info, Extent)
            or entry.page_count < _MIN_SKIPPABLE_POSTINGS
            or len(pages) * _SPARSE_RATIO > entry.page_count
            or entry.info.offset in self._cache
        ):
            yield from _look_up(pages, *self.read(entry))
            return
        done = 0
        for last, block_start, block_end in self._blocks(entry.info):
            end = bisect_right(pages, last, done)
            if end > done:
                yield from _look_up(pages[done:end], *self._decode(block_start, block_end))
            done = end
            if done == len(pages):
                return

    def _join_blocks(self, extent: Extent, count: int) -> PostingList:
        pages: list[int] = []
        weights = bytearray()
        for _, start, end in self._blocks(extent):
            block_pages, block_weights = self._decode(start, end)
            pages += block_pages
            weights += block_weights
        if len(pages) != count:
            raise IndexCorrupted("postings are missing")
        return pages, weights

    def _decode(self, start: int, end: int) -> tuple[list[int], bytes]:
        with corruption_guard:
            pages, weights = decode_block(self._bytes[start:end])
        if pages[-1] >= self._page_count:
            raise IndexCorrupted("postings name pages that do not exist")
        return pages, weights

    def _blocks(self, extent: Extent) -> Iterator[tuple[int, int, int]]:
        """Yield the last page of each block of a term, and where the block starts and ends."""
        start, extent_end = extent.offset, extent.offset + extent.size
        while start < extent_end:
            with corruption_guard:
                last, size = measure_block(self._bytes, start)
            yield last, start, start + size
            start += size
        if start != extent_end:
            raise IndexCorrupted("a block of postings is damaged")


def _look_up(wanted: Sequence[int], pages: Sequence[int], weights: Sequence[float]) -> Iterator[tuple[int, float]]:
    """Yield those of the wanted pages that are among `pages`, each with its weight."""
    if len(wanted) * _SPARSE_RATIO > len(pages):
        weight_by_page = dict(zip(pages, weights, strict=True))
        yield from ((page, weight_by_page[page]) for page in wanted if page in weight_by_page)
        return
    at = 0
    for page in wanted:
        at = bisect_left(pages, page, at)
        if at < len(pages) and pages[at] == page:
            yield page, weights[at]
