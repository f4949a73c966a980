"""Reading one segment of the index: its terms, their postings, its records. Writes nothing, ranks nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cached_property
from itertools import islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fenji.handbook.damage import Broken, reading
from fenji.handbook.judgements import JUDGED, Judged, unpacked
from fenji.handbook.pages import Page
from fenji.handbook.postings import Entry, Postings, Weights
from fenji.handbook.release import SOUNDS, WORDS, segment, whoosh
from fenji.handbook.segments import KNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fenji.handbook.ledger import Part

_REMEMBERED = 4000  # entries of terms
_SCANNED = 3000  # terms looked at for a prefix


class Leaf:
    """One segment, opened. `hidden` holds the numbers of its pages that were replaced or removed since."""

    def __init__(self, folder: Path, part: Part) -> None:
        codecs = whoosh("codec.whoosh3")
        self.name, self.pages = part.name, part.pages
        self.hidden = frozenset(part.hidden)
        self._folder, self._segment = folder, segment(part.name, part.pages)
        self._storage = whoosh("filedb.filestore").FileStorage(str(folder))
        self._files = contextlib.ExitStack()
        self._tables: dict[str, Any] = {}
        self._entries: dict[tuple[str, str], Entry | None] = {}
        try:
            with reading:
                codec = self._segment.codec()
                posts, terms = self._file(codecs.W3Codec.POSTS_EXT), self._file(codecs.W3Codec.TERMS_EXT)
                self._terms = codecs.W3TermsReader(codec, terms, self._size(codecs.W3Codec.TERMS_EXT), posts)
                self._postings = Postings(folder / self._segment.make_filename(codecs.W3Codec.POSTS_EXT))
                self._files.callback(self._postings.close)
                self._records = codec.per_document_reader(self._storage, self._segment)
        except BaseException:
            self._files.close()
            raise

    def close(self) -> None:
        """Let go of the files."""
        self._records.close()
        self._files.close()

    def hide(self, part: Part) -> None:
        """Take over from a later state of the same segment which pages are hidden."""
        self.hidden = frozenset(part.hidden)

    def _file(self, ending: str) -> Any:
        file = self._storage.open_file(self._segment.make_filename(ending))
        return self._files.enter_context(contextlib.closing(file))

    def _size(self, ending: str) -> int:
        size: int = self._storage.file_length(self._segment.make_filename(ending))
        return size

    # --- terms ---

    def entry(self, term: str, field: str = "body") -> Entry | None:
        """The entry of a term; None where no page holds it."""
        key = (field, term)
        if key not in self._entries:
            if len(self._entries) >= _REMEMBERED:
                self._entries.clear()
            self._entries[key] = self._entry(field, term.encode())
        return self._entries[key]

    def _entry(self, field: str, term: bytes) -> Entry | None:
        with reading:
            try:
                info = self._terms.term_info(field, term)
            except whoosh("reading").TermNotFound:
                return None
            return Entry(info.doc_frequency(), info.max_weight(), info)

    def beginning(self, prefix: str, field: str = "body") -> list[tuple[str, int]]:
        """The terms that begin with `prefix`, and how many pages hold each; the first _SCANNED of them."""
        start = prefix.encode()
        found: list[tuple[str, int]] = []
        with reading:
            for (name, term), info in islice(self._terms.items_from(field, start), _SCANNED):
                if name != field or not term.startswith(start):
                    break
                found.append((term.decode(), info.doc_frequency()))
        return found

    def holding(self, letter: str) -> list[str]:
        """The words of this segment in which a Han character stands."""
        return self._listed(WORDS, letter)

    def sounding(self, initials: str) -> list[str]:
        """The Han words of this segment that are read with these first letters, the most frequent first."""
        return self._listed(SOUNDS, initials)

    def _listed(self, ending: str, key: str) -> list[str]:
        with reading:
            if ending not in self._tables:
                self._tables[ending] = whoosh("filedb.filetables").HashReader(self._file(ending), self._size(ending))
            held: bytes = self._tables[ending].get(key.encode(), b"")
            return held.decode().split()

    # --- postings ---

    def postings(self, entry: Entry) -> Weights:
        """The pages that hold a term, in rising order, and its weight in each (up to FULL)."""
        return self._postings.all(entry)

    def sample(self, entry: Entry) -> Sequence[int]:
        """Pages that hold a term, in rising order: all, or of a common term some from all over the segment."""
        return self._postings.some(entry)

    def weights(self, entry: Entry, pages: Sequence[int]) -> Iterator[tuple[int, float]]:
        """The weight of a term in those of `pages` (in rising order) that hold it."""
        return self._postings.among(entry, pages)

    def numbers(self, value: str, field: str) -> set[int]:
        """The pages that hold a value in a field."""
        entry = self.entry(value, field)
        return set(self.postings(entry)[0]) if entry else set()

    # --- records ---

    def page(self, number: int) -> Page:
        """The page of that number, as it was told."""
        with reading:
            return Page(*self._records.stored_fields(number)["record"])

    def all_pages(self) -> Iterator[Page]:
        """Every page that is not hidden."""
        return (self.page(number) for number in range(self.pages) if number not in self.hidden)

    @cached_property
    def seconds(self) -> Sequence[int]:
        """When each page's ticket was made, in seconds since 1970."""
        with reading:
            column = self._records.column_reader("seconds", whoosh("columns").NumericColumn("I")).load()
            return [*column, *repeat(0, self.pages - len(column))]  # zeros at the end are not written

    @cached_property
    def judged(self) -> Judged:
        """How each page's ticket was judged."""
        name: str = self._segment.make_filename(JUDGED)
        with reading:
            return unpacked((self._folder / name).read_bytes(), self.pages)

    def known(self, under: str = "") -> Iterator[tuple[str, str, int]]:
        """Path, digest and number of every page that is not hidden and whose path begins with `under`."""
        start = under.encode()
        lines = self._known
        at = _first(lines, start)
        while at < len(lines) and lines.startswith(start, at):
            end = lines.index(b"\n", at)
            with reading:
                path, digest, number = lines[at:end].decode().split("\t")
                page = int(number)
            if page not in self.hidden:
                yield path, digest, page
            at = end + 1

    @cached_property
    def _known(self) -> bytes:
        name: str = self._segment.make_filename(KNOWN)
        with reading:
            lines = (self._folder / name).read_bytes()
        if lines.count(b"\n") != self.pages or not lines.endswith(b"\n" * bool(self.pages)):
            raise Broken("paths are missing")
        return lines


def _first(lines: bytes, path: bytes) -> int:
    """Where the first of sorted lines begins that is not before `path`."""
    low, high = 0, len(lines)  # both beginnings of lines
    while low < high:
        middle = lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end = lines.index(b"\n", middle) + 1
        low, high = (end, high) if lines[middle:end] < path else (low, middle)
    return low
