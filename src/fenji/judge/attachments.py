"""Judge the attachments that a push leaves on the branch: each must be the file that an event attached; none may go.

A file at the hub that its ticket does not list, from an older desk, is accepted as long as it does not change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Sentence
from fenji.git.fast_import import TreeEntry
from fenji.judge.paths import attachment_at
from fenji.judge.refusals import Refusal
from fenji.model import attachment_names
from fenji.model.ticket import Event, Ticket, Value, item_key
from fenji.storage import layout

if TYPE_CHECKING:
    from fenji.git.file_diff import FileDiff
    from fenji.judge.contents import BlobContents
    from fenji.judge.identities import UidIndex
    from fenji.model.policy import Policy

_Item = Mapping[str, "Value"]
_ALL = "files"  # the field for all attachments together


def check_attachments(ticket: Ticket, before: Ticket | None, tree: PushedTree) -> Iterator[Refusal]:
    """Refuse attachments of a changed ticket that are missing, not the attached file, or named by no event."""
    yield from _check_contents(ticket, before, tree)
    if not tree.is_first_push:
        yield from _check_items(ticket, before)


# --- the files against the items ----------------------------------------------------------------------------------


def _check_contents(ticket: Ticket, before: Ticket | None, tree: PushedTree) -> Iterator[Refusal]:
    items = _items_by_name(ticket)
    folder = layout.attachments_folder(ticket.id)
    paths = {name: f"{folder}/{name}" for name in items if "/" not in name and "\n" not in name}
    blobs = tree.contents.history.blob_ids(tree.commit, paths.values()) if items else {}
    for name, item in items.items():
        path = paths.get(name, "")
        blob = blobs.get(path)
        if blob is None:
            yield Refusal(ticket.id, Sentence("the attachment {name} is missing", {"name": name}), path=path)
            continue
        is_known = before is not None and before.look_up(f"files.{name}") == item
        if (path in tree.differences or not is_known) and not _matches_item(item, blob, tree):
            template = "the attachment {name} is not the one that was attached"
            yield Refusal(ticket.id, Sentence(template, {"name": name}), path=path)


def _items_by_name(ticket: Ticket) -> dict[str, _Item]:
    return {item_key("files", item): item for item in ticket.items("files")}


def _matches_item(item: _Item, blob: str, tree: PushedTree) -> bool:
    size = tree.contents.size(blob)
    if item.get("size") not in (None, size):
        return False
    return not item.get("sha256") or tree.contents.history.blob_sha256(blob) == item["sha256"]


# --- the items against the log --------------------------------------------------------------------------------------


def _check_items(ticket: Ticket, before: Ticket | None) -> Iterator[Refusal]:
    """Refuse items that were removed, or that no new event attached; a merge may give them another running number."""
    former, items = (list(version.items("files")) if version else [] for version in (before, ticket))
    contents = [_content(item) for item in items]
    for item in former:
        if _content(item) not in contents:
            template = "the attachment {name} was removed or changed; attachments stay as they were attached"
            yield Refusal(ticket.id, Sentence(template, {"name": item_key("files", item)}))
    field_paths = [field_path for event in ticket.events_since(before) for field_path in _attached_paths(event)]
    unchanged = [_without_name(item) for item in former]
    for item in items:
        name = item_key("files", item)
        if _without_name(item) in unchanged:
            continue
        if not item.get("sha256") or item.get("size") is None:
            template = "the attachment {name} has no size or sha256; fenji attach writes both"
            yield Refusal(ticket.id, Sentence(template, {"name": name}))
        elif not _is_attached(name, item, field_paths):
            template = "no event attached {name} as it is; attach it with: fenji attach {id} FILE"
            yield Refusal(ticket.id, Sentence(template, {"name": name, "id": ticket.id}))


def _content(item: _Item) -> tuple[object, ...]:
    """Return the identity of an attachment: its digest, or its name if the ticket lists no digest, and its size."""
    return (item["sha256"], item.get("size")) if item.get("sha256") else (item.get("name"), item.get("size"), "name")


def _without_name(item: _Item) -> dict[str, Value]:
    return {key: value for key, value in item.items() if key != "name" or not item.get("sha256")}


def _attached_paths(event: Event) -> Iterator[tuple[str, str]]:
    """Yield the attachment fields that an event touches, each with the SHA-256 that the event states, or `""`."""
    if event.do == "superseded":
        return
    for field_path in event.rewrote:
        yield field_path, ""
    for field_path, value in event.set.items():
        if isinstance(value, Mapping):
            yield field_path, str(value.get("sha256") or "")
        elif field_path.endswith(".sha256"):
            yield field_path.removesuffix(".sha256"), str(value)


def _is_attached(name: str, item: _Item, field_paths: Sequence[tuple[str, str]]) -> bool:
    chain = attachment_names.split_name(name)[::2]
    stated = [
        digest
        for field_path, digest in field_paths
        if field_path == _ALL
        or (
            field_path.startswith("files.")
            and attachment_names.split_name(field_path.removeprefix("files."))[::2] == chain
        )
    ]
    return bool(stated) and ("" in stated or item.get("sha256") in stated)


# --- files that changed ---------------------------------------------------------------------------------------------


def check_attachment_files(
    paths: Sequence[str], changed_ids: Collection[str], present: Mapping[str, str], tree: PushedTree
) -> Iterator[Refusal]:
    """Refuse files next to tickets that were changed or removed, or added without being listed in the ticket.

    `present` gives the blobs of the tickets' files by path; `changed_ids` are the tickets that are judged separately.
    """
    arrived, gone = _collect_moves(paths, tree)
    for number in dict.fromkeys(attachment[0] for attachment in map(attachment_at, paths) if attachment):
        ticket_path = next((path for path in layout.ticket_paths(number) if path in present), "")
        ticket = tree.contents.ticket(TreeEntry(present[ticket_path]), ticket_path) if ticket_path else None
        own_paths = [path for path in paths if path.startswith(f"{layout.attachments_folder(number)}/")]
        if ticket and number not in changed_ids:
            yield from _check_contents(ticket, ticket, tree)
        if not ticket_path and any(tree.differences[path].after for path in own_paths):
            folder = f"{layout.ATTACHMENTS_FOLDER}/{number}"
            yield Refusal(folder, Sentence("is not next to a ticket"), path=folder)
            continue
        if not tree.is_first_push and (ticket or not ticket_path):
            names = _items_by_name(ticket) if ticket else {}
            unnamed = [path for path in own_paths if path.rpartition("/")[2] not in names]
            yield from _check_unnamed(unnamed, number, arrived, gone, tree)


_Moved = frozenset[tuple[str, str, str]]  # stem and suffix of a name, and the blob


def _collect_moves(paths: Sequence[str], tree: PushedTree) -> tuple[_Moved, _Moved]:
    """Return the files that arrived at a path and those that left one: new numbers move files, merges rename them."""
    arrived, gone = set(), set()
    for path in paths:
        difference = tree.differences[path]
        before, after = (entry.blob if entry else "" for entry in (difference.before, difference.after))
        if before != after:
            arrived.add(_moved(path, after))
            gone.add(_moved(path, before))
    return frozenset(arrived), frozenset(gone)


def _moved(path: str, blob: str) -> tuple[str, str, str]:
    stem, _, suffix = attachment_names.split_name(path.rpartition("/")[2])
    return stem, suffix, blob


def _check_unnamed(
    paths: Sequence[str], number: str, arrived: _Moved, gone: _Moved, tree: PushedTree
) -> Iterator[Refusal]:
    for path in paths:
        before, after = tree.differences[path].before, tree.differences[path].after
        if before and after and before.blob == after.blob:
            continue
        if before and _moved(path, before.blob) not in arrived:
            template = "was removed or changed; files next to a ticket stay: git checkout origin/main -- {path}"
            yield Refusal(path, Sentence(template, {"path": path}), path=path)
        elif after and _moved(path, after.blob) not in gone:
            template = "is not named in any ticket; attach it with: fenji attach {id} FILE"
            yield Refusal(path, Sentence(template, {"id": number}), path=path)


class PushedTree(Struct, frozen=True):
    """The pushed commit, its differences from the hub's by path, and whatever else is needed to judge its files."""

    commit: str
    differences: Mapping[str, FileDiff]
    contents: BlobContents
    uid_index: UidIndex
    policy: Policy | None
    now: datetime
    is_first_push: bool = False
