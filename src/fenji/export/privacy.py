"""What of the requesters' persons is kept out of published texts. Pure.

A text is read as words: runs of Han characters, of letters, of digits. What is hidden is held without the blanks and
marks between its words, folded as in a search, so that script, case, accents and punctuation make no difference:
王曉明 and 王晓明, `Al-Otaibi`, `AL OTAIBI` and `alOtaibi`, `+966 50 123 4567` and `0501234567` are one each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from fenji.analysis import HAN, fold
from fenji.export.persons import CALLED, HONORIFICS, OFFICES, PARTICLES, SURNAMES, TITLES

if TYPE_CHECKING:
    from fenji.ticket import Ticket

MASK = "███"
_WORD = re.compile(rf"[{HAN}]+|[^\W\d_{HAN}]+|\d+")
_CHANGE = re.compile(r"(?<=[^\W\d_])(?=[^\W\d_])")  # between two letters
_ADDRESS = re.compile(r"[^\s,;/|<>()，；、（）]+@[^\s,;/|<>()，；、（）]+")
_NUMBER = re.compile(r"\d(?:[\s()./+-]{0,3}\d){4,}")  # five digits or more: a line that can be called
_TELLING = 7  # last digits of a call number that are enough to know it by
_GAP = 3  # characters between two words of one name
_HAN = re.compile(f"[{HAN}]")
_MEANING = "时于方包路车高米石金毛白边左成"  # surnames that mean something after 老 or 小
_WORK = tuple("作程艺具件业厂时况人序期频效装地")
_ASKED = re.compile(r"\b((?:requester|customer):)(?:\"[^\"]*\"?|\S+)", re.IGNORECASE)  # what a filter asks of them
_USUAL = re.compile(r"(?<![\w.@-])[a-z]{3,}(?![\w@])")
_TEXTS = ("title", "description", "cause", "decision", "solution", "lessons")


@dataclass(frozen=True)
class Hidden:
    """What is covered, folded: `names` whatever stands between their words, `words` by themselves, call `numbers`."""

    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()

    def __or__(self, other: Hidden) -> Hidden:
        return Hidden(self.names | other.names, self.words | other.words, self.numbers | other.numbers)

    @cached_property
    def _begins(self) -> frozenset[str]:
        return frozenset(one[:size] for one in (*self.names, *self.words) for size in (1, 2))

    @cached_property
    def _longest(self) -> int:
        return max(map(len, (*self.names, *self.words)), default=0)

    @cached_property
    def _tails(self) -> Mapping[str, str]:
        return {one[-_TELLING:]: one for one in sorted(self.numbers)}

    def cover(self, text: str) -> str:
        """The text with the mask in place of each thing that is hidden."""
        out: list[str] = []
        end = 0
        for begin, stop in sorted({*self._named(text), *self._called(text)}):
            if begin >= end:
                out += [text[end:begin], MASK]
            end = max(end, stop)
        return "".join((*out, text[end:]))

    def _named(self, text: str) -> Iterator[tuple[int, int]]:
        words = list(_words(text)) if self._begins else []
        for place, (begin, _, word) in enumerate(words):
            stop = self._reach(text, words, place) if word[:2] in self._begins else 0
            if stop:
                yield begin, stop
            elif len(word) > 2 and _is_han(word):
                yield from self._in_han(word, begin)

    def _reach(self, text: str, words: Sequence[tuple[int, int, str]], place: int) -> int:
        """Where the longest thing ends that begins with this word; 0 for none."""
        joined, before, close, found = "", words[place][0], True, 0
        for begin, end, word in words[place:]:
            gap = text[before:begin]
            close = close and not gap.strip("-'’_")
            joined += word
            if len(gap) > _GAP or len(joined) > self._longest:
                break
            if joined in self.names or (close and joined in self.words):
                found = end
            before = end
        return found

    def _in_han(self, run: str, begin: int) -> Iterator[tuple[int, int]]:
        """Chinese stands without blanks: any piece of a run may be a name."""
        for at in range(len(run) - 1):
            if run[at : at + 2] in self._begins:
                most = min(self._longest, len(run) - at)
                sizes = (size for size in range(most, 1, -1) if run[at : at + size] in self.words)
                size = next((one for one in sizes if not _other_word(run, at + one)), 0)
                if size:
                    yield begin + at, begin + at + size

    def _called(self, text: str) -> Iterator[tuple[int, int]]:
        for found in _NUMBER.finditer(text) if self.numbers else ():
            places = [place for place in range(*found.span()) if text[place].isdecimal()]
            digits = _digits(found[0])
            for at in range(max(1, len(digits) - _TELLING + 1)):
                number = self._tails.get(digits[at : at + _TELLING])
                if number:
                    yield places[_begun(digits, at, number)], places[min(at + _TELLING, len(places)) - 1] + 1


NOTHING = Hidden()


# --- what of a ticket is hidden ---------------------------------------------------------------------------------------


def of_ticket(ticket: Ticket) -> Hidden:
    """What is hidden in a requester's own ticket: all of the name and the contact, and a unit named in full."""
    contact = ticket.word("requester.contact")
    phrases = {_joined(one) for one in (contact, ticket.word("requester.unit")) if len(list(_words(one))) > 2}
    said = [one.strip("+") for one in contact.split()]
    phrases |= {
        _joined(f"{word}{said[at + 1]}") for at, word in enumerate(said[:-1]) if fold(word).strip(".:") in CALLED
    }
    names, words = _of_name(ticket.word("requester.name"))
    found = of_person(ticket) | Hidden(frozenset(names), frozenset(words), frozenset(_numbers(contact)))
    return found | Hidden(frozenset(one for one in phrases if len(one) > _GAP))


