"""What is like a new ticket, and what such tickets were: likely duplicates, and guesses with their evidence.

Likeness is the share of telling words that two tickets have in common. Where nothing is like enough, nothing is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fenji.analysis import terms
from fenji.handbook.scoring import Wanted, best, rarity

if TYPE_CHECKING:
    from fenji.handbook.leaves import Leaf
    from fenji.handbook.pages import Page

_ASKED = 24  # most telling words by which likely pages are looked up
_READ = 24  # likely pages that are compared word by word
_LIKE = 30  # per cent from which a page is called like it
_EVIDENCE = 25  # per cent from which a page counts for guesses
_NEIGHBOURS = 10
_SHARE = 0.6  # of the evidence that must agree
_SURE = 80  # per cent at which one page alone is evidence enough
_WITHIN = 0.7  # what it counts that all words stand somewhere in the page, not only in its title
_ENOUGH = 4  # words from which that counts in full
_GUESSED = ("kind", "impact", "occurrence", "priority", "owner")


@dataclass(frozen=True)
class Like:
    """A page that is like the text, and how much, up to 100 per cent."""

    page: Page
    percent: int

    @property
    def id(self) -> str:
        return self.page.id

    @property
    def title(self) -> str:
        return self.page.title

    @property
    def path(self) -> str:
        return self.page.path


@dataclass(frozen=True)
class Guess:
    """What such tickets mostly were: `count` `of` those like it had `values` (several only for units)."""

    values: tuple[str, ...]
    count: int
    of: int

    @property
    def value(self) -> str:
        return self.values[0]


@dataclass(frozen=True)
class Suggestion:
    """Pages like the text, the likest first, and guesses by field: kind, impact, occurrence, priority, owner, units."""

    likes: tuple[Like, ...] = ()
    guesses: Mapping[str, Guess] = field(default_factory=dict)
    took_ms: float = 0.0


def likes(leaves: Sequence[Leaf], text: str, *, exclude: str = "") -> list[Like]:
    """The pages most like `text`, but not the one at path `exclude`; the likest first."""
    pages = sum(leaf.pages for leaf in leaves)
    counts = {one: sum(entry.pages for leaf in leaves if (entry := leaf.entry(one))) for one in _words(text)}
    telling = {one: rarity(count, pages) for one, count in counts.items()}
    asked = sorted((one for one in telling if counts[one]), key=lambda one: -telling[one])[:_ASKED]
    wanted = [Wanted(one, telling[one]) for one in asked]
    _, found = best(leaves, wanted, most=_READ + 1, allowed=lambda _: None)
    compared = [
        Like(page, _percent(telling, page)) for one in found if (page := one.leaf.page(one.number)).path != exclude
    ]
    return sorted(compared, key=lambda one: (-one.percent, one.id))


def suggestion(found: Sequence[Like], *, limit: int) -> Suggestion:
    """What to say of the pages found: the `limit` likest, and what they were."""
    evidence = [one for one in found if one.percent >= _EVIDENCE and one.page.state != "withdrawn"][:_NEIGHBOURS]
    guesses = {name: guess for name in _GUESSED if (guess := _guess(evidence, name))}
    if units := _units(evidence):
        guesses["units"] = units
    return Suggestion(tuple(one for one in found if one.percent >= _LIKE)[:limit], guesses)


def _words(text: str) -> set[str]:
    """The terms that compare two texts: of an inflected word its stem."""
    found = terms(text)
    stems = {(term.start, term.end) for term in found if term.kind == "stem"}
    return {
        term.text
        for term in found
        if term.kind not in ("piece", "synonym") and (term.kind == "stem" or (term.start, term.end) not in stems)
    }


def _percent(telling: Mapping[str, float], page: Page) -> int:
    """How like a page is to words of given rarity: its title, title and description, or that it holds them all."""
    mean = sum(telling.values()) / len(telling)
    title = _words(page.title)
    body = title | _words(page.texts.get("description", ""))
    within = _WITHIN * min(1.0, len(telling) / _ENOUGH) * _common(telling, body) / sum(telling.values())
    return round(100 * max(_overlap(telling, title, mean), _overlap(telling, body, mean), within))


def _common(telling: Mapping[str, float], words: set[str]) -> float:
    return sum(worth for word, worth in telling.items() if word in words)


def _overlap(telling: Mapping[str, float], words: set[str], mean: float) -> float:
    """Twice what is common over all there is (Dice); words that were not asked for are as rare as the mean."""
    common = _common(telling, words)
    other = mean * sum(word not in telling for word in words)
    return 2 * common / (sum(telling.values()) + common + other)


def _guess(evidence: Sequence[Like], name: str) -> Guess | None:
    votes: Counter[str] = Counter()
    holders: Counter[str] = Counter()
    for one in evidence:
        if value := getattr(one.page, name):
            votes[value] += one.percent
            holders[value] += 1
    if not votes:
        return None
    value, weight = votes.most_common(1)[0]
    guess = Guess((value,), holders[value], sum(holders.values()))
    return guess if _agreed(evidence, weight / sum(votes.values()), guess.count, guess.of) else None


def _units(evidence: Sequence[Like]) -> Guess | None:
    having = [one for one in evidence if one.page.units]
    votes: Counter[str] = Counter()
    holders: Counter[str] = Counter()
    for one in having:
        votes.update(dict.fromkeys(one.page.units, one.percent))
        holders.update(one.page.units)
    whole = sum(one.percent for one in having)
    shares = {unit: weight / whole for unit, weight in votes.most_common()}
    agreed = [unit for unit, share in shares.items() if _agreed(evidence, share, holders[unit], len(having))]
    return Guess(tuple(agreed), min(holders[unit] for unit in agreed), len(having)) if agreed else None


def _agreed(evidence: Sequence[Like], share: float, count: int, of: int) -> bool:
    """Whether enough of the evidence says so: most of it, and three tickets, both of two, or one nearly the same."""
    enough = count > 2 or count == of == 2 or evidence[0].percent >= _SURE
    return share >= _SHARE and enough
