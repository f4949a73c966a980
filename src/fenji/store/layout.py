"""Where a ticket lies, by its number and state, and how a number is read. Names only: opens no ticket file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from fenji.errors import Unavailable
from fenji.ticket import CLOSED, ID_PATTERN, Ticket

OPEN = "tickets/open"
ARCHIVE = "tickets/archive"
FILES = "tickets/files"
_NUMBER = re.compile(r"([A-Z][A-Z0-9]*)-([0-9]{4})-([0-9]+)(-[0-9A-Z]{2})?")


def place(ticket: Ticket) -> str:
    """The path of a ticket below the desk: the archive once it is archived or withdrawn, else `tickets/open`.

    Raises ValueError for a number that is none.
    """
    return archived_path(ticket.id) if ticket.state in CLOSED else open_path(ticket.id)


def open_path(number: str) -> str:
    """Where the ticket of this number lies while it is live."""
    return f"{OPEN}/{_sound(number)}.yaml"


def archived_path(number: str) -> str:
    """Where the ticket of this number lies in the archive: by the site and year of the number."""
    return twin(_sound(number))


def places(number: str) -> tuple[str, str]:
    """Both places where the ticket of this number may lie."""
    return open_path(number), archived_path(number)


def files_folder(number: str) -> str:
    """Where the attachments of the ticket lie."""
    return f"{FILES}/{_sound(number)}"


def twin(number: str) -> str:
    """Where a ticket in `open` would also lie if its move to the archive was cut off; `number` is known to be sound."""
    site, year, _ = number.split("-", 2)
    return f"{ARCHIVE}/{site}/{year}/{number}.yaml"


def _sound(number: str) -> str:
    if not ID_PATTERN.fullmatch(number):
        raise ValueError(number)
    return number


def names(folder: Path) -> list[str]:
    """The names in a folder, sorted; none where there is no such folder, nor of hidden files. Raises Unavailable."""
    try:
        with os.scandir(folder) as found:
            return sorted(entry.name for entry in found if not entry.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unavailable("{path} cannot be read: {reason}.", path=str(folder), reason=reason) from error


def numbers(folder: Path, holding: str = "") -> list[str]:
    """The ticket numbers that file names in a folder carry, only those that hold some letters."""
    stems = (name[:-5] for name in names(folder) if holding in name and name.endswith(".yaml"))
    return [stem for stem in stems if ID_PATTERN.fullmatch(stem)]


def archive_folders(root: Path) -> Iterator[str]:
    """The folders of the archive, site by site and year by year."""
    for site in names(root / ARCHIVE):
        yield from (f"{ARCHIVE}/{site}/{year}" for year in names(root / ARCHIVE / site))


def count(number: str) -> int:
    """The running number within site and year: 42 for KSA-2026-0042."""
    found = _NUMBER.fullmatch(number)
    return int(found[3]) if found else 0


def number(site: str, year: int, running: int) -> str:
    """The ticket number, at least four digits wide."""
    return _sound(f"{site}-{year:04}-{running:04}")


def core(wanted: str) -> str:
    """The letters that every number named by the tail `wanted` holds."""
    return _bare(wanted.rpartition("-")[2])


def _by_parts(one: str, wanted: str) -> bool:
    return _ends(one.split("-"), wanted.split("-"))


def _by_first_number(one: str, wanted: str) -> bool:
    return _ends(one.split("-")[:3], wanted.split("-"))


def _by_letters(one: str, wanted: str) -> bool:
    return one.endswith(wanted)


# How a typed tail names a ticket, the surest way first: `42` and `2026-42` by parts (leading zeros do not count), then
# also what was renumbered from it, then by letters, `42` for 0142.
WAYS: tuple[Callable[[str, str], bool], ...] = (_by_parts, _by_first_number, _by_letters)


def _ends(parts: list[str], asked: list[str]) -> bool:
    tail = parts[-len(asked) :]
    return len(asked) <= len(parts) and [_bare(one) for one in tail] == [_bare(one) for one in asked]


def _bare(word: str) -> str:
    return word.lstrip("0") if word.isdecimal() else word
