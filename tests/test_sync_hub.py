"""What a sync sends past a hub that checks what comes in: joined, renumbered and restored tickets are let in."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

import warm_python
import worlds
from clones import git
from commandline import CommandResult, fenji, run_in_child
from fenji.sync import exchange
from templates import copy_template


class Pair:
    """The desks of KSA and HQ around a hub that checks."""

    def __init__(self, folder: Path, *, shared: bool = False) -> None:
        """Begin them; where they are `shared`, both have synced through the hub."""
        self._name(folder / "world")
        copy_template(("pair", shared), lambda made: self._create(made, shared=shared), folder)
        self._name(folder / "world")

    def _name(self, world: Path) -> None:
        self.ksa, self.hq, self.hub = (world / name for name in ("ksa", worlds.OTHER_CLONE, worlds.HUB))

    def _create(self, folder: Path, *, shared: bool) -> None:
        worlds.make("two_sites", folder / "world")
        self._name(folder / "world")
        assert fenji("hub", "init", self.hub).code == 0
        warm_python.warm_up(self.hub)
        if shared:
            self.sync_both()

    def run(self, desk: Path, *args: object) -> CommandResult:
        result = fenji(*args, "--desk", desk)
        assert result.code == 0, result.err
        return result

    def sync_both(self) -> None:
        """Both sync until they hold the same, which is what the hub holds."""
        for desk in (self.ksa, self.hq, self.ksa, self.hq):
            self.run(desk, "sync")
        trees = {git(repo, "rev-parse", "main^{tree}") for repo in (self.ksa, self.hq, self.hub)}
        assert len(trees) == 1
        assert self.run(self.hq, "check").code == 0


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_texts_that_both_wrote(pair: Pair) -> None:
    for desk, text in ((pair.ksa, "salt"), (pair.hq, "water")):
        pair.run(desk, "edit", "0187", "--set", f"cause={text}")
        pair.run(desk, "note", "0187", f"about {text}")
    pair.sync_both()
    log = pair.run(pair.ksa, "show", "0187", "--json").json["log"]
    assert [event["do"] for event in log].count("superseded") == 1


def test_attachments_of_one_name(pair: Pair, tmp_path: Path) -> None:
    for desk, text in ((pair.ksa, "salt"), (pair.hq, "water")):
        (tmp_path / "photo.jpg").write_text(text)
        pair.run(desk, "attach", "0187", tmp_path / "photo.jpg")
    pair.sync_both()
    names = {file["name"] for file in pair.run(pair.hq, "show", "0187", "--json").json["files"]}
    assert {"photo.jpg", "photo-2.jpg"} <= names


def test_a_number_taken_twice(pair: Pair) -> None:
    git(pair.hq, "config", "fenji.site", "KSA")
    first = pair.run(pair.ksa, "new", "--title", "one", "--json").json["id"]
    assert pair.run(pair.hq, "new", "--title", "other", "--json").json["id"] == first
    pair.sync_both()
    assert len(list((pair.ksa / "tickets/open").glob(f"{first}*"))) == 2


def test_what_somebody_deleted_or_dropped_with_git(pair: Pair) -> None:
    pair.run(pair.hq, "note", "0189", "to be dropped")
    git(pair.hq, "checkout", "-q", "HEAD~1", "--", "tickets/open/KSA-2026-0189.yaml")
    git(pair.hq, "rm", "-q", "tickets/open/KSA-2026-0187.yaml")
    git(pair.hq, "commit", "-q", "-m", "away with it")
    pair.run(pair.ksa, "note", "0187", "still here")
    pair.run(pair.ksa, "sync")
    pair.sync_both()
    for number, note in (("0187", "still here"), ("0189", "to be dropped")):
        log = pair.run(pair.hq, "show", number, "--json").json["log"]
        assert note in [event.get("note") for event in log]


def test_a_header_changed_in_an_editor(pair: Pair) -> None:
    path = pair.hq / "tickets/open/KSA-2026-0187.yaml"
    head, _, rest = path.read_text().partition("title: ")
    path.write_text(f"{head}title: by hand\n{rest.partition(chr(10))[2]}")
    pair.sync_both()
    assert pair.run(pair.ksa, "show", "0187", "--json").json["title"] == "by hand"


# --- edits by hand that are not allowed, or that git alone knows of -----------------------------------------------


def edit_field(path: Path, field: str, value: str) -> None:
    """Change a short field in an editor."""
    head, _, rest = path.read_text().partition(f"\n{field}: ")
    path.write_text(f"{head}\n{field}: {value}\n{rest.partition(chr(10))[2]}")


def test_a_header_changed_in_an_editor_and_committed_with_git(pair: Pair) -> None:
    path = pair.hq / "tickets/open/KSA-2026-0187.yaml"
    edit_field(path, "title", "by hand")
    path.write_text(path.read_text().replace("description: |\n", "description: |\n  typed before the rest\n"))
    git(pair.hq, "commit", "-q", "-a", "-m", "by hand")
    pair.sync_both()
    shown = pair.run(pair.ksa, "show", "0187", "--json").json
    assert (shown["title"], shown["description"].split("\n")[0]) == ("by hand", "typed before the rest")
    assert shown["log"][-1]["rewrote"] == ["description"]


def find_archived(pair: Pair) -> Path:
    """A ticket that both have in the archive."""
    paths = sorted((pair.hq / "tickets/archive").rglob("*.yaml"))
    return next(path for path in paths if "\nstate: archived\n" in path.read_text())


@pytest.mark.parametrize("how", ["saved", "committed", "met while files are written"])
def test_an_edit_of_what_is_settled_is_put_back_and_kept(pair: Pair, how: str) -> None:
    pair.sync_both()
    path = find_archived(pair)
    if how.startswith("met"):
        pair.run(pair.ksa, "note", path.stem, "from the other site")
        pair.run(pair.ksa, "sync")
    title = path.read_text().partition("\ntitle: ")[2].partition("\n")[0]
    edit_field(path, "title", "by hand")
    text = path.read_text().replace("solution: |\n", "solution: |\n  typed\n")
    path.write_text(text.replace("lessons: |\n", "lessons: |\n  learnt\n"))
    wanted = path.read_text()
    if how == "committed":
        git(pair.hq, "commit", "-q", "-a", "-m", "by hand")
    refused = fenji("attach", path.stem, path, "--desk", pair.hq)
    assert refused.code == 1
    assert "title" in refused.err
    assert "can no longer be changed: fenji sync puts" in fenji("check", "--desk", pair.hq).out
    pair.run(pair.hq, "note", "0187", "goes on")
    done = pair.run(pair.hq, "sync")
    assert f"{path.stem}.yaml: title, solution cannot be changed by hand now" in done.err
    kept = [file for file in (pair.hq / ".git/fenji-typed").iterdir() if path.stem in file.name]
    assert wanted in [file.read_text() for file in kept]
    pair.sync_both()
    assert pair.run(pair.hq, "sync").err == ""
    shown = pair.run(pair.ksa, "show", path.stem, "--json").json
    assert (shown["title"], shown["lessons"].split("\n")[0]) == (title, "learnt")


def test_a_state_and_grades_typed_in_an_editor_are_put_back(pair: Pair) -> None:
    path = pair.hq / "tickets/open/KSA-2026-0187.yaml"
    before = path.read_text()
    for field, value in (("state", "confirmed"), ("priority", "P1"), ("impact", "huge")):
        edit_field(path, field, value)
    done = pair.run(pair.hq, "sync")
    assert "priority, state cannot be changed by hand now" in done.err or "impact" in done.err
    assert path.read_text().startswith(before)  # and notes of what was typed
    assert "typed:\n    priority: P1\n" in path.read_text()
    assert "typed:\n    impact: huge\n" in path.read_text()
    pair.sync_both()


@pytest.mark.parametrize("committed", [False, True])
def test_a_ticket_that_somebody_put_elsewhere_goes_back(pair: Pair, committed: bool) -> None:  # noqa: FBT001 - pytest
    pair.sync_both()
    (pair.hq / "tickets/archive/KSA/2026").mkdir(parents=True, exist_ok=True)
    git(pair.hq, "mv", "tickets/open/KSA-2026-0187.yaml", "tickets/archive/KSA/2026/")
    if committed:
        git(pair.hq, "commit", "-q", "-m", "tidied up")
    pair.sync_both()
    assert (pair.ksa / "tickets/open/KSA-2026-0187.yaml").exists()


@pytest.mark.parametrize("state", ["open", "archived"])
def test_a_log_that_was_changed_in_an_editor_stands_as_it_was(pair: Pair, state: str) -> None:
    pair.sync_both()
    path = find_archived(pair) if state == "archived" else pair.hq / "tickets/open/KSA-2026-0187.yaml"
    title = pair.run(pair.hq, "show", path.stem, "--json").json["title"]
    path.write_text(path.read_text().replace(f"title: {title}", "title: replaced everywhere"))
    assert path.read_text().count("replaced everywhere") == 2
    refused = fenji("note", path.stem, "x", "--desk", pair.hq)
    assert "log" in refused.err
    assert "can no longer be changed" in refused.err
    assert "log cannot be changed by hand" in pair.run(pair.hq, "sync").err
    pair.sync_both()
    shown = pair.run(pair.ksa, "show", path.stem, "--json").json
    assert shown["title"] == (title if state == "archived" else "replaced everywhere")
    assert [event["do"] for event in shown["log"]].count("report") == 1


# --- attachments past fenji -----------------------------------------------------------------------------------------


def copy_file(desk: Path, text: str) -> Path:
    folder = desk / "tickets/files/KSA-2026-0187"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scan.jpg").write_text(text)
    return folder


def test_a_file_dropped_beside_a_ticket_stays_here_until_it_is_attached(pair: Pair) -> None:
    folder = copy_file(pair.ksa, "salt")
    said = pair.run(pair.ksa, "sync")
    assert "fenji attach KSA-2026-0187 tickets/files/KSA-2026-0187/scan.jpg" in said.err
    assert "scan.jpg" not in pair.run(pair.ksa, "sync").err  # named once
    assert (folder / "scan.jpg").read_text() == "salt"
    assert "scan.jpg" not in git(pair.ksa, "ls-tree", "-r", "--name-only", "HEAD")
    pair.run(pair.ksa, "attach", "0187", folder / "scan.jpg")
    pair.sync_both()
    assert (pair.hq / folder.relative_to(pair.ksa) / "scan.jpg").read_text() == "salt"


def test_a_file_dropped_here_and_attached_there(pair: Pair, tmp_path: Path) -> None:
    folder = copy_file(pair.ksa, "salt")
    (tmp_path / "scan.jpg").write_text("water")
    pair.run(pair.hq, "attach", "0187", tmp_path / "scan.jpg")
    pair.sync_both()
    assert (folder / "scan.jpg").read_text() == "water"
    assert (folder / "scan.local.jpg").read_text() == "salt"


def test_files_of_one_name_typed_into_the_header_at_both_sites(pair: Pair) -> None:
    for desk, text in ((pair.ksa, "salt"), (pair.hq, "water")):
        folder = copy_file(desk, text)
        path = desk / "tickets/open/KSA-2026-0187.yaml"
        item = f"- name: scan.jpg\n  size: {len(text)}\n  sha256: {sha256(text.encode()).hexdigest()}\n"
        before, separator, after = path.read_text().partition("\nfiles:\n")
        if not separator:
            before, _, after = path.read_text().partition("\nlog:\n")
            after = f"log:\n{after}"
        path.write_text(f"{before}\nfiles:\n{item}{after}")
    pair.sync_both()
    assert {path.read_text() for path in folder.glob("scan*")} == {"salt", "water"}
    shown = pair.run(pair.ksa, "show", "0187", "--json").json
    assert {"scan.jpg", "scan-2.jpg"} <= {file["name"] for file in shown["files"]}


# --- many at once ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [3, pytest.param(10, marks=pytest.mark.nightly)])
def test_clones_that_sync_at_once_through_a_hub_that_checks(pair: Pair, tmp_path: Path, count: int) -> None:
    desks = [tmp_path / f"desk{number}" for number in range(count)]
    for desk in desks:
        assert fenji("init", desk, "--site", "KSA", "--from", pair.hub, "--person", "li.wei").code == 0
        git(desk, "config", "user.email", "li.wei@ksa.invalid")
    for desk in desks:
        pair.run(desk, "note", "0187", f"by {desk.name}")
        pair.run(desk, "new", "--title", f"of {desk.name}")  # all under one number
    with ThreadPoolExecutor(count) as pool:
        ended = list(pool.map(lambda desk: run_in_child("sync", "--desk", desk), desks))
    assert [process.code for process in ended] == [0] * count, [process.err for process in ended]
    for desk in desks:
        pair.run(desk, "sync")
    assert len({git(repo, "rev-parse", "main^{tree}") for repo in (*desks, pair.hub)}) == 1
    log = pair.run(desks[0], "show", "0187", "--json").json["log"]
    assert {event.get("note") for event in log} >= {f"by {desk.name}" for desk in desks}
    titles = [row["title"] for row in pair.run(desks[0], "list", "--json").json]
    assert {title for title in titles if title.startswith("of ")} == {f"of {desk.name}" for desk in desks}


# --- thin clones ------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="processes cannot be seen here")
def test_a_lock_that_a_killed_git_left_at_the_hub_stops_nobody(pair: Pair) -> None:
    pair.run(pair.ksa, "note", "0189", "goes out")
    lock = pair.hub / "refs/heads/main.lock"
    lock.touch()
    os.utime(lock, (1, 1))
    pair.run(pair.ksa, "sync")
    assert not lock.exists()
    pair.sync_both()


def test_a_branch_that_stays_locked_at_the_hub_is_called_so(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.run(pair.ksa, "note", "0189", "waits")
    monkeypatch.setattr(exchange, "MAX_TRIES", 2)
    lock = pair.hub / "refs/heads/main.lock"
    lock.touch()  # just now, so that somebody may hold it
    told = fenji("sync", "--desk", pair.ksa)
    assert told.code != 0
    assert "origin cannot move its branch: git has locked it there." in told.err
    lock.unlink()
    pair.sync_both()


def test_a_thin_clone_of_a_hub_that_checks(pair: Pair, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(os.urandom(700_000))
    pair.run(pair.ksa, "attach", "0187", photo)
    pair.sync_both()
    thin = tmp_path / "thin"
    options = "--site", "KSA", "--from", f"file://{pair.hub}", "--person", "li.wei"
    assert fenji("init", thin, *options).code == 0
    assert not (thin / "tickets/files/KSA-2026-0187/photo.jpg").exists()
    pair.run(thin, "note", "0187", "from a thin clone")
    assert "1 sent" in pair.run(thin, "sync").out
    assert not (thin / "tickets/files/KSA-2026-0187/photo.jpg").exists()
    (fetched,) = (
        path for path in pair.run(thin, "files", "0187", "--json").json["files"] if path.endswith("photo.jpg")
    )
    assert Path(fetched).read_bytes() == photo.read_bytes()
    assert git(thin, "status", "--porcelain") == ""
