"""The search command on a whole desk: building the index on one core and on all, fresh processes, a ticket just saved.

    python bench/search.py [--tickets 10000] [--desk DIR [--built]] [--small]

Without --desk, one with that many archived tickets and 150 open ones is made. Building and fresh processes are measured
in CPU seconds, children included, and in wall-clock seconds.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
ROUNDS = 7
QUESTIONS = ("轉台卡滯", "备件生锈", "beijian", "pump leaks", "XJ-4411", "备建")


def make_desk(folder: Path, tickets: int) -> Path:
    """Make a desk with that many archived tickets and 150 open ones."""
    import worlds
    from worlds import bulk
    from worlds.crowd import Crowd
    from worlds.repositories import git

    desk, now = worlds.make("empty", folder / "desk"), datetime.now(UTC).replace(microsecond=0)
    files = bulk.crowd_files(
        Crowd(tickets, 150, now, "search", timedelta(days=5 * 365)), (desk / "policy.yaml").read_bytes()
    )
    for folder_path in {(desk / path).parent for path in files}:
        folder_path.mkdir(parents=True, exist_ok=True)
    for path, data in files.items():
        (desk / path).write_bytes(data)
    git(desk, "add", "tickets")
    git(desk, "commit", "-q", "-m", "crowd")
    return desk


def time_command(command: Sequence[str], before: Callable[[], object] | None = None) -> tuple[float, float]:
    """Return the CPU seconds and the wall-clock seconds of one fresh process."""
    began, at = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    subprocess.run(command, env=env, check=True, capture_output=True, preexec_fn=before)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime
    return used, time.perf_counter() - at


def print_times(what: str, runs: Sequence[tuple[float, float]]) -> None:
    cpu, clock = min(runs)[0], min(run[1] for run in runs)
    print(f"{what:44} {cpu:7.2f} s CPU  {clock:7.2f} s by the clock, best of {len(runs)}", flush=True)


def time_save_to_hit(desk: Path) -> list[float]:
    """Return the seconds that searches take which find a ticket just saved."""
    from fenji.desk import Desk

    took: list[float] = []
    with Desk.open(desk, person="li.wei", later=True) as opened:
        opened.search("pump")
        for number in range(10):
            opened.new({"title": f"qzx{number:03d} 新的問題"})
            at = time.perf_counter()
            assert opened.search(f"qzx{number:03d}").total == 1
            took.append(time.perf_counter() - at)
    return took


def time_rebuild(fenji: Sequence[str]) -> None:
    """Time a rebuild of the index on one core, then on all."""
    index, one_core = [*fenji, "index", "--rebuild"], {min(os.sched_getaffinity(0))}
    print_times("index --rebuild, one core", [time_command(index, lambda: os.sched_setaffinity(0, one_core))])
    print_times("index --rebuild, all cores", [time_command(index)])


def main() -> None:
    parser = argparse.ArgumentParser(description="The search command on a whole desk.")
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--desk", type=Path)
    parser.add_argument("--built", action="store_true", help="leave the index of --desk as it is")
    parser.add_argument("--small", action="store_true", help="a small size, which only shows that it runs")
    given = parser.parse_args()
    tickets, rounds = (20, 1) if given.small else (given.tickets, ROUNDS)
    with tempfile.TemporaryDirectory() as folder:
        desk = given.desk or make_desk(Path(folder), tickets)
        fenji = [sys.executable, "-m", "fenji", "--desk", str(desk)]
        if not given.built:
            time_rebuild(fenji)
        for question in QUESTIONS[:2] if given.small else QUESTIONS:
            print_times(f"search {question}", [time_command([*fenji, "search", question]) for _ in range(rounds)])
        print_times("list", [time_command([*fenji, "list"]) for _ in range(rounds)])
        took = sorted(time_save_to_hit(desk))
        print(f"saved to found: {took[len(took) // 2] * 1000:.0f} ms by the clock (median)")


if __name__ == "__main__":
    main()
