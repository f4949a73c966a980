"""A person who works at a desk until they are done or killed; each act that is safe is printed on stdout.

Arguments: the desk, the person, how many acts, and `later` if commits are to trail.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping
from itertools import count
from pathlib import Path

from fenji.desk import Desk
from fenji.desk.people import insist
from fenji.errors import Refused

TEXTS = {field: f"{field}\n" * 30 for field in ("cause", "decision", "solution")}
STEPS = ("respond", "wait", "resume", "assign", "edit", "undo", "solve", "search", "confirm", "archive")


def work(root: Path, person: str, acts: int, *, later: bool) -> None:
    running = count()
    rng = random.Random(person)
    with insist(), Desk.open(root, person=person, later=later) as desk:
        while True:
            number = report(desk, f"{person} {next(running)}")
            for do in STEPS:
                note = f"{person} {next(running)}"
                if note == f"{person} {acts}":
                    return
                if rng.random() > 0.3:
                    step(desk, number, do, note)


def report(desk: Desk, note: str) -> str:
    row = desk.new({"title": f"備件生鏽 {note}", "impact": "minor", "occurrence": "common"}, note=note)
    print(row.uid, note, flush=True)
    return row.id


def step(desk: Desk, number: str, do: str, note: str) -> None:
    if do == "search":
        desk.search("生鏽")
        return
    try:
        if do == "undo":
            desk.undo()
            return
        reason = "customer" if do == "wait" else ""
        set_ = {"solve": TEXTS, "edit": {"cause": f"{note}\n" * 60}, "assign": {"owner": "li.wei"}}
        fields: Mapping[str, str] = set_.get(do, {})
        row = desk.act(number, do, note=note, reason=reason, fields=fields)
    except Refused:
        return
    print(row.uid, note, flush=True)


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), later="later" in sys.argv)
