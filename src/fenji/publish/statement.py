"""A statement as a value, and as HTML, a workbook and a Word document. Pure: values to bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Sentence
from fenji.i18n import join_words, say
from fenji.model.contracts import IssuedLine, SettledLine, total_by_currency
from fenji.model.contracts.settle import POOL
from fenji.model.ticket import sanitize
from fenji.publish.export.workbook import new_workbook
from fenji.publish.localization import format_instant
from fenji.publish.markup import Markup, join, tag

if TYPE_CHECKING:
    from fenji.model.board import BadFile
    from fenji.model.periods import Period
    from fenji.model.values import JsonValue


class Statement(Struct, frozen=True):
    """What a customer pays for a period: lines that are new or changed, and lines that nobody can settle yet."""

    number: str
    contract: str
    customers: tuple[str, ...]
    period: Period
    language: str
    lines: tuple[IssuedLine, ...]
    unknown: tuple[SettledLine, ...]
    signed: Mapping[str, tuple[str, ...]]
    commit: str
    made_at: datetime
    supplement: bool = False
    bad_files: tuple[BadFile, ...] = ()  # unreadable: their lines are missing

    @property
    def totals(self) -> dict[str, Decimal]:
        return total_by_currency(self.lines)

    @property
    def pool_hours(self) -> Decimal:
        """The hours paid in advance that this statement uses up."""
        return sum((line.hours or Decimal(0) for line in self.lines if line.outcome == POOL), Decimal(0))

    def mapping(self, *, by: str = "") -> dict[str, JsonValue]:
        """Return the statement as a JSON object, with money as text: the issued one with `by`, else a draft."""
        document: dict[str, JsonValue] = {
            "format": 1,
            "number": self.number,
            "contract": self.contract,
            "customers": list(self.customers),
            "period": {"name": self.period.query, "from": str(self.period.first), "until": str(self.period.last)},
            "commit": self.commit,
            "lines": [line.mapping() for line in self.lines],
            "totals": {currency: f"{total:f}" for currency, total in self.totals.items()},
            "pool_hours": f"{self.pool_hours:f}",
        }
        if by:
            return {**document, "issued": self.made_at.isoformat(), "by": by}
        return {**document, "draft": True, "unknown": [_unknown_mapping(line) for line in self.unknown]}


def _unknown_mapping(line: SettledLine) -> dict[str, str]:
    on = {"on": line.on.isoformat()} if line.on else {}
    return {"ticket": line.number, "key": line.key, "what": line.what, **on, "missing": say(line.why)}


_COLUMNS = (
    ("ticket", Sentence("Ticket")),
    ("on", Sentence("Day")),
    ("what", Sentence("What")),
    ("who", Sentence("Spent by")),
    ("role", Sentence("Role")),
    ("hours", Sentence("Hours")),
    ("quantity", Sentence("Quantity")),
    ("rate", Sentence("Rate")),
    ("amount", Sentence("Value")),
    ("charged", Sentence("Charged")),
    ("currency", Sentence("Currency")),
    ("outcome", Sentence("Settled as")),
    ("why", Sentence("Why")),
)
_NUMBERS = ("hours", "quantity", "rate", "amount", "charged")
_WORDS = ("ticket", "on", "currency")  # columns whose texts are not wrapped


def describe_line(line: IssuedLine, language: str) -> str:
    """Return what a line is for, after a mark if it takes back or replaces an issued line."""
    marks = {"minus": say("taken back", language), "plus": say("instead", language)}
    return " · ".join(filter(None, (marks.get(line.change, ""), sanitize(line.what))))


def _cell(line: IssuedLine, key: str, language: str) -> str | Decimal | date | None:
    value = getattr(line, key)
    if key == "outcome":
        return say(value, language)
    if key == "what":
        return describe_line(line, language)
    return sanitize(value) if isinstance(value, str) else value


def title_of(statement: Statement, *, draft: bool) -> str:
    """Return the heading of a statement: its kind and number, marked if it is a draft."""
    kind = Sentence("Supplement") if statement.supplement else Sentence("Statement")
    heading = f"{say(kind, statement.language)} {statement.number}"
    return say("{heading} (draft)", statement.language, heading=heading) if draft else heading


def _facts(statement: Statement) -> list[tuple[str, str]]:
    language, period = statement.language, statement.period
    return [
        (say("Contract", language), statement.contract),
        (say("Customer", language), join_words(map(sanitize, statement.customers), language)),
        (say("Period", language), f"{period.query}  {period.first} – {period.last}"),
        (say("Read at", language), f"{format_instant(statement.made_at)}  {statement.commit[:10]}"),
        (say("Prepaid hours used", language), f"{statement.pool_hours:f}"),
        *((say("To pay", language), f"{total:f} {currency}") for currency, total in sorted(statement.totals.items())),
    ]


# --- HTML ---------------------------------------------------------------------------------------------------------


@cache
def _style() -> str:
    return Path(__file__).with_name("statement.css").read_text("utf-8")


def render_statement_page(statement: Statement, *, draft: bool) -> bytes:
    """Render a statement as one self-contained HTML page."""
    language, title = statement.language, title_of(statement, draft=draft)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content="default-src 'none'; style-src 'unsafe-inline'"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(_style())),
    )
    facts = [join(tag("dt", label), tag("dd", text)) for label, text in _facts(statement)]
    body = tag(
        "body",
        tag("h1", title),
        tag("dl", facts),
        _render_table(statement),
        _render_unknown(statement) if draft and statement.unknown else None,
        tag("h2", say("Signed forms", language)),
        tag("p", _describe_signed(statement)),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang=language)}\n".encode()


def _render_table(statement: Statement) -> Markup:
    language = statement.language
    heads = [tag("th", say(label, language), class_="n" if key in _NUMBERS else None) for key, label in _COLUMNS]
    rows = [
        tag("tr", [_render_cell(_cell(line, key, language), key, say(label, language)) for key, label in _COLUMNS])
        for line in statement.lines
    ]
    return tag("table", tag("thead", tag("tr", heads)), tag("tbody", rows))


def _render_cell(value: object, key: str, label: str) -> Markup:
    text = "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
    kind = "n" if key in _NUMBERS else "word" if key in _WORDS else None
    return tag("td", text, class_=kind, data_label=label if text else None)


def _render_unknown(statement: Statement) -> Markup:
    language = statement.language
    rows = [tag("tr", [tag("td", text) for text in _unknown_texts(line, language)]) for line in statement.unknown]
    heading = say("Not on the statement: these cannot be settled yet", language)
    return join(tag("h2", heading), tag("table", tag("tbody", rows)))


def _unknown_texts(line: SettledLine, language: str) -> tuple[str, ...]:
    on = line.on.isoformat() if line.on else "-"
    return line.number, line.key, on, sanitize(line.what), sanitize(say(line.why, language))


def _describe_signed(statement: Statement) -> str:
    parts = [f"{number}: {', '.join(names) or '-'}" for number, names in sorted(statement.signed.items())]
    return sanitize("; ".join(parts)) or "-"


# --- workbook -----------------------------------------------------------------------------------------------------


def render_statement_workbook(statement: Statement, *, draft: bool) -> bytes:
    """Render a statement as .xlsx: real numbers and dates; a text is never a formula."""
    written = io.BytesIO()
    with new_workbook(written, title_of(statement, draft=draft), made_at=statement.made_at) as book:
        _write_lines(book, statement, draft=draft)
        if draft and statement.unknown:
            _write_unknown(book, statement)
    return written.getvalue()


def _write_lines(book: object, statement: Statement, *, draft: bool) -> None:
    language = statement.language
    sheet = book.add_worksheet(say("Statement", language)[:31])  # type: ignore[attr-defined]
    bold, day, money, count = (
        book.add_format(style)  # type: ignore[attr-defined]
        for style in (
            {"bold": True},
            {"num_format": "yyyy-mm-dd"},
            {"num_format": "#,##0.00##"},
            {"num_format": "0.##"},
        )
    )
    sheet.write_string(0, 0, title_of(statement, draft=draft), bold)
    facts = _facts(statement)
    for row, (label, text) in enumerate(facts, 1):
        sheet.write_string(row, 0, label)
        sheet.write_string(row, 2, text)
    top = len(facts) + 2
    for column, (_, heading) in enumerate(_COLUMNS):
        sheet.write_string(top, column, say(heading, language), bold)
    for row, line in enumerate(statement.lines, top + 1):
        for column, (key, _) in enumerate(_COLUMNS):
            number_format = count if key in ("hours", "quantity") else money
            _write_cell(sheet, (row, column), _cell(line, key, language), day, number_format)
    last = top + len(statement.lines)
    sheet.autofilter(top, 0, max(last, top), len(_COLUMNS) - 1)
    sheet.freeze_panes(top + 1, 1)
    _fit_to_page(sheet)
    for column, (key, _) in enumerate(_COLUMNS):
        sheet.set_column(column, column, {"what": 34, "why": 44, "ticket": 16}.get(key, 12))


def _write_cell(sheet: object, place: tuple[int, int], value: object, day: object, number_format: object) -> None:
    if isinstance(value, Decimal):
        sheet.write_number(*place, float(value), number_format)  # type: ignore[attr-defined]
    elif isinstance(value, date):
        sheet.write_datetime(*place, datetime(value.year, value.month, value.day), day)  # type: ignore[attr-defined]
    elif value:
        sheet.write_string(*place, str(value))  # type: ignore[attr-defined]


def _write_unknown(book: object, statement: Statement) -> None:
    sheet = book.add_worksheet(say("Unknown", statement.language)[:31])  # type: ignore[attr-defined]
    for row, line in enumerate(statement.unknown):
        for column, text in enumerate(_unknown_texts(line, statement.language)):
            sheet.write_string(row, column, text)
    _fit_to_page(sheet)
    for column, width in enumerate((16, 12, 12, 40, 60)):
        sheet.set_column(column, column, width)


def _fit_to_page(sheet: object) -> None:
    sheet.set_landscape()  # type: ignore[attr-defined]
    sheet.set_paper(_A4)  # type: ignore[attr-defined]
    sheet.fit_to_pages(1, 0)  # type: ignore[attr-defined]


_A4 = 9  # Excel's number for this paper size


# --- Word ---------------------------------------------------------------------------------------------------------


_WIDTHS = (30, 20, 40, 20, 16, 13, 13, 15, 20, 20, 12, 18, 36)  # of the columns, in mm


def render_statement_document(statement: Statement, *, draft: bool) -> bytes:
    """Render a statement as .docx."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm, Pt

    document = Document()
    section = document.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(12)
    document.styles["Normal"].font.size = Pt(9)
    document.add_heading(title_of(statement, draft=draft), 1)
    document.styles["Normal"].paragraph_format.space_after = Pt(1)
    for label, text in _facts(statement):
        document.add_paragraph(f"{label}: {text}")
    rows: list[Iterable[object]] = [[say(label, statement.language) for _, label in _COLUMNS]]
    rows += [[_cell(line, key, statement.language) for key, _ in _COLUMNS] for line in statement.lines]
    table = document.add_table(len(rows), len(_COLUMNS), style="Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, _WIDTHS, strict=True):
        column.width = Mm(width)
    for cells, values in zip(table.rows, rows, strict=True):
        for cell, value, width in zip(cells.cells, values, _WIDTHS, strict=True):
            cell.width = Mm(width)
            cell.text = "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
    document.add_paragraph(f"{say('Signed forms', statement.language)}: {_describe_signed(statement)}")
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()
