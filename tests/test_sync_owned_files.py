"""What headquarters owns beside the policy: the hub's version stands, and what this clone wrote is kept and told."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from clones import POLICY, Clone, Sites, git
from commandline import fenji
from fenji.sync import bundle as bundles
from fenji.sync import driver_setup

CONTRACTS = (Path(__file__).parent.parent / "contracts.yaml").read_bytes()
HANDBOOK = (Path(__file__).parent.parent / "handbook.yaml").read_bytes()
OWNED = {
    "contracts.yaml": (CONTRACTS, "contracts.local.yaml"),
    "remind.yaml": (b"format: 1\n", "remind.local.yaml"),
    "imports/jira.yaml": (b"format: 1\n", "imports/jira.local.yaml"),
    "templates/form.docx": (b"PK\x03\x04\n", "templates/form.local.docx"),
}


@pytest.fixture(params=OWNED)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pair(tmp_path: Path, path: str) -> tuple[Clone, Clone]:
    """Two clones that hold the file at `path`; headquarters' has sent another version of it."""
    sites = Sites(tmp_path, "xu.ning", "sun.yu")
    headquarters, site = sites["xu.ning"], sites["sun.yu"]
    headquarters.write_file(path, OWNED[path][0])
    headquarters.sync()
    site.sync()
    headquarters.write_file(path, OWNED[path][0] + b"# headquarters\n")
    headquarters.sync()
    return headquarters, site


def assert_kept(site: Clone, path: str) -> None:
    assert (site.root / path).read_bytes() == OWNED[path][0] + b"# headquarters\n"
    assert (site.root / OWNED[path][1]).read_bytes() == OWNED[path][0] + b"# site\n"
    assert git(site.root, "status", "--porcelain") == ""


@pytest.mark.parametrize("committed", [False, True])
def test_what_a_sync_finds(pair: tuple[Clone, Clone], path: str, *, committed: bool) -> None:
    _, site = pair
    site.write_file(path, OWNED[path][0] + b"# site\n")
    if committed:
        git(site.root, "commit", "-qam", "by hand")
    done = site.sync()
    assert done.drafts_kept == {path: OWNED[path][1]}
    assert_kept(site, path)
    assert site.sync().drafts_kept == {}


