"""Starting up: `fenji list` on 1,000 open tickets compared with parsing them, `fenji --version` with bare Python.

Run: .venv/bin/python bench/start.py [TICKETS] [--small]. CPU milliseconds, the best of fresh processes taken in turn;
what counts are the ratios. The list must cost less than twice the parsing.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
ROUNDS = 11
PARSE = """
import sys
from pathlib import Path
from fenji.storage import yaml_codec
for path in Path(sys.argv[1], "tickets", "open").glob("*.yaml"):
    yaml_codec.read_ticket(path.read_bytes(), path.name)
"""


def make_desk(folder: Path, tickets: int) -> Path:
    """Make a desk with that many open tickets and no archive, all committed."""
    sys.path[:0] = [str(PROJECT / "src"), str(PROJECT / "tests")]
    import worlds
    from worlds import bulk
    from worlds.crowd import Crowd
    from worlds.repositories import git

    root = worlds.make("empty", folder)
    now = datetime.now().astimezone().replace(microsecond=0)
    for path, data in bulk.crowd_files(Crowd(0, tickets, now, "start"), (root / "policy.yaml").read_bytes()).items():
        (root / path).write_bytes(data)
    git(root, "add", "tickets")
    git(root, "commit", "-q", "-m", "crowd")
    return root


def time_command(command: Sequence[str], env: Mapping[str, str]) -> float:
    """Return the CPU seconds of a fresh process and its children, which a busy machine changes little."""
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=env, check=True, capture_output=True)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description="Starting up.")
    parser.add_argument("tickets", nargs="?", type=int, default=1000)
    parser.add_argument("--small", action="store_true", help="a small size, which only shows that it runs")
    given = parser.parse_args()
    tickets, rounds = (10, 1) if given.small else (given.tickets, ROUNDS)
    env = {**os.environ, "PYTHONPATH": str(PROJECT / "src"), "FENJI_LANGUAGE": "en"}
    with tempfile.TemporaryDirectory() as folder:
        desk_path = str(make_desk(Path(folder, "desk"), tickets))
        fenji = [sys.executable, "-m", "fenji"]
        commands = {
            "bare python": [sys.executable, "-c", "pass"],
            "fenji --version": [*fenji, "--version"],
            f"parse {tickets}": [sys.executable, "-c", PARSE, desk_path],
            "fenji list": [*fenji, "--desk", desk_path, "list"],
            "fenji list --json": [*fenji, "--desk", desk_path, "list", "--json"],
        }
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                taken[name].append(time_command(command, env))
    best = {name: min(times) for name, times in taken.items()}
    for name, least in best.items():
        print(f"{name:20} {least * 1000:8.0f} ms")
    print(f"{'version / python':20} {best['fenji --version'] / best['bare python']:8.2f}")
    print(f"{'list / parse':20} {best['fenji list'] / best[f'parse {tickets}']:8.2f}")


if __name__ == "__main__":
    main()
