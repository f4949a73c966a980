"""Make tickets from the rows of a table by a mapping, or say why a row is refused. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Refused, Sentence
from fenji.imports.cells import Cell, SourceRow, SourceTable, cell_text, is_rounded, plain_text
from fenji.imports.changes import TRACKED, RowHistory
from fenji.imports.columns import MappedTable
from fenji.imports.events import LogBuilder, settle_ends
from fenji.imports.mapping import VERDICT_PREFIX, ImportMapping
from fenji.imports.row_history import HistoryReader
from fenji.imports.row_values import ImportRules, RowValues
from fenji.model import workflow
from fenji.model.ticket import Ticket, Value, is_short
from fenji.model.ticket.uid import format_uid

if TYPE_CHECKING:
    from fenji.imports.dates import Moment

_JUDGED_BY_POLICY = "policy"
_GROUPED_DIGITS = re.compile(r"[0-9]{1,3}( [0-9]{3})+")
_UID_BYTES = 16


class ImportedRow(Struct, frozen=True):
    """The result for one row, or for the rows of one key: a ticket without a number, or why there is none."""

    rows: tuple[SourceRow, ...]
    key: str = ""
    ticket: Ticket | None = None
    fault: Sentence | None = None

    @property
    def number(self) -> int:
        """The number of the (first) row in its sheet."""
        return self.rows[0].number


def map_table(table: SourceTable, mapping: ImportMapping, rules: ImportRules) -> MappedTable:
    """Apply a mapping to a table; times that name no zone are in the zone of the mapping, else of the site."""
    zone = mapping.zone or rules.zone_of(mapping.site or rules.site)
    return MappedTable(table, mapping, zone)


def build_tickets(
    mapped: MappedTable, rules: ImportRules, progress: Callable[[int, int], None] | None = None
) -> Iterator[ImportedRow]:
    """Yield the result for each row, or for the rows of each key, in the order of the file."""
    builder = _Builder(mapped, rules)
    groups = builder.group_rows()
    for done, (key, rows) in enumerate(groups, 1):
        if progress and not done % 500:
            progress(done, len(groups))
        yield from builder.build(key, rows)


@dataclass
class _Builder:
    mapped: MappedTable
    rules: ImportRules

    def __post_init__(self) -> None:
        self.values = RowValues(self.mapped, self.rules)
        self.histories = HistoryReader(self.values)

    # --- identity -------------------------------------------------------------------------------------------------

    def group_rows(self) -> list[tuple[str, list[SourceRow]]]:
        """Return the rows by key; each row without a complete key is a group of its own, with the key `""`."""
        groups: dict[str, list[SourceRow]] = {}
        order: list[tuple[str, list[SourceRow]]] = []
        for row in self.mapped.table.rows:
            key = self._key_of(row)
            if key in groups:
                groups[key].append(row)
            else:
                order.append((key, [row]))
                groups |= {key: order[-1][1]} if key else {}
        return order

    def _key_of(self, row: SourceRow) -> str:
        if row.fault:
            return ""
        parts = []
        for name in self.mapped.key_columns:
            cells = self.mapped.cells(row, name)
            parts.append(key_text(cells[0]) if cells and not is_rounded(cells[0]) else "")
        return " + ".join(parts) if all(parts) else ""

    def build(self, key: str, rows: Sequence[SourceRow]) -> Iterator[ImportedRow]:
        if key and len(rows) > 1 and not self.mapped.mapping.repeats:
            numbers = tuple(str(row.number) for row in rows[:8])
            template = "{key} is in rows {rows}; add a column to `key`, or write `repeats: history`"
            yield from (
                ImportedRow((row,), key, None, Sentence(template, {"key": key, "rows": numbers})) for row in rows
            )
            return
        if rows[0].fault:
            yield ImportedRow(tuple(rows), key, None, rows[0].fault)
            return
        try:
            yield ImportedRow(tuple(rows), key, self._ticket(key, rows))
        except Refused as fault:
            yield ImportedRow(tuple(rows), key, None, fault.sentence)

    def _keyless(self, row: SourceRow) -> Refused:
        for name in self.mapped.key_columns:
            for cell in filter(is_rounded, self.mapped.cells(row, name)):
                template = "{key} is a number that a spreadsheet has rounded; export {column} as text"
                return Refused(template, key=cell_text(cell), column=name)
        return Refused("has nothing in {column}, which identifies it", column=" + ".join(self.mapped.key_columns))

    # --- one ticket -----------------------------------------------------------------------------------------------

    def _ticket(self, key: str, rows: Sequence[SourceRow]) -> Ticket:
        if not key:
            raise self._keyless(rows[0])
        rows = self.histories.in_time(rows)
        last = rows[-1]
        values = self.values.fields(last)
        reported = self.values.reported(rows)
        history = self.histories.history(rows)
        first = {path: self.values.value(path, text) for path, text in history.first.items() if path in TRACKED}
        stated = values | {path: value for path, value in first.items() if path in values or value}
        builder = LogBuilder(self.mapped.mapping.source)
        texts = [path for path in stated if not is_short(path)]
        body: dict[str, Value] = {"precision": "day"} if reported.day_only else {}
        if "priority" in self.mapped.mapping.fields:
            body["reason"] = self.mapped.mapping.source  # the priority was chosen by somebody there
        if texts:
            body["texts"] = [f"{path} {digest_text(str(stated[path]))}" for path in texts]
        builder.report(reported.at, {path: stated[path] for path in stated if is_short(path)}, texts, body)
        for change in settle_ends(history.changes):
            builder.apply(change, reported=reported.at)
        final = values | {path: value for event in builder.events for path, value in event.set.items()}
        ticket = Ticket({}).with_fields(
            {
                **final,
                "uid": make_import_uid(self.mapped.mapping.source, key),
                "site": self.values.site(last),
                "origin": self._origin(key, last, reported, history),
            }
        )
        ticket = ticket.with_events(builder.events)
        return ticket.with_fields({"state": workflow.current_state(ticket).state})

    # --- origin ---------------------------------------------------------------------------------------------------

    def _origin(self, key: str, row: SourceRow, reported: Moment, history: RowHistory) -> dict[str, Value]:
        mapping = self.mapped.mapping
        verdict = {
            path.removeprefix(VERDICT_PREFIX): text
            for path in mapping.fields
            if path.startswith(VERDICT_PREFIX) and (text := self.values.filled(path, row))
        }
        origin: dict[str, Value] = {"source": mapping.source, "key": key, "at": self.rules.at, "by": self.rules.by}
        if reported.day_only:
            origin["precision"] = "day"
        if mapping.judge == _JUDGED_BY_POLICY:
            origin["judge"] = mapping.judge
        rest = {**self.mapped.rest(row), **self.values.translated_words(key, row), **history.unread}
        more: dict[str, Value] = {"verdict": verdict, "rest": dict(sorted(rest.items()))}
        return origin | {name: part for name, part in more.items() if part}


def make_import_uid(source: str, key: str) -> str:
    """Return a ULID made from a source and a key; its time part is made from them as well, and is no real time."""
    name = f"fenji import\0{len(source)}\0{source}\0{key}"
    return format_uid(int.from_bytes(sha256(name.encode()).digest()[:_UID_BYTES]))


def key_text(cell: Cell) -> str:
    """Return a cell as a part of a key: plain digits and letters, one blank between words, `52 267` as 52267."""
    text = plain_text(cell_text(cell))
    return text.replace(" ", "") if _GROUPED_DIGITS.fullmatch(text) else text


def digest_text(text: str) -> str:
    """Return 16 hexadecimal digits that tell one long text from another."""
    return sha256(text.rstrip("\n").encode()).hexdigest()[:16]
