"""Several ways to say one thing, scored as one term: a page counts by the best of them. Reads leaves, ranks nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fenji.search.postings import TermEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fenji.search.segment_reader import SegmentReader


class Alternative(NamedTuple):
    """One way to say it: of each of the `slots` a page must hold a word; `share` is what it counts against the term."""

    slots: tuple[tuple[str, ...], ...]
    share: float = 1.0


def merge_postings(
    segment: SegmentReader, own_entry: TermEntry | None, alternatives: Iterable[Alternative]
) -> TermEntry | None:
    """One entry for a term (`own`) and the other ways to say it; None where no page says it at all."""
    weights: dict[int, float] = dict(zip(*segment.postings(own_entry), strict=True)) if own_entry else {}
    for alternative in alternatives:
        for page, weight in _pages_with_all_slots(segment, alternative.slots).items():
            if weight * alternative.share > weights.get(page, 0.0):
                weights[page] = weight * alternative.share
    pages = sorted(weights)
    return TermEntry(len(pages), max(weights.values()), (pages, [weights[page] for page in pages])) if pages else None


def _pages_with_all_slots(segment: SegmentReader, slots: Sequence[Sequence[str]]) -> dict[int, float]:
    """The pages that hold a word of every slot; what they hold least counts."""
    weights = _max_weights(segment, slots[0])
    for slot in slots[1:]:
        slot_weights = _max_weights(segment, slot) if weights else {}
        weights = {page: min(weight, slot_weights[page]) for page, weight in weights.items() if page in slot_weights}
    return weights


def _max_weights(segment: SegmentReader, words: Iterable[str]) -> dict[int, float]:
    """The pages that hold one of the words, and the greatest weight of one there."""
    weights: dict[int, float] = {}
    for word in words:
        entry = segment.find_entry(word)
        for page, weight in zip(*segment.postings(entry), strict=True) if entry else ():
            if weight > weights.get(page, 0.0):
                weights[page] = weight
    return weights
