"""A sync of tickets changed on both sides, compared with git's fetch, merge and push of as many disjoint files.

    python bench/sync.py [--tickets 20000] [--changed 1000] [--runs 3] [--small]

Both use the same repository layout, in the same run, over a `git daemon` on 127.0.0.1 behind a proxy that counts the
bytes in either direction. git's own merge has it easy: each of its files was changed on one side only, so that there is
nothing to join, while every ticket was changed on both sides. Its hub is set up by plain git, ours as `fenji hub init`
does it, except for the hook. Either desk was in use before: it has fetched, or synced, once.

A sync is everything from recording to the push; git commands count with the CPU seconds of child processes. Checking
what came in for steps that should be signed is done after the desk has it, and counted apart.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from fenji import git as repositories  # noqa: E402
from fenji import sync as exchange  # noqa: E402
from fenji.git.remotes import choose_window  # noqa: E402
from fenji.hub import setup  # noqa: E402
from fenji.judge import unsigned  # noqa: E402
from fenji.storage import Store, yaml_codec  # noqa: E402
from fenji.sync import Recorder  # noqa: E402
from links import Proxy, free_port  # noqa: E402
from samples import after_event  # noqa: E402
from worlds import bulk  # noqa: E402
from worlds.crowd import Crowd  # noqa: E402

NOW = datetime(2026, 11, 19, 9, tzinfo=UTC)
RECORDER = Recorder("li.wei", NOW, lambda key: (key, f"{key}@example.com"))
IGNORED = b"/index/\n.fenji-*\n"


def git(folder: Path, *args: str, fed: bytes | None = None) -> str:
    settings = ("-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0")
    done = subprocess.run(["git", *settings, *args], cwd=folder, input=fed, capture_output=True, check=True)
    return done.stdout.decode()


class Cost(Struct, frozen=True):
    """The wall and CPU seconds of a step, children included, and the bytes received and sent."""

    wall: float
    cpu: float
    received: int = 0
    sent: int = 0

    def __add__(self, other: Cost) -> Cost:
        both = zip(self.row, other.row, strict=True)
        wall, cpu, received, sent = (mine + theirs for mine, theirs in both)
        return Cost(wall, cpu, int(received), int(sent))

    @property
    def row(self) -> tuple[float, float, float, float]:
        return self.wall, self.cpu, self.received, self.sent

    @property
    def bytes(self) -> int:
        return self.received + self.sent


def median(costs: Sequence[Cost]) -> Cost:
    wall, cpu, received, sent = (
        statistics.median(column) for column in zip(*(cost.row for cost in costs), strict=True)
    )
    return Cost(wall, cpu, int(received), int(sent))


class GitServer:
    """A `git daemon` for a folder, and the proxy before it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        command = ["git", "daemon", "--reuseaddr", "--export-all", "--enable=receive-pack", f"--base-path={folder}"]
        self.process = subprocess.Popen(
            [*command, "--listen=127.0.0.1", f"--port={self.port}", str(folder)], stderr=subprocess.DEVNULL
        )
        for _ in range(100):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.05)
        self.proxy = Proxy(self.port)

    def url(self, hub: Path) -> str:
        return f"git://127.0.0.1:{self.proxy.port}/{hub.name}"

    def close(self) -> None:
        self.proxy.close()
        self.process.terminate()
        self.process.wait()

    def cost(self, act: Callable[[], object]) -> Cost:
        """Return what a step costs here and over the wire; the daemon's own work is not counted."""
        before, cpu, up, down = time.perf_counter(), cpu_seconds(), self.proxy.up, self.proxy.down
        act()
        wall, took = time.perf_counter() - before, cpu_seconds() - cpu
        return Cost(wall, took, self.proxy.down - down, self.proxy.up - up)


def cpu_seconds() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


# --- two hubs with the same past, and clones of them ------------------------------------------------------------------


