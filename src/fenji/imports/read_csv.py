"""Read CSV and TSV by position, whatever the encoding, the delimiter and the line ends are."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from fenji.errors import Refused, Sentence
from fenji.imports import limits
from fenji.imports.cells import Cell, Grid
from fenji.imports.encodings import find_encoding
from fenji.imports.loose_quotes import ParsedRow, mend_rows

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
    lines = list(io.StringIO(text, newline=""))
    parsed: list[ParsedRow] = []
    cells = 0
    for row in _parse(lines, delimiter):
        cells += len(row.cells)
        limits.check_extent(name, len(parsed) + 1, len(row.cells), cells)
        parsed.append(row)
    sign = "tab" if delimiter == TAB else delimiter
    note = Sentence("Read as {encoding}, its cells divided by {sign}", {"encoding": encoding, "sign": sign})
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
        "{count} row has quotes that are not doubled; it was read in the one way that gives it its columns",
        {"count": count},
        plural="{count} rows have quotes that are not doubled; each was read in the one way that gives it its columns",
    )


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
    lines = list(io.StringIO(text[:_SAMPLE_CHARACTERS], newline=""))
    for rank, delimiter in enumerate(_DELIMITERS):
        rows = (row.cells for row in _parse(lines, delimiter) if any(row.cells))
        sample = list(islice(rows, _SAMPLE_ROWS))
        width, count = Counter(map(len, sample)).most_common(1)[0] if sample else (1, 0)
        ranked.append((width > 1, count * 2 > len(sample), width, -rank, delimiter))
    return max(ranked)[-1]


def _parse(lines: Sequence[str], delimiter: str) -> Iterator[ParsedRow]:
    """Yield each row, and whether its quotes are balanced; a row where they are not ends with its line."""
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
