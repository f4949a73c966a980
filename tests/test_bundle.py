"""The exchange without a link: files that go from clone to clone, and what each end knows of the other."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from clones import POLICY, Clone, Sites, git
from fenji.errors import Damaged, NotFound, Refused
from fenji.sync import Exchange, Inside, Parcel, bundle, inside, receive
from fenji.sync.parcels import HUB, name, peers
from minutes import EXAMPLES_FACTOR
from samples import uid_of


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return Sites(tmp_path, "li.wei", "sun.yu")


def send(clone: Clone, to: str | None = "", file: str = "out.bundle") -> Parcel:
    return bundle(clone.store, clone.recorder, clone.root.parent / file, to=to)


def take(clone: Clone, file: str = "out.bundle") -> tuple[Inside, Exchange]:
    return receive(clone.store, clone.recorder, clone.root.parent / file)


def steps(clone: Clone, number: str = "42") -> list[str]:
    return sorted(one.do for one in clone.ticket(number).log)


def test_a_ticket_goes_over_a_file(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    parcel = send(ours)
    assert (parcel.whole, parcel.tickets, parcel.peer, parcel.receipt) == (True, 1, "", False)
    told, done = take(theirs)
    assert (told.peer, told.commits, told.people) == (name(ours.store.repo), 1, ("li.wei",))
    assert [(one.id, one.how) for one in done.outcomes] == [("KSA-2026-0042", "new")]
    assert ours.tree() == theirs.tree()
    assert git(theirs.root, "rev-parse", "HEAD") == git(ours.root, "rev-parse", "HEAD")
    assert theirs.clean()


def test_only_what_the_other_end_lacks_goes(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    for number in range(30):
        ours.new(f"KSA-2026-{number + 1:04}")
    first = send(ours)
    take(theirs)
    theirs.act("7", "respond")
    answer = send(theirs)
    assert (answer.whole, answer.tickets, answer.peer) == (False, 1, name(ours.store.repo))
    assert answer.size < first.size / 5
    take(ours)
    ours.act("8", "respond")
    second = send(ours)
    assert (second.whole, second.tickets, second.commits) == (False, 1, 1)
    take(theirs)
    assert ours.tree() == theirs.tree()


def test_a_file_that_got_lost_goes_again_with_the_next(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    send(ours)
    take(theirs)
    theirs.act("42", "note", note="so that ours knows theirs")
    send(theirs)
    take(ours)
    ours.act("42", "respond")
    assert send(ours, file="lost.bundle").commits == 1
    ours.act("42", "note")
    assert send(ours).commits == 2
    take(theirs)
    assert ours.tree() == theirs.tree()


def test_receiving_twice_changes_nothing(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    send(ours)
    take(theirs)
    head = git(theirs.root, "rev-parse", "HEAD")
    for _ in range(2):
        told, done = take(theirs)
        assert (told.commits, done.outcomes) == (0, ())
    assert git(theirs.root, "rev-parse", "HEAD") == head


def test_both_ways_at_once_end_in_the_same_commit(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    ours.sync()
    theirs.sync()
    ours.act("42", "edit", minute=5, fields={"cause": "a"})
    theirs.act("42", "edit", minute=6, fields={"cause": "b"})
    theirs.new("KSA-2026-0050")
    send(ours, file="there.bundle")
    send(theirs, file="back.bundle")
    take(theirs, "there.bundle")
    take(ours, "back.bundle")
    assert git(theirs.root, "rev-parse", "HEAD") == git(ours.root, "rev-parse", "HEAD")
    sites.settle(1)
    sites.assert_equal()


def test_looking_inside_takes_nothing(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    ours.sync()
    theirs.sync()
    ours.act("42", "respond")
    ours.new("KSA-2026-0043")
    theirs.act("42", "note")
    send(ours)
    before = git(theirs.root, "for-each-ref"), git(theirs.root, "rev-parse", "HEAD")
    told = inside(theirs.store, sites.folder / "out.bundle")
    assert {one.id: one.how for one in told.outcomes} == {"KSA-2026-0042": "merged", "KSA-2026-0043": "new"}
    assert told.first
    assert (told.commits, told.peer) == (2, name(ours.store.repo))
    assert (git(theirs.root, "for-each-ref"), git(theirs.root, "rev-parse", "HEAD")) == before
    assert theirs.clean()
    take(theirs)
    assert inside(theirs.store, sites.folder / "out.bundle").commits == 0


def test_a_receipt_when_there_is_nothing_new(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    ours.act("42", "respond")
    send(ours)
    take(theirs)
    receipt = send(theirs)
    assert (receipt.receipt, receipt.tickets) == (True, 0)
    take(ours)
    assert peers(ours.store.repo) == {name(theirs.store.repo): ours.store.repo.head()}
    ours.act("42", "note")
    assert send(ours).commits == 1


def test_a_file_that_builds_on_a_missing_one_is_refused(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    ours.sync()
    ours.act("42", "respond")
    send(ours, to=HUB)
    with pytest.raises(Refused, match="goes on from something that has not arrived") as caught:
        take(theirs)
    assert "--whole" in str(caught.value)
    assert theirs.clean()
    theirs.sync()
    take(theirs)
    assert ours.tree() == theirs.tree()
    assert send(ours, to=None).whole


def test_damaged_and_foreign_files_are_refused(sites: Sites, tmp_path: Path) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    for number in range(20):
        ours.new(f"KSA-2026-{number + 1:04}")
    send(ours)
    whole = (sites.folder / "out.bundle").read_bytes()
    head = git(theirs.root, "rev-parse", "HEAD")
    for broken in (whole[: len(whole) // 2], whole[:-30] + b"x" * 30, b"# v2 git bundle\n", b"PK\x03\x04", b""):
        (sites.folder / "out.bundle").write_bytes(broken)
        with pytest.raises((Damaged, Refused)):
            take(theirs)
    with pytest.raises(NotFound):
        take(theirs, "nowhere.bundle")
    git(tmp_path, "init", "-q", "-b", "main", "code")
    (tmp_path / "code/main.c").write_text("int main;")
    git(tmp_path / "code", "add", ".")
    git(tmp_path / "code", "-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "-m", "code")
    git(tmp_path / "code", "bundle", "create", "-q", str(sites.folder / "out.bundle"), "main")
    with pytest.raises(Refused, match="holds no desk"):
        take(theirs)
    assert git(theirs.root, "rev-parse", "HEAD") == head
    assert theirs.clean()
    git(theirs.root, "fsck")


def test_a_bundle_made_with_git_alone_is_taken(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    git(ours.root, "bundle", "create", "-q", str(sites.folder / "out.bundle"), "main")
    told, _ = take(theirs)
    assert told.peer == ""
    assert peers(theirs.store.repo) == {}
    assert ours.tree() == theirs.tree()


def test_another_file_is_never_overwritten(sites: Sites) -> None:
    ours = sites["li.wei"]
    (sites.folder / "out.bundle").write_text("a letter")
    with pytest.raises(Refused, match="is there already"):
        send(ours)
    (sites.folder / "out.bundle").unlink()
    send(ours)
    ours.new()
    assert send(ours).tickets == 1
    assert sorted(one.name for one in sites.folder.iterdir()) == ["hub.git", "li.wei", "out.bundle", "sun.yu"]


def test_for_whom(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    third = sites.clone("he.qi")
    ours.new()
    for clone in (theirs, third):
        send(ours, to=None)
        take(clone)
        clone.act("42", "note", note=clone.person)
        send(clone)
        take(ours)
    known = peers(ours.store.repo)
    assert set(known) == {name(theirs.store.repo), name(third.store.repo)}
    ours.act("42", "respond")
    assert send(ours).peer == ""
    for clone in (theirs, third):
        take(clone)
    assert send(ours, to=name(third.store.repo)).peer == name(third.store.repo)
    with pytest.raises(NotFound, match=r"Nothing has come from DZA"):
        send(ours, to="DZA")
    assert steps(theirs) == ["note", "note", "report", "respond"]


def test_a_first_copy_travels_as_a_file(sites: Sites, tmp_path: Path) -> None:
    ours = sites["li.wei"]
    ours.new()
    ours.archive("42")
    send(ours)
    subprocess.run(["git", "clone", "-q", str(sites.folder / "out.bundle"), str(tmp_path / "copy")], check=True)
    copy = Clone(tmp_path / "copy", "he.qi")
    assert copy.tree() == ours.tree()
    copy.act("42", "note", note="from the copy")
    send(copy, file="copy/../back.bundle")
    take(ours, "back.bundle")
    assert ours.tree() == copy.tree()


def test_policies_between_equals_end_alike(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    for clone, text in ((ours, b"# ours\n"), (theirs, b"# theirs\n")):
        clone.put("policy.yaml", POLICY + text)
    send(ours, file="there.bundle")
    send(theirs, file="back.bundle")
    _, first = take(theirs, "there.bundle")
    _, second = take(ours, "back.bundle")
    assert ours.tree() == theirs.tree()
    assert sorted((first.policy_kept, second.policy_kept)) == ["", "policy.local.yaml"]
    sites.settle(2)
    sites.assert_equal()


def test_the_same_number_over_a_file(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new("KSA-2026-0001", uid_of(9))
    theirs.new("KSA-2026-0001", uid_of(3))
    send(ours)
    take(theirs)
    send(theirs)
    take(ours)
    assert ours.tree() == theirs.tree()
    assert ours.ticket("KSA-2026-0001-09").uid == uid_of(9)


def test_a_disk_that_is_full_or_read_only_is_told(sites: Sites) -> None:
    ours = sites["li.wei"]
    locked = sites.folder / "locked"
    locked.mkdir(mode=0o500)
    if os.geteuid() == 0:
        locked = Path("/proc")  # root writes everywhere else
    with pytest.raises(Exception, match="cannot be written"):
        bundle(ours.store, ours.recorder, locked / "out.bundle")


def test_a_file_damaged_or_cut_anywhere_is_refused_whole(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    for number in (1, 2, 3):
        ours.new(f"KSA-2026-000{number}")
    send(ours)
    path = ours.root.parent / "out.bundle"
    whole = path.read_bytes()
    before = git(theirs.root, "for-each-ref"), git(theirs.root, "rev-parse", "HEAD")
    for _ in range(12 * EXAMPLES_FACTOR):
        data = bytearray(whole)
        place = random.randrange(len(data))
        data[place] ^= 1 << random.randrange(8)
        path.write_bytes(data if random.random() < 0.5 else data[:place])
        with pytest.raises((Damaged, Refused)):
            inside(theirs.store, path)
        with pytest.raises((Damaged, Refused)):
            take(theirs)
        assert (git(theirs.root, "for-each-ref"), git(theirs.root, "rev-parse", "HEAD")) == before
    path.write_bytes(whole)
    take(theirs)
    assert ours.tree() == theirs.tree()


def test_a_file_of_another_desk_is_refused(sites: Sites, tmp_path: Path) -> None:
    (tmp_path / "apart").mkdir()
    other = Sites(tmp_path / "apart", "he.qi")["he.qi"]
    git(other.root, "commit", "-q", "--amend", "-m", "begun on another day")
    other.new()
    send(other, None)
    path = other.root.parent / "out.bundle"
    for looked in (inside, lambda store, path: receive(store, sites["li.wei"].recorder, path)):
        with pytest.raises(Refused, match="is of another desk"):
            looked(sites["li.wei"].store, path)
    assert sites["li.wei"].store.scan_open().tickets == ()


def test_odd_names_in_a_file_lead_nowhere(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    path = ours.root.parent / "out.bundle"
    odd = (
        "refs/fenji/clones/main",
        "refs/fenji/clones/KSA-X/y",
        "refs/fenji/peers/KSA-ABCDEF",
        "refs/remotes/origin/x",
    )
    for one in odd:
        git(ours.root, "update-ref", one, "HEAD")
    git(ours.root, "bundle", "create", "-q", str(path), *odd)
    with pytest.raises(Refused, match="brings no desk"):
        take(theirs)
    git(ours.root, "bundle", "create", "-q", str(path), *odd, "main")
    before = git(theirs.root, "for-each-ref", "--format=%(refname)")
    take(theirs)
    after = set(git(theirs.root, "for-each-ref", "--format=%(refname)").splitlines())
    assert after - set(before.splitlines()) <= {"refs/worktree/fenji/whole"}
    assert ours.tree() == theirs.tree()
