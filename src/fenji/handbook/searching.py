"""From a question to hits: filters and phrases decide, words rank, passages show why. Reads leaves, writes nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fenji.analysis import Term, fold, stem
from fenji.analysis.vocabulary import SYNONYMS
from fenji.handbook import excerpts
from fenji.handbook.scoring import Found, Wanted, best, rarity

if TYPE_CHECKING:
    from fenji.handbook.leaves import Leaf
    from fenji.handbook.pages import Page
    from fenji.handbook.questions import Filter, Phrase, Question

_READ = 1000  # pages read, best first, to see whether a phrase stands in them
_ENDINGS = 24  # words that an unfinished word may become
_KINDRED = 300  # words that a single character stands for
_NEAR = 0.6  # how much a guessed word counts against a typed one
_NUMBER = 3.0  # how much the number of a ticket or part counts against a word
_FEW = 3  # hits below which misspelt words are looked for
_MISSPELT = 5  # letters of a word that is looked for with another letter
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Hit:
    """A page that was found. `spans` count characters of `excerpt`, `title_spans` of the title; `place` is the text."""

    page: Page
    score: float
    excerpt: str
    spans: tuple[excerpts.Span, ...]
    place: str
    title_spans: tuple[excerpts.Span, ...]

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
class Hits:
    """What was found: how many in all, how long it took, one stretch of them, and what misspelt words were read as."""

    total: int
    took_ms: float
    hits: tuple[Hit, ...] = ()
    meant: Mapping[str, str] | None = None


class Search:
    """One question put to the leaves of one state of the index."""

    def __init__(self, leaves: Sequence[Leaf], asked: Question) -> None:
        self._leaves, self._asked = leaves, asked
        self._pages = sum(leaf.pages for leaf in leaves)
        self._allowed: dict[str, set[int] | None] = {}
        self.meant: dict[str, str] = {}

    def hits(self, *, limit: int, offset: int) -> tuple[int, tuple[Hit, ...]]:
        """How many pages there are, and `limit` of them from `offset`, best first."""
        wanted = self._wanted()
        total, found = self._found(wanted, limit + offset)
        if total < _FEW and (guessed := self._misspelt()):
            wanted += guessed
            total, found = self._found(wanted, limit + offset)
        look, worth = self._look(wanted)
        return total, tuple(_hit(one, look, worth) for one in found[offset : offset + limit])

    def _found(self, wanted: Sequence[Wanted], most: int) -> tuple[int, list[Found]]:
        if wanted:
            return best(self._leaves, wanted, most=most, allowed=self._allow)
        if self._asked.phrases or self._asked.filters:
            return self._latest(most)
        return 0, []

    # --- words ---

    def _rarity(self, term: str, field: str = "body") -> float:
        return rarity(self._count(term, field), self._pages)

    def _count(self, term: str, field: str = "body") -> int:
        return sum(entry.pages for leaf in self._leaves if (entry := leaf.entry(term, field)))

    def _wanted(self) -> list[Wanted]:
        phrased = [term for phrase in self._asked.phrases if not phrase.banned for term in phrase.terms]
        typed = dict.fromkeys([*_without_pieces(self._asked.words, self._count), *phrased])
        found: list[Wanted] = []
        for term in typed:
            found.append(Wanted(term.text, self._rarity(term.text)))
            if term.kind == "code" and self._count(term.text, "code"):
                found.append(Wanted(term.text, _NUMBER * self._rarity(term.text, "code"), "code"))
        if [term.kind for term in self._asked.words] == ["character"]:
            found += self._guessed(_kindred(self._leaves, self._asked.words[0].text))
        if self._asked.unfinished:
            found += self._guessed(_endings(self._leaves, self._asked.unfinished))
        return found

    def _guessed(self, words: Sequence[str]) -> list[Wanted]:
        """Words that stand for one typed word: together as telling as all of them are."""
        pages = sum(self._count(word) for word in words)
        return [Wanted(word, _NEAR * rarity(pages, self._pages)) for word in words]

    def _misspelt(self) -> list[Wanted]:
        """Words one letter away from typed Latin words that stand nowhere; the most frequent of each is `meant`."""
        found: list[Wanted] = []
        for term in self._asked.words:
            word = term.text
            latin = term.kind == "word" and word.isascii() and word.isalpha() and len(word) >= _MISSPELT
            if not latin or self._count(word) or self._count(stem(word)):
                continue
            near = {one: count for one in _one_away(word) if (count := self._count(one))}
            if near:
                self.meant[word] = max(near, key=lambda one: (near[one], one))
                found += self._guessed(sorted(near))
        return found

    # --- what may be found ---

    def _allow(self, leaf: Leaf) -> set[int] | None:
        if leaf.name not in self._allowed:
            self._allowed[leaf.name] = self._decided(leaf)
        return self._allowed[leaf.name]

    def _decided(self, leaf: Leaf) -> set[int] | None:
        wanted = [self._matching(leaf, one) for one in self._asked.filters if not one.banned]
        wanted += [_holding(leaf, one) for one in self._asked.phrases if not one.banned]
        banned = [self._matching(leaf, one) for one in self._asked.filters if one.banned]
        banned += [_holding(leaf, one) for one in self._asked.phrases if one.banned]
        if not wanted and not banned:
            return None
        allowed = set.intersection(*wanted) if wanted else set(range(leaf.pages))
        return allowed.difference(*banned)

    def _matching(self, leaf: Leaf, one: Filter) -> set[int]:
        """The pages that pass a filter: a value as it stands where any page has it, else as the beginning of one."""
        found: set[int] = set()
        for value in one.values:
            whole = self._count(value, one.field)
            for held in [value] if whole else [longer for longer, _ in leaf.beginning(value, one.field)]:
                found |= leaf.numbers(held, one.field)
        return found

    def _latest(self, most: int) -> tuple[int, list[Found]]:
        """Without words to rank by: the youngest tickets first."""
        found: list[Found] = []
        for leaf in self._leaves:
            allowed = self._allow(leaf)
            numbers = (set(range(leaf.pages)) if allowed is None else allowed) - leaf.hidden
            seconds = leaf.seconds() if numbers else ()
            found += [Found(float(seconds[number]), leaf, number) for number in numbers]
        found.sort(key=lambda one: (-one.score, one.leaf.name, -one.number))
        return len(found), [one._replace(score=0.0) for one in found[:most]]

    # --- what is shown ---

    def _look(self, wanted: Iterable[Wanted]) -> tuple[re.Pattern[str] | None, dict[str, float]]:
        """What to show as found, and what each find is worth: a longer word as much as the words in it together."""
        worth = {one.term: one.rarity for one in wanted if one.field == "body"}
        worth |= {old: worth[new] for old, new in SYNONYMS.items() if new in worth}
        single = [word for word in worth if len(word) == 1 and not word.isascii()]
        kept = [word for word in worth if word in single or not any(letter in word for letter in single)]
        phrases = [phrase.text for phrase in self._asked.phrases if phrase.exact and not phrase.banned]
        told = {word: sum(worth[part] for part in kept if part in word) for word in kept}
        return excerpts.pattern([*told, *phrases]), told


def _without_pieces(words: Sequence[Term], count: Callable[[str], int]) -> list[Term]:
    """The words without the pieces of those numbers that some page holds whole."""
    whole = [term for term in words if term.kind == "code" and count(term.text)]
    inside = {(at.start, at.end) for at in words for one in whole if one.start <= at.start and at.end <= one.end}
    return [term for term in words if term.kind == "code" or (term.start, term.end) not in inside]


def _hit(found: Found, look: re.Pattern[str] | None, worth: Mapping[str, float]) -> Hit:
    page = found.leaf.page(found.number)
    told = excerpts.passage(page.texts.items(), look, worth)
    title = tuple(excerpts.spans(page.title, look))
    return Hit(page, round(found.score, 3), told.text, told.spans, told.place, title)


def _holding(leaf: Leaf, phrase: Phrase) -> set[int]:
    """The pages of a leaf in which a phrase stands; of very many that may, the likeliest are read."""
    words = [term.text for term in phrase.terms if term.kind not in ("stem", "piece", "synonym")]
    if not phrase.exact:
        return set.intersection(*(leaf.numbers(word, "body") for word in words))
    wanted = [Wanted(word, rarity(entry.pages if (entry := leaf.entry(word)) else 0, leaf.pages)) for word in words]
    _, likely = best([leaf], wanted, most=_READ, allowed=lambda _: None)
    look = excerpts.exactly(phrase.text)
    return {
        one.number for one in likely if any(look.search(fold(text)) for _, text in leaf.page(one.number).passages())
    }


def _endings(leaves: Sequence[Leaf], beginning: str) -> list[str]:
    """The words that an unfinished one may become, the most frequent of them."""
    counts: Counter[str] = Counter()
    for leaf in leaves:
        counts.update({word: count for word, count in leaf.beginning(beginning) if word != beginning})
    return [word for word, _ in counts.most_common(_ENDINGS)]


def _kindred(leaves: Sequence[Leaf], letter: str) -> list[str]:
    """The words in which a Han character stands, short ones first."""
    words = {word for leaf in leaves for word in leaf.holding(letter)}
    return sorted(words, key=lambda word: (len(word), word))[:_KINDRED]


def _one_away(word: str) -> set[str]:
    """Everything one letter away: one left out, two exchanged, one wrong, one too few."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    fewer = {left + right[1:] for left, right in cuts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    wrong = {left + letter + right[1:] for left, right in cuts if right for letter in _LETTERS}
    more = {left + letter + right for left, right in cuts for letter in _LETTERS}
    return (fewer | swapped | wrong | more) - {word}