def commit(hub: Path, files: Mapping[str, bytes], subject: str, parent: str | None) -> None:
    lines = [f"commit refs/heads/main\ncommitter bench <bench@example.com> {int(NOW.timestamp())} +0000\n".encode()]
    lines.append(f"data {len(subject)}\n{subject}\n".encode())
    if parent:
        lines.append(f"from {parent}\n".encode())
    for path, data in files.items():
        lines.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
    git(hub, "fast-import", "--quiet", "--force", fed=b"".join(lines))


def create_sites(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, Path]:
    """Create a plain git hub and one with the settings of `fenji hub init`, each with one commit of the files."""
    plain, ours = folder / "plain.git", folder / "ours.git"
    git(folder, "init", "-q", "--bare", "-b", "main", str(plain))
    commit(plain, files, "begin", None)
    setup.create(ours)
    git(ours, "fetch", "-q", str(plain), "main:main")
    (ours / "hooks" / setup.HOOK_NAME).unlink()
    return plain, ours


def edit_tickets(files: Mapping[str, bytes], paths: Sequence[str], by: str, minute: int) -> dict[str, bytes]:
    """Return the tickets after a note and an edit by one person."""
    edited = {}
    for path in paths:
        ticket = yaml_codec.read_ticket(files[path], path)
        after = after_event(ticket, "note", by=by, note=f"looked at it again, {by}")
        after = after_event(after, "edit", by=by, minute=minute, fields={"lessons": f"what {by} learnt about {path}"})
        edited[path] = yaml_codec.dump(after)
    return edited


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).write_bytes(data)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "ours")


def open_store(desk: Path) -> Store:
    return Store(desk, repositories.find_repo(desk))


class Scene(Struct, frozen=True):
    """The setting of the measurement: both hubs, the commit they are reset to, and the changes of each side."""

    folder: Path
    hubs: tuple[Path, Path]
    server: GitServer
    head: str
    here: Mapping[str, bytes]
    there: Mapping[str, bytes]
    elsewhere: Mapping[str, bytes]

    def prepare_desk(self, hub: Path, theirs: Mapping[str, bytes]) -> Path:
        """Return a clone with changes of its own, whose hub has other changes by now."""
        git(hub, "update-ref", "refs/heads/main", self.head)
        git(hub, "prune", "--expire=now")
        git(
            hub, "-c", "repack.writeBitmaps=false", "repack", "-a", "-d", "-q"
        )  # with bitmaps git would send twice as much
        desk, other = self.clone(hub, "desk"), self.clone(hub, "other")
        if hub == self.hubs[0]:
            git(desk, "fetch", "-q", "origin")
        else:
            exchange.sync(open_store(desk), RECORDER)
        write(desk, self.here)
        write(other, theirs)
        window = f"pack.window={choose_window(len(theirs))}"
        git(other, *(() if hub == self.hubs[0] else ("-c", window)), "push", "-q", "origin")  # as a sync pushes
        return desk

    def clone(self, hub: Path, name: str) -> Path:
        root = self.folder / name
        shutil.rmtree(root, ignore_errors=True)
        git(hub.parent, "clone", "-q", str(hub), str(root))
        for key, value in (("user.name", "bench"), ("user.email", "bench@example.com"), ("fenji.site", "KSA")):
            git(root, "config", key, value)
        git(root, "remote", "set-url", "origin", self.server.url(hub))
        return root

    def sync_by_git(self) -> list[Cost]:
        """Fetch, merge and push with plain git; then a fetch of nothing."""
        desk = self.prepare_desk(self.hubs[0], self.elsewhere)
        commands = (("fetch", "-q", "origin"), ("merge", "-q", "--no-edit", "origin/main"), ("push", "-q", "origin"))
        return [self.server.cost(lambda command=command: git(desk, *command)) for command in (*commands, commands[0])]

    def sync_by_fenji(self) -> list[Cost]:
        """Sync; judge what came in; sync again with nothing new."""
        store = open_store(self.prepare_desk(self.hubs[1], self.there))
        before = store.repo.head() or ""
        policy = bulk.load_policy(store.repo.read("policy.yaml") or b"")
        known = list(unsigned.scan_history(store.repo, policy, before, None))[-1]

        def judge() -> None:
            list(unsigned.scan_history(store.repo, policy, store.repo.head() or "", known))

        acts = (lambda: exchange.sync(store, RECORDER), judge, lambda: exchange.sync(store, RECORDER))
        return [self.server.cost(act) for act in acts]

    def time_steps(self) -> Mapping[str, float]:
        """Return the seconds of each step of a sync."""
        store = open_store(self.prepare_desk(self.hubs[1], self.there))
        marks: list[tuple[str, float]] = []

        def record_step(step: str, *_: object) -> None:
            if not marks or marks[-1][0] != step:
                marks.append((step, time.perf_counter()))

        exchange.sync(store, RECORDER, record_step)
        ends = [at for _, at in marks[1:]] + [time.perf_counter()]
        return {step: end - at for (step, at), end in zip(marks, ends, strict=True)}


