"""Text measured in terminal cells: cut, padded and wrapped between graphemes. Pure; no colours, no widgets.

Everything drawn passes `sanitize_line` or `sanitize_lines`, which let no control, escape or bidi character through.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, split_graphemes

from fenji.model.ticket import sanitize

TAB = "    "
# Punctuation that never begins a line of Chinese text.
_NO_LINE_START = frozenset("，。、；：？！）」』》】％…”’)]},.;:?!%")


def width(text: str) -> int:
    """Return how many cells the text takes."""
    return cell_len(text)


def sanitize_lines(text: str) -> list[str]:
    """Return the lines of a text from a file, safe to draw; tabs become spaces."""
    return sanitize(text.replace("\r\n", "\n").replace("\t", TAB)).split("\n")


def sanitize_line(text: str) -> str:
    """Return a text from a file as one line, safe to draw."""
    return " ".join(sanitize_lines(text)) if "\n" in text or "\t" in text else sanitize(text)


def graphemes(text: str) -> list[tuple[str, int]]:
    """Return the graphemes of the text, each with its width in cells."""
    return [(text[start:end], cells) for start, end, cells in split_graphemes(text)[0]]


def truncate(text: str, cells: int, ellipsis: str = "~") -> str:
    """Cut the text to at most `cells` cells, ending in `ellipsis` if something was left out."""
    if width(text) <= cells:
        return text
    limit = cells - width(ellipsis)
    if limit < 0:
        return ""
    pieces, used_width = [], 0
    for piece, piece_width in graphemes(text):
        if used_width + piece_width > limit:
            break
        pieces.append(piece)
        used_width += piece_width
    return "".join(pieces) + ellipsis


def fit(text: str, cells: int, ellipsis: str = "~") -> str:
    """Cut the text to exactly `cells` cells, or pad it with spaces on the right."""
    truncated = truncate(text, cells, ellipsis)
    return truncated + " " * (cells - width(truncated))


def fit_right(text: str, cells: int, ellipsis: str = "~") -> str:
    """Cut the text to exactly `cells` cells, or pad it with spaces on the left."""
    truncated = truncate(text, cells, ellipsis)
    return " " * (cells - width(truncated)) + truncated


def wrap(text: str, cells: int) -> list[str]:
    """Break one line of text into rows of at most `cells` cells: between words, in Chinese between graphemes.

    Every character is kept except spaces at a break; an empty text is one empty row.
    """
    return [row.rstrip(" ") for row in break_rows(text, cells)]


def break_rows(text: str, cells: int) -> list[str]:
    """Break like `wrap`, but so that the joined rows are exactly the text."""
    rows, row, used_width = [], "", 0
    for word, word_width in _split_words(text, max(cells, 2)):
        if row and used_width + width(word.rstrip(" ")) > max(cells, 2):
            rows.append(row)
            row, used_width = "", 0
        row += word
        used_width += word_width
    return [*rows, row]


def _split_words(text: str, cells: int) -> Iterator[tuple[str, int]]:
    """Yield unbreakable pieces with their trailing spaces and width, none wider than `cells` (spaces not counted)."""
    word, word_width, in_word = "", 0, False
    for piece, piece_width in graphemes(text):
        joins_word = piece == " " or piece in _NO_LINE_START or (in_word and _is_single_width(piece, piece_width))
        if word and (not joins_word or (piece != " " and word_width + piece_width > cells)):
            yield word, word_width
            word, word_width = "", 0
        word += piece
        word_width += piece_width
        in_word = _is_single_width(piece, piece_width)
    if word:
        yield word, word_width


def _is_single_width(piece: str, piece_width: int) -> bool:
    return piece_width == 1 and piece != " "
