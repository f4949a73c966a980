"""Ticket files: read whatever lies there, written so that nothing is ever lost. Real files, real git, real kills."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from fenji import git as repos
from fenji.errors import Damaged, NotFound, Refused, Unavailable
from fenji.model.ticket import Ticket, Value
from fenji.storage import BadFile, Scan, Store, StoredTicket, explain_hand_edit, lock, ticket_path, yaml_codec
from fenji.storage.attachments import MAX_FILE_BYTES, safe_name
from fenji.storage.yaml_codec import dump, read_ticket
from samples import START, after_event, reported_ticket, uid_of

HERE = Path(__file__).parent
ENVIRONMENT = {"PYTHONPATH": os.pathsep.join((str(HERE.parent / "src"), str(HERE)))}
KILLS = 250 if os.environ.get("FENJI_NIGHTLY") else 9


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "desk")


def open_store(root: Path) -> Store:
    repo = repos.init_repo(root)
    if repo.head() is None:
        repo.set_setting("fenji.site", "KSA")
        repo.set_setting("user.name", "Zhao Min")
        repo.set_setting("user.email", "zhao.min@example.com")
        begun = {name: (root / name).read_bytes() for name in (".gitignore", ".gitattributes")}
        repo.commit(begun, message="KSA: begin", author=("Zhao Min", "zhao.min@example.com"), at=START)
    return Store(root, repo)


def git(store: Store, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=store.root, check=True, capture_output=True, text=True)
    return done.stdout


def write_new(store: Store, number: str = "KSA-2026-0042", **fields: str) -> StoredTicket:
    ticket = reported_ticket(number, uid_of(int(number.split("-")[2])), **fields)
    return store.write(ticket, None)


def edit_file(store: Store, path: str, before: str, after: str) -> None:
    text = (store.root / path).read_text()
    assert before in text
    (store.root / path).write_text(text.replace(before, after, 1))


def subjects(store: Store) -> list[str]:
    return git(store, "log", "--format=%s").splitlines()


def close_ticket(ticket: Ticket) -> Ticket:
    for do in ("respond", "solve", "confirm", "archive"):
        ticket = after_event(ticket, do)
    return ticket


def list_temporary(store: Store) -> list[Path]:
    return list((store.root / "tickets").rglob(".fenji-*"))


# --- reading ------------------------------------------------------------------------------------------------------


def test_an_empty_desk_has_nothing(store: Store) -> None:
    assert store.reader.scan_open() == store.reader.scan_archive() == Scan((), ())
    assert store.next_id("KSA", 2026) == "KSA-2026-0001"
    with pytest.raises(NotFound):
        store.reader.find_path("42")


def test_a_ticket_is_written_found_and_read(store: Store) -> None:
    stored = write_new(store)
    assert stored.path == "tickets/open/KSA-2026-0042.yaml"
    assert (store.root / stored.path).read_bytes() == dump(stored.ticket)
    assert store.reader.load(store.reader.find_path("42")).ticket == stored.ticket
    assert [stored.ticket for stored in store.reader.scan_open().tickets] == [stored.ticket]
    assert not stored.hand_edited
    assert list_temporary(store) == []


def test_every_bad_file_is_listed_every_time_and_the_others_carry_on(store: Store, tmp_path: Path) -> None:
    good = write_new(store)
    folder = store.root / "tickets/open"
    text = (store.root / good.path).read_text()
    (folder / "KSA-2026-0001.yaml").write_text("id: [")
    (folder / "KSA-2026-0002.yaml").write_bytes(b"\xff")
    (folder / "KSA-2026-0003.yaml").symlink_to(tmp_path / "elsewhere")
    (folder / "KSA-2026-0004.yaml").mkdir()
    os.mkfifo(folder / "KSA-2026-0005.yaml")
    (folder / "KSA-2026-0006.yaml").write_text(text)
    (folder / "KSA-2026-0007.yaml").write_bytes(b"a: " + b"x" * (1 << 20))
    (folder / "KSA-2026-0008.yaml").write_text("<<<<<<< HEAD\nid: x\n=======\nid: y\n>>>>>>> theirs\n")
    (folder / "KSA-2026-0009.yaml").write_text("")
    (folder / "KSA-2026-0010.yml").write_text("")
    (folder / ".KSA-2026-0042.yaml.swp").write_text("x")
    (folder / "notes.txt").write_text("x")
    for _ in range(3):
        scan = store.reader.scan_open()
        assert [stored.ticket for stored in scan.tickets] == [good.ticket]
        assert [Path(bad.path).stem[-2:] for bad in scan.bad_files] == [f"{number:02}" for number in range(1, 11)]
        assert all(bad.problems for bad in scan.bad_files)
    problem = scan.bad_files[5].problems[0]
    assert (problem.line, problem.key) == (1, "id")
    assert "KSA-2026-0042" in str(problem)
    with pytest.raises(Damaged, match="remove it, and the next sync"):
        store.reader.load("tickets/open/KSA-2026-0004.yaml")


@pytest.mark.parametrize(
    "name",
    [
        "{} (1).yaml",
        "{}.sync-conflict-20261130-101112-ABCDEFG.yaml",
        "{} (conflicted copy 2026-11-30).yaml",
        "{} - Kopie.yaml",
        "Copy of {}.yaml",
        "{}-DESKTOP7.yaml",
        "{}.orig.yml",
    ],
)
def test_what_another_program_laid_beside_a_ticket_is_no_ticket(store: Store, name: str) -> None:
    good = write_new(store)
    path = store.root / good.path
    beside = path.with_name(name.format(good.ticket.id))
    shutil.copy(path, beside)
    assert store.reader.scan_open() == Scan((store.reader.load(good.path),), ())
    path.rename(path.with_name("gone"))
    bad = store.reader.scan_open().bad_files
    assert [file.path for file in bad] == [f"tickets/open/{beside.name}"]  # where it is the only one, it is named


def test_a_mended_file_is_read_again_and_a_removed_one_is_gone(store: Store) -> None:
    stored = write_new(store)
    text = (store.root / stored.path).read_text()
    (store.root / stored.path).write_text("id: [")
    assert len(store.reader.scan_open().bad_files) == 1
    (store.root / stored.path).write_text(text)
    assert store.reader.scan_open().bad_files == ()
    (store.root / stored.path).unlink()
    assert store.reader.scan_open().tickets == ()


def test_an_edit_in_place_of_the_same_length_is_seen(store: Store) -> None:
    stored = write_new(store, owner="li.wei")
    for owner in ("wang.x", "zhao.m", "li.wei"):
        text = (store.root / stored.path).read_text()
        old_owner = store.reader.scan_open().tickets[0].ticket.owner
        (store.root / stored.path).write_text(text.replace(f"\nowner: {old_owner}", f"\nowner: {owner}"))
        assert store.reader.scan_open().tickets[0].ticket.owner == owner


def test_unchanged_files_are_not_read_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fenji.storage.reader.RACY_WINDOW_NS", 0)
    (store.root / "tickets/open").mkdir(parents=True)
    for number in range(1000):
        ticket = reported_ticket(f"KSA-2026-{number:04}", uid_of(number))
        path = store.root / ticket_path(ticket)
        path.write_bytes(dump(ticket))
    first = store.reader.scan_open().tickets
    assert len(first) == 1000
    changed = write_new(store, "KSA-2026-2000")
    stamp = store.reader.fingerprint()
    again = store.reader.scan_open()
    assert all(stored is other for stored, other in zip(again.tickets, first, strict=False))
    assert again.tickets[-1].ticket == changed.ticket
    assert store.reader.fingerprint() == stamp


def test_a_write_takes_what_was_read_as_long_as_the_bytes_are_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, read, parsed = write_new(store), yaml_codec.read_ticket, list[str]()

    def count(data: bytes, path: str) -> Ticket:
        parsed.append(path)
        return read(data, path)

    monkeypatch.setattr(yaml_codec, "read_ticket", count)
    after = store.write(after_event(base.ticket, "respond"), base)
    assert parsed == [base.ticket.id]  # what it is about to write is read back
    assert store.reader.load(base.path) == after
    parsed.clear()
    edit_file(store, base.path, "title: ", "title: typed ")
    written = store.write(after_event(after.ticket, "note"), after)
    assert parsed[0] == base.path
    assert written.ticket.title.startswith("typed")


def test_the_stamp_tells_every_change(store: Store) -> None:
    seen = [store.reader.fingerprint()]
    stored = write_new(store)
    seen.append(store.reader.fingerprint())
    edit_file(store, stored.path, "P4", "P3")
    seen.append(store.reader.fingerprint())
    store.write(close_ticket(store.reader.load(stored.path).ticket), store.reader.load(stored.path))
    seen.append(store.reader.fingerprint())
    (store.root / "policy.yaml").write_text("format: 1\n")
    seen.append(store.reader.fingerprint())
    assert all(stamp != other for stamp, other in itertools.pairwise(seen))
    assert store.reader.fingerprint() == seen[-1]


def test_any_unique_tail_finds_a_ticket(store: Store) -> None:
    numbers = ("KSA-2026-0042", "KSA-2026-0142", "HQ-2026-0007", "KSA-2025-0007", "KSA-2026-0008-8E")
    for index, number in enumerate(numbers):
        store.write(reported_ticket(number, uid_of(index)), None)
    done = reported_ticket("KSA-2024-0099", uid_of(99))
    store.write(close_ticket(done), None)
    found_by_tail = {
        tail: Path(store.reader.find_path(tail)).stem
        for tail in ("42", "0042", "142", "ksa-2026-0042", "2025-7", "hq-2026-7", "8e", "8")
    }
    assert found_by_tail == {
        "42": "KSA-2026-0042",
        "0042": "KSA-2026-0042",
        "142": "KSA-2026-0142",
        "ksa-2026-0042": "KSA-2026-0042",
        "2025-7": "KSA-2025-0007",
        "hq-2026-7": "HQ-2026-0007",
        "8e": "KSA-2026-0008-8E",
        "8": "KSA-2026-0008-8E",
    }
    assert store.reader.find_path("99") == "tickets/archive/KSA/2024/KSA-2024-0099.yaml"
    with pytest.raises(Refused, match="HQ-2026-0007, KSA-2025-0007"):
        store.reader.find_path("7")
    for tail in ("", "  ", "4242", "../../etc/passwd", "*"):
        with pytest.raises(NotFound):
            store.reader.find_path(tail)
    assert "HQ-2026-0007" in store.reader.find_path("7", site="HQ", acting=True)


def test_a_ticket_is_changed_by_two_digits_of_its_end_or_its_whole_number(store: Store) -> None:
    for index, number in enumerate(("KSA-2026-0190", "KSA-2026-0001", "HQ-2026-0001", "HQ-2026-0033")):
        store.write(reported_ticket(number, uid_of(index)), None)
    assert "KSA-2026-0190" in store.reader.find_path("0")
    with pytest.raises(
        Refused, match=r"0 only ends KSA-2026-0190\. Give the whole number, or at least its last two digits"
    ):
        store.reader.find_path("0", acting=True)
    assert "KSA-2026-0190" in store.reader.find_path("90", acting=True)
    assert "KSA-2026-0001" in store.reader.find_path("1", site="KSA", acting=True)
    assert "HQ-2026-0001" in store.reader.find_path("1", site="HQ", acting=True)
    assert "HQ-2026-0033" in store.reader.find_path("33", site="KSA", acting=True)
    with pytest.raises(Refused, match="1 may be any of HQ-2026-0001, KSA-2026-0001"):
        store.reader.find_path("1", site="EG", acting=True)


def test_the_header_never_decides_the_state(store: Store) -> None:
    stored = write_new(store)
    edit_file(store, stored.path, "state: new", "state: archived")
    assert store.reader.load(stored.path).ticket.state == "new"
    assert store.reader.scan_open().tickets[0].ticket.state == "new"


# --- writing ------------------------------------------------------------------------------------------------------


def test_a_closed_ticket_moves_to_the_archive_and_leaves_nothing_behind(store: Store) -> None:
    stored = write_new(store)
    store.commit_pending()
    moved = store.write(close_ticket(stored.ticket), stored)
    assert moved.path == "tickets/archive/KSA/2026/KSA-2026-0042.yaml"
    assert not (store.root / stored.path).exists()
    assert store.reader.scan_open().tickets == ()
    assert [stored.ticket for stored in store.reader.scan_archive().tickets] == [moved.ticket]
    store.commit_pending()
    assert git(store, "ls-tree", "-r", "--name-only", "HEAD", "tickets").split() == [moved.path]
    assert git(store, "status", "--porcelain") == ""


def test_a_file_keeps_its_mode_and_a_new_one_follows_the_umask(store: Store) -> None:
    before = os.umask(0o027)
    try:
        stored = write_new(store)
        assert (store.root / stored.path).stat().st_mode & 0o777 == 0o640
        (store.root / stored.path).chmod(0o664)
        store.write(after_event(stored.ticket, "respond"), stored)
        assert (store.root / stored.path).stat().st_mode & 0o777 == 0o664
    finally:
        os.umask(before)


def test_a_write_over_a_newer_file_merges(store: Store) -> None:
    base = write_new(store)
    other = Store(store.root, store.repo)
    other.write(after_event(base.ticket, "respond", by="hq", minute=5, fields={"cause": "seal"}), base)
    stored = store.write(after_event(base.ticket, "note", minute=6, note="rang", fields={"owner": "li.wei"}), base)
    assert [event.do for event in stored.ticket.log] == ["report", "respond", "note"]
    assert (stored.ticket.word("cause"), stored.ticket.owner, stored.ticket.state) == ("seal", "li.wei", "responded")


def test_a_write_over_a_file_that_moved_to_the_archive_follows_it(store: Store) -> None:
    base = write_new(store)
    Store(store.root, store.repo).write(close_ticket(base.ticket), base)
    stored = store.write(after_event(base.ticket, "note", minute=1, note="late word"), base)
    assert stored.path == "tickets/archive/KSA/2026/KSA-2026-0042.yaml"
    assert len(stored.ticket.log) == 6
    assert not (store.root / base.path).exists()


def test_a_ticket_deleted_by_hand_comes_back_with_the_next_write(store: Store) -> None:
    base = write_new(store)
    (store.root / base.path).unlink()
    stored = store.write(after_event(base.ticket, "respond"), base)
    assert store.reader.load(stored.path).ticket == stored.ticket


def test_a_file_that_turned_bad_is_left_alone(store: Store) -> None:
    base = write_new(store)
    (store.root / base.path).write_text("id: [")
    with pytest.raises(Damaged, match="no longer be read"):
        store.write(after_event(base.ticket, "respond"), base)
    assert (store.root / base.path).read_text() == "id: ["


def test_another_ticket_of_the_same_number_is_never_overwritten(store: Store) -> None:
    base = write_new(store)
    stranger = reported_ticket("KSA-2026-0042", uid_of(7))
    with pytest.raises(Refused, match="Another ticket"):
        store.write(stranger, None)
    assert store.reader.load(base.path).ticket == base.ticket


def test_a_number_that_was_taken_meanwhile_becomes_the_next(store: Store) -> None:
    other = Store(store.root, store.repo)
    number = store.next_id("KSA", 2026)
    theirs = other.write(reported_ticket(other.next_id("KSA", 2026), uid_of(1)), None)
    mine = store.write(reported_ticket(number, uid_of(2)), None)
    assert (theirs.ticket.id, mine.ticket.id) == ("KSA-2026-0001", "KSA-2026-0002")


def test_numbers_count_per_site_and_year_over_open_and_archived(store: Store) -> None:
    for index, number in enumerate(("KSA-2026-0003", "KSA-2025-0100", "HQ-2026-0200", "KSA-2026-0004-8E")):
        store.write(reported_ticket(number, uid_of(index)), None)
    store.write(close_ticket(reported_ticket("KSA-2026-0017", uid_of(17))), None)
    assert [store.next_id("KSA", 2026), store.next_id("KSA", 2026), store.next_id("HQ", 2026)] == [
        "KSA-2026-0018",
        "KSA-2026-0019",
        "HQ-2026-0201",
    ]
    (store.root / "tickets/open/KSA-2026-9999.yaml").write_text("")
    assert store.next_id("KSA", 2026) == "KSA-2026-10000"


def test_two_places_of_one_ticket_are_read_as_one_and_mended(store: Store) -> None:
    base = write_new(store)
    store.commit_pending()
    archived = close_ticket(base.ticket)
    both = store.root / "tickets/archive/KSA/2026"
    both.mkdir(parents=True)
    (both / "KSA-2026-0042.yaml").write_bytes(dump(archived))
    assert store.reader.scan_open().tickets == ()
    noted = after_event(base.ticket, "note", minute=2, note="late word")
    stored = store.write(noted, base)
    assert stored.path == "tickets/archive/KSA/2026/KSA-2026-0042.yaml"
    assert not (store.root / base.path).exists()
    assert len(stored.ticket.log) == 6


def test_the_folders_of_the_desk_are_never_links(store: Store, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (store.root / "tickets").mkdir()
    (store.root / "tickets/open").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unavailable, match="link"):
        write_new(store)
    assert list((tmp_path / "elsewhere").iterdir()) == []


# --- the machine says no --------------------------------------------------------------------------------------------


def test_a_full_disk_changes_nothing_and_is_told(store: Store) -> None:
    base = write_new(store)
    store.commit_pending()
    before = (store.root / base.path).read_bytes()
    code = """
