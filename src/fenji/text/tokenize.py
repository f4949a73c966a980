"""Text → terms, the same for indexing and querying. Pure: text in, values out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from fenji.text.fold import MARKS, fold, spell_out
from fenji.text.stem import stem
from fenji.text.tables import STOP_WORDS, UNITS, WEAK_CHARACTERS

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_compile = cache(re.compile)  # only when needed: the two patterns with large character ranges take 3 ms each
_HAN = f"[{HAN}]+"
# Letters and digits that may be joined: XJ-4411, 3.5kw, e-mail, err_17.
LETTER_LIKE = "\u2100-\u214f\u3300-\u33ff"  # ㎏, ㌔, ℡ and the like count as letters
_LETTER = rf"(?:[^\W_{HAN}]|[{LETTER_LIKE}])"
_RUNS = rf"{_LETTER}(?:{_LETTER}|[{MARKS}])*(?:[-_.·]+(?:{_LETTER}|[{MARKS}])+)*"
_SEPARATORS = re.compile(r"[-_·]+|(?<!\d)\.+|\.+(?!\d)")
_LETTERS_OR_DIGITS = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)*")
_PARTS = re.compile(r"[^\W_]+(?:(?<=\d)\.\d+[^\W_]*)*")
_MIXED = re.compile(r"\d[^\W\d_]|[^\W\d_]\d")
_NUMBER = re.compile(r"\d{3,}[a-z]?")
_SKIPPED = STOP_WORDS | {"\n"}
_MAX_RUN = 80  # characters used of a run without spaces; no word is longer
_LETTERS = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")


class Term(NamedTuple):
    """A term and its range in the text.

    Words are in lower case and simplified script, part numbers in capitals without separators. `kind` is word, stem,
    code (part number), piece (of a part number), pair (of Han characters that make no known word) or character.
    """

    text: str
    start: int
    end: int
    kind: str


RawTerm = tuple[str, int, int, str]  # a Term as a plain tuple, because indexing makes hundreds for every ticket

# Kinds of terms that only repeat another term at the same position, and do not count towards the length of a text.
_ECHOES = frozenset({"stem", "piece"})


def tokenize(text: str) -> list[Term]:
    """Return the terms of `text` in reading order, without stop words; offsets are in characters of `text`."""
    return sorted((Term._make(raw) for raw in _split(text)), key=lambda term: term.start)


def count_terms(text: str) -> tuple[int, Counter[str]]:
    """Return the number of words in `text`, and how often each of its terms occurs."""
    raw_terms = _split(text)
    return sum([raw[3] not in _ECHOES for raw in raw_terms]), Counter([raw[0] for raw in raw_terms])


def _split(text: str) -> list[RawTerm]:
    folded = fold(text)
    raw_terms: list[RawTerm] = []
    _add_han(folded, raw_terms)
    previous, ended = "", 0  # the last run of letters and digits, and where it ended
    for run in _compile(_RUNS).finditer(folded):
        start, end = run.span()
        letters = spell_out(typed := run[0][:_MAX_RUN])
        if previous and start == ended + 1 and folded[ended] == " " and _belong_together(previous, letters):
            raw_terms.append((fold_code(previous + letters), ended - len(previous), end, "code"))
        if len(letters) == len(typed):
            _add_latin(letters, start, raw_terms)
        else:  # spelling out moved the letters, so the terms get the range of the whole run
            terms: list[RawTerm] = []
            _add_latin(letters, 0, terms)
            raw_terms += [(text, start, end, kind) for text, _, _, kind in terms]
        previous, ended = letters, end
    return raw_terms


# --- Han ----------------------------------------------------------------------------------------------------------


def _add_han(folded: str, raw_terms: list[RawTerm]) -> None:
    """Add dictionary words and the shorter words within them; other characters in pairs, or singly."""
    runs = list(_compile(_HAN).finditer(folded))
    if max((run.end() - run.start() for run in runs), default=0) < 2:
        for run in runs:
            _add_unknown(run[0], run.start(), raw_terms)
        return
    import rjieba  # its dictionary takes 0.15 s to load, which merely showing a board should not pay

    # One call for all runs, each on its own line; `shift` converts an offset in these lines to one in the text.
    lines = "\n".join([run[0] for run in runs]) + "\n"
    starts = iter(runs)
    shift = next(starts).start()
    unknown_start = unknown_end = 0  # neighbours that make no known word: lines[unknown_start:unknown_end]
    for word, start, end in rjieba.tokenize(lines, mode="search", hmm=False):
        if end - start == 1 and word not in _SKIPPED:
            unknown_start, unknown_end = (unknown_start if unknown_start < unknown_end else start), end
            continue
        if unknown_start < unknown_end:
            _add_unknown(lines[unknown_start:unknown_end], unknown_start + shift, raw_terms)
            unknown_start = unknown_end
        if word == "\n":
            shift = next((run.start() - end for run in starts), 0)
        elif word not in STOP_WORDS:
            raw_terms.append((word, start + shift, end + shift, "word"))


def _add_unknown(run: str, offset: int, raw_terms: list[RawTerm]) -> None:
    if len(run) == 1:
        if run not in STOP_WORDS and run not in WEAK_CHARACTERS:
            raw_terms.append((run, offset, offset + 1, "character"))
        return
    raw_terms += [(run[at : at + 2], offset + at, offset + at + 2, "pair") for at in range(len(run) - 1)]


# --- letters and digits ------------------------------------------------------------------------------------------


def _add_latin(run: str, start: int, raw_terms: list[RawTerm]) -> None:
    if run.isdecimal():
        raw_terms.append((run, start, start + len(run), "word"))
    elif _DIGIT.search(run):
        raw_terms.append((fold_code(run), start, start + len(run), "code"))
        raw_terms += _split_code(run, start)
    elif run.isalpha():
        _add_word(run, start, raw_terms)
    else:
        for part in _LETTERS.finditer(run):
            _add_word(part[0], start + part.start(), raw_terms)
        raw_terms.append((_SEPARATORS.sub("", run), start, start + len(run), "word"))


def _add_word(word: str, start: int, raw_terms: list[RawTerm]) -> None:
    if word in STOP_WORDS:
        return
    end = start + len(word)
    raw_terms.append((word, start, end, "word"))
    root = stem(word) if word.isascii() else word
    if root != word:
        raw_terms.append((root, start, end, "stem"))


def _split_code(run: str, start: int) -> Iterator[RawTerm]:
    """Yield the pieces of a part number of two characters or more, split at separators and at letters and digits."""
    seen = {fold_code(run)}
    for pattern in (_PARTS, _LETTERS_OR_DIGITS):
        for piece in pattern.finditer(run):
            text = fold_code(piece[0]) if _MIXED.search(piece[0]) else piece[0]
            if len(text) > 1 and text not in seen and text not in STOP_WORDS:
                seen.add(text)
                yield text, start + piece.start(), start + piece.end(), "piece"


def _belong_together(previous: str, run: str) -> bool:
    """Tell whether two runs belong together: a number and its unit (3.5 kW), letters and a number (XJ 4411)."""
    if previous[0].isdecimal():
        return run in UNITS
    short = len(previous) <= 3 and previous.isalpha() and previous not in STOP_WORDS
    return short and bool(_NUMBER.fullmatch(run))


def fold_code(text: str) -> str:
    """Fold a part number for comparison: `xj-4411` → `XJ4411`, `3.5kW` → `3.5KW`."""
    return _SEPARATORS.sub("", fold(text)).replace(" ", "").upper()