def test_what_a_pull_by_hand_finds(pair: tuple[Clone, Clone], path: str) -> None:
    _, site = pair
    site.write_file(path, OWNED[path][0] + b"# site\n")
    git(site.root, "commit", "-qam", "by hand")
    done = subprocess.run(["git", "pull", "-q", "--no-edit"], cwd=site.root, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert f"{path}: the hub's version stands" in done.stderr.decode()
    assert_kept(site, path)


def test_a_merge_by_hand_without_a_hub_speaks_of_none(pair: tuple[Clone, Clone], path: str) -> None:
    headquarters, site = pair
    site.write_file(path, OWNED[path][0] + b"# site\n")
    git(site.root, "commit", "-qam", "by hand")
    git(site.root, "remote", "remove", "origin")
    pull = ["git", "pull", "-q", "--no-edit", str(headquarters.root), "HEAD"]
    done = subprocess.run(pull, cwd=site.root, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert f"{path}: one version stands; the other is kept beside it as" in done.stderr.decode()
    assert "the hub" not in done.stderr.decode()


def test_a_pull_without_the_driver_is_concluded(pair: tuple[Clone, Clone], path: str) -> None:
    _, site = pair
    site.write_file(path, OWNED[path][0] + b"# site\n")
    git(site.root, "commit", "-qam", "by hand")
    git(site.root, "config", "--remove-section", "merge.fenji")
    git(site.root, "pull", "-q", "--no-edit", check=False)
    done = site.sync()
    assert (done.concluded, done.drafts_kept) == ("merge", {path: OWNED[path][1]})
    assert_kept(site, path)


def test_a_draft_that_cannot_be_read_is_kept_too(pair: tuple[Clone, Clone], path: str) -> None:
    """Left in its place it would be sent over headquarters' version once it is mended."""
    _, site = pair
    site.write_file(path, b"[")
    assert site.sync().drafts_kept == {path: OWNED[path][1]}
    assert (site.root / OWNED[path][1]).read_bytes() == b"["
    assert (site.root / path).read_bytes() == OWNED[path][0] + b"# headquarters\n"


def test_a_file_from_another_clone_takes_back_nothing_that_the_hub_has(
    tmp_path: Path, pair: tuple[Clone, Clone], path: str
) -> None:
    headquarters, site = pair
    site.write_file(path, OWNED[path][0] + b"# zzz: greater in its bytes\n")
    git(site.root, "commit", "-qam", "by hand")
    bundles.write_bundle(site.store, site.recorder, tmp_path / "site.bundle", to=None)
    bundles.receive(headquarters.store, headquarters.recorder, tmp_path / "site.bundle")
    assert (headquarters.root / path).read_bytes() == OWNED[path][0] + b"# headquarters\n"


TWO_VERSIONS = b"format: 1\nsince: 2026-01-01\ncurrency: EUR\nearlier:\n- {since: 2025-01-01, currency: EUR}\n"
LATER, GREATER = b"currency: EUR\nformat: 1\nsince: 2026-06-01\n", b"format: 1\nsince: 2026-02-01\ncurrency: EUR\n"


@pytest.mark.parametrize(("stands", "yields"), [(TWO_VERSIONS, LATER), (TWO_VERSIONS, GREATER), (LATER, GREATER)])
@pytest.mark.parametrize("swapped", [False, True])
def test_between_clones_that_know_no_hub_more_versions_and_then_the_later_since_stand(
    tmp_path: Path, stands: bytes, yields: bytes, *, swapped: bool
) -> None:
    sites = Sites(tmp_path, "xu.ning", "sun.yu")
    ours, theirs = sites["xu.ning"], sites["sun.yu"]
    for clone, data in zip((ours, theirs), (yields, stands) if swapped else (stands, yields), strict=True):
        git(clone.root, "remote", "remove", "origin")
        clone.write_file("contracts.yaml", data)
        git(clone.root, "add", "contracts.yaml")
        git(clone.root, "commit", "-qm", "by hand")
    bundles.write_bundle(theirs.store, theirs.recorder, tmp_path / "theirs.bundle", to=None)
    bundles.receive(ours.store, ours.recorder, tmp_path / "theirs.bundle")
    assert (ours.root / "contracts.yaml").read_bytes() == stands


def test_the_driver_of_an_older_release_is_completed(tmp_path: Path) -> None:
    site = Sites(tmp_path, "sun.yu", policy=POLICY)["sun.yu"]
    shutil.rmtree(site.root / ".git/info")
    driver_setup.install_driver(site.store.repo)
    answer = git(site.root, "check-attr", "merge", "--", *OWNED, "policy.yaml", "README")
    assert [line.rpartition(" ")[2] for line in answer.splitlines()] == ["fenji"] * 5 + ["unspecified"]


@pytest.mark.parametrize("change", [(b"\n", b"\r\n"), (b"\n", b"\r"), (b"since", b"since")], ids=["crlf", "cr", "mark"])
@pytest.mark.parametrize("name", ["policy.yaml", "contracts.yaml", "handbook.yaml", "imports/jira.yaml"])
def test_line_ends_and_a_byte_order_mark_are_put_right(tmp_path: Path, name: str, change: tuple[bytes, bytes]) -> None:
    desk = Sites(tmp_path, "xu.ning")["xu.ning"]
    plain = {"policy.yaml": POLICY, "contracts.yaml": CONTRACTS, "handbook.yaml": HANDBOOK}.get(name, b"format: 1\n")
    plain += b"# typed\n"
    desk.write_file(name, (b"\xef\xbb\xbf" if change[0] == b"since" else b"") + plain.replace(*change))
    desk.sync()
    assert (desk.root / name).read_bytes() == plain
    assert git(desk.root, "show", f"HEAD:{name}").encode() == plain


def test_a_policy_that_was_sent_is_no_draft(tmp_path: Path) -> None:
    desk = Sites(tmp_path, "xu.ning")["xu.ning"]
    git(desk.root, "config", "fenji.user", "xu.ning")
    git(desk.root, "config", "user.email", "xu.ning@fenji.example")
    desk.write_file("policy.yaml", b"\xef\xbb\xbf" + POLICY + b"# more\n")
    done = fenji("--desk", desk.root, "sync")
    assert (done.code, done.err) == (0, "")


def test_what_cannot_be_read_is_named_until_it_is_mended(tmp_path: Path) -> None:
    desk = Sites(tmp_path, "xu.ning")["xu.ning"]
    desk.write_file("tickets/open/.x.swp", b"")
    desk.write_file("contracts.yaml", b"[")
    for stray in (True, False):
        done = fenji("--desk", desk.root, "sync")
        assert "contracts.yaml:" in done.err
        assert (".x.swp" in done.err) is stray
    desk.write_file("contracts.yaml", CONTRACTS)
    assert fenji("--desk", desk.root, "sync").err == ""


@pytest.mark.parametrize("name", ["policy.yaml", "contracts.yaml", "handbook.yaml", "imports/jira.yaml"])
@pytest.mark.parametrize("left", [b"", b"\0\0\0", b"\r\n"], ids=["nothing", "zeroes", "blank"])
def test_what_a_power_cut_emptied_is_restored(tmp_path: Path, name: str, left: bytes) -> None:
    desk = Sites(tmp_path, "xu.ning")["xu.ning"]
    plain = {"policy.yaml": POLICY, "contracts.yaml": CONTRACTS, "handbook.yaml": HANDBOOK}.get(name, b"format: 1\n")
    desk.write_file(name, plain + b"# typed\n")
    desk.sync()
    head = git(desk.root, "rev-parse", "HEAD")
    desk.write_file(name, left)
    assert not desk.sync().left_alone
    assert (desk.root / name).read_bytes() == plain + b"# typed\n"
    assert (git(desk.root, "rev-parse", "HEAD"), git(desk.root, "status", "--porcelain")) == (head, "")


def test_the_policy_cannot_be_deleted_but_what_stands_beside_it_can(tmp_path: Path) -> None:
    desk = Sites(tmp_path, "xu.ning")["xu.ning"]
    desk.write_file("contracts.yaml", CONTRACTS)
    desk.sync()
    for name in ("policy.yaml", "contracts.yaml"):
        (desk.root / name).unlink()
    assert not desk.sync().left_alone
    assert (desk.root / "policy.yaml").read_bytes() == POLICY
    assert git(desk.root, "ls-files", "contracts.yaml") == ""
