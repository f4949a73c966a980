"""The desk's branch belongs to the desk: what is recorded elsewhere is carried to it, and the hub gets no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from clones import Clone, Sites, git, note_starts
from commandline import fenji
from fenji.errors import Refused
from fenji.git.branches import find_desk_branch
from fenji.sync import write_bundle


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    sites["li.wei"].new()
    sites["li.wei"].sync()
    return sites


def branches_of(hub: Path) -> list[str]:
    return git(hub, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()


def leave(clone: Clone, how: str) -> None:
    git(clone.root, *("checkout", "-q", *how.split()))


ELSEWHERE = ["--detach", "--detach HEAD~1", "-b trial", "-b trial HEAD~1"]


@pytest.mark.parametrize("how", ELSEWHERE)
def test_what_is_recorded_elsewhere_goes_to_the_desks_branch(sites: Sites, how: str) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.act("42", "note", note="on main")
    leave(ours, how)
    done = fenji("--desk", ours.root, "new", "--title", "precious")
    assert "the next sync merges it into main" in done.err
    assert "the next sync merges" in fenji("--desk", ours.root, "check").out
    done = fenji("--desk", ours.root, "--json", "sync")
    assert (done.code, done.json["carried_to"]) == (0, "main")
    assert branches_of(sites.hub) == ["main"]
    theirs.sync()
    assert "precious" in fenji("--desk", theirs.root, "list").out
    assert "on main" in theirs.path("42").read_text()
    git(ours.root, "switch", "-q", "main")
    assert "precious" in fenji("--desk", ours.root, "list").out
    assert ours.is_clean()
    assert fenji("--desk", ours.root, "--json", "sync").json["carried_to"] is None


@pytest.mark.parametrize("how", ELSEWHERE)
@pytest.mark.parametrize("packed", [False, True])
def test_who_goes_back_by_hand_loses_nothing(sites: Sites, how: str, *, packed: bool) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.act("42", "note", note="on main")
    leave(ours, how)
    for title in ("first there", "second there"):
        assert fenji("--desk", ours.root, "new", "--title", title).code == 0
    git(ours.root, "switch", "-q", "main")
    git(ours.root, "branch", "-qD", "trial", check=False)
    if packed:
        git(ours.root, "reflog", "expire", "--expire=now", "--all")
        git(ours.root, "gc", "-q", "--prune=now")
    assert "is merged by the next sync" in fenji("--desk", ours.root, "check").out
    done = fenji("--desk", ours.root, "--json", "sync")
    assert (done.code, done.json["carried_to"]) == (0, "main")
    theirs.sync()
    for clone in (ours, theirs):
        listed = fenji("--desk", clone.root, "list").out
        assert "first there" in listed
        assert "second there" in listed
    assert "on main" in theirs.path("42").read_text()
    assert fenji("--desk", ours.root, "--json", "sync").json["carried_to"] is None
    assert git(ours.root, "for-each-ref", "refs/fenji/elsewhere") == ""


def test_work_that_was_left_beside_acts_stops_no_sync(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    leave(ours, "-b feature")
    git(ours.root, "commit", "-q", "--allow-empty", "-m", "begun")
    ours.write_file("code.c", "int main;")
    git(ours.root, "add", "code.c")
    git(ours.root, "commit", "-qm", "code")
    ours.act("42", "note", note="beside code")
    git(ours.root, "switch", "-q", "main")
    ours.act("42", "note", note="on main")
    done = fenji("--desk", ours.root, "sync")
    assert done.code == 0
    assert "was recorded with other work (code.c) and stays there" in done.err
    theirs.sync()
    assert "on main" in theirs.path("42").read_text()
    git(ours.root, "merge", "-q", "--no-edit", "feature")
    ours.sync()
    assert git(ours.root, "for-each-ref", "refs/fenji/elsewhere") == ""


def test_a_branch_without_a_desk_names_the_way_back(sites: Sites) -> None:
    ours = sites["li.wei"]
    git(ours.root, "switch", "-q", "--orphan", "pages")
    done = fenji("--desk", ours.root, "list")
    assert done.code == 1
    assert done.err.splitlines() == [
        f"The desk in {ours.root} is on main, but HEAD is elsewhere.",
        "Go back to it with: git switch main",
    ]
    git(ours.root, "switch", "-q", "main")
    git(ours.root, "rm", "-q", "-r", ".")
    way_out = fenji("--desk", ours.root, "list").err.splitlines()[1].partition("git -C ")[2].split()
    git(Path(way_out[0]), *way_out[1:])
    assert "KSA-2026-0042" in fenji("--desk", ours.root, "list").out


def test_without_a_link_it_is_on_the_desks_branch_all_the_same(sites: Sites) -> None:
    ours = sites["li.wei"]
    leave(ours, "--detach")
    ours.act("42", "note", note="far away")
    sites.hub.rename(sites.hub.with_name("gone.git"))
    assert fenji("--desk", ours.root, "sync").code == 1
    assert git(ours.root, "rev-parse", "main") == git(ours.root, "rev-parse", "HEAD")
    assert git(ours.root, "symbolic-ref", "HEAD").strip() == "refs/heads/main"


def test_a_bundle_carries_it_too(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    leave(ours, "-b trial")
    ours.act("42", "note", note="by file")
    theirs.sync()
    out = sites.folder / "out.bundle"
    write_bundle(ours.store, ours.recorder, out, to=None)
    assert fenji("--desk", theirs.root, "receive", out).code == 0
    assert "by file" in theirs.path("42").read_text()


def test_other_work_on_another_branch_is_not_sent(sites: Sites) -> None:
    ours = sites["li.wei"]
    leave(ours, "-b feature")
    ours.write_file("code.c", "int main;")
    git(ours.root, "add", "code.c")
    git(ours.root, "commit", "-qm", "code")
    ours.act("42", "note", note="x")
    before = git(sites.hub, "rev-parse", "main")
    with pytest.raises(Refused, match=r"has more than tickets: code\.c"):
        ours.sync()
    assert git(sites.hub, "rev-parse", "main") == before


def test_a_linked_working_tree_on_a_branch_of_its_own_sends_to_the_desks(sites: Sites) -> None:
    ours = sites["li.wei"]
    git(ours.root, "worktree", "add", "-q", "-b", "other", str(sites.folder / "wt"))
    linked = Clone(sites.folder / "wt", "li.wei")
    linked.act("42", "note", note="linked")
    linked.sync()
    assert branches_of(sites.hub) == ["main"]
    assert ours.is_clean()
    ours.sync()
    assert "linked" in ours.path("42").read_text()


def test_the_setting_names_the_desks_branch(sites: Sites) -> None:
    ours = sites["li.wei"]
    assert find_desk_branch(ours.store.repo) == "refs/heads/main"
    git(ours.root, "config", "fenji.branch", "desk")
    assert find_desk_branch(ours.store.repo) == "refs/heads/desk"


def test_a_branch_that_was_renamed_at_the_hub_is_followed(sites: Sites) -> None:
    ours = sites["li.wei"]
    git(sites.hub, "branch", "-m", "main", "trunk")
    ours.act("42", "note", note="x")
    assert ours.sync().sent == 1
    assert branches_of(sites.hub) == ["trunk"]
    assert git(ours.root, "config", "branch.main.merge").strip() == "refs/heads/trunk"
    git(ours.root, "pull", "-q")


@pytest.mark.parametrize("renamed", [True, False])
@pytest.mark.parametrize("head", ["names a branch that is gone", "is on no branch"])
def test_a_hub_that_judges_and_whose_head_names_no_branch_has_its_only_one(
    sites: Sites, head: str, *, renamed: bool
) -> None:
    ours = sites["li.wei"]
    assert fenji("hub", "init", sites.hub).code == 0
    ours.sync()
    if renamed:
        git(sites.hub, "branch", "-m", "main", "trunk")
    if head == "is on no branch":
        git(sites.hub, "update-ref", "--no-deref", "HEAD", git(sites.hub, "rev-parse", *branches_of(sites.hub)).strip())
    else:
        git(sites.hub, "symbolic-ref", "HEAD", "refs/heads/gone")
    ours.act("42", "note", note="goes there all the same")
    ours.sync()
    (branch,) = branches_of(sites.hub)
    assert branch == ("trunk" if renamed else "main")
    assert "goes there all the same" in git(sites.hub, "grep", "-h", "note:", branch)
    git(sites.hub, "branch", "other", branch)
    ours.act("42", "note", note="another")
    with pytest.raises(Refused, match="git symbolic-ref HEAD" if head == "is on no branch" else "gone"):
        ours.sync()


def test_a_hub_with_several_branches_and_none_of_the_desk_gets_no_other(sites: Sites) -> None:
    git(sites.hub, "branch", "a", "main")
    git(sites.hub, "branch", "-m", "main", "b")
    git(sites.hub, "symbolic-ref", "HEAD", "refs/heads/nowhere")
    with pytest.raises(Refused, match="no branch main, but several others: a, b"):
        sites["li.wei"].sync()
    assert branches_of(sites.hub) == ["a", "b"]
    done = fenji("init", sites.folder / "next", "--site", "HQ", "--from", sites.hub)
    assert done.code == 1
    assert "does not say which of its branches" in done.err
    assert not (sites.folder / "next").exists()


def test_a_desk_begins_from_a_hub_whose_head_names_nothing(sites: Sites) -> None:
    git(sites.hub, "symbolic-ref", "HEAD", "refs/heads/master")
    done = fenji("init", sites.folder / "next", "--site", "KSA", "--from", sites.hub, "--person", "li.wei")
    assert (done.code, done.err) == (0, "")
    copy = Clone(sites.folder / "next")
    assert copy.is_clean()
    copy.act("42", "note", note="x")
    assert fenji("--desk", copy.root, "sync").code == 0
    assert branches_of(sites.hub) == ["main"]


def test_an_empty_hub_leaves_nothing_behind(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "hub.git")
    done = fenji("init", tmp_path / "next", "--site", "KSA", "--from", tmp_path / "hub.git")
    assert done.code == 1
    assert "is still empty" in done.err
    assert not (tmp_path / "next").exists()


def test_the_first_sync_sets_the_upstream(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "hub.git")
    assert fenji("init", tmp_path / "a", "--site", "KSA").code == 0
    git(tmp_path / "a", "remote", "add", "origin", str(tmp_path / "hub.git"))
    assert fenji("--desk", tmp_path / "a", "sync").code == 0
    git(tmp_path / "a", "pull", "-q")
    git(tmp_path / "a", "push", "-q")


def test_another_desk_is_not_joined_with_one_that_was_synced_before(sites: Sites, tmp_path: Path) -> None:
    """But one that has just begun joins the hub that is named to it."""
    ours = sites["li.wei"]
    assert fenji("init", tmp_path / "other", "--site", "HQ").code == 0
    assert fenji("hub", "init", tmp_path / "other.git", "--from", tmp_path / "other").code == 0
    before = ours.files()
    git(ours.root, "remote", "set-url", "origin", str(tmp_path / "other.git"))
    done = fenji("--desk", ours.root, "sync")
    assert (done.code, "holds another desk" in done.err) == (1, True)
    assert ours.files() == before
    assert "differs from the rules in force" not in fenji("--desk", ours.root, "check").out
    git(ours.root, "remote", "set-url", "origin", str(sites.hub))
    assert fenji("--desk", ours.root, "sync").code == 0
    assert fenji("init", tmp_path / "new", "--site", "KSA").code == 0
    git(tmp_path / "new", "remote", "add", "origin", str(sites.hub))
    assert fenji("--desk", tmp_path / "new", "sync").code == 0


def test_an_act_asks_git_for_no_branch(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    """The branch of the hub's HEAD stands in files, packed or not, as `git clone` leaves them."""
    clone = sites["sun.yu"]
    started = note_starts(monkeypatch)
    clone.new()
    assert any("fast-import" in command for command in started)
    assert not any("for-each-ref" in command or "symbolic-ref" in command for command in started)


def test_a_desk_that_could_not_be_begun_has_nothing_that_waits(tmp_path: Path) -> None:
    done = fenji("init", tmp_path / "next", "--site", "KSA", "--from", tmp_path / "nowhere.git")
    assert (done.code, "there is no repository at its address" in done.err) == (1, True)
    assert "Nothing was created here." in done.err
    assert "waits" not in done.err
    assert list(tmp_path.iterdir()) == []
