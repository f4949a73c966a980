"""Check which files a desk may contain, by path, mode and size. Opens no file."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from fenji import files
from fenji.errors import Sentence
from fenji.files import TEMPORARY_PREFIX
from fenji.judge.policy_in_force import POLICY_FILE
from fenji.model.ticket import ID_PATTERN
from fenji.storage import layout, owned_files, synonyms_file
from fenji.storage.attachments import MAX_FILE_BYTES, safe_name

if TYPE_CHECKING:
    from fenji.git.fast_import import TreeEntry

POLICY = POLICY_FILE
SYNONYMS = synonyms_file.FILE_NAME
# Git itself reads these, and they could make clones convert or ignore files.
PROTECTED_FILES = (".gitattributes", ".gitignore")
OWNED_FILES = (*owned_files.READERS, "templates/form.docx")  # only people who may change the policy change these
_TOP_LEVEL = frozenset({POLICY, SYNONYMS, *PROTECTED_FILES, *OWNED_FILES})
_ISSUED = re.compile(r"issued/(figures|statements)/[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.json")
_MAPPING = re.compile(r"imports/[^/\s.][^/\s]{0,99}\.yaml")
_README = re.compile(r"README(\.[A-Za-z0-9.-]{1,32})?")
_GITKEEP = ".gitkeep"  # keeps an otherwise empty folder in git
_MAX_GITKEEP_BYTES = 1024
_SITE = "[A-Z][A-Z0-9]{0,15}"
_FOLDERS = re.compile(
    rf"tickets|{layout.OPEN_FOLDER}|{layout.ARCHIVE_FOLDER}(/{_SITE}(/[0-9]{{4}})?)?|{layout.ATTACHMENTS_FOLDER}(/[^/]+)?"
)
_ARCHIVED_TICKET = re.compile(rf"{layout.ARCHIVE_FOLDER}/([A-Z][A-Z0-9]*)/([0-9]{{4}})/([^/]+)\.yaml")
_OPEN_TICKET = re.compile(rf"{layout.OPEN_FOLDER}/([^/]+)\.yaml")
_ATTACHMENT = re.compile(rf"{layout.ATTACHMENTS_FOLDER}/([^/]+)/([^/]+)")
_FORBIDDEN_MODES = {
    "120000": Sentence("is a symbolic link; a desk holds plain files"),
    "160000": Sentence("is a submodule; a desk holds plain files"),
    "100755": Sentence("is marked executable; a desk holds plain files"),
}


def ticket_number_at(path: str) -> str:
    """Return the number of the ticket that belongs at this path; `""` if no ticket does."""
    match = _OPEN_TICKET.fullmatch(path) or _ARCHIVED_TICKET.fullmatch(path)
    number = match[match.lastindex or 0] if match else ""
    return number if ID_PATTERN.fullmatch(number) and path in layout.ticket_paths(number) else ""


def attachment_at(path: str) -> tuple[str, str] | None:
    """Return the ticket number and file name in an attachment's path; None for other paths."""
    match = _ATTACHMENT.fullmatch(path)
    attached = match and ID_PATTERN.fullmatch(match[1]) and match[2] != _GITKEEP
    return (match[1], match[2]) if match and attached else None


def is_guarded(path: str) -> bool:
    """Whether only some people may change a file: a protected or owned one, an import's mapping or an issued file."""
    return path in PROTECTED_FILES or path in OWNED_FILES or is_issued(path) or is_mapping(path)


def is_mapping(path: str) -> bool:
    """Return whether a file at this path is the mapping of an import, which only people who may import change."""
    return bool(_MAPPING.fullmatch(path)) and safe_name(path.rpartition("/")[2]) == path.rpartition("/")[2]


def is_issued(path: str) -> bool:
    """Return whether a file at this path is an issued one, which is written once and never changed."""
    return bool(_ISSUED.fullmatch(path))


def find_siblings_folder(path: str) -> str | None:
    """Return the folder to search for names that differ from a path's only in case; None if there can be none."""
    if attachment_at(path) or is_issued(path) or is_mapping(path):
        return path.rpartition("/")[0]
    return "" if "/" not in path else None


def fold_name(name: str) -> str:
    """Return the form of a name that is equal for any two names that some disks cannot store side by side."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def find_path_fault(path: str, entry: TreeEntry, size: int | None) -> Sentence | None:
    """Return why a file is not allowed at a path, or None; `size` is in bytes, None if the entry is no blob."""
    if not is_allowed(path):
        return Sentence("has no place in a desk")
    if entry.mode in _FORBIDDEN_MODES:
        return _FORBIDDEN_MODES[entry.mode]
    largest = _largest_size(path)
    if size is not None and size > largest:
        return Sentence("has {size} bytes; at most {most} are allowed", {"size": size, "most": largest})
    return None


def _largest_size(path: str) -> int:
    if path.endswith(f"/{_GITKEEP}"):
        return _MAX_GITKEEP_BYTES
    return MAX_FILE_BYTES if attachment_at(path) or is_issued(path) or path.endswith(".docx") else files.MAX_BYTES


def is_allowed(path: str) -> bool:
    """Return whether a desk may contain a file at this path."""
    if path in _TOP_LEVEL or _README.fullmatch(path) or ticket_number_at(path) or is_issued(path) or is_mapping(path):
        return True
    folder, _, name = path.rpartition("/")
    if name == _GITKEEP:
        attached = folder.startswith(f"{layout.ATTACHMENTS_FOLDER}/")
        return bool(_FOLDERS.fullmatch(folder)) and (not attached or bool(ID_PATTERN.fullmatch(folder.split("/")[2])))
    attachment = attachment_at(path)
    return bool(
        attachment and safe_name(attachment[1]) == attachment[1] and not attachment[1].startswith(TEMPORARY_PREFIX)
    )
