"""Several ways to say one thing, scored as one term: a page counts by the best of them. Reads leaves, ranks nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fenji.handbook.postings import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fenji.handbook.leaves import Leaf


class Way(NamedTuple):
    """One way to say it: of each of the `slots` a page must hold a word; `share` is what it counts against the term."""

    slots: tuple[tuple[str, ...], ...]
    share: float = 1.0


def merged(leaf: Leaf, own: Entry | None, ways: Iterable[Way]) -> Entry | None:
    """One entry for a term (`own`) and the other ways to say it; None where no page says it at all."""
    weights: dict[int, float] = dict(zip(*leaf.postings(own), strict=True)) if own else {}
    for way in ways:
        for page, weight in _holding(leaf, way.slots).items():
            if weight * way.share > weights.get(page, 0.0):
                weights[page] = weight * way.share
    pages = sorted(weights)
    return Entry(len(pages), max(weights.values()), (pages, [weights[page] for page in pages])) if pages else None


def _holding(leaf: Leaf, slots: Sequence[Sequence[str]]) -> dict[int, float]:
    """The pages that hold a word of every slot; what they hold least counts."""
    found = _heaviest(leaf, slots[0])
    for slot in slots[1:]:
        here = _heaviest(leaf, slot) if found else {}
        found = {page: min(weight, here[page]) for page, weight in found.items() if page in here}
    return found


def _heaviest(leaf: Leaf, words: Iterable[str]) -> dict[int, float]:
    """The pages that hold one of the words, and the greatest weight of one there."""
    found: dict[int, float] = {}
    for word in words:
        entry = leaf.entry(word)
        for page, weight in zip(*leaf.postings(entry), strict=True) if entry else ():
            if weight > found.get(page, 0.0):
                found[page] = weight
    return found
