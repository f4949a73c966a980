"""What a power cut may find on the disk: every file whole, its old version or its new one, and never neither.

A recorder notes the calls that reach the disk while they do their work. It cannot see what git writes, which syncs by
itself (`core.fsync`).
"""

from __future__ import annotations

import ast
import builtins
import io
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

import fenji.desk
from clones import Sites
from fenji import files, hub
from fenji.desk import DeskSetup, edit
from fenji.desk.index import IndexCache
from fenji.errors import Unavailable
from fenji.git import bundle
from fenji.git.history import History
from fenji.judge.identities import UidIndex
from fenji.publish import HandbookFile, write_folder
from fenji.search import SearchIndex
from fenji.storage import write_many
from fenji.storage.adopt import TYPED_FOLDER, keep_copy
from fenji.storage.journal import JournalEntry
from fenji.storage.write_many import FEW_FILES, FileContent
from fenji.sync import keep, state
from handbooks import build_index, make_page
from samples import START, after_event, reported_ticket
from test_store import close_ticket, open_store, write_new
from tui.state import SavedState

SOURCE = Path(__file__).parent.parent / "src"
OPEN_PATH, ARCHIVE_PATH = "tickets/open/KSA-2026-0042.yaml", "tickets/archive/KSA/2026/KSA-2026-0042.yaml"


# --- the recorder -------------------------------------------------------------------------------------------------


class DiskCall(Struct, frozen=True):
    """One call: `open` (for writing), `fsync`, `sync`, `rename`, `link` or `unlink`.

    `existed`: what is opened was there before. `synced`: what is renamed or linked is on the disk as it is now.
    """

    kind: str
    path: Path
    target: Path = Path()
    existed: bool = False
    synced: bool = False


