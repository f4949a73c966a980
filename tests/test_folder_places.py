"""Where a desk has folders nothing else stands: at the hub, at a desk, in what comes from elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import hubs
from commandline import fenji
from fenji.git.remotes import FOUNDING_REF
from fenji.storage.layout import is_folder_place
from hubs import FIRST, SECOND, Clone, git, reported_ticket, rules, ticket_path

ISSUED = "issued/statements/ST-A-2026-01.json"
ISSUED_TEXT = b'{"number": "ST-A-2026-01", "contract": "A", "issued": "2026-01-01", "lines": []}\n'
MAPPING, TEMPLATE = "imports/old.yaml", "templates/form.docx"
PLACES = ("templates", "imports", "issued", "issued/statements", "tickets/open", f"tickets/files/{FIRST.id}")
OTHER = reported_ticket(7)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A desk with everything that stands in folders, and its hub."""
    own = {ISSUED: ISSUED_TEXT, MAPPING: b"source: old\n", TEMPLATE: b"x"}
    clone = hubs.create_hub(tmp_path_factory.mktemp("places"), rules(), FIRST, SECOND, files=own)
    person = (("fenji.site", "KSA"), ("fenji.user", "sun.yu"), ("user.name", "Sun Yu"))
    for key, value in (*person, ("user.email", "sun.yu@fenji.example")):
        git(clone.folder, "config", key, value)
    git(clone.folder, "remote", "add", "origin", str(clone.hub))
    return clone


@pytest.fixture
def clone(founded: Clone, tmp_path: Path) -> Clone:
    copy = hubs.copy_clone(founded, tmp_path)
    git(copy.folder, "remote", "set-url", "origin", str(copy.hub))
    return copy


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder outside the desk with files that are named as those of the desk."""
    folder = tmp_path / "outside"
    for name in ("form.docx", "old.yaml", "statements/ST-A-2026-01.json", "ST-A-2026-01.json", f"{FIRST.id}.yaml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"SECRET\n")
    return folder


def replace_place(root: Path, place: str, target: Path | None) -> None:
    """Put a link to `target`, else a file, where the desk has a folder."""
    if (root / place).is_dir():
        shutil.rmtree(root / place)
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    if target:
        (root / place).symlink_to(target)
    else:
        (root / place).write_bytes(b"no folder\n")


def read_all(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("is_link", [True, False])
@pytest.mark.parametrize("place", PLACES)
def test_the_hub_takes_nothing_there_but_folders(clone: Clone, outside: Path, place: str, *, is_link: bool) -> None:
    replace_place(clone.folder, place, outside if is_link else None)
    clone.commit(by="sun.yu")
    pushed = clone.push()
    assert not pushed.accepted
    assert any(f"{place}: has no place in a desk" in line for line in pushed.lines), pushed.lines


@pytest.mark.sample(4)
@pytest.mark.parametrize("is_link", [True, False])
@pytest.mark.parametrize("place", PLACES)
def test_what_comes_past_a_hub_is_joined_without_it(clone: Clone, outside: Path, place: str, *, is_link: bool) -> None:
    (clone.hub / "hooks/pre-receive").unlink()
    git(clone.hub, "update-ref", "-d", FOUNDING_REF)
    other = clone.clone_hub()
    replace_place(other.folder, place, outside if is_link else None)
    other.commit(*(() if place == "tickets/open" else (OTHER,)), by="sun.yu")
    assert other.push().accepted
    done = fenji("--desk", clone.folder, "sync")
    assert done.code == 0, done.err
    assert place == "tickets/open" or OTHER.id in fenji("--desk", clone.folder, "list", "--json").out
    assert not (clone.folder / place).is_symlink()
    assert (clone.folder / ticket_path(FIRST)).is_file()
    assert (clone.folder / ISSUED).read_bytes() == ISSUED_TEXT
    tree = git(clone.folder, "ls-tree", "-r", "HEAD").splitlines()
    assert not [line for line in tree if line.endswith(f"\t{place}")]


@pytest.mark.parametrize("place", ["templates", "imports", "issued", "issued/statements", "tickets/open"])
def test_nothing_is_read_or_written_through_a_link_in_a_desk(clone: Clone, outside: Path, place: str) -> None:
    other = clone.clone_hub()
    changed = {TEMPLATE: b"another", MAPPING: b"source: new\n", "issued/statements/ST-A-2026-02.json": ISSUED_TEXT}
    other.commit(OTHER, by="sun.yu", files=dict(changed))
    assert other.push().accepted
    replace_place(clone.folder, place, outside)
    before = read_all(outside)
    done = fenji("--desk", clone.folder, "sync")
    assert done.code == 0, done.err
    assert read_all(outside) == before
    stands = git(clone.folder, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
    assert {ISSUED, TEMPLATE, MAPPING, ticket_path(FIRST), ticket_path(OTHER)} <= set(stands)
    texts = git(clone.folder, "log", "--all", "-p", "--format=")
    assert "SECRET" not in texts
    for command in (("check",), ("form", "2", "--format", "docx"), ("list",)):
        assert "SECRET" not in (said := fenji("--desk", clone.folder, *command)).out + said.err


@pytest.mark.parametrize(("by", "comes_in"), [("li.wei", False), ("zhao.min", True), ("sun.yu", True)])
def test_a_mapping_is_changed_by_who_may_import(clone: Clone, by: str, *, comes_in: bool) -> None:
    clone.commit(by=by, files={"imports/old.yaml": b"source: x\n", "imports/jira-2.yaml": b"source: y\n"})
    pushed = clone.push()
    assert pushed.accepted is comes_in, pushed.lines
    assert comes_in or any("those who import may" in line for line in pushed.lines)


def test_places_of_folders() -> None:
    assert all(map(is_folder_place, (*PLACES, "tickets", "tickets/archive/KSA/2026", "issued/figures")))
    assert not any(map(is_folder_place, ("index", "notes", "policy.yaml", ticket_path(FIRST), ISSUED, "templates/x")))
