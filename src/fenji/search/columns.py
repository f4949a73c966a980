"""How tickets were classified, stored next to each index segment and counted for suggestions. Pure."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from fenji.search.manifest import IndexCorrupted

if TYPE_CHECKING:
    from fenji.search.pages import HandbookPage

CLASSIFICATIONS_SUFFIX = ".judged"  # suffix of the file with the classifications of a segment's pages


class Classification(NamedTuple):
    """How people classified one ticket; `""` for fields that they left open."""

    kind: str = ""
    priority: str = ""
    impact: str = ""
    occurrence: str = ""


ClassificationCounts = Counter[Classification]  # classification → number of tickets


class ClassificationColumn(Struct, frozen=True, dict=True):
    """The classification of every page of a segment: `indexes` has one index into `distinct` per page."""

    distinct: Sequence[Classification]
    indexes: Sequence[int]

    @cached_property
    def all(self) -> ClassificationCounts:
        """Count the classifications of all pages."""
        return self.count(range(len(self.indexes)))

    def count(self, pages: Iterable[int]) -> ClassificationCounts:
        """Count the classifications of these pages."""
        counts = Counter(map(self.indexes.__getitem__, pages))
        return Counter({self.distinct[index]: count for index, count in counts.items()})


def classify(page: HandbookPage) -> Classification:
    """Return the classification of a page; an empty one for a withdrawn ticket, which does not count."""
    if page.state == "withdrawn":
        return Classification()
    return Classification(page.kind, page.priority, page.impact, page.occurrence)


def pack_classifications(classifications: Sequence[Classification]) -> bytes:
    """Serialize classifications: a JSON line of the distinct ones, then an unsigned int per page."""
    indexes = {classification: index for index, classification in enumerate(dict.fromkeys(classifications))}
    return json.dumps(list(indexes)).encode() + b"\n" + array("I", map(indexes.__getitem__, classifications)).tobytes()


def unpack_classifications(data: bytes, page_count: int) -> ClassificationColumn:
    """Read the classifications of `page_count` pages. Raises IndexCorrupted if the bytes do not fit."""
    header, _, rest = data.partition(b"\n")
    column = ClassificationColumn([Classification(*values) for values in json.loads(header)], array("I", rest))
    if len(column.indexes) != page_count or max(column.indexes, default=-1) >= len(column.distinct):
        raise IndexCorrupted("judgements are missing")
    return column
