"""Judge the attachments that a push leaves on the branch: each is there, and is the file that was attached."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.git.fast_import import TreeEntry
from fenji.judge.paths import attachment_at
from fenji.judge.refusals import Refusal
from fenji.model.ticket import Ticket, item_key
from fenji.storage import layout

if TYPE_CHECKING:
    from fenji.judge.pushed_tree import PushedTree


def check_attachments(ticket: Ticket, before: Ticket | None, tree: PushedTree) -> Iterator[Refusal]:
    """Refuse attachments that a changed ticket lists and that are missing, or not the files that were attached."""
    items = {item_key("files", item): item for item in ticket.items("files")}
    paths = {
        name: f"{layout.attachments_folder(ticket.id)}/{name}" for name in items if "/" not in name and "\n" not in name
    }
    blobs = tree.contents.history.blob_ids(tree.commit, paths.values()) if items else {}
    for name, item in items.items():
        blob = blobs.get(paths.get(name, ""))
        if blob is None:
            yield Refusal(ticket.id, Sentence("the attachment {name} is missing", {"name": name}))
        elif (
            paths[name] in tree.differences or before is None or before.get(f"files.{name}") != item
        ) and not _matches_item(item, blob, tree):
            yield Refusal(ticket.id, Sentence("the attachment {name} is not the one that was attached", {"name": name}))


def _matches_item(item: Mapping[str, object], blob: str, tree: PushedTree) -> bool:
    size = tree.contents.size(blob)
    if item.get("size") not in (None, size):
        return False
    return not item.get("sha256") or tree.contents.history.blob_sha256(blob) == item["sha256"]


def check_loose_attachments(
    paths: Sequence[str], changed_ids: Collection[str], present: Mapping[str, str], tree: PushedTree
) -> Iterator[Refusal]:
    """Refuse attachments that were added, changed or removed wrongly while their ticket was not changed.

    `present` gives the blobs of the tickets' files, by path.
    """
    for number in dict.fromkeys(attachment[0] for attachment in map(attachment_at, paths) if attachment):
        if number in changed_ids:
            continue
        ticket_path = next((path for path in layout.ticket_paths(number) if path in present), "")
        ticket = tree.contents.ticket(TreeEntry(present[ticket_path]), ticket_path) if ticket_path else None
        if ticket:
            yield from (replace(fault, uid=ticket.uid) for fault in check_attachments(ticket, ticket, tree))
        elif not ticket_path and any(tree.differences[path].after for path in paths if _is_attachment_of(path, number)):
            folder = f"{layout.ATTACHMENTS_FOLDER}/{number}"
            yield Refusal(folder, Sentence("lies beside no ticket"), path=folder)


def _is_attachment_of(path: str, number: str) -> bool:
    return path.startswith(f"{layout.attachments_folder(number)}/")
