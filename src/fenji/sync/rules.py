"""Which policy stands where both sides changed it: the hub's, and between equals the one changed last (format 3).

And which synonyms: those of both sides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fenji import synonyms
from fenji.sync.sides import PLAIN, POLICY, SYNONYMS

if TYPE_CHECKING:
    from fenji.repo import Repo
    from fenji.repo.stream import Held
    from fenji.sync.sides import Three

# Which of two policies stands: ours and theirs in, the one that wins out.
Ruling = Callable[["Held", "Held"], "Held"]


def of_the_hub(_: Held, theirs: Held) -> Held:
    """The other side is the hub, or comes from it."""
    return theirs


def between_equals(repo: Repo, ours: str, theirs: str, hub: Held | None) -> Ruling:
    """The hub's version as this clone last saw it, where one side has it; else the one that was committed last."""

    def changed_at(commit: str) -> int:
        found = repo.git.run(
            "log", "--no-show-signature", "-1", "--format=%ct", commit, "--", f"{repo.prefix}{POLICY}"
        ).strip()
        return int(found or 0)

    def ruling(one: Held, other: Held) -> Held:
        if hub in (one, other):
            return one if one == hub else other
        ranked = ((changed_at(ours), one.blob, one), (changed_at(theirs), other.blob, other))
        return max(ranked, key=lambda rank: rank[:2])[2]

    return ruling


def chosen(three: Three, ruling: Ruling) -> dict[str, Held | None]:
    """The policy of the union, where it differs; a deleted one comes back."""
    if POLICY not in three.paths:
        return {}
    base, ours, theirs = (_plain(side.entry(POLICY)) for side in (three.base, *three.sides))
    if not ours or not theirs:
        return {POLICY: ours or theirs or base}
    if base in (ours, theirs) or ours == theirs:
        return {POLICY: theirs if ours == base else ours}
    return {POLICY: ruling(ours, theirs)}


def words(three: Three) -> dict[str, Held | None]:
    """The synonyms of the union, where they differ: the groups of both sides, without what either took out."""
    if SYNONYMS not in three.paths:
        return {}
    held = [_plain(side.entry(SYNONYMS)) for side in (three.base, *three.sides)]
    data = [three.contents.data(one) if one else None for one in held]
    joined = synonyms.joined(*data)
    known = next((one for one, has in zip(held[1:], data[1:], strict=True) if has == joined), None)
    return {SYNONYMS: known or (three.contents.hold(joined) if joined is not None else None)}


def _plain(held: Held | None) -> Held | None:
    return held if held and held.mode in PLAIN else None
