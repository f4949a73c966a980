"""Read rows of a CSV text whose quotes are not doubled, if there is only one way to read them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

_QUOTE = '"'
_DOUBLED = re.compile(r'""|\\?"')
_MAX_LINES = 100  # of one row
_MAX_CHARACTERS = 200_000  # of one row
_MAX_STEPS = 10_000  # in reading one row
_MAX_TRIED = 2_000_000  # characters tried in one file, after which a row is tried without the lines after it
_MAX_AHEAD = 20  # attempts to read the next row, to see whether it is one


class ParsedRow(NamedTuple):
    """A row as a strict reader sees it: its cells, whether its quotes are balanced, and its lines, [first, end)."""

    cells: Sequence[str]
    is_whole: bool
    first: int
    end: int


def mend_rows(
    rows: Sequence[ParsedRow], lines: Sequence[str], delimiter: str, width: int
) -> tuple[list[Sequence[str]], frozenset[int], int]:
    """Return the cells of all rows, the indexes of those that stay broken, and how many were mended.

    A row is mended if it, with the lines that belong to it, can be read as `width` cells in exactly one way. A row that
    follows a broken one and does not have that many cells is broken too: it may be the rest of the other's text.
    """
    mended: list[Sequence[str]] = []
    broken: set[int] = set()
    reader = _LooseReader(rows, lines, delimiter, width)
    count = at = 0
    while at < len(rows):
        row = rows[at]
        cells, end = ((), at) if row.is_whole else reader.read(at)
        if cells:
            count, at = count + 1, end
        else:
            if not row.is_whole or (len(mended) - 1 in broken and len(row.cells) != width):
                broken.add(len(mended))
            at += 1
        mended.append(cells or row.cells)
    return mended, frozenset(broken), count


class _LooseReader:
    """Reads the broken rows of one text, each with the lines after it that may belong to it."""

    def __init__(self, rows: Sequence[ParsedRow], lines: Sequence[str], delimiter: str, width: int) -> None:
        self._rows, self._lines, self._delimiter, self._width = rows, lines, delimiter, width
        self._tried = 0  # characters

    def read(self, at: int) -> tuple[Sequence[str], int]:
        """Return the cells of the row that begins at an index, and the index after it; no cells if none fit."""
        for text, end in self._list_texts(at):
            cells = self._read_text(text)
            if cells and self._begins_a_row(end):
                return cells, end
        return (), at + 1

    def _read_text(self, text: str) -> tuple[str, ...]:
        self._tried += len(text)
        return read_loosely(text, self._delimiter, self._width)

    def _is_full(self, at: int) -> bool:
        return self._rows[at].is_whole and len(self._rows[at].cells) == self._width

    def _begins_a_row(self, at: int) -> bool:
        """Whether a row begins at an index, or the text ends there, so that the row before it is complete."""
        if at == len(self._rows) or self._is_full(at):
            return True
        texts = () if self._rows[at].is_whole else islice(self._list_texts(at), _MAX_AHEAD)
        return any(self._read_text(text) for text, _ in texts)

    def _list_texts(self, at: int) -> Iterator[tuple[str, int]]:
        """Yield the text of a broken row, then the text with more and more rows after it, each with the next index."""
        first = self._rows[at].first
        for end in range(at + 1, min(at + _MAX_LINES, len(self._rows)) + 1):
            if end - 1 > at and (self._is_full(end - 1) or self._tried > _MAX_TRIED):
                return
            text = "".join(self._lines[first : self._rows[end - 1].end]).rstrip("\r\n")
            if len(text) > _MAX_CHARACTERS:
                return
            yield text, end


def read_loosely(text: str, delimiter: str, width: int) -> tuple[str, ...]:
    """Return the only reading of a text as `width` cells whose quotes need not be doubled; `()` for none or several.

    A quoted cell ends with a quote before a delimiter or the end; any other quote in it belongs to its text. A cell
    without quotes around it neither begins nor ends with one, and has no line end.
    """
    if width < 2 or text.count(delimiter) < width - 1:
        return ()
    list_ends = _make_end_finder(text, delimiter)
    layers: list[dict[int, Sequence[int]]] = [{0: list_ends(0)}]  # where the nth cell may begin → where it may end
    steps = 0
    for _ in range(width - 1):
        starts = {end + 1 for ends in layers[-1].values() for end in ends if end < len(text)}
        layers.append({start: list_ends(start) for start in starts})
        steps += sum(map(len, layers[-1].values()))
        if not starts or steps > _MAX_STEPS:
            return ()
    following = {len(text) + 1: 1}  # where the next cell begins → in how many ways the rest can be read, at most 2
    ways: list[dict[int, int]] = [following]
    for layer in reversed(layers):
        counts = {start: min(2, sum(ways[-1].get(end + 1, 0) for end in ends)) for start, ends in layer.items()}
        ways.append(counts)
    if ways[-1].get(0) != 1:
        return ()
    cells, start = [], 0
    for layer, rest in zip(layers, reversed(ways[:-1]), strict=True):
        end = next(end for end in layer[start] if rest.get(end + 1))
        cells.append(_decode(text[start:end]))
        start = end + 1
    return tuple(cells)


def _make_end_finder(text: str, delimiter: str) -> Callable[[int], Sequence[int]]:
    """Return a function that gives the possible ends of a cell by its start."""
    closing = [match.span() for match in re.finditer(rf'"[ ]*(?={re.escape(delimiter)}|$(?!\n))', text)]

    def list_ends(start: int) -> Sequence[int]:
        if text.startswith(_QUOTE, start):
            return [end for quote, end in closing if quote > start]
        end = text.find(delimiter, start)
        end = len(text) if end < 0 else end
        bare = text[start:end].strip()
        is_text = not bare.startswith(_QUOTE) and not bare.endswith(_QUOTE) and "\n" not in bare and "\r" not in bare
        return [end] if is_text else []

    return list_ends


def _decode(cell: str) -> str:
    stripped = cell.rstrip(" ")
    if len(stripped) > 1 and stripped.startswith(_QUOTE) and stripped.endswith(_QUOTE):
        return _DOUBLED.sub(_QUOTE, stripped[1:-1])
    return cell
