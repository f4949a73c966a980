"""What tickets with a word mostly were, read off the postings of the index. Reads leaves; weighs nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fenji.search.columns import ClassificationCounts
    from fenji.search.segment_reader import SegmentReader


class TermHabits(NamedTuple):
    """How all tickets were judged, and those with each word."""

    all: ClassificationCounts
    words: Mapping[str, ClassificationCounts]


def collect_habits(segments: Sequence[SegmentReader], words: Iterable[str], *, exclude: str = "") -> TermHabits:
    """The habits of these leaves as to `words`, leaving out the ticket at path `exclude`.

    Of a word that stands in thousands of tickets a thousand are looked at, from all over the archive.
    """
    skipped = [_skipped_pages(segment, exclude) for segment in segments]
    total: ClassificationCounts = Counter()
    for segment, skip in zip(segments, skipped, strict=True):
        total += segment.classifications.all - segment.classifications.count(skip)
    return TermHabits(total, {word: _count_with_word(word, segments, skipped) for word in words})


def _skipped_pages(segment: SegmentReader, exclude: str) -> frozenset[int]:
    """The pages of a leaf that do not count."""
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
