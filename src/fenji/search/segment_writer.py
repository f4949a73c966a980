"""Write pages as one segment of the index: Whoosh's tables and columns, and postings in `posting_format`. Reads none.

The weight of a posting is its whole share of the score, as a number up to FULL_WEIGHT: the frequency of the word in the
page, weighted by FIELD_WEIGHTS, damped, and set against the length of the page (BM25 with K1 and B). Only the rarity of
the word is left to the search.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import struct
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any

from fenji.search import columns
from fenji.search.columns import CLASSIFICATIONS_SUFFIX, Classification
from fenji.search.manifest import SegmentInfo
from fenji.search.posting_format import BLOCK_SIZE, FULL_WEIGHT, MAX_INLINE, Extent, encode_block, encode_entry
from fenji.search.term_counts import TENTHS, IndexDocument
from fenji.search.whoosh_format import SOUNDS_SUFFIX, WHOLE_FIELDS, WORDS_SUFFIX, open_index_file, whoosh_module
from fenji.text import HAN
from fenji.text.pinyin import initials

K1, B = 1.2, 0.3
# Suffixes of the files of a segment:
TERMS_SUFFIX = ".trm"  # a table of the terms and their entries
POSTINGS_SUFFIX = ".pst"  # blocks of postings
RECORDS_SUFFIX = ".record.col"  # the fields of each page
SECONDS_SUFFIX = ".seconds.col"  # when each page's ticket was created
KNOWN_FILES_SUFFIX = ".known"  # which page belongs to which file
_FIELD_NUMBERS = {name: number for number, name in enumerate(("body", *WHOLE_FIELDS))}
_MIN_TYPICAL_PAGES = 200  # pages from which their mean length is taken for that of all pages
_PAGE_SHIFT, _MAX_TENTHS = 16, 0xFFFF  # the low 16 bits of a posting are the frequency, the others the page number
_HAN_WORD = re.compile(f"[{HAN}]{{2,}}")


class SegmentWriter:
    """Collects pages in memory, then writes them as one segment of the index in `folder`."""

    def __init__(self, folder: Path) -> None:
        columns_module = whoosh_module("columns")
        self._folder, self._name = folder, f"segment-{secrets.token_hex(8)}"
        self._open_files = contextlib.ExitStack()
        self._records = columns_module.CompressedBytesColumn().writer(self._create_file(RECORDS_SUFFIX))
        self._seconds = columns_module.NumericColumn("I").writer(self._create_file(SECONDS_SUFFIX))
        self._body: dict[str, array[int]] = defaultdict(partial(array, "Q"))  # page number and frequency
        self._field_values: dict[str, dict[str, array[int]]] = {
            name: defaultdict(partial(array, "I")) for name in WHOLE_FIELDS
        }
        self._lengths = array("I")
        self._known_files: list[tuple[str, str]] = []
        self._classifications: list[Classification] = []

    def __len__(self) -> int:
        return len(self._known_files)

    @property
    def info(self) -> SegmentInfo:
        """The name and size of the segment."""
        return SegmentInfo(self._name, len(self))

    def __enter__(self) -> SegmentWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._open_files.close()

    def add(self, document: IndexDocument) -> None:
        """Add a page; pages are numbered in the order in which they are added."""
        number = len(self._known_files)
        shifted = number << _PAGE_SHIFT
        for term, count in document.tenths.items():
            self._body[term].append(shifted | min(count, _MAX_TENTHS))
        for name, value in document.values:
            holders = self._field_values[name][value]
            if not holders or holders[-1] != number:
                holders.append(number)
        self._lengths.append(document.length)
        path, digest = document.record[:2]
        self._known_files.append((str(path), str(digest)))
        self._classifications.append(document.classification)
        self._records.add(number, _encode_record(document.record))
        self._seconds.add(number, document.created_seconds)

    def close(self, mean_length: float = 0.0) -> float:
        """Write the files of the segment, with weights by `mean_length`, or by its own mean length if that is 0.

        Return the own mean length if the segment has enough pages to be typical, else 0.
        """
        own = sum(self._lengths) / max(len(self._lengths), 1)
        mean = mean_length or own or 1.0
        self._records.finish(len(self))
        self._seconds.finish(len(self))
        self._open_files.close()
        self._write_terms([TENTHS * K1 * (1 - B + B * length / mean) for length in self._lengths])
        self._write_words()
        self._write_known_files()
        self._file_path(CLASSIFICATIONS_SUFFIX).write_bytes(columns.pack_classifications(self._classifications))
        return own if len(self) >= _MIN_TYPICAL_PAGES else 0.0

    def _write_terms(self, damping: Sequence[float]) -> None:
        """Write the term table and the postings; `damping` is the length-dependent part of BM25 for each page."""
        index = whoosh_module("filedb.filetables").OrderedHashWriter(
            open_index_file(self._file_path(TERMS_SUFFIX), "wb")
        )
        with self._file_path(POSTINGS_SUFFIX).open("wb") as posts:
            for term, postings in sorted((term.encode(), postings) for term, postings in self._body.items()):
                pages = [posting >> _PAGE_SHIFT for posting in postings]
                counts = [posting & _MAX_TENTHS for posting in postings]
                shares = [
                    FULL_WEIGHT * count / (count + damping[page]) for count, page in zip(counts, pages, strict=True)
                ]
                weights = bytes([int(share) or 1 for share in shares])
                index.add(term_key("body", term), _write_postings(posts, pages, weights))
            for name in WHOLE_FIELDS:
                for value, holders in sorted(self._field_values[name].items(), key=lambda item: item[0].encode()):
                    index.add(term_key(name, value.encode()), _write_postings(posts, holders, None))
        index.close()

    def _file_path(self, suffix: str) -> Path:
        return self._folder / f"{self._name}{suffix}"

    def _create_file(self, suffix: str) -> Any:
        file = open_index_file(self._file_path(suffix), "wb")
        return self._open_files.enter_context(contextlib.closing(file))

    def _write_words(self) -> None:
        """Write the tables of Han words by character, so that one character finds them, and by initials of pinyin."""
        holding: dict[str, list[str]] = defaultdict(list)
        sounding: dict[str, list[str]] = defaultdict(list)
        words = [term for term in self._body if _HAN_WORD.fullmatch(term)]
        for term in sorted(words, key=lambda term: -len(self._body[term])):
            for character in sorted(set(term)):
                holding[character].append(term)
            for letters in initials(term):
                sounding[letters].append(term)
        self._write_table(WORDS_SUFFIX, holding)
        self._write_table(SOUNDS_SUFFIX, sounding)

    def _write_table(self, suffix: str, words_by_key: Mapping[str, Sequence[str]]) -> None:
        table = whoosh_module("filedb.filetables").HashWriter(open_index_file(self._file_path(suffix), "wb"))
        table.add_all((key.encode(), " ".join(words).encode()) for key, words in words_by_key.items())
        table.close()

    def _write_known_files(self) -> None:
        """Write path, digest and page number of every file, a line each, sorted by path."""
        lines = sorted((path.encode(), digest, number) for number, (path, digest) in enumerate(self._known_files))
        with self._file_path(KNOWN_FILES_SUFFIX).open("wb") as file:
            file.writelines(b"%s\t%s\t%d\n" % (path, digest.encode(), number) for path, digest, number in lines)


def term_key(field: str, term: bytes) -> bytes:
    """Return the key of a term in the term table; keys sort by field, then by term."""
    return struct.pack("!H", _FIELD_NUMBERS[field]) + term


def _encode_record(record: Sequence[object]) -> bytes:
    """Encode the fields of a page as JSON; lone surrogates, which a file may have, stay as they are."""
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _write_postings(posts: IO[bytes], pages: Sequence[int], weights: bytes | None) -> bytes:
    """Write the postings of a term and return its entry in the term table; without weights all postings count fully."""
    if len(pages) <= MAX_INLINE:
        return encode_entry(pages, weights, None)
    start = posts.tell()
    for at in range(0, len(pages), BLOCK_SIZE):
        end = at + BLOCK_SIZE
        posts.write(encode_block(pages[at:end], weights and weights[at:end]))
    return encode_entry(pages, weights, Extent(start, posts.tell() - start))