class DiskRecorder:
    """Notes the calls for paths below `root`, in order, and which files are on the disk as they are."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.calls: list[DiskCall] = []
        self._paths: dict[int, Path] = {}  # by open descriptor
        self._synced: dict[Path, bytes] = {}

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have all calls of Python and its library go through here; git's own do not."""
        sync_all = self._syncing(os.sync)
        monkeypatch.setattr(write_many, "_sync_disk", lambda _: sync_all())
        for name in ("fsync", "fdatasync"):
            monkeypatch.setattr(os, name, self._syncing(getattr(os, name)))
        for name, kind in (("replace", "rename"), ("rename", "rename"), ("link", "link")):
            monkeypatch.setattr(os, name, self._placing(getattr(os, name), kind))
        for name in ("unlink", "remove"):
            monkeypatch.setattr(os, name, self._unlinking(getattr(os, name)))
        monkeypatch.setattr(os, "open", self._opening(os.open))
        opened = self._opening_file(io.open)
        monkeypatch.setattr(io, "open", opened)
        monkeypatch.setattr(builtins, "open", opened)

    def _note(self, kind: str, path: Path, **more: Any) -> None:
        if path.is_relative_to(self.root):
            self.calls.append(DiskCall(kind, path, **more))

    def _opening(self, call: Callable[..., int]) -> Callable[..., int]:
        def open_descriptor(path: Any, flags: int, *args: Any, **more: Any) -> int:
            existed = os.path.lexists(path)
            descriptor = call(path, flags, *args, **more)
            if more.get("dir_fd") is None:
                self._paths[descriptor] = Path(os.fsdecode(path))
                if flags & (os.O_WRONLY | os.O_RDWR) and self._paths[descriptor].suffix != ".lock":
                    self._note("open", self._paths[descriptor], existed=existed)
            return descriptor

        return open_descriptor

    def _opening_file(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def open_file(file: Any, mode: str = "r", *args: Any, **more: Any) -> Any:
            existed = not isinstance(file, int) and os.path.lexists(file)
            opened = call(file, mode, *args, **more)
            if not isinstance(file, int):
                self._paths[opened.fileno()] = Path(os.fsdecode(file))
                if set(mode) & set("wax+"):
                    self._note("open", Path(os.fsdecode(file)), existed=existed)
            return opened

        return open_file

    def _syncing(self, call: Callable[..., None]) -> Callable[..., None]:
        def sync(*descriptor: int) -> None:
            call(*descriptor)
            paths = (
                [self._paths[descriptor[0]]]
                if descriptor
                else [known.path for known in self.calls if known.kind == "open"]
            )
            self._synced.update({path: path.read_bytes() for path in paths if path.is_file()})
            self._note("fsync" if descriptor else "sync", paths[0] if descriptor else self.root)

        return sync

    def _placing(self, call: Callable[..., None], kind: str) -> Callable[..., None]:
        def place(source: Any, target: Any) -> None:
            from_path, to_path = Path(os.fsdecode(source)), Path(os.fsdecode(target))
            synced = from_path.is_file() and self._synced.get(from_path) == from_path.read_bytes()
            call(source, target)
            self._note(kind, from_path, target=to_path, synced=synced)

        return place

    def _unlinking(self, call: Callable[..., None]) -> Callable[..., None]:
        def unlink(path: Any, **more: Any) -> None:
            call(path, **more)
            if more.get("dir_fd") is None:
                self._note("unlink", Path(os.fsdecode(path)))

        return unlink

    def is_synced(self, path: Path) -> bool:
        """Whether a file that stands in its place is on the disk as it is."""
        return self._synced.get(path) == path.read_bytes()

    def index(self, kind: str, path: Path, after: int = -1) -> int:
        """Where the first such call after another one stands; by its target where it has one."""
        for number, call in enumerate(self.calls):
            if number > after and call.kind == kind and path in (call.path, call.target):
                return number
        raise AssertionError(f"no {kind} of {path} after {self.calls[: after + 1]}")


@contextmanager
def recording(root: Path) -> Iterator[DiskRecorder]:
    recorder = DiskRecorder(root)
    with pytest.MonkeyPatch.context() as monkeypatch:
        recorder.patch(monkeypatch)
        yield recorder


# --- the writers of what matters ----------------------------------------------------------------------------------


class Writing(Struct, frozen=True):
    """Something that writes, the files that it puts in place, and what it does otherwise than most.

    `appended` files grow at their end, a line at a time, and a line that was cut off stands for nothing. The temporary
    file lies beside the place, or else in `temporary_folder`.
    """

    act: Callable[[], object]
    places: Iterable[Path]
    appended: Iterable[Path] = ()
    temporary_folder: Path | None = None


WRITERS: list[Callable[[Path], Writing]] = []


def writer(prepare: Callable[[Path], Writing]) -> Callable[[Path], Writing]:
    WRITERS.append(prepare)
    return prepare


@writer
def a_new_file(folder: Path) -> Writing:
    return Writing(lambda: files.write(folder, "a/b.txt", b"new"), [folder / "a/b.txt"])


@writer
def a_changed_file(folder: Path) -> Writing:
    files.write(folder, "a/b.txt", b"old")
    return Writing(lambda: files.write(folder, "a/b.txt", b"new"), [folder / "a/b.txt"])


@writer
def a_file_that_must_not_exist_yet(folder: Path) -> Writing:
    return Writing(lambda: files.create(folder, "a/b.txt", b"new"), [folder / "a/b.txt"])


@writer
def a_new_ticket(folder: Path) -> Writing:
    store = open_store(folder)
    return Writing(lambda: write_new(store), [folder / OPEN_PATH], appended=[folder / ".git/fenji-pending"])


@writer
def a_changed_ticket(folder: Path) -> Writing:
    store = open_store(folder)
    stored = write_new(store)
    after = after_event(stored.ticket, "respond")
    return Writing(lambda: store.write(after, stored), [folder / OPEN_PATH], appended=[folder / ".git/fenji-pending"])


@writer
def an_archived_ticket(folder: Path) -> Writing:
    store = open_store(folder)
    stored = write_new(store)
    closed = close_ticket(stored.ticket)
    return Writing(
        lambda: store.write(closed, stored), [folder / ARCHIVE_PATH], appended=[folder / ".git/fenji-pending"]
    )


@writer
def a_ticket_that_a_killed_writer_left_in_two_places(folder: Path) -> Writing:
    store = open_store(folder)
    stored = write_new(store)
    before = (folder / OPEN_PATH).read_bytes()
    store.write(close_ticket(stored.ticket), stored)
    (folder / OPEN_PATH).write_bytes(before)
    return Writing(store.commit_pending, [folder / ARCHIVE_PATH])


@writer
def a_file_that_is_no_ticket(folder: Path) -> Writing:
    store = open_store(folder)
    return Writing(
        lambda: store.rewrite("handbook.yaml", lambda _: b"synonyms: []\n", by="li.wei", at=START),
        [folder / "handbook.yaml"],
        appended=[folder / ".git/fenji-pending"],
    )


@writer
def what_is_left_of_the_journal_after_a_commit(folder: Path) -> Writing:
    journal = open_store(folder)._journal
    journal.add(JournalEntry("KSA-2026-0001", ("a",)))
    journal.add(JournalEntry("KSA-2026-0002", ("b",)))
    return Writing(lambda: journal.drop(1), [journal.path])


@writer
def an_attachment(folder: Path) -> Writing:
    store = open_store(folder / "desk")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8" * 40)
    return Writing(
        lambda: store.attach("KSA-2026-0042", folder / "photo.jpg"),
        [store.root / "tickets/files/KSA-2026-0042/photo.jpg"],
        appended=[store.root / ".git/fenji-pending"],
        temporary_folder=store.root / "tickets/files",  # where the next start looks for what a killed copy left
    )


@writer
def a_few_files_at_once(folder: Path) -> Writing:
    return write_files(folder, 3)


@writer
def many_files_at_once(folder: Path) -> Writing:
    return write_files(folder, FEW_FILES + 1)


def write_files(folder: Path, count: int) -> Writing:
    contents = {f"{number % 2}/{number}.yaml": FileContent(b"new" * 50) for number in range(count)}
    files.write(folder, "1/1.yaml", b"old")
    return Writing(lambda: write_many.write_all(folder, contents), [folder / path for path in contents])


@writer
def how_the_last_exchange_went(folder: Path) -> Writing:
    repo = open_store(folder).repo
    return Writing(lambda: state.record_success(repo, START), [repo.git_dir / state.FILE_NAME])


@writer
def the_own_policy_beside_that_of_the_hub(folder: Path) -> Writing:
    return Writing(lambda: keep.keep_draft(folder, "policy.yaml", b"format: 1\n"), [folder / "policy.local.yaml"])


@writer
def a_text_that_held_conflict_marks(folder: Path) -> Writing:
    repo = open_store(folder).repo
    name = f"fenji-marked/{str(repo.blob_id(b'<<<<<<<'))[:8]}-a.yaml"
    return Writing(lambda: keep.keep_conflict_text(repo, "a.yaml", b"<<<<<<<"), [repo.git_dir / name])


@writer
def a_file_as_it_was_typed(folder: Path) -> Writing:
    git_dir = open_store(folder).repo.git_dir
    name = keep_copy(folder, OPEN_PATH, b"id: x\n").name
    return Writing(lambda: keep_copy(git_dir / TYPED_FOLDER, OPEN_PATH, b"id: x\n"), [git_dir / TYPED_FOLDER / name])


@writer
def a_line_for_git(folder: Path) -> Writing:
    repo = open_store(folder).repo
    return Writing(lambda: keep.ensure_lines(repo, "exclude", ["*.kept"]), [repo.git_dir / "info/exclude"])


@writer
def what_a_sync_brings(folder: Path) -> Writing:
    sites = Sites(folder, "li.wei", "sun.yu")
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    sites.sync_all(1)
    theirs.archive("42")
    theirs.sync()
    return Writing(ours.sync, [ours.root / ARCHIVE_PATH, ours.root / ".git" / state.FILE_NAME])


@writer
def the_hook_of_a_hub(folder: Path) -> Writing:
    return Writing(lambda: hub.create(folder / "hub.git"), [folder / "hub.git/hooks/pre-receive"])


@writer
def the_list_of_tickets_at_a_hub(folder: Path) -> Writing:
    repo = open_store(folder).repo
    index = UidIndex(History(repo.git_dir), None)
    return Writing(lambda: index.save_first_push(str(repo.head())), [repo.git_dir / "fenji-uids"])


@writer
def a_published_handbook(folder: Path) -> Writing:
    old, new = (
        [HandbookFile(name, text) for name in (f"search/{text.decode()}.js", "index.html", "search/a.js")]
        for text in (b"old", b"new")
    )
    target = folder / "handbook"
    write_folder(target, "html", old, {})
    places = [target / name for name in ("search/new.js", "index.html", "search/a.js", "fenji-handbook.json")]
    return Writing(lambda: write_folder(target, "html", new, {}), places)


@writer
def a_copy_for_an_editor(folder: Path) -> Writing:
    places = [folder / f"edits/KSA-2026-0042{suffix}" for suffix in (".base", ".yaml")]
    return Writing(lambda: edit.write_copy(reported_ticket(), folder / "edits"), places)


@writer
def a_new_desk(folder: Path) -> Writing:
    setup = DeskSetup("li.wei", "Li Wei", "li.wei@example.com")
    places = [folder / "desk" / name for name in ("policy.yaml", "handbook.yaml", ".gitignore", ".gitattributes")]
    return Writing(lambda: fenji.desk.create(folder / "desk", "KSA", setup), places)


@writer
def a_bundle(folder: Path) -> Writing:
    store = open_store(folder / "desk")
    return Writing(
        lambda: bundle.write_bundle(store.repo, folder / "out.bundle", ["HEAD"], without=[]), [folder / "out.bundle"]
    )


@writer
def the_drafts_of_the_interface(folder: Path) -> Writing:
    saved = SavedState(folder / "state/desk.json", drafts={"intake": "備件生鏽"})
    return Writing(saved.save, [saved.path])


@pytest.mark.parametrize("prepare", WRITERS, ids=lambda prepare: prepare.__name__.replace("_", " "))
def test_a_file_is_whole_on_the_disk_before_it_has_its_name_and_its_folder_is_synced_after(
    tmp_path: Path, prepare: Callable[[Path], Writing]
) -> None:
    writing = prepare(tmp_path)
    with recording(tmp_path) as recorder:
        writing.act()
    placed = [call for call in recorder.calls if call.kind in ("rename", "link")]
    assert set(writing.places) <= {call.target for call in placed}
    temporary_paths = {call.path for call in placed}
    for number, call in enumerate(recorder.calls):
        if call.kind in ("rename", "link"):
            assert call.synced, call
            assert call.path.parent == (writing.temporary_folder or call.target.parent)
            recorder.index("fsync", call.target.parent, after=number)
        elif call.kind == "unlink" and not call.path.name.startswith(files.TEMPORARY_PREFIX):
            recorder.index("fsync", call.path.parent, after=number)
        elif call.kind == "open" and call.path in writing.appended:
            assert recorder.is_synced(call.path)
            assert call.existed or recorder.index("fsync", call.path.parent, after=number)
        elif call.kind == "open":
            assert call.path in temporary_paths, "written in place"


@pytest.mark.parametrize(
    "prepare", [an_archived_ticket, a_ticket_that_a_killed_writer_left_in_two_places, what_a_sync_brings]
)
def test_a_ticket_leaves_its_old_place_once_its_new_one_is_on_the_disk(
    tmp_path: Path, prepare: Callable[[Path], Writing]
) -> None:
    writing = prepare(tmp_path)
    new_path = next(iter(writing.places))
    old_path = Path(str(new_path).replace(ARCHIVE_PATH, OPEN_PATH))
    with recording(tmp_path) as recorder:
        writing.act()
    placed = recorder.index("rename", new_path)
    synced = recorder.index("fsync", new_path.parent, after=placed)
    assert synced < recorder.index("unlink", old_path)
    assert new_path.exists()
    assert not old_path.exists()


@pytest.mark.parametrize("prepare", [a_new_ticket, a_changed_ticket, an_archived_ticket, a_file_that_is_no_ticket])
def test_a_write_is_noted_on_the_disk_before_it_is_made(tmp_path: Path, prepare: Callable[[Path], Writing]) -> None:
    writing = prepare(tmp_path)
    (journal,), (place,) = writing.appended, writing.places
    with recording(tmp_path) as recorder:
        writing.act()
    kind = "link" if prepare is a_new_ticket else "rename"
    assert recorder.index("open", journal) < recorder.index("fsync", journal) < recorder.index(kind, place)


def test_many_files_are_synced_with_the_disk_before_the_first_has_its_name(tmp_path: Path) -> None:
    writing = many_files_at_once(tmp_path)
    with recording(tmp_path) as recorder:
        writing.act()
    kinds = [call.kind for call in recorder.calls]
    opened, renamed = ([number for number, kind in enumerate(kinds) if kind == wanted] for wanted in ("open", "rename"))
    assert max(opened) < kinds.index("sync") < min(renamed)
    assert kinds.count("sync") == 1


def test_a_new_folder_is_synced_into_the_one_above(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        files.write(tmp_path, "a/b/c.txt", b"new")
    for parent in (tmp_path, tmp_path / "a"):
        assert recorder.index("fsync", parent) < recorder.index("rename", tmp_path / "a/b/c.txt")


def test_a_removed_file_is_gone_from_the_disk(tmp_path: Path) -> None:
    files.write(tmp_path, "a.txt", b"old")
    with recording(tmp_path) as recorder:
        files.remove(tmp_path, "a.txt")
    assert recorder.index("unlink", tmp_path / "a.txt") < recorder.index("fsync", tmp_path)


def test_a_published_folder_names_its_new_files_on_the_disk_before_they_are_there(tmp_path: Path) -> None:
    writing = a_published_handbook(tmp_path)
    *pages, manifest = writing.places
    with recording(tmp_path) as recorder:
        writing.act()
    named = recorder.index("fsync", manifest.parent, after=recorder.index("rename", manifest))
    placed = [recorder.index("rename", page) for page in pages]
    removed = recorder.index("unlink", tmp_path / "handbook/search/old.js")
    assert named < min(placed)
    assert max(placed) < removed < recorder.index("rename", manifest, after=named)


def test_what_a_killed_publisher_left_half_written_goes(tmp_path: Path) -> None:
    writing = a_published_handbook(tmp_path)
    leftovers = [tmp_path / "handbook" / name for name in (".fenji-999999999-ab.tmp", "search/.fenji-999999999-ab.tmp")]
    for leftover in leftovers:
        leftover.write_bytes(b"ne")
    writing.act()
    assert not any(leftover.exists() for leftover in leftovers)


def test_many_files_of_which_one_cannot_be_written_leave_all_as_it_was(tmp_path: Path) -> None:
    files.write(tmp_path, "a.txt", b"old")
    with pytest.raises(Unavailable, match="cannot be written"):
        write_many.write_all(tmp_path, {"a.txt": FileContent(b"new"), "a.txt/b.txt": FileContent(b"new")})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.txt": b"old"}


# --- caches, which may be lost and are never torn -----------------------------------------------------------------


def test_which_tickets_the_index_knows_is_replaced_whole(tmp_path: Path) -> None:
    cache = IndexCache(tmp_path / "known.json")
    for digest in ("old", "new"):
        cache.record("a.yaml", files.FileStamp(0, 0, 7, 1), digest)
        with recording(tmp_path) as recorder:
            cache.save({"a.yaml"})
        opened, renamed = recorder.calls
        assert (opened.kind, opened.existed) == ("open", False)
        assert (renamed.kind, renamed.path, renamed.target) == ("rename", opened.path, tmp_path / "known.json")


def update_index(book: SearchIndex) -> bool:
    return book.update([make_page(42, "備件生鏽", digest="new")])


@pytest.mark.parametrize("write", [update_index, SearchIndex.compact])
def test_the_index_of_the_handbook_is_written_to_new_files_and_named_last(
    tmp_path: Path, write: Callable[[SearchIndex], bool]
) -> None:
    with build_index(tmp_path) as book, recording(tmp_path) as recorder:
        assert write(book)
    opened = [call for call in recorder.calls if call.kind == "open" and call.path.name != "lock"]
    (manifest,) = {call.target for call in recorder.calls if call.target.parent == tmp_path}
    assert [call.path for call in opened if call.existed] == []
    assert manifest not in {call.path for call in opened}
    assert recorder.calls.index(opened[-1]) < recorder.index("rename", manifest)


# --- no writer is missed ------------------------------------------------------------------------------------------

# Every module that opens a file for writing, or moves one, by itself. All others go through `files` or `write_many`.
DIRECT_WRITERS = {
    "fenji/files.py": "the one atomic write",
    "fenji/storage/write_many.py": "many of them, synced at once",
    "fenji/storage/attachments.py": "copied a part at a time, then linked to its place",
    "fenji/desk/export.py": "a temporary folder; what was made there is written through `files`",
    "fenji/desk/mail.py": "a temporary folder; what lies there is attached",
    "fenji/publish/pdf.py": "a temporary folder for another program; what it made is written through `files`",
    "fenji/storage/lock.py": "an empty file to lock",
    "fenji/desk/index.py": "a cache: lost, everything is read again",
    "fenji/search/manifest.py": "a cache: lost, the index is built anew",
    "fenji/search/segment_writer.py": "a cache: new files, which the manifest names",
    "fenji/git/bundle.py": "git's bundle and a checksum; synced and named by `files`",
    "fenji/desk/edit.py": "sets a copy aside, whole as it is; written through `files`",
    "fenji/git/index_file.py": "sets a damaged index of git aside; git makes it anew from HEAD",
    "fenji/git/damage.py": "sets a damaged file of git aside; git makes it anew",
    "fenji/git/clone.py": "names a folder that git filled; cloned again where it is lost",
    "fenji/judge/signatures.py": "a temporary folder, gone after the question",
    "fenji/sync/merge_driver.py": "git's own temporary file, in place as git demands",
    "fenji/cli/failures.py": "a report of a failure, each under a name of its own",
    "fenji/cli/streams.py": "the terminal",
}


def test_every_module_that_writes_by_itself_is_known() -> None:
    writing = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and writes_directly(node)
    }
    assert writing == set(DIRECT_WRITERS)


def writes_directly(call: ast.Call) -> bool:
    """Whether a call opens a file for writing, writes one in place, or gives one another name."""
    name = ast.unparse(call.func)
    method = name.rpartition(".")[2]
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    if name in ("files.open_shared", "open_lock"):
        return True
    if name == "files.rename":
        return False
    if name == "os.open":
        return any(flag in ast.unparse(call) for flag in ("O_CREAT", "O_WRONLY", "O_RDWR"))
    if method == "open":
        modes = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
        return any(isinstance(mode, str) and set(mode) & set("wax+") and len(mode) <= 3 for mode in modes)
    if method == "replace" and "." in name:  # of a path: that of a text takes two, that of an instant names them
        return name == "os.replace" or (len(call.args) == 1 and not call.keywords)
    return method in ("write_text", "write_bytes", "rename", "touch", "hardlink_to") or name in (
        *("os.link", "os.rename", "os.truncate", "tempfile.mkstemp", "tempfile.NamedTemporaryFile"),
        *("shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.move", "shutil.copytree"),
    )
