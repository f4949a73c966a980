"""Read one segment of the index: its terms, their postings, its records. Writes nothing, ranks nothing."""

from __future__ import annotations

import contextlib
import json
import mmap
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fenji.search.columns import CLASSIFICATIONS_SUFFIX, ClassificationColumn, unpack_classifications
from fenji.search.manifest import IndexCorrupted, SegmentInfo, corruption_guard
from fenji.search.posting_format import (
    Extent,
    PostingList,
    TermEntry,
    decode_block,
    decode_entry,
    entry_page_count,
    measure_block,
)
from fenji.search.segment_writer import (
    KNOWN_FILES_SUFFIX,
    POSTINGS_SUFFIX,
    RECORDS_SUFFIX,
    SECONDS_SUFFIX,
    TERMS_SUFFIX,
    term_key,
)
from fenji.search.term_counts import read_record
from fenji.search.whoosh_format import SOUNDS_SUFFIX, WORDS_SUFFIX, open_index_file, whoosh_module

if TYPE_CHECKING:
    from fenji.search.pages import HandbookPage

_MAX_CACHED_ENTRIES = 4000  # entries of terms
_MAX_SCANNED_TERMS = 3000  # terms looked at for a prefix
_SECONDS_BYTES = 4  # bytes per page in the file of times
_SPARSE_RATIO = 10  # pages per wanted page from which bisection beats a table of all pages
_MIN_SKIPPABLE_POSTINGS = 6000  # postings from which it pays to leave blocks unread
_MAX_CACHED_POSTINGS = 400_000  # postings kept decoded, some 16 MB
_SAMPLED_BLOCKS = 4  # blocks read to sample a common term


