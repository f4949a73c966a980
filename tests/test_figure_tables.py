"""Tables of figures: every face of a report says the same values, and none of its own."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fenji.errors import InvalidUsage, Sentence
from fenji.i18n import say
from fenji.model.appraisal.figure_text import format_cell
from fenji.model.appraisal.kinds import KINDS, find_kind
from fenji.model.appraisal.sorting import sort_figures
from fenji.model.appraisal.tables import Cell, Column, Figures, FigureTable, TableRow, ValueType
from fenji.publish.figure_table import render_csv, render_markdown
from figure_facts import NOVEMBER, NOW, facts_of, make_verdict, tables_of

VALUES = {
    ValueType.TEXT: st.text(st.characters(exclude_categories=["C", "Z"]), max_size=8) | st.just(Sentence("total")),
    ValueType.TICKET: st.just("KSA-2026-0001"),
    ValueType.COUNT: st.integers(0, 10**6),
    ValueType.NUMBER: st.decimals(0, 99, places=2),
    ValueType.RATE: st.integers(0, 10_000).map(lambda number: number / 10_000),
    ValueType.SECONDS: st.integers(0, 10**8),
    ValueType.HOURS: st.decimals(0, 999, places=1),
    ValueType.MONEY: st.decimals(-999, 999, places=2),
    ValueType.DATE: st.dates(date(1990, 1, 1), date(2150, 1, 1)),
}


@st.composite
def tables(draw: st.DrawFn) -> FigureTable:
    types = draw(st.lists(st.sampled_from(list(ValueType)), min_size=1, max_size=6))
    columns = [Column(f"c{place}", kind) for place, kind in enumerate(types)]
    row = st.fixed_dictionaries({column.name: (st.none() | VALUES[column.type]).map(Cell) for column in columns}).map(
        TableRow
    )
    total = draw(st.none() | row)
    return FigureTable("any", "Any", columns, draw(st.lists(row, max_size=5)), total)


@given(tables())
def test_csv_and_markdown_parsed_back_are_what_json_holds(table: FigureTable) -> None:
    document = table.mapping()
    rows = [row["values"] for row in [*document["rows"], document["total"]] if row]  # type: ignore[misc]
    expected = [["" if value is None else str(value) for value in row.values()] for row in rows]
    parsed = list(csv.reader(io.StringIO(render_csv([table], to_file=False), newline="")))
    assert parsed[0] == [column.name for column in table.columns]
    assert [[cell.removeprefix("\t") for cell in row] for row in parsed[1:] if row] == [row for row in expected if row]
    assert [parse_line(line) for line in render_markdown([table]).splitlines()[2:]] == expected


def parse_line(line: str) -> list[str]:
    """The cells of a line of a Markdown table."""
    cells, text = [""], line.removeprefix("| ").removesuffix(" |")
    place = 0
    while place < len(text):
        if text[place] == "\\":
            cells[-1] += text[place + 1]
            place += 2
        elif text.startswith(" | ", place):
            cells.append("")
            place += 3
        else:
            cells[-1] += text[place]
            place += 1
    return [cell.replace("&lt;", "<").replace("&amp;", "&") for cell in cells]


def test_a_length_that_may_grow_or_ran_on_several_calendars_says_so_on_every_face() -> None:
    facts = facts_of(
        make_verdict(1, calendar="office", used_s=3600, elapsed_s=7200),
        make_verdict(2, "missed", calendar="always", used_s=9000, elapsed_s=9000, over=False),
        make_verdict(3, person="wu.xia", calendar="office", used_s=3600, elapsed_s=7200),
    )
    table = tables_of(facts, "appraisal", "person")["appraisal"]
    column = next(column for column in table.columns if column.name == "p90_solution_s")
    texts = [format_cell(row[column.name], column, say) for row in table.all_rows]
    assert texts == [">=2:30*", "1:00", ">=2:30*"]
    marks = ["p90_solution_at_least", "p90_solution_elapsed", "median_solution_at_least"]
    names = ["p90_solution_s", *marks, "solution_calendar"]
    rows = csv.DictReader(io.StringIO(render_csv([table], to_file=False), newline=""))
    found = [[row[name] for name in names] for row in rows]
    assert found == [["9000", "1", "1", "0", ""], ["3600", "0", "0", "0", "office"], ["9000", "1", "1", "0", ""]]
    assert [str(note) for note in table.notes if str(note).startswith("*")] == [
        "* elapsed, without waits: the row's clocks ran on several calendars"
    ]
    alike = tables_of(facts_of(make_verdict(1, calendar="office")), "appraisal")["appraisal"]
    assert not [note for note in alike.notes if str(note).startswith("*")]


def test_several_tables_stand_below_their_names() -> None:
    found = [
        FigureTable(name, name, [Column("n")], [TableRow({"n": Cell(number)})]) for number, name in enumerate("ab")
    ]
    assert render_csv(found, to_file=False).split("\r\n") == ["a", "n", "0", "", "b", "n", "1", ""]
    assert render_markdown(found) == "## a\n\n| n |\n| --- |\n| 0 |\n\n## b\n\n| n |\n| --- |\n| 1 |\n"


def test_values_keep_their_exactness_in_data() -> None:
    assert Cell(Decimal("1234.50")).data == "1234.50"
    assert Cell(date(2026, 11, 3)).data == "2026-11-03"
    assert Cell(Sentence("total")).data == "total"


def make_figures(*rates: float | None, small: int = -1) -> Figures:
    """Figures of rows a, b, c … with these rates."""
    rows = [
        TableRow({"unit": Cell("abcdef"[place]), "rate": Cell(rate, small=place == small)})
        for place, rate in enumerate(rates)
    ]
    columns = [Column("unit", ValueType.TEXT, is_key=True), Column("rate", ValueType.RATE)]
    return Figures("backlog", NOVEMBER, ("unit",), NOW, 9, [FigureTable("any", "Any", columns, rows)])


@pytest.mark.parametrize(
    ("column", "order"), [("", "abcde"), ("rate", "bdace"), ("-rate", "adbce"), ("unit", "edcba"), ("-unit", "abcde")]
)
def test_rows_go_by_name_unless_another_order_is_asked_and_small_ones_come_last(column: str, order: str) -> None:
    found = sort_figures(make_figures(0.5, 0.9, 0.99, 0.7, None, small=2), column)
    assert "".join(str(row["unit"].value) for row in found.tables[0].rows) == order


def test_an_order_by_what_no_table_has_is_refused() -> None:
    with pytest.raises(InvalidUsage, match=r"unit, rate"):
        sort_figures(make_figures(0.5), "mood")


def test_each_kind_is_found_by_its_name() -> None:
    assert [find_kind(kind.name) for kind in KINDS] == list(KINDS)
