"""Neighbours of the question that stand side by side in a page too. Pure: texts in, sums out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from fenji.text import fold

if TYPE_CHECKING:
    from fenji.search.pages import HandbookPage
    from fenji.text import Term

_PAIR_WEIGHT = 1.2  # how much a pair that stands together counts, against the commoner of its words
_WHOLE_KINDS = ("word", "pair", "code", "character")


def collect_pairs(text: str, query_terms: Sequence[Term], rarity: Callable[[str], float]) -> dict[str, float]:
    """The stretches of a (folded) text that two neighbouring terms make, and what each is worth in a page."""
    terms_by_start: dict[int, list[Term]] = defaultdict(list)
    whole_terms = [term for term in query_terms if term.kind in _WHOLE_KINDS]
    for term in whole_terms:
        terms_by_start[term.start].append(term)
    pair_weights: dict[str, float] = {}
    for term in whole_terms:
        for neighbour in terms_by_start[term.end + text.startswith(" ", term.end)]:
            pair_weights[text[term.start : neighbour.end]] = _PAIR_WEIGHT * min(
                rarity(term.text), rarity(neighbour.text)
            )
    return pair_weights


def proximity_score(page: HandbookPage, pair_weights: Mapping[str, float], patterns: Mapping[str, float]) -> float:
    """What stands together in a page: pairs of words, and patterns of pinyin."""
    body = fold("\n".join(text for _, text in page.passages()))
    score = sum(weight for pair, weight in pair_weights.items() if pair in body)
    return score + sum(weight for pattern, weight in patterns.items() if re.search(pattern, body))
