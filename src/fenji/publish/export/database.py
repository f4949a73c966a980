"""An export as an SQLite database, with one table for each table of the export."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from fenji.publish.export.tables import FILE_COLUMN, TABLES, TICKETS, Cell, ExportedTicket, ExportTable


def write_database(path: Path, tickets: Iterable[ExportedTicket]) -> int:
    """Write a new database at `path`, and return its number of tickets.

    Instants are in UTC as SQLite writes them (`2026-03-10 07:00:00`), dates as `2026-03-10`, lengths in seconds.
    """
    count = 0
    with closing(sqlite3.connect(path)) as database:
        for table in TABLES:
            names = ", ".join(f'"{name}" {_type_of(table, name)}' for name in _columns(table))
            database.execute(f'CREATE TABLE "{table.name}" ({names})')
        for exported in tickets:
            count += 1
            for table in TABLES:
                rows = [[_value(cell) for cell in row] for row in table.rows_of(exported)]
                rows = [[*row, exported.text] for row in rows] if table is TICKETS else rows
                marks = ", ".join("?" * len(_columns(table)))
                database.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', rows)
        for table in TABLES:
            database.execute(f'CREATE INDEX "{table.name}_uid" ON "{table.name}" ("uid")')
        database.commit()
    return count


def _columns(table: ExportTable) -> list[str]:
    """Return the names of a table's columns, with `_` in place of dots, which have a meaning in SQL."""
    names = [name.replace(".", "_") for name in table.columns]
    return [*names, FILE_COLUMN] if table is TICKETS else names


def _type_of(table: ExportTable, name: str) -> str:
    """Return the SQL type of a column, so that numbers are compared as numbers."""
    if name.endswith("_s"):
        return "INTEGER"
    return "NUMERIC" if name in {number.replace(".", "_") for number in table.numbers} else "TEXT"


def _value(cell: Cell) -> str | int | None:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date | Decimal):
        return str(cell)
    return cell
