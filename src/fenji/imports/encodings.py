"""Find the encoding of a text of which nobody says it. Pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator

from fenji.text.encoding import decodes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 1 << 18
_ENOUGH = 0.9  # of the characters, which are common ones of their encoding
_CERTAINLY_KOREAN = 8  # characters; a shorter text of common Hangul might as well be Chinese
_SMALL_SETS = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r")
_NEAR = 0.1  # of the measures of charset-normalizer, within which it cannot tell
_BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d_])[^\x00-\x7f](?=[^\W\d_])")


def find_encoding(data: bytes) -> str:
    """Return the name of an encoding that fits: that of its mark, UTF-8, or the likeliest of Asia, then of Europe.

    Returns `""` where none fits.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if b"\0" in data:
        return _find_wide(data)
    if decodes(data, "utf-8"):
        return "utf-8"
    return _find_east_asian(data) or _find_small(data)


def _find_wide(data: bytes) -> str:
    """Return the one of UTF-16 without a mark in which more line ends, blanks and digits stand: their byte and a zero.

    A text of single bytes may hold a zero, too; it stays UTF-8, or what else fits.
    """
    sample = data[:_SAMPLE_BYTES]
    low, high = sample[::2], sample[1::2]
    little = sum(second == 0 < first < 0x80 for first, second in zip(low, high, strict=False))
    big = sum(first == 0 < second < 0x80 for first, second in zip(low, high, strict=False))
    encoding = "utf-16-le" if little > big else "utf-16-be"
    if max(little, big) * 20 > len(sample) and decodes(data, encoding):
        return encoding
    return "utf-8" if decodes(data, "utf-8") else _find_east_asian(data) or _find_small(data)


# --- two bytes a character ----------------------------------------------------------------------------------------
# Each set has its common characters in a range of its own: a text of one, read as another, leaves that range.


def _is_common_gb(pair: bytes) -> bool:
    return len(pair) == 2 and pair[1] >= 0xA1 and (0xB0 <= pair[0] <= 0xD7 or pair[0] in (0xA1, 0xA2, 0xA3))


def _is_common_big5(pair: bytes) -> bool:
    return len(pair) == 2 and 0xA1 <= pair[0] <= 0xC6


def _is_common_japanese(pair: bytes) -> bool:
    return len(pair) == 2 and (0x81 <= pair[0] <= 0x83 or 0x88 <= pair[0] <= 0x98)


def _is_common_korean(pair: bytes) -> bool:
    return len(pair) == 2 and pair[1] >= 0xA1 and 0xB0 <= pair[0] <= 0xC8


_EAST_ASIAN: tuple[tuple[str, str, Callable[[bytes], bool]], ...] = (  # the set, the one that contains it
    ("gb18030", "gb18030", _is_common_gb),
    ("cp950", "big5hkscs", _is_common_big5),
    ("cp932", "cp932", _is_common_japanese),
    ("cp949", "cp949", _is_common_korean),
)


def _find_east_asian(data: bytes) -> str:
    if not re.search(rb"[\x80-\xff]{2}", data):
        return ""
    shares = dict(_rank_east_asian(data))
    if not shares:
        return ""
    best = max(shares, key=lambda encoding: shares[encoding][0])
    korean, characters = shares.get("cp949", (0.0, 0))
    if korean == 1 and characters >= _CERTAINLY_KOREAN:
        return "cp949"
    return best if shares[best][0] >= _ENOUGH else ""


def _rank_east_asian(data: bytes) -> Iterator[tuple[str, tuple[float, int]]]:
    """Yield the sets that decode the text, each with the share of common characters and how many are not ASCII."""
    for encoding, wider, is_common in _EAST_ASIAN:
        name = next((name for name in (encoding, wider) if decodes(data, name)), "")
        if not name:
            continue
        others = re.sub(r"[\x00-\x7f]+", "", data.decode(name))[: _SAMPLE_BYTES // 2]
        if others:
            yield name, (sum(is_common(letter.encode(name)) for letter in others) / len(others), len(others))


# --- one byte a character -----------------------------------------------------------------------------------------


def _find_small(data: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = list(from_bytes(data[:_SAMPLE_BYTES], cp_isolation=[*_SMALL_SETS]))
    fitting = [match for match in matches if decodes(data, match.encoding)]
    if not fitting:
        return ""
    best = fitting[0]
    near = {match.encoding for match in fitting if match.chaos - best.chaos <= _NEAR / 2}
    near = {match.encoding for match in fitting if match.encoding in near and best.coherence - match.coherence <= _NEAR}
    ranked = [encoding for encoding in _SMALL_SETS if encoding in near]
    return min(ranked, key=lambda encoding: _count_odd(data, encoding)) if ranked else best.encoding


def _count_odd(data: bytes, encoding: str) -> int:
    """Return how many signs that are no letters stand between letters, as `dzia³a` has one."""
    text = data[:_SAMPLE_BYTES].decode(encoding, "replace")
    return sum(not match[0].isalpha() for match in _BETWEEN_LETTERS.finditer(text))
