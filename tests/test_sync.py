"""What becomes of tickets when clones meet through a hub: the rules of the format, with real clones."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clones import Clone, Sites, git, sync_process
from fenji.errors import Refused, Unavailable
from fenji.storage import yaml_codec
from samples import after_event, uid_of

if TYPE_CHECKING:
    from fenji.sync import SyncResult


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return Sites(tmp_path, "li.wei", "sun.yu")


def both_clones(sites: Sites) -> tuple[Clone, Clone]:
    return sites["li.wei"], sites["sun.yu"]


def share_ticket(sites: Sites, number: str = "KSA-2026-0042") -> tuple[Clone, Clone]:
    """Both clones with one ticket that both have seen."""
    ours, theirs = both_clones(sites)
    ours.new(number)
    ours.sync()
    theirs.sync()
    return ours, theirs


def outcomes_by_id(exchange: SyncResult) -> dict[str, str]:
    return {outcome.id: outcome.how for outcome in exchange.outcomes}


def logged_steps(clone: Clone, number: str = "42") -> list[str]:
    return [event.do for event in clone.ticket(number).log]


# --- the plain ways ---------------------------------------------------------------------------------------------------


def test_a_new_ticket_goes_to_the_other_clone(sites: Sites) -> None:
    ours, theirs = both_clones(sites)
    ours.new()
    assert ours.sync().sent == 1
    came = theirs.sync()
    assert [(outcome.id, outcome.how, outcome.events, outcome.people) for outcome in came.outcomes] == [
        ("KSA-2026-0042", "new", 1, ("li.wei",))
    ]
    assert (came.sent, came.tries, came.received) == (0, 0, 1)
    sites.assert_equal()
    assert git(theirs.root, "log", "--merges", "--oneline") == ""


def test_nothing_new_changes_nothing(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    before = git(ours.root, "rev-parse", "HEAD")
    for _ in range(2):
        done = ours.sync()
        assert (done.outcomes, done.sent, done.tries, done.left_alone) == ((), 0, 0, ())
    assert git(ours.root, "rev-parse", "HEAD") == before
    assert theirs.sync().outcomes == ()


def test_the_first_push_fills_an_empty_hub(tmp_path: Path) -> None:
    sites = Sites(tmp_path, "li.wei")
    ours = sites["li.wei"]
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "empty.git")
    git(ours.root, "remote", "set-url", "origin", str(tmp_path / "empty.git"))
    git(ours.root, "update-ref", "-d", "refs/remotes/origin/main")
    ours.new()
    assert ours.sync().sent == 1
    assert git(tmp_path / "empty.git", "rev-parse", "main") == git(ours.root, "rev-parse", "HEAD")


def test_both_changed_the_same_ticket(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    ours.act("42", "respond", note="on the way")
    theirs.act("42", "assign", fields={"owner": "wang.fang"})
    ours.sync()
    assert outcomes_by_id(theirs.sync()) == {"KSA-2026-0042": "merged"}
    assert outcomes_by_id(ours.sync()) == {"KSA-2026-0042": "updated"}
    sites.assert_equal()
    assert sorted(logged_steps(ours)) == ["assign", "report", "respond"]
    assert ours.ticket("42").owner == "wang.fang"
    assert git(ours.root, "log", "-1", "--format=%s|%an").strip() == "KSA-2026-0042: merge|fenji"


def test_a_long_text_that_lost_is_kept_and_told(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    ours.act("42", "edit", minute=10, fields={"cause": "濕氣"})
    theirs.act("42", "edit", minute=20, fields={"cause": "包裝破損"})
    ours.sync()
    (outcome,) = theirs.sync().outcomes
    assert outcome.superseded == ("cause",)
    ours.sync()
    sites.assert_equal()
    kept = [event.body["value"] for event in ours.ticket("42").log if event.do == "superseded"]
    assert (ours.ticket("42").word("cause"), kept) == ("包裝破損", ["濕氣"])


def test_archived_here_and_written_to_there(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    ours.archive("42")
    theirs.act("42", "note", note="the customer called")
    ours.sync()
    assert outcomes_by_id(theirs.sync()) == {"KSA-2026-0042": "merged"}
    ours.sync()
    sites.assert_equal()
    assert [path for path in ours.files() if "0042" in path] == ["tickets/archive/KSA/2026/KSA-2026-0042.yaml"]
    assert "note" in logged_steps(ours)


def test_archived_there_and_written_to_here(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    theirs.act("42", "note", note="the customer called")
    ours.archive("42")
    theirs.sync()
    ours.sync()
    theirs.sync()
    sites.assert_equal()
    assert [path for path in theirs.files() if "0042" in path] == ["tickets/archive/KSA/2026/KSA-2026-0042.yaml"]


def test_what_is_not_committed_yet_goes_too(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    ours.act("42", "respond", commit=False)
    edit_file(ours, "title: 備件生鏽", "title: 備件生鏽了")
    ours.attach("42", "photo.jpg", b"\xff\xd8", commit=False)
    ours.sync()
    theirs.sync()
    sites.assert_equal()
    assert (theirs.ticket("42").title, logged_steps(theirs)) == ("備件生鏽了", ["report", "respond", "edit", "attach"])
    assert theirs.ticket("42").log[-1].by == "li.wei"
    assert theirs.files()["tickets/files/KSA-2026-0042/photo.jpg"] == b"\xff\xd8"


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_the_same_number_taken_twice(sites: Sites) -> None:
    ours, theirs = both_clones(sites)
    ours.new("KSA-2026-0001", uid_of(9), title="later")
    theirs.new("KSA-2026-0001", uid_of(1), title="earlier")
    ours.sync()
    came = {outcome.uid: outcome for outcome in theirs.sync().outcomes}
    assert (came[uid_of(9)].id, came[uid_of(9)].was) == ("KSA-2026-0001-09", "KSA-2026-0001")
    ours.sync()
    sites.assert_equal()
    assert ours.ticket("KSA-2026-0001").title == "earlier"
    moved = ours.ticket("KSA-2026-0001-09")
    assert (moved.title, moved.word("formerly")) == ("later", "KSA-2026-0001")


def test_our_own_ticket_gives_way_to_an_earlier_one(sites: Sites) -> None:
    ours, theirs = both_clones(sites)
    ours.new("KSA-2026-0001", uid_of(1))
    theirs.new("KSA-2026-0001", uid_of(9))
    ours.sync()
    assert outcomes_by_id(theirs.sync()) == {"KSA-2026-0001": "new", "KSA-2026-0001-09": "renumbered"}
    theirs.act("KSA-2026-0001-09", "respond")
    theirs.sync()
    ours.sync()
    sites.assert_equal()


def test_one_of_two_with_the_same_number_is_archived_already(sites: Sites) -> None:
    ours, theirs = both_clones(sites)
    ours.new("KSA-2026-0001", uid_of(9))
    ours.archive("1")
    theirs.new("KSA-2026-0001", uid_of(1))
    ours.sync()
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    names = sorted(Path(path).name for path in ours.files() if path.endswith(".yaml") and "/" in path)
    assert names == ["KSA-2026-0001-09.yaml", "KSA-2026-0001.yaml"]


def test_tickets_whose_uids_end_alike_take_the_next_letters(tmp_path: Path) -> None:
    sites = Sites(tmp_path, "a", "b", "c")
    uids = ["01KK3Q0W8Z5V9M3T7K2B4C11AA", "01KK3Q0W8Z5V9M3T7K2B4C22AA", "01KK3Q0W8Z5V9M3T7K2B4C33AA"]
    for name, uid in zip("abc", uids, strict=True):
        sites[name].new("KSA-2026-0001", uid)
    for name in "cabca":
        sites[name].sync()
    sites.sync_all(2)
    sites.assert_equal()
    assert sorted(Path(path).stem for path in sites["a"].files() if "0001" in path) == [
        "KSA-2026-0001",
        "KSA-2026-0001-33",
        "KSA-2026-0001-AA",
    ]


def test_attachments_go_with_the_number(sites: Sites) -> None:
    ours, theirs = both_clones(sites)
    for clone, uid, text in ((ours, uid_of(9), "ours"), (theirs, uid_of(1), "theirs")):
        clone.new("KSA-2026-0001", uid)
        clone.attach("1", "photo.jpg", text.encode())
    ours.sync()
    theirs.sync()
    ours.attach("KSA-2026-0001", "more.jpg", b"more of ours")
    ours.sync()
    theirs.sync()
    sites.assert_equal()
    files = {path: data for path, data in ours.files().items() if path.startswith("tickets/files")}
    assert files == {
        "tickets/files/KSA-2026-0001/photo.jpg": b"theirs",
        "tickets/files/KSA-2026-0001-09/photo.jpg": b"ours",
        "tickets/files/KSA-2026-0001-09/more.jpg": b"more of ours",
    }


@pytest.mark.parametrize("name", ["own.jpg", "photo-2.jpg"])
@pytest.mark.parametrize("synced", [False, True])
def test_attachments_stay_with_the_ticket_that_names_them(
    sites: Sites,
    name: str,
    synced: bool,  # noqa: FBT001
) -> None:
    """A number was given twice at one clone, as a former version did where a file had been removed."""
    ours, theirs = both_clones(sites)
    ours.new("KSA-2026-0001", uid_of(1))
    ours.attach("1", "photo.jpg", b"of the first")
    if synced:
        ours.sync()
    ours.path("1").unlink()
    ours.new("KSA-2026-0001", uid_of(9))
    ours.attach("1", name, b"of the second")
    ours.sync()
    theirs.sync()
    sites.assert_equal()
    files = {path: data for path, data in theirs.files().items() if path.startswith("tickets/files")}
    assert files == {
        "tickets/files/KSA-2026-0001/photo.jpg": b"of the first",
        f"tickets/files/KSA-2026-0001-09/{name}": b"of the second",
    }


# --- attachments ------------------------------------------------------------------------------------------------------


def test_attachments_of_one_name_and_other_content_are_both_kept(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    ours.attach("42", "photo.jpg", b"ours")
    theirs.attach("42", "photo.jpg", b"theirs")
    ours.sync()
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert_attached(ours, {"ours", "theirs"})
    assert {item["name"] for item in ours.ticket("42").items("files")} == {"photo.jpg", "photo-2.jpg"}


def assert_attached(clone: Clone, texts: set[str]) -> None:
    """Every text lies in exactly one file, which the ticket names with its SHA-256."""
    items = {str(item["name"]): str(item["sha256"]) for item in clone.ticket("42").items("files")}
    folder = clone.root / "tickets/files/KSA-2026-0042"
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()} == items
    assert sorted(path.read_text() for path in folder.iterdir()) == sorted(texts)


def test_three_attachments_of_one_name_settle_alike_in_any_order(tmp_path: Path) -> None:
    file_sets = []
    for order in ("abc", "cba", "bca"):
        (tmp_path / order).mkdir()
        sites = Sites(tmp_path / order, "a", "b", "c")
        sites["a"].new()
        sites.sync_all(1)
        for name in "abc":
            sites[name].attach("42", "photo.jpg", f"by {name}".encode())
        for name in order:
            sites[name].sync()
        sites.sync_all(2)
        sites.assert_equal()
        assert_attached(sites["a"], {"by a", "by b", "by c"})
        files = sites["a"].files()
        file_sets.append({path: data for path, data in files.items() if path.startswith("tickets/files")})
    assert file_sets[0] == file_sets[1] == file_sets[2]


def test_an_attachment_deleted_there_comes_back(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    ours.attach("42", "photo.jpg", b"ours")
    ours.sync()
    theirs.sync()
    git(theirs.root, "rm", "-q", "tickets/files/KSA-2026-0042/photo.jpg")
    git(theirs.root, "commit", "-q", "-m", "make room")
    theirs.act("42", "note")
    ours.act("42", "note")
    ours.sync()
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert_attached(theirs, {"ours"})


# --- deletions, unreadable files --------------------------------------------------------------------------------------


def test_a_deleted_file_that_was_not_committed_comes_back(sites: Sites) -> None:
    ours, _ = share_ticket(sites)
    ours.path("42").unlink()
    ours.sync()
    assert logged_steps(ours) == ["report"]
    sites.assert_equal()


@pytest.mark.parametrize("other", ["untouched", "changed"])
def test_a_ticket_deleted_in_git_comes_back(sites: Sites, other: str) -> None:
    ours, theirs = share_ticket(sites)
    git(theirs.root, "rm", "-q", "tickets/open/KSA-2026-0042.yaml")
    git(theirs.root, "commit", "-q", "-m", "away with it")
    if other == "changed":
        ours.act("42", "respond")
        ours.sync()
    assert outcomes_by_id(theirs.sync()) == {"KSA-2026-0042": "returned"}
    ours.sync()
    sites.assert_equal()
    assert "report" in logged_steps(theirs)


def test_a_ticket_whose_deletion_was_pushed_comes_back_from_the_next_clone(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    git(theirs.root, "rm", "-q", "tickets/open/KSA-2026-0042.yaml")
    git(theirs.root, "commit", "-q", "-m", "away with it")
    git(theirs.root, "push", "-q")
    assert outcomes_by_id(ours.sync()) == {"KSA-2026-0042": "returned"}
    assert outcomes_by_id(theirs.sync()) == {"KSA-2026-0042": "returned"}
    sites.assert_equal()


def test_a_deletion_pulled_by_hand_is_undone_too(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    git(theirs.root, "rm", "-q", "tickets/open/KSA-2026-0042.yaml")
    git(theirs.root, "commit", "-q", "-m", "away with it")
    git(theirs.root, "push", "-q")
    git(ours.root, "pull", "-q", "--ff-only")
    assert outcomes_by_id(ours.sync()) == {"KSA-2026-0042": "returned"}
    theirs.sync()
    sites.assert_equal()


def test_events_that_somebody_dropped_with_git_come_back(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    old = theirs.path("42").read_text()
    ours.act("42", "respond")
    ours.sync()
    theirs.sync()
    theirs.write_file("tickets/open/KSA-2026-0042.yaml", old)
    git(theirs.root, "commit", "-qam", "an old copy")
    git(theirs.root, "push", "-q")
    ours.sync()
    theirs.sync()
    sites.assert_equal()
    assert logged_steps(theirs) == ["report", "respond"]


def test_events_dropped_with_git_before_anybody_had_them_come_back(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    old = theirs.path("42").read_text()
    theirs.act("42", "respond")
    theirs.write_file("tickets/open/KSA-2026-0042.yaml", old)
    git(theirs.root, "commit", "-qam", "an old copy")
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert logged_steps(ours) == ["report", "respond"]


def test_events_of_a_copy_under_a_former_number_come_to_the_ticket_wherever_it_lies(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    old, noted = theirs.path("42").read_text(), yaml_codec.dump(after_event(theirs.ticket("42"), "respond"))
    theirs.path("42").unlink()
    theirs.write_file("tickets/open/KSA-2026-0007.yaml", old.replace("KSA-2026-0042", "KSA-2026-0007"))
    theirs.sync()
    copy = theirs.write_file("tickets/open/KSA-2026-0042.yaml", noted)
    git(theirs.root, "add", "-A")
    git(theirs.root, "commit", "-qm", "a copy")
    git(theirs.root, "rm", "-q", str(copy))
    git(theirs.root, "commit", "-qm", "and away")
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    (path,) = [path for path in ours.files() if path.startswith("tickets/open/")]
    assert "do: respond" in (ours.root / path).read_text()


def test_a_ticket_moved_by_hand_stays_one(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    path = ours.write_file("tickets/archive/KSA/2026/KSA-2026-0042.yaml", ours.path("42").read_bytes())
    (ours.root / "tickets/open/KSA-2026-0042.yaml").unlink()
    ours.sync()
    theirs.act("42", "respond")
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert len([path for path in ours.files() if "0042" in path]) == 1
    assert logged_steps(ours) == ["report", "respond"]
    assert path.parent.is_dir()


def test_an_unreadable_version_yields_and_is_kept_in_git(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    theirs.write_file("tickets/open/KSA-2026-0042.yaml", "id: KSA-2026-0042\ntitle: [")
    git(theirs.root, "commit", "-qam", "by hand")
    ours.act("42", "respond")
    ours.sync()
    (outcome,) = theirs.sync().outcomes
    assert (outcome.how, outcome.id) == ("unreadable", "KSA-2026-0042")
    assert git(theirs.root, "cat-file", "-p", outcome.left_out) == "id: KSA-2026-0042\ntitle: ["
    ours.sync()
    sites.assert_equal()
    assert logged_steps(theirs) == ["report", "respond"]


def test_an_unreadable_version_that_was_pushed_yields_to_what_is_here(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    theirs.write_file("tickets/open/KSA-2026-0042.yaml", b"\xff\xfe")
    git(theirs.root, "commit", "-qam", "by hand")
    git(theirs.root, "push", "-q")
    assert outcomes_by_id(ours.sync()) == {"KSA-2026-0042": "unreadable"}
    theirs.sync()
    sites.assert_equal()


def test_an_unreadable_file_that_is_not_committed_is_left_alone(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    theirs.act("42", "respond")
    theirs.sync()
    ours.write_file("tickets/open/KSA-2026-0042.yaml", "id: [")
    ours.write_file("tickets/open/KSA-2026-0050.yaml", "id: [")
    done = ours.sync()
    assert {file.path for file in done.left_alone} == {f"tickets/open/KSA-2026-00{number}.yaml" for number in (42, 50)}
    assert ours.files()["tickets/open/KSA-2026-0042.yaml"] == b"id: ["
    assert ours.tree() == theirs.tree()
    text = yaml_codec.dump(after_event(theirs.ticket("42"), "note", by="li.wei")).decode()
    ours.write_file("tickets/open/KSA-2026-0042.yaml", text)
    (ours.root / "tickets/open/KSA-2026-0050.yaml").unlink()
    ours.sync()
    theirs.sync()
    sites.assert_equal()
    assert logged_steps(theirs) == ["report", "respond", "note"]


# --- the policy, and what is none of the desk's -----------------------------------------------------------------------


def test_the_policy_of_the_hub_wins_and_ours_is_kept_beside(sites: Sites) -> None:
    ours, theirs = sites.clone("xu.ning"), sites["sun.yu"]  # who may change it
    text = (ours.root / "policy.yaml").read_text()
    ours.write_file("policy.yaml", text + "# ours\n")
    theirs.write_file("policy.yaml", text + "# theirs\n")
    ours.sync()
    done = theirs.sync()
    assert done.drafts_kept == {"policy.yaml": "policy.local.yaml"}
    assert (theirs.root / "policy.local.yaml").read_text() == text + "# theirs\n"
    assert (theirs.root / "policy.yaml").read_text() == text + "# ours\n"
    sites["li.wei"].sync()
    sites.assert_equal()
    theirs.write_file("policy.yaml", text + "# theirs again\n")
    ours.write_file("policy.yaml", text + "# ours again\n")
    ours.sync()
    assert theirs.sync().drafts_kept == {"policy.yaml": "policy.local-2.yaml"}
    sites["li.wei"].sync()
    sites.assert_equal()


def test_a_policy_changed_on_one_side_is_taken(sites: Sites) -> None:
    ours, theirs = both_clones(sites)
    theirs.write_file("policy.yaml", (theirs.root / "policy.yaml").read_text() + "# new\n")
    theirs.sync()
    done = ours.sync()
    assert done.drafts_kept == {}
    sites.assert_equal()


def test_a_bad_policy_is_not_sent(sites: Sites) -> None:
    ours, theirs = both_clones(sites)
    ours.write_file("policy.yaml", "format: 1\nsites: {")
    done = ours.sync()
    assert [file.path for file in done.left_alone] == ["policy.yaml"]
    theirs.sync()
    assert ours.tree() == theirs.tree()


def test_what_is_not_the_desks_is_joined_as_git_does_and_staged_work_stays(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    theirs.write_file("README.md", "one\ntwo\nthree\nfour\nfive\n")
    theirs.write_file("tool.sh", "#!/bin/sh\n").chmod(0o755)
    git(theirs.root, "add", "README.md", "tool.sh")
    git(theirs.root, "commit", "-q", "-m", "readme")
    theirs.sync()
    ours.sync()
    assert os.access(ours.root / "tool.sh", os.X_OK)
    for clone, old, new in ((ours, "one", "ONE"), (theirs, "five", "FIVE")):
        clone.write_file("README.md", (clone.root / "README.md").read_text().replace(old, new))
        git(clone.root, "commit", "-qam", "more")
        clone.act("42", "note", note=new)
    ours.sync()
    theirs.write_file("notes.txt", "mine")
    theirs.write_file("draft.txt", "mine too")
    git(theirs.root, "add", "notes.txt")
    theirs.sync()
    assert (theirs.root / "README.md").read_text() == "ONE\ntwo\nthree\nfour\nFIVE\n"
    assert git(theirs.root, "status", "--porcelain") == "A  notes.txt\n?? draft.txt\n"
    git(theirs.root, "reset", "-q", "notes.txt")
    for name in ("notes.txt", "draft.txt"):
        (theirs.root / name).unlink()
    ours.sync()
    sites.assert_equal()


def test_what_is_not_the_desks_and_in_conflict_stops_the_exchange_before_anything(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    for clone, text in ((ours, "one\n"), (theirs, "two\n")):
        clone.write_file("README.md", text)
        git(clone.root, "add", "README.md")
        git(clone.root, "commit", "-q", "-m", "readme")
        clone.act("42", "note", note=text.strip())
    ours.sync()
    before = git(theirs.root, "rev-parse", "HEAD")
    with pytest.raises(Refused, match=r"README\.md: changed on both sides"):
        theirs.sync()
    assert git(theirs.root, "rev-parse", "HEAD") == before
    assert git(theirs.root, "status", "--porcelain") == ""


@pytest.mark.parametrize("kind", ["changed", "untracked"])
def test_work_that_is_not_committed_is_never_overwritten(sites: Sites, kind: str) -> None:
    ours, theirs = share_ticket(sites)
    if kind == "changed":
        ours.write_file("README.md", "one\n")
        git(ours.root, "add", "README.md")
        git(ours.root, "commit", "-q", "-m", "readme")
    ours.sync()
    theirs.sync()
    ours.write_file("README.md", "two\n")
    git(ours.root, "add", "README.md")
    git(ours.root, "commit", "-q", "-m", "readme")
    ours.sync()
    theirs.write_file("README.md", "work in hand\n")
    before = git(theirs.root, "rev-parse", "HEAD")
    with pytest.raises(Refused, match="not committed"):
        theirs.sync()
    assert (theirs.root / "README.md").read_text() == "work in hand\n"
    assert git(theirs.root, "rev-parse", "HEAD") == before


def test_a_desk_in_a_folder_of_a_larger_repository(tmp_path: Path) -> None:
    sites = Sites(tmp_path, "li.wei")
    root = sites["li.wei"].root
    (root / "services 服務").mkdir()
    for name in (".gitignore", ".gitattributes", "policy.yaml"):
        git(root, "mv", name, f"services 服務/{name}")
    git(root, "commit", "-q", "-m", "a larger repository")
    git(root, "push", "-q")
    other = sites.clone("sun.yu").root
    ours, theirs = Clone(root / "services 服務", "li.wei"), Clone(other / "services 服務", "sun.yu")
    ours.new()
    ours.sync()
    theirs.sync()
    ours.act("42", "respond")
    theirs.act("42", "note")
    (other / "main.c").write_text("int main;\n")
    git(other, "add", "main.c")
    git(other, "commit", "-q", "-m", "code")
    ours.sync()
    theirs.sync()
    ours.sync()
    assert ours.tree() == theirs.tree()
    assert (root / "main.c").exists()
    assert sorted(logged_steps(ours)) == ["note", "report", "respond"]
    assert git(root, "status", "--porcelain") == ""


def test_a_hub_with_the_longer_hashes(tmp_path: Path) -> None:
    sites = Sites(tmp_path, "li.wei", "sun.yu", format="sha256")
    ours, theirs = share_ticket(sites)
    ours.act("42", "respond")
    theirs.act("42", "note")
    sites.sync_all(2)
    sites.assert_equal()


# --- edits by hand meanwhile ------------------------------------------------------------------------------------------


def test_a_file_edited_while_the_exchange_runs_is_merged(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = share_ticket(sites)
    theirs.act("42", "edit", fields={"decision": "replace it"})
    theirs.sync()
    act_while_landing(monkeypatch, lambda: edit_file(ours, "title: 備件生鏽", "title: 備件生鏽了"))
    done = ours.sync()
    assert done.sent == 1
    theirs.sync()
    sites.assert_equal()
    ticket = theirs.ticket("42")
    assert (ticket.title, ticket.word("decision")) == ("備件生鏽了", "replace it")
    assert [(event.do, event.by) for event in ticket.log[1:]] == [("edit", "sun.yu"), ("edit", "li.wei")] or [
        (event.do, event.by) for event in ticket.log[1:]
    ] == [("edit", "li.wei"), ("edit", "sun.yu")]


def test_an_act_written_while_the_exchange_runs_is_merged(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = share_ticket(sites)
    theirs.act("42", "respond")
    theirs.sync()
    act_while_landing(monkeypatch, lambda: ours.act("42", "note", note="meanwhile", commit=False))
    ours.sync()
    ours.sync()
    theirs.sync()
    sites.assert_equal()
    assert sorted(logged_steps(theirs)) == ["note", "report", "respond"]


def test_an_act_committed_while_the_exchange_runs_is_joined(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = share_ticket(sites)
    theirs.act("42", "respond")
    theirs.sync()
    act_while_landing(monkeypatch, lambda: ours.act("42", "note", note="meanwhile"))
    ours.sync()
    theirs.sync()
    sites.assert_equal()
    assert sorted(logged_steps(theirs)) == ["note", "report", "respond"]


def act_while_landing(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Have something happen once, between joining and bringing the files there."""
    from fenji.sync import apply

    land = apply.move_branch

    def after(*args: Any, **more: Any) -> object:
        monkeypatch.undo()
        act()
        return land(*args, **more)

    monkeypatch.setattr(apply, "move_branch", after)


