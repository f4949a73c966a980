"""A process that writes to a desk until it is done or killed; each event that is safe is printed on stdout.

Arguments: the desk, the numbers of the tickets it works on, how many events, its name.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fenji import git
from fenji.storage import Store
from samples import after_event

ROUND = ("respond", "assign", "solve", "confirm", "archive")


def work(desk: Path, numbers: list[str], events: int, name: str) -> None:
    store = Store(desk, git.find_repo(desk))
    for step in range(events):
        base = store.reader.load(store.reader.find_path(numbers[step % len(numbers)]))
        do = ROUND[step // len(numbers)] if step < len(ROUND) * len(numbers) and name == "mover" else "note"
        text = f"{name} {step}\n" * 40
        ticket = after_event(base.ticket, do, by=name, note=text.rstrip("\n"), fields={"cause": text.rstrip("\n")})
        stored = store.write(ticket, base)
        print(stored.ticket.uid, ticket.log[-1].note.partition("\n")[0], flush=True)
        if step % 3 == 2:
            store.commit_pending()


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3]), sys.argv[4])
