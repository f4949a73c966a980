"""Text measured in terminal cells: width, cutting, wrapping, and tables that fit the screen. Knows no tickets."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from fenji.ticket import visible

_JOINED = ("Mn", "Me", "Cf")  # marks that stand on the character before them
GAP = "  "


@cache
def _cells(character: str) -> int:
    if unicodedata.category(character) in _JOINED or "\u1160" <= character <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def width(text: str) -> int:
    """How many cells a terminal gives to one line of text; characters of ambiguous width count one."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def one_line(text: str) -> str:
    """Text that is safe in a table: control characters as marks, line breaks and tabs as spaces."""
    return " ".join(visible(text).split()) if "\n" in text or "\t" in text else visible(text)


def cut(text: str, most: int) -> str:
    """The text if it fits `most` cells, else its beginning and `..`; never half a character or a bare mark."""
    if width(text) <= most:
        return text
    room, kept = max(most - 2, 0), 0
    for index, character in enumerate(text):
        kept += _cells(character)
        if kept > room:
            return text[:index] + ".."[: most if most < 2 else 2]
    return text


def padded(text: str, cells: int, *, right: bool = False) -> str:
    """The text filled with spaces to `cells`."""
    fill = " " * (cells - width(text))
    return fill + text if right else text + fill


def wrapped(text: str, cells: int) -> Iterator[str]:
    """Lines of at most `cells`, broken at spaces, and between wide characters, which need none."""
    for line in text.split("\n"):
        yield from _wrapped_line(line, max(cells, 2))


def _wrapped_line(line: str, cells: int) -> Iterator[str]:
    begun = ""
    for piece in _pieces(line):
        if begun and width(begun + piece.rstrip()) > cells:
            yield begun.rstrip()
            begun = ""
        begun += piece if begun or not piece.isspace() or begun == line[: len(begun)] else ""
        while width(begun.rstrip()) > cells:
            head = _head(begun, cells)
            yield head
            begun = begun[len(head) :]
    yield begun.rstrip()


def _pieces(line: str) -> Iterator[str]:
    """The line in parts after which it may be broken: a word with its spaces, or one wide character with its marks."""
    begun = ""
    for character in line:
        after_space = begun[-1:].isspace() and not character.isspace()
        after_wide = _cells(character) and begun and any(_cells(one) == 2 for one in begun)
        if begun and (after_space or after_wide or _cells(character) == 2):
            yield begun
            begun = ""
        begun += character
    if begun:
        yield begun


def _head(text: str, cells: int) -> str:
    kept = 0
    for index, character in enumerate(text):
        kept += _cells(character)
        if kept > cells:
            return text[: max(index, 1)]
    return text


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, whether it gives way when room is short, and whether it may be left out.

    `spare` orders the columns that are left out on a narrow screen, the largest first; 0 always stays.
    """

    heading: str
    right: bool = False
    elastic: bool = False
    spare: int = 0


_NARROWEST = 12  # cells of the elastic column before others are left out for it


_LONGEST = 200  # cells of an elastic column where nothing limits the line: one long title widens no other row


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], cells: int) -> Iterator[str]:
    """Aligned lines, headings first, none wider than `cells` (0: no limit) as long as the fixed columns fit.

    Cell texts are cleaned here; rows whose cells are styled belong elsewhere.
    """
    cleaned = [[one_line(cell) for cell in row] for row in rows]
    widths = [
        max([width(column.heading), *(width(row[index]) for row in cleaned)]) for index, column in enumerate(columns)
    ]
    if not cells:
        widths = [min(one, _LONGEST) if column.elastic else one for column, one in zip(columns, widths, strict=True)]
    kept = _fitted(columns, widths, cells)
    for row in ([column.heading for column in columns], *cleaned):
        parts = [padded(cut(row[at], widths[at]), widths[at], right=columns[at].right) for at in kept]
        yield GAP.join(parts).rstrip()


def _fitted(columns: Sequence[Column], widths: list[int], cells: int) -> list[int]:
    """Which columns stay; narrows the elastic one in `widths`."""
    kept = list(range(len(columns)))
    elastic = next((index for index, column in enumerate(columns) if column.elastic), None)
    while cells and (over := _total(kept, widths) - cells) > 0:
        if elastic is not None and widths[elastic] - over >= min(_NARROWEST, widths[elastic]):
            widths[elastic] -= over
            break
        spare = max(kept, key=lambda index: columns[index].spare)
        if not columns[spare].spare:
            if elastic is not None:
                widths[elastic] = max(widths[elastic] - over, 2)
            break
        kept.remove(spare)
    return kept


def _total(kept: Sequence[int], widths: Sequence[int]) -> int:
    return sum(widths[index] for index in kept) + len(GAP) * (len(kept) - 1)
