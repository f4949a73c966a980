"""A report as a workbook and as a page: read back they are what JSON holds, and text in them stays text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from python_calamine import CalamineWorkbook

import worlds
from commandline import fenji
from fenji.model.appraisal.behind import CountedTicket
from fenji.model.appraisal.tables import Cell, Column, Figures, FigureTable, TableRow, ValueType
from fenji.model.periods import parse_period
from fenji.publish.figure_edition import FigureEdition
from fenji.publish.figure_page import render_page
from fenji.publish.figure_workbook import NAMES_ROW, render_workbook
from test_figure_tables import tables as any_tables

PERIOD = parse_period("2026-11", today=date(2026, 11, 29), zone=UTC)
NASTY = "=cmd|' /C calc'!A0 <script>alert(1)</script> & \u202e\x1b[31m"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.make("shipped", tmp_path_factory.mktemp("report") / "desk")


def make_edition(
    *tables: FigureTable, behind: Mapping[str, Sequence[CountedTicket]] | None = None, language: str = "en"
) -> FigureEdition:
    figures = Figures("backlog", PERIOD, (), datetime(2026, 11, 29, tzinfo=UTC), 3, tables)
    return FigureEdition([figures], ["KSA"], "0123456789", at_hub=True, language=language, behind=behind or {})


def read_sheets(data: bytes, tmp_path: Path) -> dict[str, list[list[Any]]]:
    path = tmp_path / "book.xlsx"
    path.write_bytes(data)
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def plain(value: object, column_type: ValueType) -> object:
    """What a cell of a workbook holds, as JSON has it."""
    if value == "":
        return None
    if column_type is ValueType.SECONDS:
        assert isinstance(value, timedelta | float | int)
        seconds = value.total_seconds() if isinstance(value, timedelta) else value * 86_400
        return round(seconds)
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, int | float) else value


# --- workbook -----------------------------------------------------------------------------------------------------


def test_each_sheet_of_a_workbook_read_back_is_what_json_holds(shipped: Path, tmp_path: Path) -> None:
    target = tmp_path / "figures.xlsx"
    assert fenji("--desk", shipped, "report", "2026", "--by", "unit", "-o", target).code == 0
    sheets = read_sheets(target.read_bytes(), tmp_path)
    for key in ("unit", "person", "kind", "priority", "site"):
        found = json.loads(fenji("--desk", shipped, "report", "2026", "--by", key, "--json").out)
        sheet = next(rows for rows in sheets.values() if len(rows) > NAMES_ROW and rows[NAMES_ROW][0] == key)
        names = sheet[NAMES_ROW]
        body = sheet[NAMES_ROW + 1 : NAMES_ROW + 2 + len(found["rows"])]
        for cells, row in zip(body, [*found["rows"], found["total"]], strict=True):
            read = dict(zip(names, cells, strict=False))
            for clock in ("response", "solution"):
                assert (read[f"{clock}_rate"] == "") == (row["attainment"][clock]["rate"] is None)
                assert (read[f"{clock}_rate"] or 0) == pytest.approx(row["attainment"][clock]["rate"] or 0)
                # A clock that still runs goes on between the two readings.
                assert plain(read[f"median_{clock}_s"], ValueType.SECONDS) == pytest.approx(
                    row[f"median_{clock}_s"], abs=120
                )
            assert read["backlog"] == row["backlog"]
            assert read["solved_met"] == row["solved_met"]
            assert read["hours"] == float(row["hours"])


def test_the_sheet_of_tickets_has_each_decided_clock_once(shipped: Path, tmp_path: Path) -> None:
    target = tmp_path / "figures.xlsx"
    assert fenji("--desk", shipped, "report", "2026", "--by", "unit", "-o", target).code == 0
    total = json.loads(fenji("--desk", shipped, "report", "2026", "--json").out)["total"]
    rows = list(read_sheets(target.read_bytes(), tmp_path).values())[-1][1:]
    decided = [(row[0], row[5], row[6]) for row in rows if row[5]]
    assert len(decided) == len(set(decided))
    assert sum(clock == "response" and verdict == "met" for _, clock, verdict in decided) == total["responded_met"]
    # A midnight is read back as a date.
    assert all(isinstance(row[9], date) and row[10].startswith(row[9].isoformat()) for row in rows)


@given(any_tables())
def test_a_table_comes_back_from_a_workbook_with_its_values(
    tmp_path_factory: pytest.TempPathFactory, table: FigureTable
) -> None:
    sheets = read_sheets(render_workbook(make_edition(table)), tmp_path_factory.mktemp("book"))
    sheet = next(iter(sheets.values()))
    names, types = sheet[NAMES_ROW], {column.name: column.type for column in table.columns}
    for cells, row in zip(sheet[NAMES_ROW + 1 :], table.all_rows, strict=False):
        for name, value in zip(names, cells, strict=False):
            if name:
                expected = row[name].data
                if isinstance(row[name].value, int | float | Decimal):
                    expected = float(str(expected))
                    assert plain(value, types[name]) == pytest.approx(expected, abs=1e-6), name
                else:
                    assert plain(value, types[name]) == (expected or None), name


def test_a_text_is_never_a_formula(tmp_path: Path) -> None:
    column = Column("who", ValueType.TEXT, is_key=True)
    table = FigureTable("any", "Any", [column], [TableRow({"who": Cell(NASTY)})])
    ticket = CountedTicket(
        *("u", "KSA-2026-0001", NASTY, "new", "quality", "P1", NASTY, NASTY, "", "", ""),
        datetime(2026, 11, 3, tzinfo=UTC),
        None,
    )
    sheets = read_sheets(render_workbook(make_edition(table, behind={"x": [ticket]})), tmp_path)
    figures, tickets = sheets.values()
    assert figures[NAMES_ROW + 1][0].startswith("=cmd|")
    assert tickets[1][1].startswith("=cmd|")


def test_a_workbook_goes_into_a_file_alone(shipped: Path, tmp_path: Path) -> None:
    result = fenji("--desk", shipped, "report", "2026", "--format", "xlsx")
    assert (result.code, result.out) == (2, "")
    assert "-o" in result.err
    inside = shipped / "tickets" / "x.xlsx"
    assert fenji("--desk", shipped, "report", "2026", "-o", inside).code != 0
    assert not inside.exists()
    assert fenji("--desk", shipped, "report", "2026", "-o", tmp_path / "x.json").code == 0
    assert json.loads((tmp_path / "x.json").read_text())["by"] == []


# --- page ---------------------------------------------------------------------------------------------------------


class PageReader(HTMLParser):
    """The cells of each row of a page's tables, its texts, tags and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.labels: list[list[str]] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.language, self._cell = "", False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag == "html":
            self.language = dict(attrs).get("lang") or ""
        if tag == "tr":
            self.rows.append([])
            self.labels.append([])
        if tag == "td":
            self.rows[-1].append("")
            self.labels[-1].append(dict(attrs).get("data-label") or "")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self._cell = False

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.rows[-1][-1] += data


