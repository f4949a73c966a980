"""Text measured in terminal cells: cut, padded and wrapped between graphemes. Pure; knows no colours and no screen.

Counts cells as Textual does, without importing it: joined emoji are as wide as the first one, and U+FE0F makes the
emoji before it wide.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

_JOINER, _WIDE_SELECTOR = "\u200d", "\ufe0f"
# Ranges of code points in hexadecimal. No width, besides combining marks: the vowels and final consonants of Hangul
# syllables, their fillers, skin tones.
_NO_WIDTH = "1160-11ff 3164 d7b0-d7fb ffa0 1f3fb-1f3ff"
# Visible format characters: the soft hyphen, and signs placed before a number.
_SEEN_FORMATS = "ad 600-605 6dd 70f 890-891 8e2 110bd 110cd"
# Wide since Unicode 16: signs of the Book of Changes, tetragrams, counting rods.
_NEWLY_WIDE = "2630-2637 268a-268f 4dc0-4dff 1d300-1d356 1d360-1d376"
# Emoji that are narrow unless U+FE0F follows them.
_EMOJI_BY_SELECTOR = """
23 2a 30-39 a9 ae 203c 2049 2122 2139 2194-2199 21a9-21aa 2328 23cf 23ed-23ef 23f1-23f2 23f8-23fa 24c2 25aa-25ab 25b6
25c0 25fb-25fc 2600-2604 260e 2611 2618 261d 2620 2622-2623 2626 262a 262e-262f 2638-263a 2640 2642 265f-2660 2663
2665-2666 2668 267b 267e 2692 2694-2697 2699 269b-269c 26a0 26a7 26b0-26b1 26c8 26cf 26d1 26d3 26e9 26f0-26f1 26f4
26f7-26f9 2702 2708-2709 270c-270d 270f 2712 2714 2716 271d 2721 2733-2734 2744 2747 2763-2764 27a1 2934-2935 2b05-2b07
1f170-1f171 1f17e-1f17f 1f321 1f324-1f32c 1f336 1f37d 1f396-1f397 1f399-1f39b 1f39e-1f39f 1f3cb-1f3ce 1f3d4-1f3df 1f3f3
1f3f5 1f3f7 1f43f 1f441 1f4fd 1f549-1f54a 1f56f-1f570 1f573-1f579 1f587 1f58a-1f58d 1f590 1f5a5 1f5a8 1f5b1-1f5b2 1f5bc
1f5c2-1f5c4 1f5d1-1f5d3 1f5dc-1f5de 1f5e1 1f5e3 1f5e8 1f5ef 1f5f3 1f5fa 1f6cb 1f6cd-1f6cf 1f6e0-1f6e5 1f6e9 1f6f0 1f6f3
"""
# Punctuation that never begins a line of Chinese text.
_NO_LINE_START = frozenset("，。、；：？！）」』》】％…”’)]},.;:?!%")


@cache
def _letters(spans: str) -> frozenset[str]:
    """Return the characters in ranges of hexadecimal code points."""
    bounds = [span.partition("-") for span in spans.split()]
    return frozenset(chr(code) for low, _, high in bounds for code in range(int(low, 16), int(high or low, 16) + 1))


@cache
def _letter_width(letter: str) -> int:
    category = unicodedata.category(letter)
    if category in ("Cc", "Zl", "Zp", "Mn", "Me", "Mc") or letter in _letters(_NO_WIDTH):
        return 0
    if category == "Cf":
        return int(letter in _letters(_SEEN_FORMATS))
    is_wide = unicodedata.east_asian_width(letter) in "WF" and category != "Cn"
    return 2 if is_wide or letter in _letters(_NEWLY_WIDE) else 1


@lru_cache(maxsize=4096)
def width(text: str) -> int:
    """Return how many cells the text takes; letters of ambiguous width count one."""
    if text.isascii() and text.isprintable():
        return len(text)
    if _JOINER not in text and _WIDE_SELECTOR not in text:
        return sum(map(_letter_width, text))
    return sum(cells for _, cells in graphemes(text))


def graphemes(text: str) -> list[tuple[str, int]]:
    """Return the graphemes of the text, each with its width in cells."""
    if text.isascii() and text.isprintable():
        return [(letter, 1) for letter in text]
    pieces: list[tuple[str, int]] = []
    measured, index = "", 0  # `measured`: the last character with a width
    while index < len(text):
        letter = text[index]
        taken = text[index : index + 2] if letter == _JOINER and pieces else letter
        index += len(taken)
        cells = 0 if letter in (_JOINER, _WIDE_SELECTOR) else _letter_width(letter)
        if cells or not pieces:
            measured = letter if cells else measured
            pieces.append((taken, cells))
            continue
        before, before_cells = pieces[-1]
        if letter == _WIDE_SELECTOR and measured in _letters(_EMOJI_BY_SELECTOR):
            before_cells, measured = before_cells + 1, ""
        pieces[-1] = (before + taken, before_cells)
    return pieces


def truncate(text: str, cells: int, ellipsis: str = "~") -> str:
    """Cut the text to at most `cells` cells, ending in `ellipsis` if something was left out."""
    if width(text) <= cells:
        return text
    limit = cells - width(ellipsis)
    if limit < 0:
        return ellipsis[: max(cells, 0)]
    pieces, used_width = [], 0
    for piece, piece_width in graphemes(text):
        if used_width + piece_width > limit:
            break
        pieces.append(piece)
        used_width += piece_width
    return "".join(pieces) + ellipsis


def pad(text: str, cells: int, *, align_right: bool = False) -> str:
    """Pad the text with spaces to `cells` cells."""
    fill = " " * (cells - width(text))
    return fill + text if align_right else text + fill


def fit(text: str, cells: int, ellipsis: str = "~") -> str:
    """Cut the text to exactly `cells` cells, or pad it with spaces on the right."""
    return pad(truncate(text, cells, ellipsis), cells)


def fit_right(text: str, cells: int, ellipsis: str = "~") -> str:
    """Cut the text to exactly `cells` cells, or pad it with spaces on the left."""
    return pad(truncate(text, cells, ellipsis), cells, align_right=True)


def wrap(text: str, cells: int) -> list[str]:
    """Break one line of text into rows of at most `cells` cells: between words, in Chinese between graphemes.

    Every character is kept except spaces at a break; an empty text is one empty row.
    """
    return [row.rstrip(" ") for row in break_rows(text, cells)]


def wrap_lines(text: str, cells: int) -> list[str]:
    """Break each line of a text as `wrap` does."""
    return [row for line in text.split("\n") for row in wrap(line, cells)]


def break_rows(text: str, cells: int) -> list[str]:
    """Break text as `wrap` does, but keep all spaces: the joined rows are exactly the text."""
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
