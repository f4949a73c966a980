"""Moving this clone to another commit: the branch, the files of the working tree, the index.

A note in the git folder says from where to where, before the branch moves, and goes when the files stand. So a kill at
any instant leaves either everything as it was, or what the note says for the next start to finish.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from fenji.errors import Refused
from fenji.repo import objects, refs, thin
from fenji.repo.command import ask
from fenji.repo.objects import Difference
from fenji.repo.unmerged import LANDING_NOTE
from fenji.store import files
from fenji.sync.shelving import Landed, Writer, shelve
from fenji.sync.sides import belongs, is_enclosed
from fenji.sync.strangers import named

if TYPE_CHECKING:
    from fenji.repo import Repo
    from fenji.store import Store


@dataclass(frozen=True)
class Way:
    """From which commit to which the working tree is to go; `also` are paths to bring along that do not differ."""

    before: str
    after: str
    also: tuple[str, ...] = ()


def land(store: Store, way: Way, writer: Writer) -> Landed | None:
    """Move branch, files and index; None where the branch is no longer where the way begins, and nothing was done.

    Raises Refused where a file outside the desk is in the way, Unavailable where files cannot be written; the next
    start then finishes what was begun.
    """
    repo = store.repo
    found = _found(repo, way, way.after)
    with store.lock:
        outside = [one for one in found if not _of_the_desk(one, repo)]
        _check_outside(outside, way, repo)
        files.write(repo.git_dir, LANDING_NOTE, json.dumps(asdict(way)).encode())
        if not refs.advance(repo, way.before, way.after, "fenji: merge"):
            _forget(repo)
            return None
        return _arrive(store, found, way, writer)


def pending(repo: Repo) -> bool:
    """Whether a landing was cut off. Looks at one name."""
    return (repo.git_dir / LANDING_NOTE).exists()


def finish(store: Store, writer: Writer) -> Landed | None:
    """Finish a landing that was cut off; None where there is none."""
    repo = store.repo
    if not pending(repo):
        return None
    with store.lock:
        way = _noted(repo)
        head = repo.head()
        if way is None or head is None or not refs.holds(repo, head, way.after):
            _forget(repo)
            return None
        paths = {one.path for one in _found(repo, way, way.after)}
        found = [one for one in _found(repo, way, head) if one.path in paths]
        for directory in {one.path.rpartition("/")[0] for one in found}:
            files.sweep(repo.top / directory)
        return _arrive(store, found, replace(way, after=head), writer)


def _noted(repo: Repo) -> Way | None:
    try:
        held = json.loads((repo.git_dir / LANDING_NOTE).read_bytes())
        way = Way(held["before"], held["after"], tuple(held["also"]))
        return way if refs.resolve(repo, way.before) and refs.resolve(repo, way.after) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _found(repo: Repo, way: Way, after: str) -> list[Difference]:
    """What differs on the way, and the paths to bring along."""
    found = objects.differences(repo, way.before, after)
    also = set(way.also) - {one.path for one in found}
    folders = objects.folders(repo, after, (path.rpartition("/")[0] for path in also))
    held = {path: folders[path.rpartition("/")[0]].get(path.rpartition("/")[2]) for path in also}
    return [*found, *(Difference(path, one, one) for path, one in sorted(held.items()))]


def _forget(repo: Repo) -> None:
    files.remove(repo.git_dir, LANDING_NOTE)


def _of_the_desk(one: Difference, repo: Repo) -> bool:
    return one.path.startswith(repo.prefix) and belongs(one.path.removeprefix(repo.prefix))


def _arrive(store: Store, found: Iterable[Difference], way: Way, writer: Writer) -> Landed:
    repo = store.repo
    writer = replace(writer, conflicted=frozenset(path.removeprefix(repo.prefix) for path in way.also))
    inside = {one.path.removeprefix(repo.prefix): one for one in found if _of_the_desk(one, repo)}
    if any(is_enclosed(path) for path in inside) and thin.is_thin(repo):
        writer = replace(writer, absent=thin.missing(repo, way.after))
    landed = shelve(store, inside, writer)
    objects.follow(repo, {one.path: one.after for one in inside.values()})
    thin.leave_out(repo, (f"{repo.prefix}{path}" for path in landed.absent))
    _check_out([one.path for one in found if not _of_the_desk(one, repo)], way.after, repo)
    _forget(repo)
    return landed


# --- files outside the desk -------------------------------------------------------------------------------------------


def _check_outside(found: list[Difference], way: Way, repo: Repo) -> None:
    """Refuse to touch a file outside the desk that is not as it was committed, or that nobody committed."""
    if not found:
        return
    ask(repo.top, "update-index", "-q", "--refresh")
    answer = repo.git.run("diff-index", "-z", "--name-only", way.before, "--")
    changed = set(answer.decode("utf-8", "surrogateescape").split("\0"))
    in_the_way = [one.path for one in found if _stands_in_the_way(one, changed, repo)]
    if in_the_way:
        raise Refused(
            "{paths}: changed here and not committed, and the other side has another version.",
            hint="Commit or stash what is not the desk's, then sync again.",
            paths=named(in_the_way),
        )


def _stands_in_the_way(one: Difference, changed: set[str], repo: Repo) -> bool:
    path = repo.top / one.path
    if one.before is not None and one.path not in changed:
        return False
    if one.before is None and not path.is_symlink() and not path.exists():
        return False
    try:
        return one.after is None or repo.blob_id(path.read_bytes()) != one.after.blob
    except OSError:
        return True


def _check_out(paths: list[str], commit: str, repo: Repo) -> None:
    if paths:
        plain = ("-c", "core.hooksPath=/dev/null", "checkout", "--quiet", "--no-recurse-submodules", "--no-overlay")
        given = "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
        repo.git.run(*plain, commit, "--pathspec-from-file=-", "--pathspec-file-nul", data=given)
