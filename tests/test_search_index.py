"""The index on disk: told of changes, shared, killed, damaged, and always mended from the tickets."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fenji.errors import Damaged, Unavailable
from fenji.search import HandbookPage, RemovedPage, SearchIndex
from fenji.search import manifest as manifests
from handbooks import PAGES, RUST, build_index, make_page

PATHS = os.pathsep.join(sys.path)


def search_ids(book: SearchIndex, text: str) -> set[str]:
    return {hit.id for hit in book.search(text, limit=1000).hits}


def start_program(text: str, *arguments: object) -> subprocess.Popen[str]:
    """A process of its own that runs `text` with the tests and the sources at hand."""
    command = [sys.executable, "-c", text, *(str(argument) for argument in arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": PATHS}
    )


# --- telling -----------------------------------------------------------------------------------------------------


def test_before_the_first_build_it_says_so(tmp_path: Path) -> None:
    book = SearchIndex(tmp_path / "index")
    assert not book.ready
    assert (book.size, book.revision, dict(book.digests())) == (0, "", {})
    assert not book.update([RUST])
    with pytest.raises(Unavailable, match="no index yet"):
        book.search("生锈")
    with pytest.raises(Unavailable, match="fenji index"):
        book.suggest("生锈")


def test_ensure_builds_what_is_missing_and_nothing_else(tmp_path: Path) -> None:
    progress: list[int] = []
    with SearchIndex(tmp_path / "index") as book:
        assert book.ensure(lambda: PAGES, revision="abc", progress=progress.append)
        assert not book.ensure(lambda: pytest.fail("not asked for"))
        assert (book.size, book.revision) == (len(PAGES), "abc")
        assert book.digests() == {page.path: page.digest for page in PAGES}
        assert sorted(book.pages(), key=lambda page: page.id) == sorted(PAGES, key=lambda page: page.id)


def test_progress_is_told_now_and_then(tmp_path: Path) -> None:
    progress: list[int] = []
    with SearchIndex(tmp_path) as book:
        book.rebuild((make_page(number, "pump") for number in range(1100)), progress=progress.append)
    assert progress == [500, 1000]


def test_a_change_is_found_at_once_and_what_it_replaced_is_not(tmp_path: Path) -> None:
    with build_index(tmp_path) as book:
        changed = make_page(7, "轴承磨损", digest="new")
        assert book.update([changed, make_page(50, "Valve noise"), RemovedPage(RUST.path)], revision="def")
        assert search_ids(book, "轴承") == {"KSA-2026-0007"}
        assert search_ids(book, "卡滞") == search_ids(book, "生锈") == set()
        assert search_ids(book, "valve") == {"KSA-2026-0050"}
        assert (book.size, book.revision) == (len(PAGES), "def")
        assert book.digests()[changed.path] == "new"
        assert RUST.path not in book.digests()


def test_a_ticket_that_moves_to_the_archive_is_found_once(tmp_path: Path) -> None:
    before = make_page(1, "生锈", path="tickets/open/KSA-2026-0001.yaml", state="confirmed")
    after = make_page(1, "生锈", state="archived")
    with build_index(tmp_path, before) as book:
        book.update([after, RemovedPage(before.path)])
        assert [hit.path for hit in book.search("生锈").hits] == [after.path]
        assert search_ids(book, "state:archived") == {"KSA-2026-0001"}


def test_what_is_known_already_is_not_written_again(tmp_path: Path) -> None:
    with build_index(tmp_path) as book:
        before = manifests.load(tmp_path / "ledger.json")
        assert book.update([*PAGES, RemovedPage("tickets/open/never.yaml")])
        assert manifests.load(tmp_path / "ledger.json") == before
        assert book.update([], revision="xyz")
        assert book.revision == "xyz"
        assert book.size == len(PAGES)


def test_an_empty_desk_has_a_handbook_that_fills(tmp_path: Path) -> None:
    with SearchIndex(tmp_path) as book:
        assert book.ensure(tuple)
        assert book.ready
        assert book.search("生锈").total == 0
        for number in range(30):
            assert book.update([make_page(number, f"生鏽 {number}")])
        assert book.search("生锈").total == 30
        assert len(list(tmp_path.glob("book-*/*.trm"))) <= 16


Acts = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["生鏽 備件", "pump leaks", "XJ-4411", ""])), max_size=60)


@settings(deadline=None, max_examples=15)
@given(Acts)
def test_told_bit_by_bit_or_all_at_once_the_same_is_found(acts: list[tuple[int, str]]) -> None:
    pages_by_path: dict[str, HandbookPage] = {}
    with tempfile.TemporaryDirectory() as folder, SearchIndex(Path(folder)) as book:
        book.rebuild(PAGES)
        for turn, (number, title) in enumerate(acts):
            page = make_page(number + 100, title, digest=str(turn))
            book.update([page if title else RemovedPage(page.path)])
            pages_by_path.pop(page.path, None)
            pages_by_path |= {page.path: page} if title else {}
        results = {typed: search_ids(book, typed) for typed in ("生锈", "pump", "xj4411", "site:KSA", "-pump")}
        known = book.digests()
        assert book.compact()
        assert results == {typed: search_ids(book, typed) for typed in results}
        assert book.digests() == known == {page.path: page.digest for page in (*PAGES, *pages_by_path.values())}


def test_a_crowded_index_asks_to_be_built_anew(tmp_path: Path) -> None:
    with build_index(tmp_path, *(make_page(number, "pump") for number in range(20))) as book:
        assert not book.needs_compaction
        book.update([make_page(number, "pump", digest="new") for number in range(5)])
        assert book.needs_compaction
        assert book.compact()
        assert not book.needs_compaction
        assert book.search("pump").total == 20


# --- several at once ---------------------------------------------------------------------------------------------


def test_another_process_sees_what_is_told_here(tmp_path: Path) -> None:
    with build_index(tmp_path) as book:
        text = """
