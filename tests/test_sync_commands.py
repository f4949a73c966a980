"""The commands of the exchange, a first copy, and what the board's header says; over real ssh where there is one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clones import Clone, Sites, git
from commandline import fenji, run_in_child
from fenji.desk import Desk, DeskSetup, exchange
from fenji.errors import InvalidUsage, Refused, Unavailable
from fenji.storage.yaml_codec import read_ticket
from fenji.sync import delivery_status, mark_seen, read_status
from fenji.sync.state import FILE_NAME, load_state
from links import Sshd
from samples import uid_of


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return Sites(tmp_path, "li.wei", "sun.yu")


def share_ticket(sites: Sites) -> tuple[Clone, Clone]:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    ours.new()
    ours.sync()
    theirs.sync()
    return ours, theirs


# --- the commands -----------------------------------------------------------------------------------------------------


def test_sync_tells_ticket_by_ticket(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    ours.act("42", "edit", minute=10, fields={"cause": "ours"})
    theirs.act("42", "edit", minute=20, fields={"cause": "theirs"})
    ours.new("KSA-2026-0050", uid_of(3))
    ours.sync()
    done = fenji("--desk", theirs.root, "sync")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert "KSA-2026-0042  merged with what was done here; li.wei; another text of cause is kept in the log" in lines
    assert "KSA-2026-0050  new; li.wei" in lines
    assert lines[-1] == "2 tickets received, 1 sent"
    assert fenji("--desk", theirs.root, "sync").out == "0 tickets received, 0 sent\n"


def test_sync_as_a_document(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    theirs.act("42", "respond")
    theirs.sync()
    ours.write_file("tickets/open/KSA-2026-0001.yaml", "id: [")
    done = fenji("sync", "--json", "--desk", ours.root)
    (ticket,) = done.json["tickets"]
    assert (ticket["id"], ticket["how"], ticket["events"], ticket["people"]) == (
        "KSA-2026-0042",
        "updated",
        1,
        ["sun.yu"],
    )
    assert (done.json["received"], done.json["sent"], done.json["policy_kept"]) == (1, 0, None)
    assert [problem["path"] for problem in done.json["left"]] == ["tickets/open/KSA-2026-0001.yaml"]
    assert "tickets/open/KSA-2026-0001.yaml" in done.err


def test_a_failed_sync_is_one_sentence(sites: Sites) -> None:
    ours, _ = share_ticket(sites)
    git(ours.root, "remote", "set-url", "origin", str(sites.folder / "gone.git"))
    done = run_in_child("sync", "--desk", ours.root)
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        "The hub origin cannot be reached: there is no repository at its address.",
        "Everything is recorded here and waits; the next sync sends it. See the address with: git remote -v",
    ]


def test_bundle_and_receive(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    ours.act("42", "respond")
    out = sites.folder / "out.bundle"
    done = fenji("bundle", out, "--desk", ours.root)
    assert done.code == 0
    assert "1 ticket in 3 commits" in done.out
    assert "fenji init DIR --site SITE --from FILE" in done.out
    look = fenji("receive", out, "--dry-run", "--desk", theirs.root)
    assert look.out.splitlines()[1:] == ["KSA-2026-0042  updated; li.wei"]
    assert len(theirs.ticket("42").log) == 1
    done = fenji("receive", out, "--desk", theirs.root, "--json")
    assert (done.json["commits"], done.json["received"]) == (1, 1)
    assert len(theirs.ticket("42").log) == 2
    again = fenji("receive", out, "--desk", theirs.root)
    assert "everything in it is already here" in again.out
    answer = fenji("bundle", sites.folder / "back.bundle", "--desk", theirs.root, "--json")
    assert (answer.json["receipt"], answer.json["whole"], answer.json["to"]) == (True, False, done.json["from"])
    assert fenji("bundle", out, "--to", "x", "--whole", "--desk", ours.root).code == 2
    assert fenji("receive", sites.folder / "nowhere", "--desk", ours.root).code == 1
    out.write_text("a letter")
    assert fenji("receive", out, "--desk", ours.root).code == 3


def test_check_names_a_clone_whose_git_knows_no_merge(sites: Sites) -> None:
    ours, _ = share_ticket(sites)
    assert fenji("check", "--desk", ours.root).code == 0
    assert "merge" not in fenji("check", "--desk", ours.root).out
    git(ours.root, "config", "--remove-section", "merge.fenji")
    assert "git does not know yet how to merge tickets" in fenji("check", "--desk", ours.root).out


def test_the_merge_driver_is_a_command_nobody_sees() -> None:
    assert "merge-driver" not in fenji("--help").out
    assert run_in_child("merge-driver").code == 2


# --- a first copy -----------------------------------------------------------------------------------------------------


def test_a_desk_begins_as_a_copy(sites: Sites, tmp_path: Path) -> None:
    ours, _ = share_ticket(sites)
    target = tmp_path / "new" / "desk"
    done = fenji("init", target, "--site", "DZA", "--from", sites.hub, "--person", "he.qi")
    assert (done.code, done.err) == (0, "")
    copy = Clone(target, "he.qi")
    assert git(target, "config", "fenji.site") == "DZA\n"
    assert copy.ticket("42").title == "備件生鏽"
    git(target, "config", "user.email", "he.qi@example.com")
    copy.act("42", "note", note="from the copy")
    copy.sync()
    ours.sync()
    assert ours.tree() == copy.tree()
    assert fenji("init", target, "--site", "DZA", "--from", sites.hub).code == 1
    assert fenji("init", tmp_path / "x", "--site", "nowhere", "--from", sites.hub).code == 2
    assert fenji("init", tmp_path / "x", "--site", "DZA", "--from", tmp_path / "gone.git").code == 1
    assert not (tmp_path / "x").exists()


def test_a_copy_says_what_is_still_to_be_done(sites: Sites, tmp_path: Path) -> None:
    share_ticket(sites)
    options = "--from", sites.hub, "--language", "en"
    done = fenji("init", tmp_path / "one", "--site", "KSA", *options)
    assert f"git -C {tmp_path / 'one'} config fenji.user KEY, one of li.wei, " in done.out
    done = fenji("init", tmp_path / "two", "--site", "XYZ", *options, "--person", "he.qi")
    assert "he.qi is not under people in policy.yaml" in done.out
    assert "XYZ is not a site in policy.yaml" in done.out
    done = fenji("init", tmp_path / "four", "--site", "KSA", *options, FENJI_USER="li.wei")
    assert "not under people" not in done.out
    assert git(tmp_path / "four", "config", "fenji.user") == "li.wei\n"
    git(tmp_path, "config", "--global", "user.email", "Li.Wei@Fenji.example")
    assert fenji("init", tmp_path / "three", "--site", "KSA", *options).out.count("\n") == 1
    assert git(tmp_path / "three", "config", "fenji.user") == "li.wei\n"
    assert fenji("--desk", tmp_path / "three", "note", "42", "hello").code == 0


def test_a_desk_begins_from_a_file(sites: Sites, tmp_path: Path) -> None:
    ours, _ = share_ticket(sites)
    out = tmp_path / "first.bundle"
    fenji("bundle", out, "--whole", "--desk", ours.root)
    assert fenji("init", tmp_path / "copy", "--site", "DZA", "--from", out).code == 0
    assert git(tmp_path / "copy", "remote") == ""
    copy = Clone(tmp_path / "copy", "liu.yang")
    copy.act("42", "respond")
    answer = fenji("bundle", tmp_path / "back.bundle", "--desk", copy.root, "--json")
    assert answer.json["commits"] == 1
    assert fenji("receive", tmp_path / "back.bundle", "--desk", ours.root).code == 0
    assert ours.tree() == copy.tree()


def test_a_copy_that_is_no_desk(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "code")
    (tmp_path / "code/main.c").write_text("int main;")
    git(tmp_path / "code", "add", ".")
    git(tmp_path / "code", "-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "-m", "code")
    with pytest.raises(Refused, match="has no desk at its top level"):
        exchange.clone(str(tmp_path / "code"), tmp_path / "copy", "KSA", DeskSetup())
    with pytest.raises(InvalidUsage):
        exchange.clone(str(tmp_path / "code"), tmp_path / "copy2", "ksa", DeskSetup())


def test_no_option_hides_in_an_address(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        exchange.clone(f"--upload-pack=touch {tmp_path}/trap", tmp_path / "copy", "KSA", DeskSetup())
    with pytest.raises(Unavailable):
        exchange.clone(f"ext::sh -c 'touch {tmp_path}/trap'", tmp_path / "copy", "KSA", DeskSetup())
    assert not (tmp_path / "trap").exists()


# --- what is remembered -----------------------------------------------------------------------------------------------


def test_the_header_knows_how_we_stand(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    repo = ours.store.repo
    now = read_status(repo)
    assert (now.ahead, now.behind, now.remote, now.failure) == (0, 0, "origin", None)
    assert now.last_ok == ours.recorder.at
    ours.act("42", "respond")
    assert read_status(repo).ahead == 1
    theirs.act("42", "note")
    theirs.sync()
    git(ours.root, "fetch", "-q")
    assert (read_status(repo).ahead, read_status(repo).behind) == (1, 1)
    sites.hub.rename(sites.folder / "away")
    with pytest.raises(Unavailable):
        ours.sync()
    failed = read_status(repo)
    assert "there is no repository at its address" in str(failed.failure)
    assert failed.last_ok == ours.recorder.at
    (sites.folder / "away").rename(sites.hub)
    ours.sync()
    assert read_status(repo).failure is None
    (repo.git_dir / FILE_NAME).write_text("{broken")
    assert read_status(repo).last_ok is None
    git(ours.root, "remote", "remove", "origin")
    assert read_status(repo).remote == ""


def list_arrivals(clone: Clone) -> dict[str, str]:
    return {number: arrival.how for number, arrival in load_state(clone.store.repo).arrivals.items()}


def test_what_came_in_is_remembered_until_looked_at(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    assert list_arrivals(theirs) == {"KSA-2026-0042": "new"}
    mark_seen(theirs.store.repo)
    for number in (50, 51):
        ours.new(f"KSA-2026-{number:04}")
    ours.sync()
    theirs.sync()
    ours.act("50", "respond")
    ours.act("42", "respond")
    ours.sync()
    theirs.sync()
    assert list_arrivals(theirs) == {
        "KSA-2026-0050": "new",
        "KSA-2026-0051": "new",
        "KSA-2026-0042": "updated",
    }
    mark_seen(theirs.store.repo, ["KSA-2026-0050"])
    with Desk.open(theirs.root) as desk:
        assert set(exchange.read_arrivals(desk)) == {"KSA-2026-0051", "KSA-2026-0042"}
        exchange.mark_seen(desk)
        assert exchange.read_arrivals(desk) == {}


def test_the_receipt_of_a_ticket(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    ours.act("42", "respond")
    path = ours.store.reader.find_path("42")
    repo = ours.store.repo
    assert delivery_status(repo, "tickets/open/KSA-2026-0099.yaml") == ""
    assert delivery_status(repo, path) == "recorded"
    ours.sync()
    assert delivery_status(repo, path) == "sent"
    theirs.sync()
    theirs.new("KSA-2026-0050")
    theirs.act("50", "respond")
    theirs.sync()
    ours.sync()
    assert delivery_status(repo, path) == "seen"
    with Desk.open(ours.root) as desk:
        assert exchange.delivery_state(desk, "42") == "seen"


def test_a_desk_mends_what_it_finds_when_it_is_opened(sites: Sites) -> None:
    ours, theirs = share_ticket(sites)
    git(theirs.root, "config", "--remove-section", "merge.fenji")
    ours.act("42", "edit", fields={"cause": "ours"})
    ours.sync()
    theirs.act("42", "edit", fields={"cause": "theirs"})
    git(theirs.root, "pull", "-q", "--no-rebase", "--no-edit", check=False)
    with Desk.open(theirs.root) as desk:
        assert exchange.finish_interrupted(desk) is None
        assert exchange.finish_interrupted(desk) is None
        assert [event.do for event in desk.row("42").ticket.log].count("edit") == 2
        assert exchange.driver_problem(desk) is not None
    assert theirs.is_clean()


# --- over ssh ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    with Sshd(tmp_path / "ssh") as running:
        yield running


def test_the_exchange_over_ssh(sites: Sites, server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = share_ticket(sites)
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    url = f"desk-hub:{sites.hub}"
    for clone in (ours, theirs):
        git(clone.root, "config", "core.sshCommand", server.command())
        git(clone.root, "config", "fenji.keepConnection", "2")
        git(clone.root, "remote", "set-url", "origin", url)
    ours.act("42", "respond")
    assert ours.sync().sent == 1
    theirs.act("42", "note")
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    monkeypatch.setenv("GIT_SSH_COMMAND", server.command())
    root = exchange.clone(url, tmp_path / "copy", "DZA", DeskSetup(person="he.qi"))
    assert len(read_ticket((root / "tickets/open/KSA-2026-0042.yaml").read_bytes(), "x").log) == 3
    (tmp_path / "ssh/authorized").write_text("")
    (tmp_path / "ssh/key").unlink()
    git(ours.root, "config", "fenji.keepConnection", "0")
    with pytest.raises(Unavailable, match="does not let you in"):
        ours.sync()


def test_an_unknown_host_is_not_trusted(sites: Sites, server: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, _ = share_ticket(sites)
    git(ours.root, "remote", "set-url", "origin", f"desk-hub:{sites.hub}")
    text = server.config.read_text().replace("accept-new", "yes")
    server.config.write_text(text)
    monkeypatch.setenv("GIT_SSH_COMMAND", server.command())
    with pytest.raises(Unavailable, match="is not known to ssh"):
        ours.sync()


def test_a_driver_of_this_python_is_found_by_git() -> None:
    command = [sys.executable, "-P", "-m", "fenji", "merge-driver"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2


# --- thin clones ------------------------------------------------------------------------------------------------------


def test_large_attachments_stay_with_the_hub_until_they_are_wanted(sites: Sites, tmp_path: Path) -> None:
    ours, _ = share_ticket(sites)
    git(sites.hub, "config", "uploadpack.allowFilter", "true")
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(os.urandom(900_000))
    with Desk.open(ours.root) as desk:
        desk.attach("42", [photo])
    ours.sync()
    url = f"file://{sites.hub}"
    assert fenji("init", tmp_path / "thin", "--site", "DZA", "--from", url, "--person", "he.qi").code == 0
    thin = Clone(tmp_path / "thin", "he.qi")
    git(thin.root, "config", "user.email", "he.qi@example.com")
    assert not (thin.root / "tickets/files/KSA-2026-0042/photo.jpg").exists()
    assert thin.is_clean()
    assert "missing" not in fenji("check", "--desk", thin.root).out
    other = tmp_path / "other" / "photo.jpg"
    other.parent.mkdir()
    other.write_bytes(b"of the copy")
    with Desk.open(ours.root) as desk:
        photo.write_bytes(os.urandom(900_000))
        desk.attach("42", [photo])
    with Desk.open(thin.root) as desk:
        desk.attach("42", [other])
    ours.sync()
    assert thin.sync().sent == 1
    assert thin.is_clean()
    assert len(list_missing_objects(thin)) == 2
    ours.sync()
    assert ours.tree() == thin.tree()
    assert len(list((ours.root / "tickets/files/KSA-2026-0042").iterdir())) == 3
    paths = fenji("files", "42", "--desk", thin.root, "--json").json["files"]
    assert sorted(Path(path).name for path in paths) == ["photo-2.jpg", "photo-3.jpg", "photo.jpg"]
    assert sorted(Path(path).read_bytes() for path in paths) == sorted(
        path.read_bytes() for path in (ours.root / "tickets/files/KSA-2026-0042").iterdir()
    )
    assert thin.is_clean()
    assert list_missing_objects(thin) == []


def list_missing_objects(clone: Clone) -> list[str]:
    """What the clone does not have of its own commit."""
    output = git(clone.root, "rev-list", "--objects", "--no-object-names", "--missing=print", "--no-walk", "HEAD")
    return [line for line in output.splitlines() if line.startswith("?")]
