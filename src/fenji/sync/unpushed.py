"""What waits to go out: the tickets and files that the hub did not have, at the last talk, as they are here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fenji.git import objects, refs, remotes
from fenji.sync.trees import BlobCache, is_attachment, is_ticket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fenji.git import Repo
    from fenji.git.objects import FileDiff

MAX_READ = 200  # tickets that are read to say what was done to them


@dataclass(frozen=True)
class UnpushedItem:
    """A ticket, by its number, or another file of the desk, by its path.

    `fresh`: the hub knows no such number, so it is provisional. `steps` are the events it does not have.
    """

    id: str
    path: str
    is_provisional: bool = False
    title: str = ""
    actions: tuple[str, ...] = ()


def find_unpushed_numbers(repo: Repo) -> dict[str, bool]:
    """The numbers of the tickets that wait, and whether the number is provisional; quick.

    Nothing where there was no talk with a hub yet: then everything waits.
    """
    differences = _collect_differences(repo, always=False)
    tickets = {
        name: [difference for difference in changes if is_ticket(_desk_path(repo, difference))]
        for name, changes in differences.items()
    }
    return {name: _is_new(changes) for name, changes in tickets.items() if changes}


def collect_unpushed(repo: Repo) -> list[UnpushedItem]:
    """What waits, by number and path; nothing where there is no hub, or no commit. Asks git, not the network."""
    differences = _collect_differences(repo, always=True)
    blobs = BlobCache(repo)
    tickets = [
        difference
        for name in list(differences)[:MAX_READ]
        for difference in differences[name]
        if is_ticket(_desk_path(repo, difference))
    ]
    blobs.fetch(entry for difference in tickets for entry in (difference.before, difference.after))
    return [_describe_item(repo, blobs, name, changes) for name, changes in sorted(differences.items())]


def _collect_differences(repo: Repo, *, always: bool) -> dict[str, list[FileDiff]]:
    """What this clone has otherwise than the hub had, by number and path; `whole`: also before the first talk."""
    head, remote = repo.head(), remotes.find_remote(repo, refs.current_branch(repo))
    tracking = refs.resolve(repo, remote.tracking) if remote else None
    if not head or not remote or not (tracking or always):
        return {}
    by_name: dict[str, list[FileDiff]] = {}
    for difference in objects.diff_commits(repo, tracking, head):
        if difference.path.startswith(repo.prefix):
            by_name.setdefault(_item_name(_desk_path(repo, difference)), []).append(difference)
    return by_name


def _is_new(changes: Iterable[FileDiff]) -> bool:
    return not any(difference.before for difference in changes)


def _desk_path(repo: Repo, difference: FileDiff) -> str:
    return difference.path.removeprefix(repo.prefix)


def _item_name(path: str) -> str:
    """The number of the ticket that a file belongs to, else its path."""
    if is_ticket(path):
        return path.rpartition("/")[2].removesuffix(".yaml")
    return path.split("/")[2] if is_attachment(path) else path


def _describe_item(repo: Repo, blobs: BlobCache, name: str, changes: Iterable[FileDiff]) -> UnpushedItem:
    tickets = [difference for difference in changes if is_ticket(_desk_path(repo, difference))]
    paths = [_desk_path(repo, difference) for difference in tickets if difference.after]
    path = next(iter(paths), name)
    before = next((ticket for difference in tickets if (ticket := blobs.fetched_ticket(difference.before, path))), None)
    after = next((ticket for difference in tickets if (ticket := blobs.fetched_ticket(difference.after, path))), None)
    known_digests = {event.digest for event in before.log} if before else set()
    actions = dict.fromkeys(event.do for event in after.log if event.digest not in known_digests) if after else {}
    return UnpushedItem(name, path, bool(tickets) and _is_new(tickets), after.title if after else "", tuple(actions))