class SegmentReader:
    """An open segment. `hidden` has the numbers of its pages that were replaced or removed since it was written."""

    def __init__(self, folder: Path, info: SegmentInfo) -> None:
        self.name, self.page_count = info.name, info.page_count
        self.hidden = frozenset(info.hidden)
        self._folder = folder
        self._open_files = contextlib.ExitStack()
        self._tables: dict[str, Any] = {}
        self._entries: dict[tuple[str, str], TermEntry | None] = {}
        try:
            with corruption_guard:
                self._terms = self._open_table("OrderedHashReader", TERMS_SUFFIX)
                self._postings = PostingsFile(self._file_path(POSTINGS_SUFFIX), info.page_count)
                self._open_files.callback(self._postings.close)
        except BaseException:
            self._open_files.close()
            raise

    def close(self) -> None:
        """Close the files."""
        self._open_files.close()

    def update_hidden(self, info: SegmentInfo) -> None:
        """Update the hidden pages from a later state of the same segment."""
        self.hidden = frozenset(info.hidden)

    def _file_path(self, suffix: str) -> Path:
        return self._folder / f"{self.name}{suffix}"

    def _open_file(self, suffix: str) -> tuple[Any, int]:
        """Open a file of the segment; return it with its size."""
        path = self._file_path(suffix)
        file = open_index_file(path, "rb")
        return self._open_files.enter_context(contextlib.closing(file)), path.stat().st_size

    def _open_table(self, kind: str, suffix: str) -> Any:
        return getattr(whoosh_module("filedb.filetables"), kind)(*self._open_file(suffix))

    def _open_column(self, column: Any, suffix: str) -> Any:
        file, size = self._open_file(suffix)
        return column.reader(file, 0, size, self.page_count)

    # --- terms ---

    def find_entry(self, term: str, field: str = "body") -> TermEntry | None:
        """Return the entry of a term; None if no page contains it."""
        key = (field, term)
        if key not in self._entries:
            if len(self._entries) >= _MAX_CACHED_ENTRIES:
                self._entries.clear()
            self._entries[key] = self._read_entry(term_key(field, term.encode()))
        return self._entries[key]

    def _read_entry(self, key: bytes) -> TermEntry | None:
        with corruption_guard:
            data = self._terms.get(key)
            entry = None if data is None else decode_entry(data)
            if entry and not isinstance(entry.info, Extent) and max(entry.info[0]) >= self.page_count:
                raise IndexCorrupted("postings name pages that do not exist")
            return entry

    def terms_with_prefix(self, prefix: str, field: str = "body") -> list[tuple[str, int]]:
        """Return the first _MAX_SCANNED_TERMS terms that begin with `prefix`, each with its number of pages."""
        field_key, prefix_key = term_key(field, b""), term_key(field, prefix.encode())
        matches: list[tuple[str, int]] = []
        with corruption_guard:
            for key, data in islice(self._terms.items_from(prefix_key), _MAX_SCANNED_TERMS):
                if not key.startswith(prefix_key):
                    break
                matches.append((key[len(field_key) :].decode(), entry_page_count(data)))
        return matches

    def words_with_character(self, character: str) -> list[str]:
        """Return the words of this segment that contain a Han character."""
        return self._read_words(WORDS_SUFFIX, character)

    def words_by_initials(self, initials: str) -> list[str]:
        """Return the Han words of this segment whose pinyin has these initials, the most frequent first."""
        return self._read_words(SOUNDS_SUFFIX, initials)

    def _read_words(self, suffix: str, key: str) -> list[str]:
        with corruption_guard:
            if suffix not in self._tables:
                self._tables[suffix] = self._open_table("HashReader", suffix)
            encoded: bytes = self._tables[suffix].get(key.encode(), b"")
            return encoded.decode().split()

    # --- postings ---

    def postings(self, entry: TermEntry) -> PostingList:
        """Return the pages that contain a term, in rising order, and its weight in each (up to FULL_WEIGHT)."""
        return self._postings.read(entry)

    def sample(self, entry: TermEntry) -> Sequence[int]:
        """Return pages that contain a term, in rising order: all, or a sample of the segment if the term is common."""
        return self._postings.sample(entry)

    def weights_in(self, entry: TermEntry, pages: Sequence[int]) -> Iterator[tuple[int, float]]:
        """Yield (page, weight) for those of `pages` (in rising order) that contain a term."""
        return self._postings.weights_in(entry, pages)

    def pages_with_value(self, value: str, field: str) -> set[int]:
        """Return the pages that have a value in a field."""
        entry = self.find_entry(value, field)
        return set(self.postings(entry)[0]) if entry else set()

    # --- records ---

    def read_page(self, number: int) -> HandbookPage:
        """Return the page with that number."""
        with corruption_guard:
            return read_record(json.loads(self._records[number].decode("utf-8", "surrogatepass")))

    def read_visible_pages(self) -> Iterator[HandbookPage]:
        """Yield every page that is not hidden."""
        return (self.read_page(number) for number in range(self.page_count) if number not in self.hidden)

    @cached_property
    def _records(self) -> Any:
        return self._open_column(whoosh_module("columns").CompressedBytesColumn(), RECORDS_SUFFIX)

    @cached_property
    def created_seconds(self) -> Sequence[int]:
        """When each page's ticket was created, in seconds since 1970."""
        with corruption_guard:
            if self._file_path(SECONDS_SUFFIX).stat().st_size > _SECONDS_BYTES * self.page_count:
                raise IndexCorrupted("times are too many")
            column = self._open_column(whoosh_module("columns").NumericColumn("I"), SECONDS_SUFFIX).load()
            return [*column, *repeat(0, self.page_count - len(column))]  # zeros at the end are not written

    @cached_property
    def classifications(self) -> ClassificationColumn:
        """How each page's ticket was classified."""
        with corruption_guard:
            return unpack_classifications(self._file_path(CLASSIFICATIONS_SUFFIX).read_bytes(), self.page_count)

    def known_files(self, prefix: str = "") -> Iterator[tuple[str, str, int]]:
        """Yield path, digest and number of every page that is not hidden and whose path begins with `prefix`."""
        encoded = prefix.encode()
        lines = self._known_lines
        position = _find_first_line(lines, encoded)
        while position < len(lines) and lines.startswith(encoded, position):
            end = lines.index(b"\n", position)
            with corruption_guard:
                path, digest, number = lines[position:end].decode().split("\t")
                page = int(number)
            if page not in self.hidden:
                yield path, digest, page
            position = end + 1

    @cached_property
    def _known_lines(self) -> bytes:
        with corruption_guard:
            lines = self._file_path(KNOWN_FILES_SUFFIX).read_bytes()
        if lines.count(b"\n") != self.page_count or not lines.endswith(b"\n" * bool(self.page_count)):
            raise IndexCorrupted("paths are missing")
        return lines


def _find_first_line(lines: bytes, path: bytes) -> int:
    """Return the offset of the first of the sorted lines that does not sort before `path`."""
    low, high = 0, len(lines)  # both are starts of lines
    while low < high:
        middle = lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end = lines.index(b"\n", middle) + 1
        low, high = (end, high) if lines[middle:end] < path else (low, middle)
    return low


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
        """Yield (page, weight) for those of `pages` (in rising order) that contain a term, skipping other blocks."""
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
    """Yield each wanted page that is among `pages`, with its weight."""
    if len(wanted) * _SPARSE_RATIO > len(pages):
        weight_by_page = dict(zip(pages, weights, strict=True))
        yield from ((page, weight_by_page[page]) for page in wanted if page in weight_by_page)
        return
    at = 0
    for page in wanted:
        at = bisect_left(pages, page, at)
        if at < len(pages) and pages[at] == page:
            yield page, weights[at]
