"""Text → terms, the same for what is searched and for what is typed. Pure: text in, values out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from fenji.analysis.folding import fold
from fenji.analysis.stemming import stem
from fenji.analysis.vocabulary import FAINT, STOP_WORDS, UNITS

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN = re.compile(f"[{HAN}]+")
# Letters and digits that may be joined: XJ-4411, 3.5kw, e-mail, err_17.
_RUNS = re.compile(rf"[^\W_{HAN}]+(?:[-_.·]+[^\W_{HAN}]+)*")
_JOINTS = re.compile(r"[-_·]+|(?<!\d)\.+|\.+(?!\d)")
_BORDERS = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)*")
_PARTS = re.compile(r"[^\W_]+(?:(?<=\d)\.\d+[^\W_]*)*")
_MIXED = re.compile(r"\d[^\W\d_]|[^\W\d_]\d")
_NUMBER = re.compile(r"\d{3,}[a-z]?")
_NOTHING = STOP_WORDS | {"\n"}
_LONGEST = 80  # characters of a run without blanks: more is no word
_LETTERS = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")


class Term(NamedTuple):
    """A term and the place in the text that it stands for.

    Words are in small letters and simplified script, part numbers in capitals without separators. `kind` is word,
    stem, code (part number), piece (of a part number), pair (of Han characters that make no known word) or character.
    """

    text: str
    start: int
    end: int
    kind: str


Raw = tuple[str, int, int, str]  # a term before it has names: hundreds are made for every ticket that is indexed

# Terms that repeat what another term of the same place says: no part of the length of a text.
_ECHOES = frozenset({"stem", "piece"})


def terms(text: str) -> list[Term]:
    """The terms of `text` in reading order, without stop words. Offsets count characters of `text`."""
    return sorted((Term._make(one) for one in _split(text)), key=lambda one: one.start)


def tally(text: str) -> tuple[int, Counter[str]]:
    """How many words `text` has, and how often each of its terms stands in it."""
    found = _split(text)
    return sum([one[3] not in _ECHOES for one in found]), Counter([one[0] for one in found])


def _split(text: str) -> list[Raw]:
    folded = fold(text)
    found: list[Raw] = []
    _han(folded, found)
    before, ended = "", 0  # the last run of letters and digits, and where it ended
    for run in _RUNS.finditer(folded):
        start, end = run.span()
        letters = run[0][:_LONGEST]
        if before and start == ended + 1 and folded[ended] == " " and _belong(before, letters):
            found.append((code(before + letters), ended - len(before), end, "code"))
        _latin(letters, start, found)
        before, ended = letters, end
    return found


# --- Han ----------------------------------------------------------------------------------------------------------


def _han(folded: str, found: list[Raw]) -> None:
    """Dictionary words with the shorter words in them; neighbours that make no word in pairs, or alone."""
    runs = list(_HAN.finditer(folded))
    if max((run.end() - run.start() for run in runs), default=0) < 2:
        for run in runs:
            _strangers(run[0], run.start(), found)
        return
    import rjieba  # its dictionary takes 0.15 s to load: not for a board that is only looked at

    # One call for all runs, a line each; `shift` leads from a place in these lines to the place in the text.
    lines = "\n".join([run[0] for run in runs]) + "\n"
    starts = iter(runs)
    shift = next(starts).start()
    alone = last = 0  # the neighbours that make no known word: lines[alone:last]
    for word, start, end in rjieba.tokenize(lines, mode="search", hmm=False):
        if end - start == 1 and word not in _NOTHING:
            alone, last = (alone if alone < last else start), end
            continue
        if alone < last:
            _strangers(lines[alone:last], alone + shift, found)
            alone = last
        if word == "\n":
            shift = next((run.start() - end for run in starts), 0)
        elif word not in STOP_WORDS:
            found.append((word, start + shift, end + shift, "word"))


def _strangers(run: str, offset: int, found: list[Raw]) -> None:
    if len(run) == 1:
        if run not in STOP_WORDS and run not in FAINT:
            found.append((run, offset, offset + 1, "character"))
        return
    found += [(run[at : at + 2], offset + at, offset + at + 2, "pair") for at in range(len(run) - 1)]


# --- letters and digits ------------------------------------------------------------------------------------------


def _latin(run: str, start: int, found: list[Raw]) -> None:
    if run.isdecimal():
        found.append((run, start, start + len(run), "word"))
    elif _DIGIT.search(run):
        found.append((code(run), start, start + len(run), "code"))
        found += _pieces(run, start)
    elif run.isalpha():
        _word(run, start, found)
    else:
        for part in _LETTERS.finditer(run):
            _word(part[0], start + part.start(), found)
        found.append((_JOINTS.sub("", run), start, start + len(run), "word"))


def _word(word: str, start: int, found: list[Raw]) -> None:
    if word in STOP_WORDS:
        return
    end = start + len(word)
    found.append((word, start, end, "word"))
    root = stem(word) if word.isascii() else word
    if root != word:
        found.append((root, start, end, "stem"))


def _pieces(run: str, start: int) -> Iterator[Raw]:
    """What a part number is made of: between its separators, and between letters and digits; two characters or more."""
    seen = {code(run)}
    for pattern in (_PARTS, _BORDERS):
        for piece in pattern.finditer(run):
            text = code(piece[0]) if _MIXED.search(piece[0]) else piece[0]
            if len(text) > 1 and text not in seen and text not in STOP_WORDS:
                seen.add(text)
                yield text, start + piece.start(), start + piece.end(), "piece"


def _belong(before: str, run: str) -> bool:
    """Whether two runs are one written apart: a number and its unit (3.5 kW), letters and a number (XJ 4411)."""
    if before[0].isdecimal():
        return run in UNITS
    short = len(before) <= 3 and before.isalpha() and before not in STOP_WORDS
    return short and bool(_NUMBER.fullmatch(run))


def code(text: str) -> str:
    """A part number as it is compared: `xj-4411` → `XJ4411`, `3.5kW` → `3.5KW`."""
    return _JOINTS.sub("", fold(text)).replace(" ", "").upper()
