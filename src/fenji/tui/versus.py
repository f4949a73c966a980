"""Two texts of one field, the one that stands and one that lost to it, with what differs marked. Pure.

Lines that differ carry a sign, `+` in the text that stands and `-` in the other; in them the words (in Chinese the
characters) that differ stand out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from fenji.merge import told
from fenji.tui import cells

if TYPE_CHECKING:
    from fenji.tui.look import Line

SIDE_BY_SIDE_CELLS = 90  # from this width on; narrower columns would break every sentence
_MARGIN = 3
_BETWEEN = " |"
_WORD = re.compile(r"[0-9A-Za-z\u00c0-\u024f]+|\s+|.", re.DOTALL)
_MOST_LINES, _MOST_WORDS = 1_000, 2_000  # beyond these only whole lines are marked: comparing takes their product
STANDS, LOST = "+", "-"

Part = tuple[str, bool]  # a run of text, and whether it differs
Row = tuple[tuple[Part, ...], str]  # a line of one side in parts, and its sign


@dataclass(frozen=True)
class Other:
    """A value that lost, to be shown beside the one that stands; who wrote either, and the keys that decide."""

    value: object
    stands: str
    lost: str
    hint: str


@dataclass(frozen=True)
class Pair:
    """A line of the text that stands and the one of the other text that belongs beside it; None where there is none."""

    stands: Row | None
    lost: Row | None


@lru_cache(maxsize=64)
def compared(stands: str, lost: str) -> tuple[Pair, ...]:
    """Both texts line by line."""
    left, right = cells.lines(stands) if stands else [], cells.lines(lost) if lost else []
    if max(len(left), len(right)) > _MOST_LINES:
        return tuple(_paired(left, right))
    pairs: list[Pair] = []
    for kind, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            pairs += (Pair((((one, False),), " "), (((one, False),), " ")) for one in left[i:j])
        else:
            pairs += _paired(left[i:j], right[k:m])
    return tuple(pairs)


def _paired(left: Sequence[str], right: Sequence[str]) -> Iterator[Pair]:
    for one, other in zip_longest(left, right):
        if one is None or other is None:
            yield Pair(None, (_whole(other), LOST)) if one is None else Pair((_whole(one), STANDS), None)
        else:
            ours, theirs = _parts(one, other)
            yield Pair((ours, STANDS), (theirs, LOST))


def _whole(text: str | None) -> tuple[Part, ...]:
    return ((text or "", True),)


def _parts(one: str, other: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Two lines in parts that are alike and parts that differ."""
    left, right = _WORD.findall(one), _WORD.findall(other)
    if max(len(left), len(right)) > _MOST_WORDS:
        return _whole(one), _whole(other)
    ours: list[Part] = []
    theirs: list[Part] = []
    for kind, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for found, words in ((ours, left[i:j]), (theirs, right[k:m])):
            if words:
                found.append(("".join(words), kind != "equal"))
    return tuple(ours), tuple(theirs)


def as_text(value: object) -> str:
    """A value of any kind as text: a part of an item on each line."""
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {as_text(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(as_text, value))
    return str(told(value) or "")


# --- as lines ---------------------------------------------------------------------------------------------------------


def below(stands: str, lost: str, width: int) -> tuple[list[Line], list[Line]]:
    """The lines of the text that stands and those of the other one, each over the whole width."""
    pairs, room = compared(stands, lost), max(width - _MARGIN - 2, 8)
    ours = [line for one in pairs if one.stands for line in _rows(one.stands, room)]
    theirs = [line for one in pairs if one.lost for line in _rows(one.lost, room)]
    return ours, theirs


def side_by_side(stands: str, lost: str, width: int) -> list[Line]:
    """Both texts beside each other, lines that belong together at one height."""
    room = column_cells(width)
    found: list[Line] = []
    for one in compared(stands, lost):
        halves = ([*_rows(half, room)] if half else [] for half in (one.stands, one.lost))
        for left, right in zip_longest(*halves, fillvalue=None):
            found.append([*_padded(left or [], room + _MARGIN), (_BETWEEN, "faint"), *(right or [])])
    return found


def column_cells(width: int) -> int:
    """The cells of text in each of two columns."""
    return max((width - 2 - len(_BETWEEN)) // 2 - _MARGIN, 8)


def heads(left: str, right: str, width: int) -> Line:
    """What stands over two columns."""
    room = column_cells(width) + _MARGIN
    return [(cells.fit(f"   {left}", room), "faint"), (_BETWEEN, "faint"), (cells.cut(f"   {right}", room), "notice")]


def _padded(line: Line, room: int) -> Line:
    used = sum(cells.width(text) for text, _ in line)
    return [*line, (" " * max(room - used, 0), "")]


def _rows(row: Row, room: int) -> Iterator[Line]:
    """A line of a text in rows, its sign before each."""
    parts, sign = row
    at = 0
    for text in cells.breaks("".join(part for part, _ in parts), room):
        yield [(f" {sign} ", "title" if sign != " " else ""), *_slice(parts, at, at + len(text.rstrip(" ")))]
        at += len(text)


def _slice(parts: Sequence[Part], start: int, end: int) -> Iterator[tuple[str, str]]:
    at = 0
    for text, differs in parts:
        shown = text[max(start - at, 0) : max(end - at, 0)]
        if shown:
            yield shown, "hit" if differs else ""
        at += len(text)
