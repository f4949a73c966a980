"""A merge that somebody began with git by hand and that stopped: its tickets are joined from the versions git keeps.

The text with conflict marks is never read; it is put aside in the git folder. A merge of nothing but the desk's files
is concluded; where something else is in conflict, or in a rebase, the person goes on with git.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fenji.errors import FenjiError, Refused
from fenji.repo import objects, refs, unmerged
from fenji.repo.objects import Difference
from fenji.sync import beside, landing
from fenji.sync.joining import join
from fenji.sync.landing import Way
from fenji.sync.rules import of_the_hub
from fenji.sync.shelving import Landed, Writer, shelve
from fenji.sync.sides import POLICY, SYNONYMS, Contents, Side, Three, belongs, three
from fenji.sync.union import union

if TYPE_CHECKING:
    from fenji.repo import Repo
    from fenji.repo.stream import Held
    from fenji.repo.unmerged import Stages, Unfinished
    from fenji.store import Store
    from fenji.sync.outcomes import Outcome

_GO_ON = {
    "merge": "git commit",
    "rebase": "git rebase --continue",
    "cherry-pick": "git cherry-pick --continue",
    "revert": "git revert --continue",
}


@dataclass(frozen=True)
class Mended:
    """What was found: `concluded` and done with, or still `open` for the person; what came in; what was met."""

    concluded: str = ""
    open: str = ""
    outcomes: tuple[Outcome, ...] = ()
    landed: Landed | None = None
    policy_kept: str = ""


def mend(store: Store, writer: Writer) -> Mended:
    """Join the tickets of whatever git has begun and not finished here; nothing where nothing is."""
    repo = store.repo
    found = unmerged.unfinished(repo)
    if not found.what and not found.stages:
        return Mended()
    with store.lock:
        if found.what == "merge" and _heads(repo) == 1:
            return _merge(store, found, writer)
        return _in_place(store, found, writer)


def open_error(what: str) -> FenjiError:
    """The sentence for an exchange that has to wait for the person."""
    return Refused(
        "A {what} begun with git is not finished.",
        hint="Its tickets are joined. Finish it with: {command}; then sync again.",
        what=what,
        command=_GO_ON.get(what, "git status"),
    )


def _heads(repo: Repo) -> int:
    return len((repo.git_dir / "MERGE_HEAD").read_text().split())


def _inside(stages: Mapping[str, Stages], repo: Repo) -> dict[str, Stages]:
    """The paths in conflict that are the desk's, below it."""
    short = {path.removeprefix(repo.prefix): one for path, one in stages.items() if path.startswith(repo.prefix)}
    return {path: one for path, one in short.items() if belongs(path)}


# --- a merge ----------------------------------------------------------------------------------------------------------


def _merge(store: Store, found: Unfinished, writer: Writer) -> Mended:
    repo = store.repo
    ours, theirs = refs.resolve(repo, "HEAD"), refs.resolve(repo, "MERGE_HEAD")
    assert ours is not None
    assert theirs is not None
    inside = _inside(found.stages, repo)
    writer = replace(writer, replaceable=_made_by_git(repo, ours, theirs))
    try:
        joined = join(Contents(repo), ours, theirs, ruling=of_the_hub)
        if len(inside) < len(found.stages):
            raise open_error("merge")
        also = tuple(f"{repo.prefix}{path}" for path in inside)
        landed = landing.land(store, Way(ours, joined.commit, also), writer)
    except Refused:
        return _merge_left_open(store, found, (ours, theirs), writer)
    kept = beside.keep_policy(store.root, joined.policy_lost) if joined.policy_lost else ""
    unmerged.conclude(repo)
    return Mended("merge", "", joined.union.outcomes, landed, kept)


def _merge_left_open(store: Store, found: Unfinished, sides: tuple[str, str], writer: Writer) -> Mended:
    """Something outside the desk is for the person to decide; the desk's files are joined and staged."""
    repo = store.repo
    ours, theirs = sides
    both = three(Contents(repo), refs.base(repo, ours, theirs), ours, theirs)
    done = union(both, of_the_hub, whole=False)
    paths = {path.removeprefix(repo.prefix): held for path, held in done.entries.items()}
    _keep(repo, done.made)
    before = {path: both.ours.entry(path) for path in paths}
    conflicted = frozenset(_inside(found.stages, repo))
    landed = _staged(store, before, paths, replace(writer, conflicted=conflicted))
    return Mended("", found.what, done.outcomes, landed)


def _made_by_git(repo: Repo, ours: str, theirs: str) -> dict[str, frozenset[str]]:
    """What git put in the files of the desk while it merged: one side's version, or what it staged."""
    where = (f"{repo.prefix}{one}" for one in ("tickets", POLICY, SYNONYMS))
    answer = repo.git.run("ls-files", "-s", "-z", "--", *where)
    found: dict[str, set[str]] = {}
    for entry in answer.decode("utf-8", "surrogateescape").split("\0"):
        told, _, path = entry.partition("\t")
        if path:
            found.setdefault(path.removeprefix(repo.prefix), set()).add(told.split(" ")[1])
    changed = {one.path for one in objects.differences(repo, ours, theirs)}
    return {path: frozenset(blobs) for path, blobs in found.items() if f"{repo.prefix}{path}" in changed}


# --- a rebase, a cherry-pick, a stash ---------------------------------------------------------------------------------


def _in_place(store: Store, found: Unfinished, writer: Writer) -> Mended:
    """Join the tickets in conflict from their stages, write and stage them; the person goes on with git."""
    repo = store.repo
    inside = _inside(found.stages, repo)
    if not inside:
        return Mended("", found.what)
    head = repo.head()
    sides = [
        Side(repo, head, {path: one.base for path, one in inside.items()}),
        Side(repo, head, {path: one.ours for path, one in inside.items()}),
        Side(repo, head, {path: one.theirs for path, one in inside.items()}),
    ]
    both = Three(sides[0], sides[1], sides[2], tuple(inside), Contents(repo))
    # In a rebase ours is what was fetched, theirs what was recorded here.
    done = union(both, (lambda ours, _: ours) if found.what == "rebase" else of_the_hub, whole=False)
    paths = {path.removeprefix(repo.prefix): held for path, held in done.entries.items()}
    _keep(repo, done.made)
    stages = {path: frozenset(one.blob for one in _versions(held) if one) for path, held in inside.items()}
    before = {path: sides[1].entry(path) for path in paths}
    landed = _staged(store, before, paths, replace(writer, replaceable=stages, conflicted=frozenset(inside)))
    return Mended("", found.what, done.outcomes, landed)


def _versions(stages: Stages) -> Iterable[Held | None]:
    return stages.base, stages.ours, stages.theirs


def _keep(repo: Repo, made: Mapping[str, bytes]) -> None:
    for data in made.values():
        objects.write_blob(repo, data)


def _staged(
    store: Store, before: Mapping[str, Held | None], after: Mapping[str, Held | None], writer: Writer
) -> Landed:
    repo = store.repo
    found = {path: Difference(path, before.get(path), held) for path, held in after.items()}
    landed = shelve(store, found, writer)
    objects.follow(repo, {f"{repo.prefix}{path}": held for path, held in after.items()})
    return landed
