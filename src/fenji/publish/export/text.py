"""An export as text: CSV with a row a ticket, and JSON with a line a ticket. Both hold the text of each file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from fenji.publish.export.tables import FILE_COLUMN, TICKETS
from fenji.publish.figure_table import guard

if TYPE_CHECKING:
    from fenji.model.values import JsonValue
    from fenji.publish.export.tables import Cell, ExportedTicket

BOM = "\ufeff"  # office programs take a CSV file for UTF-8 by it


def csv_lines(tickets: Iterable[ExportedTicket]) -> Iterator[str]:
    """Yield a CSV (RFC 4180) piece by piece: a row a ticket; a text that a program would compute is kept a text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([*TICKETS.columns, FILE_COLUMN])
    for exported in tickets:
        for row in TICKETS.rows_of(exported):
            writer.writerow([*(_text(cell) for cell in row), exported.text])
        yield out.getvalue()
        out.seek(0)
        out.truncate()
    yield out.getvalue()


def _text(cell: Cell) -> object:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return guard(cell) if isinstance(cell, str) else cell


def json_lines(
    tickets: Iterable[ExportedTicket], document: Callable[[ExportedTicket], Mapping[str, JsonValue]]
) -> Iterator[str]:
    """Yield a line of JSON for each ticket: what `show --json` prints, and the text of its file."""
    for exported in tickets:
        yield json.dumps({**document(exported), FILE_COLUMN: exported.text}, ensure_ascii=False) + "\n"
