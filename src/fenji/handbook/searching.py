"""From a question to hits: filters and phrases decide, words rank, passages show why. Reads leaves, writes nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nlargest
from typing import TYPE_CHECKING

from fenji.analysis import fold
from fenji.handbook import excerpts, nearness
from fenji.handbook.scoring import Found, Wanted, best, rarity
from fenji.handbook.wording import Wording

if TYPE_CHECKING:
    from fenji.handbook.alike import Alike
    from fenji.handbook.leaves import Leaf
    from fenji.handbook.pages import Page
    from fenji.handbook.questions import Filter, Phrase, Question

_READ = 1000  # pages read, best first, to see whether a phrase stands in them
_READ_BESIDE = 50
_COMPARED = 30  # of the best pages are read to see what stands together in them


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

    def __init__(self, leaves: Sequence[Leaf], asked: Question, alike: Alike) -> None:
        self._leaves, self._asked = leaves, asked
        self._wording = Wording(leaves, asked, alike)
        self._allowed: dict[str, set[int] | None] = {}
        self._pages: dict[tuple[str, int], Page] = {}
        self.meant: dict[str, str] = {}

    def hits(self, *, limit: int, offset: int) -> tuple[int, tuple[Hit, ...]]:
        """How many pages there are, and `limit` of them from `offset`, best first."""
        total, found = self._found(limit + offset)
        hits = tuple(self._hit(one) for one in found[offset : offset + limit])
        self.meant = {typed: self._read_as(typed, hits) for typed in self._wording.guessed if hits}
        return total, hits

    def _found(self, most: int) -> tuple[int, list[Found]]:
        if not self._wording.wanted:
            return self._latest(most) if self._asked.phrases or self._asked.filters else (0, [])
        compares = bool(self._together or self._wording.patterns or self._asked.preferred)
        compared = _COMPARED * compares
        total, found = best(self._leaves, self._wording.wanted, most=max(most, compared), allowed=self._allow)
        return total, [*self._in_order(found[:compared]), *found[compared:]][:most]

    @cached_property
    def _together(self) -> dict[str, float]:
        return nearness.pairs(self._asked.text, self._asked.words, self._wording.rarity)

    def _in_order(self, found: Sequence[Found]) -> list[Found]:
        """The best pages by what stands together in them; first those that hold what was quoted in a sentence."""
        worths = (nearness.worth(self._page(one), self._together, self._wording.patterns) for one in found)
        ranked = [one._replace(score=one.score + more) for one, more in zip(found, worths, strict=True)]
        quoting = [one for one in ranked if any(_stands(phrase, self._page(one)) for phrase in self._asked.preferred)]
        return sorted(ranked, key=lambda one: (one in quoting, one.score, one.leaf.name, one.number), reverse=True)

    def _page(self, one: Found) -> Page:
        place = (one.leaf.name, one.number)
        if place not in self._pages:
            self._pages[place] = one.leaf.page(one.number)
        return self._pages[place]

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
            whole = self._wording.count(value, one.field)
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

    @cached_property
    def _look(self) -> tuple[re.Pattern[str] | None, dict[str, float]]:
        """What to show as found, and what each find is worth: a longer word as much as the words in it together."""
        worth = {one.term: one.rarity for one in self._wording.wanted if one.term and one.field == "body"}
        worth = {**self._wording.others, **worth}
        if self._asked.letter:
            worth = {self._asked.letter: 1.0}
        phrases = [phrase.text for phrase in self._asked.phrases if phrase.exact and not phrase.banned]
        told = {word: sum(worth[part] for part in worth if part in word) for word in worth}
        return excerpts.pattern([*told, *phrases], self._wording.patterns), told

    def _hit(self, found: Found) -> Hit:
        page, (look, worth) = self._page(found), self._look
        told = excerpts.passage(page.texts.items(), look, worth)
        title = tuple(excerpts.spans(page.title, look))
        return Hit(page, round(found.score, 3), told.text, told.spans, told.place, title)

    def _read_as(self, typed: str, hits: Sequence[Hit]) -> str:
        """What a typed word was read as, as it is written in the best page that says so."""
        guess = self._wording.guessed[typed]
        look = re.compile("|".join(self._wording.looks.get(typed, [re.escape(guess)])))
        for hit in hits:
            for text in (hit.title, hit.excerpt, *hit.page.texts.values()):
                if found := look.search(fold(text)):
                    return text[found.start() : found.end()]
        return guess


def _holding(leaf: Leaf, phrase: Phrase) -> set[int]:
    """The pages of a leaf in which a phrase stands.

    Of pages that hold all its words _READ are read at most, the likeliest; and a few that seem to hold only some,
    because the ends of a phrase may be parts of longer words there.
    """
    words = [term.text for term in phrase.terms if term.kind not in ("stem", "piece")]
    whole = set.intersection(*(leaf.numbers(word, "body") for word in words))
    if not phrase.exact:
        return whole
    wanted = [Wanted(word, rarity(entry.pages if (entry := leaf.entry(word)) else 0, leaf.pages)) for word in words]
    _, likely = best([leaf], wanted, most=_READ, allowed=lambda _: None)
    numbers = [one.number for one in likely if one.number in whole]
    numbers += [one.number for one in likely if one.number not in whole][:_READ_BESIDE]
    return {number for number in numbers if _stands(phrase.text, leaf.page(number))}


def _stands(phrase: str, page: Page) -> bool:
    look = excerpts.exactly(phrase)
    return any(look.search(fold(text)) for _, text in page.passages())
