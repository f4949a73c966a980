"""`python -m worlds NAME DIR [--now INSTANT]`: makes a world and prints the folder of its desk."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

import worlds


def main() -> int:
    """Return 0 if the world is made, 1 if the folder is in use; exit with 2 for wrong arguments."""
    parser = argparse.ArgumentParser(prog="worlds", description="Make a named desk in a fresh folder.")
    parser.add_argument("name", choices=worlds.NAMES)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--now", type=datetime.fromisoformat, help="the instant that the story leads up to, with offset"
    )
    asked = parser.parse_args()
    if asked.now and asked.now.tzinfo is None:
        parser.error("--now needs an offset, such as 2026-11-19T09:00:00+03:00")
    try:
        print(worlds.make(asked.name, asked.folder, now=asked.now))
    except FileExistsError as error:
        print(f"{error}: give a folder that is empty or not there yet", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
