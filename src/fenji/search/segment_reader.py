"""Reading one segment of the index: its terms, their postings, its records. Writes nothing, ranks nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cached_property
from itertools import islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fenji.search.columns import CLASSIFICATIONS_SUFFIX, ClassificationColumn, unpack_classifications
from fenji.search.damage import IndexCorrupted, corruption_guard
from fenji.search.pages import HandbookPage
from fenji.search.postings import PostingList, PostingsFile, TermEntry
from fenji.search.segment_writer import KNOWN_FILES_SUFFIX
from fenji.search.whoosh_format import SOUNDS_SUFFIX, WORDS_SUFFIX, whoosh_module, whoosh_segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fenji.search.manifest import SegmentInfo

_MAX_CACHED_ENTRIES = 4000  # entries of terms
_MAX_SCANNED_TERMS = 3000  # terms looked at for a prefix


class SegmentReader:
    """One segment, opened. `hidden` holds the numbers of its pages that were replaced or removed since."""

    def __init__(self, folder: Path, info: SegmentInfo) -> None:
        codecs = whoosh_module("codec.whoosh3")
        self.name, self.page_count = info.name, info.page_count
        self.hidden = frozenset(info.hidden)
        self._folder, self._segment = folder, whoosh_segment(info.name, info.page_count)
        self._storage = whoosh_module("filedb.filestore").FileStorage(str(folder))
        self._open_files = contextlib.ExitStack()
        self._tables: dict[str, Any] = {}
        self._entries: dict[tuple[str, str], TermEntry | None] = {}
        try:
            with corruption_guard:
                codec = self._segment.codec()
                posts, terms = self._open_file(codecs.W3Codec.POSTS_EXT), self._open_file(codecs.W3Codec.TERMS_EXT)
                self._terms = codecs.W3TermsReader(codec, terms, self._file_size(codecs.W3Codec.TERMS_EXT), posts)
                self._postings = PostingsFile(folder / self._segment.make_filename(codecs.W3Codec.POSTS_EXT))
                self._open_files.callback(self._postings.close)
                self._records = codec.per_document_reader(self._storage, self._segment)
        except BaseException:
            self._open_files.close()
            raise

    def close(self) -> None:
        """Let go of the files."""
        self._records.close()
        self._open_files.close()

    def update_hidden(self, info: SegmentInfo) -> None:
        """Take over from a later state of the same segment which pages are hidden."""
        self.hidden = frozenset(info.hidden)

    def _open_file(self, suffix: str) -> Any:
        file = self._storage.open_file(self._segment.make_filename(suffix))
        return self._open_files.enter_context(contextlib.closing(file))

    def _file_size(self, suffix: str) -> int:
        size: int = self._storage.file_length(self._segment.make_filename(suffix))
        return size

    # --- terms ---

    def find_entry(self, term: str, field: str = "body") -> TermEntry | None:
        """The entry of a term; None where no page holds it."""
        key = (field, term)
        if key not in self._entries:
            if len(self._entries) >= _MAX_CACHED_ENTRIES:
                self._entries.clear()
            self._entries[key] = self._read_entry(field, term.encode())
        return self._entries[key]

    def _read_entry(self, field: str, term: bytes) -> TermEntry | None:
        with corruption_guard:
            try:
                info = self._terms.term_info(field, term)
            except whoosh_module("reading").TermNotFound:
                return None
            return TermEntry(info.doc_frequency(), info.max_weight(), info)

    def terms_with_prefix(self, prefix: str, field: str = "body") -> list[tuple[str, int]]:
        """The terms that begin with `prefix`, and how many pages hold each; the first _SCANNED of them."""
        encoded = prefix.encode()
        matches: list[tuple[str, int]] = []
        with corruption_guard:
            for (name, term), info in islice(self._terms.items_from(field, encoded), _MAX_SCANNED_TERMS):
                if name != field or not term.startswith(encoded):
                    break
                matches.append((term.decode(), info.doc_frequency()))
        return matches

    def words_with_character(self, character: str) -> list[str]:
        """The words of this segment in which a Han character stands."""
        return self._read_words(WORDS_SUFFIX, character)

    def words_by_initials(self, initials: str) -> list[str]:
        """The Han words of this segment that are read with these first letters, the most frequent first."""
        return self._read_words(SOUNDS_SUFFIX, initials)

    def _read_words(self, suffix: str, key: str) -> list[str]:
        with corruption_guard:
            if suffix not in self._tables:
                self._tables[suffix] = whoosh_module("filedb.filetables").HashReader(
                    self._open_file(suffix), self._file_size(suffix)
                )
            encoded: bytes = self._tables[suffix].get(key.encode(), b"")
            return encoded.decode().split()

    # --- postings ---

    def postings(self, entry: TermEntry) -> PostingList:
        """The pages that hold a term, in rising order, and its weight in each (up to FULL)."""
        return self._postings.read(entry)

    def sample(self, entry: TermEntry) -> Sequence[int]:
        """Pages that hold a term, in rising order: all, or of a common term some from all over the segment."""
        return self._postings.sample(entry)

    def weights_in(self, entry: TermEntry, pages: Sequence[int]) -> Iterator[tuple[int, float]]:
        """The weight of a term in those of `pages` (in rising order) that hold it."""
        return self._postings.weights_in(entry, pages)

    def pages_with_value(self, value: str, field: str) -> set[int]:
        """The pages that hold a value in a field."""
        entry = self.find_entry(value, field)
        return set(self.postings(entry)[0]) if entry else set()

    # --- records ---

    def read_page(self, number: int) -> HandbookPage:
        """The page of that number, as it was told."""
        with corruption_guard:
            return HandbookPage(*self._records.stored_fields(number)["record"])

    def read_visible_pages(self) -> Iterator[HandbookPage]:
        """Every page that is not hidden."""
        return (self.read_page(number) for number in range(self.page_count) if number not in self.hidden)

    @cached_property
    def created_seconds(self) -> Sequence[int]:
        """When each page's ticket was made, in seconds since 1970."""
        with corruption_guard:
            column = self._records.column_reader("seconds", whoosh_module("columns").NumericColumn("I")).load()
            return [*column, *repeat(0, self.page_count - len(column))]  # zeros at the end are not written

    @cached_property
    def classifications(self) -> ClassificationColumn:
        """How each page's ticket was judged."""
        name: str = self._segment.make_filename(CLASSIFICATIONS_SUFFIX)
        with corruption_guard:
            return unpack_classifications((self._folder / name).read_bytes(), self.page_count)

    def known_files(self, prefix: str = "") -> Iterator[tuple[str, str, int]]:
        """Path, digest and number of every page that is not hidden and whose path begins with `under`."""
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
        name: str = self._segment.make_filename(KNOWN_FILES_SUFFIX)
        with corruption_guard:
            lines = (self._folder / name).read_bytes()
        if lines.count(b"\n") != self.page_count or not lines.endswith(b"\n" * bool(self.page_count)):
            raise IndexCorrupted("paths are missing")
        return lines


def _find_first_line(lines: bytes, path: bytes) -> int:
    """Where the first of sorted lines begins that is not before `path`."""
    low, high = 0, len(lines)  # both beginnings of lines
    while low < high:
        middle = lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end = lines.index(b"\n", middle) + 1
        low, high = (end, high) if lines[middle:end] < path else (low, middle)
    return low
