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

from fenji.handbook.damage import Broken, reading
from fenji.handbook.segments import FULL

if TYPE_CHECKING:
    from pathlib import Path

_LENGTH = struct.Struct("!i")
_MAGIC = 4  # bytes before the first block of a term
_SPARSE = 10  # pages for each wanted one from which searching beats a table of all
_LONG = 6000  # postings from which it pays to leave blocks unread
_DECODED = 400_000  # postings kept decoded, some 16 MB
_SAMPLED = 4  # blocks of postings that speak for a common term

Weights = tuple[Sequence[int], Sequence[float]]  # numbers of pages in rising order, and the weight in each (up to FULL)


class Entry(NamedTuple):
    """What the term table says of a term: pages that hold it, greatest weight, and where its postings lie.

    For an entry that was made of several, `info` holds the postings themselves.
    """

    pages: int
    heaviest: float
    info: Any


class Postings:
    """The file of postings, mapped into memory, and the lists that were asked for lately."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            empty = not path.stat().st_size
            self._bytes = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._decoded: dict[int, Weights] = {}
        self._room = _DECODED

    def close(self) -> None:
        """Let go of the file."""
        if isinstance(self._bytes, mmap.mmap):
            self._bytes.close()

    def all(self, entry: Entry) -> Weights:
        """The pages that hold a term, and its weight in each."""
        if isinstance(entry.info, tuple):
            return entry.info
        if entry.info.is_inlined():
            pages, weights, _ = entry.info.inlined_postings()
            return pages, weights
        offset, _ = entry.info.extent()
        if offset not in self._decoded:
            self._room -= entry.pages
            if self._room < 0:
                self._decoded, self._room = {}, _DECODED - entry.pages
            self._decoded[offset] = self._joined(offset, entry.pages)
        return self._decoded[offset]

    def some(self, entry: Entry) -> Sequence[int]:
        """Pages that hold a term: all of them, or of a common term those in a few blocks from all over."""
        if not entry.info.is_inlined():
            extents = list(self._extents(entry.info.extent()[0]))
            if len(extents) > 2 * _SAMPLED:
                step = len(extents) // _SAMPLED
                taken = extents[step - 1 :: step][:_SAMPLED]
                return [page for start, end in taken for page in _decoded(self._bytes[start:end])[0]]
        return self.all(entry)[0]

    def among(self, entry: Entry, pages: Sequence[int]) -> Iterator[tuple[int, float]]:
        """The weight of a term in those of `pages` (in rising order) that hold it; other blocks stay unread."""
        made = isinstance(entry.info, tuple)
        offset = 0 if made else entry.info.extent()[0]
        if made or entry.pages < _LONG or len(pages) * _SPARSE > entry.pages or offset in self._decoded:
            yield from _looked_up(pages, *self.all(entry))
            return
        done = 0
        for last, block in self._blocks(offset):
            end = bisect_right(pages, last, done)
            if end > done:
                yield from _looked_up(pages[done:end], *_decoded(block))
            done = end
            if done == len(pages):
                return

    def _joined(self, offset: int, count: int) -> Weights:
        pages: list[int] = []
        weights = bytearray()
        for _, block in self._blocks(offset):
            some, held = _decoded(block)
            pages += some
            weights += held
        if len(pages) != count:
            raise Broken("postings are missing")
        return pages, weights

    def _blocks(self, offset: int) -> Iterator[tuple[int, bytes]]:
        """The last page of each block, and the block."""
        for start, end in self._extents(offset):
            block = self._bytes[start:end]
            with reading:
                last = pickle.loads(block)[1]  # the first pickle only
            yield last, block

    def _extents(self, offset: int) -> Iterator[tuple[int, int]]:
        """Where each block of a term begins and ends; the length of the last one is negative."""
        at, length = offset + _MAGIC, 1
        while length > 0:
            with reading:
                (length,) = _LENGTH.unpack_from(self._bytes, at)
            start = at + _LENGTH.size
            at = start + abs(length)
            yield start, at


def _decoded(block: bytes) -> tuple[list[int], bytes]:
    with reading:
        both = BytesIO(block)
        pickle.load(both)
        steps, weights, _ = pickle.load(both)
        pages = list(accumulate(steps))
        return pages, bytes(weights or bytes([FULL]) * len(pages))


def _looked_up(wanted: Sequence[int], pages: Sequence[int], weights: Sequence[float]) -> Iterator[tuple[int, float]]:
    """Those of some wanted pages that are among `pages`, each with its weight."""
    if len(wanted) * _SPARSE > len(pages):
        held = dict(zip(pages, weights, strict=True))
        yield from ((page, held[page]) for page in wanted if page in held)
        return
    at = 0
    for page in wanted:
        at = bisect_left(pages, page, at)
        if at < len(pages) and pages[at] == page:
            yield page, weights[at]
