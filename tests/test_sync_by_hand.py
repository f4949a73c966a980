"""People who use git by hand: pulls with the merge driver, pulls without it, merges and rebases that stopped."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clones import Clone, Sites, git
from fenji import repo as repositories
from fenji.errors import Refused
from fenji.sync import driver_problem
from fenji.sync.conflicts import mend
from fenji.sync.driver import main as driver
from fenji.sync.shelving import Writer
from fenji.sync.wiring import wire
from fenji.yamlio import dump, read_ticket
from samples import acted, reported, uid_of


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return Sites(tmp_path, "li.wei", "sun.yu")


def apart(sites: Sites, *, wired: bool) -> tuple[Clone, Clone]:
    """Two clones that both changed one ticket; ours pushed."""
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    ours.sync()
    git(theirs.root, "pull", "-q")
    if wired:
        wire(theirs.store.repo)
    ours.act("42", "edit", minute=10, fields={"cause": "濕氣", "owner": "li.wei"})
    ours.sync()
    theirs.act("42", "edit", minute=20, fields={"cause": "包裝破損", "tags": ["a"]})
    return ours, theirs


def pull(clone: Clone, *words: str) -> int:
    done = subprocess.run(["git", "pull", "-q", "--no-edit", *words], cwd=clone.root, capture_output=True, check=False)
    return done.returncode


def assert_joined(clone: Clone) -> None:
    ticket = clone.ticket("42")
    assert (ticket.word("cause"), ticket.owner, ticket.get("tags")) == ("包裝破損", "li.wei", ["a"])
    assert [one.more["value"] for one in ticket.log if one.do == "superseded"] == ["濕氣"]


# --- the driver -------------------------------------------------------------------------------------------------------


def test_a_pull_by_hand_joins_by_meaning(sites: Sites) -> None:
    ours, theirs = apart(sites, wired=True)
    assert pull(theirs) == 0
    assert_joined(theirs)
    git(theirs.root, "push", "-q")
    ours.sync()
    theirs.sync()
    sites.assert_equal()


def test_the_driver_and_the_sync_give_the_same_bytes(sites: Sites, tmp_path: Path) -> None:
    _, theirs = apart(sites, wired=True)
    git(tmp_path, "clone", "-q", "sun.yu", "copy")
    git(tmp_path / "copy", "remote", "set-url", "origin", str(sites.hub))
    copy = Clone(tmp_path / "copy", "sun.yu")
    assert pull(theirs) == 0
    copy.sync()
    assert copy.tree() == theirs.tree()


def test_a_clone_is_told_about_the_driver_once(sites: Sites) -> None:
    theirs = sites["sun.yu"]
    repo = theirs.store.repo
    assert "how tickets merge" in str(driver_problem(repo))
    git(theirs.root, "rm", "-q", ".gitattributes")
    wire(repo)
    assert driver_problem(repo) is None
    config, attributes = (theirs.root / ".git" / name for name in ("config", "info/attributes"))
    before = config.read_text(), attributes.read_text()
    wire(repo)
    assert (config.read_text(), attributes.read_text()) == before
    git(theirs.root, "config", "merge.fenji.driver", "/old/python -m fenji merge-driver")
    assert driver_problem(repo) is not None
    wire(repo)
    assert driver_problem(repo) is None
    assert git(theirs.root, "config", "pull.rebase") == "false\n"


def test_ones_own_way_to_pull_stays(sites: Sites) -> None:
    theirs = sites["sun.yu"]
    git(theirs.root, "config", "pull.rebase", "true")
    wire(theirs.store.repo)
    assert git(theirs.root, "config", "pull.rebase") == "true\n"


def test_a_driver_for_a_desk_in_a_folder_with_a_blank(tmp_path: Path) -> None:
    repo = repositories.init(tmp_path)
    (tmp_path / "a desk").mkdir()
    below = repositories.find(tmp_path / "a desk")
    wire(below)
    assert driver_problem(below) is None
    git(repo.top, "add", "-A")
    assert b'"/a desk/tickets' in (tmp_path / ".git/info/attributes").read_bytes()


def written(folder: Path, *texts: bytes) -> list[str]:
    paths = [folder / name for name in ("base", "ours", "theirs")]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text)
    return [*map(str, paths), "tickets/open/KSA-2026-0042.yaml"]


def test_what_the_driver_does_not_join_it_leaves(tmp_path: Path) -> None:
    one, other = dump(reported()), dump(reported(uid=uid_of(7)))
    assert driver(written(tmp_path, b"", one, other)) == 1
    assert (tmp_path / "ours").read_bytes() == one
    assert driver(written(tmp_path, b"", b"<", b">")) == 1
    assert (tmp_path / "ours").read_bytes() == b"<"
    assert driver(["a"]) == 2


def test_the_driver_takes_the_readable_version(tmp_path: Path) -> None:
    good = dump(acted(reported(), "respond"))
    assert driver(written(tmp_path, b"", b"id: [", good)) == 0
    assert (tmp_path / "ours").read_bytes() == good
    assert driver(written(tmp_path, b"", good, b"id: [")) == 0
    assert (tmp_path / "ours").read_bytes() == good


def test_a_pull_by_hand_keeps_our_policy_beside(sites: Sites) -> None:
    ours, theirs = apart(sites, wired=True)
    text = (ours.root / "policy.yaml").read_text()
    ours.put("policy.yaml", "# ours\n" + text)
    ours.sync()
    theirs.put("policy.yaml", text + "# theirs\n")
    git(theirs.root, "commit", "-qam", "policy")
    assert pull(theirs) == 0
    assert (theirs.root / "policy.yaml").read_text() == "# ours\n" + text
    assert (theirs.root / "policy.local.yaml").read_text() == text + "# theirs\n"
    assert theirs.clean()


def test_nothing_that_peers_wrote_is_run_by_the_driver(sites: Sites) -> None:
    _, theirs = apart(sites, wired=True)
    for name in ("fenji", "yaml"):
        theirs.put(f"{name}/__init__.py", "raise SystemExit('a trap')")
        theirs.put(f"{name}/__main__.py", "raise SystemExit('a trap')")
    assert pull(theirs) == 0
    assert_joined(theirs)


# --- left in conflict -------------------------------------------------------------------------------------------------


def marked(clone: Clone) -> bool:
    return b"<<<<<<< " in clone.path("42").read_bytes()


def test_a_pull_without_the_driver_is_mended(sites: Sites) -> None:
    ours, theirs = apart(sites, wired=False)
    theirs.new("KSA-2026-0050")
    assert pull(theirs, "--no-rebase") != 0
    assert marked(theirs)
    done = theirs.sync()
    assert done.concluded == "merge"
    assert not (theirs.root / ".git/MERGE_HEAD").exists()
    assert_joined(theirs)
    ours.sync()
    sites.assert_equal()
    kept = list((theirs.root / ".git/fenji-marked").iterdir())
    assert b"<<<<<<< " in kept[0].read_bytes()


def test_opening_mends_it_too(sites: Sites) -> None:
    _, theirs = apart(sites, wired=False)
    assert pull(theirs, "--no-rebase") != 0
    found = mend(theirs.store, Writer("sun.yu", theirs.recorder.at))
    assert (found.concluded, found.open) == ("merge", "")
    assert_joined(theirs)
    assert theirs.clean()
    assert mend(theirs.store, Writer("sun.yu", theirs.recorder.at)).concluded == ""


def test_what_somebody_resolved_by_hand_counts_too(sites: Sites) -> None:
    ours, theirs = apart(sites, wired=False)
    assert pull(theirs, "--no-rebase") != 0
    text = dump(acted(read_ticket(show(theirs, ":2"), "x"), "note", by="sun.yu", note="typed in the conflict"))
    theirs.put("tickets/open/KSA-2026-0042.yaml", text)
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert_joined(ours)
    assert "typed in the conflict" in [one.note for one in ours.ticket("42").log]


def show(clone: Clone, stage: str) -> bytes:
    found = clone.store.repo.read("tickets/open/KSA-2026-0042.yaml", stage)
    assert found is not None
    return found


def test_a_conflict_between_moved_and_changed(sites: Sites) -> None:
    ours, theirs = apart(sites, wired=False)
    theirs.archive("42")
    pull(theirs, "--no-rebase")
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert [path for path in ours.files() if "0042" in path] == ["tickets/archive/KSA/2026/KSA-2026-0042.yaml"]


@pytest.mark.parametrize("wired", [True, False])
def test_the_same_number_in_a_pull_by_hand(sites: Sites, wired: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    ours, theirs = apart(sites, wired=wired)
    ours.new("KSA-2026-0060", uid_of(9))
    ours.sync()
    theirs.new("KSA-2026-0060", uid_of(5))
    assert pull(theirs, "--no-rebase") != 0
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert ours.ticket("KSA-2026-0060").uid == uid_of(5)
    assert ours.ticket("KSA-2026-0060-09").uid == uid_of(9)


def test_the_same_number_where_git_saw_no_conflict(sites: Sites) -> None:
    ours, theirs = apart(sites, wired=True)
    ours.new("KSA-2026-0060", uid_of(9))
    ours.archive("60")
    ours.sync()
    theirs.new("KSA-2026-0060", uid_of(5))
    assert pull(theirs) == 0
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert ours.ticket("KSA-2026-0060").uid == uid_of(5)
    assert ours.ticket("KSA-2026-0060-09").uid == uid_of(9)


def test_a_merge_that_took_one_side_loses_nothing(sites: Sites) -> None:
    ours, theirs = apart(sites, wired=False)
    git(theirs.root, "fetch", "-q")
    git(theirs.root, "merge", "-q", "--no-edit", "-s", "ours", "origin/main")
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert ours.ticket("42").owner == "li.wei"
    assert len([one for one in ours.ticket("42").log if one.do == "edit"]) == 2


def test_a_conflict_in_something_else_stays_with_the_person(sites: Sites) -> None:
    ours, theirs = apart(sites, wired=False)
    for clone, text in ((ours, "one\n"), (theirs, "two\n")):
        clone.put("README.md", text)
        git(clone.root, "add", "README.md")
        git(clone.root, "commit", "-q", "-m", "readme")
    ours_head = git(ours.root, "push", "-q") or git(ours.root, "rev-parse", "HEAD")
    assert ours_head
    assert pull(theirs, "--no-rebase") != 0
    with pytest.raises(Refused, match="A merge begun with git is not finished") as caught:
        theirs.sync()
    assert "git commit" in str(caught.value)
    assert_joined(theirs)
    assert git(theirs.root, "diff", "--name-only", "--diff-filter=U") == "README.md\n"
    theirs.put("README.md", "one and two\n")
    git(theirs.root, "add", "README.md")
    git(theirs.root, "commit", "-q", "--no-edit")
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert_joined(ours)
    assert (ours.root / "README.md").read_text() == "one and two\n"


def test_a_rebase_that_stopped(sites: Sites) -> None:
    ours, theirs = apart(sites, wired=False)
    theirs.act("42", "respond", minute=30)
    assert pull(theirs, "--rebase") != 0
    while (theirs.root / ".git/rebase-merge").exists():
        with pytest.raises(Refused, match="A rebase begun with git"):
            theirs.sync()
        assert not marked(theirs)
        git(theirs.root, "-c", "core.editor=true", "rebase", "--continue", check=False)
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert_joined(ours)
    assert "respond" in [one.do for one in ours.ticket("42").log]


def test_a_stash_that_did_not_fit(sites: Sites) -> None:
    ours, theirs = apart(sites, wired=False)
    theirs.act("42", "note", minute=40, note="in the stash", commit=False)
    git(theirs.root, "stash", "-q")
    theirs.sync()
    ours.sync()
    ours.act("42", "note", note="at the same place")
    ours.sync()
    theirs.sync()
    git(theirs.root, "config", "--remove-section", "merge.fenji")
    git(theirs.root, "stash", "pop", check=False)
    assert marked(theirs)
    theirs.sync()
    ours.sync()
    assert_joined(ours)
    assert "in the stash" in [one.note for one in ours.ticket("42").log]
    assert ours.tree() == theirs.tree()


@pytest.mark.parametrize("how", ["--no-rebase", "--rebase"])
def test_attachments_of_one_name_in_a_pull_by_hand(sites: Sites, how: str) -> None:
    ours, theirs = apart(sites, wired=True)
    for clone in (ours, theirs):
        source = clone.root.parent / "photo.txt"
        source.write_text(f"by {clone.person}\n")
        item = clone.store.attach("KSA-2026-0042", source)
        clone.act("42", "attach", fields={f"files.{item['name']}": item})
    ours.sync()
    assert pull(theirs, how) != 0
    mend(theirs.store, Writer("sun.yu", theirs.recorder.at))
    if how == "--rebase":
        git(theirs.root, "-c", "core.editor=true", "rebase", "--continue")
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    folder = ours.root / "tickets/files/KSA-2026-0042"
    assert sorted(one.read_text() for one in folder.iterdir()) == ["by li.wei\n", "by sun.yu\n"]
    assert {item["name"] for item in ours.ticket("42").items("files")} == {one.name for one in folder.iterdir()}
