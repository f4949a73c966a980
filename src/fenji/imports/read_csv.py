"""Read CSV and TSV as rows of cells, whatever the encoding, the delimiter and the line ends are."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from fenji.errors import Refused, Sentence
from fenji.imports import limits
from fenji.imports.cells import Cell, Grid
from fenji.imports.loose_quotes import ParsedRow, mend_rows
from fenji.text.encoding import decodes

_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 50
_SAMPLE_CHARACTERS = 1 << 20
TAB = "\t"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 1 << 18
_ENOUGH = 0.9  # share of characters that must be common ones of the encoding
_CERTAINLY_KOREAN = 8  # characters; a shorter text of common Hangul might as well be Chinese
_SMALL_SETS = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r")
_NEAR = 0.1  # difference in the measures of charset-normalizer within which it cannot decide
_BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d_])[^\x00-\x7f](?=[^\W\d_])")


def read_csv(data: bytes, name: str, *, encoding: str = "", delimiter: str = "") -> Grid:
    """Return the cells of a CSV text as a sheet; encoding and delimiter are detected if they are not given.

    Raises Refused for a text that cannot be decoded, or is too large.
    """
    text, encoding = decode_text(data, name, encoding)
    head = text[:8].strip().lower()
    if re.fullmatch(r"sep=.", head[:5]) and head[5:6] in ("", "\r", "\n"):  # Excel writes this line for itself
        delimiter = delimiter or head[4]
        text = text.lstrip()[5:].removeprefix("\r").removeprefix("\n")
    if not text.strip(f"{_DELIMITERS} \r\n"):
        return Grid("", ())
    delimiter = delimiter or find_delimiter(text)
    lines = list(io.StringIO(text, newline=""))
    parsed: list[ParsedRow] = []
    cells = 0
    for row in _parse(lines, delimiter):
        cells += len(row.cells)
        limits.check_extent(name, len(parsed) + 1, len(row.cells), cells)
        parsed.append(row)
    sign = "tab" if delimiter == TAB else delimiter
    note = Sentence("Read as {encoding}, its cells separated by {sign}", {"encoding": encoding, "sign": sign})
    if all(row.is_whole for row in parsed):
        return Grid("", [tuple(map(_to_cell, row.cells)) for row in parsed], notes=(note,))
    rows, broken, mended = mend_rows(parsed, lines, delimiter, _usual_width(parsed))
    notes = (note, *([_note_mended(mended)] if mended else []))
    return Grid("", [tuple(map(_to_cell, row)) for row in rows], notes=notes, broken=broken)


def _usual_width(rows: Iterable[ParsedRow]) -> int:
    """Return how many cells most whole rows have."""
    counts = Counter(len(row.cells) for row in rows if row.is_whole and any(row.cells))
    return counts.most_common(1)[0][0] if counts else 0


def _note_mended(count: int) -> Sentence:
    return Sentence(
        "{count} row has quotes that are not doubled; it was read in the only way that fits its columns",
        {"count": count},
        plural="{count} rows have quotes that are not doubled; each was read in the only way that fits its columns",
    )


def decode_text(data: bytes, name: str, encoding: str = "") -> tuple[str, str]:
    """Return the decoded text and its encoding. Raises Refused if no encoding fits, or the given one does not."""
    encoding = encoding or find_encoding(data)
    try:
        return data.decode(encoding), encoding
    except (UnicodeDecodeError, LookupError) as error:
        raise Refused(
            "{path} cannot be read as {encoding}.",
            hint="Name it in the mapping under reads, such as `encoding: gb18030`; or save the file as CSV (UTF-8).",
            path=name,
            encoding=encoding or "text",
        ) from error


def find_delimiter(text: str) -> str:
    """Return the delimiter that splits most of the first rows into equally many cells, and into the most cells."""
    ranked = []
    lines = list(io.StringIO(text[:_SAMPLE_CHARACTERS], newline=""))
    for rank, delimiter in enumerate(_DELIMITERS):
        rows = (row.cells for row in _parse(lines, delimiter) if any(row.cells))
        sample = list(islice(rows, _SAMPLE_ROWS))
        width, count = Counter(map(len, sample)).most_common(1)[0] if sample else (1, 0)
        ranked.append((width > 1, count * 2 > len(sample), width, -rank, delimiter))
    return max(ranked)[-1]


def _parse(lines: Sequence[str], delimiter: str) -> Iterator[ParsedRow]:
    """Yield each row, and whether its quotes are balanced; a row whose quotes are not ends with its line."""
    csv.field_size_limit(limits.MAX_BYTES)
    begins = 0
    while begins < len(lines):
        reader = csv.reader(map(lines.__getitem__, range(begins, len(lines))), delimiter=delimiter, strict=True)
        read = 0
        try:
            for row in reader:
                yield ParsedRow(row, is_whole=True, first=begins + read, end=begins + reader.line_num)
                read = reader.line_num
        except csv.Error:
            begins += read + 1
            cells = lines[begins - 1].rstrip("\r\n").split(delimiter)
            yield ParsedRow(cells, is_whole=False, first=begins - 1, end=begins)
        else:
            return


def _to_cell(text: str) -> Cell:
    return text if text.strip() else None


def find_encoding(data: bytes) -> str:
    """Return an encoding that fits: that of the byte order mark, UTF-8, or the likeliest of Asia, then of Europe.

    Returns `""` if none fits.
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
    """Return UTF-16 in the byte order by which more characters are ASCII, if enough of them are.

    Otherwise return another encoding that fits, as a text of single bytes may have a zero byte, too.
    """
    sample = data[:_SAMPLE_BYTES]
    low, high = sample[::2], sample[1::2]
    little = sum(second == 0 < first < 0x80 for first, second in zip(low, high, strict=False))
    big = sum(first == 0 < second < 0x80 for first, second in zip(low, high, strict=False))
    encoding = "utf-16-le" if little > big else "utf-16-be"
    if max(little, big) * 20 > len(sample) and decodes(data, encoding):
        return encoding
    return "utf-8" if decodes(data, "utf-8") else _find_east_asian(data) or _find_small(data)


