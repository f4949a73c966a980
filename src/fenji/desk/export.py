"""Export a desk's tickets as a workbook, CSV, JSON lines, an SQLite database or a calendar."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import files
from fenji.desk.output_files import check_target
from fenji.errors import InvalidUsage
from fenji.model.board import Row, build_rows
from fenji.publish.export.tables import ExportedTicket
from fenji.storage import BadFile, StoredTicket, yaml_codec

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.model.values import JsonValue

FORMATS = ("xlsx", "csv", "jsonl", "sqlite", "ics")
_ENDINGS = {"sqlite": (".sqlite", ".sqlite3", ".db")}


class Exporter:
    """Exports the tickets of a desk that match a filter, including archived ones.

    `bad_files` lists unreadable files, and is complete once all tickets were read. Raises InvalidUsage for an invalid
    filter, or one that asks for values that no ticket has.
    """

    def __init__(self, desk: Desk, filter_text: str, *, progress: Callable[[int], None] | None = None) -> None:
        self._desk, self._filter_text, self._progress = desk, filter_text, progress
        self.bad_files: list[BadFile] = []
        self.count = 0
        desk.check_filter(filter_text)

    def tickets(self) -> Iterator[ExportedTicket]:
        """Yield the matching tickets, open ones before archived ones, each by site and number."""
        desk, now = self._desk, self._desk.now()
        matches = desk.row_filter(self._filter_text).matches
        for stored in self._stored_tickets():
            row = build_rows([(stored.ticket, stored.path, stored.hand_edited)], desk.policy, now, desk.annotations)[0]
            if matches(row):
                self.count += 1
                if self._progress:
                    self._progress(self.count)
                yield ExportedTicket(row, yaml_codec.dump(row.ticket).decode())

    def _stored_tickets(self) -> Iterator[StoredTicket]:
        scan = self._desk.store.reader.scan_open()
        self.bad_files += scan.bad_files
        yield from scan.tickets
        for found in self._desk.store.reader.iter_archive():
            if isinstance(found, StoredTicket):
                yield found
            else:
                self.bad_files.append(found)

    def write(self, export_format: str, target: Path, *, document: Callable[[Row], dict[str, JsonValue]]) -> None:
        """Write a complete export to a file, or nothing at all. Raises Refused for a path that belongs to the desk."""
        check_target(self._desk, target, _ENDINGS.get(export_format, (f".{export_format}",)))
        folder = target.parent.resolve()
        made = files.temporary_path(folder)
        try:
            self._make(export_format, made, document)
            if target.is_file():
                made.chmod(target.stat().st_mode & 0o777)
            files.move_into_place(made, folder / target.name)
        except OSError as error:
            raise files.write_failure(error, target) from error
        finally:
            made.unlink(missing_ok=True)

    def _make(self, export_format: str, made: Path, document: Callable[[Row], dict[str, JsonValue]]) -> None:
        if export_format == "xlsx":
            from fenji.publish.export.workbook import write_workbook

            write_workbook(made, self.tickets(), self._desk.period_zone, self._desk.now())
        elif export_format == "sqlite":
            from fenji.publish.export.database import write_database

            write_database(made, self.tickets())
        else:
            with made.open("wb") as out:
                for piece in self.pieces(export_format, document, to_file=True):
                    out.write(piece)

    def pieces(
        self, export_format: str, document: Callable[[Row], dict[str, JsonValue]], *, to_file: bool
    ) -> Iterator[bytes]:
        """Yield an export in a text format, piece by piece; CSV has a BOM in a file, but not in a pipe."""
        from fenji.publish.export import tables

        if export_format == "ics":
            from fenji.publish.export.calendar import render_calendar

            yield render_calendar(self.tickets(), self._desk.language)
        elif export_format == "csv":
            yield BOM_UTF8 if to_file else b""
            yield from map(str.encode, tables.csv_lines(self.tickets()))
        elif export_format == "jsonl":
            yield from map(str.encode, tables.json_lines(self.tickets(), lambda exported: document(exported.row)))
        else:
            raise InvalidUsage("{format} needs a file: add -o FILE.{format}", format=export_format)
