"""Enter a spreadsheet of support tickets into a desk, by the command line alone.

    python docs/samples/import_tickets.py TICKETS.csv --desk DIR [--rows 300] [--close 150] [--lead PERSON]

The CSV has a heading line with subject, body, answer, type, queue, priority and tag_1 to tag_3. Each row becomes a
ticket; the first `--close` requests among them are answered, solved with their answer, confirmed and archived. It is a
sample of driving `fenji … --json` from a script: change `fields` to fit your own spreadsheet. docs/import-tickets.md
tells the rest.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

Row = Mapping[str, str]
KINDS = {"Incident": "quality", "Problem": "quality", "Request": "request", "Change": "request"}
# high → P2, medium → P3, low → P4 in the matrix that the project ships; the desk's own policy has the last word.
GRADES = {"high": ("major", "common"), "medium": ("minor", "rare"), "low": ("minor", "common")}


class Refused(Exception):
    """What fenji refused, in its own words."""


def fenji(desk: Path, *args: str, text: str = "") -> Any:
    """The document that one command prints. Raises Refused with what it says on stderr."""
    command = [sys.executable, "-m", "fenji", "--json", "--desk", str(desk), *args]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    if done.returncode:
        raise Refused(f"{' '.join(args[:2])}: {done.stderr.decode().strip()}")
    return json.loads(done.stdout)


def title(row: Row) -> str:
    """The subject as one line; where there is none, the beginning of the text."""
    subject = " ".join(row["subject"].split())
    return subject or " ".join(row["body"].split())[:70] or "(no subject)"


def fields(row: Row) -> Iterator[str]:
    """The options of `fenji new` for one row; its text goes in by stdin."""
    yield from ("--title", title(row), "--description", "-")
    yield from ("--kind", KINDS.get(row["type"], "request"))
    impact, occurrence = GRADES.get(row["priority"], GRADES["low"])
    yield from ("--impact", impact, "--occurrence", occurrence)
    if row["queue"]:
        yield from ("--requester-unit", row["queue"])
    for name in ("tag_1", "tag_2", "tag_3"):
        if row.get(name):
            yield from ("--tag", " ".join(row[name].replace(",", " ").split()))


def import_rows(desk: Path, rows: Sequence[Row]) -> dict[str, Row]:
    """Report one ticket a row; number → row, in order."""
    imported = {}
    for row in rows:
        ticket = fenji(desk, "new", *fields(row), text=row["body"])
        imported[ticket["id"]] = row
    return imported


def close_tickets(desk: Path, tickets: Mapping[str, Row], lead: str) -> list[str]:
    """Take requests to the archive: each solved with its own answer, the other steps in one commit for all of them."""
    numbers = list(tickets)
    if not numbers:
        return []
    fenji(desk, "respond", *numbers)
    for number, row in tickets.items():
        fenji(desk, "solve", number, "--set", "solution=-", text=row["answer"])
    by = ("--by", lead) if lead else ()
    fenji(desk, "confirm", *numbers, *by)
    fenji(desk, "archive", *numbers, *by)
    return numbers


def main() -> int:
    """Exit 0 when all is entered; 1 where fenji refused something, with its sentence."""
    parser = argparse.ArgumentParser(description="Enter a spreadsheet of support tickets into a desk.")
    parser.add_argument("csv", type=Path)
    parser.add_argument("--desk", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=300, help="at most so many rows")
    parser.add_argument("--close", type=int, default=150, help="so many requests among them go to the archive")
    parser.add_argument("--lead", default="", help="the site lead who confirms and archives; else you")
    asked = parser.parse_args()
    with asked.csv.open(encoding="utf-8-sig", newline="") as file:
        rows = list(islice(csv.DictReader(file), asked.rows))
    try:
        tickets = import_rows(asked.desk, rows)
        requests = {number: row for number, row in tickets.items() if KINDS.get(row["type"], "request") == "request"}
        archived = close_tickets(asked.desk, dict(islice(requests.items(), asked.close)), asked.lead)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    print(f"{len(tickets)} tickets entered, {len(archived)} of them archived")
    return 0


if __name__ == "__main__":
    sys.exit(main())
