"""Publishing the handbook: the archived tickets of a desk as a folder of pages. Changes no ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import board
from fenji.analysis import fold
from fenji.board import Bad
from fenji.errors import FenjiError, Misused, Problem, Refused
from fenji.export import Attachment, Choices, Edition, Put, Voice, attachment, edition, entry, notebook, put, website
from fenji.export.entries import archived_at
from fenji.export.privacy import covered_filter, of_all
from fenji.store import files, layout
from fenji.store.attachments import LARGEST_FILE
from fenji.ticket import CLOSED, visible

if TYPE_CHECKING:
    from fenji.board import Row
    from fenji.desk.door import Desk

FORMATS = {"html": website, "md": notebook}


@dataclass(frozen=True)
class Published:
    """What came of it: the edition, what was put into which folder, what could not be read, attachments left out."""

    edition: Edition
    folders: Mapping[str, Put]
    bad: tuple[Bad, ...]
    left_out: tuple[Attachment, ...]


def publish(
    desk: Desk,
    folders: Mapping[str, Path],
    *,
    words: str = "",
    language: str = "",
    choices: Choices | None = None,
) -> Published:
    """Publish the archived tickets that match the filter `words`, in each format (`html`, `md`) into its folder.

    Each promise is read as it stood when the last ticket of the archive was archived, so the same archive gives the
    same bytes whenever it is published. Withdrawn tickets are counted and left out. Raises Misused for a filter that
    cannot be read or two formats in one folder, Refused for a folder that holds anything else, Unavailable.
    """
    choices = choices or Choices()
    _check_folders(desk, folders)
    wanted = board.parse(words, me=desk.person, fold=fold)
    closed, bad = _closed(desk)
    chosen = [row for row in closed if wanted.matches(row)]
    persons = [] if choices.requester else [row.ticket for row in closed]
    hidden = of_all(persons)
    entries = [entry(row, desk.policy, choices, hidden) for row in chosen if row.ticket.state == "archived"]
    said = visible(covered_filter(" ".join(words.split()), persons))
    made = edition(entries, withdrawn=len(chosen) - len(entries), unread=len(bad), words=said)
    enclosed = _attachments(made) if choices.files else ()
    loads = {one: partial(_load, desk, one) for one in enclosed}
    copies = {one: load for one, load in loads.items() if sha256(load()).hexdigest() == one.sha256}
    held = {(one.number, one.name): one for one in copies}
    voice = Voice(language or desk.language)
    done = {kind: put(folder, kind, FORMATS[kind](made, voice, held), copies) for kind, folder in folders.items()}
    return Published(made, done, bad, tuple(one for one in enclosed if one not in copies))


def _check_folders(desk: Desk, folders: Mapping[str, Path]) -> None:
    places = [folder.resolve() for folder in folders.values()]
    if len(set(places)) < len(places):
        raise Misused("Each format needs a folder of its own.")
    root = desk.root.resolve()
    own = (root / "tickets", root / "index", root / ".git")
    for place in places:
        if place == root or any(place.is_relative_to(one) for one in own):
            hint = "Name a folder of its own, in the desk or elsewhere."
            raise Refused("{path} belongs to the desk itself.", hint=hint, path=str(place))


def _closed(desk: Desk) -> tuple[list[Row], tuple[Bad, ...]]:
    """The rows of the archive, withdrawn ones too, and the files that cannot be read."""
    scan = desk.store.scan_archive()
    closed = [one for one in scan.tickets if one.ticket.state in CLOSED]
    instants = (archived_at(one.ticket) for one in closed)
    at = max((one for one in instants if one), default=None)
    if at is None:
        return [], scan.bad
    found: list[Row] = []
    bad = list(scan.bad)
    for one in closed:
        try:
            found += board.rows([(one.ticket, one.path, one.changed)], desk.policy, at)
        except FenjiError as error:
            bad.append(Bad(one.path, (Problem(one.path, 0, 0, "log", error.sentence),)))
    return found, tuple(bad)


def _attachments(made: Edition) -> tuple[Attachment, ...]:
    return tuple(
        attachment(one.id, held.name, held.shown, held.sha256) for one in made.entries for held in one.enclosures
    )


def _load(desk: Desk, one: Attachment) -> bytes:
    """The bytes of an attachment; none for a name that leads elsewhere, and for what is no plain file."""
    if one.name in ("", ".", "..") or Path(one.name).name != one.name:
        return b""
    try:
        return files.read(desk.root / layout.files_folder(one.number) / one.name, LARGEST_FILE)[0]
    except (OSError, ValueError):
        return b""
