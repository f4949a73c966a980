"""What is like a new ticket, and by that what it probably is.

Likeness is the share of telling words that two tickets have in common. Where nothing is like enough, nothing is said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, islice
from typing import TYPE_CHECKING, NamedTuple

from fenji.analysis import code, fold, terms
from fenji.handbook.alike import Alike, slots
from fenji.handbook.clauses import Way
from fenji.handbook.guesses import Guess, Known, guesses
from fenji.handbook.habits import habits
from fenji.handbook.scoring import Wanted, best, rarity
from fenji.synonyms import key

if TYPE_CHECKING:
    from fenji.handbook.leaves import Leaf
    from fenji.handbook.pages import Page

_ASKED = range(6, 24)  # most telling words by which likely pages are looked up, at least and at most …
_POSTINGS = 30_000  # … as many as have that many postings together
_READ = 24  # likely pages that are compared word by word
_LIKE = 30  # per cent from which a page is called like it
_SAME = 60  # per cent from which an open one is shown in any case
_CLOSED = ("archived", "withdrawn")
_HABITS = 80  # words, from the beginning of the text on, of which it is counted what their tickets were
_WITHIN = 0.7  # what it counts that all words stand somewhere in the page, not only in its title
_ENOUGH = 2  # words that stand in one ticket alone, or as much in commoner ones: so many count in full


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

    @property
    def open(self) -> bool:
        return self.page.state not in _CLOSED


class Word(NamedTuple):
    """A word that texts are compared by: how it is written, the term to look up, and the `ways` where it has synonyms.

    With ways the term is only the first of those it may be looked up by.
    """

    written: str
    term: str
    ways: tuple[Way, ...] = ()

    @property
    def sets(self) -> list[set[str]]:
        """The terms of each way."""
        return [{one for (one,) in way.slots} for way in self.ways]


@dataclass(frozen=True)
class Suggestion:
    """Pages like the text, the likest first, and guesses by field: kind, impact, occurrence, priority, owner, units."""

    likes: tuple[Like, ...] = ()
    guesses: Mapping[str, Guess] = field(default_factory=dict)
    took_ms: float = 0.0


def suggestion(
    leaves: Sequence[Leaf], words: Mapping[str, Word], *, limit: int, exclude: str = "", known: Known | None = None
) -> Suggestion:
    """The `limit` pages most like a text of these words, and what it probably is.

    The page at path `exclude` does not count; `known` holds the values that may be guessed, by field.
    """
    found = likes(leaves, words, exclude=exclude)
    written = {one.term: one.written for one in words.values()}
    habit = habits(leaves, islice(written, _HABITS), exclude=exclude)
    guessed = guesses(habit, found, known or {})
    named = {name: replace(one, word=written.get(one.word, "")) for name, one in guessed.items()}
    return Suggestion(_shown(found, limit), named)


def _shown(found: Sequence[Like], limit: int) -> tuple[Like, ...]:
    """The likest, among them an open one that is probably the same: somebody is at it already."""
    like = [one for one in found if one.percent >= _LIKE]
    first = sorted(like, key=lambda one: not (one.open and one.percent >= _SAME))[:limit]
    return tuple(one for one in like if one in first)


def likes(leaves: Sequence[Leaf], words: Mapping[str, Word], *, exclude: str = "") -> list[Like]:
    """The pages most like a text of these words, but not the one at path `exclude`; the likest first."""
    pages = sum(leaf.pages for leaf in leaves)
    counts = {name: _count(leaves, one) for name, one in words.items()}
    telling = {name: rarity(count, pages) for name, count in counts.items()}
    most = rarity(1, pages)
    wanted = [
        Wanted("" if words[name].ways else words[name].term, telling[name], ways=words[name].ways)
        for name in _asked(counts)
    ]
    _, found = best(leaves, wanted, most=_READ + 1, allowed=lambda _: None)
    grouped = {name: one.sets for name, one in words.items() if one.ways}
    compared = [
        Like(page, _percent(telling, most, page, grouped))
        for one in found
        if (page := one.leaf.page(one.number)).path != exclude
    ]
    return sorted(compared, key=lambda one: (-one.percent, one.id))


def _count(leaves: Sequence[Leaf], word: Word) -> int:
    """How many pages hold a word as it was typed; where none does, in the other ways."""

    def pages(term: str) -> int:
        return sum(entry.pages for leaf in leaves if (entry := leaf.entry(term)))

    if not word.ways:
        return pages(word.term)
    typed, *others = (min(map(pages, held)) for held in word.sets)
    return typed or sum(others)


def _asked(counts: Mapping[str, int]) -> list[str]:
    """The most telling words: so many that few pages are missed, and few enough that it is quick."""
    known = sorted((one for one, count in counts.items() if count), key=lambda one: (counts[one], one))
    sums = accumulate(counts[one] for one in known)
    within = sum(sum_ <= _POSTINGS for sum_ in sums)
    return known[: min(max(within, _ASKED.start), _ASKED.stop)]


def asked(text: str, groups: Alike) -> dict[str, Word]:
    """The words that a text is compared by, those of one of the groups as one, in reading order."""
    known = groups.found(fold(text), [one for one in terms(text) if one.kind != "piece"])
    found: dict[str, Word] = {}
    ended = -1
    for (start, end), written, term in _written(text):
        within = [place for place in known if place[0] <= start and end <= place[1]]
        if not within:
            found.setdefault(term, Word(written, term))
            continue
        first, last = max(within, key=lambda place: place[1] - place[0])
        if first >= ended:
            ended = last
            said = [text[first:last], *known[first, last]]
            ways = tuple(Way(held) for one in said if (held := slots(one)))
            found.setdefault("=" + min(map(key, said)), Word(text[first:last], term, ways))
    return found


def _written(text: str) -> list[tuple[tuple[int, int], str, str]]:
    """The terms that compare two texts, in reading order, each with its place and how it is written; a word's stem."""
    ranked = sorted(terms(text), key=lambda term: term.kind == "stem")
    last = {(term.start, term.end): term.text for term in ranked if term.kind != "piece"}
    return [(place, text[slice(*place)], last[place]) for place in sorted(last)]


def _words(text: str, grouped: Mapping[str, Sequence[set[str]]]) -> set[str]:
    """The words of a page's text, those of one of the groups that were asked for as one."""
    found = {term for _, _, term in _written(text)}
    for name, ways in grouped.items():
        for one in ways:
            if one <= found:
                found = (found - one) | {name}
    return found


def _percent(telling: Mapping[str, float], most: float, page: Page, grouped: Mapping[str, Sequence[set[str]]]) -> int:
    """How like a page is to words of given rarity: its title, title and description, or that it holds them all.

    `most` is the rarity of a word that stands in one page alone.
    """
    whole = sum(telling.values())
    mean = max(whole / len(telling), most / 4)
    title = _words(page.title, grouped)
    named = {code(one) for one in (page.part, page.serial) if code(one) in telling}
    body = title | _words(page.texts.get("description", ""), grouped) | named
    within = _WITHIN * min(1.0, whole / (_ENOUGH * most)) * _common(telling, body) / whole
    return round(100 * max(_overlap(telling, title, mean), _overlap(telling, body, mean), within))


def _common(telling: Mapping[str, float], words: Collection[str]) -> float:
    return sum(worth for word, worth in telling.items() if word in words)


def _overlap(telling: Mapping[str, float], words: Collection[str], mean: float) -> float:
    """Twice what is common over all there is (Dice); of the other words each is as rare as the mean."""
    common = _common(telling, words)
    other = mean * sum(word not in telling for word in words)
    return 2 * common / (sum(telling.values()) + common + other)
