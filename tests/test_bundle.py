"""The exchange without a link: files that go from clone to clone, and what each end knows of the other."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from clones import POLICY, Clone, Sites, git
from fenji.errors import Damaged, NotFound, Refused
from fenji.git.bundle import CHECKSUM
from fenji.git.clone import clone as clone_repo
from fenji.sync import Bundle, BundlePreview, SyncResult, preview_bundle, receive, write_bundle
from fenji.sync.bundle import HUB, clone_name, known_peers
from minutes import EXAMPLES_FACTOR
from samples import uid_of


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return Sites(tmp_path, "li.wei", "sun.yu")


def send_bundle(clone: Clone, to: str | None = "", file: str = "out.bundle") -> Bundle:
    return write_bundle(clone.store, clone.recorder, clone.root.parent / file, to=to)


def receive_bundle(clone: Clone, file: str = "out.bundle") -> tuple[BundlePreview, SyncResult]:
    return receive(clone.store, clone.recorder, clone.root.parent / file)


def logged_steps(clone: Clone, number: str = "42") -> list[str]:
    return sorted(event.do for event in clone.ticket(number).log)


def test_a_ticket_goes_over_a_file(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    parcel = send_bundle(ours)
    assert (parcel.is_complete, parcel.tickets, parcel.peer, parcel.is_receipt) == (True, 1, "", False)
    preview, done = receive_bundle(theirs)
    assert (preview.peer, preview.commits, preview.people) == (clone_name(ours.store.repo), 1, ("li.wei",))
    assert [(outcome.id, outcome.how) for outcome in done.outcomes] == [("KSA-2026-0042", "new")]
    assert ours.tree() == theirs.tree()
    assert git(theirs.root, "rev-parse", "HEAD") == git(ours.root, "rev-parse", "HEAD")
    assert theirs.is_clean()


def test_only_what_the_other_end_lacks_goes(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    for number in range(30):
        ours.new(f"KSA-2026-{number + 1:04}")
    first = send_bundle(ours)
    receive_bundle(theirs)
    theirs.act("7", "respond")
    answer = send_bundle(theirs)
    assert (answer.is_complete, answer.tickets, answer.peer) == (False, 1, clone_name(ours.store.repo))
    assert answer.size < first.size / 5
    receive_bundle(ours)
    ours.act("8", "respond")
    second = send_bundle(ours)
    assert (second.is_complete, second.tickets, second.commits) == (False, 1, 1)
    receive_bundle(theirs)
    assert ours.tree() == theirs.tree()


def test_a_file_that_got_lost_goes_again_with_the_next(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    send_bundle(ours)
    receive_bundle(theirs)
    theirs.act("42", "note", note="so that ours knows theirs")
    send_bundle(theirs)
    receive_bundle(ours)
    ours.act("42", "respond")
    assert send_bundle(ours, file="lost.bundle").commits == 1
    ours.act("42", "note")
    assert send_bundle(ours).commits == 2
    receive_bundle(theirs)
    assert ours.tree() == theirs.tree()


def test_receiving_twice_changes_nothing(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    send_bundle(ours)
    receive_bundle(theirs)
    head = git(theirs.root, "rev-parse", "HEAD")
    for _ in range(2):
        preview, done = receive_bundle(theirs)
        assert (preview.commits, done.outcomes) == (0, ())
    assert git(theirs.root, "rev-parse", "HEAD") == head


def test_both_ways_at_once_end_in_the_same_commit(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    ours.sync()
    theirs.sync()
    ours.act("42", "edit", minute=5, fields={"cause": "a"})
    theirs.act("42", "edit", minute=6, fields={"cause": "b"})
    theirs.new("KSA-2026-0050")
    send_bundle(ours, file="there.bundle")
    send_bundle(theirs, file="back.bundle")
    receive_bundle(theirs, "there.bundle")
    receive_bundle(ours, "back.bundle")
    assert git(theirs.root, "rev-parse", "HEAD") == git(ours.root, "rev-parse", "HEAD")
    sites.sync_all(1)
    sites.assert_equal()


def test_looking_inside_takes_nothing(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    ours.sync()
    theirs.sync()
    ours.act("42", "respond")
    ours.new("KSA-2026-0043")
    theirs.act("42", "note")
    send_bundle(ours)
    before = git(theirs.root, "for-each-ref"), git(theirs.root, "rev-parse", "HEAD")
    preview = preview_bundle(theirs.store, sites.folder / "out.bundle")
    assert {outcome.id: outcome.how for outcome in preview.outcomes} == {
        "KSA-2026-0042": "merged",
        "KSA-2026-0043": "new",
    }
    assert preview.first
    assert (preview.commits, preview.peer) == (2, clone_name(ours.store.repo))
    assert (git(theirs.root, "for-each-ref"), git(theirs.root, "rev-parse", "HEAD")) == before
    assert theirs.is_clean()
    receive_bundle(theirs)
    assert preview_bundle(theirs.store, sites.folder / "out.bundle").commits == 0


def test_a_receipt_when_there_is_nothing_new(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    ours.act("42", "respond")
    send_bundle(ours)
    receive_bundle(theirs)
    receipt = send_bundle(theirs)
    assert (receipt.is_receipt, receipt.tickets) == (True, 0)
    receive_bundle(ours)
    assert known_peers(ours.store.repo) == {clone_name(theirs.store.repo): ours.store.repo.head()}
    ours.act("42", "note")
    assert send_bundle(ours).commits == 1


def test_a_file_that_builds_on_a_missing_one_is_refused(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    ours.sync()
    ours.act("42", "respond")
    send_bundle(ours, to=HUB)
    with pytest.raises(Refused, match="builds on something that has not arrived") as caught:
        receive_bundle(theirs)
    assert "--whole" in str(caught.value)
    assert theirs.is_clean()
    theirs.sync()
    receive_bundle(theirs)
    assert ours.tree() == theirs.tree()
    assert send_bundle(ours, to=None).is_complete


def test_damaged_and_foreign_files_are_refused(sites: Sites, tmp_path: Path) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    for number in range(20):
        ours.new(f"KSA-2026-{number + 1:04}")
    send_bundle(ours)
    bundle_bytes = (sites.folder / "out.bundle").read_bytes()
    head = git(theirs.root, "rev-parse", "HEAD")
    for broken in (
        bundle_bytes[: len(bundle_bytes) // 2],
        bundle_bytes[:-30] + b"x" * 30,
        b"# v2 git bundle\n",
        b"PK\x03\x04",
        b"",
    ):
        (sites.folder / "out.bundle").write_bytes(broken)
        with pytest.raises((Damaged, Refused)):
            receive_bundle(theirs)
    with pytest.raises(NotFound):
        receive_bundle(theirs, "nowhere.bundle")
    git(tmp_path, "init", "-q", "-b", "main", "code")
    (tmp_path / "code/main.c").write_text("int main;")
    git(tmp_path / "code", "add", ".")
    git(tmp_path / "code", "-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "-m", "code")
    git(tmp_path / "code", "bundle", "create", "-q", str(sites.folder / "out.bundle"), "main")
    with pytest.raises(Refused, match="holds no desk"):
        receive_bundle(theirs)
    assert git(theirs.root, "rev-parse", "HEAD") == head
    assert theirs.is_clean()
    git(theirs.root, "fsck")


def test_a_file_of_a_repository_of_the_other_kind_is_told_from_a_damaged_one(sites: Sites, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256", "-b", "main", "other")
    other = tmp_path / "other"
    git(other, "-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "--allow-empty", "-m", "other")
    git(other, "bundle", "create", "-q", str(sites.folder / "out.bundle"), "main")
    with pytest.raises(Refused, match="SHA-1 and SHA-256") as caught:
        receive_bundle(sites["li.wei"])
    assert "--from" in str(caught.value.hint)
    assert sites["li.wei"].is_clean()


def test_a_bundle_made_with_git_alone_is_taken(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    git(ours.root, "bundle", "create", "-q", str(sites.folder / "out.bundle"), "main")
    preview, _ = receive_bundle(theirs)
    assert preview.peer == ""
    assert known_peers(theirs.store.repo) == {}
    assert ours.tree() == theirs.tree()


def test_another_file_is_never_overwritten(sites: Sites) -> None:
    ours = sites["li.wei"]
    (sites.folder / "out.bundle").write_text("a letter")
    with pytest.raises(Refused, match="already exists"):
        send_bundle(ours)
    (sites.folder / "out.bundle").unlink()
    send_bundle(ours)
    ours.new()
    assert send_bundle(ours).tickets == 1
    assert sorted(path.name for path in sites.folder.iterdir()) == ["hub.git", "li.wei", "out.bundle", "sun.yu"]


def test_for_whom(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    third = sites.clone("he.qi")
    ours.new()
    for clone in (theirs, third):
        send_bundle(ours, to=None)
        receive_bundle(clone)
        clone.act("42", "note", note=clone.person)
        send_bundle(clone)
        receive_bundle(ours)
    known = known_peers(ours.store.repo)
    assert set(known) == {clone_name(theirs.store.repo), clone_name(third.store.repo)}
    ours.act("42", "respond")
    assert send_bundle(ours).peer == ""
    for clone in (theirs, third):
        receive_bundle(clone)
    assert send_bundle(ours, to=clone_name(third.store.repo)).peer == clone_name(third.store.repo)
    with pytest.raises(NotFound, match=r"Nothing has come from DZA"):
        send_bundle(ours, to="DZA")
    assert logged_steps(theirs) == ["note", "note", "report", "respond"]


def test_a_first_copy_travels_as_a_file(sites: Sites, tmp_path: Path) -> None:
    ours = sites["li.wei"]
    ours.new()
    ours.archive("42")
    send_bundle(ours)
    subprocess.run(["git", "clone", "-q", str(sites.folder / "out.bundle"), str(tmp_path / "copy")], check=True)
    copy = Clone(tmp_path / "copy", "he.qi")
    assert copy.tree() == ours.tree()
    copy.act("42", "note", note="from the copy")
    send_bundle(copy, file="copy/../back.bundle")
    receive_bundle(ours, "back.bundle")
    assert ours.tree() == copy.tree()


def test_policies_between_equals_end_alike(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    for clone, text in ((ours, b"# ours\n"), (theirs, b"# theirs\n")):
        clone.write_file("policy.yaml", POLICY + text)
    send_bundle(ours, file="there.bundle")
    send_bundle(theirs, file="back.bundle")
    _, first = receive_bundle(theirs, "there.bundle")
    _, second = receive_bundle(ours, "back.bundle")
    assert ours.tree() == theirs.tree()
    assert sorted((*first.drafts_kept.values(), *second.drafts_kept.values())) == ["policy.local.yaml"]
    sites.sync_all(2)
    sites.assert_equal()


def test_the_same_number_over_a_file(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new("KSA-2026-0001", uid_of(9))
    theirs.new("KSA-2026-0001", uid_of(3))
    send_bundle(ours)
    receive_bundle(theirs)
    send_bundle(theirs)
    receive_bundle(ours)
    assert ours.tree() == theirs.tree()
    assert ours.ticket("KSA-2026-0001-09").uid == uid_of(9)


def test_a_disk_that_is_full_or_read_only_is_told(sites: Sites) -> None:
    ours = sites["li.wei"]
    locked = sites.folder / "locked"
    locked.mkdir(mode=0o500)
    if os.geteuid() == 0:
        locked = Path("/proc")  # root writes everywhere else
    with pytest.raises(Exception, match="cannot be written"):
        write_bundle(ours.store, ours.recorder, locked / "out.bundle")


def test_a_stick_that_is_not_there_is_told(sites: Sites) -> None:
    ours = sites["li.wei"]
    ours.new()
    with pytest.raises(Refused, match="Plug in the stick"):
        send_bundle(ours, file="stick/out.bundle")
    assert not (sites.folder / "stick").exists()


def test_a_file_damaged_or_cut_anywhere_is_refused_whole(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    for number in (1, 2, 3):
        ours.new(f"KSA-2026-000{number}")
    send_bundle(ours)
    path = ours.root.parent / "out.bundle"
    bundle_bytes = path.read_bytes()
    before = git(theirs.root, "for-each-ref"), git(theirs.root, "rev-parse", "HEAD")
    rng = random.Random(20261119)
    for _ in range(12 * EXAMPLES_FACTOR):
        data = bytearray(bundle_bytes)
        offset = rng.randrange(len(data))
        data[offset] ^= 1 << rng.randrange(8)
        path.write_bytes(data if rng.random() < 0.5 else data[:offset])
        with pytest.raises((Damaged, Refused)):
            preview_bundle(theirs.store, path)
        with pytest.raises((Damaged, Refused)):
            receive_bundle(theirs)
        assert (git(theirs.root, "for-each-ref"), git(theirs.root, "rev-parse", "HEAD")) == before
    path.write_bytes(bundle_bytes)
    receive_bundle(theirs)
    assert ours.tree() == theirs.tree()


def header_of(data: bytes) -> bytes:
    """The header of a bundle with the empty line that ends it."""
    return data[: data.index(b"\n\n") + 2]


def flip_bit(data: bytes, offset: int, bit: int) -> bytes:
    return data[:offset] + bytes([data[offset] ^ 1 << bit]) + data[offset + 1 :]


def without_checksum(data: bytes) -> bytes:
    """A bundle as it was made before headers had a checksum."""
    header = header_of(data)
    *lines, checksum, _ = header.splitlines(keepends=True)
    assert CHECKSUM.encode() in checksum
    return b"".join([*lines, b"\n"]) + data[len(header) :]


@pytest.fixture
def bundle_bytes(sites: Sites) -> bytes:
    """A bundle from li.wei that goes on from what sun.yu has."""
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    git(ours.root, "config", "fenji.clone", "KSA-00000J")  # one bit makes a line feed of the J
    ours.new()
    ours.sync()
    theirs.sync()
    ours.act("42", "respond")
    send_bundle(ours, to=HUB)
    return (sites.folder / "out.bundle").read_bytes()


def test_any_bit_of_the_header_flipped_is_refused_in_words_of_our_own(sites: Sites, bundle_bytes: bytes) -> None:
    theirs, path = sites["sun.yu"], sites.folder / "out.bundle"
    before = git(theirs.root, "for-each-ref"), git(theirs.root, "rev-parse", "HEAD")
    for offset in range(len(header_of(bundle_bytes))):
        for bit in range(8):
            path.write_bytes(flip_bit(bundle_bytes, offset, bit))
            with pytest.raises(Damaged, match=r"is not a bundle( that can be used here)?\."):
                preview_bundle(theirs.store, path)
    path.write_bytes(flip_bit(bundle_bytes, 20, 0))
    with pytest.raises(Damaged):
        receive_bundle(theirs)
    assert (git(theirs.root, "for-each-ref"), git(theirs.root, "rev-parse", "HEAD")) == before
    path.write_bytes(bundle_bytes)
    assert receive_bundle(theirs)[0].commits == 1


def test_a_file_without_a_checksum_is_read_and_its_commits_must_agree(sites: Sites, bundle_bytes: bytes) -> None:
    ours, theirs, path = sites["li.wei"], sites["sun.yu"], sites.folder / "out.bundle"
    old = without_checksum(bundle_bytes)
    head = git(ours.root, "rev-parse", "HEAD").strip().encode()
    offsets = [n for n in range(len(header_of(old))) if old.startswith(head, n)]
    assert len(offsets) == 3
    for start in offsets:
        for offset in range(start, start + len(head)):
            for bit in range(8):
                path.write_bytes(flip_bit(old, offset, bit))
                with pytest.raises(Damaged, match="that can be used here"):
                    preview_bundle(theirs.store, path)
    path.write_bytes(old)
    preview, _ = receive_bundle(theirs)
    assert (preview.peer, preview.commits) == (clone_name(ours.store.repo), 1)
    assert ours.tree() == theirs.tree()


def test_a_commit_that_is_not_in_the_file_is_refused_in_words_of_our_own(sites: Sites) -> None:
    ours, theirs, path = sites["li.wei"], sites["sun.yu"], sites.folder / "out.bundle"
    ours.new()
    git(ours.root, "bundle", "create", "-q", str(path), "main")
    head = git(ours.root, "rev-parse", "HEAD").strip().encode()
    path.write_bytes(path.read_bytes().replace(head, b"1" * len(head)))
    for take in (lambda: preview_bundle(theirs.store, path), lambda: receive_bundle(theirs)):
        with pytest.raises(Damaged, match="that can be used here"):
            take()


@pytest.mark.parametrize(
    "line",
    [
        "refs/fenji/clones/HQ-ABCDEF",  # a second clone
        "refs/heads/main",  # the branch once more
        "refs/heads/other",
        "refs/tags/v1",
    ],
)
def test_a_line_too_many_in_the_header_is_refused(sites: Sites, bundle_bytes: bytes, line: str) -> None:
    path = sites.folder / "out.bundle"
    old, head = without_checksum(bundle_bytes), git(sites["li.wei"].root, "rev-parse", "HEAD").strip()
    path.write_bytes(old.replace(b"\n\n", f"\n{head} {line}\n\n".encode(), 1))
    with pytest.raises(Damaged, match="that can be used here"):
        preview_bundle(sites["sun.yu"].store, path)


def test_no_desk_begins_with_a_damaged_header(sites: Sites, tmp_path: Path) -> None:
    ours = sites["li.wei"]
    send_bundle(ours)
    path = sites.folder / "out.bundle"
    name = clone_name(ours.store.repo).encode()
    path.write_bytes(path.read_bytes().replace(name, name[:-1] + (b"0" if name[-1:] != b"0" else b"1")))
    with pytest.raises(Damaged, match="that can be used here"):
        clone_repo(str(path), tmp_path / "copy", prepare=lambda _: None)
    assert not (tmp_path / "copy").exists()


def test_a_file_of_another_desk_is_refused(sites: Sites, tmp_path: Path) -> None:
    (tmp_path / "apart").mkdir()
    other = Sites(tmp_path / "apart", "he.qi")["he.qi"]
    git(other.root, "commit", "-q", "--amend", "-m", "begun on another day")
    other.new()
    send_bundle(other, None)
    path = other.root.parent / "out.bundle"
    for looked in (preview_bundle, lambda store, path: receive(store, sites["li.wei"].recorder, path)):
        with pytest.raises(Refused, match="is from another desk"):
            looked(sites["li.wei"].store, path)
    assert sites["li.wei"].store.reader.scan_open().tickets == ()


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
    for ref in odd:
        git(ours.root, "update-ref", ref, "HEAD")
    git(ours.root, "bundle", "create", "-q", str(path), *odd)
    before = git(theirs.root, "for-each-ref", "--format=%(refname)")
    for names in ([name] for name in odd):
        for more in ([], ["main"]):
            git(ours.root, "bundle", "create", "-q", str(path), *names, *more)
            with pytest.raises(Damaged, match="that can be used here"):
                receive_bundle(theirs)
    git(ours.root, "branch", "side")
    git(ours.root, "bundle", "create", "-q", str(path), "side")
    with pytest.raises(Refused, match="holds no desk"):
        receive_bundle(theirs)
    after = set(git(theirs.root, "for-each-ref", "--format=%(refname)").splitlines())
    assert after - set(before.splitlines()) <= {"refs/worktree/fenji/whole"}


def test_a_shallow_clone_refuses_a_whole_bundle_until_it_has_the_history(tmp_path: Path) -> None:
    sites = Sites(tmp_path, "li.wei")
    sites["li.wei"].new()
    sites["li.wei"].sync()
    root = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{sites.hub}", str(root))
    shallow = Clone(root)
    with pytest.raises(Refused, match="git fetch --unshallow"):
        write_bundle(shallow.store, shallow.recorder, tmp_path / "whole.bundle", to=None)
    assert not (tmp_path / "whole.bundle").exists()
    git(root, "fetch", "-q", "--unshallow")
    assert write_bundle(shallow.store, shallow.recorder, tmp_path / "whole.bundle", to=None).is_complete
