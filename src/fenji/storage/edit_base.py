"""Find the version of a ticket's file that a hand edit started from (format 2).

It is the newest committed version whose log is contained in the log of the file: whoever edited the file had not seen
what was committed later, such as by a sync while the editor was open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.errors import Damaged
from fenji.model.merge import original_number
from fenji.storage import layout, yaml_codec
from fenji.storage.hand_edits import lacks_events

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fenji.git import Repo
    from fenji.model.ticket import Ticket

_CHUNK = 32  # versions read at once


def choose_base(repo: Repo, ticket: Ticket, versions: Mapping[str, bytes | None], commit: str) -> Ticket | None:
    """Return the base of the ticket in the history of `commit`, whose files at the ticket's paths are `versions`."""
    parsed = (parse_or_none(data, path) for path, data in versions.items())
    known = [version for version in parsed if version and version.uid == ticket.uid]
    sound = [version for version in known if not lacks_events(ticket, version)]
    if known and not sound:
        return find_base(repo, ticket, commit)
    return max(sound, key=lambda version: len(version.log), default=None)


def find_base(repo: Repo, ticket: Ticket, start: str = "HEAD") -> Ticket | None:
    """Return the newest version in the history of `start` whose log is contained in the ticket's log, or None."""
    return next(_iter_contained(repo, ticket, start), None)


def find_base_of_committed(repo: Repo, ticket: Ticket) -> Ticket | None:
    """Return the version from which a hand edit started that was committed in this version of the ticket, or None.

    Of all versions that git has here, it is the oldest one with the newest log contained in the ticket's log: whoever
    types into a file and commits it adds no event.
    """
    contained = [*_iter_contained(repo, ticket, "--all")]
    newest = (
        {event.digest for event in max(contained, key=lambda version: len(version.log)).log} if contained else set()
    )
    return next((each for each in reversed(contained) if {event.digest for event in each.log} == newest), None)


def _iter_contained(repo: Repo, ticket: Ticket, start: str) -> Iterator[Ticket]:
    """Yield the versions in the history of `start` whose log is contained in the ticket's log, the newest first."""
    from fenji.git import objects

    numbers = dict.fromkeys((ticket.id, original_number(ticket.id)))
    paths = [path for number in numbers for path in layout.ticket_paths(number)]
    versions = objects.list_versions(repo, start, paths)
    for at in range(0, len(versions), _CHUNK):
        chunk = versions[at : at + _CHUNK]
        contents = objects.read_blobs(repo, [blob for _, blob in chunk])
        for path, blob in chunk:
            version = parse_or_none(contents.get(blob), path)
            if version and version.uid == ticket.uid and not lacks_events(ticket, version):
                yield version


def parse_or_none(data: bytes | None, path: str) -> Ticket | None:
    """Return the ticket in the bytes of a file; None if there are none, or if they cannot be read as one."""
    try:
        return None if data is None else yaml_codec.read_ticket(data, path)
    except Damaged:
        return None
