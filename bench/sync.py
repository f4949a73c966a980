"""Sync of tickets changed on both sides, against git alone: plain fetch and merge of as many disjoint files.

    python bench/sync.py [--tickets 20000] [--changed 1000]

Both run in the same repository layout, in the same run. git's own merge has it easy: its files were changed on one side
each, so that there is nothing to join; of the tickets every one was changed on both sides. Bytes are what the hub sent
over a pipe, as git counts them.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from fenji import repo as repositories  # noqa: E402 - the project runs from its checkout
from fenji import sync as exchange  # noqa: E402
from fenji import yamlio  # noqa: E402
from fenji.store import Store  # noqa: E402
from fenji.sync import Recorder  # noqa: E402
from samples import acted  # noqa: E402
from worlds import bulk  # noqa: E402
from worlds.crowd import Crowd  # noqa: E402

NOW = datetime(2026, 11, 19, 9, tzinfo=UTC)


def git(folder: Path, *words: str, fed: bytes | None = None) -> str:
    settings = ("-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0")
    done = subprocess.run(["git", *settings, *words], cwd=folder, input=fed, capture_output=True, check=True)
    return done.stdout.decode()


def begin(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A hub with one commit of the files."""
    hub = folder / "hub.git"
    git(folder, "init", "-q", "--bare", "-b", "main", str(hub))
    git(hub, "config", "receive.unpackLimit", "1")
    commit(hub, files, "begin", None)
    return hub


def commit(hub: Path, files: Mapping[str, bytes], subject: str, parent: str | None) -> None:
    lines = [f"commit refs/heads/main\ncommitter bench <bench@example.com> {int(time.time())} +0000\n".encode()]
    lines.append(f"data {len(subject)}\n{subject}\n".encode())
    if parent:
        lines.append(f"from {parent}\n".encode())
    for path, data in files.items():
        lines.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
    git(hub, "fast-import", "--quiet", "--force", fed=b"".join(lines))


def clone(hub: Path, folder: Path) -> Path:
    git(hub.parent, "clone", "-q", str(hub), str(folder))
    for key, value in (("user.name", "bench"), ("user.email", "bench@example.com"), ("fenji.site", "KSA")):
        git(folder, "config", key, value)
    return folder


def changed(files: Mapping[str, bytes], paths: Sequence[str], by: str, minute: int) -> dict[str, bytes]:
    """The tickets after a note and an edit by one person."""
    found = {}
    for path in paths:
        ticket = yamlio.read_ticket(files[path], path)
        after = acted(ticket, "note", by=by, note=f"looked at it again, {by}")
        after = acted(after, "edit", by=by, minute=minute, fields={"lessons": f"what {by} learnt about {path}"})
        found[path] = yamlio.dump(after)
    return found


def write(folder: Path, files: Mapping[str, bytes], subject: str) -> None:
    for path, data in files.items():
        (folder / path).write_bytes(data)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", subject)


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds, children too."""
    before, cpu = time.perf_counter(), spent()
    act()
    return time.perf_counter() - before, spent() - cpu


def spent() -> float:
    import resource

    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def received(hub: Path, have: str) -> int:
    """Bytes of the pack that a fetch brings to a clone that has one commit, thin as over a wire."""
    want = git(hub, "rev-parse", "main").strip()
    pack = subprocess.run(
        ["git", "pack-objects", "--revs", "--thin", "--stdout", "-q", "--delta-base-offset"],
        cwd=hub,
        input=f"{want}\n^{have}\n".encode(),
        capture_output=True,
        check=True,
    )
    return len(pack.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description="Sync against plain git.")
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--changed", type=int, default=1_000)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="fenji-bench-"))
    try:
        measure(folder, asked.tickets, asked.changed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def measure(folder: Path, tickets: int, count: int) -> None:
    policy = (ROOT / "policy.yaml").read_bytes()
    crowd = Crowd(tickets - tickets // 100, tickets // 100, NOW, "bench", timedelta(days=5 * 365))
    files = {"policy.yaml": policy, ".gitignore": b"/index/\n.fenji-*\n", **bulk.files(crowd, policy)}
    hub = begin(folder, files)
    ours, plain = clone(hub, folder / "ours"), clone(hub, folder / "plain")
    paths = sorted(path for path in files if path.endswith(".yaml") and "/" in path)
    chosen = random.Random(1).sample(paths, 2 * count)
    both, other = chosen[:count], chosen[count:]
    print(f"{tickets} tickets, {count} changed on either side")

    store = Store(ours, repositories.find(ours))
    recorder = Recorder("li.wei", NOW, lambda key: (key, f"{key}@example.com"))
    exchange.sync(store, recorder)
    head = git(hub, "rev-parse", "main").strip()
    here = changed(files, both, "li.wei", 5_000_000)
    write(ours, here, "ours")
    write(plain, here, "ours")
    commit(hub, changed(files, other, "sun.yu", 5_000_001), "theirs, disjoint", head)
    git_bytes = received(hub, head)
    fetch, fetch_cpu = timed(lambda: git(plain, "fetch", "-q", "origin"))
    merge, merge_cpu = timed(lambda: git(plain, "merge", "-q", "--no-edit", "origin/main"))
    push, push_cpu = timed(lambda: git(plain, "push", "-q", "origin", "HEAD:refs/heads/plain"))
    total, cpu = fetch + merge + push, fetch_cpu + merge_cpu + push_cpu
    print(f"git fetch + merge + push, disjoint files   {total:6.2f} s   {cpu:6.2f} s CPU   {git_bytes / 1000:7.0f} kB")

    git(hub, "update-ref", "-d", "refs/heads/plain")
    commit(hub, changed(files, both, "sun.yu", 5_000_001), "theirs, the same tickets", head)
    sync_bytes = received(hub, head)
    marks: list[tuple[str, float]] = []

    def told(step: str, *_: object) -> None:
        if not marks or marks[-1][0] != step:
            marks.append((step, time.perf_counter()))

    taken, cpu_s = timed(lambda: exchange.sync(store, recorder, told))
    print(
        f"fenji sync, the same tickets on both sides {taken:6.2f} s   {cpu_s:6.2f} s CPU   {sync_bytes / 1000:7.0f} kB"
    )
    ends = [at for _, at in marks[1:]] + [time.perf_counter()]
    steps = ", ".join(f"{step} {end - at:.2f}" for (step, at), end in zip(marks, ends, strict=True))
    print(f"    {steps}")
    again, again_cpu = timed(lambda: exchange.sync(store, recorder))
    print(f"fenji sync, nothing new                    {again:6.2f} s   {again_cpu:6.2f} s CPU")
    nothing, nothing_cpu = timed(lambda: git(plain, "fetch", "-q", "origin"))
    print(f"git fetch, nothing new                     {nothing:6.2f} s   {nothing_cpu:6.2f} s CPU")
    print(f"times: {taken / total:.1f} of git's wall clock, {cpu_s / cpu:.1f} of its CPU")


if __name__ == "__main__":
    sys.exit(main())
