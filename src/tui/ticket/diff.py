"""The diff of two texts of one field: the current one (winner) and one that lost a merge to it (loser). Pure.

Lines that differ carry a sign, `+` in the winner and `-` in the loser. In them the words that differ (in Chinese the
characters) are highlighted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.merge import to_logged_value
from tui.drawing import cells

if TYPE_CHECKING:
    from fenji.model.ticket import Value
    from tui.drawing.theme import StyledLine

SIDE_BY_SIDE_WIDTH = 90  # minimum width for two columns; narrower ones would break every sentence
_MARGIN_WIDTH = 3
_SEPARATOR = " |"
_WORD = re.compile(r"[0-9A-Za-z\u00c0-\u024f]+|\s+|.", re.DOTALL)
_MAX_LINES, _MAX_WORDS = 1_000, 2_000  # beyond these no finer comparison: its cost is quadratic
WINNER_SIGN, LOSER_SIGN = "+", "-"

DiffPart = tuple[str, bool]  # a run of text, and whether it differs
DiffRow = tuple[tuple[DiffPart, ...], str]  # the parts of a line of one side, and its sign


class ConflictDisplay(Struct, frozen=True):
    """A value that lost, shown beside the current one; `hint` names the keys that decide between them.

    A `typed` value was typed into the file by hand and put back; `why` says why.
    """

    value: Value
    winner_label: str
    loser_label: str
    hint: str
    typed: bool = False
    why: str = ""


class DiffPair(Struct, frozen=True):
    """A line of the winner and the matching line of the loser; None where a side has no such line."""

    winner: DiffRow | None
    loser: DiffRow | None


@lru_cache(maxsize=64)
def compare_texts(winner: str, loser: str) -> tuple[DiffPair, ...]:
    """Compare both texts line by line."""
    left, right = cells.sanitize_lines(winner) if winner else [], cells.sanitize_lines(loser) if loser else []
    if max(len(left), len(right)) > _MAX_LINES:
        return tuple(_pair_lines(left, right))
    pairs: list[DiffPair] = []
    for kind, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            pairs += (DiffPair((((line, False),), " "), (((line, False),), " ")) for line in left[i:j])
        else:
            pairs += _pair_lines(left[i:j], right[k:m])
    return tuple(pairs)


def _pair_lines(left: Sequence[str], right: Sequence[str]) -> Iterator[DiffPair]:
    for winner, loser in zip_longest(left, right):
        if winner is None or loser is None:
            yield (
                DiffPair(None, (_all_changed(loser), LOSER_SIGN))
                if winner is None
                else DiffPair((_all_changed(winner), WINNER_SIGN), None)
            )
        else:
            winner_parts, loser_parts = _diff_words(winner, loser)
            yield DiffPair((winner_parts, WINNER_SIGN), (loser_parts, LOSER_SIGN))


def _all_changed(text: str | None) -> tuple[DiffPart, ...]:
    return ((text or "", True),)


def _diff_words(winner: str, loser: str) -> tuple[tuple[DiffPart, ...], tuple[DiffPart, ...]]:
    """Split two lines into parts that are equal and parts that differ."""
    left, right = _WORD.findall(winner), _WORD.findall(loser)
    if max(len(left), len(right)) > _MAX_WORDS:
        return _all_changed(winner), _all_changed(loser)
    winner_parts: list[DiffPart] = []
    loser_parts: list[DiffPart] = []
    for kind, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for parts, pieces in ((winner_parts, left[i:j]), (loser_parts, right[k:m])):
            if pieces:
                parts.append(("".join(pieces), kind != "equal"))
    return tuple(winner_parts), tuple(loser_parts)


def format_value(value: Value) -> str:
    """Return any value as text; an item has one part per line."""
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {format_value(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(format_value, value))
    return str(to_logged_value(value) or "")


# --- rendering --------------------------------------------------------------------------------------------------------


def render_stacked(winner: str, loser: str, width: int) -> tuple[list[StyledLine], list[StyledLine]]:
    """Return the lines of the winner and those of the loser, each over the full width."""
    pairs, max_width = compare_texts(winner, loser), max(width - _MARGIN_WIDTH - 2, 8)
    winner_lines = [line for pair in pairs if pair.winner for line in _render_rows(pair.winner, max_width)]
    loser_lines = [line for pair in pairs if pair.loser for line in _render_rows(pair.loser, max_width)]
    return winner_lines, loser_lines


def render_side_by_side(winner: str, loser: str, width: int) -> list[StyledLine]:
    """Return both texts side by side, with matching lines at the same height."""
    max_width = column_width(width)
    lines: list[StyledLine] = []
    for pair in compare_texts(winner, loser):
        halves = ([*_render_rows(half, max_width)] if half else [] for half in (pair.winner, pair.loser))
        for left, right in zip_longest(*halves, fillvalue=None):
            lines.append([*_pad_line(left or [], max_width + _MARGIN_WIDTH), (_SEPARATOR, "dim"), *(right or [])])
    return lines


def column_width(width: int) -> int:
    """Return the width of the text in each of two columns, in cells."""
    return max((width - 2 - len(_SEPARATOR)) // 2 - _MARGIN_WIDTH, 8)


def render_labels(left: str, right: str, width: int) -> StyledLine:
    """Return the headings above two columns."""
    max_width = column_width(width) + _MARGIN_WIDTH
    return [
        (cells.fit(f"   {left}", max_width), "dim"),
        (_SEPARATOR, "dim"),
        (cells.truncate(f"   {right}", max_width), "strong"),
    ]


def _pad_line(line: StyledLine, width: int) -> StyledLine:
    used_width = sum(cells.width(text) for text, _ in line)
    return [*line, (" " * max(width - used_width, 0), "")]


def _render_rows(row: DiffRow, max_width: int) -> Iterator[StyledLine]:
    """Wrap a line of a text into rows, each with its sign in front."""
    parts, sign = row
    position = 0
    for text in cells.break_rows("".join(part for part, _ in parts), max_width):
        yield [
            (f" {sign} ", "strong" if sign != " " else ""),
            *_slice_parts(parts, position, position + len(text.rstrip(" "))),
        ]
        position += len(text)


def _slice_parts(parts: Sequence[DiffPart], start: int, end: int) -> Iterator[tuple[str, str]]:
    position = 0
    for text, differs in parts:
        piece = text[max(start - position, 0) : max(end - position, 0)]
        if piece:
            yield piece, "hit" if differs else ""
        position += len(text)
