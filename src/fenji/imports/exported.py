"""Read what `fenji export` wrote: the text of each ticket's own file, so that a ticket comes back byte by byte."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Damaged, Problem, Refused
from fenji.imports.cells import SourceTable, cell_text
from fenji.imports.read import is_json, open_source, read_grids, read_table
from fenji.imports.tables import Reads
from fenji.storage import yaml_codec

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket

DATABASE_ENDINGS = (".sqlite", ".sqlite3", ".db")
_FILE, _UID, _PIECE = "file", "uid", "piece"
_SHEET = "files_whole"


class ExportedRow(Struct, frozen=True):
    """One row of an export: its number, and its ticket or the problems of its text, with their lines."""

    number: int
    ticket: Ticket | None
    problems: tuple[Problem, ...] = ()


def is_database(path: Path) -> bool:
    """Whether the name of a file says that it is an SQLite database."""
    return path.suffix.lower() in DATABASE_ENDINGS


def read_exported(path: Path) -> list[ExportedRow] | None:
    """Return the tickets of an export; None for any other file. Raises Refused for a file that cannot be read."""
    texts = _read_texts(path)
    return None if texts is None else [_parse(number, text) for number, text in enumerate(texts, 2)]


def _parse(number: int, text: str) -> ExportedRow:
    try:
        return ExportedRow(number, yaml_codec.read_ticket(text.encode(), f"row {number}"))
    except Damaged as damaged:
        return ExportedRow(number, None, damaged.problems)


def _read_texts(path: Path) -> list[str] | None:
    if is_database(path):
        return _read_database(path)
    if is_json(path):
        return _column_texts(read_table(path, Reads()))
    grids = read_grids(path, Reads())
    pieces = [grid for grid in grids if grid.name.startswith(_SHEET)]
    if pieces:
        return _join_pieces(row for grid in pieces for row in grid.rows[1:])
    if not grids or _FILE not in grids[0].rows[0] or _UID not in grids[0].rows[0]:
        return None
    return _column_texts(read_table(path, Reads(header=(1,))))


def _column_texts(table: SourceTable) -> list[str] | None:
    if _FILE not in table.positions or _UID not in table.positions:
        return None
    column = table.positions[_FILE][0]
    return [str(row.cells[column] or "") for row in table.rows]


def _join_pieces(rows: Iterator[tuple[object, ...]]) -> list[str]:
    texts: dict[str, list[tuple[int, str]]] = {}
    for uid, piece, text, *_ in rows:
        texts.setdefault(str(uid), []).append((int(float(cell_text(piece))), str(text)))  # type: ignore[arg-type]
    return ["".join(text for _, text in sorted(pieces)) for pieces in texts.values()]


def _read_database(path: Path) -> list[str] | None:
    open_source(path).close()
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            columns = {row[1] for row in database.execute("PRAGMA table_info(tickets)")}
            if not {_FILE, _UID} <= columns:
                return None
            return [str(row[0]) for row in database.execute("SELECT file FROM tickets ORDER BY rowid")]
    except sqlite3.Error as error:
        raise Refused("{path} cannot be read: {reason}", path=path.name, reason=error) from error
