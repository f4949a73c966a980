"""What is looked for: the words of a question with their rarity, other words for the same thing, and kindred.

Guesses are made for what stands nowhere: a Latin word may be pinyin or misspelt, a Chinese one misheard. They count
less than what was typed, and what they were read as is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from fenji.analysis import HAN, Term, pinyin, stem
from fenji.analysis.vocabulary import STOP_WORDS
from fenji.handbook import kindred
from fenji.handbook.alike import slots
from fenji.handbook.clauses import Way
from fenji.handbook.kindred import Vocabulary
from fenji.handbook.scoring import Wanted, rarity

if TYPE_CHECKING:
    from fenji.analysis.pinyin import Spelling
    from fenji.handbook.alike import Alike
    from fenji.handbook.leaves import Leaf
    from fenji.handbook.questions import Question

_NEAR = 0.6  # how much a guessed word counts against a typed one …
_UNSURE = 0.3  # … where the typed one stands somewhere too
_SAME = 0.8  # how much another word for the same thing counts against the typed one
_NUMBER = 3.0  # how much the number of a ticket or part counts against a word
_NUMBERED = ("code", "part")  # fields that hold numbers whole
_CODED = ("body", *_NUMBERED)
_RARE = 3  # pages up to which a Latin word may be pinyin all the same …
_RARE_SHARE = 2000  # … and one more for so many pages
_MISSPELT = 5  # letters of a word that is looked for with another letter
_MOST_STRANGE = 8  # unknown Chinese words that are looked after
_LATIN = re.compile(r"(?<![a-z0-9_.-])[a-z]+(?:[ '’][a-z]+)*(?![a-z0-9_-]|\.[a-z0-9])")
_HAN = re.compile(f"[{HAN}]{{2,4}}")


class Wording:
    """The words of one question, as the leaves of one state of the index know them.

    `guessed` has what typed words were read as, and `patterns` for pinyin what its characters look like.
    """

    def __init__(self, leaves: Sequence[Leaf], asked: Question, alike: Alike) -> None:
        self._leaves, self._asked, self._groups = leaves, asked, alike
        self._alike = alike.found(asked.text, asked.words)
        self.vocabulary = Vocabulary(leaves)
        self.pages = sum(leaf.pages for leaf in leaves)
        self.guessed: dict[str, str] = {}
        self.patterns: dict[str, float] = {}  # and how telling each is
        self.looks: dict[str, list[str]] = {}  # the patterns of each word that is pinyin
        self.wanted: tuple[Wanted, ...] = tuple(self._wanted())

    @cached_property
    def others(self) -> dict[str, float]:
        """The other words for what was typed, and how telling each is."""
        found: dict[str, float] = {}
        for (start, end), words in self._alike.items():
            worth = self.rarity(self._asked.text[start:end])
            found |= {word: _SAME * worth for word in words if self._says(word)}
        return found

    def rarity(self, term: str, field: str = "body") -> float:
        """How telling a term is."""
        return rarity(self.count(term, field), self.pages)

    def count(self, term: str, field: str = "body") -> int:
        """How many pages hold a term."""
        return self.vocabulary.count(term, field)

    def _wanted(self) -> Iterator[Wanted]:
        asked = self._asked
        phrased = [term for phrase in asked.phrases if not phrase.banned for term in phrase.terms]
        for term in dict.fromkeys([*self._without_pieces(), *phrased]):
            yield self._typed(term)
            held = [one for one in _NUMBERED if term.kind == "code" and self.count(term.text, one)]
            yield from (Wanted(term.text, _NUMBER * self.rarity(term.text, one), one) for one in held)
        yield from self._otherwise()
        if asked.letter:
            yield from self._any_of(kindred.kindred(self._leaves, asked.letter), share=1.0)
        endings: list[str] = []
        for field in _CODED if asked.unfinished else ():
            found = kindred.endings(self._leaves, asked.unfinished, field)
            endings += found
            yield from self._any_of(found, field)
        yield from self._pinyin(typing=bool(asked.unfinished), endings=endings)
        yield from self._misspelt(known=asked.unfinished if endings else "")
        yield from self._misheard()

    # --- what was typed -----------------------------------------------------------------------------------------------

    def _without_pieces(self) -> list[Term]:
        """The words without the pieces of those numbers that some page holds whole."""
        words = self._asked.words
        whole = [at for at in words if at.kind == "code" and any(self.count(at.text, one) for one in _CODED)]
        inside = {(at.start, at.end) for at in words for one in whole if one.start <= at.start and at.end <= one.end}
        return [term for term in words if term.kind == "code" or (term.start, term.end) not in inside]

    def _typed(self, term: Term) -> Wanted:
        """A term, with the other words for it where it is one of a group. Of an inflected word the stem has them."""
        place = (term.start, term.end)
        stems = {(one.start, one.end) for one in self._asked.words if one.kind == "stem"}
        others = self._alike.get(place, ()) if term in self._asked.words else ()
        if not others or (place in stems) != (term.kind == "stem"):
            return Wanted(term.text, self.rarity(term.text))
        count = self.count(term.text)
        ways, all_ = self._ways(others, count)
        own = rarity(count or all_, self.pages)
        share = _SAME * min(1.0, rarity(all_, self.pages) / own) if own else _SAME
        return Wanted(term.text, own, ways=tuple(way._replace(share=share) for way in ways))

    def _otherwise(self) -> Iterator[Wanted]:
        """Words of a group that are several terms as they were typed (spare part): the other words for them."""
        terms = {(one.start, one.end) for one in self._asked.words}
        for place, others in self._alike.items():
            if place in terms:
                continue
            inside = [one for one in self._asked.words if place[0] <= one.start and one.end <= place[1]]
            ways, all_ = self._ways(others, 0)
            whole = sum(self.rarity(one.text) for one in inside if one.kind in ("word", "pair", "code", "character"))
            if ways:
                yield Wanted("", _SAME * min(whole, 2 * rarity(all_, self.pages)), ways=tuple(ways))

    def _ways(self, others: Iterable[str], count: int) -> tuple[list[Way], int]:
        """The other words that pages say, and how many pages say any of them, at most."""
        ways = [Way(slots(word)) for word in others if self._says(word)]
        return ways, count + sum(min(self.count(one) for (one,) in way.slots) for way in ways)

    def _says(self, word: str) -> bool:
        return bool(slots(word)) and all(self.count(one) for (one,) in slots(word))

    def _any_of(self, words: Sequence[str], field: str = "body", *, share: float = _NEAR) -> list[Wanted]:
        """Words that stand for one typed word: together as telling as all of them are."""
        pages = sum(self.count(word, field) for word in words)
        return [Wanted(word, share * rarity(pages, self.pages), field) for word in words]

    # --- guesses ------------------------------------------------------------------------------------------------------

    def _rare(self, word: str) -> bool:
        """Whether a Latin word stands in so few pages that it may mean something else."""
        return max(self.count(word), self.count(stem(word))) <= _RARE + self.pages // _RARE_SHARE

    def _known(self, word: str) -> bool:
        return bool(self.count(word) or self.count(stem(word)))

    def _latin(self) -> list[list[str]]:
        """The Latin words of the question that stand side by side."""
        return [re.split("[ '’]", run[0]) for run in _LATIN.finditer(self._asked.text)]

    def _pinyin(self, *, typing: bool, endings: Sequence[str]) -> Iterator[Wanted]:
        """Chinese words that Latin ones spell: `beijian`, `bei jian`, `bj`; not for words that are no rarity here."""
        last = self._asked.unfinished
        for words in self._latin():
            for run in kindred.runs(words):
                typed, known = " ".join(run), all(map(self._known, run)) or bool(endings and run[-1] == last)
                if not any(map(self._rare, run)) or set(run) <= STOP_WORDS:
                    continue
                goes_on = typing and run[-1] == last
                for spelling in pinyin.spellings("".join(run)):
                    if not known or pinyin.short(spelling) <= goes_on:
                        open_ = pinyin.unfinished(spelling) if goes_on else spelling
                        yield from self._spelt(typed, open_, _UNSURE if known else _NEAR)

    def _spelt(self, typed: str, spelling: Spelling, share: float) -> Iterator[Wanted]:
        ways = kindred.ways(self.vocabulary, spelling)
        look = pinyin.looks(spelling)
        if not ways:  # a word that only stands here by another name
            others = [word for word in self._groups.read_as(spelling) if self._says(word)]
            ways, look = [slots(word) for word in others], "|".join(map(re.escape, others))
        if not ways:
            return
        most = sum(min(sum(map(self.count, slot)) for slot in one) for one in ways)
        worth = rarity(most, self.pages)
        self.patterns[look] = worth
        self.looks.setdefault(typed, []).append(look)
        self.guessed.setdefault(typed, " ".join(slot[0] for slot in ways[0]))
        yield Wanted("", share * worth, ways=tuple(Way(one) for one in ways))

    def _misspelt(self, *, known: str) -> Iterator[Wanted]:
        """Words one letter away from typed Latin words that stand nowhere; the most frequent of each is told."""
        spelt = {word for typed in self.guessed for word in typed.split(" ")}
        for term in self._asked.words:
            word = term.text
            latin = term.kind == "word" and word.isascii() and word.isalpha() and len(word) >= _MISSPELT
            if not latin or word == known or word in spelt or self._known(word):
                continue
            near = {one: count for one in kindred.one_away(word) if (count := self.count(one))}
            if near:
                self.guessed[word] = max(near, key=lambda one: (near[one], one))
                yield from self._any_of(sorted(near))

    def _misheard(self) -> Iterator[Wanted]:
        """Chinese words that sound or look like typed ones which stand nowhere; the most frequent of each is told."""
        words = self._asked.words
        known = [one for one in words if one.kind != "character" and self._stands(one)]
        strange = [one for one in words if _HAN.fullmatch(one.text) and not self._stands(one)]
        strange = [one for one in strange if not _covered(one, known)]
        for term in strange if len(strange) <= _MOST_STRANGE else ():
            near = kindred.misheard(self.vocabulary, term.text)
            if near:
                self.guessed[term.text] = near[0]
                yield from self._any_of(near)

    def _stands(self, term: Term) -> bool:
        return bool(self.count(term.text)) or any(map(self._says, self._alike.get((term.start, term.end), ())))


def _covered(term: Term, known: Iterable[Term]) -> bool:
    """Whether every character of a term belongs to a word that is known."""
    places = {at for one in known for at in range(one.start, one.end)}
    return places >= set(range(term.start, term.end))
