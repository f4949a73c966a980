"""An index that somebody else prepared: nothing in it is ever run, and what is damaged is found and built anew."""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fenji.errors import Damaged, Unavailable
from fenji.search import SearchIndex
from fenji.search import manifest as manifests
from fenji.search.manifest import IndexCorrupted, corruption_guard
from fenji.search.posting_format import (
    BLOCK_SIZE,
    FULL_WEIGHT,
    MAX_INLINE,
    Extent,
    TermEntry,
    decode_block,
    decode_entry,
    encode_block,
    encode_entry,
    measure_block,
)
from fenji.search.segment_reader import SegmentReader
from fenji.search.whoosh_format import open_index_file, whoosh_module
from handbooks import PAGES, build_index, make_page

SUFFIXES = (".trm", ".pst", ".record.col", ".seconds.col", ".words", ".sounds", ".known", ".judged")
MANY = [*PAGES, *(make_page(number, "備用水泵 pump", "rare" * (number == 300)) for number in range(100, 700))]
USES: tuple[Callable[[SearchIndex], object], ...] = (
    lambda book: book.search("pump"),
    lambda book: book.search("生锈 is:open"),
    lambda book: book.search("rare"),
    lambda book: book.search("锈"),
    lambda book: book.search("beij"),
    lambda book: book.search("bj"),
    lambda book: book.search("pum", typing=True),
    lambda book: book.search("site:KSA"),
    lambda book: book.suggest("備件生鏽 pump"),
    lambda book: dict(book.digests()),
    lambda book: list(book.pages()),
    lambda book: book.update([make_page(1, "new")]),
)


