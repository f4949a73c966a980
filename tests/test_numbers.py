"""Ticket numbers: what git ever had is not given again, wherever its file is; a planted number uses up nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from clones import Clone, Sites, git
from commandline import fenji
from fenji.storage.numbers import FILE_NAME
from two_clones import TwoClones

YEAR = 2026


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return Sites(tmp_path, "li.wei")


def next_id(clone: Clone) -> str:
    """What a process that has just begun would give."""
    return Clone(clone.root).store.next_id("KSA", YEAR)


def remove(clone: Clone, number: str) -> None:
    path = clone.path(number).relative_to(clone.root)
    git(clone.root, "rm", "-q", str(path))
    git(clone.root, "commit", "-qm", "gone")


def test_a_number_whose_file_is_gone_is_not_given_again(sites: Sites) -> None:
    clone = sites["li.wei"]
    clone.new("KSA-2026-0001")
    clone.new("KSA-2026-0002", commit=False)
    for number in ("2", "1"):
        clone.path(number).unlink()
        assert next_id(clone) == "KSA-2026-0003"


def test_a_number_that_was_deleted_with_git_is_not_given_again(sites: Sites) -> None:
    clone = sites["li.wei"]
    for running in (1, 2):
        clone.new(f"KSA-2026-{running:04}")
    remove(clone, "2")
    assert next_id(clone) == "KSA-2026-0003"
    git(clone.root, "push", "-q", "origin", "main")
    assert next_id(sites.clone("omar")) == "KSA-2026-0003"  # who has never seen its file


def test_what_was_fetched_and_not_joined_yet_counts(sites: Sites) -> None:
    clone, other = sites["li.wei"], sites.clone("omar")
    other.new("KSA-2026-0007")
    git(other.root, "push", "-q", "origin", "main")
    assert next_id(clone) == "KSA-2026-0001"
    git(clone.root, "fetch", "-q")
    assert next_id(clone) == "KSA-2026-0008"


def test_a_dropped_commit_gives_no_number_back(sites: Sites) -> None:
    clone = sites["li.wei"]
    clone.new("KSA-2026-0001")
    assert next_id(clone) == "KSA-2026-0002"
    git(clone.root, "reset", "-q", "--hard", "HEAD~1")
    git(clone.root, "reflog", "expire", "--expire=now", "--all")
    git(clone.root, "gc", "-q", "--prune=now")
    assert next_id(clone) == "KSA-2026-0002"
    clone.new("KSA-2026-0002")
    assert next_id(clone) == "KSA-2026-0003"


def test_a_dropped_commit_gives_no_number_back_though_nobody_asked_meanwhile(sites: Sites) -> None:
    clone = sites["li.wei"]
    clone.new(next_id(clone))
    git(clone.root, "reset", "-q", "--hard", "HEAD~1")
    assert next_id(clone) == "KSA-2026-0002"


@pytest.mark.parametrize("damage", ["", "{", '{"tips": 3, "whole": true, "highest": {}}'])
def test_the_remembered_numbers_may_be_deleted_or_damaged(sites: Sites, damage: str) -> None:
    clone = sites["li.wei"]
    clone.new("KSA-2026-0001")
    remove(clone, "1")
    assert next_id(clone) == "KSA-2026-0002"
    (clone.root / ".git" / FILE_NAME).write_text(damage)
    assert next_id(clone) == "KSA-2026-0002"


def test_an_archive_that_is_not_on_this_disk_counts(sites: Sites) -> None:
    clone = sites["li.wei"]
    clone.new("KSA-2026-0001")
    clone.archive("1")
    git(clone.root, "push", "-q", "origin", "main")
    sparse = sites.clone("omar")
    git(sparse.root, "sparse-checkout", "set", "tickets/open")
    assert not (sparse.root / "tickets/archive").exists()
    assert next_id(sparse) == "KSA-2026-0002"


def test_what_a_sparse_checkout_keeps_off_the_disk_is_told(sites: Sites) -> None:
    clone = sites["li.wei"]
    clone.new("KSA-2026-0001")
    clone.archive("1")
    git(clone.root, "push", "-q", "origin", "main")
    sparse = sites.clone("omar")
    shown = fenji("list", "--desk", sparse.root)
    assert "not on this disk" not in shown.err
    git(sparse.root, "sparse-checkout", "set", "tickets/open")
    for command in (("list",), ("search", "備件"), ("check",), ("show", "1")):
        shown = fenji(command[0], "--desk", sparse.root, *command[1:])
        assert "1 ticket is in git, not on this disk" in shown.err, command
        assert "git sparse-checkout disable" in shown.err


@pytest.mark.parametrize(
    ("planted", "following"),
    [
        (["KSA-2026-999999999999"], "KSA-2026-0043"),
        (["KSA-2026-9999999"], "KSA-2026-0043"),
        (["KSA-2026-999999"], "KSA-2026-1000000"),
        (["KSA-2026-999999", "KSA-2026-9999999"], "KSA-2026-9999998"),
    ],
)
def test_a_planted_number_uses_up_nothing(sites: Sites, planted: list[str], following: str) -> None:
    clone = sites["li.wei"]
    clone.new("KSA-2026-0042")
    for number in planted:
        clone.write_file(f"tickets/open/{number}.yaml/.gitkeep", "")
        git(clone.root, "add", "-f", f"tickets/open/{number}.yaml")
        clone.write_file(f"tickets/archive/KSA/2026/{number}.yaml", "planted")
        git(clone.root, "add", "tickets")
    git(clone.root, "commit", "-qm", "planted")
    assert next_id(clone) == following


def test_a_sync_looks_at_the_whole_history(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fenji.storage.numbers._FIRST_COMMITS", 1)
    clone = sites["li.wei"]
    for number in ("KSA-2026-0001", "KSA-2026-0002", "HQ-2026-0003"):
        clone.new(number)
    remove(clone, "KSA-2026-0002")
    git(clone.root, "push", "-q", "origin", "main")
    other = sites.clone("omar")
    assert next_id(other) == "KSA-2026-0002"  # the newest addition alone was looked at
    other.sync()
    assert next_id(other) == "KSA-2026-0003"


@pytest.mark.parametrize("how", ["sparse", "deleted"])
def test_an_attachment_takes_no_name_that_git_alone_has(tmp_path: Path, how: str) -> None:
    pair = TwoClones.create(tmp_path)
    photo = tmp_path / "photo.jpg"
    photo.write_text("first")
    pair.run(pair.a, "new", "--title", "pump")
    pair.run(pair.a, "attach", "1", photo)
    pair.sync(pair.a)
    if how == "sparse":
        git(pair.a, "sparse-checkout", "set", "tickets/open")
    else:
        next((pair.a / "tickets/files").rglob("photo.jpg")).unlink()
    photo.write_text("second")
    attached = pair.run(pair.a, "attach", "1", photo, "--json").json["files"]
    assert sorted(file["name"] for file in attached) == ["photo-2.jpg", "photo.jpg"]
    pair.sync(pair.a)
    assert pair.run(pair.a, "held").out.startswith("Nothing is held")
    photo.write_text("first")
    assert pair.run(pair.a, "attach", "1", photo, "--json").json["files"] == attached
    assert next((pair.a / "tickets/files").rglob("photo.jpg")).read_text() == "first"
    pair.sync(pair.a)
    pair.sync(pair.b)
    found = {path.name: path.read_text() for path in (pair.b / "tickets/files").rglob("*.jpg")}
    assert found == {"photo.jpg": "first", "photo-2.jpg": "second"}