def edit_file(clone: Clone, before: str, after: str, number: str = "42") -> None:
    text = clone.path(number).read_text()
    assert before in text
    clone.path(number).write_text(text.replace(before, after, 1))


# --- the hub ----------------------------------------------------------------------------------------------------------


def test_somebody_pushed_first(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = share_ticket(sites)
    ours.act("42", "respond")
    theirs.act("42", "note")
    from fenji.git import remotes

    push = remotes.push

    def late(*args: Any, **options: Any) -> bool:
        monkeypatch.undo()
        theirs.sync()
        return push(*args, **options)

    monkeypatch.setattr(remotes, "push", late)
    assert ours.sync().tries == 2
    theirs.sync()
    sites.assert_equal()


@pytest.mark.parametrize("count", [5, pytest.param(10, marks=pytest.mark.nightly)])
def test_many_clones_at_once(tmp_path: Path, count: int) -> None:
    names = [f"clone{number}" for number in range(count)]
    sites = Sites(tmp_path, *names)
    sites[names[0]].new("KSA-2026-0042")
    sites.sync_all(1)
    for number, name in enumerate(names):
        sites[name].act("42", "note", note=f"by {name}")
        sites[name].new(f"KSA-2026-{number + 100:04}")
    running = [sync_process(sites[name].root, name) for name in names]
    ended = [(process.wait(), process.stderr.read().decode() if process.stderr else "") for process in running]
    for process in running:
        if process.stderr:
            process.stderr.close()
    assert [code for code, _ in ended] == [0] * count, ended
    sites.sync_all(1)
    sites.assert_equal()
    assert len(logged_steps(sites[names[3]])) == count + 1
    assert len(sites[names[4]].store.reader.scan_open().tickets) == count + 1


def test_a_hub_that_does_not_take_it_says_why(sites: Sites) -> None:
    ours, _ = share_ticket(sites)
    hook = sites.hub / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'the policy is for admins: ask sun.yu' >&2\nexit 1\n")
    hook.chmod(0o755)
    ours.act("42", "respond")
    with pytest.raises(Refused, match=r"does not accept it: the policy is for admins: ask sun\.yu") as caught:
        ours.sync()
    assert caught.value.hint
    hook.unlink()
    assert ours.sync().sent == 1


def test_no_hub_and_a_hub_that_is_gone(sites: Sites, tmp_path: Path) -> None:
    ours, _ = share_ticket(sites)
    ours.act("42", "respond")
    sites.hub.rename(tmp_path / "away.git")
    with pytest.raises(Unavailable, match="The hub origin cannot be reached: there is no repository"):
        ours.sync()
    (tmp_path / "away.git").rename(sites.hub)
    git(ours.root, "remote", "remove", "origin")
    with pytest.raises(Refused, match="has no hub"):
        ours.sync()


def test_another_sort_of_repository_is_not_joined(sites: Sites, tmp_path: Path) -> None:
    ours, _ = share_ticket(sites)
    git(tmp_path, "init", "-q", "-b", "main", "code")
    (tmp_path / "code/main.c").write_text("int main;")
    git(tmp_path / "code", "add", ".")
    git(tmp_path / "code", "-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "-m", "code")
    git(ours.root, "remote", "set-url", "origin", str(tmp_path / "code"))
    with pytest.raises(Refused, match="origin holds no desk"):
        ours.sync()
    assert ours.is_clean()


def test_two_desks_begun_apart_are_joined(sites: Sites, tmp_path: Path) -> None:
    ours, _ = share_ticket(sites)
    (tmp_path / "apart").mkdir()
    apart = Sites(tmp_path / "apart", "he.qi")["he.qi"]
    apart.new("KSA-2026-0042", uid_of(4))
    git(apart.root, "remote", "set-url", "origin", str(sites.hub))
    assert outcomes_by_id(apart.sync()) == {"KSA-2026-0042-1A": "renumbered"}
    ours.sync()
    assert ours.tree() == apart.tree()
    assert len(ours.store.reader.scan_open().tickets) == 2


def test_only_one_exchange_at_a_time(sites: Sites) -> None:
    from fenji.sync.turn import ExchangeLock

    ours, _ = share_ticket(sites)
    with ExchangeLock(ours.store.repo), pytest.raises(Refused, match="already in an exchange"):
        ours.sync()
    ours.sync()


def test_the_same_two_histories_give_the_same_commit_either_way(sites: Sites) -> None:
    from fenji.sync.merge_commit import merge_commits
    from fenji.sync.policy_choice import choose_hub_policy
    from fenji.sync.trees import BlobCache

    ours, theirs = share_ticket(sites)
    ours.new("KSA-2026-0050", uid_of(8))
    theirs.new("KSA-2026-0050", uid_of(7))
    ours.act("42", "edit", minute=3, fields={"cause": "a", "owner": "x"})
    theirs.act("42", "edit", minute=2, fields={"cause": "b", "owner": "y"})
    git(ours.root, "fetch", "-q", str(theirs.root), "main")
    our_head, their_head = (git(clone.root, "rev-parse", "HEAD").strip() for clone in (ours, theirs))
    pairs = (our_head, their_head), (their_head, our_head)
    commits = [
        merge_commits(BlobCache(ours.store.repo), *pair, choose_policy=choose_hub_policy).commit for pair in pairs
    ]
    assert commits[0] == commits[1]


def test_git_never_prompts(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, _ = share_ticket(sites)
    git(ours.root, "remote", "set-url", "origin", "ssh://nobody@127.0.0.1:1/desk")
    with pytest.raises(Unavailable, match="origin cannot be reached: nothing answers"):
        ours.sync()
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    with pytest.raises(Unavailable) as caught:
        ours.sync()
    assert "\n" not in str(caught.value.sentence)


def test_an_interrupted_fetch_ends_its_git(sites: Sites) -> None:
    from fenji.git.transfer import run_transfer

    ours, theirs = share_ticket(sites)
    for number in range(20):
        theirs.new(f"KSA-2026-{number + 100:04}")
    theirs.sync()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_transfer(ours.root, "fetch", "--progress", "origin", progress=stop)
    subprocess.run(["git", "fsck"], cwd=ours.root, check=True, capture_output=True)
    ours.sync()
    sites.assert_equal()


def test_two_versions_that_are_too_large_together(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    for clone, letter in ((ours, "a"), (theirs, "b")):
        for number in range(8):
            clone.act("42", "note", note=f"{letter * 80_000}{number}")
        clone.new(f"KSA-2026-010{letter == 'a':d}")
    theirs.act("42", "note", note="one more")
    ours.sync()
    done = theirs.sync()
    assert outcomes_by_id(done)["KSA-2026-0042"] == "too_large"
    ours.sync()
    theirs.sync()
    sites.assert_equal()
    assert ours.ticket("42").log[-1].note == "one more"
    assert len(ours.store.reader.scan_open().tickets) == 3
    left = next(outcome.left_out for outcome in done.outcomes if outcome.left_out)
    assert "a" * 80_000 in git(theirs.root, "cat-file", "-p", left)