class Planted:
    """Unpickling it makes the folder `mark`."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "it ran"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build_index(tmp_path / "index", *MANY).close()
    return tmp_path / "index"


def find_file(folder: Path, suffix: str) -> Path:
    (path,) = (path for path in folder.glob("book-*/*") if path.name.endswith(suffix))
    return path


def trust_files(folder: Path) -> None:
    """Have the ledger list the files as they are now, as who prepares an index would."""
    ledger = folder / "ledger.json"
    manifest = manifests.load(ledger)
    assert manifest
    manifests.save(ledger, replace(manifest, files=manifests.stamp_files(folder / manifest.book)))


def use_everything(folder: Path) -> None:
    """Ask all that can be asked, each of the index as it was prepared; damage may be met."""
    trust_files(folder)
    ledger = (folder / "ledger.json").read_bytes()
    for use in USES:
        (folder / "ledger.json").write_bytes(ledger)
        with SearchIndex(folder) as book, suppress(Damaged, Unavailable):
            use(book)


def assert_mends(folder: Path) -> None:
    """Damage that shows only on reading is met at the first search; after that the index is built anew."""
    with SearchIndex(folder) as book:
        with suppress(Damaged, Unavailable):
            book.search("pump 生锈")
        book.ensure(lambda: MANY)
        assert book.search("pump", limit=1000).total == 601
        assert book.search("生锈").total == 1


def test_the_planted_pickle_runs_when_it_is_loaded(mark: Path) -> None:
    pickle.loads(pickle.dumps(Planted(mark)))
    assert mark.exists()


def at_the_end(data: bytes, planted: bytes) -> bytes:
    return data + planted + struct.pack("!i", len(planted))  # as Whoosh ends its tables


PLACES: dict[str, Callable[[bytes, bytes], bytes]] = {
    "in place of it": lambda _, planted: planted,
    "at its beginning": lambda data, planted: planted + data[len(planted) :],
    "before it": lambda data, planted: planted + data,
    "at its end": at_the_end,
}


@pytest.mark.sample(10)
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("place", PLACES)
def test_a_pickle_planted_in_a_file_never_runs(folder: Path, mark: Path, suffix: str, place: str) -> None:
    file = find_file(folder, suffix)
    file.write_bytes(PLACES[place](file.read_bytes(), pickle.dumps(Planted(mark))))
    use_everything(folder)
    assert not mark.exists()
    (folder / "ledger.json").unlink(missing_ok=True)
    assert_mends(folder)


def test_every_file_of_an_index_is_one_of_those_planted_here(folder: Path) -> None:
    names = {path.name.partition(".")[2] for path in folder.glob("book-*/*")}
    assert names == {suffix.removeprefix(".") for suffix in SUFFIXES}


@pytest.mark.parametrize("suffix", [".trm", ".words", ".sounds"])
def test_a_table_as_whoosh_writes_it_with_a_pickle_never_runs_it(folder: Path, mark: Path, suffix: str) -> None:
    tables, files = whoosh_module("filedb.filetables"), whoosh_module("filedb.structfile")
    path = find_file(folder, suffix)
    source = open_index_file(path, "rb")
    items = list(tables.HashReader(source, path.stat().st_size))
    source.close()
    writer = tables.HashWriter(files.StructFile(path.open("wb")))
    writer.add_all(items)
    writer.extras = Planted(mark)
    writer.close()
    use_everything(folder)
    assert not mark.exists()
    assert_mends(folder)


def test_a_term_with_a_pickle_in_place_of_its_postings_never_runs_it(folder: Path, mark: Path) -> None:
    tables, codec = whoosh_module("filedb.filetables"), whoosh_module("codec.whoosh3")
    path = find_file(folder, ".trm")
    source = open_index_file(path, "rb")
    keys = list(tables.OrderedHashReader(source, path.stat().st_size).keys())
    source.close()
    info = codec.W3TermInfo(1, 1, 1, 1, 1, 0, 0)
    info._inlined = Planted(mark)  # Whoosh pickles it
    writer = tables.OrderedHashWriter(open_index_file(path, "wb"))
    for key in keys:
        writer.add(key, info.to_bytes())
    writer.close()
    use_everything(folder)
    assert not mark.exists()
    assert_mends(folder)


def test_a_page_with_a_pickle_in_place_of_its_fields_never_runs_it(folder: Path, mark: Path) -> None:
    file = open_index_file(find_file(folder, ".record.col"), "wb")
    column = whoosh_module("columns").CompressedBytesColumn().writer(file)
    for number in range(len(MANY)):
        column.add(number, pickle.dumps(Planted(mark)))
    column.finish(len(MANY))
    file.close()
    use_everything(folder)
    assert not mark.exists()
    assert_mends(folder)


# --- blocks of postings ------------------------------------------------------------------------------------------


def find_blocks(folder: Path) -> list[tuple[int, int]]:
    """Where the blocks of a word in most pages begin and end."""
    manifest = manifests.load(folder / "ledger.json")
    assert manifest
    segment = SegmentReader(folder / manifest.book, manifest.parts[0])
    entry = segment.find_entry("pump")
    assert entry
    assert isinstance(entry.info, Extent)
    blocks = [(start, end) for _, start, end in segment._postings._blocks(entry.info)]
    segment.close()
    assert len(blocks) == -(-601 // BLOCK_SIZE)
    return blocks


def frame_for_whoosh(_: bytes, planted: bytes) -> bytes:
    return b"W3Bl" + struct.pack("!i", -len(planted)) + planted


def keep_header(block: bytes, planted: bytes) -> bytes:
    """The pickle as the postings of a block whose header and checksum fit."""
    data = block[4:18] + planted.ljust(len(block) - 18, b"\0")
    return struct.pack("<I", crc32(data)) + data


BLOCKS: dict[str, Callable[[bytes, bytes], bytes]] = {
    "bare": lambda _, planted: planted,
    "framed": frame_for_whoosh,
    "behind a header that fits": keep_header,
}


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("form", BLOCKS)
def test_a_pickle_planted_as_a_block_of_postings_is_found_and_never_runs(
    folder: Path, mark: Path, form: str, number: int
) -> None:
    start, end = find_blocks(folder)[number]
    file = find_file(folder, ".pst")
    data = bytearray(file.read_bytes())
    planted = BLOCKS[form](bytes(data[start:end]), pickle.dumps(Planted(mark)))
    assert len(planted) <= end - start
    data[start : start + len(planted)] = planted
    file.write_bytes(data)
    trust_files(folder)
    with SearchIndex(folder) as book:
        with pytest.raises(Damaged):
            book.search("pump")
        assert not book.ready
        assert not mark.exists()
    assert_mends(folder)


Numbers = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=BLOCK_SIZE, unique=True).map(sorted)
NearNumbers = st.lists(st.integers(0, 400), min_size=1, max_size=BLOCK_SIZE, unique=True).map(sorted)


@given(Numbers | NearNumbers, st.none() | st.binary(min_size=BLOCK_SIZE, max_size=BLOCK_SIZE))
def test_a_block_gives_back_what_was_written(pages: list[int], weights: bytes | None) -> None:
    written = weights and weights[: len(pages)]
    block = encode_block(pages, written)
    assert decode_block(block) == (pages, written or bytes([FULL_WEIGHT]) * len(pages))
    assert measure_block(b"before" + block, 6) == (pages[-1], len(block))


@given(Numbers | NearNumbers, st.data())
def test_a_block_with_any_byte_changed_is_damaged(pages: list[int], data: st.DataObject) -> None:
    block = bytearray(encode_block(pages, bytes(len(pages))))
    at, change = data.draw(st.integers(0, len(block) - 1)), data.draw(st.integers(1, 255))
    block[at] ^= change
    with pytest.raises(IndexCorrupted), corruption_guard:
        decode_block(bytes(block))


@given(st.binary(max_size=60))
def test_a_block_of_any_bytes_is_damaged(data: bytes) -> None:
    with pytest.raises(IndexCorrupted), corruption_guard:
        decode_block(struct.pack("<I", crc32(data)) + data[:14] + b"\0\0" + data[14:])


@given(Numbers, st.binary(min_size=1, max_size=9))
def test_a_term_entry_gives_back_what_was_written_and_nothing_longer_or_shorter(pages: list[int], more: bytes) -> None:
    few = pages[:MAX_INLINE]
    inline, far = encode_entry(few, bytes(len(few)), None), encode_entry([*range(9)], None, Extent(2**40, 70))
    assert decode_entry(inline) == TermEntry(len(few), 0, (tuple(few), bytes(len(few))))
    assert decode_entry(far) == TermEntry(9, FULL_WEIGHT, Extent(2**40, 70))
    for wrong in (inline + more, inline[:-1], far + more, far[:-1]):
        with pytest.raises(IndexCorrupted), corruption_guard:
            decode_entry(wrong)
