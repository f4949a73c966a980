"""The passage of a page that answers a question, and where the words stand in it. Pure; spans, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from fenji.analysis import HAN, fold, stem

_CELLS = 150  # a passage: about two lines of a terminal
_LEAD = 24  # characters kept before the first word at most
_WIDE = re.compile(f"[{HAN}\u3000-\u30ff\uff01-\uff60\uac00-\ud7a3]")
_BREAKS = re.compile(r"[。！？；;\n]|[.!?](?=\s)")
_CODE = re.compile(r"[A-Z0-9.]*\d[A-Z0-9.]*")

Span = tuple[int, int]


@dataclass(frozen=True)
class Passage:
    """A stretch of one text as it was written, line ends as blanks. `spans` count characters of `text`."""

    place: str
    text: str
    spans: tuple[Span, ...] = ()


def pattern(words: Iterable[str], patterns: Iterable[str] = ()) -> re.Pattern[str] | None:
    """What to look for in folded text: words and phrases, longest first, part numbers with or without separators.

    `patterns` are more things to look for, as they are.
    """
    looks = dict.fromkeys([_look(word) for word in sorted(words, key=len, reverse=True)])
    looks |= dict.fromkeys(patterns)
    return re.compile("|".join(looks)) if looks else None


def _look(word: str) -> str:
    if _CODE.fullmatch(word) and not word.isdecimal():
        joined = "[-_. ]*".join(re.escape(letter) for letter in word.lower())
        return rf"(?<![a-z0-9]){joined}"
    if word[0].isascii() and word[0].isalnum():
        return rf"(?<![a-z0-9]){re.escape(word).replace(chr(92) + ' ', chr(92) + 's+')}[a-z]{{0,4}}"
    return re.escape(word)


@lru_cache(maxsize=64)
def exactly(phrase: str) -> re.Pattern[str]:
    """What to look for in folded text when a (folded) phrase must stand as it is; blanks may be line ends."""
    body = r"\s+".join(re.escape(part) for part in phrase.split())
    before = r"(?<![a-z0-9])" if phrase[0].isascii() and phrase[0].isalnum() else ""
    after = r"(?![a-z0-9])" if phrase[-1].isascii() and phrase[-1].isalnum() else ""
    return re.compile(before + body + after)


def spans(text: str, look: re.Pattern[str] | None) -> list[Span]:
    """Where `look` matches in `text`, in characters of `text` itself."""
    return [found.span() for found in look.finditer(fold(text)) if found[0]] if look else []


def passage(texts: Iterable[tuple[str, str]], look: re.Pattern[str] | None, words: Mapping[str, float]) -> Passage:
    """The passage that holds most of what was asked, counted by `words` (term → how telling); else how it begins."""
    best: tuple[float, Passage] | None = None
    first: tuple[str, str] | None = None
    for place, text in texts:
        if not text:
            continue
        first = first or (place, text)
        places = spans(text, look)
        if not places:
            continue
        worth, start = _densest(text, places, words)
        if best is None or worth > best[0]:
            best = worth, _cut(place, text, start, places)
    if best:
        return best[1]
    return _cut(*first, 0, []) if first else Passage("", "")


def _densest(text: str, places: list[Span], words: Mapping[str, float]) -> tuple[float, int]:
    """The most telling stretch of a text: what it is worth, and the first of its spans."""
    folded = fold(text)
    worths = [(_root(folded[start:end]), start) for start, end in places]
    best = 0.0, places[0][0]
    for at, (_, start) in enumerate(worths):
        near = {word for word, begin in worths[at : at + 24] if begin - start < _CELLS // 2}
        worth = sum(words.get(word, 1.0) for word in near)
        if worth > best[0]:
            best = worth, start
    return best


def _root(word: str) -> str:
    return stem(word) if word.isascii() and word.isalpha() else word


def _cut(place: str, text: str, start: int, places: list[Span]) -> Passage:
    begin = max(0, start - _LEAD)
    breaks = [found.end() for found in _BREAKS.finditer(text, begin, start)]
    begin = breaks[-1] if breaks else (begin if begin > 0 else 0)
    while begin < start and text[begin].isspace():
        begin += 1
    end, cells = begin, 0
    while end < len(text) and cells < _CELLS:
        cells += 2 if _WIDE.match(text[end]) else 1
        end += 1
    inside = tuple((max(a, begin) - begin, b - begin) for a, b in places if a >= begin and b <= end)
    return Passage(place, re.sub(r"\s", " ", text[begin:end]).rstrip(), inside)
