"""Read a file from another program as a table, by its name and its content."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fenji.errors import InvalidUsage, NotFound, Refused, os_reason
from fenji.given_files import open_given
from fenji.imports.limits import MAX_BYTES
from fenji.imports.read_csv import read_csv
from fenji.imports.read_json import find_record_paths, read_json
from fenji.imports.read_workbook import ENDINGS, is_workbook, read_workbook
from fenji.imports.tables import Reads, choose_grid, select_table

if TYPE_CHECKING:
    from fenji.imports.cells import Grid, SourceTable

_TEXT_ENDINGS = (".csv", ".tsv", ".txt")
_JSON_ENDINGS = (".json", ".jsonl", ".ndjson")
_HEAD = 512  # bytes
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*<(?:!doctype|!--|\?xml|html|head|meta|body|table|div)\b", re.IGNORECASE
)
_BLANK = b" \t\r\n\0\xef\xbb\xbf\xff\xfe"


def read_table(path: Path, reads: Reads) -> SourceTable:
    """Return the table in a file. Raises Refused for one that cannot be read, NotFound, or InvalidUsage."""
    if is_json(path):
        return read_json(_read_bytes(path), path.name, encoding=reads.encoding, records=reads.records)
    return select_table(choose_grid(read_grids(path, reads), reads, path.name), reads, path.name)


def read_grids(path: Path, reads: Reads) -> list[Grid]:
    """Return the sheets of a workbook or CSV file that are not empty.

    The content of the file decides how it is read, not its name: many programs name a text `.xls`.
    """
    ending = _ending(path)
    if ending not in (*ENDINGS, *_TEXT_ENDINGS):
        known = tuple(ending.lstrip(".") for ending in (*ENDINGS, *_TEXT_ENDINGS, *_JSON_ENDINGS))
        hint = "Kinds are: {known}."
        raise InvalidUsage("{path} is not a supported file type.", hint=hint, path=path.name, known=known)
    data = _read_bytes(path)
    if is_workbook(data):
        return read_workbook(data, path.name)
    if _MARKUP.match(data[:_HEAD].replace(b"\0", b"")):
        hint = "Open it in an office program, and save it as .xlsx or as CSV (UTF-8)."
        raise Refused("{path} is named like a table, but is a web page or XML.", hint=hint, path=path.name)
    delimiter = reads.delimiter or ("\t" if ending == ".tsv" else "")
    grid = read_csv(data, path.name, encoding=reads.encoding, delimiter=delimiter)
    return [grid] if grid.rows else []


def list_records(path: Path) -> list[str]:
    """Return the paths of the lists of records in a JSON file; only `""` if it is clear which one is read."""
    return find_record_paths(_read_bytes(path), path.name)


def is_json(path: Path) -> bool:
    """Return whether the name of a file says that it is JSON."""
    return _ending(path) in _JSON_ENDINGS


def _ending(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def open_source(path: Path) -> BinaryIO:
    """Open a file from another program. Raises NotFound, or Refused if it is no regular file or cannot be read."""
    try:
        return open_given(path)
    except IsADirectoryError:
        raise Refused("{path} is a folder.", hint="Name a file in it.", path=str(path)) from None
    except FileNotFoundError:
        raise NotFound("There is no file {path}.", path=str(path)) from None
    except OSError as error:
        raise Refused("{path} cannot be read: {reason}.", path=str(path), reason=os_reason(error)) from error


def _read_bytes(path: Path) -> bytes:
    """Return the bytes of a file, unpacked if it is gzipped. Raises as `open_source`, and Refused for damaged files."""
    with open_source(path) as file:
        try:
            unpacked = gzip.GzipFile(fileobj=file) if path.name.lower().endswith(".gz") else file
            data = unpacked.read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise Refused("{path} cannot be read: {reason}", path=path.name, reason=error) from error
    if len(data) > MAX_BYTES:
        raise Refused("{path} is larger than {most} MB.", path=path.name, most=MAX_BYTES >> 20)
    if not data.strip(_BLANK):
        raise Refused("{path} is empty.", path=path.name)
    return data