def _is_common_gb(pair: bytes) -> bool:
    return len(pair) == 2 and pair[1] >= 0xA1 and (0xB0 <= pair[0] <= 0xD7 or pair[0] in (0xA1, 0xA2, 0xA3))


def _is_common_big5(pair: bytes) -> bool:
    return len(pair) == 2 and 0xA1 <= pair[0] <= 0xC6


def _is_common_japanese(pair: bytes) -> bool:
    return len(pair) == 2 and (0x81 <= pair[0] <= 0x83 or 0x88 <= pair[0] <= 0x98)


def _is_common_korean(pair: bytes) -> bool:
    return len(pair) == 2 and pair[1] >= 0xA1 and 0xB0 <= pair[0] <= 0xC8


_EAST_ASIAN: tuple[tuple[str, str, Callable[[bytes], bool]], ...] = (  # the encoding, its superset
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
    """Yield the encodings that decode the text, with the share of common ones and the count of non-ASCII characters."""
    for encoding, wider, is_common in _EAST_ASIAN:
        name = next((name for name in (encoding, wider) if decodes(data, name)), "")
        if not name:
            continue
        others = re.sub(r"[\x00-\x7f]+", "", data.decode(name))[: _SAMPLE_BYTES // 2]
        if others:
            yield name, (sum(is_common(letter.encode(name)) for letter in others) / len(others), len(others))


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
    """Return the number of non-ASCII signs that are between letters but are no letters, such as in `dzia³a`."""
    text = data[:_SAMPLE_BYTES].decode(encoding, "replace")
    return sum(not match[0].isalpha() for match in _BETWEEN_LETTERS.finditer(text))
