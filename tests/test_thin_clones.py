"""Thin clones over a stock sshd: large files stay at the hub, come when they are asked for, or it is said why not."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from clones import git
from commandline import CommandResult, fenji
from links import LinkFailure, Proxy, Sshd

SIZE = 1_500_000


class ThinSite(Struct):
    """A checking hub filled from a desk that has a large photo, and a site that began over ssh."""

    folder: Path
    proxy: Proxy
    server: Sshd

    @property
    def hub(self) -> Path:
        return self.folder / "hub.git"

    @property
    def site(self) -> Path:
        return self.folder / "site"

    @property
    def photo(self) -> Path:
        return next((self.folder / "hq").glob("tickets/files/*/big.jpg"))

    @property
    def own_photo(self) -> Path:
        return self.site / self.photo.relative_to(self.folder / "hq")

    def run(self, *args: object) -> CommandResult:
        return fenji(args[0], "--desk", self.site, *args[1:])

    def lacks_photo(self) -> bool:
        """Whether neither the file nor anything in its place is here, and git expects none."""
        leftovers = list(self.site.glob(".git/objects/pack/tmp_*"))
        return not self.own_photo.exists() and git(self.site, "status", "--porcelain") == "" and not leftovers


def attach_photo(desk: Path, name: str, size: int) -> None:
    photo = desk.parent / name
    photo.write_bytes(random.randbytes(size))
    assert fenji("attach", "--desk", desk, "1", photo).code == 0


@pytest.fixture
def thin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThinSite]:
    sockets = tempfile.mkdtemp(prefix="fenji-")  # a socket's path is short
    monkeypatch.setenv("XDG_RUNTIME_DIR", sockets)
    with Sshd(tmp_path / "ssh") as server:
        proxy = Proxy(server.port)
        server.use_port(proxy.port)
        monkeypatch.setenv("GIT_SSH_COMMAND", server.command())
        hq = tmp_path / "hq"
        assert fenji("init", hq, "--site", "HQ", "--person", "li.wei").code == 0
        assert fenji("new", "--desk", hq, "--title", "rust").code == 0
        attach_photo(hq, "big.jpg", SIZE)
        assert fenji("hub", "init", tmp_path / "hub.git", "--from", hq).code == 0
        try:
            yield ThinSite(tmp_path, proxy, server)
        finally:
            proxy.close()
            shutil.rmtree(sockets, ignore_errors=True)


def begin(thin: ThinSite) -> None:
    begun = fenji("init", thin.site, "--site", "KSA", "--from", f"desk-hub:{thin.hub}", "--person", "li.wei")
    assert begun.code == 0, begun.err
    git(thin.site, "config", "fenji.keepConnection", "0")
    assert thin.lacks_photo()


@pytest.mark.parametrize("forced", [False, True])
def test_large_files_come_when_they_are_asked_for(thin: ThinSite, forced: bool) -> None:  # noqa: FBT001
    if forced:
        keys = thin.server.folder / "authorized"
        command = r'command="git-shell -c \"$SSH_ORIGINAL_COMMAND\"",restrict '
        keys.write_text(command + keys.read_text())
    begin(thin)
    assert "AcceptEnv" not in (thin.server.folder / "sshd_config").read_text()  # so git speaks its oldest protocol
    shown = thin.run("files", "1")
    assert (shown.code, shown.out.strip()) == (0, str(thin.own_photo)), shown.err
    assert thin.own_photo.read_bytes() == thin.photo.read_bytes()
    assert git(thin.site, "status", "--porcelain") == ""
    assert fenji("check", "--desk", thin.site).code == 0


def test_a_whole_bundle_fetches_what_it_lacks_and_begins_a_desk(thin: ThinSite) -> None:
    begin(thin)
    written = thin.run("bundle", thin.folder / "all.bundle", "--whole")
    assert written.code == 0, written.err
    copy = thin.folder / "copy"
    assert fenji("init", copy, "--site", "DZA", "--from", thin.folder / "all.bundle", "--person", "li.wei").code == 0
    assert (copy / thin.photo.relative_to(thin.folder / "hq")).read_bytes() == thin.photo.read_bytes()


def test_a_hub_of_an_older_fenji_is_told_of_and_mended_by_the_next_push(thin: ThinSite) -> None:
    git(thin.hub, "config", "--unset", "uploadpack.allowAnySHA1InWant")
    begin(thin)
    for command in (("files", "1"), ("bundle", thin.folder / "x.bundle", "--whole")):
        refused = thin.run(*command)
        assert refused.code == 1
        assert "does not hand out single files" in refused.err
        assert "fenji hub init" in refused.err
    assert thin.lacks_photo()
    assert thin.run("note", "1", "seen").code == 0
    assert thin.run("sync").code == 0
    assert git(thin.hub, "config", "uploadpack.allowAnySHA1InWant").strip() == "true"
    assert thin.run("files", "1").code == 0


def test_settings_that_somebody_made_at_a_hub_stay(thin: ThinSite) -> None:
    git(thin.hub, "config", "uploadpack.allowAnySHA1InWant", "false")
    begin(thin)
    assert thin.run("note", "1", "seen").code == 0
    assert thin.run("sync").code == 0
    assert git(thin.hub, "config", "uploadpack.allowAnySHA1InWant").strip() == "false"


def test_a_link_that_breaks_leaves_nothing_and_names_the_stick(thin: ThinSite) -> None:
    begin(thin)
    for _ in range(3):
        thin.proxy.failure = LinkFailure(400_000)
        broken = thin.run("files", "1")
        assert broken.code == 1
        assert "The link to origin broke." in broken.err
        assert "fenji bundle OUT --whole" in broken.err
        assert thin.lacks_photo()
    thin.proxy.failure = None
    assert thin.run("files", "1").code == 0
    assert thin.own_photo.stat().st_size == SIZE


def test_a_thin_site_without_a_link_writes_a_file_for_the_hub(thin: ThinSite) -> None:
    begin(thin)
    assert thin.run("note", "1", "on the stick").code == 0
    thin.proxy.failure = LinkFailure(0)
    out = thin.folder / "out.bundle"
    refused = thin.run("bundle", out)
    assert (refused.code, out.exists()) == (1, False)
    assert "fenji bundle OUT --to hub" in refused.err
    assert thin.run("bundle", out, "--to", "hub").code == 0
    thin.proxy.failure = None
    assert fenji("receive", "--desk", thin.folder / "hq", out).code == 0
    assert "on the stick" in fenji("show", "--desk", thin.folder / "hq", "1").out


def test_what_has_arrived_of_several_files_stays(thin: ThinSite) -> None:
    attach_photo(thin.folder / "hq", "second.jpg", SIZE)
    assert fenji("sync", "--desk", thin.folder / "hq").code == 0
    begin(thin)
    thin.proxy.failure = LinkFailure(SIZE + 400_000)
    assert thin.run("files", "1").code == 1
    assert thin.own_photo.stat().st_size == SIZE
    thin.proxy.failure = LinkFailure(SIZE + 400_000)
    assert thin.run("files", "1").code == 0


def test_the_stick_brings_what_the_link_does_not(thin: ThinSite) -> None:
    begin(thin)
    bundle = thin.folder / "all.bundle"
    assert fenji("bundle", "--desk", thin.folder / "hq", bundle, "--whole").code == 0
    assert thin.run("receive", bundle).code == 0
    git(thin.site, "remote", "set-url", "origin", "/nowhere")
    assert thin.run("files", "1").code == 0
    assert thin.own_photo.read_bytes() == thin.photo.read_bytes()


def test_a_file_laid_in_its_place_is_taken_by_its_content(thin: ThinSite) -> None:
    begin(thin)
    git(thin.site, "remote", "set-url", "origin", "/nowhere")
    thin.own_photo.parent.mkdir(parents=True, exist_ok=True)
    thin.own_photo.write_bytes(b"another")
    refused = thin.run("files", "1")
    assert refused.code == 1
    assert "is not the file that the ticket names" in refused.err
    assert thin.own_photo.read_bytes() == b"another"
    shutil.copy(thin.photo, thin.own_photo)
    assert thin.run("files", "1").code == 0
    assert git(thin.site, "status", "--porcelain") == ""
    assert git(thin.site, "fsck").strip() == ""


def test_empty_leftovers_of_a_former_version_are_named_and_mended(thin: ThinSite) -> None:
    begin(thin)
    thin.own_photo.parent.mkdir(parents=True, exist_ok=True)
    thin.own_photo.touch()
    checked = thin.run("check")
    assert "big.jpg" in checked.out + checked.err
    assert thin.run("files", "1").code == 0
    assert thin.own_photo.stat().st_size == SIZE
    assert "big.jpg" not in thin.run("check").out


def test_a_site_begun_from_a_file_is_thin_from_then_on(thin: ThinSite) -> None:
    bundle = thin.folder / "all.bundle"
    assert fenji("bundle", "--desk", thin.folder / "hq", bundle, "--whole").code == 0
    assert fenji("init", thin.site, "--site", "KSA", "--from", bundle, "--person", "li.wei").code == 0
    git(thin.site, "remote", "add", "origin", f"desk-hub:{thin.hub}")
    assert thin.run("sync").code == 0
    attach_photo(thin.folder / "hq", "second.jpg", SIZE)
    assert fenji("sync", "--desk", thin.folder / "hq").code == 0
    before = thin.proxy.down
    assert thin.run("sync").code == 0
    assert thin.proxy.down - before < 100_000
    second = thin.own_photo.with_name("second.jpg")
    assert not second.exists()
    assert thin.run("files", "1").code == 0
    assert second.stat().st_size == SIZE
    git(thin.site, "fetch", "origin")  # by hand as well: the filter stands with the remote
    assert git(thin.site, "config", "remote.origin.partialclonefilter").startswith("blob:limit")
