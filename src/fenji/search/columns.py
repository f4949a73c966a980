"""How tickets were judged, kept beside each segment of the index, so that suggestions can count it. Pure."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from fenji.search.damage import IndexCorrupted

if TYPE_CHECKING:
    from fenji.search.pages import HandbookPage

CLASSIFICATIONS_SUFFIX = ".judged"  # the file of a segment that tells how its pages were judged


class Classification(NamedTuple):
    """What people judged one ticket to be; `""` where they did not."""

    kind: str = ""
    priority: str = ""
    impact: str = ""
    occurrence: str = ""


ClassificationCounts = Counter[Classification]  # how many tickets were judged each way


@dataclass(frozen=True)
class ClassificationColumn:
    """The judgement of every page of a segment: `held` has each one once, `numbers` for each page its place there."""

    distinct: Sequence[Classification]
    indexes: Sequence[int]

    @cached_property
    def all(self) -> ClassificationCounts:
        """How all the pages were judged."""
        return self.count(range(len(self.indexes)))

    def count(self, pages: Iterable[int]) -> ClassificationCounts:
        """How these pages were judged."""
        counts = Counter(map(self.indexes.__getitem__, pages))
        return Counter({self.distinct[index]: count for index, count in counts.items()})


def classify(page: HandbookPage) -> Classification:
    """What is counted of a page: nothing of a withdrawn ticket."""
    if page.state == "withdrawn":
        return Classification()
    return Classification(page.kind, page.priority, page.impact, page.occurrence)


def pack_classifications(classifications: Sequence[Classification]) -> bytes:
    """The bytes of a file of judgements: a line that holds each one once, then a number for every page."""
    indexes = {classification: index for index, classification in enumerate(dict.fromkeys(classifications))}
    return json.dumps(list(indexes)).encode() + b"\n" + array("I", map(indexes.__getitem__, classifications)).tobytes()


def unpack_classifications(data: bytes, page_count: int) -> ClassificationColumn:
    """The judgements of so many pages. Raises Broken where the bytes are not theirs."""
    header, _, rest = data.partition(b"\n")
    column = ClassificationColumn([Classification(*values) for values in json.loads(header)], array("I", rest))
    if len(column.indexes) != page_count or max(column.indexes, default=-1) >= len(column.distinct):
        raise IndexCorrupted("judgements are missing")
    return column