import resource, sys; from pathlib import Path
from fenji.git import repo; from fenji.storage import Store; from fenji.errors import Unavailable
from samples import after_event  # noqa: E402
desk = Path(sys.argv[1]); store = Store(desk, repo.find_repo(desk))
base = store.reader.load(store.reader.find_path("42")); store.with_edit_event(base, by="x", at=base.ticket.log[0].at)
resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
try: store.write(after_event(base.ticket, "note", note="x" * 2000), base)
except Unavailable as error: print(error)
"""
    done = run_code(code, str(store.root))
    assert "cannot be written" in done
    assert "Nothing was changed" in done
    assert (store.root / base.path).read_bytes() == before
    assert list_temporary(store) == []
    store.commit_pending()
    assert git(store, "status", "--porcelain") == ""


def run_code(code: str, *arguments: str) -> str:
    environment = os.environ | ENVIRONMENT | {"GIT_CONFIG_GLOBAL": os.devnull, "HOME": "/"}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


@pytest.fixture
def everyones() -> Iterator[Path]:
    """A folder that every user may enter, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_desk_of_somebody_else_is_read_and_its_refusal_told(everyones: Path) -> None:
    store = open_store(everyones / "desk")
    base = write_new(store)
    store.commit_pending()
    before = (store.root / base.path).read_bytes()
    secret = write_new(store, "KSA-2026-0043")
    store.commit_pending()
    (store.root / secret.path).chmod(0)
    code = """
import os, sys; from pathlib import Path
from fenji.git import Repo; from fenji.storage import Store; from fenji.errors import Unavailable
from other_account import become_somebody_else; from samples import after_event
become_somebody_else()
desk = Path(sys.argv[1]); store = Store(desk, Repo(desk, desk / ".git"))
scan = store.reader.scan_open(); print(len(scan.tickets), [str(one.problems[0]) for one in scan.bad_files])
store.commit_pending(); base = scan.tickets[0]
for tried in (
    lambda: store.write(after_event(base.ticket, "respond"), base),
    lambda: store.attach(base.ticket.id, desk / ".gitignore"),
):
    try: tried()
    except Unavailable as error: print(error)
"""
    closed_to_all = [store.root / folder for folder in ("tickets/open", "tickets", ".git")]
    for folder in closed_to_all:
        folder.chmod(0o555)
    done = run_code(code, str(store.root))
    for folder in closed_to_all:
        folder.chmod(0o755)
    first, *refusals = done.splitlines()
    assert first.startswith("1 [")
    assert "not allowed" in first
    assert "safe.directory" in refusals[0]  # what was committed is asked of git, which distrusts the folder
    assert "cannot be written: not allowed" in refusals[1]
    assert "write access" in refusals[1]
    assert (store.root / base.path).read_bytes() == before
    assert list_temporary(store) == []


