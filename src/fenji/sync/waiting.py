"""What waits to go out: the tickets and files that the hub did not have, at the last talk, as they are here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fenji.repo import objects, refs, remotes
from fenji.sync.sides import Contents, is_enclosed, is_ticket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fenji.repo import Repo
    from fenji.repo.objects import Difference

MOST_READ = 200  # tickets that are read to say what was done to them


@dataclass(frozen=True)
class Waiting:
    """A ticket, by its number, or another file of the desk, by its path.

    `fresh`: the hub knows no such number, so it is provisional. `steps` are the events it does not have.
    """

    id: str
    path: str
    fresh: bool = False
    title: str = ""
    steps: tuple[str, ...] = ()


def unsent(repo: Repo) -> dict[str, bool]:
    """The numbers of the tickets that wait, and whether the number is provisional; quick.

    Nothing where there was no talk with a hub yet: then everything waits.
    """
    found = _differing(repo, whole=False)
    tickets = {name: [one for one in changes if is_ticket(_short(repo, one))] for name, changes in found.items()}
    return {name: _fresh(changes) for name, changes in tickets.items() if changes}


def waiting(repo: Repo) -> list[Waiting]:
    """What waits, by number and path; nothing where there is no hub, or no commit. Asks git, not the network."""
    found = _differing(repo, whole=True)
    contents = Contents(repo)
    read = [one for name in list(found)[:MOST_READ] for one in found[name] if is_ticket(_short(repo, one))]
    contents.fetch(held for one in read for held in (one.before, one.after))
    return [_told(repo, contents, name, changes) for name, changes in sorted(found.items())]


def _differing(repo: Repo, *, whole: bool) -> dict[str, list[Difference]]:
    """What this clone has otherwise than the hub had, by number and path; `whole`: also before the first talk."""
    head, there = repo.head(), remotes.find_remote(repo, refs.branch(repo))
    tracking = refs.resolve(repo, there.tracking) if there else None
    if not head or not there or not (tracking or whole):
        return {}
    by_name: dict[str, list[Difference]] = {}
    for one in objects.differences(repo, tracking, head):
        if one.path.startswith(repo.prefix):
            by_name.setdefault(_name(_short(repo, one)), []).append(one)
    return by_name


def _fresh(changes: Iterable[Difference]) -> bool:
    return not any(one.before for one in changes)


def _short(repo: Repo, one: Difference) -> str:
    return one.path.removeprefix(repo.prefix)


def _name(path: str) -> str:
    """The number of the ticket that a file belongs to, else its path."""
    if is_ticket(path):
        return path.rpartition("/")[2].removesuffix(".yaml")
    return path.split("/")[2] if is_enclosed(path) else path


def _told(repo: Repo, contents: Contents, name: str, changes: Iterable[Difference]) -> Waiting:
    files = [one for one in changes if is_ticket(_short(repo, one))]
    places = [_short(repo, one) for one in files if one.after]
    path = next(iter(places), name)
    before = next((found for one in files if (found := contents.known(one.before, path))), None)
    after = next((found for one in files if (found := contents.known(one.after, path))), None)
    had = {one.digest for one in before.log} if before else set()
    steps = dict.fromkeys(one.do for one in after.log if one.digest not in had) if after else {}
    return Waiting(name, path, bool(files) and _fresh(files), after.title if after else "", tuple(steps))
