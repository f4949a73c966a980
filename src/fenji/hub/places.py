"""Which files a desk may hold, of which sort and size. Names and modes only: opens no file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fenji import synonyms, yamlio
from fenji.errors import Sentence
from fenji.store import layout
from fenji.store.attachments import LARGEST_FILE, safe_name
from fenji.store.files import TEMPORARY
from fenji.ticket import ID_PATTERN

if TYPE_CHECKING:
    from fenji.repo.stream import Held

POLICY = "policy.yaml"
HANDBOOK = synonyms.FILE
# What git itself reads, and could make clones read or leave out files otherwise than they were written.
GUARDED = (".gitattributes", ".gitignore")
_TOP = frozenset({POLICY, HANDBOOK, *GUARDED})
_README = re.compile(r"README(\.[A-Za-z0-9.-]{1,32})?")
_KEEPER = ".gitkeep"  # holds an otherwise empty folder in git
_ARCHIVED = re.compile(rf"{layout.ARCHIVE}/([A-Z][A-Z0-9]*)/([0-9]{{4}})/([^/]+)\.yaml")
_OPEN = re.compile(rf"{layout.OPEN}/([^/]+)\.yaml")
_FILE = re.compile(rf"{layout.FILES}/([^/]+)/([^/]+)")
_SORTS = {
    "120000": Sentence("is a symbolic link; a desk holds plain files"),
    "160000": Sentence("is a submodule; a desk holds plain files"),
    "100755": Sentence("is marked as a program; a desk holds plain files"),
}


def number_at(path: str) -> str:
    """The number of the ticket whose file lies at this path; `""` where none may lie there."""
    found = _OPEN.fullmatch(path) or _ARCHIVED.fullmatch(path)
    number = found[found.lastindex or 0] if found else ""
    return number if ID_PATTERN.fullmatch(number) and path in layout.places(number) else ""


def attached_at(path: str) -> tuple[str, str] | None:
    """The number and the file name of an attachment at this path; None where it is none."""
    found = _FILE.fullmatch(path)
    return (found[1], found[2]) if found and ID_PATTERN.fullmatch(found[1]) else None


def core(number: str) -> str:
    """The number a ticket was born with: without what a renumbered one has after it."""
    return "-".join(number.split("-")[:3])


def fault(path: str, held: Held, size: int | None) -> Sentence | None:
    """Why this file may not stand here; None where it may. `size` is in bytes, None for what is no blob."""
    if not _known(path):
        return Sentence("has no place in a desk")
    if held.mode in _SORTS:
        return _SORTS[held.mode]
    largest = LARGEST_FILE if attached_at(path) else yamlio.LARGEST
    if size is not None and size > largest:
        return Sentence("has {size} bytes; at most {most} are taken", {"size": size, "most": largest})
    return None


def _known(path: str) -> bool:
    if path in _TOP or _README.fullmatch(path) or number_at(path):
        return True
    if path.startswith("tickets/") and path.rpartition("/")[2] == _KEEPER:
        return path.count("/") < 5
    attached = attached_at(path)
    return bool(attached and safe_name(attached[1]) == attached[1] and not attached[1].startswith(TEMPORARY))