@pytest.mark.parametrize(("turns", "gets_it"), [(5, True), (500, False)])
def test_the_lock_is_waited_for_while_others_take_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turns: int, *, gets_it: bool
) -> None:
    """Each of them may take nearly as long as a single holder; the one that waits for ever is given up all the same."""
    path, now, taken = tmp_path / "lock", 0.0, 0

    def pause(_: float) -> None:
        nonlocal now, taken
        now, taken = now + 0.9, taken + 1
        os.utime(path, (taken, taken))

    def flock(_: int, __: int) -> None:
        if taken < turns:
            raise BlockingIOError(errno.EAGAIN, "taken")

    monkeypatch.setattr("fenji.storage.lock.fcntl.flock", flock)
    monkeypatch.setattr("fenji.storage.lock.time", SimpleNamespace(monotonic=lambda: now, sleep=pause))
    handle = lock.open_locked(path, 1.0)
    assert (handle is not None) is gets_it
    if handle is not None:
        os.close(handle)


def test_the_lock_is_given_up_by_the_dead_and_waited_for_in_vain_only_so_long(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """
import sys, signal; from pathlib import Path; from fenji.storage import FileLock
with FileLock(Path(sys.argv[1])): print("held", flush=True); signal.pause()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(store.lock.path)], stdout=subprocess.PIPE, env=os.environ | ENVIRONMENT
    )
    with holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with monkeypatch.context() as patched:
            patched.setattr("fenji.storage.lock.WAIT_SECONDS", 0.1)
            with pytest.raises(Unavailable, match="Another fenji"):
                write_new(store)
        holder.kill()
        holder.wait()
        write_new(store)
    with store.lock, store.lock:
        pass


def test_threads_of_one_process_take_turns(store: Store) -> None:
    base = write_new(store)
    threads = [
        threading.Thread(
            target=lambda number=number: store.write(after_event(base.ticket, "note", minute=number), base)
        )
        for number in range(2, 10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.reader.load(base.path).ticket.log) == 9


# --- commits --------------------------------------------------------------------------------------------------------


def test_each_act_is_one_commit_by_its_person(store: Store) -> None:
    stored = write_new(store)
    assert [change.id for change in store.pending()] == ["KSA-2026-0042"]
    store.commit_pending()
    assert store.pending() == []
    store.write(after_event(stored.ticket, "solve", by="wang.fang"), stored)
    commits = store.commit_pending(lambda person: (f"<{person}>", f"{person}@hq"))
    assert len(commits) == 1
    assert subjects(store) == ["KSA-2026-0042: solve", "KSA-2026-0042: report", "KSA: begin"]
    assert git(store, "log", "--format=%an %ae").splitlines()[:2] == [
        "wang.fang wang.fang@hq",
        "li.wei li.wei@ksa.invalid",
    ]
    assert store.commit_pending() == []
    assert git(store, "status", "--porcelain") == ""


def test_a_bulk_act_is_one_commit_and_different_acts_are_several(store: Store) -> None:
    stored = [write_new(store, f"KSA-2026-{number:04}") for number in range(1, 6)]
    store.commit_pending()
    for before in stored[:2]:
        store.write(after_event(before.ticket, "assign", fields={"owner": "li.wei"}), before)
    for before in stored[2:]:
        store.write(after_event(before.ticket, "withdraw", by="hq", reason="twice"), before)
    store.commit_pending()
    assert subjects(store)[:3] == [
        "KSA-2026-0003, KSA-2026-0004, KSA-2026-0005: withdraw",
        "KSA-2026-0001, KSA-2026-0002: assign",
        "5 tickets: report",
    ]
    assert git(store, "status", "--porcelain") == ""


def test_what_the_user_staged_survives_every_commit(store: Store) -> None:
    (store.root / "notes.txt").write_text("mine")
    git(store, "add", "notes.txt")
    write_new(store)
    store.commit_pending()
    assert git(store, "status", "--porcelain") == "A  notes.txt\n"
    assert git(store, "show", "--name-only", "--format=", "HEAD").split() == ["tickets/open/KSA-2026-0042.yaml"]


def test_what_was_written_but_not_committed_is_committed_at_the_next_start(store: Store) -> None:
    stored = write_new(store)
    store.write(after_event(stored.ticket, "respond", by="wang.fang"), stored)
    again = Store(store.root, repos.find_repo(store.root))
    assert len(again.commit_pending()) == 2
    assert subjects(store)[:2] == ["KSA-2026-0042: respond", "KSA-2026-0042: report"]
    assert git(store, "log", "-1", "--format=%an") == "wang.fang\n"


def test_a_journal_cut_off_in_a_line_still_tells_the_rest(store: Store) -> None:
    write_new(store)
    journal = store.repo.git_dir / "fenji-pending"
    with journal.open("ab") as file:
        file.write(b'{"id": "KSA-2026-00')
    write_new(store, "KSA-2026-0043")
    assert [change.id for change in store.pending()] == ["KSA-2026-0042", "KSA-2026-0043"]
    store.commit_pending()
    assert subjects(store)[0] == "KSA-2026-0042, KSA-2026-0043: report"


def test_what_is_written_while_a_commit_is_made_waits_for_the_next(store: Store) -> None:
    first = write_new(store)

    def meanwhile(person: str) -> tuple[str, str]:
        if len(store.pending()) == 1:
            store.write(after_event(first.ticket, "respond"), first)
            write_new(store, "KSA-2026-0043")
        return person, person

    store.commit_pending(meanwhile)
    assert [(change.id, change.do) for change in store.pending()] == [
        ("KSA-2026-0042", ("respond",)),
        ("KSA-2026-0043", ("report",)),
    ]
    store.commit_pending()
    assert sorted(subjects(store)[:3]) == ["KSA-2026-0042: report", "KSA-2026-0042: respond", "KSA-2026-0043: report"]
    assert git(store, "status", "--porcelain") == ""


def test_an_empty_place_is_no_deletion_unless_the_ticket_lies_in_another(store: Store) -> None:
    stored = write_new(store)
    store.commit_pending()
    store.write(after_event(stored.ticket, "respond"), stored)
    (store.root / stored.path).unlink()
    store.commit_pending()
    assert git(store, "ls-tree", "-r", "--name-only", "HEAD", "tickets").split() == [stored.path]


# --- hand edits -----------------------------------------------------------------------------------------------------


def test_a_header_changed_by_hand_is_seen_and_explained_by_the_next_write(store: Store) -> None:
    stored = write_new(store, owner="li.wei")
    store.commit_pending()
    edit_file(store, stored.path, "\nowner: li.wei\n", "\nowner: wang.fang\ncause: |\n  rust\n")
    loaded = store.reader.scan_open().tickets[0]
    assert loaded.edited_paths == ("owner",)
    assert loaded.hand_edited
    written = store.write(after_event(loaded.ticket, "respond", by="zhao.min"), loaded)
    explained, responded = written.ticket.log[-2:]
    assert (explained.do, explained.by, explained.body) == (
        "edit",
        "zhao.min",
        {"set": {"owner": "wang.fang"}, "rewrote": ["cause"]},
    )
    assert (responded.do, responded.n, explained.n) == ("respond", 3, 2)
    assert written.ticket.state == "responded"
    assert not written.hand_edited
    assert (written.ticket.owner, written.ticket.word("cause")) == ("wang.fang", "rust")
    store.commit_pending()
    assert subjects(store)[0] == "KSA-2026-0042: edit, respond"


def test_items_unknown_keys_and_removed_values_are_explained_too(store: Store) -> None:
    items: dict[str, Value] = {
        "plan.m1": {"key": "m1", "what": "ship"},
        "plan.m2": {"key": "m2", "what": "mount"},
        "tags": ["a"],
    }
    ticket = after_event(reported_ticket(), "edit", fields=items)
    stored = store.write(ticket, None)
    store.commit_pending()
    edit_file(store, stored.path, "  what: ship\n", "  what: send\n")
    edit_file(store, stored.path, "- key: m2\n  what: mount\n", "")
    edit_file(store, stored.path, "tags:\n- a\n", "")
    edit_file(store, stored.path, "log:\n", "weather: dry\nlog:\n")
    loaded = store.reader.load(stored.path)
    explained = store.with_edit_event(loaded, by="hq", at=START + timedelta(days=1))
    assert explained.log[-1].body == {
        "set": {"tags": None, "weather": "dry", "plan.m1.what": "send"},
        "rewrote": ["plan.m1", "plan.m2"],
    }
    written = store.write(after_event(explained, "note", note="x"), loaded)
    assert [event.do for event in written.ticket.log] == ["report", "edit", "edit", "note"]
    assert read_ticket(dump(written.ticket), "x") == written.ticket


def test_what_the_act_itself_changes_needs_no_explanation(store: Store) -> None:
    stored = write_new(store, owner="li.wei")
    edit_file(store, stored.path, "\nowner: li.wei\n", "\nowner: wang.fang\n")
    loaded = store.reader.load(stored.path)
    written = store.write(after_event(loaded.ticket, "assign", fields={"owner": "zhao.min"}), loaded)
    assert [event.do for event in written.ticket.log] == ["report", "assign"]
    assert written.ticket.owner == "zhao.min"


def test_a_hand_edit_made_while_a_form_was_open_is_kept(store: Store) -> None:
    stored = write_new(store, owner="li.wei")
    store.commit_pending()
    edit_file(store, stored.path, "\nowner: li.wei\n", "\nowner: li.wei\ncause: |\n  typed by hand\n")
    written = store.write(after_event(stored.ticket, "edit", minute=30, fields={"cause": "typed in the form"}), stored)
    texts = {written.ticket.word("cause"), *(event.body.get("value") for event in written.ticket.log)}
    assert {"typed by hand", "typed in the form"} <= texts


def test_a_log_shortened_by_hand_is_whole_again_after_the_next_write(store: Store) -> None:
    stored = store.write(after_event(reported_ticket(), "note", note="dear word"), None)
    store.commit_pending()
    text = (store.root / stored.path).read_text()
    (store.root / stored.path).write_text(text[: text.index("- n: 2")])
    loaded = store.reader.load(stored.path)
    written = store.write(after_event(loaded.ticket, "respond", minute=30), loaded)
    assert [event.do for event in written.ticket.log] == ["report", "note", "respond"]


def test_tickets_changed_and_made_by_hand_are_adopted(store: Store) -> None:
    changed, reformatted = write_new(store), write_new(store, "KSA-2026-0043")
    store.commit_pending()
    edit_file(store, changed.path, "priority: P4", "priority: P1")
    edit_file(store, reformatted.path, "title: 備件生鏽", "title: '備件生鏽'  # a word")
    ticket = reported_ticket("KSA-2026-0050", uid_of(50))
    (store.root / ticket_path(ticket)).write_bytes(dump(ticket))
    (store.root / "tickets/open/KSA-2026-0051.yaml").write_text("id: [")
    adopted = store.adopt_hand_edits(by="li.wei", at=START + timedelta(days=1)).tickets
    assert [stored.ticket.id[-2:] for stored in adopted] == ["42", "43", "50"]
    assert adopted[0].ticket.log[-1].set == {"priority": "P1"}
    store.commit_pending()
    assert git(store, "status", "--porcelain") == "?? tickets/open/KSA-2026-0051.yaml\n"
    assert store.adopt_hand_edits(by="li.wei", at=START + timedelta(days=2)).tickets == []


def test_a_ticket_whose_report_states_nothing_is_not_taken_for_changed() -> None:
    bare = after_event(Ticket({}).with_fields({**reported_ticket().data, "owner": "li.wei"}), "report")
    assert explain_hand_edit(bare) == {}
    assert explain_hand_edit(reported_ticket().with_fields({"owner": "li.wei"})) == {"set": {"owner": "li.wei"}}


# --- attachments ----------------------------------------------------------------------------------------------------


def test_a_file_is_copied_named_and_committed_with_its_ticket(store: Store, tmp_path: Path) -> None:
    stored = write_new(store)
    source = tmp_path / "鏽 photo.jpg"
    source.write_bytes(b"rust")
    item = store.attach("KSA-2026-0042", source)
    assert item == {"name": "鏽 photo.jpg", "size": 4, "sha256": hashlib.sha256(b"rust").hexdigest()}
    assert store.attach("KSA-2026-0042", source) == item
    store.write(after_event(stored.ticket, "attach", fields={"files.鏽 photo.jpg": item}), stored)
    source.write_bytes(b"more rust")
    second = store.attach("KSA-2026-0042", source)
    assert second["name"] == "鏽 photo-2.jpg"
    store.commit_pending()
    assert subjects(store)[:2] == ["KSA-2026-0042: attach", "KSA-2026-0042: report"]
    names = git(store, "-c", "core.quotePath=false", "ls-files", "tickets/files").splitlines()
    assert names == ["tickets/files/KSA-2026-0042/鏽 photo-2.jpg", "tickets/files/KSA-2026-0042/鏽 photo.jpg"]
    assert git(store, "status", "--porcelain") == ""
    assert list_temporary(store) == []


def test_only_plain_files_of_a_sensible_size_are_attached(store: Store, tmp_path: Path) -> None:
    write_new(store)
    os.mkfifo(tmp_path / "pipe")
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    for source, expected in (("pipe", "not a plain file"), ("large", "larger than 64 MiB"), (".", "a folder")):
        with pytest.raises(Refused, match=expected):
            store.attach("KSA-2026-0042", tmp_path / source)
    with pytest.raises(NotFound, match="no file"):
        store.attach("KSA-2026-0042", tmp_path / "absent")
    with pytest.raises(ValueError, match="etc"):
        store.attach("../../etc", large)
    assert list_temporary(store) == []


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("rust.jpg", "rust.jpg"),
        ("鏽 蝕.照片.jpg", "鏽 蝕.照片.jpg"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("-rf", "rf"),
        (".bashrc", "bashrc"),
        ("a\x1b[31m\u202eb\n.txt", "a[31mb_.txt"),
        ("CON: <x>?.log", "CON_ _x_.log"),
        ("...", "file"),
        ("\udcff.txt", "_.txt"),
        ("é" * 200 + ".jpeg", "é" * 57 + ".jpeg"),
    ],
)
def test_names_are_made_safe_and_keep_their_script(name: str, safe: str) -> None:
    assert safe_name(name) == safe


# --- many writers, and kills ----------------------------------------------------------------------------------------


def start_writer(store: Store, numbers: str, events: int, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "writer_at_work.py"), str(store.root), numbers, str(events), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | ENVIRONMENT)


def test_processes_writing_one_ticket_at_once_lose_no_event(store: Store) -> None:
    write_new(store)
    store.commit_pending()
    writers = [start_writer(store, "42", 6, name) for name in ("li.wei", "wang.fang", "hq")]
    for process in writers:
        process.communicate()
    assert [process.returncode for process in writers] == [0, 0, 0]
    ticket = store.reader.load(store.reader.find_path("42")).ticket
    notes = [event.note.partition("\n")[0] for event in ticket.log if event.do == "note"]
    assert sorted(notes) == sorted(f"{name} {step}" for name in ("li.wei", "wang.fang", "hq") for step in range(6))
    store.commit_pending()
    assert git(store, "status", "--porcelain") == ""


def test_processes_that_make_tickets_at_once_never_share_a_number(store: Store) -> None:
    code = """
import sys; from pathlib import Path; from fenji.git import repo; from fenji.storage import Store
from samples import uid_of, reported_ticket
desk = Path(sys.argv[1]); store = Store(desk, repo.find_repo(desk))
for number in range(8):
    made = reported_ticket(store.next_id("KSA", 2026), uid_of(int(sys.argv[2]) + number))
    print(store.write(made, None).ticket.id)
"""
    command = [sys.executable, "-c", code, str(store.root)]
    makers = [
        subprocess.Popen([*command, str(base)], stdout=subprocess.PIPE, text=True, env=os.environ | ENVIRONMENT)
        for base in (100, 200, 300)
    ]
    numbers = [number for process in makers for number in process.communicate()[0].split()]
    assert sorted(numbers) == [f"KSA-2026-{number:04}" for number in range(1, 25)]
    assert len(store.reader.scan_open().tickets) == 24


def test_a_writer_killed_at_any_instant_loses_nothing(store: Store) -> None:
    rng = random.Random(20260301)
    printed: set[tuple[str, str]] = set()
    for attempt in range(KILLS):
        numbers = [f"KSA-2026-{attempt * 10 + offset:04}" for offset in range(1, 4)]
        for number in numbers:
            write_new(store, number)
        writer = start_writer(store, ",".join(numbers), 60, "mover")
        with writer:
            assert writer.stdout
            printed.add(parse_line(writer.stdout.readline()))
            threading.Event().wait(rng.uniform(0, 0.3))
            writer.send_signal(signal.SIGKILL)
            printed |= {parse_line(line) for line in writer.stdout if line.endswith("\n")}
        assert_complete(Store(store.root, repos.find_repo(store.root)), printed)
    git(store, "fsck", "--strict")


def parse_line(line: str) -> tuple[str, str]:
    uid, _, note = line.strip().partition(" ")
    return uid, note


def assert_complete(store: Store, printed: set[tuple[str, str]]) -> None:
    """After a kill: every file is whole, every event that was told is there, and the next start commits the rest."""
    before = store.reader.scan_open()
    assert before.bad_files == ()
    assert not [stored for stored in store.reader.iter_archive() if isinstance(stored, BadFile)]
    store.commit_pending()
    all_stored = [*store.reader.scan_open().tickets, *store.reader.scan_archive().tickets]
    assert len({stored.ticket.uid for stored in all_stored}) == len(all_stored)
    notes = {(stored.ticket.uid, event.note.partition("\n")[0]) for stored in all_stored for event in stored.ticket.log}
    assert printed <= notes
    assert git(store, "status", "--porcelain") == ""
    assert list_temporary(store) == []
