"""How the tickets that contain a word were classified, from the postings of the index. Counts; weighs nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fenji.search.columns import ClassificationCounts
    from fenji.search.segment_reader import SegmentReader


class TermHabits(NamedTuple):
    """The classifications of all tickets, and of those that contain each word."""

    all: ClassificationCounts
    words: Mapping[str, ClassificationCounts]


def collect_habits(segments: Sequence[SegmentReader], words: Iterable[str], *, exclude: str = "") -> TermHabits:
    """Count classifications in these segments, for all tickets and by word, without the ticket at path `exclude`.

    For a word in thousands of tickets a sample of a thousand is counted, taken from the whole archive.
    """
    skipped = [_skipped_pages(segment, exclude) for segment in segments]
    total: ClassificationCounts = Counter()
    for segment, skip in zip(segments, skipped, strict=True):
        total += segment.classifications.all - segment.classifications.count(skip)
    return TermHabits(total, {word: _count_with_word(word, segments, skipped) for word in words})


def _skipped_pages(segment: SegmentReader, exclude: str) -> frozenset[int]:
    """Return the pages of a segment that do not count: hidden ones, and the ticket at path `exclude`."""
    own = (number for path, _, number in segment.known_files(exclude) if path == exclude) if exclude else ()
    return segment.hidden.union(own)


def _count_with_word(
    word: str, segments: Sequence[SegmentReader], skipped: Sequence[frozenset[int]]
) -> ClassificationCounts:
    counts: ClassificationCounts = Counter()
    for segment, skip in zip(segments, skipped, strict=True):
        if entry := segment.find_entry(word):
            pages = segment.sample(entry)
            counts += segment.classifications.count([page for page in pages if page not in skip] if skip else pages)
    return counts