def test_a_page_read_back_says_what_json_holds(shipped: Path, tmp_path: Path) -> None:
    target = tmp_path / "figures.html"
    assert fenji("--desk", shipped, "report", "2026", "--by", "unit", "-o", target).code == 0
    found = json.loads(fenji("--desk", shipped, "report", "2026", "--by", "unit", "--json").out)
    page = PageReader(target.read_text("utf-8"))
    rows = {
        cells[0]: dict(zip(labels, cells, strict=True))
        for cells, labels in reversed(list(zip(page.rows, page.labels, strict=True)))
        if "Solution" in labels
    }
    for row in found["rows"]:
        cells = rows[row["key"]["unit"] or "not said"]
        decided = row["solved_met"] + row["solved_missed"]
        assert cells["Solution"].endswith(f"{row['solved_met']}/{decided}")
        assert cells["backlog"] == str(row["backlog"])


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_a_page_needs_nothing_else_and_says_its_language(shipped: Path, language: str) -> None:
    result = fenji("--desk", shipped, "report", "2026", "--by", "person", "--format", "html", FENJI_LANGUAGE=language)
    page = PageReader(result.out)
    assert page.language == language
    assert page.links == []
    assert "script" not in page.tags
    assert {"details", "svg", "table"} <= page.tags
    assert "@page" in result.out


def test_the_tickets_behind_a_row_are_folded_into_it(shipped: Path) -> None:
    found = json.loads(fenji("--desk", shipped, "report", "2026", "--by", "unit", "--json").out)
    text = fenji("--desk", shipped, "report", "2026", "--by", "unit", "--format", "html").out
    for row in found["rows"]:
        for query in row["queries"].values():
            for ticket in json.loads(fenji("--desk", shipped, "list", "--archived", query, "--json").out):
                assert ticket["id"] in text


@pytest.mark.parametrize("column", ["person", "reported_by_ourselves"])
def test_the_order_of_a_report_is_asked_of_no_figures_beside_it(shipped: Path, tmp_path: Path, column: str) -> None:
    """The period before may have nobody with such a sign, and no other grouping or kind has persons."""
    page, book, period = tmp_path / "sorted.html", tmp_path / "sorted.xlsx", "2026-11..2098-12"
    for path in (page, book):
        said = fenji("--desk", shipped, "report", period, "--by", "person", "--sort", column, "-o", path)
        assert said.code == 0, said.err
    assert {f"Backlog {period}", f"Workload {period}", f"Plan items {period}"} <= set(
        re.findall(r"<h2[^>]*>([^<]*)", page.read_text("utf-8"))
    )


def test_text_on_a_page_stays_text() -> None:
    column = Column("who", ValueType.TEXT, is_key=True)
    count = Column("n", label="n")
    row = TableRow({"who": Cell(NASTY), "n": Cell(1, "id:x")})
    ticket = CountedTicket(
        *("u", "KSA-2026-0001", NASTY, "new", "quality", "P1", NASTY, NASTY, "response", "", "missed"),
        datetime(2026, 11, 3, tzinfo=UTC),
        60,
    )
    page = render_page(make_edition(FigureTable("any", "Any", [column, count], [row]), behind={"id:x": [ticket]}))
    text = page.decode()
    assert "<script" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;" in text


@given(any_tables())
def test_every_table_makes_a_page(table: FigureTable) -> None:
    assert PageReader(render_page(make_edition(table)).decode()).language == "en"
