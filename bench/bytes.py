"""The bytes that the interface sends to the terminal for each act, in a pty of 80x24, beside the budget of the act.

Run: .venv/bin/python bench/bytes.py [WORLD] [COLUMNSxLINES] [--small]. The budget applies to 80x24;
tests/terminal/test_bytes.py checks it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "src"), str(PROJECT / "tests")]

import worlds  # noqa: E402 - found only now
from terminal.budget import ACTS, BUDGET, FIRST_PAINT, REPORT_ACTS  # noqa: E402
from terminal.driven import Terminal  # noqa: E402


def main() -> None:
    """Print a table of acts, bytes and budgets."""
    parser = argparse.ArgumentParser(description="What the interface sends to the terminal.")
    parser.add_argument("world", nargs="?", default="busy_morning")
    parser.add_argument("size", nargs="?", default="80x24")
    parser.add_argument("--small", action="store_true", help="a small size, which only shows that it runs")
    given = parser.parse_args()
    columns, lines = map(int, given.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        desk = worlds.make(given.world, Path(folder) / "desk")
        with Terminal(desk, state=Path(folder), person="li.wei", columns=columns, lines=lines) as terminal:
            terminal.wait_for("keys")
            terminal.wait_until_quiet()
            print(f"{'first paint':34}{len(terminal.raw):8}{FIRST_PAINT:8}")
            for name, keys, kind in ACTS[:3] if given.small else ACTS:
                print(f"{name:34}{terminal.count_bytes(*keys):8}{BUDGET[kind]:8}")
            for name, keys, kind, words in REPORT_ACTS[:1] if given.small else REPORT_ACTS:
                print(f"{name:34}{terminal.count_bytes(*keys, until=words):8}{BUDGET[kind]:8}")


if __name__ == "__main__":
    main()
