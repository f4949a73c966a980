"""Neighbours of the question that stand side by side in a page too. Pure: texts in, sums out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from fenji.analysis import fold

if TYPE_CHECKING:
    from fenji.analysis import Term
    from fenji.handbook.pages import Page

_WORTH = 1.2  # how much a pair that stands together counts, against the commoner of its words
_WHOLE = ("word", "pair", "code", "character")


def pairs(text: str, words: Sequence[Term], rarity: Callable[[str], float]) -> dict[str, float]:
    """The stretches of a (folded) text that two neighbouring terms make, and what each is worth in a page."""
    beginning: dict[int, list[Term]] = defaultdict(list)
    whole = [one for one in words if one.kind in _WHOLE]
    for one in whole:
        beginning[one.start].append(one)
    found: dict[str, float] = {}
    for one in whole:
        for other in beginning[one.end + text.startswith(" ", one.end)]:
            found[text[one.start : other.end]] = _WORTH * min(rarity(one.text), rarity(other.text))
    return found


def worth(page: Page, together: Mapping[str, float], patterns: Mapping[str, float]) -> float:
    """What stands together in a page: pairs of words, and patterns of pinyin."""
    body = fold("\n".join(text for _, text in page.passages()))
    found = sum(worth for pair, worth in together.items() if pair in body)
    return found + sum(worth for pattern, worth in patterns.items() if re.search(pattern, body))
