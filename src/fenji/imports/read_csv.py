"""Read CSV and TSV by position, whatever the encoding, the delimiter and the line ends are."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from fenji.errors import Refused, Sentence
from fenji.imports import limits
from fenji.imports.cells import Cell, CellRow, Grid
from fenji.imports.encodings import find_encoding

_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 50
_SAMPLE_CHARACTERS = 1 << 20
TAB = "\t"


def read_csv(data: bytes, name: str, *, encoding: str = "", delimiter: str = "") -> Grid:
    """Return the one sheet of a text of cells; encoding and delimiter are found where they are not given.

    Raises Refused for a text that cannot be decoded, or is larger than is read.
    """
    text, encoding = decode_text(data, name, encoding)
    head = text[:8].strip().lower()
    if re.fullmatch(r"sep=.", head[:5]) and head[5:6] in ("", "\r", "\n"):  # as Excel writes it for itself
        delimiter = delimiter or head[4]
        text = text.lstrip()[5:].removeprefix("\r").removeprefix("\n")
    if not text.strip(f"{_DELIMITERS} \r\n"):
        return Grid("", ())
    delimiter = delimiter or find_delimiter(text)
    rows: list[CellRow] = []
    broken = set()
    cells = 0
    for row, whole in _parse(text, delimiter):
        cells += len(row)
        limits.check_extent(name, len(rows) + 1, len(row), cells)
        if not whole:
            broken.add(len(rows))
        rows.append(tuple(map(_to_cell, row)))
    sign = "tab" if delimiter == TAB else delimiter
    note = Sentence("Read as {encoding}, its cells divided by {sign}", {"encoding": encoding, "sign": sign})
    return Grid("", rows, notes=(note,), broken=frozenset(broken))


def decode_text(data: bytes, name: str, encoding: str = "") -> tuple[str, str]:
    """Return a text and its encoding. Raises Refused where none fits it, or not the one that is named."""
    encoding = encoding or find_encoding(data)
    try:
        return data.decode(encoding), encoding
    except (UnicodeDecodeError, LookupError) as error:
        raise Refused(
            "{path} cannot be read as {encoding}.",
            hint="Name it in the mapping under reads, as `encoding: gb18030`; or save the file as CSV (UTF-8).",
            path=name,
            encoding=encoding or "text",
        ) from error


def find_delimiter(text: str) -> str:
    """Return the delimiter by which most of the first rows fall into equally many cells, and into the most."""
    ranked = []
    text = text[:_SAMPLE_CHARACTERS]
    for rank, delimiter in enumerate(_DELIMITERS):
        rows = (row for row, _ in _parse(text, delimiter) if any(row))
        sample = list(islice(rows, _SAMPLE_ROWS))
        width, count = Counter(map(len, sample)).most_common(1)[0] if sample else (1, 0)
        ranked.append((width > 1, count * 2 > len(sample), width, -rank, delimiter))
    return max(ranked)[-1]


def _parse(text: str, delimiter: str) -> Iterator[tuple[list[str], bool]]:
    """Yield each row, and whether its quotes are balanced; a row where they are not ends with its line."""
    csv.field_size_limit(limits.MAX_BYTES)
    lines = list(io.StringIO(text, newline=""))
    begins = 0
    while begins < len(lines):
        reader = csv.reader(map(lines.__getitem__, range(begins, len(lines))), delimiter=delimiter, strict=True)
        read = 0
        try:
            for row in reader:
                yield row, True
                read = reader.line_num
        except csv.Error:
            yield lines[begins + read].rstrip("\r\n").split(delimiter), False
            begins += read + 1
        else:
            return


def _to_cell(text: str) -> Cell:
    return text if text.strip() else None
