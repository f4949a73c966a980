"""Writing pages as one segment of the index, in Whoosh's own file format but a whole term at a time. Reads none.

Each posting carries its whole share of the score: how often the word stands in the page by WEIGHTS, damped, and set
against the length of the page (BM25 with K1 and B), as a number up to FULL. Only the rarity of the word is left to
the search.
"""

from __future__ import annotations

import pickle
import re
import struct
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from fenji.search import columns
from fenji.search.columns import CLASSIFICATIONS_SUFFIX, Classification
from fenji.search.manifest import SegmentInfo
from fenji.search.term_counts import TENTHS, IndexDocument
from fenji.search.whoosh_format import (
    INDEX_NAME,
    SOUNDS_SUFFIX,
    WHOLE_FIELDS,
    WORDS_SUFFIX,
    index_schema,
    whoosh_module,
)
from fenji.text import HAN
from fenji.text.pinyin import initials

K1, B = 1.2, 0.3
FULL_WEIGHT = 255  # the weight of a posting that could not count more
KNOWN_FILES_SUFFIX = ".known"  # the file of a segment that tells which page is whose
_BLOCK_SIZE = 256  # postings: large blocks decode faster, small ones are skipped sooner
_MAX_TUPLE_SIZE = 32  # numbers that are kept as they are
_PICKLE_PROTOCOL = 3  # the format of pickles: later ones add a frame to each
_MAX_INLINE = 8  # postings that lie in the term table itself
_MIN_TYPICAL_PAGES = 200  # pages whose mean length tells that of others
_PAGE_SHIFT, _MAX_TENTHS = 16, 0xFFFF  # such a frequency in the low bits of a posting, the number of the page above
_HAN_WORD = re.compile(f"[{HAN}]{{2,}}")


class SegmentWriter:
    """Collects pages in memory, then writes them as one segment of the index in `folder`."""

    def __init__(self, folder: Path) -> None:
        codec = whoosh_module("codec.whoosh3").W3Codec()
        self._storage = whoosh_module("filedb.filestore").FileStorage(str(folder))
        self._segment = codec.new_segment(self._storage, INDEX_NAME)
        self._records = codec.per_document_writer(self._storage, self._segment)
        self._body: dict[str, array[int]] = defaultdict(partial(array, "Q"))  # number of the page, 16 bits of tenths
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
        """What was written."""
        return SegmentInfo(self._segment.segment_id(), len(self))

    def __enter__(self) -> SegmentWriter:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._records.is_closed:
            self._records.close()

    def add(self, document: IndexDocument) -> None:
        """One more page; its place in the segment is its turn."""
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
        self._records.start_doc(number)
        self._records.add_field("record", index_schema()["record"], document.record, 0)
        self._records.add_column_value("seconds", _seconds_column(), document.created_seconds)
        self._records.finish_doc()

    def close(self, mean_length: float = 0.0) -> float:
        """Write the files of the segment, weighed by `mean_length` or else by its own mean.

        Gives its own mean length where it has enough pages to speak for others, else 0.
        """
        own = sum(self._lengths) / max(len(self._lengths), 1)
        mean = mean_length or own or 1.0
        self._records.close()
        self._write_terms([TENTHS * K1 * (1 - B + B * length / mean) for length in self._lengths])
        self._write_words()
        self._write_known_files()
        self._file_path(CLASSIFICATIONS_SUFFIX).write_bytes(columns.pack_classifications(self._classifications))
        return own if len(self) >= _MIN_TYPICAL_PAGES else 0.0

    def _write_terms(self, damping: Sequence[float]) -> None:
        """The term table and the postings; `damping` holds for each page what its length sets against a frequency."""
        codecs, tables = whoosh_module("codec.whoosh3").W3Codec, whoosh_module("filedb.filetables")
        index = tables.OrderedHashWriter(self._segment.create_file(self._storage, codecs.TERMS_EXT))
        posts = self._segment.create_file(self._storage, codecs.POSTS_EXT)
        index.extras["fieldmap"] = {name: number for number, name in enumerate(("body", *WHOLE_FIELDS))}
        for term in sorted(self._body, key=str.encode):
            postings = self._body[term]
            pages = [posting >> _PAGE_SHIFT for posting in postings]
            counts = [posting & _MAX_TENTHS for posting in postings]
            shares = [FULL_WEIGHT * count / (count + damping[page]) for count, page in zip(counts, pages, strict=True)]
            index.add(_term_key(0, term), _write_postings(posts, pages, bytes([int(share) or 1 for share in shares])))
        for number, name in enumerate(WHOLE_FIELDS, start=1):
            for value, holders in sorted(self._field_values[name].items(), key=lambda item: item[0].encode()):
                index.add(_term_key(number, value), _write_postings(posts, holders, None))
        index.close()
        posts.close()

    def _file_path(self, suffix: str) -> Path:
        name: str = self._segment.make_filename(suffix)
        return Path(self._storage.folder) / name

    def _write_words(self) -> None:
        """Which words hold a Han character, so that one alone finds them, and which are read with which letters."""
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
        file = self._storage.create_file(self._segment.make_filename(suffix))
        table = whoosh_module("filedb.filetables").HashWriter(file)
        table.add_all((key.encode(), " ".join(words).encode()) for key, words in words_by_key.items())
        table.close()

    def _write_known_files(self) -> None:
        """What is known of every file: path, digest and number of the page, a line each, in the order of the paths."""
        lines = sorted((path.encode(), digest, number) for number, (path, digest) in enumerate(self._known_files))
        with self._file_path(KNOWN_FILES_SUFFIX).open("wb") as file:
            file.writelines(b"%s\t%s\t%d\n" % (path, digest.encode(), number) for path, digest, number in lines)


