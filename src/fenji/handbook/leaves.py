"""Reading one segment of the index: its terms, their postings, its records. Writes nothing, ranks nothing."""

from __future__ import annotations

import contextlib
import pickle
import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fenji.handbook.pages import Page
from fenji.handbook.release import WORDS, segment, whoosh
from fenji.handbook.segments import FULL, KNOWN

if TYPE_CHECKING:
    from fenji.handbook.ledger import Part

_SCANNED = 3000  # terms looked at for a prefix


class Entry(NamedTuple):
    """What the term table says of a term: pages that hold it, greatest weight, and where its postings lie."""

    pages: int
    heaviest: float
    info: Any


class Leaf:
    """One segment, opened. `hidden` holds the numbers of its pages that were replaced or removed since."""

    def __init__(self, folder: Path, part: Part) -> None:
        codecs = whoosh("codec.whoosh3")
        self.name, self.pages = part.name, part.pages
        self.hidden = frozenset(part.hidden)
        self._folder, self._segment = folder, segment(part.name, part.pages)
        self._storage = whoosh("filedb.filestore").FileStorage(str(folder))
        self._files = contextlib.ExitStack()
        self._words: Any = None
        try:
            self._posts = self._file(codecs.W3Codec.POSTS_EXT)
            terms = self._file(codecs.W3Codec.TERMS_EXT)
            size = self._storage.file_length(self._segment.make_filename(codecs.W3Codec.TERMS_EXT))
            self._terms = codecs.W3TermsReader(self._segment.codec(), terms, size, self._posts)
        except BaseException:
            self._files.close()
            raise
        self._records = self._segment.codec().per_document_reader(self._storage, self._segment)

    def close(self) -> None:
        """Let go of the files."""
        self._records.close()
        self._files.close()

    def hide(self, part: Part) -> None:
        """Take over from a later state of the same segment which pages are hidden."""
        self.hidden = frozenset(part.hidden)

    def _file(self, ending: str) -> Any:
        return self._files.enter_context(
            contextlib.closing(self._storage.open_file(self._segment.make_filename(ending)))
        )

    # --- terms ---

    def entry(self, term: str, field: str = "body") -> Entry | None:
        """The entry of a term; None where no page holds it."""
        try:
            info = self._terms.term_info(field, term.encode())
        except whoosh("reading").TermNotFound:
            return None
        return Entry(info.doc_frequency(), info.max_weight(), info)

    def beginning(self, prefix: str, field: str = "body") -> Iterator[tuple[str, int]]:
        """The terms that begin with `prefix`, and how many pages hold each; the first _SCANNED of them."""
        start = prefix.encode()
        for (name, term), info in islice(self._terms.items_from(field, start), _SCANNED):
            if name != field or not term.startswith(start):
                return
            yield term.decode(), info.doc_frequency()

    def holding(self, letter: str) -> list[str]:
        """The words of this segment in which a Han character stands."""
        if self._words is None:
            size = self._storage.file_length(self._segment.make_filename(WORDS))
            self._words = whoosh("filedb.filetables").HashReader(self._file(WORDS), size)
        held: bytes = self._words.get(letter.encode(), b"")
        return held.decode().split()

    # --- postings ---

    def postings(self, entry: Entry) -> Iterator[tuple[Iterable[int], Iterable[int]]]:
        """Block by block, the pages that hold a term in rising order, and its weight in each (up to FULL)."""
        if entry.info.is_inlined():
            pages, weights, _ = entry.info.inlined_postings()
            yield pages, weights
            return
        for _, block in self._blocks(entry):
            yield _decoded(block)

    def weights(self, entry: Entry, pages: Sequence[int]) -> Iterator[tuple[int, int]]:
        """The weight of a term in those of `pages` (in rising order) that hold it; blocks without any are skipped."""
        if entry.info.is_inlined():
            held = dict(zip(*entry.info.inlined_postings()[:2], strict=True))
            yield from ((page, held[page]) for page in pages if page in held)
            return
        done = 0
        for last, block in self._blocks(entry):
            end = bisect_right(pages, last, done)
            if end > done:
                held = dict(zip(*_decoded(block), strict=True))
                yield from ((page, held[page]) for page in pages[done:end] if page in held)
            done = end
            if done == len(pages):
                return

    def _blocks(self, entry: Entry) -> Iterator[tuple[int, BytesIO]]:
        """The last page of each block, and the block, read up to its postings."""
        offset, _ = entry.info.extent()
        at, length = offset + 4, 1
        while length > 0:
            (length,) = struct.unpack("!i", self._posts.get(at, 4))
            block = BytesIO(self._posts.get(at + 4, abs(length)))
            yield pickle.load(block)[1], block
            at += 4 + abs(length)

    def numbers(self, value: str, field: str) -> set[int]:
        """The pages that hold a value in a field."""
        entry = self.entry(value, field)
        found: set[int] = set()
        for pages, _ in self.postings(entry) if entry else ():
            found.update(pages)
        return found

    # --- records ---

    def page(self, number: int) -> Page:
        return Page(*self._records.stored_fields(number)["record"])

    def all_pages(self) -> Iterator[Page]:
        """Every page that is not hidden."""
        return (self.page(number) for number in range(self.pages) if number not in self.hidden)

    def seconds(self) -> array[int]:
        """When each page's ticket was made, in seconds since 1970."""
        column = whoosh("columns").NumericColumn("I")
        reader = self._records.column_reader("seconds", column)
        return array("I", (reader[number] for number in range(self.pages)))

    def known(self) -> Iterator[tuple[str, str]]:
        """Path and digest of every page that is not hidden."""
        lines = (self._folder / self._segment.make_filename(KNOWN)).read_text("utf-8")
        for number, line in enumerate(lines.splitlines()):
            if number not in self.hidden:
                digest, _, path = line.partition(" ")
                yield path, digest


def _decoded(block: BytesIO) -> tuple[list[int], Iterable[int]]:
    steps, weights, _ = pickle.load(block)
    pages = list(accumulate(steps))
    return pages, weights or bytes([FULL]) * len(pages)
