"""A bonus for neighbouring words of the query that are adjacent in a page too. Pure: texts in, sums out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from fenji.text import fold

if TYPE_CHECKING:
    from fenji.search.pages import HandbookPage
    from fenji.text import Term

_PAIR_WEIGHT = 1.2  # how much an adjacent pair counts against the more common of its words
_WHOLE_KINDS = ("word", "pair", "code", "character")


def collect_pairs(text: str, query_terms: Sequence[Term], rarity: Callable[[str], float]) -> dict[str, float]:
    """Return the parts of a folded text that two neighbouring terms cover, with the weight of each."""
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
    """Return the summed weights of the word pairs and pinyin patterns that a page contains."""
    body = fold("\n".join(text for _, text in page.passages()))
    score = sum(weight for pair, weight in pair_weights.items() if pair in body)
    return score + sum(weight for pattern, weight in patterns.items() if re.search(pattern, body))
