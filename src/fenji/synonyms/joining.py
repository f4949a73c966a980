"""Two versions of handbook.yaml made one, without anybody being asked: alike whichever of them is ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fenji.errors import Damaged
from fenji.synonyms.groups import Group, dump, key, read

Held = Mapping[frozenset[str], Group]


def joined(base: bytes | None, ours: bytes | None, theirs: bytes | None) -> bytes | None:
    """What both versions hold, without what either took out of `base`; None (no file) where both took it away.

    Where one side alone changed it, that one as it is. A file that cannot be read gives way to one that can.
    """
    if theirs in (ours, base):
        return ours
    if ours == base:
        return theirs
    if ours is None or theirs is None:
        return ours if theirs is None else theirs
    mine, other = _read(ours), _read(theirs)
    if mine is None or other is None:
        return max(ours, theirs) if mine is other else (theirs if mine is None else ours)
    return dump(_union((base is not None and _read(base)) or {}, mine, other))


def _read(data: bytes) -> Held | None:
    try:
        return {frozenset(map(key, group)): group for group in read(data)}
    except Damaged:
        return None


def _union(base: Held, ours: Held, theirs: Held) -> list[Group]:
    """The groups in the order of the base, then the new ones by their words."""
    kept = {one for one in ours.keys() | theirs.keys() if (one in ours and one in theirs) or one not in base}
    for one in base.keys() - ours.keys() - theirs.keys():  # changed here and there: one group of both
        mine, other = _follower(one, ours, base), _follower(one, theirs, base)
        whole = frozenset(word for word in mine | other if word not in one or word in mine & other)
        if mine and other and len(whole) > 1:
            kept = (kept - {mine, other}) | {whole}
    order = list(base)
    spelt = _spellings(base, ours, theirs)
    ranked = sorted(kept, key=lambda one: (order.index(one) if one in base else len(order), sorted(one)))
    return [_in_order(one, base, spelt) for one in ranked]


def _follower(group: frozenset[str], side: Held, base: Held) -> frozenset[str]:
    """The new group of a side that took the place of one in the base: the one that shares most words; else none."""
    fresh = [one for one in side if one not in base and one & group]
    return max(fresh, key=lambda one: (len(one & group), sorted(one)), default=frozenset())


def _spellings(*versions: Held) -> dict[str, str]:
    """How each word is written: as in the base, else the first of its spellings by code."""
    base, *sides = ({key(word): word for group in held.values() for word in group} for held in versions)
    return {
        one: base.get(one) or min(side[one] for side in sides if one in side) for one in {*base, *sides[0], *sides[1]}
    }


def _in_order(group: frozenset[str], base: Held, spelt: Mapping[str, str]) -> Group:
    """The words of a group, those first that stood in the base, in its order."""
    nearest: Sequence[str] = max(base.items(), key=lambda one: (len(one[0] & group), sorted(one[0])), default=((), ()))[
        1
    ]
    before = [key(word) for word in nearest]
    ranked = sorted(group, key=lambda one: (before.index(one) if one in before else len(before), one))
    return tuple(spelt[one] for one in ranked)
