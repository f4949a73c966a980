"""From a question to hits: filters and phrases decide, words rank, passages show why. Reads leaves, writes nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
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
_PREFERRED = 30  # of the best pages, those that hold a phrase quoted in a sentence come first
_READ_BESIDE = 50
_ENDINGS = 24  # words that an unfinished word may become
_KINDRED = 300  # words that a single character stands for
_NEAR = 0.6  # how much a guessed word counts against a typed one
_NUMBER = 3.0  # how much the number of a ticket or part counts against a word
_NUMBERED = ("code", "part")  # fields that hold numbers whole
_CODED = ("body", *_NUMBERED)
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
        if not wanted:
            return self._latest(most) if self._asked.phrases or self._asked.filters else (0, [])
        first = _PREFERRED if self._asked.preferred else 0
        total, found = best(self._leaves, wanted, most=max(most, first), allowed=self._allow)
        quoting = [one for one in found[:first] if self._quotes(one)]
        return total, [*quoting, *(one for one in found if one not in quoting)][:most]

    def _quotes(self, found: Found) -> bool:
        return any(_stands(phrase, found.leaf, found.number) for phrase in self._asked.preferred)

    # --- words ---

    def _rarity(self, term: str, field: str = "body") -> float:
        return rarity(self._count(term, field), self._pages)

    def _count(self, term: str, field: str = "body") -> int:
        return sum(entry.pages for leaf in self._leaves if (entry := leaf.entry(term, field)))

    def _wanted(self) -> list[Wanted]:
        phrased = [term for phrase in self._asked.phrases if not phrase.banned for term in phrase.terms]
        found: list[Wanted] = []
        for term in dict.fromkeys([*self._without_pieces(), *phrased]):
            found.append(Wanted(term.text, self._rarity(term.text)))
            held = [one for one in _NUMBERED if term.kind == "code" and self._count(term.text, one)]
            found += [Wanted(term.text, _NUMBER * self._rarity(term.text, one), one) for one in held]
        if self._asked.letter:
            found += self._guessed(_kindred(self._leaves, self._asked.letter))
        if self._asked.unfinished:
            for field in _CODED:
                found += self._guessed(_endings(self._leaves, self._asked.unfinished, field), field)
        return found

    def _without_pieces(self) -> list[Term]:
        """The words without the pieces of those numbers that some page holds whole."""
        words = self._asked.words
        whole = [at for at in words if at.kind == "code" and any(self._count(at.text, one) for one in _CODED)]
        inside = {(at.start, at.end) for at in words for one in whole if one.start <= at.start and at.end <= one.end}
        return [term for term in words if term.kind == "code" or (term.start, term.end) not in inside]

    def _guessed(self, words: Sequence[str], field: str = "body") -> list[Wanted]:
        """Words that stand for one typed word: together as telling as all of them are."""
        pages = sum(self._count(word, field) for word in words)
        return [Wanted(word, _NEAR * rarity(pages, self._pages), field) for word in words]

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
        total, found = 0, list[Found]()
        for leaf in self._leaves:
            allowed = self._allow(leaf)
            numbers = (set(range(leaf.pages)) if allowed is None else allowed) - leaf.hidden
            youngest = nlargest(most, zip(map(leaf.seconds.__getitem__, numbers), numbers, strict=True))
            found += [Found(float(seconds), leaf, number) for seconds, number in youngest]
            total += len(numbers)
        found.sort(key=lambda one: (-one.score, one.leaf.name, -one.number))
        return total, [one._replace(score=0.0) for one in found[:most]]

    # --- what is shown ---

    def _look(self, wanted: Iterable[Wanted]) -> tuple[re.Pattern[str] | None, dict[str, float]]:
        """What to show as found, and what each find is worth: a longer word as much as the words in it together."""
        worth = {one.term: one.rarity for one in wanted if one.field == "body"}
        worth |= {old: worth[new] for old, new in SYNONYMS.items() if new in worth}
        if self._asked.letter:
            worth = {self._asked.letter: 1.0}
        phrases = [phrase.text for phrase in self._asked.phrases if phrase.exact and not phrase.banned]
        told = {word: sum(worth[part] for part in worth if part in word) for word in worth}
        return excerpts.pattern([*told, *phrases]), told


def _hit(found: Found, look: re.Pattern[str] | None, worth: Mapping[str, float]) -> Hit:
    page = found.leaf.page(found.number)
    told = excerpts.passage(page.texts.items(), look, worth)
    title = tuple(excerpts.spans(page.title, look))
    return Hit(page, round(found.score, 3), told.text, told.spans, told.place, title)


def _holding(leaf: Leaf, phrase: Phrase) -> set[int]:
    """The pages of a leaf in which a phrase stands.

    Of pages that hold all its words _READ are read at most, the likeliest; and a few that seem to hold only some,
    because the ends of a phrase may be parts of longer words there.
    """
    words = [term.text for term in phrase.terms if term.kind not in ("stem", "piece", "synonym")]
    whole = set.intersection(*(leaf.numbers(word, "body") for word in words))
    if not phrase.exact:
        return whole
    wanted = [Wanted(word, rarity(entry.pages if (entry := leaf.entry(word)) else 0, leaf.pages)) for word in words]
    _, likely = best([leaf], wanted, most=_READ, allowed=lambda _: None)
    numbers = [one.number for one in likely if one.number in whole]
    numbers += [one.number for one in likely if one.number not in whole][:_READ_BESIDE]
    return {number for number in numbers if _stands(phrase.text, leaf, number)}


def _stands(phrase: str, leaf: Leaf, number: int) -> bool:
    look = excerpts.exactly(phrase)
    return any(look.search(fold(text)) for _, text in leaf.page(number).passages())


def _endings(leaves: Sequence[Leaf], beginning: str, field: str) -> list[str]:
    """The words that an unfinished one may become, the most frequent of them."""
    counts: Counter[str] = Counter()
    for leaf in leaves:
        counts.update({word: count for word, count in leaf.beginning(beginning, field) if word != beginning})
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
