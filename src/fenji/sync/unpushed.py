"""List the tickets and files whose present version the hub did not have at the last contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.git import branches, objects, refs
from fenji.sync.trees import BlobCache, is_attachment, is_ticket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fenji.git import Repo
    from fenji.git.file_diff import FileDiff

MAX_READ = 200  # tickets that are read to list their new actions


class UnpushedItem(Struct, frozen=True):
    """An unpushed ticket, whose `id` is its number, or another file of the desk, whose `id` is its path.

    `is_provisional`: the hub has no ticket with this number yet. `actions` are those of the events that the hub lacks.
    """

    id: str
    path: str
    is_provisional: bool = False
    title: str = ""
    actions: tuple[str, ...] = ()


def find_unpushed_numbers(repo: Repo) -> dict[str, bool]:
    """Return the numbers of unpushed tickets, each with whether it is provisional, without reading tickets.

    Returns nothing before the first contact with a hub, when everything is unpushed.
    """
    differences = _collect_differences(repo, always=False)
    tickets = {
        name: [difference for difference in changes if is_ticket(repo.desk_path(difference.path))]
        for name, changes in differences.items()
    }
    return {name: _is_new(changes) for name, changes in tickets.items() if changes}


def collect_unpushed(repo: Repo) -> list[UnpushedItem]:
    """Return the unpushed items, sorted by id; none without a hub or a commit. No network access."""
    differences = _collect_differences(repo, always=True)
    blobs = BlobCache(repo)
    tickets = [
        difference
        for name in list(differences)[:MAX_READ]
        for difference in differences[name]
        if is_ticket(repo.desk_path(difference.path))
    ]
    blobs.fetch(entry for difference in tickets for entry in (difference.before, difference.after))
    return [_describe_item(repo, blobs, name, changes) for name, changes in sorted(differences.items())]


def _collect_differences(repo: Repo, *, always: bool) -> dict[str, list[FileDiff]]:
    """Return the differences from the hub's last seen commit by item id; `always`: also before the first contact."""
    head, remote = repo.head(), branches.find_remote(repo)
    tracking = refs.resolve(repo, remote.tracking) if remote else None
    if not head or not remote or not (tracking or always):
        return {}
    by_name: dict[str, list[FileDiff]] = {}
    for difference in objects.diff_commits(repo, tracking, head):
        if difference.path.startswith(repo.prefix):
            by_name.setdefault(_item_name(repo.desk_path(difference.path)), []).append(difference)
    return by_name


def _is_new(changes: Iterable[FileDiff]) -> bool:
    return not any(difference.before for difference in changes)


def _item_name(path: str) -> str:
    """Return the number of the ticket to which a file belongs, else the file's path."""
    if is_ticket(path):
        return path.rpartition("/")[2].removesuffix(".yaml")
    return path.split("/")[2] if is_attachment(path) else path


def _describe_item(repo: Repo, blobs: BlobCache, name: str, changes: Iterable[FileDiff]) -> UnpushedItem:
    tickets = [difference for difference in changes if is_ticket(repo.desk_path(difference.path))]
    paths = [repo.desk_path(difference.path) for difference in tickets if difference.after]
    path = next(iter(paths), name)
    before = next((ticket for difference in tickets if (ticket := blobs.fetched_ticket(difference.before, path))), None)
    after = next((ticket for difference in tickets if (ticket := blobs.fetched_ticket(difference.after, path))), None)
    actions = dict.fromkeys(event.do for event in after.events_since(before)) if after else {}
    return UnpushedItem(name, path, bool(tickets) and _is_new(tickets), after.title if after else "", tuple(actions))
