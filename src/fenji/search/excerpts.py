"""The passage of a page that answers a question, and where the words stand in it. Pure; spans, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from fenji.text import HAN, fold, stem

_MAX_CELLS = 150  # a passage: about two lines of a terminal
_MAX_LEAD = 24  # characters kept before the first word at most
_WIDE_CHARACTER = re.compile(f"[{HAN}\u3000-\u30ff\uff01-\uff60\uac00-\ud7a3]")
_SENTENCE_BREAKS = re.compile(r"[。！？；;\n]|[.!?](?=\s)")
_PART_NUMBER = re.compile(r"[A-Z0-9.]*\d[A-Z0-9.]*")

MatchSpan = tuple[int, int]


@dataclass(frozen=True)
class Excerpt:
    """A stretch of one text as it was written, line ends as blanks. `spans` count characters of `text`."""

    field: str
    text: str
    spans: tuple[MatchSpan, ...] = ()


def compile_pattern(words: Iterable[str], patterns: Iterable[str] = ()) -> re.Pattern[str] | None:
    """What to look for in folded text: words and phrases, longest first, part numbers with or without separators.

    `patterns` are more things to look for, as they are.
    """
    alternatives = dict.fromkeys([_word_pattern(word) for word in sorted(words, key=len, reverse=True)])
    alternatives |= dict.fromkeys(patterns)
    return re.compile("|".join(alternatives)) if alternatives else None


def _word_pattern(word: str) -> str:
    if _PART_NUMBER.fullmatch(word) and not word.isdecimal():
        joined = "[-_. ]*".join(re.escape(letter) for letter in word.lower())
        return rf"(?<![a-z0-9]){joined}"
    if word[0].isascii() and word[0].isalnum():
        return rf"(?<![a-z0-9]){re.escape(word).replace(chr(92) + ' ', chr(92) + 's+')}[a-z]{{0,4}}"
    return re.escape(word)


@lru_cache(maxsize=64)
def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """What to look for in folded text when a (folded) phrase must stand as it is; blanks may be line ends."""
    body = r"\s+".join(re.escape(part) for part in phrase.split())
    before = r"(?<![a-z0-9])" if phrase[0].isascii() and phrase[0].isalnum() else ""
    after = r"(?![a-z0-9])" if phrase[-1].isascii() and phrase[-1].isalnum() else ""
    return re.compile(before + body + after)


def find_spans(text: str, pattern: re.Pattern[str] | None) -> list[MatchSpan]:
    """Where `look` matches in `text`, in characters of `text` itself."""
    return [match.span() for match in pattern.finditer(fold(text)) if match[0]] if pattern else []


def select_excerpt(
    texts: Iterable[tuple[str, str]], pattern: re.Pattern[str] | None, weights: Mapping[str, float]
) -> Excerpt:
    """The passage that holds most of what was asked, counted by `words` (term → how telling); else how it begins."""
    best: tuple[float, Excerpt] | None = None
    first: tuple[str, str] | None = None
    for field, text in texts:
        if not text:
            continue
        first = first or (field, text)
        matches = find_spans(text, pattern)
        if not matches:
            continue
        score, start = _find_densest(text, matches, weights)
        if best is None or score > best[0]:
            best = score, _cut_excerpt(field, text, start, matches)
    if best:
        return best[1]
    return _cut_excerpt(*first, 0, []) if first else Excerpt("", "")


def _find_densest(text: str, matches: list[MatchSpan], weights: Mapping[str, float]) -> tuple[float, int]:
    """The most telling stretch of a text: what it is worth, and the first of its spans."""
    folded = fold(text)
    matched_words = [(_stem_word(folded[start:end]), start) for start, end in matches]
    best = 0.0, matches[0][0]
    for at, (_, start) in enumerate(matched_words):
        nearby = {word for word, begin in matched_words[at : at + 24] if begin - start < _MAX_CELLS // 2}
        score = sum(weights.get(word, 1.0) for word in nearby)
        if score > best[0]:
            best = score, start
    return best


def _stem_word(word: str) -> str:
    return stem(word) if word.isascii() and word.isalpha() else word


def _cut_excerpt(field: str, text: str, start: int, matches: list[MatchSpan]) -> Excerpt:
    begin = max(0, start - _MAX_LEAD)
    breaks = [match.end() for match in _SENTENCE_BREAKS.finditer(text, begin, start)]
    begin = breaks[-1] if breaks else (begin if begin > 0 else 0)
    while begin < start and text[begin].isspace():
        begin += 1
    end, cells = begin, 0
    while end < len(text) and cells < _MAX_CELLS:
        cells += 2 if _WIDE_CHARACTER.match(text[end]) else 1
        end += 1
    visible = tuple(
        (max(match_start, begin) - begin, match_end - begin)
        for match_start, match_end in matches
        if match_start >= begin and match_end <= end
    )
    return Excerpt(field, re.sub(r"\s", " ", text[begin:end]).rstrip(), visible)
