"""What each commit of a history brought: tickets as its author found and left them, and the other files.

A merge is held against all its parents. A path counts there where the result differs from every parent, or differs
from a parent that had itself moved on from what the parents share: anything else came whole from a side that the
other one had not touched. So a site that returns after weeks costs what it brings, not what happened meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

from fenji.hub.places import POLICY, core, number_at
from fenji.merge import merge
from fenji.repo.stream import Held
from fenji.store import layout

if TYPE_CHECKING:
    from fenji.hub.contents import Contents
    from fenji.repo.history import Written
    from fenji.repo.objects import Difference
    from fenji.ticket import Event, Ticket

CHUNK = 256  # commits whose files are asked for at once


@dataclass(frozen=True)
class Version:
    """One ticket in one commit: where it lies, as the parents had it (none for a new one), and as it is now.

    `after` is None where the commit has it no longer.
    """

    uid: str
    path: str
    before: tuple[Ticket, ...]
    after: Ticket | None

    @property
    def known(self) -> dict[str, Event]:
        """The events that the parents had, by digest."""
        return {one.digest: one for ticket in self.before for one in ticket.log}

    @property
    def new(self) -> tuple[Event, ...]:
        """The events that this commit brought."""
        known = self.known
        return tuple(one for one in self.after.log if one.digest not in known) if self.after else ()

    @property
    def lost(self) -> frozenset[str]:
        """Digests of events that a parent had and this commit has not."""
        return frozenset(self.known) - {one.digest for one in (self.after.log if self.after else ())}


@dataclass(frozen=True)
class Brought:
    """One commit: its tickets that differ, and the paths that differ from every parent, with what the first one has."""

    commit: Written
    versions: tuple[Version, ...]
    files: Mapping[str, Difference]
    policy: str | None  # git's name of policy.yaml, "" where there is none; None where no parent has another one


@dataclass
class _Step:
    """A commit with what differs from each parent, by path, and what each parent changed since their common base."""

    commit: Written
    sides: list[dict[str, Difference]] = field(default_factory=list)
    moved: list[dict[str, Difference]] = field(default_factory=list)

    def paths(self) -> list[str]:
        everywhere = reduce(lambda one, other: one & other, (set(side) for side in self.sides))
        if len(self.sides) == 1:
            return sorted(everywhere)
        contested = [set(side) & set(moved) for side, moved in zip(self.sides, self.moved, strict=True)]
        return sorted(everywhere.union(*contested))

    def after(self, path: str) -> Held | None:
        return next(side[path].after for side in self.sides if path in side)

    def policy(self) -> str | None:
        if not any(POLICY in side for side in self.sides):
            return None
        held = self.after(POLICY)
        return held.blob if held else ""

    def before(self, path: str, side: int) -> Held | None:
        """What a parent has at a path that differs from some parent."""
        return self.sides[side][path].before if path in self.sides[side] else self.after(path)


def brought(
    commits: Sequence[Written], contents: Contents, words: Callable[[Written], Sequence[bytes]] | None = None
) -> Iterator[Brought]:
    """What each of the commits brought, in the given order, which has parents before children.

    With `words` only tickets that may hold one of those that it names for their commit are read: the others are left
    out of `versions`. It is asked once all parents have been told.
    """
    for start in range(0, len(commits), CHUNK):
        steps = _steps(commits[start : start + CHUNK], contents)
        if words:
            contents.fetch(one.blob for _, one in _held(steps) if one)
        else:
            contents.read(_held(steps))
        for step in steps:
            paths = step.paths()
            numbered = [path for path in paths if number_at(path)]
            if words:
                wanted = words(step.commit)
                numbered = [path for path in numbered if wanted and _mentioned(step, path, wanted, contents)]
            found = _versions(step, numbered, contents)
            everywhere = {path: side for path in paths if (side := _everywhere(path, step))}
            yield Brought(step.commit, tuple(found), everywhere, step.policy())


def _mentioned(step: _Step, path: str, words: Sequence[bytes], contents: Contents) -> bool:
    """Whether a ticket may hold one of the words, before the commit or after it."""
    held = [step.after(path), *(step.before(path, side) for side in range(len(step.sides)))]
    return any(one and contents.mentions(one.blob, words) for one in held)


def _everywhere(path: str, step: _Step) -> Difference | None:
    """The difference from the first parent, of a path that differs from every parent."""
    return step.sides[0][path] if all(path in side for side in step.sides) else None


def _steps(commits: Sequence[Written], contents: Contents) -> list[_Step]:
    history = contents.history
    bases = {one.sha: history.base(one.parents) for one in commits if len(one.parents) > 1}
    named = {*(sha for one in commits for sha in one.parents), *filter(None, bases.values())}
    trees = {sha: one.tree for sha, one in history.written(sorted(named)).items()}
    pairs: list[tuple[str | None, str]] = []
    for one in commits:
        pairs += [(trees[sha], one.tree) for sha in one.parents] or [(None, one.tree)]
        if len(one.parents) > 1:
            base = bases[one.sha]
            pairs += [(trees[base] if base else None, trees[sha]) for sha in one.parents]
    answers = ({one.path: one for one in found} for found in history.differences(pairs))
    steps = []
    for one in commits:
        count = len(one.parents)
        sides = [next(answers) for _ in range(max(count, 1))]
        steps.append(_Step(one, sides, [next(answers) for _ in range(count)] if count > 1 else []))
    return steps


def _held(steps: Sequence[_Step]) -> Iterator[tuple[str, Held | None]]:
    for step in steps:
        for path in filter(number_at, step.paths()):
            yield path, step.after(path)
            yield from ((path, step.before(path, side)) for side in range(len(step.sides)))


def _versions(step: _Step, paths: Sequence[str], contents: Contents) -> Iterator[Version]:
    before: dict[str, list[Ticket]] = {}
    places: dict[str, str] = {}
    unread: set[str] = set()
    after: dict[str, Ticket] = {}
    for path in paths:
        old = [contents.last(step.before(path, side), path) for side in range(len(step.sides))]
        for ticket in filter(None, old):
            before.setdefault(ticket.uid, []).append(ticket)
            places.setdefault(ticket.uid, path)
        held = step.after(path)
        found = contents.ticket(held, path)
        if found:
            after[found.uid] = merge(after[found.uid], found) if found.uid in after else found
            places[found.uid] = path
        elif held:
            _stand_in(held, [one for one in old if one], unread, contents)
    for uid in sorted({*before, *after} - (unread - after.keys())):
        now = after.get(uid) or _elsewhere(uid, before[uid], step, contents)
        yield Version(uid, places[uid], tuple(before.get(uid, ())), now)


def _stand_in(held: Held, old: Sequence[Ticket], unread: set[str], contents: Contents) -> None:
    """An unreadable file tells nothing about its ticket: the next commits are held against what lay there before."""
    unread |= {one.uid for one in old}
    if old and all(one.uid == old[0].uid for one in old):
        contents.stand_in(held, reduce(merge, old))


def _elsewhere(uid: str, before: Sequence[Ticket], step: _Step, contents: Contents) -> Ticket | None:
    """The ticket where it lies in the commit although no path told so: at its other place, or under a new number."""
    numbers = {one.id for one in before}
    paths = {path for number in numbers for path in layout.places(number)}
    cores = {core(number) for number in numbers}
    paths |= {path for side in step.sides for path in side if core(number_at(path)) in cores}
    found = contents.history.blob_at(step.commit.sha, sorted(paths))
    tickets = (contents.ticket(Held(blob), path) for path, blob in found.items())
    return next((one for one in tickets if one and one.uid == uid), None)
