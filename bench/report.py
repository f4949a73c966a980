"""Reports over a large archive: whole processes compared with bare Python, and with reading the kept facts.

Run: .venv/bin/python bench/report.py [TICKETS] [--small]. CPU milliseconds of fresh processes, the best of several, and
their memory; the first build and the cost of a pull are measured once. Targets at 100,000 archived tickets and 500
open ones: last month by unit 500 ms, ten years by every key 1,300 ms, 1,000 tickets changed 1,000 ms, 150 MB.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

PROJECT = Path(__file__).resolve().parents[1]
TEN_YEARS = timedelta(days=3650)
ROUNDS, CHANGED, OPEN = 5, 1000, 500
FACTS = "index/figures/facts"
PART = re.compile(rb"(part: \S+-)\d\d(\d\d)\n")  # the crowd has a part for each ticket; a desk has hundreds
TITLE = re.compile(rb"^title: [\"']?", re.MULTILINE)
READ = "import sys; open(sys.argv[1], 'rb').read()"
EVERY_KEY = """
import sys
from pathlib import Path
from fenji.desk import Desk
from fenji.desk.figures import FigureDesk
from fenji.desk.report import ReportRequest
from fenji.model.appraisal.grouping import KEYS
with Desk.open(Path(sys.argv[1]), person="li.wei") as desk:
    figures = FigureDesk(desk)
    for key in KEYS:
        figures.report(ReportRequest(period="2015..2030", by=key))
"""


class Cost(Struct, frozen=True):
    """The cost of a process: CPU seconds, and peak memory in MB."""

    cpu: float
    memory: float


def make_desk(folder: Path, tickets: int, opened: int) -> Path:
    """Make a desk with ten years of closed tickets and some open ones, all committed."""
    sys.path[:0] = [str(PROJECT / "src"), str(PROJECT / "tests")]
    import worlds
    from worlds import bulk
    from worlds.crowd import Crowd
    from worlds.repositories import git

    root = worlds.make("empty", folder)
    now = datetime.now().astimezone().replace(microsecond=0)
    crowd = Crowd(tickets, opened, now, "report", TEN_YEARS)
    for path, data in bulk.crowd_files(crowd, (root / "policy.yaml").read_bytes()).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(PART.sub(rb"\g<1>10\g<2>\n", data))
    git(root, "add", "tickets")
    git(root, "commit", "-q", "-m", "crowd")
    return root


def run(command: Sequence[str], env: Mapping[str, str]) -> Cost:
    """Return the cost of one fresh process with its children."""
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def change_tickets(root: Path, count: int) -> int:
    """Change up to `count` archived tickets, as a pull would; return how many were changed."""
    from worlds.repositories import git

    paths = sorted((root / "tickets" / "archive").rglob("*.yaml"))[:count]
    for path in paths:
        path.write_bytes(TITLE.sub(rb"\g<0>again ", path.read_bytes(), count=1))
    git(root, "commit", "-q", "-a", "-m", "changed")
    return len(paths)


def best(command: Sequence[str], env: Mapping[str, str], rounds: int) -> Cost:
    return min((run(command, env) for _ in range(rounds)), key=lambda cost: cost.cpu)


def main() -> None:
    parser = argparse.ArgumentParser(description="Reports over a large archive.")
    parser.add_argument("tickets", nargs="?", type=int, default=100_000)
    parser.add_argument("--small", action="store_true", help="a small size, which only shows that it runs")
    given = parser.parse_args()
    tickets, opened, rounds = (40, 10, 1) if given.small else (given.tickets, OPEN, ROUNDS)
    env = {**os.environ, "PYTHONPATH": str(PROJECT / "src"), "FENJI_LANGUAGE": "en"}
    with tempfile.TemporaryDirectory() as folder:
        root = make_desk(Path(folder, "desk"), tickets, opened)
        report = [sys.executable, "-m", "fenji", "--desk", str(root), "report", "last-month", "--by", "unit"]
        costs = {"the first build": run(report, env)}
        costs["bare python"] = best([sys.executable, "-c", "pass"], env, rounds)
        costs["reading what is kept"] = best([sys.executable, "-c", READ, str(root / FACTS)], env, rounds)
        costs["last month by unit"] = best(report, env, rounds)
        costs["ten years by every key"] = best([sys.executable, "-c", EVERY_KEY, str(root)], env, rounds)
        changed = change_tickets(root, CHANGED)
        costs[f"after {changed} changed"] = run(report, env)
        size = (root / FACTS).stat().st_size / 2**20
    print_costs(costs, changed)
    print(f"{'kept':26} {size:8.1f} MB")


def print_costs(costs: Mapping[str, Cost], changed: int) -> None:
    for name, cost in costs.items():
        print(f"{name:26} {cost.cpu * 1000:8.0f} ms {cost.memory:6.0f} MB")
    floor, month = costs["reading what is kept"].cpu, costs["last month by unit"].cpu
    print(f"{'last month / reading':26} {month / floor:8.1f}")
    print(f"{'every key / last month':26} {costs['ten years by every key'].cpu / month:8.1f}")
    pull = costs[f"after {changed} changed"].cpu - month
    print(f"{f'{changed} changed':26} {pull * 1000:8.0f} ms more")


if __name__ == "__main__":
    main()
