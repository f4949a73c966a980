"""Read tickets as they were in a commit, from git's trees."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING

from fenji.git import arrivals
from fenji.model.merge import merge
from fenji.storage import edit_base, layout

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.model.ticket import Ticket


def changed_paths(repo: Repo, commit: str) -> list[str] | None:
    """Return the ticket files that differ between a commit and HEAD; None if the commit is unknown."""
    changes = repo.changed_since(commit)
    if changes is None:
        return None
    return [change.path for change in changes if change.path.startswith(layout.TICKET_FOLDERS)]


def read_tickets(repo: Repo, commit: str, paths: Iterable[str]) -> dict[str, Ticket]:
    """Return by uid the tickets in files of a commit; a file that cannot be read is left out."""
    found: dict[str, list[Ticket]] = {}
    for path, data in repo.read_many(paths, commit).items():
        ticket = edit_base.parse_or_none(data, path)
        if ticket:
            found.setdefault(ticket.uid, []).append(ticket)
    return {uid: reduce(merge, tickets) for uid, tickets in found.items()}


def find_arrival(repo: Repo, commit: str, ticket: Ticket, digest: str) -> datetime | None:
    """Return when an event of a ticket reached the desk's own branch, searching since a commit; None if unknown."""
    paths = layout.ticket_paths(ticket.id)
    for sha, date in arrivals.list_arrivals(repo, commit, paths):
        then = read_tickets(repo, sha, paths).get(ticket.uid)
        if then and any(event.digest == digest for event in then.log):
            return date
    return None
