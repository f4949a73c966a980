"""Several ways to say one thing, scored as one term: a page counts by the best of them. Reads segments only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fenji.search.posting_format import TermEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fenji.search.segment_reader import SegmentReader


class Alternative(NamedTuple):
    """One way to say a term: a page must contain a word of each slot; `share` is its weight relative to the term.

    `pages` are the only pages that it matches, as (segment, number); None for all that contain its words.
    """

    slots: tuple[tuple[str, ...], ...]
    share: float = 1.0
    pages: frozenset[tuple[str, int]] | None = None


def merge_postings(
    segment: SegmentReader, own_entry: TermEntry | None, alternatives: Iterable[Alternative]
) -> TermEntry | None:
    """Merge the postings of a term (`own_entry`) and its alternatives; None if no page has any of them."""
    weights: dict[int, float] = dict(zip(*segment.postings(own_entry), strict=True)) if own_entry else {}
    for alternative in alternatives:
        for page, weight in pages_with_all_slots(segment, alternative.slots).items():
            if alternative.pages is not None and (segment.name, page) not in alternative.pages:
                continue
            if weight * alternative.share > weights.get(page, 0.0):
                weights[page] = weight * alternative.share
    pages = sorted(weights)
    return TermEntry(len(pages), max(weights.values()), (pages, [weights[page] for page in pages])) if pages else None


def pages_with_all_slots(segment: SegmentReader, slots: Sequence[Sequence[str]]) -> dict[int, float]:
    """Return the pages that have a word of every slot, with the smallest weight among the slots."""
    weights = _max_weights(segment, slots[0])
    for slot in slots[1:]:
        slot_weights = _max_weights(segment, slot) if weights else {}
        weights = {page: min(weight, slot_weights[page]) for page, weight in weights.items() if page in slot_weights}
    return weights


def _max_weights(segment: SegmentReader, words: Iterable[str]) -> dict[int, float]:
    """Return the pages that have any of the words, with the greatest weight among them."""
    weights: dict[int, float] = {}
    for word in words:
        entry = segment.find_entry(word)
        for page, weight in zip(*segment.postings(entry), strict=True) if entry else ():
            if weight > weights.get(page, 0.0):
                weights[page] = weight
    return weights
