"""Publish the handbook: the archived tickets of a desk as a folder of pages. Changes no ticket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji import files
from fenji.errors import FenjiError, InvalidUsage, Problem, Refused
from fenji.model import board, filters
from fenji.model.board import BadFile, Row, counted_ticket
from fenji.model.ticket import CLOSED_STATES, sanitize
from fenji.publish import (
    AttachmentCopy,
    Edition,
    FolderResult,
    Locale,
    PublishOptions,
    build_edition,
    build_entry,
    plan_attachment_copy,
    render_notebook,
    render_website,
    write_folder,
)
from fenji.publish.entries import archived_at
from fenji.publish.privacy import redact_filter, redaction_for_all
from fenji.publish.word_groups import WordGroups
from fenji.storage import StoredTicket, layout
from fenji.storage.attachments import MAX_FILE_BYTES
from fenji.text import fold

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.desk.desk import Desk
    from fenji.model.policy import Policy

FORMATS = {"html": render_website, "md": render_notebook}


class PublishResult(Struct, frozen=True):
    """The edition, the result of writing each folder, the unreadable files, and the attachments left out."""

    edition: Edition
    folders: Mapping[str, FolderResult]
    bad: tuple[BadFile, ...]
    left_out: tuple[AttachmentCopy, ...]


def publish(
    desk: Desk,
    folders: Mapping[str, Path],
    *,
    filter_text: str = "",
    language: str = "",
    choices: PublishOptions | None = None,
) -> PublishResult:
    """Publish the archived tickets that match `filter_text`, in each format (`html`, `md`) to its own folder.

    Promises are read at the instant when the last ticket was archived, so the same archive always gives the same
    bytes. Withdrawn tickets are counted and left out. Raises InvalidUsage for two formats in one folder and for an
    invalid filter or one that asks for values that no ticket has, Refused for a folder that contains anything else,
    Unavailable if it cannot be written.
    """
    choices = choices or PublishOptions()
    _check_folders(desk, folders)
    row_filter = filters.parse_filter(filter_text, me=desk.person, fold=fold, today=desk.today())
    closed, bad = _load_closed(desk)
    chosen = [row for row in closed if row_filter.matches(row)]
    if not chosen:
        desk.check_filter(filter_text)
    private_tickets = [] if choices.requester else [row.ticket for row in closed]
    hidden = redaction_for_all(private_tickets)
    entries = [build_entry(row, desk.policy, choices, hidden) for row in chosen if row.ticket.state == "archived"]
    shown_filter = sanitize(redact_filter(" ".join(filter_text.split()), private_tickets))
    new_edition = build_edition(
        entries,
        withdrawn=len(chosen) - len(entries),
        unreadable=len(bad),
        filter_text=shown_filter,
        word_groups=WordGroups(desk.synonyms.in_force().groups),
    )
    attachments = _list_attachments(new_edition) if choices.files else ()
    loaders = {item: partial(_read_attachment, desk, item) for item in attachments}
    copies = {item: loader for item, loader in loaders.items() if sha256(loader()).hexdigest() == item.sha256}
    by_name = {(item.number, item.name): item for item in copies}
    voice = Locale(language or desk.language)
    written = {
        kind: write_folder(folder, kind, FORMATS[kind](new_edition, voice, by_name), copies)
        for kind, folder in folders.items()
    }
    return PublishResult(new_edition, written, bad, tuple(item for item in attachments if item not in copies))


def _check_folders(desk: Desk, folders: Mapping[str, Path]) -> None:
    paths = [folder.resolve() for folder in folders.values()]
    if len(set(paths)) < len(paths):
        raise InvalidUsage("Each format needs a folder of its own.")
    root = desk.root.resolve()
    own_folders = (root / "tickets", root / "index", root / ".git")
    for path in paths:
        if path == root or any(path.is_relative_to(folder) for folder in own_folders):
            hint = "Name a separate folder, in the desk or elsewhere."
            raise Refused("{path} belongs to the desk itself.", hint=hint, path=str(path))


def _as_counted(stored: StoredTicket, desk: Desk) -> Iterator[StoredTicket]:
    """Yield a closed ticket without the events that a hub would have refused, if it is still closed without them."""
    ticket = counted_ticket(stored.ticket, desk.marks.get(stored.ticket.uid, ()))
    if ticket and ticket.state in CLOSED_STATES:
        yield replace(stored, ticket=ticket)


def _load_closed(desk: Desk) -> tuple[list[Row], tuple[BadFile, ...]]:
    """Return the rows of closed tickets, withdrawn ones included, and the unreadable files of the archive."""
    scan = desk.store.reader.scan_archive()
    desk.history_watch.scan(desk.policy)
    written_to = (stored for stored in desk.store.reader.scan_open().tickets if stored.ticket.state in CLOSED_STATES)
    closed = [counted for stored in (*scan.tickets, *written_to) for counted in _as_counted(stored, desk)]
    instants = (archived_at(candidate.ticket) for candidate in closed)
    at = max((instant for instant in instants if instant), default=None)
    if at is None:
        return [], scan.bad_files
    rows, unread = _build_rows(closed, desk.policy, at)
    return rows, (*scan.bad_files, *unread)


def _build_rows(tickets: Iterable[StoredTicket], policy: Policy, at: datetime) -> tuple[list[Row], list[BadFile]]:
    """Return the rows of tickets, and the files of tickets whose clocks cannot be computed."""
    rows: list[Row] = []
    bad: list[BadFile] = []
    for stored in tickets:
        try:
            rows += board.build_rows([(stored.ticket, stored.path, stored.hand_edited)], policy, at)
        except FenjiError as error:
            bad.append(BadFile(stored.path, (Problem(stored.path, 0, 0, "log", error.sentence),)))
    return rows, bad


def _list_attachments(new_edition: Edition) -> tuple[AttachmentCopy, ...]:
    return tuple(
        plan_attachment_copy(item.id, enclosure.name, enclosure.label, enclosure.sha256)
        for item in new_edition.entries
        for enclosure in item.attachments
    )


def _read_attachment(desk: Desk, item: AttachmentCopy) -> bytes:
    """Read the bytes of an attachment; empty for a name that leads out of its folder or is not a regular file."""
    if item.name in ("", ".", "..") or Path(item.name).name != item.name:
        return b""
    try:
        return files.read_below(desk.root, f"{layout.attachments_folder(item.number)}/{item.name}", MAX_FILE_BYTES)[0]
    except (OSError, ValueError):
        return b""
