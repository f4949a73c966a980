"""Text measured in terminal cells: cut, padded and wrapped between graphemes. Pure; knows no colour and no widget.

Everything that is drawn passes `line` or `lines` here, which let no control, escape or bidi character through.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, split_graphemes

from fenji.model.ticket import sanitize

TAB = "    "
# Marks that never begin a line of Chinese text.
_NO_LINE_START = frozenset("，。、；：？！）」』》】％…”’)]},.;:?!%")


def width(text: str) -> int:
    """How many cells the text takes."""
    return cell_len(text)


def sanitize_lines(text: str) -> list[str]:
    """The lines of a text from a file, safe to draw; tabs become blanks."""
    return sanitize(text.replace("\r\n", "\n").replace("\t", TAB)).split("\n")


def sanitize_line(text: str) -> str:
    """A text from a file as one line, safe to draw."""
    return " ".join(sanitize_lines(text)) if "\n" in text or "\t" in text else sanitize(text)


def graphemes(text: str) -> list[tuple[str, int]]:
    """The text in pieces that are never parted, each with its cells."""
    return [(text[start:end], cells) for start, end, cells in split_graphemes(text)[0]]


def truncate(text: str, cells: int, ellipsis: str = "~") -> str:
    """At most `cells` cells of the text, ending in `mark` where something was left out."""
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
    """The text in exactly `cells` cells: cut, or padded with blanks on the right."""
    truncated = truncate(text, cells, ellipsis)
    return truncated + " " * (cells - width(truncated))


def fit_right(text: str, cells: int, ellipsis: str = "~") -> str:
    """The text in exactly `cells` cells, padded on the left."""
    truncated = truncate(text, cells, ellipsis)
    return " " * (cells - width(truncated)) + truncated


def wrap(text: str, cells: int) -> list[str]:
    """One line of text in rows of at most `cells` cells: between words, inside Chinese text between graphemes.

    Every character is kept but the blanks at a break; a text without content is one empty row.
    """
    return [row.rstrip(" ") for row in break_rows(text, cells)]


def break_rows(text: str, cells: int) -> list[str]:
    """Like `wrap`, but the rows put together are the text exactly."""
    rows, row, used_width = [], "", 0
    for word, word_width in _split_words(text, max(cells, 2)):
        if row and used_width + width(word.rstrip(" ")) > max(cells, 2):
            rows.append(row)
            row, used_width = "", 0
        row += word
        used_width += word_width
    return [*rows, row]


def _split_words(text: str, cells: int) -> Iterator[tuple[str, int]]:
    """Pieces that hold together with the blanks behind them, none wider than `cells` (blanks not counted)."""
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
