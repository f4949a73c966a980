"""The tables of an export: a row per ticket with its clocks, per event, and per item of each list in a ticket.

They are built from the table of fields, so that every format has a new field automatically. Pure.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fenji.model.ticket import FIELDS, Field, Ticket, Value, parse_items_key, to_json_value
from fenji.publish.figure_table import guard

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.values import JsonValue

Cell = str | int | Decimal | date | datetime | None
CellRow = tuple[Cell, ...]
FILE_COLUMN = "file"  # the text of the ticket's own file, which an import reads, so that nothing is lost
CLOCKS = ("response", "solution")
_CLOCK_KEYS = ("state", "due", "done", "target_s", "used_s", "held_s", "left_s", "late_s", "excuse")
_CHARGED_KEYS = ("owner", "queue", "unit")
_EVENT_KEYS = ("logged", "from", "reason", "note")


class ExportedTicket(Struct, frozen=True):
    """One ticket as it is exported: its row on the board, and the text of its file."""

    row: Row
    text: str

    @property
    def ticket(self) -> Ticket:
        return self.row.ticket


class ExportTable(Struct, frozen=True):
    """A table: its name, its columns (number and uid come first), and the rows that one ticket adds.

    `numbers` are the columns with numbers instead of text; a name that ends in `_s` is a length in whole seconds.
    """

    name: str
    columns: tuple[str, ...]
    rows_of: Callable[[ExportedTicket], Iterator[CellRow]]
    numbers: frozenset[str] = frozenset()


def cell_of(value: Value) -> Cell:
    """Return a ticket's value as a cell: a list of texts joined by `; `, a flag as yes or no, nested values as JSON."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, str | int | Decimal | datetime | date):
        return value
    if isinstance(value, Sequence) and all(isinstance(item, str) for item in value):
        return "; ".join(map(str, value))
    return json.dumps(to_json_value(value), ensure_ascii=False)


# --- tickets ------------------------------------------------------------------------------------------------------


def _header_paths() -> tuple[str, ...]:
    return tuple(path for field in FIELDS if field.type != "items" for path in _paths(field) if field.key != "sla")


def _paths(field: Field) -> list[str]:
    return [f"{field.key}.{part.key}" for part in field.parts] if field.type == "group" else [field.key]


_HEADER_PATHS = _header_paths()
_TICKET_COLUMNS = (
    *_HEADER_PATHS,
    "reported",
    *(f"{clock}.{key}" for clock in CLOCKS for key in (*_CLOCK_KEYS, *_CHARGED_KEYS)),
)


def _ticket_rows(exported: ExportedTicket) -> Iterator[CellRow]:
    ticket = exported.ticket
    header = [cell_of(ticket.look_up(path)) for path in _HEADER_PATHS]
    clocks = [cell for clock in CLOCKS for cell in _clock_cells(exported.row, clock)]
    yield (*header, ticket.reported_at, *clocks)


def _clock_cells(row: Row, clock: str) -> list[Cell]:
    reading: Mapping[str, Any] = (row.reading.response if clock == "response" else row.reading.solution).mapping()
    charged: Mapping[str, Any] = reading.get("charged_to") or {}
    instants = {key: datetime.fromisoformat(reading[key]) if reading.get(key) else None for key in ("due", "done")}
    cells = [cell_of({**reading, **instants}.get(key)) for key in _CLOCK_KEYS]
    return [*cells, *(cell_of(charged.get(key)) for key in _CHARGED_KEYS)]


# --- events and items ---------------------------------------------------------------------------------------------


def _event_rows(exported: ExportedTicket) -> Iterator[CellRow]:
    for event in exported.ticket.log:
        named = {"logged": event.logged, "from": event.body.get("from"), "reason": event.reason, "note": event.note}
        rest = {key: value for key, value in event.body.items() if key not in _EVENT_KEYS}
        cells = [cell_of(named[key]) or None for key in _EVENT_KEYS]
        yield (*_identity(exported), event.n, event.at, event.by, event.do, *cells, cell_of(rest) if rest else None)


def _item_rows(field: Field) -> Callable[[ExportedTicket], Iterator[CellRow]]:
    def rows(exported: ExportedTicket) -> Iterator[CellRow]:
        for item in exported.ticket.items(parse_items_key(field.key)):
            yield (*_identity(exported), *(cell_of(item.get(part.key)) for part in field.parts))

    return rows


def _identity(exported: ExportedTicket) -> tuple[str, str]:
    return exported.ticket.id, exported.ticket.uid


_IDENTITY = ("id", "uid")
_NUMBERS = ("number", "count")  # types of fields
_HEADER_NUMBERS = frozenset(
    f"{field.key}.{part.key}"
    for field in FIELDS
    for part in field.parts
    if field.type == "group" and part.type in _NUMBERS
)
TICKETS = ExportTable("tickets", _TICKET_COLUMNS, _ticket_rows, _HEADER_NUMBERS)
TABLES: tuple[ExportTable, ...] = (
    TICKETS,
    ExportTable("events", (*_IDENTITY, "n", "at", "by", "do", *_EVENT_KEYS, "rest"), _event_rows, frozenset(("n",))),
    *(
        ExportTable(
            field.key,
            (*_IDENTITY, *(part.key for part in field.parts)),
            _item_rows(field),
            frozenset(part.key for part in field.parts if part.type in _NUMBERS),
        )
        for field in FIELDS
        if field.type == "items"
    ),
)


def csv_lines(tickets: Iterable[ExportedTicket]) -> Iterator[str]:
    """Yield a CSV file (RFC 4180) in pieces, a row per ticket; a text that looks like a formula is kept as text."""
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
