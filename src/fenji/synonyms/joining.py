"""Two versions of handbook.yaml made one, without anybody being asked: alike whichever of them is ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fenji.errors import Damaged
from fenji.synonyms.groups import SynonymGroup, dump, parse, synonym_key

GroupsByWords = Mapping[frozenset[str], SynonymGroup]


def merge_versions(base: bytes | None, ours: bytes | None, theirs: bytes | None) -> bytes | None:
    """What both versions hold, without what either took out of `base`; None (no file) where both took it away.

    Where one side alone changed it, that one as it is. A file that cannot be read gives way to one that can.
    """
    if theirs in (ours, base):
        return ours
    if ours == base:
        return theirs
    if ours is None or theirs is None:
        return ours if theirs is None else theirs
    our_groups, their_groups = _parse_or_none(ours), _parse_or_none(theirs)
    if our_groups is None or their_groups is None:
        return max(ours, theirs) if our_groups is their_groups else (theirs if our_groups is None else ours)
    return dump(_merge_groups((base is not None and _parse_or_none(base)) or {}, our_groups, their_groups))


def _parse_or_none(data: bytes) -> GroupsByWords | None:
    try:
        return {frozenset(map(synonym_key, group)): group for group in parse(data)}
    except Damaged:
        return None


def _merge_groups(base: GroupsByWords, ours: GroupsByWords, theirs: GroupsByWords) -> list[SynonymGroup]:
    """The groups in the order of the base, then the new ones by their words."""
    kept = {words for words in ours.keys() | theirs.keys() if (words in ours and words in theirs) or words not in base}
    for words in base.keys() - ours.keys() - theirs.keys():  # changed here and there: one group of both
        our_words, their_words = _find_successor(words, ours, base), _find_successor(words, theirs, base)
        combined = frozenset(
            word for word in our_words | their_words if word not in words or word in our_words & their_words
        )
        if our_words and their_words and len(combined) > 1:
            kept = (kept - {our_words, their_words}) | {combined}
    order = list(base)
    spellings = _choose_spellings(base, ours, theirs)
    ranked = sorted(kept, key=lambda words: (order.index(words) if words in base else len(order), sorted(words)))
    return [_order_words(words, base, spellings) for words in ranked]


def _find_successor(group: frozenset[str], side: GroupsByWords, base: GroupsByWords) -> frozenset[str]:
    """The new group of a side that took the place of one in the base: the one that shares most words; else none."""
    new_groups = [words for words in side if words not in base and words & group]
    return max(new_groups, key=lambda words: (len(words & group), sorted(words)), default=frozenset())


def _choose_spellings(*versions: GroupsByWords) -> dict[str, str]:
    """How each word is written: as in the base, else the first of its spellings by code."""
    base, *sides = ({synonym_key(word): word for group in version.values() for word in group} for version in versions)
    return {
        folded_word: base.get(folded_word) or min(side[folded_word] for side in sides if folded_word in side)
        for folded_word in {*base, *sides[0], *sides[1]}
    }


def _order_words(group: frozenset[str], base: GroupsByWords, spellings: Mapping[str, str]) -> SynonymGroup:
    """The words of a group, those first that stood in the base, in its order."""
    closest: Sequence[str] = max(
        base.items(), key=lambda item: (len(item[0] & group), sorted(item[0])), default=((), ())
    )[1]
    base_order = [synonym_key(word) for word in closest]
    ranked = sorted(group, key=lambda word: (base_order.index(word) if word in base_order else len(base_order), word))
    return tuple(spellings[word] for word in ranked)
