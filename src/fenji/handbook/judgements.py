"""How tickets were judged, kept beside each segment of the index, so that suggestions can count it. Pure."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from fenji.handbook.damage import Broken

if TYPE_CHECKING:
    from fenji.handbook.pages import Page

JUDGED = ".judged"  # the file of a segment that tells how its pages were judged


class Judgement(NamedTuple):
    """What people judged one ticket to be; `""` where they did not."""

    kind: str = ""
    priority: str = ""
    impact: str = ""
    occurrence: str = ""


Tally = Counter[Judgement]  # how many tickets were judged each way


@dataclass(frozen=True)
class Judged:
    """The judgement of every page of a segment: `held` has each one once, `numbers` for each page its place there."""

    held: Sequence[Judgement]
    numbers: Sequence[int]

    @cached_property
    def all(self) -> Tally:
        """How all the pages were judged."""
        return self.tally(range(len(self.numbers)))

    def tally(self, pages: Iterable[int]) -> Tally:
        """How these pages were judged."""
        counts = Counter(map(self.numbers.__getitem__, pages))
        return Counter({self.held[one]: count for one, count in counts.items()})


def judgement(page: Page) -> Judgement:
    """What is counted of a page: nothing of a withdrawn ticket."""
    if page.state == "withdrawn":
        return Judgement()
    return Judgement(page.kind, page.priority, page.impact, page.occurrence)


def packed(judged: Sequence[Judgement]) -> bytes:
    """The bytes of a file of judgements: a line that holds each one once, then a number for every page."""
    places = {one: place for place, one in enumerate(dict.fromkeys(judged))}
    return json.dumps(list(places)).encode() + b"\n" + array("I", map(places.__getitem__, judged)).tobytes()


def unpacked(data: bytes, pages: int) -> Judged:
    """The judgements of so many pages. Raises Broken where the bytes are not theirs."""
    held, _, rest = data.partition(b"\n")
    found = Judged([Judgement(*one) for one in json.loads(held)], array("I", rest))
    if len(found.numbers) != pages or max(found.numbers, default=-1) >= len(found.held):
        raise Broken("judgements are missing")
    return found
