"""Files marked as programs: a desk holds plain ones, on the disk, in the index and on the branch."""

from __future__ import annotations

from pathlib import Path

import pytest

from clones import Clone, Sites
from commandline import fenji
from two_clones import TwoClones, edit_text, git, ticket_at

KINDS = ("ticket", "attachment", "policy", "words")


@pytest.fixture
def pair(tmp_path: Path) -> TwoClones:
    pair = TwoClones.create(tmp_path)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"rust")
    pair.run(pair.a, "new", "--title", "pump")
    pair.run(pair.a, "attach", "1", photo)
    pair.sync(pair.a)
    return pair


def path_of(clone: Path, kind: str) -> Path:
    ticket = ticket_at(clone)
    photo = clone / "tickets" / "files" / ticket.stem / "photo.jpg"
    return {
        "ticket": ticket,
        "attachment": photo,
        "policy": clone / "policy.yaml",
        "words": clone / "handbook.yaml",
    }[kind]


def marked_files(clone: Path) -> list[str]:
    return [line for line in git(clone, "ls-files", "-s").splitlines() if not line.startswith("100644 ")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["disk", "staged", "committed"])
def test_a_mark_is_taken_away_by_the_next_sync(pair: TwoClones, kind: str, how: str) -> None:
    path = path_of(pair.a, kind)
    path.chmod(0o755)
    if how != "disk":
        git(pair.a, "add", "-u")
    if how == "committed":
        git(pair.a, "commit", "-qm", "by hand")
    pair.sync(pair.a)
    assert git(pair.a, "status", "--porcelain") == ""
    assert path.stat().st_mode & 0o111 == 0
    assert marked_files(pair.a) == []
    pair.assert_equal()


def test_what_was_committed_with_a_mark_is_sent(pair: TwoClones) -> None:
    for kind in KINDS:
        path_of(pair.a, kind).chmod(0o755)
    edit_text(ticket_at(pair.a), "title: pump", "title: pump of the press")
    with (pair.a / "policy.yaml").open("a") as policy:
        policy.write("# a remark\n")
    git(pair.a, "commit", "-qam", "by hand")
    pair.sync(pair.a)
    assert "nothing" in pair.run(pair.a, "held").out.lower()
    pair.assert_equal()
    assert "title: pump of the press" in ticket_at(pair.b).read_text()
    assert (pair.b / "policy.yaml").read_text().endswith("# a remark\n")


def test_an_act_takes_the_mark_away(pair: TwoClones) -> None:
    ticket_at(pair.a).chmod(0o755)
    git(pair.a, "commit", "-qam", "by hand")
    pair.run(pair.a, "note", "1", "looked at it")
    assert git(pair.a, "status", "--porcelain") == ""


def test_where_nobody_judges_every_clone_ends_with_plain_files(tmp_path: Path) -> None:
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    sites["li.wei"].new()
    sites["li.wei"].sync()
    for name in ("policy.yaml", "tickets/open/KSA-2026-0042.yaml"):
        (sites["li.wei"].root / name).chmod(0o755)
    git(sites["li.wei"].root, "commit", "-qam", "by hand")
    git(sites["li.wei"].root, "push", "-q")
    sites.sync_all()
    sites.assert_equal()
    assert [marked_files(clone.root) for clone in sites.clones.values()] == [[], []]


def test_a_disk_that_knows_no_modes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sites = Sites(tmp_path, "li.wei")
    clone: Clone = sites["li.wei"]
    clone.new()
    clone.path("KSA-2026-0042").chmod(0o755)
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    clone.sync()
    assert clone.is_clean()
    assert git(clone.root, "config", "core.fileMode").strip() == "false"


def test_a_desk_that_a_new_hub_refuses_syncs_with_it(tmp_path: Path) -> None:
    root = tmp_path / "desk"
    assert fenji("init", root, "--site", "KSA", "--person", "li.wei").code == 0
    git(root, "config", "user.email", "li.wei@example.org")
    (root / "policy.yaml").chmod(0o755)
    git(root, "commit", "-qam", "by hand")
    made = fenji("hub", "init", tmp_path / "hub.git", "--from", root)
    assert (made.code, "fenji sync" in made.err) == (1, True)
    assert fenji("sync", "--desk", root).code == 0
    assert git(tmp_path / "hub.git", "ls-tree", "main", "policy.yaml").startswith("100644 ")
