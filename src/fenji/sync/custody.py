"""What was committed here since the last exchange is here still: versions that somebody dropped past fenji come back.

People delete files, overwrite them with old copies, break them, and resolve conflicts wrongly, and commit that with
git. Each version of a ticket that a commit replaced is held against the one that stands here now: where that lacks an
event of it, both are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fenji.repo import objects
from fenji.store import layout
from fenji.sync.joining import EMAIL, write
from fenji.sync.rules import of_the_hub
from fenji.sync.sides import Contents, Side, Three, is_ticket
from fenji.sync.union import union

if TYPE_CHECKING:
    from fenji.repo import Repo
    from fenji.repo.stream import Held
    from fenji.sync.outcomes import Outcome


@dataclass(frozen=True)
class _Version:
    """A version of a ticket that a commit replaced, and the commit before, which holds it."""

    path: str
    before: Held | None
    after: Held | None
    parent: str | None


def restored(contents: Contents, since: str | None, head: str) -> tuple[str, list[Outcome]]:
    """The commit that holds `head` and every event committed since `since`, and what came back; `head` if it does.

    It has the commits that held what came back as further parents: whoever judges it finds every event in one of them.
    """
    if since == head:
        return head, []
    repo = contents.repo
    versions = list(_versions(repo, since, head))
    contents.fetch(held for one in versions if one.before for held in (one.before, one.after))
    now = _side(repo, head, {one.path for one in versions if one.before})
    contents.fetch(now.known.values())
    broken = {path for path, held in now.known.items() if held and contents.ticket(held, path) is None}
    doubtful = [one for one in versions if one.before and (one.path in broken or not _goes_on(one, contents))]
    paths = _concerned(doubtful, versions, contents) if doubtful else {}
    outcomes: list[Outcome] = []
    for parent, replaced in _by_parent(doubtful).items():
        now = _side(repo, head, paths)
        then = Side(repo, parent, {**now.known, **replaced})
        both = Three(then, now, then, tuple(paths), contents)
        found = union(both, of_the_hub, whole=False)
        if any(held != now.entry(path.removeprefix(repo.prefix)) for path, held in found.entries.items()):
            head = write(repo, [head, parent], head, both, found)
            outcomes += found.outcomes
    return head, outcomes


def _versions(repo: Repo, since: str | None, head: str) -> Iterator[_Version]:
    below = (layout.OPEN, layout.ARCHIVE)
    for step in objects.steps(repo, since, head, made_by=EMAIL, below=below):
        for one in step.found:
            path = one.path.removeprefix(repo.prefix)
            if is_ticket(path):
                yield _Version(path, one.before, one.after, step.parent)


def _side(repo: Repo, head: str, paths: Iterable[str]) -> Side:
    side = Side(repo, head)
    side.look_into({path.rpartition("/")[0] for path in paths})
    side.known |= {path: side.entry(path) for path in paths}
    return side


def _goes_on(one: _Version, contents: Contents) -> bool:
    """Whether what replaced the version is the same ticket, with a log that plainly goes on."""
    before, after = one.before, one.after
    if before is None or after is None or contents.uid(before, one.path) != contents.uid(after, one.path):
        return False
    return contents.goes_on(before, after)


def _concerned(doubtful: Iterable[_Version], versions: Sequence[_Version], contents: Contents) -> dict[str, None]:
    """The paths at which those tickets have ever lain."""
    uids = {contents.uid(one.before, one.path) for one in doubtful} - {""}
    contents.fetch(held for one in versions for held in (one.before, one.after))
    return {
        one.path: None
        for one in versions
        if any(held and contents.uid(held, one.path) in uids for held in (one.before, one.after))
    }


def _by_parent(doubtful: Iterable[_Version]) -> dict[str, dict[str, Held | None]]:
    found: dict[str, dict[str, Held | None]] = {}
    for one in doubtful:
        if one.parent:
            found.setdefault(one.parent, {})[one.path] = one.before
    return found
