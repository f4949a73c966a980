"""The readers of spreadsheets and exports: what is in the cells comes out, whatever program wrote them."""

from __future__ import annotations

import gzip
import json
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from fenji.errors import InvalidUsage, NotFound, Refused
from fenji.imports.cells import SourceTable, cell_text, column_letter, is_rounded
from fenji.imports.read import read_table
from fenji.imports.tables import Reads

HEADINGS = ["編號", "標題", "說明"]
ROWS = [["A-1", "備件生鏽", "第一陣地的備件受潮生鏽，請換新"], ["A-2", "電纜斷裂", "運輸途中電纜斷裂，無法供電"]]


def read(path: Path, **reads: object) -> SourceTable:
    return read_table(path, Reads(**reads))  # type: ignore[arg-type]


def cells(table: SourceTable) -> list[list[str]]:
    return [list(map(cell_text, row.cells)) for row in table.rows]


def write_csv(path: Path, rows: list[list[str]], encoding: str, end: str = "\r\n", delimiter: str = ",") -> Path:
    text = "".join(delimiter.join(row) + end for row in rows)
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "big5", "gb18030", "gbk"]
)
def test_a_csv_is_read_in_the_encoding_that_it_was_written_in(tmp_path: Path, encoding: str) -> None:
    rows = [HEADINGS, *ROWS * 20]
    if encoding.startswith("gb"):
        rows = [
            ["编号", "标题", "说明"],
            *[["A-1", "备件生锈", "第一阵地的备件受潮生锈，请更换新的备件并且检查包装"]] * 40,
        ]
    table = read(write_csv(tmp_path / "t.csv", rows, encoding))
    assert list(table.columns) == rows[0]
    assert cells(table) == rows[1:]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_line_ends_and_delimiters_are_found(tmp_path: Path, end: str, delimiter: str) -> None:
    table = read(write_csv(tmp_path / "t.csv", [HEADINGS, *ROWS], "utf-8", end, delimiter))
    assert cells(table) == ROWS
    assert [row.number for row in table.rows] == [2, 3]


def test_cells_keep_their_place_where_headings_repeat_and_rows_are_uneven(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('Key,Comment,Comment,,Note\n1,"a;b\nc",,x\n2,,d,,e,beyond\n', "utf-8")
    table = read(path)
    assert table.columns == ("Key", "Comment", "Comment", "column D", "Note", "column F")
    assert [table.text_at(row, "Comment") for row in table.rows] == ["a;b\nc", "d"]
    assert table.text_at(table.rows[1], "column F") == "beyond"


def test_a_line_that_names_the_separator_is_no_heading(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("sep=;\na;b\n1,5;2\n", "utf-8")
    assert cells(read(path)) == [["1,5", "2"]]


def test_a_gzipped_csv_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert cells(read(path)) == [["1", "2"]]


def test_a_named_encoding_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [HEADINGS, *ROWS], "big5")
    with pytest.raises(Refused, match="cannot be read as ascii"):
        read(path, encoding="ascii")


def test_what_is_not_there_or_of_another_kind_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read(tmp_path / "none.csv")
    (tmp_path / "a.doc").write_bytes(b"x")
    with pytest.raises(InvalidUsage, match="not a supported file type"):
        read(tmp_path / "a.doc")


# --- workbooks ----------------------------------------------------------------------------------------------------


def ledger(path: Path, options: dict[str, object] | None = None) -> Path:
    with xlsxwriter.Workbook(str(path), options or {}) as book:
        sheet, day = book.add_worksheet("台賬"), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.merge_range(0, 0, 0, 5, "返修台賬")
        for column, name in enumerate(["序號", "登記日期", "備  注"]):
            sheet.merge_range(1, column, 2, column, name)
        sheet.merge_range(1, 3, 1, 4, "故障部件")
        sheet.write_row(2, 3, ["IGBT", "驅動板"])
        sheet.merge_range(3, 0, 4, 0, 141)
        sheet.write_datetime(3, 1, datetime(2014, 12, 29), day)
        sheet.write_row(3, 2, ["/", "ABB", "甲"])
        sheet.write_datetime(4, 1, datetime(2014, 12, 30, 8, 30), day)
        sheet.write_row(4, 2, ["好", "", "乙"])
        sheet.write(6, 0, "合計")
        sheet.write(6, 1, 2)
    return path


def test_two_heading_rows_merged_cells_blank_words_and_sums(tmp_path: Path) -> None:
    table = read(ledger(tmp_path / "l.xlsx"), blank=("／",), skip_rows_like=("合計",))
    assert table.columns == ("序號", "登記日期", "備 注", "故障部件 / IGBT", "故障部件 / 驅動板")
    assert [row.number for row in table.rows] == [4, 5]
    assert cells(table)[0] == ["141", "2014-12-29", "", "ABB", "甲"]
    assert cells(table)[1][:3] == ["141", "2014-12-30 08:30:00", "好"]
    assert table.rows[0].cells[1] == date(2014, 12, 29)
    assert table.skipped == 1


def test_a_workbook_that_counts_from_1904_gives_the_same_dates(tmp_path: Path) -> None:
    table = read(ledger(tmp_path / "l.xlsx", {"date_1904": True}))
    assert table.rows[0].cells[1] == date(2014, 12, 29)


def test_the_sheet_is_chosen_by_number_or_name(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "b.xlsx")) as book:
        book.add_worksheet("empty")
        for name in ("one", "two"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["k", "v"])
            sheet.write_row(1, 0, [name, 1])
    assert cells(read(tmp_path / "b.xlsx")) == [["one", "1"]]
    assert cells(read(tmp_path / "b.xlsx", sheet="two")) == [["two", "1"]]
    with pytest.raises(Refused, match="no sheet three"):
        read(tmp_path / "b.xlsx", sheet="three")
    with pytest.raises(Refused, match="no headings in row 9"):
        read(tmp_path / "b.xlsx", header=(9,))