def _seconds_column() -> Any:
    return whoosh_module("columns").NumericColumn("I")


# --- the file format ---------------------------------------------------------------------------------------------


def _term_key(field: int, term: str) -> bytes:
    return struct.pack("!H", field) + term.encode()


def _write_postings(posts: Any, pages: Sequence[int], weights: bytes | None) -> bytes:
    """Write the postings of a term; gives its entry in the term table. Without weights each counts the same."""
    codecs = whoosh_module("codec.whoosh3")
    heaviest = max(weights) if weights else 1
    total = sum(weights) if weights else len(pages)
    info = codecs.W3TermInfo(total, len(pages), 1, 1, heaviest, pages[0], pages[-1])
    if len(pages) <= _MAX_INLINE:
        info.set_inlined(pages, weights or bytes([FULL_WEIGHT]) * len(pages), (None,) * len(pages))
    else:
        start = posts.tell()
        posts.write(codecs.WHOOSH3_HEADER_MAGIC)
        for at in range(0, len(pages), _BLOCK_SIZE):
            end = at + _BLOCK_SIZE
            posts.write(_encode_block(pages[at:end], weights and weights[at:end], last=end >= len(pages)))
        info.set_extent(start, posts.tell() - start)
    entry: bytes = info.to_bytes()
    return entry


def _encode_block(pages: Sequence[int], weights: bytes | None, *, last: bool) -> bytes:
    """One block: its length (negative: the last), what it holds at most, and the postings. Numbers as differences."""
    steps = [pages[0], *(after - before for before, after in pairwise(pages))]
    summary = pickle.dumps((len(pages), pages[-1], max(weights or b"\1"), 0, 1, 1), _PICKLE_PROTOCOL)
    postings = pickle.dumps((_compact(steps), weights, None), _PICKLE_PROTOCOL)
    length = len(summary) + len(postings)
    return struct.pack("!i", -length if last else length) + summary + postings


def _compact(steps: Sequence[int]) -> Sequence[int]:
    """The same numbers, in what takes little room and is quick to read back."""
    if max(steps) < 256:
        return bytes(steps)
    return tuple(steps) if len(steps) < _MAX_TUPLE_SIZE else array("H" if max(steps) < 65536 else "I", steps)
