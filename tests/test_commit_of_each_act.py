"""Every act stands in a commit of its own, also when the next one overwrites its file before the commit is made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from commandline import child_environment, fenji
from fenji.desk import Desk
from fenji.errors import Unavailable
from fenji.git.tree import Repo
from fenji.storage import Store
from samples import after_event, reported_ticket
from test_store import git, open_store, subjects

OPEN, ARCHIVED = "tickets/open/KSA-2026-0042.yaml", "tickets/archive/KSA/2026/KSA-2026-0042.yaml"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "desk")


def write_causes(store: Store, *texts: str) -> None:
    stored = store.write(reported_ticket(), None)
    for text in texts:
        stored = store.write(after_event(stored.ticket, "edit", by=f"by.{text}", fields={"cause": text}), stored)


def test_texts_that_overwrote_each_other_are_committed_one_by_one(store: Store) -> None:
    write_causes(store, "salt", "water", "dust")
    store.commit_pending(lambda person: (person, f"{person}@example.com"))
    assert subjects(store)[:4] == [*["KSA-2026-0042: edit"] * 3, "KSA-2026-0042: report"]
    causes = [git(store, "show", f"HEAD~{back}:{OPEN}").partition("cause: |\n  ")[2].split()[:1] for back in range(4)]
    assert causes == [["dust"], ["water"], ["salt"], []]
    assert git(store, "log", "-3", "--format=%an").split() == ["by.dust", "by.water", "by.salt"]
    assert git(store, "status", "--porcelain") == ""


def test_a_move_after_an_edit_is_committed_after_it(store: Store) -> None:
    write_causes(store, "salt")
    stored = store.reader.load(OPEN)
    store.write(after_event(stored.ticket, "withdraw", reason="mistake"), stored)
    store.commit_pending()
    assert git(store, "log", "-3", "--format=", "--name-status", "--no-renames").split() == [
        "A", ARCHIVED, "D", OPEN, "M", OPEN, "A", OPEN,
    ]  # fmt: skip


def test_acts_on_several_tickets_keep_their_order(store: Store) -> None:
    tickets = [store.write(reported_ticket(f"KSA-2026-000{at}", f"01J{at:023}"), None) for at in (1, 2)]
    for do in ("respond", "note"):
        tickets = [store.write(after_event(stored.ticket, do, note=do), stored) for stored in tickets]
    assert len(store.commit_pending()) == 3
    assert [subject.partition(": ")[2] for subject in subjects(store)[:3]] == ["note", "respond", "report"]
    assert all("KSA-2026-0001, KSA-2026-0002" in subject for subject in subjects(store)[:3])


def test_what_an_interrupted_run_committed_is_not_committed_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_causes(store, "salt", "water", "dust")
    commit = Repo.commit

    def commit_two(repo: Repo, *args: object, **more: object) -> str | None:
        if len(subjects(store)) == 3:
            raise Unavailable("The disk is full.")
        return commit(repo, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Repo, "commit", commit_two)
    with pytest.raises(Unavailable):
        store.commit_pending()
    monkeypatch.undo()
    assert len(Store(store.root, store.repo).commit_pending()) == 2
    assert len(subjects(store)) == 5


def test_a_hand_edit_between_two_acts_is_committed_as_it_was_typed(store: Store) -> None:
    write_causes(store, "salt")
    path = store.root / OPEN
    path.write_text(path.read_text().replace("title: ", "# ask the driver\ntitle: ", 1))
    stored = store.reader.load(OPEN)
    store.write(after_event(stored.ticket, "note", note="called"), stored)
    store.commit_pending()
    assert "# ask the driver" in git(store, "log", "-p", "--", "tickets")


def test_synonyms_that_were_edited_twice(tmp_path: Path) -> None:
    assert fenji("init", tmp_path / "desk", "--site", "KSA", "--person", "li.wei").code == 0
    with Desk.open(tmp_path / "desk", later=True) as desk:
        desk.synonyms.add(["seal", "gasket"])
        desk.synonyms.add(["bolt", "screw"])
    log = subprocess.run(
        ["git", "log", "-p", "--", "handbook.yaml"], cwd=tmp_path / "desk", capture_output=True, check=True
    )
    assert log.stdout.count(b"+- [bolt") == 1


def test_six_processes_that_write_one_text_at_once(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    assert fenji("init", desk, "--site", "KSA", "--person", "li.wei").code == 0
    assert fenji("new", "--title", "t", "--desk", desk).code == 0
    command = [sys.executable, "-m", "fenji", "edit", "1", "--desk", str(desk), "--set"]
    writers = [
        subprocess.Popen([*command, f"cause=text number {at}"], env=child_environment({}), stdout=subprocess.DEVNULL)
        for at in range(6)
    ]
    assert [writer.wait() for writer in writers] == [0] * 6
    log = subprocess.run(["git", "log", "-p", "--", "tickets"], cwd=desk, capture_output=True, check=True).stdout
    assert [at for at in range(6) if f"+  text number {at}\n".encode() not in log] == []
