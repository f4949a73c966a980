"""Files of the repository that are none of the desk's: joined as git joins them, or the exchange is refused.

They are never guessed at: where git itself would stop, the exchange stops before anything is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.errors import Refused
from fenji.repo import objects
from fenji.repo.command import ask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fenji.repo import Repo
    from fenji.repo.stream import Held
    from fenji.sync.sides import Three

_MOST_NAMED = 5


def joined(three: Three) -> dict[str, Held | None]:
    """The file at each path outside the desk that differs. Raises Refused where git would leave a conflict."""
    found: dict[str, Held | None] = {}
    both = False
    for path, (base, ours, theirs) in three.strangers.items():
        found[path] = theirs if ours == base else ours
        both = both or (base not in (ours, theirs) and ours != theirs)
    return _by_git(three) if both else found


def _by_git(three: Three) -> dict[str, Held | None]:
    repo = three.ours.repo
    sides = [str(side.commit) for side in three.sides]
    # The desk's own files are joined by meaning: what git makes of them here does not matter.
    plain = ("-c", "merge.fenji.driver=true", "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages")
    answer = ask(repo.top, *plain, *sides)
    tree, *conflicts = answer.stdout.decode("utf-8", "surrogateescape").split("\0")
    paths = sorted(set(conflicts) & three.strangers.keys()) if answer.returncode in (0, 1) else sorted(three.strangers)
    if paths:
        raise Refused(
            "{paths}: changed here and there, and not a part of the desk.",
            hint="Join it with git pull, commit, then sync again.",
            paths=named(paths),
        )
    return _files(repo, tree, three.strangers)


def _files(repo: Repo, tree: str, paths: Iterable[str]) -> dict[str, Held | None]:
    split = {path: path.rpartition("/")[::2] for path in paths}
    found = objects.folders(repo, tree, (folder for folder, _ in split.values()))
    return {path: found[folder].get(name) for path, (folder, name) in split.items()}


def named(paths: list[str]) -> str:
    """Some of the paths, for a sentence."""
    return ", ".join(paths[:_MOST_NAMED]) + (" …" if len(paths) > _MOST_NAMED else "")
