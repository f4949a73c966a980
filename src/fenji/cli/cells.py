"""Text measured in terminal cells: width, truncating, wrapping, and tables that fit the screen. Knows no tickets."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from fenji.model.ticket import sanitize

_ZERO_WIDTH_CATEGORIES = ("Mn", "Me", "Cf")  # marks that combine with the character before them, and format characters
COLUMN_GAP = "  "


@cache
def _char_width(character: str) -> int:
    if unicodedata.category(character) in _ZERO_WIDTH_CATEGORIES or "\u1160" <= character <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def text_width(text: str) -> int:
    """Return how many cells one line of text takes in a terminal; characters of ambiguous width count one."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def one_line(text: str) -> str:
    """Return text that is safe in a table: control characters made visible, line breaks and tabs as spaces."""
    return " ".join(sanitize(text).split()) if "\n" in text or "\t" in text else sanitize(text)


def truncate(text: str, max_width: int) -> str:
    """Return the text if it fits `max_width` cells, else its beginning and `..`; never half a wide character."""
    if text_width(text) <= max_width:
        return text
    available, used = max(max_width - 2, 0), 0
    for index, character in enumerate(text):
        used += _char_width(character)
        if used > available:
            return text[:index] + ".."[: max_width if max_width < 2 else 2]
    return text


def pad(text: str, target_width: int, *, align_right: bool = False) -> str:
    """Pad the text with spaces to `target_width` cells."""
    fill = " " * (target_width - text_width(text))
    return fill + text if align_right else text + fill


def wrap(text: str, max_width: int) -> Iterator[str]:
    """Yield lines of at most `max_width` cells, broken at spaces or between wide characters."""
    for line in text.split("\n"):
        yield from _wrap_line(line, max(max_width, 2))


def _wrap_line(line: str, max_width: int) -> Iterator[str]:
    current = ""
    for piece in _split_pieces(line):
        if current and text_width(current + piece.rstrip()) > max_width:
            yield current.rstrip()
            current = ""
        current += piece if current or not piece.isspace() or current == line[: len(current)] else ""
        while text_width(current.rstrip()) > max_width:
            first_part = _fitting_prefix(current, max_width)
            yield first_part
            current = current[len(first_part) :]
    yield current.rstrip()


def _split_pieces(line: str) -> Iterator[str]:
    """Split a line where it may be broken: after a word with its spaces, or a wide character with its marks."""
    current = ""
    for character in line:
        after_space = current[-1:].isspace() and not character.isspace()
        after_wide = _char_width(character) and current and any(_char_width(char) == 2 for char in current)
        if current and (after_space or after_wide or _char_width(character) == 2):
            yield current
            current = ""
        current += character
    if current:
        yield current


def _fitting_prefix(text: str, max_width: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += _char_width(character)
        if used > max_width:
            return text[: max(index, 1)]
    return text


@dataclass(frozen=True)
class TableColumn:
    """A column of a table; an `elastic` one is narrowed when space is short.

    `drop_priority` orders the columns that are left out on a narrow screen, the highest first; 0 always stays.
    """

    heading: str
    align_right: bool = False
    elastic: bool = False
    drop_priority: int = 0


_MIN_ELASTIC_WIDTH = 12  # cells of the elastic column below which other columns are dropped
_MAX_ELASTIC_WIDTH = 200  # cells of an elastic column without a line limit, so that one long title pads no other row


def format_table(columns: Sequence[TableColumn], rows: Iterable[Sequence[str]], max_width: int) -> Iterator[str]:
    """Yield aligned lines, headings first, at most `max_width` cells wide (0: no limit) if the fixed columns fit.

    Cell texts are sanitized here, so cells cannot contain styles.
    """
    cleaned = [[one_line(cell) for cell in row] for row in rows]
    widths = [
        max([text_width(column.heading), *(text_width(row[index]) for row in cleaned)])
        for index, column in enumerate(columns)
    ]
    if not max_width:
        widths = [
            min(column_width, _MAX_ELASTIC_WIDTH) if column.elastic else column_width
            for column, column_width in zip(columns, widths, strict=True)
        ]
    kept_columns = _fit_columns(columns, widths, max_width)
    for row in ([column.heading for column in columns], *cleaned):
        parts = [
            pad(truncate(row[index], widths[index]), widths[index], align_right=columns[index].align_right)
            for index in kept_columns
        ]
        yield COLUMN_GAP.join(parts).rstrip()


def _fit_columns(columns: Sequence[TableColumn], widths: list[int], max_width: int) -> list[int]:
    """Return the indexes of the columns that stay; narrows the elastic one in `widths`."""
    kept_columns = list(range(len(columns)))
    elastic = next((index for index, column in enumerate(columns) if column.elastic), None)
    while max_width and (excess := _total_width(kept_columns, widths) - max_width) > 0:
        if elastic is not None and widths[elastic] - excess >= min(_MIN_ELASTIC_WIDTH, widths[elastic]):
            widths[elastic] -= excess
            break
        candidate = max(kept_columns, key=lambda index: columns[index].drop_priority)
        if not columns[candidate].drop_priority:
            if elastic is not None:
                widths[elastic] = max(widths[elastic] - excess, 2)
            break
        kept_columns.remove(candidate)
    return kept_columns


def _total_width(columns: Sequence[int], widths: Sequence[int]) -> int:
    return sum(widths[index] for index in columns) + len(COLUMN_GAP) * (len(columns) - 1)
