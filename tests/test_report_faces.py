"""Every face of a report read back says what its tables hold: each kind, grouping, order and comparison, each mark."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import worlds
from desks import Clock
from fenji.cli.figure_lines import format_figures
from fenji.cli.session import Session
from fenji.desk import Desk
from fenji.desk.figures import FigureDesk
from fenji.desk.issued_figures import issue_figures
from fenji.desk.report import ReportRequest
from fenji.desk.report_files import render_report
from fenji.errors import Sentence
from fenji.i18n import say
from fenji.model.appraisal.kinds import KINDS
from fenji.model.appraisal.tables import MARKS, Cell, Column, Figures, FigureTable, TableRow, ValueType
from fenji.model.board import format_left
from fenji.publish.figure_edition import FigureEdition
from fenji.publish.figure_page import render_page
from fenji.publish.figure_table import render_csv, render_markdown
from fenji.publish.figure_workbook import NAMES_ROW, render_workbook
from fenji.text.bars import ASCII
from figure_facts import NOVEMBER, NOW
from test_figure_tables import VALUES, parse_line
from test_report_files import PageReader, plain, read_sheets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fenji.desk.report import Report

YEAR = "2026-01..2026-11"
REQUESTS = [
    *(ReportRequest(kind=kind.name, period=YEAR) for kind in KINDS),
    *(ReportRequest(kind=kind.name, period=YEAR, by=",".join(kind.keys[-4:-1])) for kind in KINDS if kind.keys),
    ReportRequest(period=YEAR, by="person,unit,kind", sort="-solution_rate"),
    ReportRequest(period=YEAR, by="unit", sort="p90_solution_s"),
    ReportRequest(period=YEAR, by="unit", columns="Q", sort="2026-Q3"),
    ReportRequest(kind="parts", period=YEAR, by="system,subsystem", sort="median_days"),
    ReportRequest(period="2026-10", by="unit", against="2026-09"),
    ReportRequest(period="2026-10", by="person,unit", against="issue"),
    ReportRequest(period="2026-10", by="unit", tickets=True),
]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", "en")


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FigureDesk]:
    root = worlds.make("whole", tmp_path_factory.mktemp("faces") / "desk", now=worlds.SHIPPED_NOW)
    with Desk.open(root, person="zhao.min", now=Clock(worlds.SHIPPED_NOW)) as desk:
        found = FigureDesk(desk)
        issue_figures(desk, found.read_verdicts, found.find_period(ReportRequest(period="2026-10")))
        yield found


def describe(request: ReportRequest) -> str:
    return " ".join(filter(None, (request.kind, request.by, request.sort, request.against, request.columns)))


@pytest.mark.parametrize("request_", REQUESTS, ids=describe)
def test_every_face_of_a_report_says_what_its_tables_hold(
    figures: FigureDesk, request_: ReportRequest, tmp_path: Path
) -> None:
    report = figures.report(request_)
    assert report.figures.tables
    check_text(report.figures)
    check_json(report)
    data = {name: render_report(figures, report, name) for name in ("csv", "md", "xlsx", "html")}
    check_csv(report.figures, data["csv"].decode("utf-8-sig"))
    check_markdown(report.figures, data["md"].decode())
    check_workbook(report.figures, data["xlsx"], tmp_path)
    check_page(report.figures, data["html"].decode())


def test_marks_occur_in_what_is_tried(figures: FigureDesk) -> None:
    """All calendars of this desk are one; lengths that are elapsed are made up below."""
    found = {
        mark
        for request in REQUESTS
        for table in figures.report(request).figures.tables
        for row in table.all_rows
        for cell in row.cells.values()
        for mark in ("small", "at_least", "elapsed", "flag")
        if getattr(cell, mark)
    }
    assert found == {"small", "at_least", "flag"}


@pytest.mark.parametrize("request_", REQUESTS, ids=describe)
def test_a_marked_cell_says_so_in_a_column_of_data(figures: FigureDesk, request_: ReportRequest) -> None:
    for table in figures.report(request_).figures.tables:
        for column in table.columns:
            for row in table.all_rows:
                for mark in ("small", "at_least", "elapsed", "flag"):
                    if getattr(row[column.name], mark):
                        assert row[column.mark_columns[mark].name].value == 1, (table.name, column.name, mark)


# --- made-up tables -----------------------------------------------------------------------------------------------


@st.composite
def marked_tables(draw: st.DrawFn) -> FigureTable:
    """Tables of numbers with every mark, each with the column that says so."""
    types = draw(st.lists(st.sampled_from([ValueType.NUMBER, ValueType.RATE, ValueType.SECONDS]), min_size=1))
    marks = tuple(mark for mark in MARKS if mark not in ("met", "decided"))
    columns = [
        Column(f"c{place}", kind, f"c{place}", with_counts=False, marks=marks) for place, kind in enumerate(types)
    ]
    cells = {
        column.name: st.builds(
            Cell, st.none() | VALUES[column.type], small=st.booleans(), at_least=st.booleans(), elapsed=st.booleans()
        )
        for column in columns
    }
    row = st.fixed_dictionaries({"key": st.just(Cell("Li")), **cells}).map(TableRow)
    return FigureTable(
        "any", "Any", [Column("key", ValueType.TEXT, "key", is_key=True), *columns], draw(st.lists(row, min_size=1))
    ).with_marks()


@given(marked_tables())
def test_every_mark_stands_on_every_face(tmp_path_factory: pytest.TempPathFactory, table: FigureTable) -> None:
    figures = Figures("backlog", NOVEMBER, (), NOW, 3, [table])
    edition = FigureEdition([figures], ["KSA"], "0123456", at_hub=True, language="en", behind={})
    check_text(figures)
    check_csv(figures, render_csv([table], to_file=False))
    check_markdown(figures, render_markdown([table]))
    check_workbook(figures, render_workbook(edition), tmp_path_factory.mktemp("book"))
    check_page(figures, render_page(edition).decode())


# --- what people read ---------------------------------------------------------------------------------------------


def words_of(row: TableRow, column: Column) -> str:
    """A value with its marks, written apart from the program."""
    cell = row[column.name]
    if isinstance(cell.value, Sentence | str):
        is_person = column.name == "person" and str(cell.value).startswith("queue:")
        return f"{str(cell.value)[6:]}'s duty queue" if is_person else say(cell.value)
    if cell.value is None:
        return "" if column.type in (ValueType.TICKET, ValueType.TEXT) else "-"
    text = f"{'>=' if cell.at_least else ''}{_number(cell, column)}{'*' if cell.elapsed else ''}"
    return f"({text})" if cell.small else text


def _number(cell: Cell, column: Column) -> str:
    if column.type is ValueType.RATE:
        return f"{cell.of[0] * 100 // cell.of[1]}%" if cell.of else f"{float(str(cell.data)) * 100:.0f}%"
    return format_left(int(str(cell.data))) if column.type is ValueType.SECONDS else str(cell.data)


def shown(table: FigureTable) -> list[Column]:
    return [column for column in table.columns if column.shown and not column.is_key]


def check_text(figures: Figures) -> None:
    for table in figures.tables:
        if not table.all_rows:
            continue
        found = format_figures(replace(figures, tables=[table]), Session(), 0, ASCII)
        lines = [line if isinstance(line, str) else line.text for line in found]
        heading = next(place for place, line in enumerate(lines) if line.startswith(say(table.columns[0].label)))
        for row, line in zip(table.all_rows, lines[heading + 1 :], strict=False):
            rest = " ".join(line.split())
            for column in shown(table):
                words = " ".join(words_of(row, column).split())
                assert words in rest, (line, column.name)
                rest = rest[rest.index(words) + len(words) :]


def check_page(figures: Figures, text: str) -> None:
    """Rows of the tables of the report stand on its page in their order, a cell a column."""
    page = PageReader(text)
    rows = [
        {label: cell for label, cell in zip(labels, cells, strict=True) if label}
        for cells, labels in zip(page.rows, page.labels, strict=True)
        if any(labels)
    ]
    for table in figures.tables:
        if table.spark and not table.rows:
            for column in shown(table):
                assert f"<b>{_escaped(words_of(table.all_rows[0], column))}</b>" in text
            continue
        for row in table.all_rows if shown(table) else ():
            cells = rows.pop(0)
            for column in shown(table):
                name = f"{say(column.label)} {column.currency}".strip()
                if sum(f"{say(other.label)} {other.currency}".strip() == name for other in shown(table)) == 1:
                    of, has_counts = row[column.name].of, column.type is ValueType.RATE and column.with_counts
                    counts = f"{of[0]}/{of[1]}" if of and has_counts else ""
                    assert cells[name] == words_of(row, column) + counts, (table.name, column.name)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- data ---------------------------------------------------------------------------------------------------------


def data_tables(figures: Figures) -> list[FigureTable]:
    return [table for table in figures.tables if not table.is_extract]


def texts(table: FigureTable) -> list[list[str]]:
    """The names of the columns, then each row, as data have them."""
    names = [column.name for column in table.columns]
    values = [[row[name].data for name in names] for row in table.all_rows]
    return [names, *(["" if value is None else str(value) for value in row] for row in values)]


def check_json(report: Report) -> None:
    document = json.loads(json.dumps(report.mapping()))
    appraisal = report.figures.appraisal
    if appraisal is None:
        for table, found in zip(report.figures.tables, document["tables"], strict=True):
            rows = [*found["rows"], *([found["total"]] if found["total"] else [])]
            written = [["" if value is None else str(value) for value in row["values"].values()] for row in rows]
            assert [[column["name"] for column in found["columns"]], *written] == texts(table)
        return
    table = report.figures.tables[0]
    for row, found in zip(table.all_rows, [*document["rows"], document["total"]], strict=True):
        _check_row(row, found, document["by"] if found is not document["total"] else [])


def _check_row(row: TableRow, found: dict[str, Any], by: Sequence[str]) -> None:
    """A row of the appraisal is what JSON has under other names."""
    assert [row[key].data for key in by] == [found["key"][key] for key in by]
    for name, rate in found["attainment"].items():
        assert row[f"{name}_rate"].value == rate["rate"]
        assert row[f"{name}_expected"].value == rate["expected"]
        if rate["rate"] is not None:
            assert [row[f"{name}_{mark}"].value for mark in ("small", "flag")] == [rate["small"], rate["flag"]]
    for clock, lengths in found["lengths"].items():
        for share in ("median", "p90"):
            seconds = found[f"{share}_{clock}_s"]
            assert row[f"{share}_{clock}_s"].value == seconds
            if seconds is not None:
                assert row[f"{share}_{clock}_at_least"].value == lengths[f"{share}_at_least"]
                assert row[f"{share}_{clock}_elapsed"].value == (lengths["calendar"] is None)
    unconfirmed = found["with_unconfirmed"]
    assert row["with_unconfirmed_rate"].value == unconfirmed["rate"]
    if unconfirmed["rate"] is not None:
        assert row["with_unconfirmed_decided"].value == unconfirmed["decided"]
    for name in ("tickets", "solved_met", "solved_missed", "backlog", "unconfirmed", "answers", "solved_earlier"):
        assert row[name].value == found[name]


def check_csv(figures: Figures, text: str) -> None:
    lines = list(csv.reader(io.StringIO(text, newline="")))
    rows = [[cell.removeprefix("\t") for cell in line] for line in lines if line and not line[0].startswith("# ")]
    tables = data_tables(figures)
    assert rows == [row for table in tables for row in ([[table.name]] * (len(tables) > 1) + texts(table))]


def check_markdown(figures: Figures, text: str) -> None:
    rows = [parse_line(line) for line in text.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    assert rows == [row for table in data_tables(figures) for row in texts(table)]


def check_workbook(figures: Figures, data: bytes, folder: Path) -> None:
    sheets = list(read_sheets(data, folder).values())
    for table, sheet in zip(data_tables(figures), sheets, strict=False):
        types = {column.name: column.type for column in table.columns}
        names = [name for name in sheet[NAMES_ROW] if name]
        assert sorted(names) == sorted(types)
        for row, cells in zip(table.all_rows, sheet[NAMES_ROW + 1 :], strict=False):
            for name, value in zip(names, cells, strict=False):
                expected = row[name].data
                if isinstance(row[name].value, str | Sentence | None):
                    column = next(column for column in table.columns if column.name == name)
                    assert plain(value, types[name]) == (words_of(row, column) if expected else None)
                elif types[name] is ValueType.DATE:
                    assert plain(value, types[name]) == expected
                else:
                    assert plain(value, types[name]) == pytest.approx(float(str(expected)), abs=1e-6), name


def number_format(data: bytes, sheet: int, place: str) -> str:
    """The number format of a cell of a sheet, both as office programs name them."""
    with ZipFile(io.BytesIO(data)) as book:
        styles = ElementTree.fromstring(book.read("xl/styles.xml"))
        cells = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml")).iter(f"{_XML}c")
        codes = {known.get("numFmtId"): known.get("formatCode") or "" for known in styles.iter(f"{_XML}numFmt")}
        style = next(int(cell.get("s") or 0) for cell in cells if cell.get("r") == place)
        return codes.get(next(styles.iter(f"{_XML}cellXfs"))[style].get("numFmtId"), "")


_XML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.mark.parametrize(
    ("marks", "before", "behind"),
    [
        ({}, "", ""),
        ({"at_least": True}, '">="', ""),
        ({"elapsed": True}, "", '"*"'),
        ({"small": True, "at_least": True, "elapsed": True}, '"("">="', '"*"")"'),
    ],
)
def test_a_workbook_shows_marks_around_the_number(marks: dict[str, bool], before: str, behind: str) -> None:
    table = FigureTable("any", "Any", [Column("n", ValueType.SECONDS)], [TableRow({"n": Cell(3600, **marks)})])  # type: ignore[arg-type]
    figures = Figures("backlog", NOVEMBER, (), NOW, 3, [table])
    data = render_workbook(FigureEdition([figures], ["KSA"], "0123456", at_hub=True, language="en", behind={}))
    assert number_format(data, 1, f"A{NAMES_ROW + 2}") == f"{before}[h]:mm:ss{behind}"
