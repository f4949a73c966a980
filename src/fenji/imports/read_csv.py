"""Read CSV and TSV by position, whatever the encoding, the delimiter and the line ends are."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator

from fenji.errors import Refused
from fenji.imports.cells import Cell, Grid

MAX_BYTES = 256 << 20
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Each encoding by the one that contains it: exporters use more letters than they declare.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "hz": "gb18030", "big5": "cp950", "big5hkscs": "big5hkscs"}
_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 50
TAB = "\t"


def read_csv(data: bytes, name: str, *, encoding: str = "", delimiter: str = "") -> Grid:
    """Return the one sheet of a text of cells; encoding and delimiter are found where they are not given.

    Raises Refused for a text that cannot be decoded.
    """
    text, encoding = decode_text(data, name, encoding)
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:  # as Excel writes it for itself
        text, delimiter = rest, delimiter or first.strip()[4]
    delimiter = delimiter or find_delimiter(text)
    rows = [tuple(map(_to_cell, row)) for row in _parse(text, delimiter)]
    return Grid("", rows, read_as=f"{encoding} {'tab' if delimiter == TAB else delimiter}")


def decode_text(data: bytes, name: str, encoding: str = "") -> tuple[str, str]:
    """Return a text and its encoding. Raises Refused where none fits it, or not the one that is named."""
    encoding = encoding or _find_encoding(data)
    try:
        return data.decode(encoding), encoding
    except (UnicodeDecodeError, LookupError) as error:
        raise Refused(
            "{path} cannot be read as {encoding}.",
            hint="Name it in the mapping under reads, as `encoding: gb18030`; or save the file as CSV (UTF-8).",
            path=name,
            encoding=encoding or "text",
        ) from error


def _find_encoding(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    zeros = data[:2000].count(0)
    if zeros > len(data[:2000]) // 4:  # UTF-16 without its mark: letters of ASCII have a zero byte
        return "utf-16-le" if data[1:2000:2].count(0) >= zeros // 2 + 1 else "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _guess_encoding(data)
    return "utf-8"


def _guess_encoding(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[: 1 << 20]).best()
    found = best.encoding if best else ""
    return _WIDER.get(found.replace("_", ""), found)


def find_delimiter(text: str) -> str:
    """Return the delimiter by which most of the first rows fall into equally many cells, and into the most."""
    ranked = []
    for rank, delimiter in enumerate(_DELIMITERS):
        sample = [row for row, _ in zip(_parse(text, delimiter), range(_SAMPLE_ROWS), strict=False) if any(row)]
        width, rows = Counter(map(len, sample)).most_common(1)[0] if sample else (1, 0)
        ranked.append((width > 1, rows * 2 > len(sample), width, -rank, delimiter))
    return max(ranked)[-1]


def _parse(text: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_BYTES)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _to_cell(text: str) -> Cell:
    return text if text.strip() else None