def test_formulas_without_values_wide_sheets_and_long_numbers(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "w.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [f"column {number}" for number in range(400)])
        sheet.write_number(1, 0, 2025081510000222)
        sheet.write_formula(1, 1, "=A2*2", value="")
        sheet.write_string(1, 399, "last")
    table = read(tmp_path / "w.xlsx")
    assert len(table.columns) == 400
    row = table.rows[0]
    assert table.text_at(row, "column 399") == "last"
    assert table.text_at(row, "column 1") == ""
    assert is_rounded(row.cells[0])
    assert is_rounded("2.02508E+15")
    assert not is_rounded("2025081510000222")
    assert not is_rounded(42.0)
    assert column_letter(399) == "OJ"


def test_headings_of_each_printed_page_are_no_rows(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [HEADINGS, ROWS[0], HEADINGS, ROWS[1]], "utf-8")
    assert cells(read(path)) == ROWS


# --- bombs --------------------------------------------------------------------------------------------------------


def plant(path: Path, name: str, data: bytes, times: int = 1) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w", force_zip64=True) as file:
        for _ in range(times):
            file.write(data)
    return path


def test_a_bomb_is_refused_by_its_size_before_it_is_opened(tmp_path: Path) -> None:
    path = plant(tmp_path / "bomb.xlsx", "xl/worksheets/sheet1.xml", b" " * (1 << 20), 80)
    assert path.stat().st_size < 1 << 20
    with pytest.raises(Refused, match="80 MB when opened"):
        read(path)


def test_a_directory_that_lies_about_sizes_is_refused(tmp_path: Path) -> None:
    path = plant(tmp_path / "lie.xlsx", "xl/worksheets/sheet1.xml", b" " * (1 << 20), 80)
    with zipfile.ZipFile(path) as archive:
        size = archive.infolist()[0].file_size.to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (1000).to_bytes(4, "little")))
    with pytest.raises(Refused, match="damaged"):
        read(path)


@pytest.mark.parametrize("corner", [b'<c r="XFD180000">', b'<c r="A1048576">'])
def test_a_cell_far_away_is_refused_before_the_cells_between_are_made(tmp_path: Path, corner: bytes) -> None:
    path = plant(tmp_path / "far.xlsx", "xl/worksheets/sheet1.xml", b'<c r="A1"><v>1</v></c>' + corner)
    with pytest.raises(Refused, match="at most 200000 rows"):
        read(path)


def test_what_is_no_workbook_is_refused_in_one_sentence(tmp_path: Path) -> None:
    for name, data in (("a.xlsx", b"PK\x03\x04 no zip"), ("b.xls", b"\xd0\xcf\x11\xe0 no workbook"), ("c.ods", b"")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(Refused):
            read(tmp_path / name)


# --- JSON ---------------------------------------------------------------------------------------------------------


def test_records_of_a_tracker_become_rows_of_dotted_columns(tmp_path: Path) -> None:
    issue = {
        "key": "SUP-1",
        "fields": {
            "summary": "備件",
            "status": {"id": "3", "name": "Done"},
            "labels": ["a", "b"],
            "components": [{"id": 1, "name": "x"}],
            "votes": 0,
            "nothing": None,
        },
    }
    path = tmp_path / "j.json"
    path.write_text(json.dumps({"total": 1, "issues": [issue]}))
    table = read(path)
    row = table.rows[0]
    held = {name: table.text_at(row, name) for name in table.columns}
    assert held["key"] == "SUP-1"
    assert held["fields.status.name"] == "Done"
    assert held["fields.labels"] == "a, b"
    assert held["fields.components"] == "x"
    assert json.loads(held["fields.components[]"]) == [{"id": 1, "name": "x"}]
    assert held["fields.votes"] == "0"
    assert row.record == issue


def test_json_lines_single_records_and_named_lists(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": 1}\n\n{"id": 2}\n')
    (tmp_path / "b.json").write_text('{"issue": {"id": 3}}')
    (tmp_path / "c.json").write_text('{"answer": {"rows": [{"id": 4}]}, "more": 1}')
    (tmp_path / "d.jsonl").write_text('{"issue": {"id": 5}}\n{"issue": {"id": 6}}\n')
    assert cells(read(tmp_path / "a.jsonl")) == [["1"], ["2"]]
    assert cells(read(tmp_path / "b.json")) == [["3"]]
    assert cells(read(tmp_path / "c.json", records="answer.rows")) == [["4"]]
    assert cells(read(tmp_path / "d.jsonl")) == [["5"], ["6"]]


@pytest.mark.parametrize("text", ["[1, 2]", "{", '"x"', "[" * 100_000])
def test_json_without_records_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(Refused):
        read(tmp_path / "x.json")