import sys
from pathlib import Path
from typing import cast
from handbooks import *
with SearchIndex(Path(sys.argv[1])) as index:
    print(index.search('轴承').total)
    index.update([make_page(60, 'valve')])
    print(index.search('valve').total)
"""
        book.update([make_page(50, "軸承")])
        out, err = start_program(text, tmp_path).communicate()
        assert (out.split(), err) == (["1", "1"], "")
        assert search_ids(book, "valve") == {"KSA-2026-0060"}


def test_who_cannot_write_skips_and_still_answers(tmp_path: Path) -> None:
    with (
        build_index(tmp_path) as book,
        build_index(tmp_path / "other") as _,
        manifests.write_lock(tmp_path / "lock", wait_seconds=0) as mine,
    ):
        assert mine
        assert not book.update([make_page(50, "軸承")], wait_seconds=0.05)
        assert not book.rebuild(PAGES, wait_seconds=0)
        assert book.search("生锈").total == 1


def test_the_old_index_answers_while_a_new_one_is_built(tmp_path: Path) -> None:
    with build_index(tmp_path) as reader, SearchIndex(tmp_path) as writer:

        def pages() -> list[HandbookPage]:
            assert reader.search("生锈").total == 1
            return [make_page(1, "軸承")]

        assert writer.rebuild(page for page in pages())
        assert reader.search("生锈").total == 0
        assert reader.search("轴承").total == 1
        assert len(list(tmp_path.glob("book-*"))) == 1


def test_threads_may_search_while_one_writes(tmp_path: Path) -> None:
    failures: list[BaseException] = []
    with build_index(tmp_path) as book:
        done = threading.Event()

        def look() -> None:
            try:
                while not done.is_set():
                    assert book.search("生锈").total == 1
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=look) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(20):
            book.update([make_page(100 + number, "軸承")])
        done.set()
        for thread in threads:
            thread.join()
        assert book.search("轴承").total == 20
    assert failures == []


# --- killed, damaged, foreign ------------------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from typing import cast
from handbooks import *
with SearchIndex(Path(sys.argv[1])) as index:
    for number in range(int(sys.argv[2]), 10**6):
        print(number, flush=True)
        if number % 10 == 9:
            index.compact()
        index.update([make_page(number, f"pump {number}")])
"""


