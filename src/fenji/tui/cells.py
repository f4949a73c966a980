"""Text measured in terminal cells: cut, padded and wrapped between graphemes. Pure; knows no colour and no widget.

Everything that is drawn passes `line` or `lines` here, which let no control, escape or bidi character through.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, split_graphemes

from fenji.ticket import visible

TAB = "    "
# Marks that never begin a line of Chinese text.
_CLINGING = frozenset("，。、；：？！）」』》】％…”’)]},.;:?!%")


def width(text: str) -> int:
    """How many cells the text takes."""
    return cell_len(text)


def lines(text: str) -> list[str]:
    """The lines of a text from a file, safe to draw; tabs become blanks."""
    return visible(text.replace("\r\n", "\n").replace("\t", TAB)).split("\n")


def line(text: str) -> str:
    """A text from a file as one line, safe to draw."""
    return " ".join(lines(text)) if "\n" in text or "\t" in text else visible(text)


def graphemes(text: str) -> list[tuple[str, int]]:
    """The text in pieces that are never parted, each with its cells."""
    return [(text[start:end], cells) for start, end, cells in split_graphemes(text)[0]]


def cut(text: str, cells: int, mark: str = "~") -> str:
    """At most `cells` cells of the text, ending in `mark` where something was left out."""
    if width(text) <= cells:
        return text
    room = cells - width(mark)
    if room < 0:
        return ""
    kept, used = [], 0
    for piece, size in graphemes(text):
        if used + size > room:
            break
        kept.append(piece)
        used += size
    return "".join(kept) + mark


def fit(text: str, cells: int, mark: str = "~") -> str:
    """The text in exactly `cells` cells: cut, or padded with blanks on the right."""
    shown = cut(text, cells, mark)
    return shown + " " * (cells - width(shown))


def fit_right(text: str, cells: int, mark: str = "~") -> str:
    """The text in exactly `cells` cells, padded on the left."""
    shown = cut(text, cells, mark)
    return " " * (cells - width(shown)) + shown


def wrap(text: str, cells: int) -> list[str]:
    """One line of text in rows of at most `cells` cells: between words, inside Chinese text between graphemes.

    Every character is kept but the blanks at a break; a text without content is one empty row.
    """
    return [row.rstrip(" ") for row in breaks(text, cells)]


def breaks(text: str, cells: int) -> list[str]:
    """Like `wrap`, but the rows put together are the text exactly."""
    rows, row, used = [], "", 0
    for word, size in _words(text, max(cells, 2)):
        if row and used + width(word.rstrip(" ")) > max(cells, 2):
            rows.append(row)
            row, used = "", 0
        row += word
        used += size
    return [*rows, row]


def _words(text: str, cells: int) -> Iterator[tuple[str, int]]:
    """Pieces that hold together with the blanks behind them, none wider than `cells` (blanks not counted)."""
    word, size, open_word = "", 0, False
    for piece, cell in graphemes(text):
        joins = piece == " " or piece in _CLINGING or (open_word and _latin(piece, cell))
        if word and (not joins or (piece != " " and size + cell > cells)):
            yield word, size
            word, size = "", 0
        word += piece
        size += cell
        open_word = _latin(piece, cell)
    if word:
        yield word, size


def _latin(piece: str, cell: int) -> bool:
    return cell == 1 and piece != " "
