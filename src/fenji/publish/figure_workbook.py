"""A report as a workbook: a sheet for each table with real numbers and dates, its chart, and the tickets counted.

Text is never written as a formula. The sheet of a table has two rows of headings: the labels, and the names in JSON.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fenji.errors import Sentence
from fenji.model.appraisal import figure_text
from fenji.model.appraisal.grouping import KEY_LABELS
from fenji.model.appraisal.tables import ValueType
from fenji.model.ticket import sanitize
from fenji.publish.export.workbook import fit_cell, new_workbook
from fenji.publish.figure_chart import ChartedTable, add_chart

if TYPE_CHECKING:
    from fenji.model.appraisal.behind import CountedTicket
    from fenji.model.appraisal.tables import Cell, Column, Figures, FigureTable, TableRow
    from fenji.publish.figure_edition import FigureEdition

NAMES_ROW = 4  # row, counted from 0, of the columns' names in JSON; their labels are in the row above
_DAY_S = 86_400
_A4 = 9  # Excel's number for this paper size
_NUMBER_FORMATS = {
    ValueType.COUNT: "0",
    ValueType.NUMBER: "0.####",
    ValueType.RATE: "0.00%",  # rates are cut after four places, so that none is rounded up to 100 %
    ValueType.SECONDS: "[h]:mm:ss",
    ValueType.HOURS: "0.##",
    ValueType.MONEY: "#,##0.00##",
    ValueType.DATE: "yyyy-mm-dd",
}


def render_workbook(edition: FigureEdition) -> bytes:
    """Render a report as .xlsx."""
    written = io.BytesIO()
    with new_workbook(written, edition.title, comments=edition.source) as book:
        writer = _BookWriter(book, edition)
        for part in edition.parts:
            for table in part.tables:
                if not table.is_extract:
                    writer.write_table(part, table)
        writer.write_tickets()
    return written.getvalue()


class _BookWriter:
    """Writes the sheets of a workbook; each format is created only once."""

    def __init__(self, book: Any, edition: FigureEdition) -> None:
        self._book, self._edition, self._say = book, edition, edition.say
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}
        self._names: set[str] = set()

    def _format(self, **style: object) -> Any:
        key = tuple(sorted(style.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(style)
        return self._formats[key]

    def _add_sheet(self, name: str) -> Any:
        """Add a sheet, under a unique name that office programs accept."""
        base = re.sub(r"[\[\]:*?/\\']", " ", name).strip()[:26] or "-"
        name = next(
            candidate
            for candidate in (base, *(f"{base} {number}" for number in range(2, 1000)))
            if candidate.casefold() not in self._names
        )
        self._names.add(name.casefold())
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        return sheet

    # --- tables -----------------------------------------------------------------------------------------------------

    def write_table(self, part: Figures, table: FigureTable) -> None:
        """Write a table into a sheet of its own: headings, rows, total, notes, and a chart below them."""
        sheet = self._add_sheet(self._sheet_name(part, table))
        sheet.write_string(0, 0, self._title(part, table), self._format(bold=True, font_size=13))
        sheet.write_string(1, 0, self._edition.source, self._format(font_color="#666666"))
        columns = [*(column for column in table.columns if column.shown), *_hidden(table)]
        for place, column in enumerate(columns):
            self._write_head(sheet, place, column)
        top = NAMES_ROW + 1
        for place, row in enumerate(table.all_rows):
            self._write_row(sheet, top + place, row, columns, bold=row is table.total)
        last = top + len(table.all_rows) - 1
        self._colour(sheet, (top, last), columns)
        self._add_sparklines(sheet, (top, last), table, columns)
        for place, note in enumerate(table.notes):
            sheet.write_string(last + 2 + place, 0, self._say(note), self._format(font_color="#666666"))
        sheet.freeze_panes(top, sum(column.is_key for column in columns))
        if table.rows:
            sheet.autofilter(NAMES_ROW, 0, top + len(table.rows) - 1, len(columns) - 1)
            charted = ChartedTable(self._book, sheet, table, columns, top, self._say)
            add_chart(charted, last + 3 + len(table.notes))

    def _title(self, part: Figures, table: FigureTable) -> str:
        heads = figure_text.title_parts(part, self._edition.listed_sites, self._say)
        title = self._say(table.title)
        return " · ".join(heads if heads[0].startswith(title) else [title, *heads])

    def _sheet_name(self, part: Figures, table: FigureTable) -> str:
        if table.name == part.kind and part.by:
            return " ".join(self._say(KEY_LABELS[key]) for key in part.by)
        return self._say(table.title)

    def _write_head(self, sheet: Any, place: int, column: Column) -> None:
        label = figure_text.format_label(column, self._say) or column.name
        style = {"bold": True, "bottom": 1, "text_wrap": True, "align": "left" if _is_text(column) else "right"}
        sheet.write_string(NAMES_ROW - 1, place, label, self._format(**style))
        grey = self._format(font_color="#999999", font_size=8, align=style["align"])
        sheet.write_string(NAMES_ROW, place, column.name, grey)
        width = 24 if _is_text(column) else 12
        sheet.set_column(place, place, width, None, {} if column.shown else {"level": 1, "hidden": True})

    def _write_row(self, sheet: Any, place: int, row: TableRow, columns: Sequence[Column], *, bold: bool) -> None:
        for number, column in enumerate(columns):
            self._write_cell(sheet, (place, number), row[column.name], column, bold=bold)

    def _write_cell(self, sheet: Any, place: tuple[int, int], cell: Cell, column: Column, *, bold: bool) -> None:
        value, style = cell.value, {"bold": True, "top": 1} if bold else {}
        if value is None or value == "":
            if bold:
                sheet.write_blank(*place, None, self._format(**style))
        elif isinstance(value, date) and not isinstance(value, datetime):
            stamp = datetime(value.year, value.month, value.day)
            sheet.write_datetime(*place, stamp, self._format(num_format=_NUMBER_FORMATS[ValueType.DATE], **style))
        elif isinstance(value, int | float | Decimal):
            number = float(value) / _DAY_S if column.type is ValueType.SECONDS else float(value)
            number_format = _NUMBER_FORMATS.get(column.type, "General")
            number_format = f'">="{number_format}' if cell.at_least else number_format
            number_format = f'{number_format}"*"' if cell.elapsed else number_format
            number_format = f'"("{number_format}")"' if cell.small else number_format
            sheet.write_number(*place, number, self._format(num_format=number_format, **style))
        else:
            text = sanitize(figure_text.format_cell(cell, column, self._say))
            sheet.write_string(*place, fit_cell(text), self._format(**style) if style else None)

    def _colour(self, sheet: Any, rows: tuple[int, int], columns: Sequence[Column]) -> None:
        """Colour the flagged rates, and draw bars in counts; small groups get no colour."""
        from xlsxwriter.utility import xl_col_to_name

        places = {column.name: place for place, column in enumerate(columns)}
        for name, place in places.items():
            flag = places.get(name.removesuffix("_rate") + "_flag") if name.endswith("_rate") else None
            if flag is not None:
                rule = {
                    "type": "formula",
                    "criteria": f"=${xl_col_to_name(flag)}{rows[0] + 1}=1",
                    "format": self._format(bg_color="#f6c7c0", font_color="#8a1c10"),
                }
                sheet.conditional_format(rows[0], place, rows[1], place, rule)
            elif columns[place].type in (ValueType.COUNT, ValueType.HOURS, ValueType.MONEY) and columns[place].shown:
                bar = {"type": "data_bar", "bar_solid": True, "bar_color": "#b9d3da", "min_type": "num", "min_value": 0}
                sheet.conditional_format(rows[0], place, max(rows[1] - 1, rows[0]), place, bar)

    def _add_sparklines(self, sheet: Any, rows: tuple[int, int], table: FigureTable, columns: Sequence[Column]) -> None:
        places = [place for place, column in enumerate(columns) if column.name in table.spark]
        for row in range(rows[0], rows[1] + 1) if places else ():
            from xlsxwriter.utility import xl_range

            cells = f"'{sheet.get_name()}'!{xl_range(row, min(places), row, max(places))}"
            sheet.add_sparkline(row, len(columns), {"range": cells, "markers": True})

    # --- tickets ------------------------------------------------------------------------------------------------------

    def write_tickets(self) -> None:
        """Write the tickets behind all figures of the book, each verdict once."""
        sheet = self._add_sheet(self._say(Sentence("Tickets")))
        zone = self._edition.main.period.zone
        heads = [self._say(head) for head in _TICKET_HEADS]
        for place, head in enumerate(heads):
            sheet.write_string(0, place, head, self._format(bold=True, bottom=1))
            sheet.set_column(place, place, _TICKET_WIDTHS[place])
        tickets = list(_each_once(self._edition.behind.values()))
        for row, ticket in enumerate(tickets, 1):
            at = ticket.at.astimezone(zone)
            for place, text in enumerate(self._ticket_texts(ticket)):
                sheet.write_string(row, place, fit_cell(text))
            sheet.write_datetime(row, 9, at.replace(tzinfo=None), self._format(num_format="yyyy-mm-dd hh:mm:ss"))
            sheet.write_string(row, 10, at.isoformat())
            if ticket.seconds is not None:
                length = self._format(num_format=_NUMBER_FORMATS[ValueType.SECONDS])
                sheet.write_number(row, 11, ticket.seconds / _DAY_S, length)
        sheet.freeze_panes(1, 1)
        if tickets:
            sheet.autofilter(0, 0, len(tickets), len(heads) - 1)

    def _ticket_texts(self, ticket: CountedTicket) -> Iterator[str]:
        yield from map(sanitize, (ticket.id, ticket.title))
        yield from (self._say(word) if word else "" for word in (ticket.kind, ticket.state))
        yield sanitize(ticket.level)
        clock = self._say(ticket.clock) if ticket.clock else ""
        yield f"{clock} {sanitize(ticket.item)}".strip()
        yield self._say(ticket.answer) if ticket.answer else ""
        yield from map(sanitize, (figure_text.format_person(ticket.person, self._say), ticket.unit))


_TICKET_HEADS = (
    *(Sentence("Ticket"), Sentence("Title"), Sentence("kind"), Sentence("State"), Sentence("priority")),
    *(Sentence("clock"), Sentence("verdict"), Sentence("person"), Sentence("unit")),
    *(Sentence("decided at"), Sentence("with its offset"), Sentence("took, or was late by")),
)
_TICKET_WIDTHS = (16, 44, 10, 12, 9, 12, 11, 16, 14, 20, 26, 14)


def _each_once(lists: Iterable[Sequence[CountedTicket]]) -> Iterator[CountedTicket]:
    """Yield each verdict of the lists once; a ticket without a verdict only if it has none in any list."""
    known = {(ticket.uid, ticket.clock, ticket.item): ticket for tickets in lists for ticket in tickets}
    decided = {uid for uid, clock, _ in known if clock}
    found = [ticket for (uid, clock, _), ticket in known.items() if clock or uid not in decided]
    yield from sorted(found, key=lambda ticket: (ticket.id, ticket.clock, ticket.item))


def _hidden(table: FigureTable) -> list[Column]:
    return [column for column in table.columns if not column.shown]


def _is_text(column: Column) -> bool:
    return column.type in figure_text.LEFT_ALIGNED
