"""From two commits to the one that holds both: the union of their desks, written as a commit that is on no branch yet.

The commit is made alike by every clone that joins the same two: same author, instant and order of parents. So clones
that exchange both ways at once meet in one commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fenji.repo import objects, refs
from fenji.repo.objects import Edit, Signed
from fenji.repo.stream import Copied
from fenji.sync import outcomes
from fenji.sync.sides import POLICY, Contents, Side, Three, is_enclosed, three
from fenji.sync.union import Union, policy_lost, union

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fenji.repo import Repo
    from fenji.repo.stream import Held
    from fenji.sync.rules import Ruling

# Who joins: no person did.
NAME, EMAIL = "fenji", "merge@fenji.invalid"
_MOST_NAMED = 3


@dataclass(frozen=True)
class Joined:
    """The commit that holds both histories (it may be one of the two), and how it came about."""

    commit: str
    union: Union
    policy_lost: bytes | None
    policy_changed: bool


def join(contents: Contents, ours: str, theirs: str, *, ruling: Ruling, base: str | None = None) -> Joined:
    """The commit that holds `ours` and `theirs`; `base` is one that both come from, looked up where it is not given.

    It is one of the two where it holds the other and its files are the union. Nothing but objects is written. Raises
    Refused where files outside the desk conflict.
    """
    repo = contents.repo
    base = base or refs.base(repo, ours, theirs)
    sides = three(contents, base, ours, theirs)
    found = union(sides, ruling)
    commit = next((one for one in (ours, theirs) if _holds_all(one, base, sides, found)), "")
    # Written over their files: what they have and a thin clone lacks need not be looked at then.
    commit = commit or write(repo, sorted((ours, theirs)), theirs, sides, found)
    policy = f"{repo.prefix}{POLICY}"
    changed = policy in found.entries and found.entries[policy] != sides.ours.entry(POLICY)
    return Joined(commit, found, policy_lost(sides, found), changed)


def _holds_all(commit: str, base: str | None, sides: Three, found: Union) -> bool:
    """Whether a commit holds the other one, and its files are the union."""
    other = sides.theirs.commit if commit == sides.ours.commit else sides.ours.commit
    return base == other and not _changes(commit, sides, found)


def _changes(commit: str, sides: Three, found: Union) -> dict[str, Held | None]:
    side = sides.ours if commit == sides.ours.commit else sides.theirs
    return {path: held for path, held in found.entries.items() if held != _entry(path, side, sides)}


def write(repo: Repo, parents: list[str], over: str, sides: Three, found: Union) -> str:
    """A commit of the union; all differences between the files of `over` and the union must be known."""
    changes = _changes(over, sides, found)
    places = _places(sides.ours if over == sides.ours.commit else sides.theirs)
    written = {path: _content(held, found, places) for path, held in changes.items()}
    signed = Signed(NAME, EMAIL, refs.committed_at(repo, *parents))
    return objects.write_commit(repo, parents, Edit(over, written), message=_message(found), signed=signed)


def _entry(path: str, side: object, sides: Three) -> Held | None:
    which = 1 if side is sides.ours else 2
    if path in sides.strangers:
        return sides.strangers[path][which]
    short = path.removeprefix(sides.ours.repo.prefix)
    return (sides.ours if which == 1 else sides.theirs).entry(short)


def _places(side: Side) -> dict[Held, str]:
    """Where the attachments lie that a side has: a thin clone may lack those that only get another place."""
    return {held: f"{side.repo.prefix}{path}" for path, held in side.seen() if is_enclosed(path)}


def _content(held: Held | None, found: Union, places: Mapping[Held, str]) -> bytes | Held | Copied | None:
    if held is None:
        return None
    return Copied(places[held]) if held in places else found.made.get(held.blob, held)


def _message(found: Union) -> str:
    """The subject names what was joined, the body what was renumbered or left out; alike on every clone."""
    one_sided = (outcomes.NEW, outcomes.UPDATED)
    changed = sorted({one.id for one in found.outcomes if one.how not in one_sided})
    named = ", ".join(changed) if len(changed) <= _MOST_NAMED else f"{len(changed)} tickets"
    lines = [f"{one.id}: was {one.was}" for one in found.outcomes if one.was]
    lines += [f"{one.path}: cannot be read, left out: {one.left_out}" for one in found.outcomes if one.left_out]
    body = "\n".join(sorted(set(lines)))
    subject = f"{named}: merge" if named else "merge"
    return f"{subject}\n\n{body}" if body else subject
