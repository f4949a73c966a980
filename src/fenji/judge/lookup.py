"""Find a ticket in a commit by its uid, at any path: open, archived, or under another number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from fenji.git.fast_import import TreeEntry
from fenji.model.merge import original_number, possible_numbers
from fenji.storage import layout

if TYPE_CHECKING:
    from fenji.judge.contents import BlobContents
    from fenji.model.ticket import Ticket


def find_tickets(contents: BlobContents, commit: str, wanted: Mapping[str, Iterable[str]]) -> dict[str, list[Ticket]]:
    """Return the copies of each ticket in a commit, by uid; `wanted` gives numbers that each uid is known to have had.

    This looks up the paths of all numbers that the tickets may have by now, with one command.
    """
    paths = {path: uid for uid, numbers in wanted.items() for path in possible_paths(uid, numbers)}
    blobs = contents.history.blob_ids(commit, paths) if paths else {}
    entries = {path: TreeEntry(blob) for path, blob in blobs.items()}
    contents.parse_tickets(entries.items())
    found: dict[str, list[Ticket]] = {}
    for path, entry in entries.items():
        ticket = contents.ticket(entry, path)
        if ticket and ticket.uid in wanted:
            found.setdefault(ticket.uid, []).append(ticket)
    return found


def possible_paths(uid: str, numbers: Iterable[str]) -> Iterator[str]:
    """Yield all possible paths of a ticket that is known to have had these numbers."""
    for born in {original_number(number) for number in numbers}:
        for number in possible_numbers(uid, born):
            yield from layout.ticket_paths(number)
