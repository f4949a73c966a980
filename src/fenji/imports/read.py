"""Read a file from elsewhere as a table, by the ending of its name."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.errors import InvalidUsage, NotFound, Refused
from fenji.imports.read_csv import MAX_BYTES, read_csv
from fenji.imports.read_json import read_json
from fenji.imports.read_workbook import ENDINGS, read_workbook
from fenji.imports.tables import Reads, choose_grid, select_table

if TYPE_CHECKING:
    from fenji.imports.cells import Grid, SourceTable

_TEXT_ENDINGS = (".csv", ".tsv", ".txt")
_JSON_ENDINGS = (".json", ".jsonl", ".ndjson")


def read_table(path: Path, reads: Reads) -> SourceTable:
    """Return the table in a file. Raises Refused for one that cannot be read, NotFound, or InvalidUsage."""
    ending = _ending(path)
    if ending in _JSON_ENDINGS:
        return read_json(_read_bytes(path), path.name, records=reads.records)
    return select_table(choose_grid(read_grids(path, reads), reads, path.name), reads, path.name)


def read_grids(path: Path, reads: Reads) -> list[Grid]:
    """Return the sheets of a workbook or CSV file that hold anything."""
    ending = _ending(path)
    if ending in ENDINGS:
        _check_there(path)
        return read_workbook(path)
    if ending in _TEXT_ENDINGS:
        delimiter = reads.delimiter or ("\t" if ending == ".tsv" else "")
        grid = read_csv(_read_bytes(path), path.name, encoding=reads.encoding, delimiter=delimiter)
        return [grid] if grid.rows else []
    known = ", ".join(ending.lstrip(".") for ending in (*ENDINGS, *_TEXT_ENDINGS, *_JSON_ENDINGS))
    raise InvalidUsage("{path} is of a kind that is not read.", hint="Kinds are: {known}.", path=path.name, known=known)


def is_json(path: Path) -> bool:
    """Return whether the name of a file says that it holds JSON."""
    return _ending(path) in _JSON_ENDINGS


def _ending(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def _check_there(path: Path) -> None:
    if not path.is_file():
        raise NotFound("There is no file {path}.", path=str(path))


def _read_bytes(path: Path) -> bytes:
    """Return the bytes of a text file, unpacked if it is gzipped. Raises Refused for more than MAX_BYTES."""
    _check_there(path)
    try:
        with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Refused("{path} cannot be read: {reason}", path=path.name, reason=error) from error
    if len(data) > MAX_BYTES:
        raise Refused("{path} is larger than {most} MB.", path=path.name, most=MAX_BYTES >> 20)
    return data