def print_cost(what: str, cost: Cost) -> None:
    wire = f"{cost.received / 1000:7.0f} kB in  {cost.sent / 1000:7.0f} kB out"
    print(f"{what:<44}{cost.wall:6.2f} s  {cost.cpu:6.2f} s CPU  {wire}")


def measure(scene: Scene, runs: int) -> None:
    plain: list[list[Cost]] = []
    ours: list[list[Cost]] = []
    for _ in range(runs):
        plain.append(scene.sync_by_git())
        ours.append(scene.sync_by_fenji())
    fetch, merge, push, idle = (median(column) for column in zip(*plain, strict=True))
    sync, judging, again = (median(column) for column in zip(*ours, strict=True))
    for what, cost in (("git fetch", fetch), ("git merge, disjoint files", merge), ("git push", push)):
        print_cost(what, cost)
    print_cost("fenji sync, the same tickets on both sides", sync)
    print("    " + ", ".join(f"{step} {seconds:.2f} s" for step, seconds in scene.time_steps().items()))
    print_cost("judging what came in, afterwards", judging)
    print_cost("git fetch, nothing new", idle)
    print_cost("fenji sync, nothing new", again)
    for what, base in (("fetch + merge", fetch + merge), ("fetch + merge + push", fetch + merge + push)):
        print(f"sync against git {what}: {sync.wall / base.wall:.2f} of the time, {sync.cpu / base.cpu:.2f} of the CPU")
    total = fetch + merge + push
    print(f"bytes: {sync.received / total.received:.2f} in, {sync.bytes / total.bytes:.2f} in and out")


def main() -> int:
    parser = argparse.ArgumentParser(description="Sync against plain git.")
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--changed", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="a small size, which only shows that it runs")
    asked = parser.parse_args()
    gc.set_threshold(100_000, 50, 50)  # as the command line does
    if asked.small:
        asked.tickets, asked.changed, asked.runs = 100, 3, 1
    folder = Path(tempfile.mkdtemp(prefix="fenji-bench-"))
    served = GitServer(folder)
    try:
        policy = (ROOT / "policy.yaml").read_bytes()
        crowd = Crowd(asked.tickets - asked.tickets // 100, asked.tickets // 100, NOW, "bench", timedelta(days=5 * 365))
        files = {"policy.yaml": policy, ".gitignore": IGNORED, **bulk.crowd_files(crowd, policy)}
        hubs = create_sites(folder, files)
        paths = sorted(path for path in files if path.endswith(".yaml") and "/" in path)
        chosen = random.Random(1).sample(paths, 2 * asked.changed)
        both, other = chosen[: asked.changed], chosen[asked.changed :]
        here, there = (edit_tickets(files, both, by, 5_000_000 + late) for by, late in (("li.wei", 0), ("sun.yu", 1)))
        elsewhere = edit_tickets(files, other, "sun.yu", 5_000_001)
        print(f"{asked.tickets} tickets, {asked.changed} changed on either side, medians of {asked.runs}")
        head = git(hubs[0], "rev-parse", "main").strip()
        measure(Scene(folder, hubs, served, head, here, there, elsewhere), asked.runs)
    finally:
        served.close()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
