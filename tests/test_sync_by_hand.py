"""People who use git by hand: pulls with the merge driver, pulls without it, merges and rebases that stopped."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clones import Clone, Sites, git
from fenji import git as repositories
from fenji.errors import Damaged, Refused
from fenji.storage.yaml_codec import dump, read_ticket
from fenji.sync import driver_problem
from fenji.sync.checkout import CheckoutOptions
from fenji.sync.conflicts import mend
from fenji.sync.driver_setup import install_driver
from fenji.sync.merge_driver import main as driver
from samples import after_event, reported_ticket, uid_of
from two_clones import edit_text


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return Sites(tmp_path, "li.wei", "sun.yu")


def diverge(sites: Sites, *, wired: bool) -> tuple[Clone, Clone]:
    """Two clones that both changed one ticket; ours pushed."""
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    ours.sync()
    git(theirs.root, "pull", "-q")
    if wired:
        install_driver(theirs.store.repo)
    ours.act("42", "edit", minute=10, fields={"cause": "濕氣", "owner": "li.wei"})
    ours.sync()
    theirs.act("42", "edit", minute=20, fields={"cause": "包裝破損", "tags": ["a"]})
    return ours, theirs


def pull(clone: Clone, *args: str) -> int:
    done = subprocess.run(["git", "pull", "-q", "--no-edit", *args], cwd=clone.root, capture_output=True, check=False)
    return done.returncode


def assert_merged(clone: Clone) -> None:
    ticket = clone.ticket("42")
    assert (ticket.word("cause"), ticket.owner, ticket.get("tags")) == ("包裝破損", "li.wei", ["a"])
    assert [event.body["value"] for event in ticket.log if event.do == "superseded"] == ["濕氣"]


# --- the driver -------------------------------------------------------------------------------------------------------


def test_a_pull_by_hand_joins_by_meaning(sites: Sites) -> None:
    ours, theirs = diverge(sites, wired=True)
    assert pull(theirs) == 0
    assert_merged(theirs)
    git(theirs.root, "push", "-q")
    ours.sync()
    theirs.sync()
    sites.assert_equal()


def test_the_driver_and_the_sync_give_the_same_bytes(sites: Sites, tmp_path: Path) -> None:
    _, theirs = diverge(sites, wired=True)
    git(tmp_path, "clone", "-q", "sun.yu", "copy")
    git(tmp_path / "copy", "remote", "set-url", "origin", str(sites.hub))
    copy = Clone(tmp_path / "copy", "sun.yu")
    assert pull(theirs) == 0
    copy.sync()
    assert copy.tree() == theirs.tree()


def test_a_clone_is_told_about_the_driver_once(sites: Sites) -> None:
    theirs = sites["sun.yu"]
    repo = theirs.store.repo
    assert "how to merge tickets" in str(driver_problem(repo))
    git(theirs.root, "rm", "-q", ".gitattributes")
    install_driver(repo)
    assert driver_problem(repo) is None
    config, attributes = (theirs.root / ".git" / name for name in ("config", "info/attributes"))
    before = config.read_text(), attributes.read_text()
    install_driver(repo)
    assert (config.read_text(), attributes.read_text()) == before
    git(theirs.root, "config", "merge.fenji.driver", "/old/python -m fenji merge-driver")
    assert driver_problem(repo) is not None
    install_driver(repo)
    assert driver_problem(repo) is None
    assert git(theirs.root, "config", "pull.rebase") == "false\n"


def test_ones_own_way_to_pull_stays(sites: Sites) -> None:
    theirs = sites["sun.yu"]
    git(theirs.root, "config", "pull.rebase", "true")
    install_driver(theirs.store.repo)
    assert git(theirs.root, "config", "pull.rebase") == "true\n"


def test_a_driver_for_a_desk_in_a_folder_with_a_blank(tmp_path: Path) -> None:
    repo = repositories.init_repo(tmp_path)
    (tmp_path / "a desk").mkdir()
    below = repositories.find_repo(tmp_path / "a desk")
    install_driver(below)
    assert driver_problem(below) is None
    git(repo.top, "add", "-A")
    assert b'"/a desk/tickets' in (tmp_path / ".git/info/attributes").read_bytes()


def write_versions(folder: Path, *texts: bytes) -> list[str]:
    paths = [folder / name for name in ("base", "ours", "theirs")]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text)
    return [*map(str, paths), "tickets/open/KSA-2026-0042.yaml"]


def test_what_the_driver_does_not_join_it_leaves(tmp_path: Path) -> None:
    ours, theirs = dump(reported_ticket()), dump(reported_ticket(uid=uid_of(7)))
    assert driver(write_versions(tmp_path, b"", ours, theirs)) == 1
    assert (tmp_path / "ours").read_bytes() == ours
    assert driver(write_versions(tmp_path, b"", b"<", b">")) == 1
    assert (tmp_path / "ours").read_bytes() == b"<"
    assert driver(["a"]) == 2


def test_the_driver_takes_the_readable_version(tmp_path: Path) -> None:
    good = dump(after_event(reported_ticket(), "respond"))
    assert driver(write_versions(tmp_path, b"", b"id: [", good)) == 0
    assert (tmp_path / "ours").read_bytes() == good
    assert driver(write_versions(tmp_path, b"", good, b"id: [")) == 0
    assert (tmp_path / "ours").read_bytes() == good


def test_a_pull_by_hand_keeps_our_policy_beside(sites: Sites) -> None:
    ours, theirs = diverge(sites, wired=True)
    text = (ours.root / "policy.yaml").read_text()
    ours.write_file("policy.yaml", "# ours\n" + text)
    Clone(ours.root, "xu.ning").sync()  # who may change the rules
    theirs.write_file("policy.yaml", text + "# theirs\n")
    git(theirs.root, "commit", "-qam", "policy")
    assert pull(theirs) == 0
    assert (theirs.root / "policy.yaml").read_text() == "# ours\n" + text
    assert (theirs.root / "policy.local.yaml").read_text() == text + "# theirs\n"
    assert theirs.is_clean()


def test_nothing_that_peers_wrote_is_run_by_the_driver(sites: Sites) -> None:
    _, theirs = diverge(sites, wired=True)
    for name in ("fenji", "yaml"):
        theirs.write_file(f"{name}/__init__.py", "raise SystemExit('a trap')")
        theirs.write_file(f"{name}/__main__.py", "raise SystemExit('a trap')")
    assert pull(theirs) == 0
    assert_merged(theirs)


# --- left in conflict -------------------------------------------------------------------------------------------------


def has_conflict_markers(clone: Clone) -> bool:
    return b"<<<<<<< " in clone.path("42").read_bytes()


def test_a_pull_without_the_driver_is_mended(sites: Sites) -> None:
    ours, theirs = diverge(sites, wired=False)
    theirs.new("KSA-2026-0050")
    assert pull(theirs, "--no-rebase") != 0
    assert has_conflict_markers(theirs)
    done = theirs.sync()
    assert done.concluded == "merge"
    assert not (theirs.root / ".git/MERGE_HEAD").exists()
    assert_merged(theirs)
    ours.sync()
    sites.assert_equal()
    kept = list((theirs.root / ".git/fenji-marked").iterdir())
    assert b"<<<<<<< " in kept[0].read_bytes()


def test_opening_mends_it_too(sites: Sites) -> None:
    _, theirs = diverge(sites, wired=False)
    assert pull(theirs, "--no-rebase") != 0
    mended = mend(theirs.store, CheckoutOptions("sun.yu", theirs.recorder.at))
    assert (mended.concluded, mended.unfinished) == ("merge", "")
    assert_merged(theirs)
    assert theirs.is_clean()
    assert mend(theirs.store, CheckoutOptions("sun.yu", theirs.recorder.at)).concluded == ""


@pytest.mark.parametrize("content", [b"no commit\n", b"\xff\xfe", b"1" * 40])
def test_a_damaged_merge_is_named_and_can_be_given_up(sites: Sites, content: bytes) -> None:
    ours, theirs = diverge(sites, wired=False)
    assert pull(theirs, "--no-rebase") != 0
    (theirs.root / ".git/MERGE_HEAD").write_bytes(content.split(b" ")[-1])
    with pytest.raises(Damaged, match=r"MERGE_HEAD names no commit.*git merge --abort"):
        theirs.sync()
    git(theirs.root, "merge", "--abort")
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert_merged(ours)


def test_a_lost_branch_is_named_during_a_merge(sites: Sites) -> None:
    _, theirs = diverge(sites, wired=False)
    assert pull(theirs, "--no-rebase") != 0
    branch = theirs.root / ".git/refs/heads/main"
    commit = branch.read_bytes()
    branch.unlink()
    with pytest.raises(Damaged, match=r"refs/heads/main names no commit.*git reflog"):
        mend(theirs.store, CheckoutOptions("sun.yu", theirs.recorder.at))
    branch.write_bytes(commit)
    theirs.sync()
    assert_merged(theirs)


def test_what_somebody_resolved_by_hand_counts_too(sites: Sites) -> None:
    ours, theirs = diverge(sites, wired=False)
    assert pull(theirs, "--no-rebase") != 0
    text = dump(
        after_event(read_ticket(read_stage(theirs, ":2"), "x"), "note", by="sun.yu", note="typed in the conflict")
    )
    theirs.write_file("tickets/open/KSA-2026-0042.yaml", text)
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert_merged(ours)
    assert "typed in the conflict" in [event.note for event in ours.ticket("42").log]


def read_stage(clone: Clone, stage: str) -> bytes:
    content = clone.store.repo.read("tickets/open/KSA-2026-0042.yaml", stage)
    assert content is not None
    return content


def test_a_conflict_between_moved_and_changed(sites: Sites) -> None:
    ours, theirs = diverge(sites, wired=False)
    theirs.archive("42")
    pull(theirs, "--no-rebase")
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert [path for path in ours.files() if "0042" in path] == ["tickets/archive/KSA/2026/KSA-2026-0042.yaml"]


@pytest.mark.parametrize("wired", [True, False])
def test_the_same_number_in_a_pull_by_hand(sites: Sites, wired: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    ours, theirs = diverge(sites, wired=wired)
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
    ours, theirs = diverge(sites, wired=True)
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
    ours, theirs = diverge(sites, wired=False)
    git(theirs.root, "fetch", "-q")
    git(theirs.root, "merge", "-q", "--no-edit", "-s", "ours", "origin/main")
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert ours.ticket("42").owner == "li.wei"
    assert len([event for event in ours.ticket("42").log if event.do == "edit"]) == 2


def test_a_conflict_in_something_else_stays_with_the_person(sites: Sites) -> None:
    ours, theirs = diverge(sites, wired=False)
    for clone, text in ((ours, "one\n"), (theirs, "two\n")):
        clone.write_file("README.md", text)
        git(clone.root, "add", "README.md")
        git(clone.root, "commit", "-q", "-m", "readme")
    ours_head = git(ours.root, "push", "-q") or git(ours.root, "rev-parse", "HEAD")
    assert ours_head
    assert pull(theirs, "--no-rebase") != 0
    with pytest.raises(Refused, match="A merge started with git is not finished") as caught:
        theirs.sync()
    assert "git commit" in str(caught.value)
    assert_merged(theirs)
    assert git(theirs.root, "diff", "--name-only", "--diff-filter=U") == "README.md\n"
    theirs.write_file("README.md", "one and two\n")
    git(theirs.root, "add", "README.md")
    git(theirs.root, "commit", "-q", "--no-edit")
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert_merged(ours)
    assert (ours.root / "README.md").read_text() == "one and two\n"


@pytest.mark.parametrize("wired", [True, False])
@pytest.mark.parametrize("how", ["", "--apply", "--autostash"])
def test_a_rebase_that_stopped_is_ended_by_the_next_sync(sites: Sites, how: str, *, wired: bool) -> None:
    ours, theirs = diverge(sites, wired=wired)
    theirs.act("42", "respond", minute=30)
    ours.act("42", "edit", minute=40, fields={"decision": "ours"})
    ours.sync()
    path = theirs.root / "tickets/open/KSA-2026-0042.yaml"
    path.write_text(path.read_text().replace("\nlog:\n", "\ndecision: |\n  typed\nlog:\n"))
    if how != "--autostash":
        git(theirs.root, "commit", "-qam", "typed")
    git(theirs.root, "config", "rebase.backend", "apply" if how == "--apply" else "merge")
    pull(theirs, "--rebase", *([how] if how == "--autostash" else []))
    under_way = any((theirs.root / ".git" / name).exists() for name in ("rebase-merge", "rebase-apply"))
    assert under_way or wired
    result = theirs.sync()
    assert result.concluded == ("rebase" if under_way else "")
    assert git(theirs.root, "symbolic-ref", "HEAD").strip() == "refs/heads/main"
    assert not has_conflict_markers(theirs)
    ours.sync()
    theirs.sync()
    sites.assert_equal()
    ticket = ours.ticket("42")
    kept = {event.body["value"] for event in ticket.log if event.do == "superseded"}
    assert {ticket.word("cause"), ticket.word("decision"), *kept} == {"包裝破損", "濕氣", "ours", "typed"}
    assert "respond" in [event.do for event in ticket.log]


@pytest.mark.parametrize("backend", ["merge", "apply"])
def test_a_commit_that_a_rebase_repeats_is_its_authors_whatever_the_name_has(sites: Sites, backend: str) -> None:
    ours, theirs = diverge(sites, wired=True)
    policy = (ours.root / "policy.yaml").read_text()
    mona = "people:\n  mona: {name: Mona O'Brien!, unit: HQ-TECH, email: mona@fenji.example, roles: [engineer]}\n"
    ours.write_file("policy.yaml", policy.replace("people:\n", mona))
    Clone(ours.root, "xu.ning").sync()  # who may change the rules
    theirs.sync()
    ours.sync()
    ours.act("42", "edit", minute=30, fields={"solution": "ours"})
    ours.sync()
    path = theirs.root / "tickets/open/KSA-2026-0042.yaml"
    path.write_text(path.read_text().replace("\nlog:\n", "\ndecision: |\n  typed\nlog:\n"))
    identity = ("-c", "user.name=Mona O'Brien!", "-c", "user.email=m@home.example")
    git(theirs.root, *identity, "commit", "-qam", "typed")
    git(theirs.root, "config", "rebase.backend", backend)
    assert pull(theirs, "--rebase") == 0
    (typed,) = (event for event in theirs.ticket("42").log if event.rewrote == ["decision"])
    assert typed.by == "mona"


@pytest.mark.parametrize("todo", ["edit", "exec false"])
def test_a_rebase_in_which_somebody_edits_stays_with_him(sites: Sites, todo: str) -> None:
    ours, theirs = diverge(sites, wired=True)
    editor = f"sed -i '1s/.*/{todo}/'" if todo != "edit" else "sed -i s/^pick/edit/"
    git(theirs.root, "-c", f"sequence.editor={editor}", "rebase", "-i", "HEAD~1", check=False)
    with pytest.raises(Refused, match="A rebase started with git"):
        theirs.sync()
    git(theirs.root, "rebase", "--abort")
    theirs.sync()
    ours.sync()
    sites.assert_equal()


@pytest.mark.parametrize("verb", ["revert -n HEAD", "cherry-pick -n HEAD", "cherry-pick origin/main", "revert HEAD~1"])
@pytest.mark.parametrize("wired", [True, False])
def test_a_pick_that_was_not_finished(sites: Sites, verb: str, *, wired: bool) -> None:
    ours, theirs = diverge(sites, wired=wired)
    theirs.act("42", "note", minute=30, note="acknowledged")
    git(theirs.root, "fetch", "-q")
    git(theirs.root, *verb.split(), check=False)
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert ours.ticket("42").owner == "li.wei"
    assert "acknowledged" in [event.note for event in ours.ticket("42").log]
    assert not has_conflict_markers(theirs)


def test_a_pick_that_goes_on_or_holds_something_else_stays_with_the_person(sites: Sites) -> None:
    ours, theirs = diverge(sites, wired=False)
    theirs.act("42", "edit", minute=30, fields={"cause": "a third text"})
    assert ours.ticket("42")
    git(theirs.root, "revert", "--no-edit", "HEAD~1", "HEAD", check=False)
    with pytest.raises(Refused, match="A revert started with git"):
        theirs.sync()
    git(theirs.root, "revert", "--quit")
    theirs.write_file("README.md", "one\n")
    git(theirs.root, "add", "README.md")
    (theirs.root / ".git/REVERT_HEAD").write_text(git(theirs.root, "rev-parse", "HEAD"))
    with pytest.raises(Refused, match="A revert started with git"):
        theirs.sync()


def test_a_stash_that_did_not_fit(sites: Sites) -> None:
    ours, theirs = diverge(sites, wired=False)
    theirs.act("42", "note", minute=40, note="in the stash", commit=False)
    git(theirs.root, "stash", "-q")
    theirs.sync()
    ours.sync()
    ours.act("42", "note", note="at the same place")
    ours.sync()
    theirs.sync()
    git(theirs.root, "config", "--remove-section", "merge.fenji")
    git(theirs.root, "stash", "pop", check=False)
    assert has_conflict_markers(theirs)
    theirs.sync()
    ours.sync()
    assert_merged(ours)
    assert "in the stash" in [event.note for event in ours.ticket("42").log]
    assert ours.tree() == theirs.tree()


# What somebody does by hand, in a clone that has never been synced, after he typed a text and committed it.
AFTER_TYPING = {
    "picked": (True, ("git fetch -q", "git cherry-pick origin/main")),
    "picked without the driver": (False, ("git fetch -q", "git cherry-pick origin/main")),
    "markers committed": (False, ("git pull -q --no-rebase", "git commit -qam resolved")),
    "deleted": (True, ("git rm -q {file}", "git commit -qm away")),
    "deleted in the folder": (True, ("rm {file}",)),
}


@pytest.mark.parametrize("name", AFTER_TYPING)
def test_a_text_that_was_typed_and_committed_is_kept_whatever_comes_next(sites: Sites, name: str) -> None:
    wired, commands = AFTER_TYPING[name]
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    ours.act("42", "edit", minute=5, fields={"cause": "濕氣"})
    ours.sync()
    git(theirs.root, "pull", "-q")
    if wired:
        install_driver(theirs.store.repo)
    ours.act("42", "edit", minute=10, fields={"cause": "電壓"})
    ours.act("42", "note", minute=11, note="seen")
    ours.sync()
    theirs.act("42", "note", minute=20, note="called")
    edit_text(theirs.path("42"), "濕氣", "包裝破損")
    git(theirs.root, "commit", "-qam", "typed")
    file = theirs.path("42").relative_to(theirs.root)
    for command in commands:
        words = command.format(file=file).split()
        subprocess.run(words, cwd=theirs.root, capture_output=True, check=False)
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    ticket = ours.ticket("42")
    assert {ticket.cause, *(str(event.body.get("value")) for event in ticket.log)} >= {"包裝破損", "電壓"}
    assert [event.note for event in ticket.log if event.do == "note"] == ["called", "seen"]


@pytest.mark.parametrize("how", ["--no-rebase", "--rebase"])
def test_attachments_of_one_name_in_a_pull_by_hand(sites: Sites, how: str) -> None:
    ours, theirs = diverge(sites, wired=True)
    for clone in (ours, theirs):
        source = clone.root.parent / "photo.txt"
        source.write_text(f"by {clone.person}\n")
        item = clone.store.attach("KSA-2026-0042", source)
        clone.act("42", "attach", fields={f"files.{item['name']}": item})
    ours.sync()
    assert pull(theirs, how) != 0
    mend(theirs.store, CheckoutOptions("sun.yu", theirs.recorder.at))
    if how == "--rebase":
        git(theirs.root, "-c", "core.editor=true", "rebase", "--continue")
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    folder = ours.root / "tickets/files/KSA-2026-0042"
    assert sorted(path.read_text() for path in folder.iterdir()) == ["by li.wei\n", "by sun.yu\n"]
    assert {item["name"] for item in ours.ticket("42").items("files")} == {path.name for path in folder.iterdir()}