def test_a_killed_writer_leaves_the_old_index_or_the_new(tmp_path: Path) -> None:
    with build_index(tmp_path) as book:
        first = 100
        for kill in range(5):
            writer = start_program(WRITER, tmp_path, first)
            assert writer.stdout is not None
            begun = [int(writer.stdout.readline()) for _ in range(2 + 3 * kill)][-1]
            os.kill(writer.pid, signal.SIGKILL)
            begun = int([str(begun), *writer.communicate()[0].split()][-1])
            assert book.search("生锈").total == 1
            written_ids = {f"KSA-2026-{number:04d}" for number in range(100, begun)}
            assert written_ids <= search_ids(book, "pump") <= written_ids | {"KSA-2026-0010", f"KSA-2026-{begun:04d}"}
            first = begun
        assert book.update([make_page(7, "軸承", digest="new")])
        (folder,) = tmp_path.glob("book-*")
        now = manifests.load(tmp_path / "ledger.json")
        assert now
        assert {path.name for path in folder.iterdir()} == set(now.files)


def list_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("book-*/*") if path.is_file())


@pytest.mark.parametrize("ending", [".trm", ".pst", ".record.col", ".words", ".known"])
@pytest.mark.parametrize("harm", ["missing", "of another size", "changed"])
def test_a_harmed_file_is_noticed_and_the_index_built_anew(tmp_path: Path, ending: str, harm: str) -> None:
    build_index(tmp_path).close()
    (file,) = [path for path in list_files(tmp_path) if path.name.endswith(ending)]
    if harm == "missing":
        file.unlink()
    elif harm == "of another size":
        os.truncate(file, file.stat().st_size // 2 or 1)
    else:
        file.write_bytes(bytes(reversed(file.read_bytes())))
    with SearchIndex(tmp_path) as book:
        assert not book.ready
        assert book.ensure(lambda: PAGES)
        assert book.search("生锈").total == 1


def zero_file(folder: Path, ending: str) -> None:
    """As a power cut leaves a file: the right size and time, and zeros within."""
    (file,) = [path for path in list_files(folder) if path.name.endswith(ending)]
    times = file.stat()
    with file.open("r+b") as handle:
        handle.write(bytes(times.st_size))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize("ending", [".trm", ".pst", ".record.col", ".words"])
def test_damage_that_shows_only_on_reading_is_an_error_that_ensure_mends(tmp_path: Path, ending: str) -> None:
    with build_index(tmp_path, *(make_page(number, "備件生鏽 pump", "pump " * number) for number in range(40))) as book:
        book.close()
        zero_file(tmp_path, ending)
        with pytest.raises((Damaged, Unavailable)):
            book.search("锈" if ending == ".words" else "生锈")
        assert not book.ready
        assert book.ensure(lambda: PAGES)
        assert book.search("生锈").total == 1


def test_damage_met_while_telling_is_an_error_too(tmp_path: Path) -> None:
    with build_index(tmp_path) as book:
        book.close()
        zero_file(tmp_path, ".known")
        with pytest.raises(Damaged):
            book.update([make_page(7, "軸承", digest="new")])
        assert dict(book.digests()) == {}
        assert book.ensure(lambda: PAGES)


def test_a_fault_of_the_program_is_not_taken_for_damage(tmp_path: Path) -> None:
    with build_index(tmp_path) as book:
        with pytest.raises(TypeError):
            book.search(cast("str", None))
        with pytest.raises(ZeroDivisionError), book.open_segments():
            _ = 1 / 0
        assert book.ready


def test_an_index_from_elsewhere_is_never_opened(tmp_path: Path) -> None:
    build_index(tmp_path / "theirs").close()
    shutil.copytree(tmp_path / "theirs", tmp_path / "ours")
    with SearchIndex(tmp_path / "ours") as book:
        assert not book.ready


def test_the_ledger_may_lie_where_no_pulled_file_can_reach_it(tmp_path: Path) -> None:
    build_index(tmp_path / "index").close()
    with SearchIndex(tmp_path / "index", manifest=tmp_path / "git" / "handbook.json") as book:
        assert not book.ready
        assert book.ensure(lambda: PAGES)
        assert (tmp_path / "git" / "handbook.json").exists()
        assert book.search("生锈").total == 1


@pytest.mark.parametrize(
    ("found", "other"),
    [
        ('"format": ', '"format": 9'),
        ('"whoosh": "', '"whoosh": "0.'),
        ('"rjieba": "', '"rjieba": "0.'),
        ("{", ""),
        ('"parts": [', '"parts": [1, '),
    ],
)
def test_an_index_of_another_kind_is_built_anew(tmp_path: Path, found: str, other: str) -> None:
    build_index(tmp_path).close()
    ledger = tmp_path / "ledger.json"
    ledger.write_text(ledger.read_text().replace(found, other, 1))
    with SearchIndex(tmp_path) as book:
        assert book.ensure(lambda: PAGES)
        assert book.search("生锈").total == 1


@pytest.mark.parametrize(
    ("found", "other"),
    [
        ('"book": "', '"book": "../'),
        ('"book": "[^"]*"', '"book": ".."'),
        ('"book": "[^"]*"', '"book": ""'),
        ('"parts": \\[\\["', '"parts": [["../'),
        ('"files": {"', '"files": {"../'),
    ],
)
def test_a_ledger_never_leads_out_of_the_folder(tmp_path: Path, found: str, other: str) -> None:
    build_index(tmp_path).close()
    ledger = tmp_path / "ledger.json"
    changed, count = re.subn(found, other, ledger.read_text(), count=1)
    ledger.write_text(changed)
    assert count == 1
    assert manifests.load(ledger) is None


def test_a_deleted_index_is_noticed_by_who_had_it_open(tmp_path: Path) -> None:
    with build_index(tmp_path / "index") as book:
        shutil.rmtree(tmp_path / "index")
        assert not book.ready
        assert book.ensure(lambda: PAGES)
        assert book.search("生锈").total == 1


def test_a_folder_that_cannot_be_written_is_an_error_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file")
    with pytest.raises(Unavailable, match="cannot be written"):
        SearchIndex(tmp_path / "index").rebuild(PAGES)


# --- the library -------------------------------------------------------------------------------------------------

FIND = "import sys; from pathlib import Path; from fenji.search import *\n"


@pytest.mark.parametrize("version", ["(2, 7, 4)", "(4, 0, 0)", None])
def test_another_whoosh_over_the_right_one_is_named(tmp_path: Path, version: str | None) -> None:
    package = tmp_path / "whoosh"
    (package / "filedb").mkdir(parents=True)
    (package / "__init__.py").write_text(f"__version__ = {version}\n" if version else "")
    for name in ("columns", "filedb/__init__", "filedb/filetables", "filedb/structfile"):
        (package / f"{name}.py").write_text("")
    text = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{FIND}SearchIndex(Path(sys.argv[1])).rebuild([])"
    _, err = start_program(text, tmp_path / "index").communicate()
    assert "fenji.errors.Unavailable" in err
    assert "pip install whoosh3==" in err
    assert "2.7.4" in err or version != "(2, 7, 4)"


def test_no_library_is_loaded_before_the_first_question(tmp_path: Path) -> None:
    text = f"{FIND}SearchIndex(Path(sys.argv[1])).ready\nprint({{'whoosh', 'rjieba', 'sqlite3'}} & set(sys.modules))"
    out, err = start_program(text, tmp_path).communicate()
    assert (out, err) == ("set()\n", "")
