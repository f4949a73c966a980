"""The paths of tickets by number and state, and the parsing of ticket numbers. Opens no ticket file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from fenji.errors import Unavailable, os_reason
from fenji.model.correspondence import customer_wrote
from fenji.model.ticket import CLOSED_STATES, ID_PATTERN, Ticket

OPEN_FOLDER = "tickets/open"
ARCHIVE_FOLDER = "tickets/archive"
ATTACHMENTS_FOLDER = "tickets/files"
TICKET_FOLDERS = (f"{OPEN_FOLDER}/", f"{ARCHIVE_FOLDER}/")  # how the paths of tickets begin
# The paths of a desk's folders, where no file, link or submodule may be (format 1).
_FOLDER_PATTERN = re.compile(
    r"tickets(/(open|files(/[^/]+)?|archive(/[A-Z][A-Z0-9]*(/[0-9]{4})?)?))?|templates|imports|issued(/(figures|statements))?"
)
# A ticket number within a longer name, with its suffix if any; the number without the suffix counts as well.
_NUMBER_WITHIN = re.compile(r"(?<![A-Z0-9])([A-Z][A-Z0-9]{0,15}-[0-9]{4}-[0-9]{4,7})(-[0-9A-Z]{2}(?![0-9A-Z]))?")
_SUFFIXES = (".yaml", ".yml")
_NUMBER_PATTERN = re.compile(r"([A-Z][A-Z0-9]*)-([0-9]{4})-([0-9]+)(-[0-9A-Z]{2})?")


def ticket_path(ticket: Ticket) -> str:
    """Return the path of a ticket below the desk: in the archive once archived or withdrawn, else in `tickets/open`.

    A closed ticket to which a customer wrote counts as open until somebody acts. Raises ValueError for a bad number.
    """
    is_done = ticket.state in CLOSED_STATES and not customer_wrote(ticket)
    return archived_path(ticket.id) if is_done else open_path(ticket.id)


def open_path(ticket_id: str) -> str:
    """Return the path of this ticket number among the open tickets."""
    return f"{OPEN_FOLDER}/{_validate_id(ticket_id)}.yaml"


def archived_path(ticket_id: str) -> str:
    """Return the path of this ticket number in the archive, by the site and year of the number."""
    return unchecked_archived_path(_validate_id(ticket_id))


def ticket_paths(ticket_id: str) -> tuple[str, str]:
    """Return both paths that this ticket number may have: open and archived."""
    return open_path(ticket_id), archived_path(ticket_id)


def attachments_folder(ticket_id: str) -> str:
    """Return the folder of the ticket's attachments."""
    return f"{ATTACHMENTS_FOLDER}/{_validate_id(ticket_id)}"


def unchecked_archived_path(ticket_id: str) -> str:
    """Return the archive path of a number that is known to be valid, without checking it again."""
    site, year, _ = ticket_id.split("-", 2)
    return f"{ARCHIVE_FOLDER}/{site}/{year}/{ticket_id}.yaml"


def _validate_id(ticket_id: str) -> str:
    if not ID_PATTERN.fullmatch(ticket_id):
        raise ValueError(ticket_id)
    return ticket_id


def is_folder_place(path: str) -> bool:
    """Return whether a desk has a folder at this path, so that nothing else may be there."""
    return bool(_FOLDER_PATTERN.fullmatch(path))


def is_blocked(root: Path, path: str) -> bool:
    """Return whether a link or file is in the place of a folder that `path` needs, so that it cannot be written."""
    folders = [root / folder for folder in PurePosixPath(path).parents]
    return any(folder.is_symlink() or (folder.exists() and not folder.is_dir()) for folder in folders[:-1])


def list_names(folder: Path) -> list[str]:
    """Return the sorted names in a folder, hidden ones left out; empty if there is no folder. Raises Unavailable."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if not entry.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        reason = os_reason(error)
        raise Unavailable("{path} cannot be read: {reason}.", path=str(folder), reason=reason) from error


def list_ticket_ids(folder: Path, containing: str = "") -> list[str]:
    """Return the ticket numbers of the files in a folder whose name contains `containing`."""
    stems = (name[:-5] for name in list_names(folder) if containing in name and name.endswith(".yaml"))
    return [stem for stem in stems if ID_PATTERN.fullmatch(stem)]


def list_ticket_files(root: Path, folder: str) -> list[str]:
    """Return the sorted names of the YAML files in a folder, without those that `is_beside_ticket` finds."""
    names = [name for name in list_names(root / folder) if name.endswith(_SUFFIXES)]
    return [name for name in names if not is_beside_ticket(root, f"{folder}/{name}")]


def is_beside_ticket(root: Path, path: str) -> bool:
    """Return whether a file is one that another program put next to a ticket, such as `KSA-2026-0001 (1).yaml`.

    The name of such a file contains the number of an existing ticket, open or archived, and more.
    """
    stem, _, suffix = path.rpartition("/")[2].rpartition(".")
    if f".{suffix}" not in _SUFFIXES or ID_PATTERN.fullmatch(stem):
        return False
    match = _NUMBER_WITHIN.search(stem)
    numbers = {match[0], match[1]} if match else set[str]()
    return any(os.path.lexists(root / place) for number in numbers for place in ticket_paths(number))


def iter_archive_folders(root: Path) -> Iterator[str]:
    """Yield the folders of the archive, site by site and year by year."""
    for site in list_names(root / ARCHIVE_FOLDER):
        yield from (f"{ARCHIVE_FOLDER}/{site}/{year}" for year in list_names(root / ARCHIVE_FOLDER / site))


def has_tickets(root: Path) -> bool:
    """Return whether a desk has any ticket, open or archived."""
    folders = (root / folder for folder in (OPEN_FOLDER, *iter_archive_folders(root)))
    return any(list_ticket_ids(folder) for folder in folders)


def sequence_number(ticket_id: str) -> int:
    """Return the running number within site and year, 42 for KSA-2026-0042; 0 for an invalid number."""
    match = _NUMBER_PATTERN.fullmatch(ticket_id)
    return int(match[3]) if match else 0


def format_ticket_id(site: str, year: int, sequence: int) -> str:
    """Return the ticket number, its running number at least four digits wide."""
    return _validate_id(f"{site}-{year:04}-{sequence:04}")


def last_part(tail: str) -> str:
    """Return a string that every ticket number named by `tail` contains."""
    return _strip_zeros(tail.rpartition("-")[2])


def matches_tail(ticket_id: str, tail: str) -> bool:
    """Return whether a ticket number ends in `tail`, part by part: `42`, `0042`, `2026-42`."""
    return _ends_with(ticket_id.split("-"), tail.split("-"))


def _matches_former_id(ticket_id: str, tail: str) -> bool:
    return _ends_with(ticket_id.split("-")[:3], tail.split("-"))


def matches_suffix(ticket_id: str, tail: str) -> bool:
    """Return whether a ticket number ends in `tail`, character by character."""
    return ticket_id.endswith(tail)


# How a typed tail names a ticket, surest match first: `42` and `2026-42` by parts (leading zeros do not count), then
# also tickets renumbered from it, then any suffix, `42` for 0142.
TAIL_MATCHERS: tuple[Callable[[str, str], bool], ...] = (matches_tail, _matches_former_id, matches_suffix)


def _ends_with(parts: list[str], wanted: list[str]) -> bool:
    last_parts = parts[-len(wanted) :]
    return len(wanted) <= len(parts) and [_strip_zeros(part) for part in last_parts] == [
        _strip_zeros(part) for part in wanted
    ]


def _strip_zeros(part: str) -> str:
    return part.lstrip("0") if part.isdecimal() else part
