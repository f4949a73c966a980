"""The passage of a page that best matches a query, and where the words are in it. Pure; spans, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec import Struct

from fenji.text import HAN, fold, stem

_MAX_CELLS = 150  # terminal cells of an excerpt: about two lines
_MAX_LEAD = 24  # characters before the first match
_WIDE_CHARACTER = re.compile(f"[{HAN}\u3000-\u30ff\uff01-\uff60\uac00-\ud7a3]")
_SENTENCE_BREAKS = re.compile(r"[。！？；;\n]|[.!?](?=\s)")
_PART_NUMBER = re.compile(r"[A-Z0-9.]*\d[A-Z0-9.]*")

MatchSpan = tuple[int, int]


class Excerpt(Struct, frozen=True):
    """A passage of one text as written, with line ends as spaces. `spans` are the matches, as offsets into `text`."""

    field: str
    text: str
    spans: tuple[MatchSpan, ...] = ()


def compile_pattern(words: Iterable[str], patterns: Iterable[str] = ()) -> re.Pattern[str] | None:
    """Compile a pattern for folded text: words and phrases, longest first, part numbers with or without separators.

    `patterns` are further regular expressions, taken unchanged.
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
    """Compile a pattern that finds a folded phrase literally in folded text; a space matches any whitespace."""
    body = r"\s+".join(re.escape(part) for part in phrase.split())
    before = r"(?<![a-z0-9])" if phrase[0].isascii() and phrase[0].isalnum() else ""
    after = r"(?![a-z0-9])" if phrase[-1].isascii() and phrase[-1].isalnum() else ""
    return re.compile(before + body + after)


def find_spans(text: str, pattern: re.Pattern[str] | None) -> list[MatchSpan]:
    """Return where `pattern` matches in `text`, as character offsets into `text` itself."""
    return [match.span() for match in pattern.finditer(fold(text)) if match[0]] if pattern else []


def select_excerpt(
    texts: Iterable[tuple[str, str]], pattern: re.Pattern[str] | None, weights: Mapping[str, float]
) -> Excerpt:
    """Return the passage with the highest sum of `weights` (term → rarity); without a match, the beginning."""
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
    """Find the most significant stretch of a text; return its score and where its first match starts."""
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


def _is_inside_word(text: str, at: int) -> bool:
    """Whether a cut before `at` would split a word of an alphabetic script."""
    return 0 < at < len(text) and all(text[n].isalnum() and not _WIDE_CHARACTER.match(text[n]) for n in (at - 1, at))


def _cut_excerpt(field: str, text: str, start: int, matches: list[MatchSpan]) -> Excerpt:
    begin = max(0, start - _MAX_LEAD)
    breaks = [match.end() for match in _SENTENCE_BREAKS.finditer(text, begin, start)]
    begin = breaks[-1] if breaks else begin
    while begin < start and (text[begin].isspace() or _is_inside_word(text, begin)):
        begin += 1
    end, cells = begin, 0
    while end < len(text) and cells < _MAX_CELLS:
        cells += 2 if _WIDE_CHARACTER.match(text[end]) else 1
        end += 1
    last_match = max((last for _, last in matches if last <= end), default=begin)
    while end > last_match and _is_inside_word(text, end):
        end -= 1
    shown = ((first, last) for first, last in matches if first >= begin and last <= end)
    visible = tuple((first - begin, last - begin) for first, last in shown)
    return Excerpt(field, re.sub(r"\s", " ", text[begin:end]).rstrip(), visible)
