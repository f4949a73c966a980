"""Text → terms, the same for what is searched and for what is typed. Pure: text in, values out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from fenji.analysis.folding import fold
from fenji.analysis.stemming import stem
from fenji.analysis.vocabulary import STOP_WORDS, SYNONYMS, UNITS

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# A run of Han characters, or letters and digits that may be joined: XJ-4411, 3.5kw, e-mail, err_17.
_RUNS = re.compile(rf"([{HAN}]+)|([^\W_{HAN}]+(?:[-_.·]+[^\W_{HAN}]+)*)")
_JOINTS = re.compile(r"[-_·]+|(?<!\d)\.+|\.+(?!\d)")
_BORDERS = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)*")
_PARTS = re.compile(r"[^\W_]+(?:(?<=\d)\.\d+[^\W_]*)*")
_MIXED = re.compile(r"\d[^\W\d_]|[^\W\d_]\d")
_NUMBER = re.compile(r"\d{3,}[a-z]?")
_LONGEST = 80  # characters of a run without blanks: more is no word
_DIGIT = re.compile(r"\d")


class Term(NamedTuple):
    """A term and the place in the text that it stands for.

    Words are in small letters and simplified script, part numbers in capitals without separators. `kind` is word,
    stem, code (part number), piece (of a part number), pair (of Han characters that make no known word), character or
    synonym.
    """

    text: str
    start: int
    end: int
    kind: str


def terms(text: str) -> list[Term]:
    """The terms of `text` in reading order, without stop words. Offsets count characters of `text`."""
    folded = fold(text)
    found: list[Term] = []
    latin: Term | None = None
    for run in _RUNS.finditer(folded):
        start, end = run.span()
        if run[1]:
            found += _han(run[1], start)
            latin = None
            continue
        if latin and folded[latin.end : start] == " ":
            found += _spaced(latin, run[2], end)
        found += _latin(run[2][:_LONGEST], start)
        latin = Term(run[2], start, end, "word")
    return found


# --- Han ----------------------------------------------------------------------------------------------------------


def _han(run: str, offset: int) -> Iterator[Term]:
    """Dictionary words with the shorter words in them; neighbours that make no word in pairs, or alone."""
    if len(run) == 1:
        yield from _characters(run, offset)
        return
    import rjieba  # its dictionary takes 0.15 s to load: not for a board that is only looked at

    alone = last = 0  # the neighbours that make no known word: run[alone:last]
    for word, start, end in rjieba.tokenize(run, mode="search", hmm=False):
        lonely = end - start == 1 and word not in STOP_WORDS
        if alone < last and not (lonely and start == last):
            yield from _characters(run[alone:last], offset + alone)
            alone = last
        if lonely:
            alone, last = (alone if start == last and alone < last else start), end
        elif word not in STOP_WORDS:
            yield Term(word, offset + start, offset + end, "word")
            if word in SYNONYMS:
                yield Term(SYNONYMS[word], offset + start, offset + end, "synonym")
    if alone < last:
        yield from _characters(run[alone:last], offset + alone)


def _characters(run: str, offset: int) -> Iterator[Term]:
    if len(run) == 1:
        yield Term(run, offset, offset + 1, "character")
    for at in range(len(run) - 1):
        pair = run[at : at + 2]
        yield Term(pair, offset + at, offset + at + 2, "pair")
        if pair in SYNONYMS:
            yield Term(SYNONYMS[pair], offset + at, offset + at + 2, "synonym")


# --- letters and digits ------------------------------------------------------------------------------------------


def _latin(run: str, start: int) -> Iterator[Term]:
    digits = _DIGIT.search(run)
    if not digits:
        yield from _words(run, start)
    elif run.isdecimal():
        yield Term(run, start, start + len(run), "word")
    else:
        yield Term(code(run), start, start + len(run), "code")
        yield from _pieces(run, start)


def _words(run: str, start: int) -> Iterator[Term]:
    end = start
    parts = _JOINTS.split(run) if not run.isalpha() else [run]
    for part in parts:
        begin = run.index(part, end - start) + start
        end = begin + len(part)
        if part not in STOP_WORDS:
            yield Term(part, begin, end, "word")
            root = stem(part) if part.isascii() else part
            if root != part:
                yield Term(root, begin, end, "stem")
    if len(parts) > 1:
        yield Term("".join(parts), start, start + len(run), "word")


def _pieces(run: str, start: int) -> Iterator[Term]:
    """What a part number is made of: between its separators, and between letters and digits; two characters or more."""
    seen = {code(run)}
    for pattern in (_PARTS, _BORDERS):
        for piece in pattern.finditer(run):
            text = code(piece[0]) if _MIXED.search(piece[0]) else piece[0]
            if len(text) > 1 and text not in seen and text not in STOP_WORDS:
                seen.add(text)
                yield Term(text, start + piece.start(), start + piece.end(), "piece")


def _spaced(before: Term, run: str, end: int) -> Iterator[Term]:
    """A number and its unit, or letters and a number, written apart: `3.5 kW`, `XJ 4411`."""
    number, letters = before.text[0].isdecimal(), before.text.isalpha()
    unit = number and run in UNITS
    part = letters and len(before.text) <= 3 and before.text not in STOP_WORDS and _NUMBER.fullmatch(run)
    if unit or part:
        yield Term(code(before.text + run), before.start, end, "code")


def code(text: str) -> str:
    """A part number as it is compared: `xj-4411` → `XJ4411`, `3.5kW` → `3.5KW`."""
    return _JOINTS.sub("", fold(text)).replace(" ", "").upper()