def of_person(ticket: Ticket) -> Hidden:
    """What tells a requester in any text: the full name, the proper names in it, addresses and long call numbers."""
    contact = ticket.word("requester.contact")
    names, words = _latin(ticket.word("requester.name"))
    for address in _ADDRESS.findall(contact):
        names.add(_joined(address))
        local = [word for _, _, word in _words(address.partition("@")[0])]
        (names if len(local) > 1 else words).update(one for one in ("".join(local),) if _telling(one))
    whole = {one for one in _han(ticket.word("requester.name")) if len(one) > 2 and one[0] in SURNAMES}
    numbers = {one for one in _numbers(contact) if len(one) >= _TELLING}
    return Hidden(frozenset(names), frozenset(words | whole), frozenset(numbers))


def of_all(tickets: Iterable[Ticket]) -> Hidden:
    """What is hidden in every text of a book: all that tells one of these requesters, but no word in common use.

    A single name that somewhere stands in small letters, as `mark` or `will`, is such a word.
    """
    held = list(tickets)
    each = {of_person(one) for one in held}
    found = Hidden(
        frozenset[str]().union(*(one.names for one in each)),
        frozenset[str]().union(*(one.words for one in each)),
        frozenset[str]().union(*(one.numbers for one in each)),
    )
    usual: set[str] = set()
    for one in held:
        for key in _TEXTS:
            usual.update(_USUAL.findall(one.word(key)))
    return Hidden(found.names, found.words - usual, found.numbers)


def covered_filter(words: str, tickets: Iterable[Ticket]) -> str:
    """Filter words as the first page names them: without what they say of these requesters."""
    held = list(tickets) if words else []
    for one in held:
        words = of_ticket(one).cover(words)
    return _ASKED.sub(rf"\1{MASK}", words) if held else words


def _of_name(name: str) -> tuple[set[str], set[str]]:
    """In the own ticket a Chinese name is hidden in whatever form it is said: 王小明 also as 小明, 王工 and 老王."""
    names, words = _latin(name)
    for one in _han(name):
        words.add(one)
        if one[0] in SURNAMES and (one[1:] in TITLES or len(one) < 5):
            words |= {one[0] + title for title in TITLES}
            words |= {before + one[0] for before in "老小" if one[0] not in _MEANING}
            words |= {one[1:]} if len(one) == 3 and one[1:] not in TITLES else set()
    return names, words


def _han(name: str) -> list[str]:
    """The Chinese name: the last word, after an office (試驗室 何工); none where a Latin word stands last."""
    words = [word for _, _, word in _words(name)]
    return words[-1:] if words and _is_han(words[-1]) and len(words[-1]) > 1 else []


def _latin(name: str) -> tuple[set[str], set[str]]:
    """Latin names: those of several words, and each word by itself. Offices are none."""
    said = [one for one in re.split(r"[\s,;()（），]+", name) if one]
    titled = [place for place, one in enumerate(said) if fold(one).strip(".") in HONORIFICS]
    rest = said[titled[-1] + 1 :] if titled else said
    proper = [one for place, one in enumerate(rest or said) if _proper(one) or (titled and rest and not place)]
    proper = [one for one in proper if fold(one).strip(".") not in HONORIFICS]
    names = {_joined(" ".join(proper))} if len(proper) > 1 else set[str]()
    names |= {_joined(said[titled[-1]] + one) for one in proper[:1] if titled}
    names |= {joined for one in proper if (joined := _joined(one)) and len(list(_words(one))) > 1}
    pieces = {word for one in proper for _, _, word in _words(one)}
    return {one for one in names if len(one) > 2}, {one for one in pieces if _telling(one)}


def _proper(word: str) -> bool:
    """Whether a word of a name is neither an office nor Chinese."""
    pieces = [piece for _, _, piece in _words(word)]
    return any(piece not in OFFICES and piece.isalpha() and not _is_han(piece) for piece in pieces)


def _telling(word: str) -> bool:
    """Whether a word says by itself who is meant."""
    return len(word) > 2 and word.isalpha() and not _is_han(word) and word not in PARTICLES | OFFICES | CALLED


def _numbers(contact: str) -> Iterator[str]:
    yield from (_digits(found[0]) for found in _NUMBER.finditer(contact))


# --- reading texts ----------------------------------------------------------------------------------------------------


def _words(text: str) -> Iterator[tuple[int, int, str]]:
    """The words of a text with their places, folded; a capital after a small letter begins a word: `MrAbdullah`."""
    folded = fold(text)
    for found in _WORD.finditer(text):
        begin, end = found.span()
        run = found[0]
        inner = () if run.islower() or run[1:].islower() or run.isupper() else _CHANGE.finditer(run)
        for at in (found.start() + one.start() for one in inner):
            if text[at - 1].islower() and text[at].isupper():
                yield begin, at, folded[begin:at]
                begin = at
        yield begin, end, folded[begin:end]


def _joined(text: str) -> str:
    return "".join(word for _, _, word in _words(text))


def _is_han(word: str) -> bool:
    return bool(_HAN.match(word))


def _other_word(run: str, end: int) -> bool:
    """Whether 工 at the end of what was found belongs to the next word: 任何工作 names no 何工."""
    return run[end - 1] == "工" and run[end : end + 1] in _WORK


def _digits(text: str) -> str:
    return "".join(str(int(one)) for one in text if one.isdecimal())


def _begun(digits: str, at: int, number: str) -> int:
    """Where a call number begins whose last digits were found at `at`: with its country, or with zeros for it."""
    back = len(number) - _TELLING
    while at and back > 0 and digits[at - 1] == number[back - 1]:
        at, back = at - 1, back - 1
    while at and digits[at - 1] == "0":
        at -= 1
    return at
