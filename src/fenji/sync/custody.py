"""What was committed here since the last exchange is here still: versions that somebody dropped past fenji come back.

People delete files, overwrite them with old copies, break them, and resolve conflicts wrongly, and commit that with
git. Each version of a ticket that a commit replaced is held against the one that stands here now: where that lacks an
event of it, both are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from fenji.repo import objects
from fenji.sync.joining import EMAIL, write
from fenji.sync.rules import of_the_hub
from fenji.sync.sides import Contents, Side, Three, is_ticket
from fenji.sync.union import union

if TYPE_CHECKING:
    from fenji.repo import Repo
    from fenji.repo.objects import Difference
    from fenji.repo.stream import Held
    from fenji.sync.outcomes import Outcome

_MOST = 500  # commits looked through where there has been no exchange yet


def restored(repo: Repo, since: str | None, head: str) -> tuple[str, list[Outcome]]:
    """The commit that holds `head` and every event committed since `since`, and what came back; `head` if it does."""
    if since == head:
        return head, []
    steps = list(_steps(repo, since, head))
    contents = Contents(repo)
    contents.fetch(held for step in steps if step.before for held in (step.before, step.after))
    changed = {step.path for step in steps if step.before}
    now = _side(repo, head, changed)
    contents.fetch(now.known.values())
    broken = {path for path, held in now.known.items() if held and contents.ticket(held, path) is None}
    doubtful = list(_doubtful(steps, broken, contents))
    paths = _concerned(doubtful, steps, contents) if doubtful else {}
    outcomes: list[Outcome] = []
    for replaced in _rounds(doubtful):
        now = _side(repo, head, paths)
        then = Side(repo, head, {**now.known, **replaced})
        both = Three(then, now, then, tuple(paths), contents)
        found = union(both, of_the_hub, whole=False)
        made = write(repo, [head], both, found)
        if made != head:
            head, outcomes = made, [*outcomes, *found.outcomes]
    return head, outcomes


def _steps(repo: Repo, since: str | None, head: str) -> Iterator[Difference]:
    for step in objects.steps(repo, since, head, most=_MOST, made_by=EMAIL):
        path = step.path.removeprefix(repo.prefix)
        if is_ticket(path):
            yield objects.Difference(path, step.before, step.after)


def _side(repo: Repo, head: str, paths: Iterable[str]) -> Side:
    side = Side(repo, head)
    side.look_into({path.rpartition("/")[0] for path in paths})
    side.known |= {path: side.entry(path) for path in paths}
    return side


def _doubtful(steps: Iterable[Difference], broken: set[str], contents: Contents) -> Iterator[tuple[str, Held]]:
    """Versions that were replaced by one that does not plainly go on from them, or where nothing can be read now."""
    for step in steps:
        if step.before and (step.path in broken or not step.after or not _goes_on(step, contents)):
            yield step.path, step.before


def _goes_on(step: Difference, contents: Contents) -> bool:
    before, after = step.before, step.after
    if before is None or after is None or contents.uid(before, step.path) != contents.uid(after, step.path):
        return False
    return contents.goes_on(before, after)


def _concerned(
    versions: Iterable[tuple[str, Held]], steps: Sequence[Difference], contents: Contents
) -> dict[str, None]:
    """The paths at which those tickets have ever lain."""
    uids = {contents.uid(held, path) for path, held in versions} - {""}
    contents.fetch(held for step in steps for held in (step.before, step.after))
    return {
        step.path: None
        for step in steps
        if any(held and contents.uid(held, step.path) in uids for held in (step.before, step.after))
    }


def _rounds(versions: Iterable[tuple[str, Held]]) -> list[dict[str, Held]]:
    """The versions in rounds that name each path once; each version once."""
    rounds: list[dict[str, Held]] = []
    for path, held in dict.fromkeys(versions):
        free = next((one for one in rounds if path not in one), None)
        if free is None:
            rounds.append(free := {})
        free[path] = held
    return rounds
