"""The desk's words for one thing (handbook.yaml): which are in force, and changes of them, each one commit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fenji import synonyms
from fenji.errors import Damaged, NotFound, Problem, Refused, Sentence
from fenji.store import files
from fenji.synonyms import FILE, STARTER, Group, starter

if TYPE_CHECKING:
    from pathlib import Path

    from fenji.repo import Repo


@dataclass(frozen=True)
class Synonyms:
    """The groups in force, and what is wrong with the file where they are not those in it."""

    groups: tuple[Group, ...]
    problems: tuple[Problem, ...] = ()


def mark(root: Path) -> object:
    """Something that differs (`!=`) once handbook.yaml has changed."""
    try:
        return files.mark((root / FILE).lstat())
    except OSError:
        return None


def in_force(root: Path, repo: Repo) -> Synonyms:
    """The groups of handbook.yaml; where it is bad those of the last commit, where there is none the starter's."""
    try:
        return Synonyms(synonyms.read(files.read(root / FILE)[0]))
    except FileNotFoundError:
        return Synonyms(starter())
    except OSError as error:
        reason = Sentence("cannot be read: {reason}", {"reason": error.strerror or str(error)})
        problems: tuple[Problem, ...] = (Problem(FILE, 0, 0, "", reason),)
    except Damaged as damaged:
        problems = damaged.problems
    try:
        committed = repo.read(FILE)
        return Synonyms(synonyms.read(committed) if committed is not None else starter(), problems)
    except Damaged:
        return Synonyms(starter(), problems)


@dataclass
class Change:
    """One group less (`out`) and one more (`into`): either may be empty. `found` is the one that went."""

    out: Group = ()
    into: Group = ()
    found: Group = ()

    def made(self, data: bytes | None) -> bytes:
        """The file with this change, over what lies there now. Raises Damaged, NotFound, Refused."""
        data = STARTER.encode() if data is None else data
        groups = synonyms.read(data)
        self.found = out = _group(self.out, groups) if self.out else ()
        into = _over(self.out, self.into, out)
        if into and any(synonyms.same(into, one) for one in groups if one != out):
            raise Refused("{words}: this group stands there already.", words=", ".join(into))
        data = synonyms.removed(data, out) if out else data
        return synonyms.added(data, synonyms.check(into)) if into else data


def _group(words: Group, groups: Iterable[Group]) -> Group:
    """The group of these words as it stands in the file now: the same, else the one that shares most of them."""
    wanted = {*map(synonyms.key, words)}
    shared = [(len(wanted & {*map(synonyms.key, one)}), -len(one), one) for one in groups]
    best = max(shared, default=(0, 0, ()))
    if best[0] < min(2, len(wanted)):
        raise NotFound("There is no group of {words}.", hint="See them with: fenji synonyms", words=", ".join(words))
    return best[2]


def _over(before: Group, after: Group, now: Group) -> Group:
    """What a person made of a group, done to the one that stands there now: somebody may have changed it meanwhile."""
    if not before or not after:
        return after
    kept, gone = {*map(synonyms.key, after)}, {*map(synonyms.key, before)}
    others = [one for one in now if synonyms.key(one) not in gone and synonyms.key(one) not in kept]
    return (*after, *others)
