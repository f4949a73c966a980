"""Where a ticket lies, by its number and state, and how a number is read. Names only: opens no ticket file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from fenji.errors import Unavailable
from fenji.model.ticket import CLOSED_STATES, ID_PATTERN, Ticket

OPEN_FOLDER = "tickets/open"
ARCHIVE_FOLDER = "tickets/archive"
ATTACHMENTS_FOLDER = "tickets/files"
_NUMBER_PATTERN = re.compile(r"([A-Z][A-Z0-9]*)-([0-9]{4})-([0-9]+)(-[0-9A-Z]{2})?")


def ticket_path(ticket: Ticket) -> str:
    """The path of a ticket below the desk: the archive once it is archived or withdrawn, else `tickets/open`.

    Raises ValueError for a number that is none.
    """
    return archived_path(ticket.id) if ticket.state in CLOSED_STATES else open_path(ticket.id)


def open_path(ticket_id: str) -> str:
    """Where the ticket of this number lies while it is live."""
    return f"{OPEN_FOLDER}/{_validate_id(ticket_id)}.yaml"


def archived_path(ticket_id: str) -> str:
    """Where the ticket of this number lies in the archive: by the site and year of the number."""
    return unchecked_archived_path(_validate_id(ticket_id))


def ticket_paths(ticket_id: str) -> tuple[str, str]:
    """Both places where the ticket of this number may lie."""
    return open_path(ticket_id), archived_path(ticket_id)


def attachments_folder(ticket_id: str) -> str:
    """Where the attachments of the ticket lie."""
    return f"{ATTACHMENTS_FOLDER}/{_validate_id(ticket_id)}"


def unchecked_archived_path(ticket_id: str) -> str:
    """Where a ticket in `open` would also lie if its move to the archive was cut off; `number` is known to be sound."""
    site, year, _ = ticket_id.split("-", 2)
    return f"{ARCHIVE_FOLDER}/{site}/{year}/{ticket_id}.yaml"


def _validate_id(ticket_id: str) -> str:
    if not ID_PATTERN.fullmatch(ticket_id):
        raise ValueError(ticket_id)
    return ticket_id


def list_names(folder: Path) -> list[str]:
    """The names in a folder, sorted; none where there is no such folder, nor of hidden files. Raises Unavailable."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if not entry.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unavailable("{path} cannot be read: {reason}.", path=str(folder), reason=reason) from error


def list_ticket_ids(folder: Path, containing: str = "") -> list[str]:
    """The ticket numbers that file names in a folder carry, only those that hold some letters."""
    stems = (name[:-5] for name in list_names(folder) if containing in name and name.endswith(".yaml"))
    return [stem for stem in stems if ID_PATTERN.fullmatch(stem)]


def iter_archive_folders(root: Path) -> Iterator[str]:
    """The folders of the archive, site by site and year by year."""
    for site in list_names(root / ARCHIVE_FOLDER):
        yield from (f"{ARCHIVE_FOLDER}/{site}/{year}" for year in list_names(root / ARCHIVE_FOLDER / site))


def sequence_number(ticket_id: str) -> int:
    """The running number within site and year: 42 for KSA-2026-0042."""
    match = _NUMBER_PATTERN.fullmatch(ticket_id)
    return int(match[3]) if match else 0


def format_ticket_id(site: str, year: int, sequence: int) -> str:
    """The ticket number, at least four digits wide."""
    return _validate_id(f"{site}-{year:04}-{sequence:04}")


def last_part(tail: str) -> str:
    """The letters that every number named by the tail `wanted` holds."""
    return _strip_zeros(tail.rpartition("-")[2])


def _matches_parts(ticket_id: str, tail: str) -> bool:
    return _ends_with(ticket_id.split("-"), tail.split("-"))


def _matches_former_id(ticket_id: str, tail: str) -> bool:
    return _ends_with(ticket_id.split("-")[:3], tail.split("-"))


def _matches_suffix(ticket_id: str, tail: str) -> bool:
    return ticket_id.endswith(tail)


# How a typed tail names a ticket, the surest way first: `42` and `2026-42` by parts (leading zeros do not count), then
# also what was renumbered from it, then by letters, `42` for 0142.
TAIL_MATCHERS: tuple[Callable[[str, str], bool], ...] = (_matches_parts, _matches_former_id, _matches_suffix)


def _ends_with(parts: list[str], wanted: list[str]) -> bool:
    last_parts = parts[-len(wanted) :]
    return len(wanted) <= len(parts) and [_strip_zeros(part) for part in last_parts] == [
        _strip_zeros(part) for part in wanted
    ]


def _strip_zeros(part: str) -> str:
    return part.lstrip("0") if part.isdecimal() else part
