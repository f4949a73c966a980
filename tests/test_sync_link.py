"""Over a real sshd whose link is cut or stalls anywhere, with processes killed anywhere: nothing is lost."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec import Struct, field

from clones import Clone, Sites, git, sync_process
from fenji.errors import Unavailable
from links import LinkFailure, Proxy, Sshd
from minutes import EXAMPLES_FACTOR

CUTS = 4 * EXAMPLES_FACTOR
NUMBERS = range(1, 13)


class Link(Struct):
    """A clone with its hub behind a real sshd and a proxy, another one beside the hub, and what both wrote."""

    sites: Sites
    proxy: Proxy
    notes: list[str] = field(default_factory=list)

    @property
    def near(self) -> Clone:
        return self.sites["li.wei"]

    @property
    def far(self) -> Clone:
        return self.sites["sun.yu"]

    def work(self) -> None:
        """Both write to some tickets, mostly the same ones; the near clone syncs."""
        for clone in (self.near, self.far):
            for number in random.sample(NUMBERS, 3):
                self.notes.append(f"note {len(self.notes)}")
                clone.act(str(number), "note", note=self.notes[-1], commit=random.random() < 0.5)
        running = 1000 + len(self.notes)
        self.near.new(f"KSA-2026-{running}", title="near")
        self.far.new(f"HQ-2026-{running}", title="far", description=random.randbytes(2000).hex())
        self.near.sync()

    def assert_complete(self) -> None:
        """A sync over the mended link completes; both clones and the hub hold everything."""
        self.proxy.failure = None
        self.far.sync()
        self.near.sync()
        self.sites.assert_equal()
        log = [event.note for stored in self.far.store.reader.scan_open().tickets for event in stored.ticket.log]
        assert sorted(note for note in log if note) == sorted(self.notes)
        assert not list(self.far.root.rglob(".fenji-*"))
        git(self.far.root, "fsck", "--strict")


@pytest.fixture
def link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Link]:
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    sockets = tempfile.mkdtemp(prefix="fenji-")  # a socket's path is short
    monkeypatch.setenv("XDG_RUNTIME_DIR", sockets)
    with Sshd(tmp_path / "ssh") as server:
        proxy = Proxy(server.port)
        server.use_port(proxy.port)
        for number in NUMBERS:
            sites["li.wei"].new(f"KSA-2026-{number:04}", commit=number == NUMBERS[-1])
        sites["li.wei"].sync()
        far = sites["sun.yu"].root
        git(far, "remote", "set-url", "origin", f"desk-hub:{sites.hub}")
        git(far, "config", "core.sshCommand", server.command())
        git(far, "config", "fenji.keepConnection", "0")
        sites["sun.yu"].sync()
        try:
            yield Link(sites, proxy)
        finally:
            proxy.close()
            shutil.rmtree(sockets, ignore_errors=True)  # an ssh that ends takes its socket along


def wait_for_stderr(process: subprocess.Popen[bytes]) -> str:
    """What it said on stderr, once it has ended."""
    _, stderr = process.communicate()
    return stderr.decode()


def measure_sync(link: Link) -> tuple[int, float]:
    """The bytes and the seconds that a sync takes."""
    link.work()
    crossed, begun = link.proxy.up + link.proxy.down, time.monotonic()
    process = sync_process(link.far.root, "sun.yu")
    assert wait_for_stderr(process) == ""
    return link.proxy.up + link.proxy.down - crossed, time.monotonic() - begun


@pytest.mark.parametrize("kept", [0, 5])
def test_cut_and_killed_anywhere(link: Link, kept: int) -> None:
    git(link.far.root, "config", "fenji.keepConnection", str(kept))
    size, seconds = measure_sync(link)
    cut = killed = 0
    for _ in range(CUTS // 2):
        link.work()
        link.proxy.failure = LinkFailure(random.randrange(size)) if random.random() < 0.5 else None
        process = sync_process(link.far.root, "sun.yu")
        if link.proxy.failure is None:
            killed += kill_after(process, random.uniform(0, seconds))
        stderr = wait_for_stderr(process)
        if link.proxy.failure and process.returncode:
            cut += 1
            assert "The link to origin broke" in stderr or "origin cannot be reached" in stderr, stderr
        if random.random() < 0.7:  # else the next cut meets what this one left
            link.assert_complete()
    link.assert_complete()
    print(f"{cut} of {CUTS // 2} syncs failed by a cut, {killed} were killed")


def kill_after(process: subprocess.Popen[bytes], after: float) -> bool:
    """End it at once: alone, so that its git goes on for a while, or with everything that it began."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(after)
        return False
    if random.random() < 0.5:
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    return True


@pytest.mark.parametrize("after", [0, 3_000, 6_000])
def test_a_link_that_passes_nothing_on_is_given_up(link: Link, after: int) -> None:
    """Before the first word, in the handshake, and while it fetches."""
    git(link.far.root, "config", "fenji.patience", "2")
    link.work()
    link.proxy.failure = LinkFailure(after, stall=True)
    with pytest.raises(Unavailable, match=r"The link to origin broke|origin cannot be reached") as caught:
        link.far.sync()
    assert caught.value.hint
    link.assert_complete()


def test_a_link_that_stalls_after_the_fetch_is_given_up_too(link: Link) -> None:
    link.near.sync()
    link.far.sync()
    crossed = link.proxy.up + link.proxy.down
    link.far.sync()
    size = link.proxy.up + link.proxy.down - crossed  # of a fetch that brings nothing
    git(link.far.root, "config", "fenji.patience", "2")
    link.far.new("HQ-2026-0500", description=random.randbytes(40_000).hex())
    link.proxy.failure = LinkFailure(size + 20_000, stall=True)
    with pytest.raises(Unavailable, match="The link to origin broke"):
        link.far.sync()
    assert link.proxy.failure.happened.is_set()
    link.assert_complete()
