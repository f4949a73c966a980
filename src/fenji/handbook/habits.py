"""What tickets with a word mostly were, read off the postings of the index. Reads leaves; weighs nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fenji.handbook.judgements import Tally
    from fenji.handbook.leaves import Leaf


class Habits(NamedTuple):
    """How all tickets were judged, and those with each word."""

    all: Tally
    words: Mapping[str, Tally]


def habits(leaves: Sequence[Leaf], words: Iterable[str], *, exclude: str = "") -> Habits:
    """The habits of these leaves as to `words`, leaving out the ticket at path `exclude`.

    Of a word that stands in thousands of tickets a thousand are looked at, from all over the archive.
    """
    gone = [_gone(leaf, exclude) for leaf in leaves]
    whole: Tally = Counter()
    for leaf, without in zip(leaves, gone, strict=True):
        whole += leaf.judged.all - leaf.judged.tally(without)
    return Habits(whole, {word: _with(word, leaves, gone) for word in words})


def _gone(leaf: Leaf, exclude: str) -> frozenset[int]:
    """The pages of a leaf that do not count."""
    own = (number for path, _, number in leaf.known(exclude) if path == exclude) if exclude else ()
    return leaf.hidden.union(own)


def _with(word: str, leaves: Sequence[Leaf], gone: Sequence[frozenset[int]]) -> Tally:
    found: Tally = Counter()
    for leaf, without in zip(leaves, gone, strict=True):
        if entry := leaf.entry(word):
            pages = leaf.sample(entry)
            found += leaf.judged.tally([one for one in pages if one not in without] if without else pages)
    return found
